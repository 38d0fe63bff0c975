//! One change of it, made.

use std::time::Duration;

use super::Action;
use super::url::Url;
use crate::deploy::function::Status;
use crate::deploy::guard::Guard;
use crate::deploy::settings::Setting;
use crate::deploy::wait::{self, Pause};
use crate::error::{AwsKind, Error};
use crate::progress::{Event, Phase};

/// To keep environments ready takes AWS minutes.
const PROVISIONING: Duration = Duration::from_mins(15);

/// Environments that are kept ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provisioned {
    /// How many there shall be.
    pub requested: i32,
    /// Whether they are there.
    pub status: Status,
}

/// Makes a change, of the alias where that is given, and tells the function's URL where it was about that.
///
/// # Errors
/// What AWS answers; [`Error::FunctionChanged`] when somebody else gave it another URL meanwhile; [`Error::UpdateFailed`]
/// when environments cannot be kept ready; [`Error::Aborted`].
pub async fn run(guard: &Guard<'_>, action: &Action, alias: Option<&str>) -> Result<Option<String>, Error> {
    let (cloud, name) = (guard.cloud, &*guard.options.function_name);
    guard.reporter.report(Event::message(Phase::Configure, words(action)));
    match action {
        Action::SignCode(arn) => guard.when_free(|| cloud.sign_code(name, arn.as_deref())).await?,
        Action::LoopRecursively(what) => guard.when_free(|| cloud.loop_recursively(name, what)).await?,
        Action::ManageRuntime(how) => guard.when_free(|| cloud.manage_runtime(name, how)).await?,
        Action::AddPermission(id, permission) => {
            let add = || async {
                match cloud.add_permission(name, alias, id, permission).await {
                    // Its name is its content: one that is there already is ours, by an answer that was lost.
                    Err(Error::Aws(error)) if error.kind == AwsKind::Conflict => {
                        let is_there = cloud.statements(name, alias).await?.iter().any(|statement| statement.is(id));
                        if is_there { Ok(()) } else { Err(Error::Aws(error)) }
                    }
                    added => added,
                }
            };
            guard.when_free(add).await?;
        }
        Action::RemovePermission(id) => guard.when_free(|| cloud.remove_permission(name, alias, id)).await?,
        Action::CreateUrl(url) => return create_url(guard, url, alias).await,
        Action::UpdateUrl(url) => {
            guard.when_free(|| cloud.update_url(name, alias, url)).await?;
            return Ok(guard.cancel.guard(cloud.url(name, alias)).await??.map(|found| found.url));
        }
        Action::DeleteUrl => guard.when_free(|| cloud.delete_url(name, alias)).await?,
        Action::HandleEvents(events) => guard.when_free(|| cloud.handle_events(name, alias, events.as_ref())).await?,
        Action::Provision(count) => {
            guard.when_free(|| cloud.provision(name, alias, *count)).await?;
            if count.is_some() {
                until_provisioned(guard, alias).await?;
            }
        }
    }
    Ok(None)
}

async fn create_url(guard: &Guard<'_>, url: &Url, alias: Option<&str>) -> Result<Option<String>, Error> {
    let (cloud, name) = (guard.cloud, &*guard.options.function_name);
    let create = || async {
        match cloud.create_url(name, alias, url).await {
            // One that is as declared is ours, by an answer that was lost.
            Err(Error::Aws(error)) if error.kind == AwsKind::Conflict => match cloud.url(name, alias).await? {
                Some(found) if url.over(&found.is) == found.is => Ok(()),
                Some(_) if guard.options.force => cloud.update_url(name, alias, url).await,
                Some(_) => {
                    let changed = vec!["functionUrl".to_owned()];
                    Err(Error::FunctionChanged { function_name: name.to_owned(), changed })
                }
                None => Err(Error::Aws(error)),
            },
            created => created,
        }
    };
    guard.when_free(create).await?;
    Ok(guard.cancel.guard(cloud.url(name, alias)).await??.map(|found| found.url))
}

/// A version whose environments are still being made answers more slowly than it was asked to.
async fn until_provisioned(guard: &Guard<'_>, alias: Option<&str>) -> Result<(), Error> {
    let what = "the provisioned concurrency";
    let function_name = guard.options.function_name.clone();
    let mut pause = Pause::new(PROVISIONING);
    loop {
        match guard.cancel.guard(guard.cloud.provisioned(&function_name, alias)).await??.map(|found| found.status) {
            Some(Status::Ready) => return Ok(()),
            Some(Status::Failed { reason, code }) => {
                return Err(Error::UpdateFailed { function_name, reason, reason_code: code });
            }
            Some(Status::Wait) | None => {}
        }
        guard.reporter.report(Event::message(Phase::Wait, format!("waiting for {what}")));
        if !pause.wait(guard.cancel).await? {
            return Err(wait::timeout(&function_name, what, PROVISIONING));
        }
    }
}

fn words(action: &Action) -> &'static str {
    match action {
        Action::SignCode(_) => "updating the code signing",
        Action::LoopRecursively(_) => "updating the recursion setting",
        Action::ManageRuntime(_) => "updating the runtime management",
        Action::AddPermission(..) | Action::RemovePermission(_) => "updating the permissions",
        Action::CreateUrl(_) | Action::UpdateUrl(_) | Action::DeleteUrl => "updating the function URL",
        Action::HandleEvents(_) => "updating the event invoke settings",
        Action::Provision(_) => "updating the provisioned concurrency",
    }
}
