//! The ZIP format, as far as Lambda needs it: written by our own ordered writer, read by the `zip` crate.

mod reader;
mod writer;

pub use reader::{Summary, summarize};
pub use writer::{Finished, Header, Method, Writer};
