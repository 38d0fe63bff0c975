//! `deploy()` and `plan()`.

mod options;
mod result;

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;

use super::call::{Call, blocking};
use super::code::CodeChanges;
use super::outcome::Outcome;
use super::pack::{PackOptions, Warning};
use crate::archive;
use crate::cancel::Cancel;
use crate::error::Error;
use crate::progress::Reporter;
use crate::{deploy, pack, warning};
pub use options::DeployOptions;
pub use result::{Change, DeployPlan, DeployResult, Packed};
use result::{told_before, upload, with_function};

/// Packs `root`, or takes `package`, and makes the function run it: creates the function, or sends what differs and
/// nothing else, and waits until Lambda has taken it. When nothing differs, no changing call is made.
///
/// Rejects with `LambdaPackError`; the codes are in docs/errors.md.
#[napi(ts_args_type = "options: DeployOptions | DefinedDeployOptions", ts_return_type = "Promise<DeployResult>")]
pub fn deploy<'env>(
    env: &'env Env,
    options: DeployOptions,
    pack_options: PackOptions,
    cleared: Vec<String>,
    call: &Call,
) -> napi::Result<PromiseRaw<'env, Outcome<DeployResult>>> {
    call.run(env, |reporter, cancel| async move {
        let (told, _) = Box::pin(perform(options, pack_options, cleared, reporter, cancel)).await?;
        Ok(told)
    })
}

/// Tells what `deploy()` would do with these options, and changes nothing at AWS. What it answers is for `deploy({ plan })`.
///
/// Rejects with `LambdaPackError`; the codes are in docs/errors.md.
#[napi(ts_args_type = "options: DeployOptions | DefinedDeployOptions", ts_return_type = "Promise<DeployPlan>")]
pub fn plan<'env>(
    env: &'env Env,
    mut options: DeployOptions,
    pack_options: PackOptions,
    cleared: Vec<String>,
    call: &Call,
) -> napi::Result<PromiseRaw<'env, Outcome<DeployPlan>>> {
    options.dry_run = Some(true);
    call.run(env, |reporter, cancel| async move {
        let function_name = options.function_name.clone();
        let (alias, s3) = (options.alias.clone(), options.s3.as_ref().map(|s3| s3.bucket.clone()));
        let (told, seen) = Box::pin(perform(options, pack_options, cleared, reporter, cancel)).await?;
        let DeployResult { created, code_sha256, changes, operations, upload, code, warnings, .. } = told;
        let Seen { region, revision_id } = seen;
        let (bucket, warnings) = (s3.filter(|_| upload == "s3"), Some(warnings));
        Ok(DeployPlan {
            function_name,
            created,
            region,
            revision_id,
            alias,
            code_sha256,
            changes,
            operations,
            upload,
            bucket,
            code,
            warnings,
        })
    })
}

/// What a plan is of.
struct Seen {
    region: String,
    revision_id: Option<String>,
}

/// Does it, and tells what was seen too.
async fn perform(
    options: DeployOptions,
    pack_options: PackOptions,
    cleared: Vec<String>,
    reporter: Arc<dyn Reporter>,
    cancel: Cancel,
) -> Result<(DeployResult, Seen), Error> {
    let started = std::time::Instant::now();
    if options.package.is_some() {
        pack_options.refuse_beside_package()?;
    }
    if options.package.as_deref() == Some("") {
        return Err(Error::option("package", "the path of an archive", "''"));
    }
    let given_package = options.package.clone();
    let keeps_archive = given_package.is_some() || pack_options.out.is_some();
    let mut options = options.checked(&cleared)?.validate()?;
    // A Region that is missing is told before the work of packing.
    let cloud = Box::pin(cancel.guard(deploy::Cloud::connect(&options.connection))).await??;
    // Dropped, and so removed, when the deployment has ended.
    let scratch;
    let (archive, packed) = if given_package.is_some() {
        let (package, cancel) = (options.package.clone(), cancel.clone());
        (blocking(move || archive::summarize(&package, &cancel)).await?, None)
    } else {
        let mut pack_options = pack::PackOptions::try_from(pack_options)?;
        if !keeps_archive {
            scratch = pack::Scratch::new()?;
            pack_options.out = scratch.archive();
            pack_options.transient = true;
        }
        let (reporter, cancel) = (reporter.clone(), cancel.clone());
        let report = blocking(move || pack::pack(pack_options, &*reporter, &cancel)).await?;
        options.package.clone_from(&report.path);
        (report.summary(), Some(report))
    };
    let mut told = told_before(&options, &archive);
    told.package = keeps_archive.then(|| {
        let package = std::path::absolute(&options.package);
        package.as_ref().unwrap_or(&options.package).to_string_lossy().into_owned()
    });
    let _deadline = deploy::Deadline::begin(&options.function_name, options.connection.timeouts.total, &cancel);
    let report = Box::pin(deploy::deploy(&cloud, options, archive, &*reporter, &cancel)).await?;
    told.created = report.created;
    told.changes = report.changes.into_iter().map(Change::from).collect();
    told.tags = report.tags.map(|tags| tags.into_iter().collect());
    told.reserved_concurrent_executions = report.reserved_concurrency.map(f64::from);
    told.function_url = report.function_url;
    told.operations = report.operations.into_iter().map(ToOwned::to_owned).collect();
    let seen = Seen { region: report.region, revision_id: report.seen_revision_id };
    told.upload = upload(report.upload);
    told.code = report.code.map(CodeChanges::from);
    told.warnings = report.warnings.into_iter().map(Warning::from).collect();
    if let Some(packed) = packed {
        // What it advises was done.
        let done = |warning: &warning::Warning| warning.code == warning::WarningCode::NeedsS3;
        told.warnings.extend(packed.warnings.iter().filter(|one| !done(one)).cloned().map(Warning::from));
        told.packed = Some(Packed::from(packed));
    }
    told.duration_ms = started.elapsed().as_secs_f64() * 1000.0;
    let told = match report.function {
        Some(function) => with_function(told, function),
        None => told,
    };
    Ok((told, seen))
}
