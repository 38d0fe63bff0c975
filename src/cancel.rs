//! One flag that ends a call: looked at between files, awaited in I/O.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::error::Error;

/// Ends a running call from another thread. Clones share one flag.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    token: CancellationToken,
    held: Arc<Mutex<Held>>,
    tidying: Arc<watch::Sender<usize>>,
}

/// Whether the flag has to wait, and whether somebody has asked for it.
#[derive(Debug, Default)]
struct Held {
    now: bool,
    asked: bool,
}

/// While it lives, something is being tidied up that somebody would have to pay for. A call that was ended waits for it.
#[derive(Debug)]
pub struct Tidying<'a>(&'a Cancel);

impl Drop for Tidying<'_> {
    fn drop(&mut self) {
        self.0.tidying.send_modify(|count| *count -= 1);
    }
}

/// While it lives, the flag stays down: what is done must be done wholly, and be told as done.
#[derive(Debug)]
pub struct Hold<'a>(&'a Cancel);

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        let mut held = self.0.held();
        held.now = false;
        if held.asked {
            self.0.token.cancel();
        }
    }
}

impl Cancel {
    /// A flag that nobody has raised.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises the flag. The call answers [`Error::Aborted`] at its next look.
    pub fn cancel(&self) {
        let mut held = self.held();
        held.asked = true;
        if !held.now {
            self.token.cancel();
        }
    }

    /// Keeps the flag down for what cannot be undone.
    ///
    /// # Errors
    /// [`Error::Aborted`] when it is up.
    pub fn hold(&self) -> Result<Hold<'_>, Error> {
        let mut held = self.held();
        if held.asked {
            return Err(Error::Aborted);
        }
        held.now = true;
        Ok(Hold(self))
    }

    /// Says that something is being tidied up, whether the flag is up or not.
    #[must_use]
    pub fn tidy(&self) -> Tidying<'_> {
        self.tidying.send_modify(|count| *count += 1);
        Tidying(self)
    }

    /// Waits until nothing is being tidied up.
    pub async fn tidied(&self) {
        // The sender is there as long as we are.
        let _ = self.tidying.subscribe().wait_for(|count| *count == 0).await;
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the flag is up, or would be if nothing held it down.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.held().asked
    }

    /// Whether the flag is up.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits until the flag is up.
    pub async fn cancelled(&self) {
        self.token.cancelled().await;
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
            () = self.token.cancelled() => Err(Error::Aborted),
            done = work => Ok(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_the_flag_is_done_before_it_goes_up() {
        let cancel = Cancel::new();
        let hold = cancel.hold().unwrap();
        assert!(!cancel.is_asked());
        cancel.cancel();
        assert!(cancel.is_asked() && !cancel.is_cancelled());
        drop(hold);
        assert!(cancel.is_cancelled() && cancel.hold().is_err());
    }

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
