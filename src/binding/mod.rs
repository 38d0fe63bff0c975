//! The N-API layer: convert, call, convert. The only files that may name `napi`.
//!
//! A call never rejects by itself: it resolves to an [`Outcome`], and `index.js` throws what it holds, with the
//! caller's stack. The doc comments of the types here become `index.d.ts`, but for those that say `@internal`.

mod attachments;
mod call;
mod code;
mod deploy;
mod init;
mod inspect;
mod invoke;
mod logs;
mod options;
mod outcome;
mod pack;
mod remove;
mod settings;
mod status;
mod timeouts;
mod versions;
