//! An archive -> a Lambda function's code and settings.
//!
//! This file alone knows the order: look at what is deployed, [`plan`] the difference, [`apply`] it, and
//! [`release`] the result.

mod apply;
mod attachments;
mod bucket;
mod cloud;
mod code;
mod deadline;
mod download;
mod failure;
mod function;
mod guard;
mod init;
mod invoke;
mod location;
mod logs;
mod masked;
mod multipart;
mod not_yet;
mod options;
mod plan;
mod qualifier;
mod release;
mod remove;
mod settings;
mod status;
mod upload;
mod versions;
mod wait;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::archive::Summary;
use crate::cancel::Cancel;
use crate::error::{Error, ErrorCode};
use crate::limits;

use crate::progress::{Event, Phase, Reporter};
use crate::warning::{Severity, Warning, WarningCode};
pub use attachments::{
    Action, Attachments, Cors, Destinations, EventInvoke, Permission, RuntimeManagement, USUAL_RECURSION, Url,
    UrlPermission,
};
pub use cloud::{Cloud, EventSourceMapping, InvocationType, Invoked, LogEvent, StatusAlias, StatusLook};
pub use code::{CodeChanges, CodeFile};
pub use deadline::Deadline;
pub use function::{Environment, Function, Status};
pub use init::{InitOptions, Initialized, init};
pub use invoke::{InvokeOptions, invoke};
pub use location::Location;
pub use logs::{LogsOptions, Tail, When};
pub use options::{
    Connection, Declared, DeployOptions, Expected, PublishTo, S3Options, Timeouts, Unnamed, check_alias,
};
pub use plan::{Change, Plan, Step, Upload, plan};
pub use remove::{Removal, RemoveOptions, remove};
pub use settings::{CapacityProvider, Durable, FileSystem, Logging, Settings, Vpc};
pub use status::{FunctionStatus, status};
pub use versions::{Pruned, Rollback, Version, prune, rollback, versions};

/// What a deployment did, or in a dry run would do.
#[derive(Debug)]
pub struct DeployReport {
    /// The function as AWS describes it, or the version that was published. Nothing in a dry run that would make it.
    pub function: Option<Function>,
    /// The function's tags, but for AWS's own.
    pub tags: BTreeMap<String, String>,
    /// How many executions at once are kept for it.
    pub reserved_concurrency: Option<i32>,
    /// The function's URL, as far as it is managed.
    pub function_url: Option<String>,
    /// Whether the function was made.
    pub created: bool,
    /// What differed.
    pub changes: Vec<Change>,
    /// AWS's names of the operations that it took, or would take, in their order.
    pub operations: Vec<&'static str>,
    /// The revision of the function that was seen; nothing when there was none.
    pub seen_revision_id: Option<String>,
    /// How the archive went.
    pub upload: Upload,
    /// In a dry run, which files of the code differ. Nothing when none do, or when that cannot be told.
    pub code: Option<CodeChanges>,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// How long it took.
    pub duration: Duration,
}

/// Deploys the archive at `options.package`, of which `archive` tells.
///
/// # Errors
/// See [`Error`]. Whatever was done stays done, and another run goes on from there.
pub async fn deploy(
    cloud: &Cloud,
    options: DeployOptions,
    archive: Summary,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<DeployReport, Error> {
    let started = Instant::now();
    let options = &options.validate()?;
    if archive.unzipped_size > limits::UNZIPPED {
        let (size, limit) = (archive.unzipped_size, limits::UNZIPPED);
        return Err(Error::UnzippedTooLarge { size, limit, largest: Vec::new() });
    }
    reporter.report(Event::phase(Phase::Inspect));
    let deployed = inspect(cloud, options, reporter, cancel).await?;
    let mut plan = plan(deployed.as_ref(), options, &archive)?;
    if options.dry_run || options.expected.is_some() {
        masked::tell(&mut plan.changes, deployed.as_ref(), options, cloud.region(), cancel).await?;
    }
    if let Some(expected) = &options.expected {
        compare(options, expected, deployed.as_ref(), &plan, &archive)?;
    }
    let (code, not_compared) =
        if options.dry_run { code_changes(options, deployed.as_ref(), &archive, cancel).await? } else { (None, None) };
    let (created, seen_revision_id) = (deployed.is_none(), deployed.as_ref().and_then(|seen| seen.revision_id.clone()));
    let guard = guard::Guard { cloud, options, reporter, cancel, done: Mutex::default() };
    let acted = Box::pin(act(&guard, &plan, deployed, &archive)).await;
    let Done { latest, released, function_url } = acted.map_err(|why| stopped(&guard, &plan, why))?;
    let mut changes = plan.changes;
    changes.extend(released.changes);
    let after_release = plan.after_release.iter().map(Action::operation);
    let operations =
        plan.steps.iter().flat_map(Step::operations).chain(released.operations).chain(after_release).collect();
    let runtime =
        options.settings.runtime.as_deref().or(latest.as_ref().and_then(|latest| latest.settings.runtime.as_deref()));
    Ok(DeployReport {
        warnings: runtime
            .and_then(deprecation)
            .into_iter()
            .chain(over_ordinary_limits(options))
            .chain(not_compared)
            .collect(),
        tags: latest.as_ref().map(|latest| latest.tags.clone()).unwrap_or_default(),
        reserved_concurrency: latest.as_ref().and_then(|latest| latest.reserved_concurrency),
        function: released.version.or(latest),
        function_url,
        created,
        changes,
        operations,
        seen_revision_id,
        upload: plan.upload,
        code,
        duration: started.elapsed(),
    })
}

/// What has come of a plan.
struct Done {
    latest: Option<Function>,
    released: release::Release,
    function_url: Option<String>,
}

/// Which files of the code would be others, or a warning why nobody can tell.
async fn code_changes(
    options: &DeployOptions,
    deployed: Option<&Function>,
    archive: &Summary,
    cancel: &Cancel,
) -> Result<(Option<CodeChanges>, Option<Warning>), Error> {
    let sha256 = deployed.and_then(|deployed| deployed.code_sha256.as_deref());
    if sha256 == Some(&archive.sha256_base64()) {
        return Ok((None, None));
    }
    let compared = Box::pin(code::compare(deployed, &options.function_name, &options.package, cancel)).await?;
    Ok(match compared {
        Ok(changes) => (Some(changes), None),
        Err(warning) => (None, Some(warning)),
    })
}

/// Does what is planned, and releases it. In a dry run nothing is done, and what would be released is found out.
async fn act(
    guard: &guard::Guard<'_>,
    plan: &Plan,
    deployed: Option<Function>,
    archive: &Summary,
) -> Result<Done, Error> {
    let options = guard.options;
    let mut function_url =
        deployed.as_ref().and_then(|deployed| deployed.attachments.url.as_ref()).map(|found| found.url.clone());
    let applied = if options.dry_run {
        None
    } else {
        Box::pin(apply::Apply { guard, archive }.steps(plan, deployed.as_ref())).await?
    };
    let latest = applied.or(deployed);
    let candidate = release::Candidate {
        latest: latest.as_ref(),
        sha256: &archive.sha256_base64(),
        would_change: options.dry_run && plan.steps.iter().any(Step::is_of_version),
    };
    let released = release::release(guard, &candidate).await?;
    for action in plan.after_release.iter().filter(|_| !options.dry_run) {
        let url = attachments::run(guard, action, options.alias.as_deref()).await?;
        guard.note([action.operation()]);
        function_url = if *action == Action::DeleteUrl { None } else { url.or(function_url) };
    }
    Ok(Done { latest, released, function_url })
}

/// A failure, with what was done before it and what was not.
fn stopped(guard: &guard::Guard<'_>, plan: &Plan, why: Error) -> Error {
    let done = guard.done();
    if done.is_empty() || why.code() == ErrorCode::Aborted {
        return why;
    }
    let options = guard.options;
    // Which of the two it would have been is not known.
    let is_pointed = done.contains(&"CreateAlias");
    let of_release = [
        ("PublishVersion", options.publish || options.alias.is_some()),
        ("PublishVersion", options.publish_to.is_some()),
        ("UpdateAlias", options.alias.is_some() && !is_pointed),
    ];
    let of_release = of_release.into_iter().filter(|(_, wanted)| *wanted).map(|(operation, _)| operation);
    let after_release = plan.after_release.iter().map(Action::operation);
    let all = plan.steps.iter().flat_map(Step::operations).chain(of_release).chain(after_release);
    // Some are done more than once.
    let mut counted = done.clone();
    let is_left = |operation: &&'static str| match counted.iter().position(|one| one == operation) {
        Some(at) => {
            counted.swap_remove(at);
            false
        }
        None => true,
    };
    let not_done = all.filter(is_left).collect();
    Error::Stopped { why: Box::new(why), done, not_done }
}

/// Whether a plan that was made before is still what is to be done.
///
/// # Errors
/// [`Error::FunctionChanged`] when the function is another one by now, [`Error::PlanDiffers`].
fn compare(
    options: &DeployOptions,
    expected: &Expected,
    deployed: Option<&Function>,
    plan: &Plan,
    archive: &Summary,
) -> Result<(), Error> {
    let function_name = || options.function_name.clone();
    if deployed.and_then(|deployed| deployed.revision_id.as_ref()) != expected.revision_id.as_ref() {
        return Err(Error::FunctionChanged { function_name: function_name(), changed: vec!["revisionId".to_owned()] });
    }
    let mut differs = Vec::new();
    if archive.sha256_base64() != expected.code_sha256 {
        differs.push("codeSha256".to_owned());
    }
    // Those of the release are found when it comes to it, by what there is then.
    let of_release =
        |change: &&Change| [release::VERSION, release::ALIAS, release::PUBLISH_TO].contains(&change.field.as_str());
    let before: Vec<_> = expected.changes.iter().filter(|change| !of_release(change)).collect();
    let now: Vec<_> = plan.changes.iter().collect();
    let unplanned = now.iter().filter(|change| !before.iter().any(|planned| masked::is_same(planned, change)));
    differs.extend(unplanned.map(|change| change.field.clone()));
    let missing = before.iter().filter(|planned| !now.iter().any(|change| masked::is_same(planned, change)));
    differs.extend(missing.map(|planned| planned.field.clone()));
    differs.sort();
    differs.dedup();
    if differs.is_empty() { Ok(()) } else { Err(Error::PlanDiffers { function_name: function_name(), differs }) }
}

/// The cloud that a function is in. With it the time of the call begins.
///
/// # Errors
/// [`Error::InvalidOption`], [`Error::RegionMissing`], [`Error::Aborted`].
pub async fn reach(function_name: &str, connection: Connection, cancel: &Cancel) -> Result<Cloud, Error> {
    let total = connection.timeouts.total;
    let deadline = |cloud: Cloud| cloud.until(Deadline::begin(function_name, total, cancel));
    reach_for_long(function_name, connection, cancel).await.map(deadline)
}

/// The same, for a call whose time is its own affair.
///
/// # Errors
/// See [`reach`].
pub async fn reach_for_long(function_name: &str, connection: Connection, cancel: &Cancel) -> Result<Cloud, Error> {
    let connection = connection.validate(function_name)?;
    Box::pin(cancel.guard(Cloud::connect(&connection))).await?
}

/// What is deployed, with what is declared beside its configuration.
async fn inspect(
    cloud: &Cloud,
    options: &DeployOptions,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Option<Function>, Error> {
    let name = &options.function_name;
    let Some(function) = settled(cloud, name, reporter, cancel).await? else { return Ok(None) };
    let attachments = options.attachments.find(cloud, name, options.alias.as_deref(), cancel).await?;
    Ok(Some(Function { attachments, ..function }))
}

/// The function, once no other change of it is under way.
async fn settled(
    cloud: &Cloud,
    name: &str,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Option<Function>, Error> {
    match cancel.guard(cloud.function(name, None)).await?? {
        Some(function) if function.state == Status::Wait || function.last_update == Status::Wait => {
            let subject =
                wait::Subject { name, qualifier: None, what: "another change of the function", is_new: false };
            wait::until_settled(cloud, &subject, reporter, cancel).await.map(Some)
        }
        looked => Ok(looked),
    }
}

/// The day since which a runtime is deprecated, if it is.
#[must_use]
pub fn deprecated_since(runtime: &str) -> Option<&'static str> {
    let date = limits::deprecation_date(runtime)?;
    let today = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
    (days_of(date)? <= today.as_secs() / 86_400).then_some(date)
}

fn deprecation(runtime: &str) -> Option<Warning> {
    let date = deprecated_since(runtime)?;
    let message = format!("The runtime {runtime} is deprecated since {date}; {} is current.", limits::DEFAULT_RUNTIME);
    let path = None;
    Some(Warning { code: WarningCode::RuntimeDeprecated, severity: Severity::Warning, message, path })
}

/// Settings that Lambda takes only from functions on managed instances.
fn over_ordinary_limits(options: &DeployOptions) -> Vec<Warning> {
    let settings = [
        ("timeout", options.settings.timeout, limits::ORDINARY_TIMEOUT_SECONDS, "seconds"),
        ("memorySize", options.settings.memory_size, limits::ORDINARY_MEMORY_MEGABYTES, "megabytes"),
    ];
    let over = settings.into_iter().filter(|(_, value, limit, _)| value.is_some_and(|value| value > *limit));
    over.map(|(field, _, limit, unit)| Warning {
        code: WarningCode::OverOrdinaryLimit,
        severity: Severity::Warning,
        message: format!("`{field}` is over {limit} {unit}, which Lambda takes for managed instances alone."),
        path: None,
    })
    .collect()
}

/// Days from 1970-01-01 to a date of the form YYYY-MM-DD.
fn days_of(date: &str) -> Option<u64> {
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    days.checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        assert_eq!(days_of("1970-01-01"), Some(0));
        assert_eq!(days_of("2000-02-29"), Some(11_016));
        assert_eq!(days_of("2026-04-30"), Some(20_573));
        assert_eq!(days_of("x"), None);
    }

    #[test]
    fn only_a_runtime_whose_day_has_come_is_told() {
        assert!(deprecation("nodejs18.x").is_some());
        assert!(deprecation("nodejs99.x").is_none());
    }
}
