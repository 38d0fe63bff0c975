//! Packs Node.js code into AWS Lambda deployment packages and deploys them.
//!
//! - [`pack`]: a function folder becomes one deterministic ZIP archive.
//! - [`deploy`]: an archive becomes a Lambda function's code and configuration.
//! - [`archive`]: the ZIP format, as far as Lambda needs it.
//! - [`error`], [`warning`], [`progress`], [`cancel`], [`limits`]: what the three share.
//!
//! `binding` (feature of the same name) is the N-API layer over all of it.

// The N-API macros write `unsafe`; without the binding there is none, and the tests without it prove that.
#![cfg_attr(not(feature = "binding"), forbid(unsafe_code))]
#![deny(missing_docs)]

pub mod archive;
pub mod cancel;
mod deflate;
pub mod deploy;
pub mod error;
mod leftovers;
pub mod limits;
pub mod pack;
mod parallel;
mod positioned;
pub mod progress;
mod regular;
pub mod warning;

#[cfg(feature = "binding")]
#[cfg_attr(test, allow(dead_code, reason = "the N-API macros export nothing in test builds"))]
mod binding;
