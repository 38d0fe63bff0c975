//! A version of what was deployed, and the alias that points at it. Nothing is made twice.

use crate::deploy::alias::Target;
use crate::deploy::attachments;
use crate::deploy::cloud::Alias;
use crate::deploy::function::Function;
use crate::deploy::guard::{Guard, Made};
use crate::deploy::options::PublishTo;
use crate::deploy::plan::Change;
use crate::deploy::qualifier::LATEST_PUBLISHED;
use crate::deploy::wait::{self, Subject};
use crate::error::{Error, ErrorCode};
use crate::progress::{Event, Phase};

/// The fields of changes that are of a release.
pub const VERSION: &str = "version";
pub const ALIAS: &str = "alias";
pub const PUBLISH_TO: &str = "publishTo";

/// What a release did, or would do.
#[derive(Debug, Default)]
pub struct Release {
    /// The version, as AWS describes it; nothing in a dry run that would make one.
    pub version: Option<Function>,
    /// What it changed.
    pub changes: Vec<Change>,
    /// AWS's names of the operations that it took.
    pub operations: Vec<&'static str>,
}

/// What there is to release.
pub struct Candidate<'a> {
    /// The function as it is now; nothing when a dry run would make it.
    pub latest: Option<&'a Function>,
    /// The SHA-256 of the archive in base64: no other code may be published.
    pub sha256: &'a str,
    /// Where the alias was before anything was done.
    pub alias: Option<&'a Alias>,
    /// Whether nothing is done, and only found out.
    pub dry_run: bool,
    /// Whether a dry run would change it.
    pub would_change: bool,
}

impl Candidate<'_> {
    /// Whether the alias gives all its calls to that version.
    fn is_live(&self, version: Option<&String>) -> bool {
        self.alias.is_some_and(|at| !at.shares() && Some(&at.version) == version)
    }
}

/// Publishes and points the alias, where asked for.
///
/// # Errors
/// What AWS answers, [`Error::FunctionChanged`], [`Error::Aborted`].
pub async fn release(guard: &Guard<'_>, candidate: &Candidate<'_>) -> Result<Release, Error> {
    let Guard { options, reporter, .. } = *guard;
    let mut release = Release::default();
    if !options.publish && options.alias.is_none() && options.publish_to.is_none() {
        return Ok(release);
    }
    reporter.report(Event::phase(Phase::Release));
    if options.publish || options.alias.is_some() {
        release.version = version(guard, candidate, &Kind::Numbered, &mut release).await?;
        let number = release.version.as_ref().and_then(|version| version.version.as_deref());
        let (changes, operation) = attachments::of_version(guard, number, candidate.dry_run).await?;
        if operation.is_none() {
            guard.spare("PutRuntimeManagementConfig");
        }
        release.changes.extend(changes);
        release.operations.extend(operation);
    }
    if let Some(PublishTo::LatestPublished) = options.publish_to {
        let version = version(guard, candidate, &Kind::Latest, &mut release).await?;
        release.version = release.version.or(version);
    }
    if let Some(alias) = &options.alias {
        let number = release.version.as_ref().and_then(|version| version.version.clone());
        match point(guard, alias, candidate, number).await? {
            Some((change, operation)) => {
                release.changes.push(change);
                release.operations.push(operation);
                guard.note((!candidate.dry_run).then_some(operation));
            }
            None => guard.spare("UpdateAlias"),
        }
    }
    Ok(release)
}

/// What a version is named by.
enum Kind {
    /// A number of its own. There can be many.
    Numbered,
    /// [`LATEST_PUBLISHED`]. There is one, which is replaced.
    Latest,
}

impl Kind {
    /// The version of this kind that was published last.
    async fn last(&self, guard: &Guard<'_>) -> Result<Option<Function>, Error> {
        let Guard { cloud, options, cancel, .. } = *guard;
        let name = &options.function_name;
        match self {
            Self::Numbered => cancel.guard(cloud.last_version(name)).await?,
            Self::Latest => cancel.guard(cloud.function(name, Some(LATEST_PUBLISHED))).await?,
        }
    }
}

/// The version that is what the function is now: the last one, or a new one. Nothing in a dry run that would make one.
async fn version(
    guard: &Guard<'_>,
    candidate: &Candidate<'_>,
    kind: &Kind,
    release: &mut Release,
) -> Result<Option<Function>, Error> {
    let Guard { cloud, reporter, cancel, .. } = *guard;
    let last = match candidate.latest {
        Some(_) => kind.last(guard).await?,
        None => None,
    };
    let is_published = |last: &Function| {
        !candidate.would_change && candidate.latest.is_some_and(|latest| last.is_same_version(latest))
    };
    if let Some(last) = last.as_ref().filter(|last| is_published(last)) {
        guard.spare("PublishVersion");
        // A list tells no states. What gets calls already has been looked at.
        return match &last.version {
            Some(number) if !candidate.dry_run && !candidate.is_live(last.version.as_ref()) => {
                let subject = Subject { qualifier: Some(number), ..subject(guard) };
                wait::until_done(cloud, &subject, reporter, cancel).await.map(Some)
            }
            _ => Ok(Some(last.clone())),
        };
    }
    let made = if candidate.dry_run { None } else { Some(publish(guard, candidate, kind).await?) };
    release.operations.push("PublishVersion");
    let number = |version: Option<&Function>| version.and_then(|version| version.version.clone());
    match kind {
        Kind::Numbered => {
            let (before, after) = (number(last.as_ref()), number(made.as_ref()));
            // AWS makes none when nothing that it compares has changed.
            if after.is_none() || before != after {
                release.changes.push(Change { field: VERSION.to_owned(), before, after });
            }
        }
        Kind::Latest => {
            let code = |version: Option<Function>| version.and_then(|version| version.code_sha256);
            let (before, after) = (code(last), Some(candidate.sha256.to_owned()));
            release.changes.push(Change { field: PUBLISH_TO.to_owned(), before, after });
        }
    }
    Ok(made)
}

fn subject<'a>(guard: &'a Guard<'_>) -> Subject<'a> {
    let name = &guard.options.function_name;
    Subject { name, qualifier: None, what: "the new version", is_new: true, old: None }
}

async fn publish(guard: &Guard<'_>, candidate: &Candidate<'_>, kind: &Kind) -> Result<Function, Error> {
    let Guard { cloud, options, reporter, cancel, .. } = *guard;
    let as_latest = matches!(kind, Kind::Latest);
    let name = &options.function_name;
    reporter.report(Event::message(Phase::Release, "publishing a version"));
    let publish = |revision| cloud.publish_version(name, candidate.sha256, revision, as_latest);
    let made = match guard.change(candidate.latest, |_| false, publish).await {
        Ok(Made::Now(made, _)) => made,
        // What a publication does to the function is not to be seen.
        Ok(Made::Before(_)) => return Err(Error::Internal("no version was published".to_owned())),
        // To publish changes the revision. The answer to the first attempt may have been lost: then the version is there.
        Err(error @ (Error::Aws(_) | Error::FunctionChanged { .. }))
            if error.code() == ErrorCode::PreconditionFailed =>
        {
            let last = kind.last(guard).await?;
            let is_ours = |last: &Function| candidate.latest.is_some_and(|latest| last.is_same_version(latest));
            last.filter(is_ours).and_then(|last| last.version).ok_or(error)?
        }
        Err(error) => return Err(error),
    };
    guard.note(["PublishVersion"]);
    // Only an active version may get an alias's traffic.
    wait::until_done(cloud, &Subject { qualifier: Some(&made), ..subject(guard) }, reporter, cancel).await
}

/// Points the alias at version `number`, which a dry run may not know, unless it points there already.
async fn point(
    guard: &Guard<'_>,
    alias: &str,
    candidate: &Candidate<'_>,
    number: Option<String>,
) -> Result<Option<(Change, &'static str)>, Error> {
    let Guard { cloud, options, reporter, cancel, .. } = *guard;
    let name = &options.function_name;
    let points_at = candidate.alias.cloned();
    let target = number.as_deref().map(|version| Target { name, alias, version });
    if points_at.as_ref().is_some_and(|at| target.as_ref().is_some_and(|target| target.is_reached(at))) {
        return Ok(None);
    }
    if let (false, Some(target)) = (candidate.dry_run, &target) {
        reporter.report(Event::message(Phase::Release, format!("pointing {alias} at version {}", target.version)));
        target.reach(cloud, points_at.as_ref(), options.force, cancel).await?;
    }
    let before = points_at.map(|at| if at.shares() { format!("{} and others", at.version) } else { at.version });
    let operation = if before.is_some() { "UpdateAlias" } else { "CreateAlias" };
    Ok(Some((Change { field: ALIAS.to_owned(), before, after: number }, operation)))
}
