//! `init()`: its options and its result as JavaScript sees them.

use std::path::{Path, PathBuf};
use std::time::Instant;

use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;

use super::call::Call;
use super::outcome::Outcome;
use super::pack::Warning;
use super::timeouts::Timeouts;
use crate::deploy::{self, Connection};
use crate::error::Error;

/// Which function, and where to.
#[napi(object, object_to_js = false)]
pub struct InitOptions {
    /// The function's name or ARN, without a version or alias.
    pub function_name: String,
    /// The folder to write to; it is made when it is not there. **Default** the working directory.
    pub out: Option<String>,
    /// Whether to unpack the deployed code too, into the folder `src` of `out`. **Default** `false`.
    pub code: Option<bool>,
    /// Whether to replace a `function.json`, and with `code` all of a `src`, that is there; else that is an error
    /// (`FILE_EXISTS`). **Default** `false`.
    pub force: Option<bool>,
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

/// What was written.
#[napi(object, object_from_js = false)]
pub struct InitResult {
    /// The function, as it was named.
    pub function_name: String,
    /// The file with its settings, absolute: `function.json` in `out`.
    pub definition: String,
    /// The folder with its code, absolute; absent without `code`.
    pub code: Option<String>,
    /// SHA-256 of the deployed archive in base64.
    pub code_sha256: Option<String>,
    /// Files and links that were unpacked; absent without `code`.
    pub file_count: Option<f64>,
    /// Bytes of these files; absent without `code`.
    pub unzipped_size: Option<f64>,
    /// What you should know.
    pub warnings: Vec<Warning>,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
}

/// Writes the settings of a deployed function to `function.json`, in the shape of AWS's `CreateFunction` request, and on
/// request its code. All of it is written, or nothing.
///
/// Rejects with `LambdaPackError`; the codes are in docs/errors.md.
#[napi(ts_args_type = "options: InitOptions", ts_return_type = "Promise<InitResult>")]
pub fn init<'env>(
    env: &'env Env,
    options: InitOptions,
    call: &Call,
) -> napi::Result<PromiseRaw<'env, Outcome<InitResult>>> {
    call.run(env, |reporter, cancel| async move {
        let started = Instant::now();
        let InitOptions { function_name, out, code, force, region, profile, endpoint, timeouts } = options;
        if out.as_deref() == Some("") {
            return Err(Error::option("out", "the path of a folder", "''"));
        }
        let connection = Connection { region, profile, endpoint, timeouts: Timeouts::checked(timeouts)? };
        let cloud = deploy::reach(&function_name, connection, &cancel).await?;
        let wanted = deploy::InitOptions {
            function_name: function_name.clone(),
            out: out.map_or_else(|| PathBuf::from("."), PathBuf::from),
            code: code.unwrap_or(false),
            force: force.unwrap_or(false),
        };
        let done = Box::pin(deploy::init(&cloud, wanted, &*reporter, &cancel)).await?;
        let text = |path: &Path| path.to_string_lossy().into_owned();
        Ok(InitResult {
            function_name,
            definition: text(&done.definition),
            code: done.code.as_deref().map(text),
            code_sha256: done.code_sha256,
            file_count: done.unpacked.map(|unpacked| unpacked.file_count as f64),
            unzipped_size: done.unpacked.map(|unpacked| unpacked.size as f64),
            warnings: done.warnings.into_iter().map(Warning::from).collect(),
            duration_ms: started.elapsed().as_secs_f64() * 1000.0,
        })
    })
}
