//! The time that a call has at AWS. When it is over the call ends as by an abort: between two steps, with an upload in
//! parts taken back, and with what was done told.

use std::time::Duration;

use tokio::task::AbortHandle;

use crate::cancel::Cancel;

/// As long as a deployment can take by its own waits, a slow line for a large archive included.
const TOTAL: Duration = Duration::from_hours(1);

/// The time of one call, which runs until this is dropped.
#[derive(Debug)]
pub struct Deadline(AbortHandle);

impl Deadline {
    /// Begins the time of a call on a function: `total` seconds, or an hour.
    #[must_use]
    pub fn begin(function_name: &str, total: Option<u64>, cancel: &Cancel) -> Self {
        let (total, function_name, cancel) =
            (total.map_or(TOTAL, Duration::from_secs), function_name.to_owned(), cancel.clone());
        let timer = tokio::spawn(async move {
            tokio::time::sleep(total).await;
            cancel.expire(&function_name, total.as_secs());
        });
        Self(timer.abort_handle())
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.0.abort();
    }
}
