//! One flag that ends a call: looked at between files, awaited in I/O.

use std::future::Future;

use tokio_util::sync::CancellationToken;

use crate::error::Error;

/// Ends a running call from another thread. Clones share one flag.
#[derive(Debug, Clone, Default)]
pub struct Cancel(CancellationToken);

impl Cancel {
    /// A flag that nobody has raised.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises the flag. The call answers [`Error::Aborted`] at its next look.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether the flag is up.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until the flag is up.
    pub async fn cancelled(&self) {
        self.0.cancelled().await;
    }

    /// For loops: go on, or leave with `?`.
    ///
    /// # Errors
    /// [`Error::Aborted`] once the flag is up.
    pub fn check(&self) -> Result<(), Error> {
        if self.is_cancelled() { Err(Error::Aborted) } else { Ok(()) }
    }

    /// Waits for `work`, or for the flag, whichever comes first.
    ///
    /// # Errors
    /// [`Error::Aborted`] when the flag comes first, or is up already; `work` is dropped then.
    pub async fn guard<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        tokio::select! {
            biased;
            () = self.0.cancelled() => Err(Error::Aborted),
            done = work => Ok(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_raised_flag_ends_a_wait_that_would_never_end() {
        let cancel = Cancel::new();
        let waiting = tokio::spawn({
            let cancel = cancel.clone();
            async move { cancel.guard(std::future::pending::<()>()).await }
        });
        cancel.cancel();
        assert!(matches!(waiting.await, Ok(Err(Error::Aborted))));
        assert!(matches!(cancel.check(), Err(Error::Aborted)));
    }
}
