//! An archive -> a Lambda function's code and settings.
//!
//! This file alone knows the order: look at what is deployed, [`plan`] the difference, [`apply`] it, and
//! [`release`] the result.

mod advice;
mod alias;
mod apply;
mod arn;
mod attachments;
mod bucket;
mod cloud;
mod code;
mod deadline;
mod download;
mod expected;
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
use crate::error::Error;
use crate::limits;
use crate::progress::{Event, Phase, Reporter, Silent};
use crate::warning::Warning;
pub use advice::deprecated_since;
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
    /// The function's tags, but for AWS's own. Nothing when AWS does not tell them.
    pub tags: Option<BTreeMap<String, String>>,
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
    /// The function's Region.
    pub region: String,
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
    let Deployed { function: deployed, alias } = Box::pin(inspect(cloud, options, reporter, cancel)).await?;
    let mut plan = plan(deployed.as_ref(), options, &archive)?;
    if options.dry_run || options.expected.is_some() {
        masked::tell(&mut plan.changes, deployed.as_ref(), options, cloud.region(), cancel).await?;
    }
    let by =
        |reporter| guard::Guard { cloud, options, reporter, cancel, done: Mutex::default(), spared: Mutex::default() };
    if let Some(expected) = &options.expected {
        let looking = by(&Silent);
        let intended = Box::pin(act(&looking, &plan, deployed.clone(), alias.as_ref(), &archive, true)).await?;
        expected::compare(options, expected, deployed.as_ref(), cloud.region(), &archive, &told(&plan, &intended))?;
    }
    let (code, not_compared) = if options.dry_run {
        code::changes(cloud, options, deployed.as_ref(), &archive, cancel).await?
    } else {
        (None, None)
    };
    let (created, seen_revision_id) = (deployed.is_none(), deployed.as_ref().and_then(|seen| seen.revision_id.clone()));
    let guard = by(reporter);
    let acted = Box::pin(act(&guard, &plan, deployed, alias.as_ref(), &archive, options.dry_run)).await;
    let done = acted.map_err(|why| stopped(&guard, &plan, alias.as_ref(), why))?;
    let expected::Told { changes, operations, .. } = told(&plan, &done);
    let Done { latest, released, function_url } = done;
    let runtime =
        options.settings.runtime.as_deref().or(latest.as_ref().and_then(|latest| latest.settings.runtime.as_deref()));
    Ok(DeployReport {
        warnings: runtime
            .and_then(advice::deprecation)
            .into_iter()
            .chain(advice::over_ordinary_limits(options))
            .chain(not_compared)
            .collect(),
        tags: latest.as_ref().filter(|latest| latest.tags_hidden.is_none()).map(|latest| latest.tags.clone()),
        reserved_concurrency: if options.dry_run || !options.reserved_concurrency.is_managed() {
            latest.as_ref().and_then(|latest| latest.reserved_concurrency)
        } else {
            options.reserved_concurrency.one().copied()
        },
        function: released.version.or(latest),
        function_url,
        created,
        changes,
        operations,
        seen_revision_id,
        region: cloud.region().unwrap_or_default().to_owned(),
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

/// All that was done, or would be, of a plan and of the release after it.
fn told(plan: &Plan, done: &Done) -> expected::Told {
    let after_release = plan.after_release.iter().map(Action::operation);
    let of_release = done.released.operations.iter().copied();
    expected::Told {
        changes: plan.changes.iter().chain(&done.released.changes).cloned().collect(),
        operations: plan.steps.iter().flat_map(Step::operations).chain(of_release).chain(after_release).collect(),
        upload: plan.upload,
    }
}

/// Does what is planned, and releases it. In a dry run nothing is done, and what would be released is found out.
async fn act(
    guard: &guard::Guard<'_>,
    plan: &Plan,
    deployed: Option<Function>,
    alias: Option<&cloud::Alias>,
    archive: &Summary,
    dry_run: bool,
) -> Result<Done, Error> {
    let options = guard.options;
    let mut function_url =
        deployed.as_ref().and_then(|deployed| deployed.attachments.url.as_ref()).map(|found| found.url.clone());
    let applied =
        if dry_run { None } else { Box::pin(apply::Apply { guard, archive }.steps(plan, deployed.as_ref())).await? };
    let provisioned = deployed.as_ref().and_then(|deployed| deployed.attachments.provisioned.clone());
    let latest = applied.or(deployed);
    let candidate = release::Candidate {
        latest: latest.as_ref(),
        sha256: &archive.sha256_base64(),
        alias,
        dry_run,
        would_change: dry_run && plan.steps.iter().any(Step::is_of_version),
    };
    let released = release::release(guard, &candidate).await?;
    for action in plan.after_release.iter().filter(|_| !dry_run) {
        let url = attachments::run(guard, action, options.alias.as_deref()).await?;
        function_url = if *action == Action::DeleteUrl { None } else { url.or(function_url) };
    }
    // AWS makes the environments anew when the alias moves, and an earlier run may have ended before they were there.
    let is_moved = released.operations.contains(&"UpdateAlias");
    let is_awaited = is_moved || provisioned.is_some_and(|provisioned| provisioned.is_in_progress());
    let is_ready = plan.after_release.iter().any(|action| matches!(action, Action::Provision(_)));
    if is_awaited && !is_ready && !dry_run && options.attachments.provisioned.one().is_some() {
        attachments::until_ready(guard, options.alias.as_deref()).await?;
    }
    Ok(Done { latest, released, function_url })
}

/// A failure, with what was done before it and what was not.
fn stopped(guard: &guard::Guard<'_>, plan: &Plan, alias: Option<&cloud::Alias>, why: Error) -> Error {
    let done = guard.done();
    if done.is_empty() {
        return why;
    }
    let options = guard.options;
    let of_release = [
        ("PublishVersion", options.publish || options.alias.is_some()),
        ("PublishVersion", options.publish_to.is_some()),
        ("PutRuntimeManagementConfig", attachments::would_manage_version(options)),
        (if alias.is_some() { "UpdateAlias" } else { "CreateAlias" }, options.alias.is_some()),
    ];
    let of_release = of_release.into_iter().filter(|(_, wanted)| *wanted).map(|(operation, _)| operation);
    let after_release = plan.after_release.iter().map(Action::operation);
    let all = plan.steps.iter().flat_map(Step::operations).chain(of_release).chain(after_release);
    // Some are done more than once.
    let mut counted = [done.clone(), guard.spared()].concat();
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

/// What there is of a function.
#[derive(Default)]
struct Deployed {
    /// It, with what is declared beside its configuration.
    function: Option<Function>,
    /// Where the alias is that is to be pointed. Whoever moves it after this look has come between.
    alias: Option<cloud::Alias>,
}

/// Looks at what is deployed.
async fn inspect(
    cloud: &Cloud,
    options: &DeployOptions,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Deployed, Error> {
    let name = &options.function_name;
    let Some(function) = Box::pin(settled(cloud, name, reporter, cancel)).await? else {
        return Ok(Deployed::default());
    };
    let alias = match &options.alias {
        Some(alias) => cancel.guard(cloud.alias(name, alias)).await??,
        None => None,
    };
    let attachments = options.attachments.find(cloud, name, options.alias.as_deref(), cancel).await?;
    Ok(Deployed { function: Some(Function { attachments, ..function }), alias })
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
            let subject = wait::Subject {
                name,
                qualifier: None,
                what: "another change of the function",
                is_new: false,
                old: None,
            };
            match wait::until_settled(cloud, &subject, reporter, cancel).await {
                // It was being deleted.
                Err(Error::FunctionNotFound { .. }) => Ok(None),
                settled => settled.map(Some),
            }
        }
        looked => Ok(looked),
    }
}
