//! The steps of a plan, one after the other, with a wait after each.

use std::collections::BTreeMap;

use crate::archive::Summary;
use crate::deploy::attachments;
use crate::deploy::cloud::Code;
use crate::deploy::function::{Environment, Function, Status};
use crate::deploy::guard::{Guard, Made, Sent};
use crate::deploy::not_yet::NotYet;
use crate::deploy::plan::{Plan, Step, Upload, is_stored_as_declared, source_kms_key};
use crate::deploy::settings::Settings;
use crate::deploy::upload::upload;
use crate::deploy::wait::{self, Pause, Subject};
use crate::error::{AwsKind, Error};
use crate::progress::{Event, Phase};

/// One deployment under way.
pub struct Apply<'a> {
    /// The function.
    pub guard: &'a Guard<'a>,
    /// The archive at `options.package`.
    pub archive: &'a Summary,
}

impl Apply<'_> {
    /// Does what the plan says and tells the function as it then is.
    ///
    /// # Errors
    /// See [`Error`]. What was done before the failing step stays done; another run goes on from there.
    pub async fn steps(&self, plan: &Plan, deployed: Option<&Function>) -> Result<Option<Function>, Error> {
        let Self { guard, archive } = *self;
        let Guard { cloud, options, reporter, cancel, .. } = *guard;
        let code = match plan.upload {
            Upload::None => None,
            way => {
                let s3 = options.s3.as_ref();
                Some(Box::pin(upload(cloud, way, &options.package, archive, s3, reporter, cancel)).await?)
            }
        };
        let name = &options.function_name;
        let mut function = None;
        for step in &plan.steps {
            let seen = function.as_ref().or(deployed);
            let (subject, made) = match step {
                Step::Create(settings) => {
                    let done = self.create_and_wait(settings, at_hand(code.as_ref())?).await?;
                    self.runs_what_was_sent(&done)?;
                    function = Some(done);
                    continue;
                }
                Step::UpdateCode { architecture } => {
                    reporter.report(Event::message(Phase::Upload, "updating the code"));
                    let (code, sha256) = (at_hand(code.as_ref())?, archive.sha256_base64());
                    let key = seen.and_then(|seen| source_kms_key(seen, options));
                    let is_done = |now: &Function| {
                        now.last_update == Status::Ready
                            && now.source_kms_key_arn == key
                            && is_stored_as_declared(now, options)
                            && now.code_sha256.as_ref() == Some(&sha256)
                            && now.settings.architecture.as_ref() == Some(architecture)
                    };
                    let change = |revision| cloud.update_code(name, architecture, code.clone(), key.clone(), revision);
                    (self.subject("the new code"), Box::pin(guard.change(seen, is_done, change)).await?)
                }
                Step::UpdateConfiguration(settings) => {
                    reporter.report(Event::message(Phase::Configure, "updating the configuration"));
                    let change = |revision| cloud.update_configuration(name, settings, revision);
                    let made = Box::pin(guard.change(seen, |now| has(now, settings), change)).await?;
                    (self.subject("the new configuration"), made)
                }
                Step::Tag { set, removed } => {
                    function = Some(self.tag(known(seen)?, set, removed).await?);
                    continue;
                }
                Step::Attach(action) => {
                    // Nothing that belongs to an alias is among the steps.
                    attachments::run(guard, action, None).await?;
                    continue;
                }
            };
            guard.note(step.operations());
            let (made, over) = match made {
                Made::Now(told, over) => (told, over),
                Made::Before(found) => (Some(*found), None),
            };
            let sha256 = archive.sha256_base64();
            let sent = match step {
                Step::UpdateCode { architecture } => Sent { code: Some((&sha256, architecture)), ..Sent::default() },
                Step::UpdateConfiguration(settings) => Sent { settings: Some(settings), ..Sent::default() },
                _ => Sent::default(),
            };
            let done = guard.until_done(&subject, seen, &sent, made.as_ref(), over).await?;
            if matches!(step, Step::UpdateCode { .. }) {
                self.runs_what_was_sent(&done)?;
            }
            function = Some(done);
        }
        Ok(function)
    }

    /// Changes tags. That makes no revision and needs no wait.
    async fn tag(
        &self,
        seen: &Function,
        set: &BTreeMap<String, String>,
        removed: &[String],
    ) -> Result<Function, Error> {
        let Guard { cloud, reporter, .. } = *self.guard;
        reporter.report(Event::message(Phase::Configure, "updating the tags"));
        let arn = seen.arn.as_deref().unwrap_or_default();
        let mut tags = seen.tags.clone();
        if !set.is_empty() {
            self.guard.when_free(|| cloud.tag(arn, set)).await?;
            self.guard.note(["TagResource"]);
            tags.extend(set.clone());
        }
        if !removed.is_empty() {
            self.guard.when_free(|| cloud.untag(arn, removed)).await?;
            self.guard.note(["UntagResource"]);
            tags.retain(|name, _| !removed.contains(name));
        }
        Ok(Function { tags, ..seen.clone() })
    }

    fn subject<'s>(&'s self, what: &'s str) -> Subject<'s> {
        Subject { name: &self.guard.options.function_name, qualifier: None, what, is_new: false, old: None }
    }

    /// Another deployment may have come between; its code must not be released as ours.
    fn runs_what_was_sent(&self, function: &Function) -> Result<(), Error> {
        let sent = self.archive.sha256_base64();
        match &function.code_sha256 {
            Some(found) if *found != sent => {
                let (function_name, found) = (self.guard.options.function_name.clone(), found.clone());
                Err(Error::CodeReplaced { function_name, sent, found })
            }
            _ => Ok(()),
        }
    }

    /// Makes the function and waits for it. One that has failed cannot be changed any more; if it is surely this run's own,
    /// it is removed and made once again.
    async fn create_and_wait(&self, settings: &Settings, code: &Code) -> Result<Function, Error> {
        let Guard { cloud, options, reporter, cancel, .. } = *self.guard;
        let subject = Subject { is_new: true, ..self.subject("the new function") };
        let sha256 = self.archive.sha256_base64();
        let architecture = settings.architecture.as_deref().unwrap_or_default();
        let sent = Sent { settings: Some(settings), code: Some((&sha256, architecture)) };
        let made = self.create(settings, code).await?;
        match self.guard.until_done(&subject, None, &sent, told(&made), None).await {
            Err(Error::FunctionFailed { .. }) if matches!(made, Made::Now(..)) => {
                reporter.report(Event::message(Phase::Upload, "the creation failed; making the function again"));
                cancel.guard(cloud.delete_function(&options.function_name)).await??;
                self.guard.note(["DeleteFunction"]);
                let made = self.create(settings, code).await?;
                self.guard.until_done(&subject, None, &sent, told(&made), None).await
            }
            done => done,
        }
    }

    /// Makes the function, waiting for what AWS's servers do not know yet.
    async fn create(&self, settings: &Settings, code: &Code) -> Result<Made<Option<Function>>, Error> {
        let Guard { cloud, options, reporter, cancel, .. } = *self.guard;
        reporter.report(Event::message(Phase::Upload, "creating the function"));
        let (mut not_yet, mut pause) = (NotYet::default(), Pause::new(wait::DEADLINE));
        let key = options.source_kms_key.one();
        loop {
            let created =
                cancel.guard(cloud.create_function(&options.function_name, settings, code.clone(), key)).await?;
            match created {
                Err(Error::Aws(error)) if NotYet::is(&error) => not_yet.wait(self.guard, error).await?,
                Err(Error::Aws(error)) if error.kind == AwsKind::Conflict => match self.is_ours(settings).await? {
                    Ours::Yes(found) => {
                        self.guard.note(["CreateFunction"]);
                        return Ok(Made::Before(found));
                    }
                    Ours::NotSeen if pause.wait(cancel).await? => {}
                    Ours::No | Ours::NotSeen => return Err(Error::Aws(error)),
                },
                done => {
                    let made = Made::Now(done?, None);
                    self.guard.note(["CreateFunction"]);
                    return Ok(made);
                }
            }
        }
    }

    /// AWS says that the function is there already. If it is what we sent, its answer was lost on the way, and the SDK sent
    /// it again.
    async fn is_ours(&self, sent: &Settings) -> Result<Ours, Error> {
        let Guard { cloud, options, cancel, .. } = *self.guard;
        let found = cancel.guard(cloud.function(&options.function_name, None)).await??;
        let Some(found) = found.filter(|found| !found.is_leaving) else { return Ok(Ours::NotSeen) };
        // What cannot be read is no contradiction.
        let is_tagged = |(name, value): (&String, &String)| found.tags.get(name) == Some(value);
        let is_ours = found.code_sha256.as_ref().is_none_or(|sha256| *sha256 == self.archive.sha256_base64())
            && has(&found, sent)
            && found.settings.architecture == sent.architecture
            && found.source_kms_key_arn.as_ref() == options.source_kms_key.one()
            && (found.tags_hidden.is_some() || sent.tags.iter().flatten().all(is_tagged));
        Ok(if is_ours { Ours::Yes(Box::new(found)) } else { Ours::No })
    }
}

/// Whether a function that is there was made by this call.
enum Ours {
    Yes(Box<Function>),
    No,
    /// It is on its way, there or away.
    NotSeen,
}

/// What AWS has told of a function when it took its creation.
fn told(made: &Made<Option<Function>>) -> Option<&Function> {
    match made {
        Made::Now(told, _) => told.as_ref(),
        // Somebody else may have made it just like that, and go on with it.
        Made::Before(_) => None,
    }
}

/// Whether a function has settings that were sent, as far as they can be read.
fn has(now: &Function, sent: &Settings) -> bool {
    let environment = sent
        .environment
        .as_ref()
        .is_none_or(|sent| !matches!(&now.environment, Environment::Variables(variables) if variables != sent));
    environment
        && Settings { environment: None, ..sent.clone() }.differing(&now.settings, &mut Vec::new())
            == Settings::default()
}

fn known(seen: Option<&Function>) -> Result<&Function, Error> {
    seen.ok_or_else(|| Error::Internal("a step has no function to change".to_owned()))
}

fn at_hand(code: Option<&Code>) -> Result<&Code, Error> {
    code.ok_or_else(|| Error::Internal("a step has no code to send".to_owned()))
}
