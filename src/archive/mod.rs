//! The ZIP format, as far as Lambda needs it: written by our own ordered writer, read by our own suspicious reader.

mod digest;
mod flush;
mod headers;
pub mod inspect;
mod summary;
mod writer;

pub use digest::State;
pub use headers::{Header, Method};
pub use inspect::inspect;
pub use summary::{Summary, hash, summarize};
pub use writer::{Finished, Old, Writer};
