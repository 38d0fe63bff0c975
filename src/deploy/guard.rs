//! Changes of a function that nobody else must have changed meanwhile: each names the revision that was seen, AWS refuses
//! it when there is another one, and then it is looked at what that means.

use std::sync::{Mutex, PoisonError};

use crate::cancel::Cancel;
use crate::deploy::cloud::Cloud;
use crate::deploy::function::{Environment, Function};
use crate::deploy::not_yet::NotYet;
use crate::deploy::options::DeployOptions;
use crate::deploy::wait::{self, Pause, Subject};
use crate::error::{AwsKind, Error};
use crate::progress::Reporter;

/// Revisions change by themselves too, when AWS puts a function to sleep or wakes it. So often it is tried again.
const TRIES: usize = 3;

/// One function under way.
pub struct Guard<'a> {
    /// Where it is.
    pub cloud: &'a Cloud,
    /// What was asked for.
    pub options: &'a DeployOptions,
    /// Who is told.
    pub reporter: &'a dyn Reporter,
    /// Who may end it.
    pub cancel: &'a Cancel,
    /// AWS's names of the operations that were done so far.
    pub done: Mutex<Vec<&'static str>>,
}

impl Guard<'_> {
    /// Makes a change of the function as it was `seen`. `is_done` tells whether a function has it: AWS's answer may have
    /// been lost on the way, and the SDK have sent it again.
    ///
    /// # Errors
    /// [`Error::FunctionChanged`] when somebody else came between, and what AWS answers.
    pub async fn change<F>(
        &self,
        seen: Option<&Function>,
        is_done: impl Fn(&Function) -> bool,
        change: impl Fn(Option<String>) -> F,
    ) -> Result<(), Error>
    where
        F: Future<Output = Result<(), Error>>,
    {
        let mut revision = self.revision(seen);
        let mut pause = Pause::new(wait::DEADLINE);
        for _ in 0..TRIES {
            let error = match self.when_free(|| change(revision.clone())).await {
                Err(Error::Aws(error)) if error.kind == AwsKind::PreconditionFailed => error,
                done => return done,
            };
            let now = self.settled().await?;
            if is_done(&now) {
                return Ok(());
            }
            let changed = seen.map(|seen| changed(seen, &now)).unwrap_or_default();
            if !changed.is_empty() {
                let function_name = self.options.function_name.clone();
                return Err(Error::FunctionChanged { function_name, changed });
            }
            // Not every server of AWS's knows the last revision at once.
            if now.revision_id == revision && !pause.wait(self.cancel).await? {
                return Err(Error::Aws(error));
            }
            revision.clone_from(&now.revision_id);
        }
        Err(Error::FunctionChanged { function_name: self.options.function_name.clone(), changed: Vec::new() })
    }

    /// Notes what was done.
    pub fn note(&self, operations: impl IntoIterator<Item = &'static str>) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).extend(operations);
    }

    /// What was done so far.
    pub fn done(&self) -> Vec<&'static str> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What a change is to name: nothing when it is to go over whatever is there.
    pub fn revision(&self, seen: Option<&Function>) -> Option<String> {
        seen.and_then(|seen| seen.revision_id.clone()).filter(|_| !self.options.force)
    }

    /// Makes a change; when another one is under way, waits for its end first.
    ///
    /// # Errors
    /// [`Error::RoleNotAssumable`], [`Error::Aborted`], and what AWS answers.
    pub async fn when_free<F>(&self, change: impl Fn() -> F) -> Result<(), Error>
    where
        F: Future<Output = Result<(), Error>>,
    {
        let mut pause = Pause::new(wait::DEADLINE);
        let mut not_yet = NotYet::default();
        loop {
            match self.cancel.guard(change()).await? {
                Err(Error::Aws(error)) if NotYet::is(&error) => not_yet.wait(self, error).await?,
                Err(Error::Aws(error)) if error.kind == AwsKind::Conflict => {
                    self.settled().await?;
                    if !pause.wait(self.cancel).await? {
                        return Err(Error::Aws(error));
                    }
                }
                done => return done,
            }
        }
    }

    /// The function, once no change is under way.
    async fn settled(&self) -> Result<Function, Error> {
        let what = "another change of the function";
        let subject = Subject { name: &self.options.function_name, qualifier: None, what, is_new: false };
        wait::until_settled(self.cloud, &subject, self.reporter, self.cancel).await
    }
}

/// The public names of what differs between two looks at a function.
fn changed(seen: &Function, now: &Function) -> Vec<String> {
    let mut changes = Vec::new();
    let _ = now.settings.differing(&seen.settings, &mut changes);
    let mut names: Vec<_> = changes.into_iter().map(|change| change.field).collect();
    let others = [
        ("codeSha256", seen.code_sha256 == now.code_sha256),
        ("architecture", seen.settings.architecture == now.settings.architecture),
    ];
    names.extend(others.into_iter().filter(|(_, same)| !same).map(|(name, _)| name.to_owned()));
    match (&seen.environment, &now.environment) {
        (Environment::Variables(before), Environment::Variables(after)) => {
            let all = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
            let differing = all.filter(|name| before.get(*name) != after.get(*name));
            names.extend(differing.map(|name| format!("environment.{name}")));
        }
        // What cannot be read may have changed, and the revision says that something has.
        _ => names.push("environment".to_owned()),
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::settings::Settings;

    #[test]
    fn what_somebody_else_changed_is_named() {
        let function = |timeout, sha256: &str, variables: &[(&str, &str)]| Function {
            settings: Settings { timeout: Some(timeout), ..Settings::default() },
            code_sha256: Some(sha256.to_owned()),
            environment: Environment::Variables(
                variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            ),
            revision_id: Some(format!("{timeout}")),
            ..Function::default()
        };
        let seen = function(3, "a", &[("A", "1"), ("B", "2")]);
        let now = function(4, "b", &[("A", "1"), ("B", "3"), ("C", "4")]);
        assert_eq!(changed(&seen, &now), ["timeout", "codeSha256", "environment.B", "environment.C"]);
        let awake = Function { revision_id: Some("other".to_owned()), ..seen.clone() };
        assert!(changed(&seen, &awake).is_empty());
    }
}
