//! `versions()`, `rollback()` and `prune()`: their options and results as JavaScript sees them.

use std::time::Instant;

use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;

use super::call::Call;
use super::options::whole;
use super::outcome::Outcome;
use super::timeouts::Timeouts;
use crate::deploy::{self, Connection};

/// More versions than a function has: AWS's storage for code is full before.
const MOST_VERSIONS: i32 = 100_000;

/// Which function.
#[napi(object, object_to_js = false)]
pub struct VersionsOptions {
    /// The function's name or ARN, without a version or alias.
    pub function_name: String,
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

/// Which alias, and where to.
#[napi(object, object_to_js = false)]
pub struct RollbackOptions {
    /// The function's name or ARN, without a version or alias.
    pub function_name: String,
    /// The alias that is moved.
    pub alias: String,
    /// The version that it is to point at. **Default** the one before the version that it points at.
    pub to: Option<String>,
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

/// What is to stay.
#[napi(object, object_to_js = false)]
pub struct PruneOptions {
    /// The function's name or ARN, without a version or alias.
    pub function_name: String,
    /// How many of the newest versions stay, beside those that an alias uses.
    pub keep: f64,
    /// Whether to remove nothing and only tell what would go. **Default** `false`.
    pub dry_run: Option<bool>,
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

/// A version of a function.
#[napi(object, object_from_js = false)]
#[expect(clippy::struct_field_names, reason = "AWS's names")]
pub struct Version {
    /// Its number.
    pub version: String,
    /// SHA-256 of its archive in base64.
    pub code_sha256: Option<String>,
    /// Bytes of its archive.
    pub code_size: f64,
    /// Its description.
    pub description: Option<String>,
    /// When it was published, in ISO 8601.
    pub last_modified: Option<String>,
    /// The aliases that point at it, or give it a share of their calls.
    pub aliases: Vec<String>,
}

/// The versions of a function.
#[napi(object, object_from_js = false)]
pub struct VersionsResult {
    /// The function, as it was named.
    pub function_name: String,
    /// The newest first.
    pub versions: Vec<Version>,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
}

/// Where an alias pointed, and points now.
#[napi(object, object_from_js = false)]
pub struct RollbackResult {
    /// The function, as it was named.
    pub function_name: String,
    /// The alias.
    pub alias: String,
    /// The version that it pointed at.
    pub before: String,
    /// The version that it points at now.
    pub after: String,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
}

/// What went and what stays.
#[napi(object, object_from_js = false)]
pub struct PruneResult {
    /// The function, as it was named.
    pub function_name: String,
    /// The versions that were removed, or in a dry run would be, the newest first.
    pub removed: Vec<Version>,
    /// The versions that stay, the newest first.
    pub kept: Vec<Version>,
    /// Those that AWS has refused to remove, the newest first; they stay too.
    pub refused: Vec<RefusedVersion>,
    /// Whether nothing was removed because of `dryRun`.
    pub dry_run: bool,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
}

/// A version that AWS has refused to remove.
#[napi(object, object_from_js = false)]
pub struct RefusedVersion {
    /// Its number.
    pub version: String,
    /// AWS's reason.
    pub reason: String,
}

impl From<deploy::Version> for Version {
    fn from(version: deploy::Version) -> Self {
        let deploy::Version { function, aliases } = version;
        Self {
            version: function.version.unwrap_or_default(),
            code_sha256: function.code_sha256,
            code_size: function.code_size as f64,
            description: function.settings.description.filter(|text| !text.is_empty()),
            last_modified: function.last_modified,
            aliases,
        }
    }
}

fn told(versions: Vec<deploy::Version>) -> Vec<Version> {
    versions.into_iter().map(Version::from).collect()
}

fn milliseconds(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1000.0
}

/// Tells the published versions of a function, and which aliases use them.
///
/// Rejects with `LambdaPackError`; the codes are in docs/errors.md.
#[napi(ts_args_type = "options: VersionsOptions", ts_return_type = "Promise<VersionsResult>")]
pub fn versions<'env>(
    env: &'env Env,
    options: VersionsOptions,
    call: &Call,
) -> napi::Result<PromiseRaw<'env, Outcome<VersionsResult>>> {
    call.run(env, |reporter, cancel| async move {
        let started = Instant::now();
        let VersionsOptions { function_name, region, profile, endpoint, timeouts } = options;
        let connection = Connection { region, profile, endpoint, timeouts: Timeouts::checked(timeouts)? };
        let cloud = deploy::reach(&function_name, connection, &cancel).await?;
        let versions = told(deploy::versions(&cloud, &function_name, &*reporter, &cancel).await?);
        Ok(VersionsResult { function_name, versions, duration_ms: milliseconds(started) })
    })
}

/// Points an alias at the version before the one that it points at, or at the one that is named. Nothing is built and
/// nothing is sent.
///
/// Rejects with `LambdaPackError`; the codes are in docs/errors.md.
#[napi(ts_args_type = "options: RollbackOptions", ts_return_type = "Promise<RollbackResult>")]
pub fn rollback<'env>(
    env: &'env Env,
    options: RollbackOptions,
    call: &Call,
) -> napi::Result<PromiseRaw<'env, Outcome<RollbackResult>>> {
    call.run(env, |reporter, cancel| async move {
        let started = Instant::now();
        let RollbackOptions { function_name, alias, to, region, profile, endpoint, timeouts } = options;
        deploy::check_alias(&alias)?;
        let connection = Connection { region, profile, endpoint, timeouts: Timeouts::checked(timeouts)? };
        let cloud = deploy::reach(&function_name, connection, &cancel).await?;
        let rolled = deploy::rollback(&cloud, &function_name, &alias, to.as_deref(), &*reporter, &cancel).await?;
        let deploy::Rollback { before, after } = rolled;
        Ok(RollbackResult { function_name, alias, before, after, duration_ms: milliseconds(started) })
    })
}

/// Removes old versions: all but the newest ones that are to stay, and those that an alias points at or gives a share of
/// its calls.
///
/// Rejects with `LambdaPackError`; the codes are in docs/errors.md.
#[napi(ts_args_type = "options: PruneOptions", ts_return_type = "Promise<PruneResult>")]
pub fn prune<'env>(
    env: &'env Env,
    options: PruneOptions,
    call: &Call,
) -> napi::Result<PromiseRaw<'env, Outcome<PruneResult>>> {
    call.run(env, |reporter, cancel| async move {
        let started = Instant::now();
        let PruneOptions { function_name, keep, dry_run, region, profile, endpoint, timeouts } = options;
        let keep = usize::try_from(whole("keep", keep, 0..=MOST_VERSIONS)?).unwrap_or_default();
        let dry_run = dry_run.unwrap_or(false);
        let connection = Connection { region, profile, endpoint, timeouts: Timeouts::checked(timeouts)? };
        let cloud = deploy::reach(&function_name, connection, &cancel).await?;
        let pruned = deploy::prune(&cloud, &function_name, keep, dry_run, &*reporter, &cancel).await?;
        let deploy::Pruned { removed, kept, refused } = pruned;
        let refused = refused.into_iter().map(|(version, error)| RefusedVersion {
            version: version.function.version.unwrap_or_default(),
            reason: error.to_string(),
        });
        Ok(PruneResult {
            function_name,
            removed: told(removed),
            kept: told(kept),
            refused: refused.collect(),
            dry_run,
            duration_ms: milliseconds(started),
        })
    })
}
