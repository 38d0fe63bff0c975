//! The library as a whole, without Node.js: requests to AWS by replay, archives by another reader.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod archives;
mod calls;
mod logs;
mod remove;
mod requests;
mod script;
mod status;
mod times;
mod trees;
