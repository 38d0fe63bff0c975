//! The ZIP format, as far as Lambda needs it: written by our own ordered writer, read by our own suspicious reader.

mod digest;
mod flush;
mod headers;
pub mod inspect;
mod listing;
mod summary;
mod unpack;
mod writer;

pub use digest::State;
pub use headers::{Header, Method};
pub use inspect::inspect;
pub use listing::{ListedFile, Listing, Tail, list};
pub use summary::{Summary, hash, summarize};
pub use unpack::{Unpacked, unpack};
pub use writer::{Finished, Old, Writer};
