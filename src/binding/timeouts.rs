//! How long a call may take, as JavaScript gives it.

use napi_derive::napi;

use super::options::whole;
use crate::deploy;
use crate::error::Error;

/// A day.
const MOST_SECONDS: i32 = 86_400;

/// How long a call may take at AWS. Waits for Lambda have their own ends, at 300 seconds.
#[napi(object, object_to_js = false)]
pub struct Timeouts {
    /// Seconds for all of it, from 1 to 86,400; packing is not counted. When they are over the call ends as by an abort
    /// (`WAIT_TIMEOUT`). **Default** 3,600.
    pub total: Option<f64>,
    /// Seconds until the answer to one attempt of one request begins, from 1 to 86,400; a request without an answer is
    /// tried again. One that carries an archive has a second more for each 50 KiB of it. **Default** 15, and 60 for one
    /// that carries an archive.
    pub attempt: Option<f64>,
}

impl Timeouts {
    /// Those that were given, or none.
    pub fn checked(given: Option<Self>) -> Result<deploy::Timeouts, Error> {
        let seconds = |name: &str, given: Option<f64>| {
            let whole = given.map(|seconds| whole(name, seconds, 1..=MOST_SECONDS)).transpose()?;
            Ok(whole.and_then(|seconds| u64::try_from(seconds).ok()))
        };
        let Self { total, attempt } = given.unwrap_or(Self { total: None, attempt: None });
        Ok(deploy::Timeouts {
            total: seconds("timeouts.total", total)?,
            attempt: seconds("timeouts.attempt", attempt)?,
        })
    }
}
