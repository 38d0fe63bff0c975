//! The ZIP format, as far as Lambda needs it: written by our own ordered writer, read by the `zip` crate.

mod digest;
mod headers;
mod reader;
mod writer;

pub use digest::State;
pub use headers::{Header, Method};
pub use reader::{Summary, hash, summarize};
pub use writer::{Finished, Old, Writer};
