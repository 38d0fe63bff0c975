//! State and `LastUpdateStatus`: go on, look again, or give up with AWS's reason.

use std::time::Duration;

use tokio::time::Instant;

use crate::cancel::Cancel;
use crate::deploy::cloud::Cloud;
use crate::deploy::function::{Function, Status};
use crate::error::Error;
use crate::progress::{Event, Phase, Reporter};

/// As long as AWS's own waiters: 300 looks, one each second.
pub const DEADLINE: Duration = Duration::from_mins(5);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What a look at the function says.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Ready,
    Again,
    Failed { reason: String, code: Option<String>, creation: bool },
}

fn judge(function: &Function) -> Verdict {
    match (&function.state, &function.last_update) {
        (Status::Failed { reason, code }, _) => {
            Verdict::Failed { reason: reason.clone(), code: code.clone(), creation: true }
        }
        (Status::Wait, _) | (_, Status::Wait) => Verdict::Again,
        (Status::Ready, Status::Failed { reason, code }) => {
            Verdict::Failed { reason: reason.clone(), code: code.clone(), creation: false }
        }
        (Status::Ready, Status::Ready) => Verdict::Ready,
    }
}

/// A pause that grows, with an end.
pub struct Pause {
    next: Duration,
    deadline: Instant,
}

impl Pause {
    /// The pauses of a wait that may take `longest`.
    pub fn new(longest: Duration) -> Self {
        Self { next: FIRST_PAUSE, deadline: Instant::now() + longest }
    }

    /// Waits, or answers `false` when there is no time left.
    ///
    /// # Errors
    /// [`Error::Aborted`].
    pub async fn wait(&mut self, cancel: &Cancel) -> Result<bool, Error> {
        if Instant::now() + self.next > self.deadline {
            return Ok(false);
        }
        cancel.guard(tokio::time::sleep(self.next)).await?;
        self.next = (self.next * 3 / 2).min(LONGEST_PAUSE);
        Ok(true)
    }
}

/// What is looked at.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The function's name or ARN.
    pub name: &'a str,
    /// One of its versions.
    pub qualifier: Option<&'a str>,
    /// What is waited for, in words.
    pub what: &'a str,
    /// Whether it was made just now, so that not every server of AWS's may know it yet.
    pub is_new: bool,
    /// The revision before a change that AWS has taken: who still tells it does not know the change yet.
    pub old: Option<&'a str>,
}

/// Waits until a change that we made is done.
///
/// # Errors
/// [`Error::FunctionFailed`], [`Error::VersionFailed`] and [`Error::UpdateFailed`] with AWS's reason, [`Error::WaitTimeout`], [`Error::Aborted`].
pub async fn until_done(
    cloud: &Cloud,
    subject: &Subject<'_>,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Function, Error> {
    let function = until_settled(cloud, subject, reporter, cancel).await?;
    let function_name = subject.name.to_owned();
    match judge(&function) {
        Verdict::Ready | Verdict::Again => Ok(function),
        Verdict::Failed { reason, code: reason_code, creation: true } if let Some(version) = subject.qualifier => {
            Err(Error::VersionFailed { function_name, version: version.to_owned(), reason, reason_code })
        }
        Verdict::Failed { reason, code, creation: true } => {
            Err(Error::FunctionFailed { function_name, reason, reason_code: code })
        }
        Verdict::Failed { reason, code, creation: false } => {
            Err(Error::UpdateFailed { function_name, reason, reason_code: code })
        }
    }
}

/// Waits until no change is under way, however the last one ended.
///
/// # Errors
/// [`Error::WaitTimeout`], [`Error::Aborted`], and what AWS answers.
pub async fn until_settled(
    cloud: &Cloud,
    subject: &Subject<'_>,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Function, Error> {
    let mut pause = Pause::new(DEADLINE);
    loop {
        let looked = cancel.guard(cloud.function(subject.name, subject.qualifier)).await??;
        match looked {
            Some(function)
                if judge(&function) != Verdict::Again
                    && !(subject.old.is_some() && function.revision_id.as_deref() == subject.old) =>
            {
                return Ok(function);
            }
            None if !subject.is_new => {
                return Err(Error::FunctionNotFound { function_name: subject.name.to_owned() });
            }
            _ => {}
        }
        reporter.report(Event::message(Phase::Wait, format!("waiting for {}", subject.what)));
        if !pause.wait(cancel).await? {
            return Err(timeout(subject.name, subject.what, DEADLINE));
        }
    }
}

/// A wait that reached its end.
pub fn timeout(function_name: &str, what: &str, deadline: Duration) -> Error {
    Error::WaitTimeout { function_name: function_name.to_owned(), what: what.to_owned(), seconds: deadline.as_secs() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_states_has_its_verdict() {
        let failed = || Status::Failed { reason: "r".to_owned(), code: None };
        let judged = |state, last_update| judge(&Function { state, last_update, ..Function::default() });
        assert_eq!(judged(Status::Ready, Status::Ready), Verdict::Ready);
        assert_eq!(judged(Status::Wait, Status::Ready), Verdict::Again);
        assert_eq!(judged(Status::Ready, Status::Wait), Verdict::Again);
        assert!(matches!(judged(failed(), Status::Wait), Verdict::Failed { creation: true, .. }));
        assert!(matches!(judged(Status::Ready, failed()), Verdict::Failed { creation: false, .. }));
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_to_a_second_and_end_at_the_deadline() {
        let start = Instant::now();
        let mut pause = Pause::new(Duration::from_secs(30));
        let mut looks = 0;
        while pause.wait(&Cancel::new()).await.unwrap() {
            looks += 1;
        }
        assert!((30..=35).contains(&looks), "{looks}");
        assert!(start.elapsed() <= Duration::from_secs(30));
    }
}
