//! A version of what was deployed, and the alias that points at it. Nothing is made twice.

use crate::cancel::Cancel;
use crate::deploy::cloud::Cloud;
use crate::deploy::function::Function;
use crate::deploy::options::DeployOptions;
use crate::deploy::plan::Change;
use crate::deploy::wait::{self, Subject};
use crate::error::Error;
use crate::progress::{Event, Phase, Reporter};

/// What a release did, or would do.
#[derive(Debug, Default)]
pub struct Release {
    /// The version, as AWS describes it; nothing in a dry run that would make one.
    pub version: Option<Function>,
    /// What it changed.
    pub changes: Vec<Change>,
}

/// Publishes and points the alias, where asked for. `latest` is the function as it is now; nothing when a dry run
/// would make it. `unpublished` says that a dry run would change it.
///
/// # Errors
/// What AWS answers, [`Error::Aborted`].
pub async fn release(
    cloud: &Cloud,
    options: &DeployOptions,
    latest: Option<&Function>,
    unpublished: bool,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Release, Error> {
    let mut release = Release::default();
    if !options.publish && options.alias.is_none() {
        return Ok(release);
    }
    reporter.report(Event::phase(Phase::Release));
    let name = &options.function_name;
    let last = match latest {
        Some(_) => cancel.guard(cloud.last_version(name)).await??,
        None => None,
    };
    let published = last.filter(|last| !unpublished && latest.is_some_and(|latest| last.is_same_version(latest)));
    let version = if published.is_some() {
        published
    } else {
        let before = None;
        release.changes.push(Change { field: "version".to_owned(), before, after: None });
        if options.dry_run { None } else { Some(publish(cloud, options, latest, reporter, cancel).await?) }
    };
    if let (Some(version), Some(change)) = (&version, release.changes.first_mut()) {
        change.after.clone_from(&version.version);
    }
    if let Some(alias) = &options.alias {
        let number = version.as_ref().and_then(|version| version.version.clone());
        let points_at = match latest {
            Some(_) => cancel.guard(cloud.alias(name, alias)).await??,
            None => None,
        };
        if points_at.is_none() || points_at != number {
            release.changes.push(Change {
                field: "alias".to_owned(),
                before: points_at.clone(),
                after: number.clone(),
            });
            if let (false, Some(number)) = (options.dry_run, number) {
                reporter.report(Event::message(Phase::Release, format!("pointing {alias} at version {number}")));
                match points_at {
                    Some(_) => cancel.guard(cloud.update_alias(name, alias, &number)).await??,
                    None => cancel.guard(cloud.create_alias(name, alias, &number)).await??,
                }
            }
        }
    }
    release.version = version;
    Ok(release)
}

async fn publish(
    cloud: &Cloud,
    options: &DeployOptions,
    latest: Option<&Function>,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Function, Error> {
    let name = &options.function_name;
    reporter.report(Event::message(Phase::Release, "publishing a version"));
    let sha256 = latest.and_then(|latest| latest.code_sha256.as_deref());
    let number = cancel.guard(cloud.publish_version(name, sha256)).await??;
    // Only an active version may get an alias's traffic.
    let subject = Subject { name, qualifier: Some(&number), what: "the new version" };
    wait::until_done(cloud, &subject, reporter, cancel).await
}
