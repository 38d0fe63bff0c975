//! Environments that are kept ready for an alias.

use std::time::Duration;

use super::Action;
use crate::deploy::function::Status;
use crate::deploy::guard::Guard;
use crate::deploy::options::Declared;
use crate::deploy::plan::Change;
use crate::deploy::wait::{self, Pause};
use crate::error::Error;
use crate::progress::{Event, Phase};

const FIELD: &str = "provisionedConcurrentExecutions";
/// To keep environments ready takes AWS minutes.
const DEADLINE: Duration = Duration::from_mins(15);

/// Environments that are kept ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provisioned {
    /// How many there shall be.
    pub requested: i32,
    /// Whether they are there.
    pub status: Status,
}

impl Provisioned {
    /// Whether AWS is still at work on them.
    pub fn is_in_progress(&self) -> bool {
        self.status == Status::Wait
    }

    fn told(&self) -> String {
        match &self.status {
            Status::Failed { reason, .. } => format!("{} (FAILED: {reason})", self.requested),
            Status::Ready | Status::Wait => self.requested.to_string(),
        }
    }
}

/// What is to be done about it. What has failed is not there, however many were asked for; AWS tries that again only when
/// it is asked again.
pub fn differing(declared: Declared<i32>, found: Option<&Provisioned>, changes: &mut Vec<Change>) -> Option<Action> {
    let after = declared.one().copied();
    let has_failed = found.is_some_and(|found| matches!(found.status, Status::Failed { .. }));
    if !declared.is_managed() || (after == found.map(|found| found.requested) && !has_failed) {
        return None;
    }
    let (before, shown) = (found.map(Provisioned::told), after.map(|count| count.to_string()));
    changes.push(Change { field: FIELD.to_owned(), before, after: shown });
    Some(Action::Provision(after))
}

/// Waits until the environments of the alias are there: a version whose environments are still being made answers more
/// slowly than it was asked to.
///
/// # Errors
/// [`Error::ProvisioningFailed`], [`Error::WaitTimeout`], [`Error::Aborted`], and what AWS answers.
pub async fn until_ready(guard: &Guard<'_>, alias: Option<&str>) -> Result<(), Error> {
    let what = "the provisioned concurrency";
    let function_name = guard.options.function_name.clone();
    let mut pause = Pause::new(DEADLINE);
    loop {
        match guard.cancel.guard(guard.cloud.provisioned(&function_name, alias)).await??.map(|found| found.status) {
            Some(Status::Ready) => return Ok(()),
            Some(Status::Failed { reason, .. }) => {
                let alias = alias.unwrap_or_default().to_owned();
                return Err(Error::ProvisioningFailed { function_name, alias, reason });
            }
            Some(Status::Wait) | None => {}
        }
        guard.reporter.report(Event::message(Phase::Wait, format!("waiting for {what}")));
        if !pause.wait(guard.cancel).await? {
            return Err(wait::timeout(&function_name, what, DEADLINE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_failed_is_asked_for_again_and_what_is_in_progress_is_not() {
        let planned = |declared, status| {
            let mut changes = Vec::new();
            let action = differing(declared, Some(&Provisioned { requested: 3, status }), &mut changes);
            (action, changes.pop().and_then(|change| change.before))
        };
        let failed = || Status::Failed { reason: "r".to_owned(), code: None };
        for status in [Status::Ready, Status::Wait] {
            assert_eq!(planned(Declared::One(3), status), (None, None));
        }
        let again = (Some(Action::Provision(Some(3))), Some("3 (FAILED: r)".to_owned()));
        assert_eq!(planned(Declared::One(3), failed()), again);
        let (action, before) = planned(Declared::None, failed());
        assert_eq!((action, before.is_some()), (Some(Action::Provision(None)), true));
        assert_eq!(planned(Declared::Nothing, failed()), (None, None));
        assert_eq!(planned(Declared::One(4), Status::Wait).1.as_deref(), Some("3"));
    }
}
