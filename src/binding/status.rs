//! `status()`: its options and its result as JavaScript sees them.

use std::collections::HashMap;
use std::time::Instant;

use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;

use super::call::Call;
use super::outcome::Outcome;
use super::timeouts::Timeouts;
use crate::deploy::{self, Connection, FunctionStatus, StatusLook};

/// Which function.
#[napi(object, object_to_js = false)]
pub struct StatusOptions {
    /// The function's name or ARN, without a version or alias.
    pub function_name: String,
    /// A version's number, an alias or `$LATEST.PUBLISHED`. **Default** `$LATEST`.
    pub qualifier: Option<String>,
    /// AWS Region. **Default** the SDK's chain: `AWS_REGION`, then the profile.
    pub region: Option<String>,
    /// Profile of the shared AWS configuration files; its credentials then come before those of the environment.
    /// **Default** the SDK's chain.
    pub profile: Option<String>,
    /// URL of another endpoint than AWS's. **Default** the SDK's chain: `AWS_ENDPOINT_URL` and the rest.
    pub endpoint: Option<String>,
    /// How long it may take. **Default** those of its parts.
    pub timeouts: Option<Timeouts>,
}

/// A function as it is: `$LATEST`, or what `qualifier` names. Of a function that does not exist, only the first three fields
/// and the last one are there.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct StatusResult {
    /// The function, as it was named.
    pub function_name: String,
    /// Whether there is such a function.
    pub exists: bool,
    /// Whether it exists, can be called (its state is `Active`), and has no change that is under way or has failed.
    pub healthy: bool,
    /// Its ARN, with `qualifier`.
    pub function_arn: Option<String>,
    /// `$LATEST`, or the version's number.
    pub version: Option<String>,
    /// AWS's name of its state, like `Active` or `Pending`.
    pub state: Option<String>,
    /// Why it is in that state.
    pub state_reason: Option<String>,
    /// AWS's code for that reason.
    pub state_reason_code: Option<String>,
    /// How its last update went: `Successful`, `InProgress` or `Failed`.
    pub last_update_status: Option<String>,
    /// Why it went so.
    pub last_update_status_reason: Option<String>,
    /// AWS's code for that reason.
    pub last_update_status_reason_code: Option<String>,
    /// SHA-256 of its archive in base64.
    pub code_sha256: Option<String>,
    /// Bytes of its archive.
    pub code_size: Option<f64>,
    /// `Zip` or `Image`.
    pub package_type: Option<String>,
    /// Lambda's name of the runtime; absent for an image.
    pub runtime: Option<String>,
    /// The day (`2026-04-30`) since which that runtime is deprecated; absent when it is not.
    pub runtime_deprecated_since: Option<String>,
    /// When it was last changed, in ISO 8601.
    pub last_modified: Option<String>,
    /// Changes with every change of it.
    pub revision_id: Option<String>,
    /// All aliases of the function, by their names.
    pub aliases: Option<Vec<AliasStatus>>,
    /// The function's newest version; absent when none was published.
    pub newest_version: Option<String>,
    /// Whether `$LATEST` has other code or settings than the version of `qualifier`, or, without one, than the newest
    /// version; absent when there is none. What cannot be read of the two counts as other.
    pub latest_differs: Option<bool>,
    /// How many executions at once are kept for the function; absent when none are.
    pub reserved_concurrent_executions: Option<f64>,
    /// The URL of the function, or of the alias in `qualifier`; absent when there is none.
    pub function_url: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
}

/// Where an alias points.
#[napi(object, object_from_js = false)]
pub struct AliasStatus {
    /// The alias.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Other versions, with their shares of its calls, from 0 to 1.
    pub weights: HashMap<String, f64>,
}

impl From<FunctionStatus> for StatusResult {
    fn from(status: FunctionStatus) -> Self {
        let healthy = status.is_healthy();
        let FunctionStatus { look, aliases, newest_version, latest_differs, reserved_concurrency, url } = status;
        let StatusLook { function, .. } = look;
        let runtime = function.settings.runtime;
        let since = runtime.as_deref().and_then(deploy::deprecated_since);
        let aliases = aliases.into_iter().map(|alias| AliasStatus {
            name: alias.name,
            version: alias.version,
            weights: alias.weights.into_iter().collect(),
        });
        Self {
            exists: true,
            healthy,
            function_arn: function.arn,
            version: function.version,
            state: look.state,
            state_reason: look.state_reason,
            state_reason_code: look.state_reason_code,
            last_update_status: look.last_update_status,
            last_update_status_reason: look.last_update_status_reason,
            last_update_status_reason_code: look.last_update_status_reason_code,
            code_sha256: function.code_sha256,
            code_size: Some(function.code_size as f64),
            package_type: function.package_type,
            runtime,
            runtime_deprecated_since: since.map(ToOwned::to_owned),
            last_modified: function.last_modified,
            revision_id: function.revision_id,
            aliases: Some(aliases.collect()),
            newest_version,
            latest_differs,
            reserved_concurrent_executions: reserved_concurrency.map(f64::from),
            function_url: url,
            ..Self::default()
        }
    }
}

/// Looks at a function, by four calls to AWS, five for an alias, one when it does not exist. Changes nothing.
///
/// Rejects with `LambdaPackError`; the codes are in docs/errors.md.
#[napi(ts_args_type = "options: StatusOptions", ts_return_type = "Promise<StatusResult>")]
pub fn status<'env>(
    env: &'env Env,
    options: StatusOptions,
    call: &Call,
) -> napi::Result<PromiseRaw<'env, Outcome<StatusResult>>> {
    call.run(env, |reporter, cancel| async move {
        let started = Instant::now();
        let StatusOptions { function_name, qualifier, region, profile, endpoint, timeouts } = options;
        let connection = Connection { region, profile, endpoint, timeouts: Timeouts::checked(timeouts)? };
        let cloud = deploy::reach(&function_name, connection, &cancel).await?;
        let status = deploy::status(&cloud, &function_name, qualifier.as_deref(), &*reporter, &cancel).await?;
        let told = status.map(StatusResult::from).unwrap_or_default();
        Ok(StatusResult { function_name, duration_ms: started.elapsed().as_secs_f64() * 1000.0, ..told })
    })
}
