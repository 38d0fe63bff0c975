//! Changes of a function that nobody else must have changed meanwhile: each names the revision that was seen, AWS refuses
//! it when there is another one, and then it is looked at what that means.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::cancel::Cancel;
use crate::deploy::cloud::Cloud;
use crate::deploy::function::{Environment, Function};
use crate::deploy::not_yet::NotYet;
use crate::deploy::options::DeployOptions;
use crate::deploy::settings::Settings;
use crate::deploy::wait::{self, Pause, Subject};
use crate::error::{AwsKind, Error};
use crate::progress::Reporter;

/// Revisions change by themselves too, when AWS puts a function to sleep or wakes it. So often it is tried again.
const TRIES: usize = 3;

/// How a change came about.
pub enum Made<T> {
    /// By this call, with AWS's answer, over the revision that it named.
    Now(T, Option<String>),
    /// By one before, whose answer was lost: the function is as it was to become.
    Before(Box<Function>),
}

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
    /// Those that have proved not to be needed.
    pub spared: Mutex<Vec<&'static str>>,
}

impl Guard<'_> {
    /// Makes a change of the function as it was `seen`. `is_done` tells whether a function has it: AWS's answer may have
    /// been lost on the way, and the SDK have sent it again.
    ///
    /// # Errors
    /// [`Error::FunctionChanged`] when somebody else came between, and what AWS answers.
    pub async fn change<T, F>(
        &self,
        seen: Option<&Function>,
        is_done: impl Fn(&Function) -> bool,
        change: impl Fn(Option<String>) -> F,
    ) -> Result<Made<T>, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut revision = self.revision(seen);
        let mut pause = Pause::new(wait::DEADLINE);
        let mut tries = 0;
        while tries < TRIES {
            let error = match self.when_free(|| change(revision.clone())).await {
                Err(Error::Aws(error)) if error.kind == AwsKind::PreconditionFailed => error,
                done => return done.map(|told| Made::Now(told, revision)),
            };
            let now = self.settled().await?;
            if is_done(&now) {
                return Ok(Made::Before(Box::new(now)));
            }
            let changed = seen.map(|seen| changed(seen, &now)).unwrap_or_default();
            if !changed.is_empty() {
                let function_name = self.options.function_name.clone();
                return Err(Error::FunctionChanged { function_name, changed });
            }
            // Not every server of AWS's knows the last revision at once.
            if now.revision_id != revision {
                tries += 1;
            } else if !pause.wait(self.cancel).await? {
                return Err(Error::Aws(error));
            }
            revision.clone_from(&now.revision_id);
        }
        Err(Error::FunctionChanged { function_name: self.options.function_name.clone(), changed: Vec::new() })
    }

    /// Waits until a change over revision `over` is done, of which AWS has told `made` when it took it. What is there then
    /// must be that, or what was sent over what was there: nobody else's change is released as ours.
    ///
    /// # Errors
    /// [`Error::FunctionChanged`], and see [`wait::until_done`].
    pub async fn until_done(
        &self,
        subject: &Subject<'_>,
        seen: Option<&Function>,
        sent: &Sent<'_>,
        made: Option<&Function>,
        over: Option<String>,
    ) -> Result<Function, Error> {
        // Not every server of AWS's knows the change at once.
        let over = over.or_else(|| seen.and_then(|seen| seen.revision_id.clone()));
        let old = over.filter(|old| made.is_some_and(|made| made.revision_id.as_ref() != Some(old)));
        let subject = Subject { old: old.as_deref(), ..*subject };
        let done = wait::until_done(self.cloud, &subject, self.reporter, self.cancel).await?;
        let mut changed = made.filter(|_| !self.options.force).map(|made| changed(made, &done)).unwrap_or_default();
        if !changed.is_empty() {
            let unexpected = sent.unexpected(seen, &done);
            changed.retain(|name| unexpected.contains(name));
        }
        if changed.is_empty() {
            return Ok(done);
        }
        Err(Error::FunctionChanged { function_name: self.options.function_name.clone(), changed })
    }

    /// Notes what was done.
    pub fn note(&self, operations: impl IntoIterator<Item = &'static str>) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).extend(operations);
    }

    /// Notes what need not be done.
    pub fn spare(&self, operation: &'static str) {
        self.spared.lock().unwrap_or_else(PoisonError::into_inner).push(operation);
    }

    /// What need not be done.
    pub fn spared(&self) -> Vec<&'static str> {
        self.spared.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
    pub async fn when_free<T, F>(&self, change: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
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
        let subject = Subject { name: &self.options.function_name, qualifier: None, what, is_new: false, old: None };
        wait::until_settled(self.cloud, &subject, self.reporter, self.cancel).await
    }
}

/// What a change has sent.
#[derive(Default)]
pub struct Sent<'a> {
    /// Settings, of the environment all variables.
    pub settings: Option<&'a Settings>,
    /// The code's SHA-256 in base64, and its architecture.
    pub code: Option<(&'a str, &'a str)>,
}

impl Sent<'_> {
    /// The public names of what a function has that is neither what was sent nor, where nothing was, what was seen before. A
    /// function that was not there has what any has when nothing is said.
    fn unexpected(&self, seen: Option<&Function>, done: &Function) -> Vec<String> {
        let usual = Settings::usual(&done.name);
        let before = seen.map_or(&usual, |seen| &seen.settings);
        let given = self.settings.map(|sent| names(sent, before)).unwrap_or_default();
        let mut unexpected = self.settings.map(|sent| names(sent, &done.settings)).unwrap_or_default();
        unexpected.extend(names(&done.settings, before).into_iter().filter(|name| !given.contains(name)));
        let is = (done.code_sha256.as_deref(), done.settings.architecture.as_deref());
        let was = seen.map(|seen| (seen.code_sha256.as_deref(), seen.settings.architecture.as_deref()));
        let to_be = self.code.map(|(sha256, architecture)| (Some(sha256), Some(architecture))).or(was);
        let code =
            to_be.into_iter().flat_map(|to_be| [("codeSha256", to_be.0 != is.0), ("architecture", to_be.1 != is.1)]);
        unexpected.extend(code.filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned()));
        // That variables cannot be read is no change.
        if let Environment::Variables(is) = &done.environment {
            let none = BTreeMap::new();
            let to_be =
                match (self.settings.and_then(|sent| sent.environment.as_ref()), seen.map(|seen| &seen.environment)) {
                    (Some(sent), _) => sent,
                    (None, Some(Environment::Variables(was))) => was,
                    (None, Some(Environment::Unreadable(_))) => is,
                    (None, None) => &none,
                };
            unexpected.extend(differing_variables(to_be, is));
        }
        unexpected
    }
}

/// The public names of settings that are others than those.
fn names(settings: &Settings, than: &Settings) -> Vec<String> {
    let mut changes = Vec::new();
    let _ = settings.differing(than, &mut changes);
    changes.into_iter().map(|change| change.field).collect()
}

fn differing_variables(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let all = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    all.filter(|name| before.get(*name) != after.get(*name)).map(|name| format!("environment.{name}")).collect()
}

/// The public names of what differs between two looks at a function.
fn changed(seen: &Function, now: &Function) -> Vec<String> {
    let mut names = names(&now.settings, &seen.settings);
    let others = [
        ("codeSha256", seen.code_sha256 == now.code_sha256),
        ("architecture", seen.settings.architecture == now.settings.architecture),
    ];
    names.extend(others.into_iter().filter(|(_, same)| !same).map(|(name, _)| name.to_owned()));
    match (&seen.environment, &now.environment) {
        (Environment::Variables(before), Environment::Variables(after)) => {
            names.extend(differing_variables(before, after));
        }
        // What cannot be read may have changed, and the revision says that something has.
        _ => names.push("environment".to_owned()),
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

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
