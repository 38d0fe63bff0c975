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

/// What there is to release.
pub struct Candidate<'a> {
    /// The function as it is now; nothing when a dry run would make it.
    pub latest: Option<&'a Function>,
    /// The SHA-256 of the archive in base64: no other code may be published.
    pub sha256: &'a str,
    /// Whether a dry run would change it.
    pub would_change: bool,
}

/// Publishes and points the alias, where asked for.
///
/// # Errors
/// What AWS answers, [`Error::Aborted`].
pub async fn release(
    cloud: &Cloud,
    options: &DeployOptions,
    candidate: &Candidate<'_>,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Release, Error> {
    let mut release = Release::default();
    if !options.publish && options.alias.is_none() {
        return Ok(release);
    }
    reporter.report(Event::phase(Phase::Release));
    let last = match candidate.latest {
        Some(_) => cancel.guard(cloud.last_version(&options.function_name)).await??,
        None => None,
    };
    let is_published = |last: &Function| {
        !candidate.would_change && candidate.latest.is_some_and(|latest| last.is_same_version(latest))
    };
    release.version = match last {
        Some(last) if is_published(&last) => Some(last),
        last => {
            let made = if options.dry_run {
                None
            } else {
                Some(publish(cloud, options, candidate.sha256, reporter, cancel).await?)
            };
            let number = |version: Option<&Function>| version.and_then(|version| version.version.clone());
            let (before, after) = (number(last.as_ref()), number(made.as_ref()));
            release.changes.push(Change { field: "version".to_owned(), before, after });
            made
        }
    };
    if let Some(alias) = &options.alias {
        let number = release.version.as_ref().and_then(|version| version.version.clone());
        let change = point(cloud, options, alias, candidate, number, reporter, cancel).await?;
        release.changes.extend(change);
    }
    Ok(release)
}

async fn publish(
    cloud: &Cloud,
    options: &DeployOptions,
    sha256: &str,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Function, Error> {
    let name = &options.function_name;
    reporter.report(Event::message(Phase::Release, "publishing a version"));
    let number = cancel.guard(cloud.publish_version(name, sha256)).await??;
    // Only an active version may get an alias's traffic.
    let subject = Subject { name, qualifier: Some(&number), what: "the new version", is_new: true };
    wait::until_done(cloud, &subject, reporter, cancel).await
}

/// Points the alias at version `number`, which a dry run may not know, unless it points there already.
async fn point(
    cloud: &Cloud,
    options: &DeployOptions,
    alias: &str,
    candidate: &Candidate<'_>,
    number: Option<String>,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Option<Change>, Error> {
    let name = &options.function_name;
    let points_at = match candidate.latest {
        Some(_) => cancel.guard(cloud.alias(name, alias)).await??,
        None => None,
    };
    let is_there = points_at.as_ref().is_some_and(|at| !at.shares && Some(&at.version) == number.as_ref());
    if is_there {
        return Ok(None);
    }
    if let (false, Some(number)) = (options.dry_run, &number) {
        reporter.report(Event::message(Phase::Release, format!("pointing {alias} at version {number}")));
        match &points_at {
            Some(at) => cancel.guard(cloud.update_alias(name, alias, number, at.shares)).await??,
            None => cancel.guard(cloud.create_alias(name, alias, number)).await??,
        }
    }
    let before = points_at.map(|at| if at.shares { format!("{} and others", at.version) } else { at.version });
    Ok(Some(Change { field: "alias".to_owned(), before, after: number }))
}
