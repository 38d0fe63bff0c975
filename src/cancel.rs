//! One flag that ends a call: looked at between files, awaited in I/O.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, WHOLE_CALL};

/// Ends a running call from another thread. Clones share one flag.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    token: CancellationToken,
    held: Arc<Mutex<Held>>,
    tidying: Arc<watch::Sender<usize>>,
}

/// Whether the flag has to wait, whether somebody has asked for it, and why.
#[derive(Debug, Default)]
struct Held {
    now: bool,
    asked: bool,
    late: Option<Late>,
    doing: String,
}

/// A call that took longer than it may.
#[derive(Debug, Clone)]
struct Late {
    function_name: String,
    seconds: u64,
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

    /// Raises the flag because the call on a function took longer than so many seconds. It then answers
    /// [`Error::WaitTimeout`] instead.
    pub fn expire(&self, function_name: &str, seconds: u64) {
        let mut held = self.held();
        if !held.asked {
            held.late = Some(Late { function_name: function_name.to_owned(), seconds });
        }
        drop(held);
        self.cancel();
    }

    /// Notes what is under way, for whoever asks what took so long.
    pub fn note(&self, doing: &str) {
        let mut held = self.held();
        // What comes after the end is not what was ended.
        if !held.asked {
            doing.clone_into(&mut held.doing);
        }
    }

    /// Whether it is the time that has ended the call.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.held().late.is_some()
    }

    /// Why the flag is up: [`Error::Aborted`], or [`Error::WaitTimeout`] when the time was over.
    #[must_use]
    pub fn error(&self) -> Error {
        let held = self.held();
        match held.late.clone() {
            None => Error::Aborted,
            Some(Late { function_name, seconds }) => {
                let doing = if held.doing.is_empty() { String::new() } else { format!(" ({})", held.doing) };
                Error::WaitTimeout { function_name, what: format!("{WHOLE_CALL}{doing}"), seconds }
            }
        }
    }

    /// Keeps the flag down for what cannot be undone.
    ///
    /// # Errors
    /// See [`Cancel::error`], when it is up.
    pub fn hold(&self) -> Result<Hold<'_>, Error> {
        let mut held = self.held();
        if held.asked {
            drop(held);
            return Err(self.error());
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

    /// Waits until nothing is being tidied up. Answers whether something was.
    pub async fn tidied(&self) -> bool {
        let mut tidying = self.tidying.subscribe();
        let was = *tidying.borrow_and_update() > 0;
        // The sender is there as long as we are.
        let _ = tidying.wait_for(|count| *count == 0).await;
        was
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
    /// See [`Cancel::error`], once the flag is up.
    pub fn check(&self) -> Result<(), Error> {
        if self.is_cancelled() { Err(self.error()) } else { Ok(()) }
    }

    /// Waits for `work`, or for the flag, whichever comes first.
    ///
    /// # Errors
    /// See [`Cancel::error`], when the flag comes first, or is up already; `work` is dropped then.
    pub async fn guard<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        tokio::select! {
            biased;
            () = self.token.cancelled() => Err(self.error()),
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

    #[test]
    fn a_flag_that_time_has_raised_tells_so_and_what_took_so_long() {
        let cancel = Cancel::new();
        cancel.note("waiting for the new code");
        cancel.expire("f", 5);
        let told = cancel.check().unwrap_err().to_string();
        assert_eq!(told, "f: the whole call (waiting for the new code) took longer than 5 seconds");
        let first = Cancel::new();
        first.cancel();
        first.expire("f", 5);
        assert!(matches!(first.check(), Err(Error::Aborted)));
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
