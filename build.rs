//! Tells the linker what a Node.js addon needs.

fn main() {
    #[cfg(feature = "binding")]
    napi_build::setup();
}
