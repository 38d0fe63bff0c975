//! One change of it, made.

use super::Action;
use super::provisioned::until_ready;
use super::url::Url;
use crate::deploy::guard::Guard;
use crate::deploy::settings::Setting;
use crate::error::{AwsKind, Error};
use crate::progress::{Event, Phase};

/// Makes a change, of the alias where that is given, and tells the function's URL where it was about that.
///
/// # Errors
/// What AWS answers; [`Error::FunctionChanged`] when somebody else gave it another URL meanwhile; [`Error::ProvisioningFailed`];
/// [`Error::Aborted`].
pub async fn run(guard: &Guard<'_>, action: &Action, alias: Option<&str>) -> Result<Option<String>, Error> {
    make(guard, action, alias).await?;
    // From here on it is done, whatever comes of the look at it.
    guard.note([action.operation()]);
    let (cloud, name) = (guard.cloud, &*guard.options.function_name);
    match action {
        Action::CreateUrl(_) | Action::UpdateUrl(_) => {
            Ok(guard.cancel.guard(cloud.url(name, alias)).await??.map(|found| found.url))
        }
        Action::Provision(Some(_)) => until_ready(guard, alias).await.map(|()| None),
        _ => Ok(None),
    }
}

async fn make(guard: &Guard<'_>, action: &Action, alias: Option<&str>) -> Result<(), Error> {
    let (cloud, name) = (guard.cloud, &*guard.options.function_name);
    guard.reporter.report(Event::message(Phase::Configure, words(action)));
    match action {
        Action::SignCode(arn) => guard.when_free(|| cloud.sign_code(name, arn.as_deref())).await?,
        Action::LoopRecursively(what) => guard.when_free(|| cloud.loop_recursively(name, what)).await?,
        Action::ManageRuntime(how) => guard.when_free(|| cloud.manage_runtime(name, None, how)).await?,
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
        Action::CreateUrl(url) => create_url(guard, url, alias).await?,
        Action::UpdateUrl(url) => guard.when_free(|| cloud.update_url(name, alias, url)).await?,
        Action::DeleteUrl => guard.when_free(|| cloud.delete_url(name, alias)).await?,
        Action::HandleEvents(events) => guard.when_free(|| cloud.handle_events(name, alias, events.as_ref())).await?,
        Action::Provision(count) => guard.when_free(|| cloud.provision(name, alias, *count)).await?,
        Action::Reserve(count) => guard.when_free(|| cloud.reserve_concurrency(name, *count)).await?,
    }
    Ok(())
}

async fn create_url(guard: &Guard<'_>, url: &Url, alias: Option<&str>) -> Result<(), Error> {
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
    guard.when_free(create).await
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
        Action::Reserve(_) => "updating the reserved concurrency",
    }
}
