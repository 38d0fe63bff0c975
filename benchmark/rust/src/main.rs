//! Two programs that the benchmark compares with:
//!
//! - `zip-crate FOLDER OUT`: the `zip` crate's own parallel mode, at its default level;
//! - `floor FOLDER [REPETITIONS]`: how fast a folder can be walked, looked at (`lstat`) and sorted;
//! - `read FOLDER [REPETITIONS]`: the same, with each file read whole.

#[cfg(target_os = "linux")]
mod floor;
mod zip_crate;

use std::{env, error::Error, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["zip-crate", folder, out] => zip_crate::pack(Path::new(folder), Path::new(out)),
        #[cfg(target_os = "linux")]
        [what @ ("floor" | "read"), folder] => floor::report(folder, 10, what == "read"),
        #[cfg(target_os = "linux")]
        [what @ ("floor" | "read"), folder, repetitions] => floor::report(folder, repetitions.parse()?, what == "read"),
        _ => Err("Expected `zip-crate FOLDER OUT` or, on Linux, `floor` or `read FOLDER [REPETITIONS]`.".into()),
    }
}
