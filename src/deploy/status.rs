//! One look at a function.

use aws_sdk_lambda::types::State;

use crate::cancel::Cancel;
use crate::deploy::cloud::{Cloud, StatusAlias, StatusLook};
use crate::deploy::function::{Function, Status};
use crate::deploy::qualifier::{LATEST, check_qualifier, is_version, missing};
use crate::error::Error;
use crate::progress::{Event, Phase, Reporter};

/// A function as it is.
#[derive(Debug)]
pub struct FunctionStatus {
    /// What was asked for: `$LATEST`, or what the qualifier names.
    pub look: StatusLook,
    /// All aliases, by their names.
    pub aliases: Vec<StatusAlias>,
    /// The newest version.
    pub newest_version: Option<String>,
    /// Whether `$LATEST` is another one than the version that was asked for, or than the newest; nothing without a version.
    pub latest_differs: Option<bool>,
    /// How many executions at once are kept for it.
    pub reserved_concurrency: Option<i32>,
    /// The URL of what was asked for.
    pub url: Option<String>,
}

impl FunctionStatus {
    /// Whether it can be called, and its last change went well.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        // In other states changes are taken, and calls fail: an inactive function is woken by a call, which it does not answer.
        let is_active = self.look.state.as_deref().is_none_or(|state| state == State::Active.as_str());
        is_active && self.look.function.last_update == Status::Ready
    }
}

/// Looks at a function, by four calls, and a fifth with an alias; nothing, by one call, when it does not exist.
///
/// # Errors
/// [`Error::InvalidOption`], [`Error::AliasNotFound`], [`Error::VersionNotFound`], [`Error::Aborted`], and what AWS
/// answers.
pub async fn status(
    cloud: &Cloud,
    name: &str,
    qualifier: Option<&str>,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Option<FunctionStatus>, Error> {
    qualifier.map_or(Ok(()), check_qualifier)?;
    reporter.report(Event::phase(Phase::Inspect));
    let Some(latest) = cancel.guard(cloud.look(name, None)).await?? else { return Ok(None) };
    let qualifier = qualifier.filter(|qualifier| *qualifier != LATEST);
    let named = async {
        match qualifier {
            None => Ok(None),
            Some(_) => cloud.look(name, qualifier).await,
        }
    };
    let url = async {
        match qualifier {
            // Only a function and its aliases have URLs, and AWS does not even take the question.
            Some(version) if is_version(version) => Ok(None),
            alias => Ok(cloud.url(name, alias).await?.map(|found| found.url)),
        }
    };
    // Each of them is small, and together they take the time of one.
    let looks = async { tokio::try_join!(cloud.weighted_aliases(name), cloud.versions(name), url, named) };
    let (aliases, versions, url, named) = Box::pin(cancel.guard(looks)).await??;
    // It was removed between two calls.
    let Some(mut aliases) = aliases else { return Ok(None) };
    aliases.sort_by(|a, b| a.name.cmp(&b.name));
    let newest = versions.into_iter().max_by_key(Function::version_number);
    let (reserved_concurrency, newest_version) =
        (latest.function.reserved_concurrency, newest.as_ref().and_then(|newest| newest.version.clone()));
    let (look, latest_differs) = match (qualifier, named) {
        (Some(_), None) => {
            return match missing(cloud, name, qualifier, cancel).await? {
                Error::NoSuchFunction { .. } => Ok(None),
                other => Err(other),
            };
        }
        (_, Some(named)) => {
            let differs = !latest.function.is_same_version(&named.function);
            (named, Some(differs))
        }
        (None, None) => {
            let differs = newest.map(|newest| !latest.function.is_same_version(&newest));
            (latest, differs)
        }
    };
    Ok(Some(FunctionStatus { look, aliases, newest_version, latest_differs, reserved_concurrency, url }))
}
