//! The steps of a plan, one after the other, with a wait after each.

use std::time::Duration;

use crate::archive::Summary;
use crate::cancel::Cancel;
use crate::deploy::cloud::{Cloud, Code};
use crate::deploy::function::Function;
use crate::deploy::options::DeployOptions;
use crate::deploy::plan::{Plan, Settings, Step, Upload, plan};
use crate::deploy::upload::upload;
use crate::deploy::wait::{self, Pause, Subject};
use crate::error::{AwsError, AwsKind, Error};
use crate::progress::{Event, Phase, Reporter};

/// IAM tells its servers of a new role in seconds; this is generous.
const ROLE_DEADLINE: Duration = Duration::from_mins(2);
const ROLE_NOT_YET: &str = "cannot be assumed by Lambda";

/// One deployment under way.
pub struct Apply<'a> {
    /// Where to.
    pub cloud: &'a Cloud,
    /// What was asked for.
    pub options: &'a DeployOptions,
    /// The archive at `options.package`.
    pub archive: &'a Summary,
    /// Who is told.
    pub reporter: &'a dyn Reporter,
    /// Who may end it.
    pub cancel: &'a Cancel,
}

impl Apply<'_> {
    /// Does what the plan says and tells the function as it then is.
    ///
    /// # Errors
    /// See [`Error`]. What was done before the failing step stays done; another run goes on from there.
    pub async fn steps(&self, plan: &Plan, deployed: Option<&Function>) -> Result<Option<Function>, Error> {
        let Self { cloud, options, archive, reporter, cancel } = *self;
        let code = match plan.upload {
            Upload::None => None,
            way => Some(upload(cloud, way, &options.package, archive, options.s3.as_ref(), reporter, cancel).await?),
        };
        let mut function = None;
        for step in &plan.steps {
            let subject = match step {
                Step::Create(settings) => {
                    self.create(settings, at_hand(code.as_ref())?).await?;
                    Subject { is_new: true, ..self.subject("the new function") }
                }
                Step::UpdateCode { architecture } => {
                    reporter.report(Event::message(Phase::Upload, "updating the code"));
                    let code = at_hand(code.as_ref())?;
                    self.when_free(|| cloud.update_code(&options.function_name, architecture, code.clone())).await?;
                    self.subject("the new code")
                }
                Step::UpdateConfiguration(settings) => {
                    reporter.report(Event::message(Phase::Configure, "updating the configuration"));
                    // The environment was merged with what was seen: a change since then must not be lost.
                    let seen = function.as_ref().or(deployed).and_then(|seen: &Function| seen.revision_id.clone());
                    let revision = seen.as_deref().filter(|_| settings.environment.is_some());
                    let name = &options.function_name;
                    self.when_free(|| cloud.update_configuration(name, settings, revision)).await?;
                    self.subject("the new configuration")
                }
            };
            let done = wait::until_done(cloud, &subject, reporter, cancel).await?;
            if !matches!(step, Step::UpdateConfiguration(_)) {
                self.runs_what_was_sent(&done)?;
            }
            function = Some(done);
        }
        Ok(function)
    }

    fn subject<'s>(&'s self, what: &'s str) -> Subject<'s> {
        Subject { name: &self.options.function_name, qualifier: None, what, is_new: false }
    }

    /// Another deployment may have come between; its code must not be released as ours.
    fn runs_what_was_sent(&self, function: &Function) -> Result<(), Error> {
        let sent = self.archive.sha256_base64();
        match &function.code_sha256 {
            Some(found) if *found != sent => {
                let (function_name, found) = (self.options.function_name.clone(), found.clone());
                Err(Error::CodeReplaced { function_name, sent, found })
            }
            _ => Ok(()),
        }
    }

    /// Makes the function, waiting while its role is too new.
    async fn create(&self, settings: &Settings, code: Code) -> Result<(), Error> {
        let name = &self.options.function_name;
        self.reporter.report(Event::message(Phase::Upload, "creating the function"));
        let mut pause = Pause::new(ROLE_DEADLINE);
        loop {
            let created = self.cancel.guard(self.cloud.create_function(name, settings, code.clone())).await?;
            match created {
                Err(Error::Aws(error)) if error.message.contains(ROLE_NOT_YET) => {
                    self.wait_for_role(&mut pause).await?;
                }
                Err(Error::Aws(error)) if error.kind == AwsKind::Conflict => return self.adopt(error).await,
                done => return done,
            }
        }
    }

    /// One pause for IAM, as long as there is time for it.
    async fn wait_for_role(&self, pause: &mut Pause) -> Result<(), Error> {
        self.reporter.report(Event::message(Phase::Wait, "waiting until Lambda can assume the role"));
        if pause.wait(self.cancel).await? {
            return Ok(());
        }
        let (function_name, role) = (self.options.function_name.clone(), self.options.role.clone());
        Err(Error::RoleNotAssumable { function_name, role: role.unwrap_or_default() })
    }

    /// AWS says that the function is there already. If it is what we sent, its answer was lost on the way, and
    /// the SDK sent it again.
    async fn adopt(&self, conflict: Box<AwsError>) -> Result<(), Error> {
        let found = self.cancel.guard(self.cloud.function(&self.options.function_name, None)).await??;
        let is_ours = |found| plan(Some(&found), self.options, self.archive).is_ok_and(|plan| plan.steps.is_empty());
        let same_role = |found: &Function| found.role == self.options.role;
        if found.filter(same_role).is_some_and(is_ours) { Ok(()) } else { Err(Error::Aws(conflict)) }
    }

    /// Makes a change; when another one is under way, waits for its end first.
    async fn when_free<F>(&self, change: impl Fn() -> F) -> Result<(), Error>
    where
        F: Future<Output = Result<(), Error>>,
    {
        let mut pause = Pause::new(wait::DEADLINE);
        let mut role_pause = Pause::new(ROLE_DEADLINE);
        loop {
            match self.cancel.guard(change()).await? {
                Err(Error::Aws(error)) if error.message.contains(ROLE_NOT_YET) => {
                    self.wait_for_role(&mut role_pause).await?;
                }
                Err(Error::Aws(error)) if error.kind == AwsKind::Conflict => {
                    let subject = self.subject("another change of the function");
                    wait::until_settled(self.cloud, &subject, self.reporter, self.cancel).await?;
                    if !pause.wait(self.cancel).await? {
                        return Err(Error::Aws(error));
                    }
                }
                done => return done,
            }
        }
    }
}

fn at_hand(code: Option<&Code>) -> Result<Code, Error> {
    code.cloned().ok_or_else(|| Error::Internal("a step has no code to send".to_owned()))
}
