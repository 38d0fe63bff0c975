//! `remove()`: its options and its result as JavaScript sees them.

use std::time::Instant;

use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;

use super::call::Call;
use super::outcome::Outcome;
use super::timeouts::Timeouts;
use crate::deploy::{self, Connection, Removal};

/// Which function, and what of it.
#[napi(object, object_to_js = false)]
pub struct RemoveOptions {
    /// The function's name or ARN, without a version or alias.
    pub function_name: String,
    /// Whether its log group goes too: only the one named after it, and only when no other function has written to it.
    /// **Default** `false`.
    pub logs: Option<bool>,
    /// Whether to remove nothing and only tell what would go. **Default** `false`.
    pub dry_run: Option<bool>,
    /// AWS Region. **Default** the SDK's chain: `AWS_REGION`, then the profile.
    pub region: Option<String>,
    /// Profile of the shared AWS configuration files; its credentials then come before those of the environment.
    /// **Default** the SDK's chain.
    pub profile: Option<String>,
    /// URL of another endpoint than AWS's, for Lambda and CloudWatch. **Default** the SDK's chain: `AWS_ENDPOINT_URL` and the
    /// rest.
    pub endpoint: Option<String>,
    /// How long it may take. **Default** those of its parts.
    pub timeouts: Option<Timeouts>,
}

/// What went, or in a dry run would go.
#[napi(object, object_from_js = false)]
pub struct RemoveResult {
    /// The function, as it was named.
    pub function_name: String,
    /// Whether there was such a function.
    pub removed: bool,
    /// Its versions, the newest first.
    pub versions: Vec<String>,
    /// Its aliases.
    pub aliases: Vec<String>,
    /// Its URLs, and those of its aliases.
    pub function_urls: Vec<String>,
    /// The event source mappings that called it, its versions or its aliases.
    pub event_source_mappings: Vec<EventSourceMapping>,
    /// The log group that went; absent without `logs`, or when there was none.
    pub log_group: Option<String>,
    /// The log group that stays though `logs` was given: it is not named after the function, so that others may write to it,
    /// or another function has written to it, or `functionName` is of another account than the caller's.
    pub kept_log_group: Option<String>,
    /// AWS's names of the operations that this took, or in a dry run would take, in their order.
    #[napi(ts_type = "Array<Operation>")]
    pub operations: Vec<String>,
    /// Whether nothing was removed because of `dryRun`.
    pub dry_run: bool,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
}

/// What reads events from somewhere and calls a function with them.
#[napi(object, object_from_js = false)]
pub struct EventSourceMapping {
    /// AWS's id of it.
    pub uuid: String,
    /// ARN of the queue, stream or table; absent for sources without one.
    pub event_source_arn: Option<String>,
    /// ARN of the function that it calls, with its version or alias.
    pub function_arn: String,
}

/// Removes a function with its versions, aliases and URLs, and first the event source mappings that call it. Archives in S3
/// and roles stay. A function that does not exist is no failure.
///
/// Rejects with `LambdaPackError`; the codes are in docs/errors.md.
#[napi(ts_args_type = "options: RemoveOptions", ts_return_type = "Promise<RemoveResult>")]
pub fn remove<'env>(
    env: &'env Env,
    options: RemoveOptions,
    call: &Call,
) -> napi::Result<PromiseRaw<'env, Outcome<RemoveResult>>> {
    call.run(env, |reporter, cancel| async move {
        let started = Instant::now();
        let RemoveOptions { function_name, logs, dry_run, region, profile, endpoint, timeouts } = options;
        let connection = Connection { region, profile, endpoint, timeouts: Timeouts::checked(timeouts)? };
        let cloud = deploy::reach(&function_name, connection, &cancel).await?;
        let options = deploy::RemoveOptions { logs: logs.unwrap_or(false), dry_run: dry_run.unwrap_or(false) };
        let removal = deploy::remove(&cloud, &function_name, options, &*reporter, &cancel).await?;
        let Removal { removed, versions, aliases, urls, mappings, log_group, shared_log_group, operations } = removal;
        let mappings = mappings.into_iter().map(|mapping| EventSourceMapping {
            uuid: mapping.uuid,
            event_source_arn: mapping.event_source_arn,
            function_arn: mapping.function_arn,
        });
        Ok(RemoveResult {
            function_name,
            removed,
            versions,
            aliases,
            function_urls: urls,
            event_source_mappings: mappings.collect(),
            log_group,
            kept_log_group: shared_log_group,
            operations: operations.into_iter().map(ToOwned::to_owned).collect(),
            dry_run: options.dry_run,
            duration_ms: started.elapsed().as_secs_f64() * 1000.0,
        })
    })
}
