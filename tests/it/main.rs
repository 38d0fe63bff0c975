//! The library as a whole, without Node.js: requests to AWS by replay, archives by another reader.

mod archives;
mod requests;
mod script;
mod trees;
