//! What AWS refuses as long as not all of its servers know what was made just before: roles, rights, grants of keys.

use std::time::Duration;

use crate::deploy::guard::Guard;
use crate::deploy::wait::Pause;
use crate::error::{AwsError, Error};
use crate::progress::{Event, Phase};

/// It takes seconds mostly. Nothing in AWS's words tells it from what will never be.
const DEADLINE: Duration = Duration::from_mins(5);

const ROLE: &str = "cannot be assumed by Lambda";
/// A part of AWS's words, and what is waited for.
const TEXTS: [(&str, &str); 4] = [
    (ROLE, "waiting until Lambda can assume the role"),
    ("role does not have permissions to call", "waiting until the role's rights are known"),
    ("KMS key is invalid for CreateGrant", "waiting until the grant of the key is known"),
    ("throttled by EC2", "waiting for EC2"),
];

/// The wait for it.
#[derive(Default)]
pub struct NotYet {
    begun: Option<(Pause, Box<AwsError>)>,
}

impl NotYet {
    /// Whether a refusal may be one for the moment only.
    pub fn is(error: &AwsError) -> bool {
        TEXTS.iter().any(|(text, _)| error.message.contains(text))
    }

    /// One pause, as long as there is time for it.
    ///
    /// # Errors
    /// The first refusal when there is none left; [`Error::RoleNotAssumable`] when it was about the role;
    /// [`Error::Aborted`].
    pub async fn wait(&mut self, guard: &Guard<'_>, error: Box<AwsError>) -> Result<(), Error> {
        let what = TEXTS.iter().find(|(text, _)| error.message.contains(text)).map_or("", |(_, what)| *what);
        guard.reporter.report(Event::message(Phase::Wait, what));
        let (pause, _) = self.begun.get_or_insert_with(|| (Pause::new(DEADLINE), error));
        if pause.wait(guard.cancel).await? {
            return Ok(());
        }
        let first = self.begun.take().map(|(_, first)| first);
        let (function_name, role) = (guard.options.function_name.clone(), guard.options.settings.role.clone());
        Err(match first {
            Some(first) if !first.message.contains(ROLE) => Error::Aws(first),
            _ => Error::RoleNotAssumable { function_name, role: role.unwrap_or_default() },
        })
    }
}
