//! `deploy()`: its options and its result as JavaScript sees them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{Buffer, PromiseRaw};
use napi_derive::napi;

use super::attachments::{EventInvokeConfig, FunctionUrlConfig, Permission, RuntimeManagementConfig, declared};
use super::call::{Call, blocking};
use super::code::CodeChanges;
use super::options::whole;
use super::outcome::Outcome;
use super::pack::{PackOptions, PackResult, Warning, one_of};
use super::settings::{
    CapacityProviderConfig, DeadLetterConfig, DurableConfig, EphemeralStorage, FileSystemConfig, LoggingConfig,
    SnapStart, TenancyConfig, TracingConfig, VpcConfig,
};
use super::timeouts::Timeouts;
use crate::archive::{self, Summary};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::limits;
use crate::progress::Reporter;
use crate::{deploy, pack, warning};

/// What to deploy, and where. Every option of `pack()` is taken too. Of the function's settings only those that are
/// given are managed: the others stay as they are.
#[napi(object, object_to_js = false)]
pub struct DeployOptions {
    /// The function's name or ARN, without a version or alias.
    pub function_name: String,
    /// An archive made before, instead of `root`; no option of packing goes with it. **Default** `root` is packed.
    pub package: Option<String>,
    /// Lambda's name of the runtime. **Default** for a new function `nodejs24.x`.
    pub runtime: Option<String>,
    /// File and export, like `src/index.handler`. **Default** for a new function `index.handler`.
    pub handler: Option<String>,
    /// ARN of the execution role. **Default** none; a new function needs one.
    pub role: Option<String>,
    /// Instruction set. **Default** for a new function `x86_64`.
    #[napi(ts_type = "'x86_64' | 'arm64'")]
    pub architecture: Option<String>,
    /// Memory in megabytes, from 128; ordinary functions go to 10,240. `null` sets the default.
    /// **Default** for a new function 128.
    #[napi(ts_type = "number | null")]
    pub memory_size: Option<f64>,
    /// Time-out in seconds, from 1; ordinary functions go to 900. `null` sets the default.
    /// **Default** for a new function 3.
    #[napi(ts_type = "number | null")]
    pub timeout: Option<f64>,
    /// Environment variables to set. At most 4 KB with their names. `null` removes all. **Default** none.
    #[napi(ts_type = "Record<string, string> | null")]
    pub environment: Option<HashMap<String, String>>,
    /// What becomes of variables that the function has and `environment` does not name: `merge` keeps them, `replace`
    /// removes them. **Default** `merge`.
    #[napi(ts_type = "'merge' | 'replace'")]
    pub environment_mode: Option<String>,
    /// The function's description, at most 256 characters. `null` removes it. **Default** none.
    #[napi(ts_type = "string | null")]
    pub description: Option<String>,
    /// ARNs of layer versions, all of them, in their order, at most 5. `null` removes all. **Default** none.
    #[napi(ts_type = "Array<string> | null")]
    pub layers: Option<Vec<String>>,
    /// ARN of the key that encrypts the environment. `null` for AWS's own. **Default** AWS's own.
    #[napi(ts_type = "string | null")]
    pub kms_key_arn: Option<String>,
    /// The function's network. `null` takes it out of the VPC. **Default** none.
    #[napi(ts_type = "VpcConfig | null")]
    pub vpc_config: Option<VpcConfig>,
    /// Where events go that could not be handled. `null` for nowhere. **Default** nowhere.
    #[napi(ts_type = "DeadLetterConfig | null")]
    pub dead_letter_config: Option<DeadLetterConfig>,
    /// Tracing by X-Ray. `null` sets the default. **Default** for a new function `PassThrough`.
    #[napi(ts_type = "TracingConfig | null")]
    pub tracing_config: Option<TracingConfig>,
    /// File systems, all of them. `null` removes all. **Default** none.
    #[napi(ts_type = "Array<FileSystemConfig> | null")]
    pub file_system_configs: Option<Vec<FileSystemConfig>>,
    /// Room in `/tmp`. `null` sets the default. **Default** for a new function 512 MB.
    #[napi(ts_type = "EphemeralStorage | null")]
    pub ephemeral_storage: Option<EphemeralStorage>,
    /// Snapshots of published versions. `null` for none. **Default** none.
    #[napi(ts_type = "SnapStart | null")]
    pub snap_start: Option<SnapStart>,
    /// Where logs go, and which. `null` sets what a new function has. **Default** for a new function text, to
    /// `/aws/lambda/` and its name.
    #[napi(ts_type = "LoggingConfig | null")]
    pub logging_config: Option<LoggingConfig>,
    /// Durable executions. Only a function that was made with them can have them. **Default** none.
    pub durable_config: Option<DurableConfig>,
    /// Tags to set; others that the function has stay. `null` removes all but AWS's own. **Default** none.
    #[napi(ts_type = "Record<string, string> | null")]
    pub tags: Option<HashMap<String, String>>,
    /// How many executions at once are kept for the function, out of those of the account; with 0 it is never executed.
    /// `null` for none. **Default** none.
    #[napi(ts_type = "number | null")]
    pub reserved_concurrent_executions: Option<f64>,
    /// ARN of the key that encrypts the deployed archive. `null` is AWS's own. **Default** for a new function AWS's own.
    #[napi(ts_type = "string | null")]
    pub source_kms_key_arn: Option<String>,
    /// How many environments are kept ready for the alias, which has to be named. `null` for none. **Default** none.
    #[napi(ts_type = "number | null")]
    pub provisioned_concurrent_executions: Option<f64>,
    /// The function's URL: of the alias where one is named, else of the function. `null` takes it away. **Default** none.
    #[napi(ts_type = "FunctionUrlConfig | null")]
    pub function_url: Option<FunctionUrlConfig>,
    /// Who may invoke the function, or the alias where one is named: all that are declared so. Statements that were made
    /// in other ways stay. `null` removes all that were declared. **Default** none.
    #[napi(ts_type = "Array<Permission> | null")]
    pub permissions: Option<Vec<Permission>>,
    /// What becomes of events that are handled later than they are sent: of the alias where one is named, else of the
    /// function. `null` sets the default. **Default** two more tries, within six hours.
    #[napi(ts_type = "EventInvokeConfig | null")]
    pub event_invoke_config: Option<EventInvokeConfig>,
    /// Whether a function that invokes itself in a loop is stopped. `null` sets the default.
    /// **Default** for a new function `Terminate`.
    #[napi(ts_type = "'Allow' | 'Terminate' | null")]
    pub recursive_loop: Option<String>,
    /// When AWS changes the version of the runtime. `null` sets the default. **Default** for a new function `Auto`.
    #[napi(ts_type = "RuntimeManagementConfig | null")]
    pub runtime_management_config: Option<RuntimeManagementConfig>,
    /// ARN of the configuration that says whose signatures the code needs. `null` for none. **Default** none.
    #[napi(ts_type = "string | null")]
    pub code_signing_config_arn: Option<String>,
    /// Instances of the account's own that the function runs on. Only a function that was made with them can have them.
    /// **Default** none.
    pub capacity_provider_config: Option<CapacityProviderConfig>,
    /// Whether tenants share environments. It cannot be changed later. **Default** they do.
    pub tenancy_config: Option<TenancyConfig>,
    /// Whether to publish a version. None is made when the last one is the same. **Default** `false`.
    pub publish: Option<bool>,
    /// Publishes the function as `$LATEST.PUBLISHED`, which is what runs on instances of the account's own
    /// (`capacityProviderConfig`) when no version is named. **Default** it is not published.
    #[napi(ts_type = "'LATEST_PUBLISHED'")]
    pub publish_to: Option<String>,
    /// The alias to point at the published version; it is made when it does not exist. Implies `publish`.
    /// **Default** none.
    pub alias: Option<String>,
    /// Where an archive goes that has more than 52,428,800 bytes. **Default** none.
    pub s3: Option<S3Options>,
    /// AWS Region. **Default** the SDK's chain: `AWS_REGION`, then the profile.
    pub region: Option<String>,
    /// Profile of the shared AWS configuration files; its credentials then come before those of the environment.
    /// **Default** the SDK's chain.
    pub profile: Option<String>,
    /// URL of another endpoint than AWS's, for Lambda and S3. **Default** the SDK's chain: `AWS_ENDPOINT_URL` and the
    /// rest.
    pub endpoint: Option<String>,
    /// How long it may take. **Default** those of its parts.
    pub timeouts: Option<Timeouts>,
    /// Whether to go over what somebody else changes between the look at the function and the change; else that is an
    /// error (`PRECONDITION_FAILED`). **Default** `false`.
    pub force: Option<bool>,
    /// What `plan()` has answered, or what was read back from its JSON: it is done, or refused when the function, the code
    /// or the options are no longer those of the plan. **Default** none.
    pub plan: Option<DeployPlan>,
    /// Whether to change nothing at AWS and only tell what would be done; `out` is still written. **Default** `false`.
    pub dry_run: Option<bool>,
}

/// A bucket for archives that are too large to be sent directly.
#[napi(object, object_to_js = false)]
pub struct S3Options {
    /// The bucket's name. It must be in the function's Region.
    pub bucket: String,
    /// What the keys begin with; after it comes the content's hash. **Default** nothing.
    pub prefix: Option<String>,
    /// The account that must own the bucket, so that nobody else's is written to. **Default** any.
    pub expected_bucket_owner: Option<String>,
    /// Whether archives go through S3 that could be sent directly. **Default** `false`.
    pub always: Option<bool>,
    /// Whether Lambda makes a copy of the archive, or reads it in the bucket for as long as the function runs: then the
    /// bucket keeps versions, lets Lambda read, and nobody removes the object. `REFERENCE` sends small archives there too.
    /// **Default** `COPY`.
    #[napi(ts_type = "'COPY' | 'REFERENCE'")]
    pub object_storage_mode: Option<String>,
    /// Whether to make the bucket when it is not there: private, encrypted, without artefacts that are older than 30 days
    /// and uploads that were given up. **Default** `false`.
    pub create_bucket: Option<bool>,
}

/// What a deployment would do. It is all text and numbers, so it can be kept as JSON.
#[napi(object)]
pub struct DeployPlan {
    /// The function, as it was named.
    pub function_name: String,
    /// Whether the function would be made.
    pub created: bool,
    /// The revision of the function that was seen; absent when there was none.
    pub revision_id: Option<String>,
    /// SHA-256 of the archive that would be deployed, in base64.
    pub code_sha256: String,
    /// What differs.
    pub changes: Vec<Change>,
    /// AWS's names of the operations, in their order.
    #[napi(ts_type = "Array<Operation>")]
    pub operations: Vec<String>,
    /// How the archive would go.
    #[napi(ts_type = "'none' | 'direct' | 's3'")]
    pub upload: String,
    /// Which files of the code differ; absent when the code is the same, or when that cannot be told (`CODE_NOT_COMPARED`
    /// in `warnings`).
    pub code: Option<CodeChanges>,
    /// What you should know, of packing too.
    pub warnings: Option<Vec<Warning>>,
}

/// The function as AWS describes it, in camelCase, and what was done. In a dry run that would make the function,
/// AWS's fields are absent. The values of its environment are left out.
#[napi(object, object_from_js = false)]
pub struct DeployResult {
    /// The function's name.
    pub function_name: String,
    /// Its ARN; with `publish`, the version's.
    pub function_arn: Option<String>,
    /// Lambda's name of the runtime.
    pub runtime: Option<String>,
    /// ARN of the execution role.
    pub role: Option<String>,
    /// File and export.
    pub handler: Option<String>,
    /// Bytes of the deployed archive.
    pub code_size: Option<f64>,
    /// The description.
    pub description: Option<String>,
    /// Time-out in seconds.
    pub timeout: Option<f64>,
    /// Memory in megabytes.
    pub memory_size: Option<f64>,
    /// When the function was last changed, in ISO 8601.
    pub last_modified: Option<String>,
    /// SHA-256 of the deployed archive in base64; in a dry run, of the one that would be deployed.
    pub code_sha256: String,
    /// `$LATEST`, or with `publish` the version's number.
    pub version: Option<String>,
    /// Tracing by X-Ray.
    pub tracing_config: Option<TracingConfig>,
    /// The network.
    pub vpc_config: Option<VpcConfig>,
    /// Where events go that could not be handled.
    pub dead_letter_config: Option<DeadLetterConfig>,
    /// File systems.
    pub file_system_configs: Option<Vec<FileSystemConfig>>,
    /// Snapshots of published versions.
    pub snap_start: Option<SnapStart>,
    /// Where logs go, and which.
    pub logging_config: Option<LoggingConfig>,
    /// Durable executions.
    pub durable_config: Option<DurableConfig>,
    /// The tags, but for AWS's own.
    pub tags: Option<HashMap<String, String>>,
    /// How many executions at once are kept for the function; absent when none are.
    pub reserved_concurrent_executions: Option<f64>,
    /// The function's URL, when `functionUrl` is declared; of the alias where one is named.
    pub function_url: Option<String>,
    /// Instances of the account's own that the function runs on.
    pub capacity_provider_config: Option<CapacityProviderConfig>,
    /// Whether tenants share environments.
    pub tenancy_config: Option<TenancyConfig>,
    /// Changes with every change of the function.
    pub revision_id: Option<String>,
    /// The layers, in their order.
    pub layers: Option<Vec<Layer>>,
    /// `Zip`.
    pub package_type: Option<String>,
    /// Instruction sets.
    pub architectures: Option<Vec<String>>,
    /// Room in `/tmp`.
    pub ephemeral_storage: Option<EphemeralStorage>,
    /// The key that encrypts the environment.
    pub kms_key_arn: Option<String>,
    /// ARN of the main function, for Lambda@Edge.
    pub master_arn: Option<String>,
    /// Whether the function was made, or in a dry run would be.
    pub created: bool,
    /// What differed from what was deployed; nothing when nothing was changed.
    pub changes: Vec<Change>,
    /// AWS's names of the operations that this took, or in a dry run would take, in their order; those of S3 are not among
    /// them.
    #[napi(ts_type = "Array<Operation>")]
    pub operations: Vec<String>,
    /// How the archive went: it was there already, in the request, or through S3.
    #[napi(ts_type = "'none' | 'direct' | 's3'")]
    pub upload: String,
    /// In a dry run, which files of the code differ; absent when the code is the same, or when that cannot be told
    /// (`CODE_NOT_COMPARED` in `warnings`).
    pub code: Option<CodeChanges>,
    /// The alias that now points at `version`; absent in a dry run.
    pub alias: Option<String>,
    /// Whether nothing was changed because of `dryRun`.
    pub dry_run: bool,
    /// The archive that was deployed, absolute: `package`, or `out` where that was given; else it is removed, and this
    /// is absent.
    pub package: Option<String>,
    /// What was packed; absent with `package`.
    pub packed: Option<Packed>,
    /// What you should know, of packing too.
    pub warnings: Vec<Warning>,
    /// How long it took, packing included, in milliseconds.
    pub duration_ms: f64,
}

/// What was packed for a deployment.
#[napi(object, object_from_js = false)]
pub struct Packed {
    /// The archive's bytes.
    pub size: f64,
    /// Bytes of all files in it, unzipped.
    pub unzipped_size: f64,
    /// Files and links in it; folders do not count.
    pub file_count: f64,
    /// What stayed out, as `pack()` tells it.
    #[napi(ts_type = "Array<Excluded>")]
    pub excluded: Buffer,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
}

impl From<pack::PackReport> for Packed {
    fn from(report: pack::PackReport) -> Self {
        let PackResult { size, unzipped_size, file_count, excluded, duration_ms, .. } = report.into();
        Self { size, unzipped_size, file_count, excluded, duration_ms }
    }
}

/// A field that differed.
#[napi(object)]
pub struct Change {
    /// Its name; a variable's is `environment.NAME`.
    pub field: String,
    /// What was deployed; absent when there was nothing. Of a variable `(hidden)`; in a plan, a dry run and what is done by
    /// a plan `(hidden, 1f2e3d4c)`, where the same digits mean the same value of the same variable.
    pub before: Option<String>,
    /// What was asked for; absent when it goes, or is not known before, like the number of a version in a dry run. Of a
    /// variable as with `before`.
    pub after: Option<String>,
}

/// A layer of a function.
#[napi(object, object_from_js = false)]
pub struct Layer {
    /// ARN of the layer's version.
    pub arn: String,
}

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
        let (told, revision_id) = Box::pin(perform(options, pack_options, cleared, reporter, cancel)).await?;
        let DeployResult { created, code_sha256, changes, operations, upload, code, warnings, .. } = told;
        let warnings = Some(warnings);
        Ok(DeployPlan { function_name, created, revision_id, code_sha256, changes, operations, upload, code, warnings })
    })
}

/// Does it, and tells the revision of the function that was seen too.
async fn perform(
    options: DeployOptions,
    pack_options: PackOptions,
    cleared: Vec<String>,
    reporter: Arc<dyn Reporter>,
    cancel: Cancel,
) -> Result<(DeployResult, Option<String>), Error> {
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
    told.tags = report.function.is_some().then(|| report.tags.into_iter().collect());
    told.reserved_concurrent_executions = report.reserved_concurrency.map(f64::from);
    told.function_url = report.function_url;
    told.operations = report.operations.into_iter().map(ToOwned::to_owned).collect();
    let revision_id = report.seen_revision_id;
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
    Ok((told, revision_id))
}

/// What is known of the result before AWS is asked.
fn told_before(options: &deploy::DeployOptions, archive: &Summary) -> DeployResult {
    DeployResult {
        function_name: options.function_name.clone(),
        function_arn: None,
        runtime: None,
        role: None,
        handler: None,
        code_size: None,
        description: None,
        timeout: None,
        memory_size: None,
        last_modified: None,
        code_sha256: archive.sha256_base64(),
        version: None,
        tracing_config: None,
        vpc_config: None,
        dead_letter_config: None,
        file_system_configs: None,
        snap_start: None,
        logging_config: None,
        durable_config: None,
        tags: None,
        reserved_concurrent_executions: None,
        function_url: None,
        capacity_provider_config: None,
        tenancy_config: None,
        revision_id: None,
        layers: None,
        package_type: None,
        architectures: None,
        ephemeral_storage: None,
        kms_key_arn: None,
        master_arn: None,
        created: false,
        changes: Vec::new(),
        operations: Vec::new(),
        upload: String::new(),
        code: None,
        // A dry run points nothing anywhere.
        alias: options.alias.clone().filter(|_| !options.dry_run),
        dry_run: options.dry_run,
        package: None,
        packed: None,
        warnings: Vec::new(),
        duration_ms: 0.0,
    }
}

fn with_function(told: DeployResult, function: deploy::Function) -> DeployResult {
    let deploy::Function { settings, .. } = function;
    DeployResult {
        function_name: function.name,
        function_arn: function.arn,
        runtime: settings.runtime,
        role: settings.role,
        handler: settings.handler,
        code_size: Some(function.code_size as f64),
        code_sha256: function.code_sha256.filter(|_| !told.dry_run).unwrap_or(told.code_sha256),
        description: settings.description,
        timeout: settings.timeout.map(f64::from),
        memory_size: settings.memory_size.map(f64::from),
        last_modified: function.last_modified,
        version: function.version,
        tracing_config: settings.tracing_mode.map(|mode| TracingConfig { mode }),
        vpc_config: settings.vpc_config.and_then(VpcConfig::told),
        dead_letter_config: settings.dead_letter_target.and_then(DeadLetterConfig::told),
        file_system_configs: settings.file_systems.and_then(FileSystemConfig::told),
        snap_start: settings.snap_start.map(|apply_on| SnapStart { apply_on }),
        logging_config: settings.logging.map(LoggingConfig::from),
        durable_config: settings.durable.and_then(DurableConfig::told),
        capacity_provider_config: settings.capacity_provider.and_then(CapacityProviderConfig::told),
        tenancy_config: settings.tenant_isolation.and_then(TenancyConfig::told),
        revision_id: function.revision_id,
        layers: settings.layers.map(|layers| layers.into_iter().map(|arn| Layer { arn }).collect()),
        package_type: function.package_type,
        architectures: settings.architecture.map(|architecture| vec![architecture]),
        ephemeral_storage: settings.ephemeral_storage.map(|size| EphemeralStorage { size: size.into() }),
        kms_key_arn: settings.kms_key_arn.filter(|arn| !arn.is_empty()),
        master_arn: function.master_arn,
        ..told
    }
}

fn upload(upload: deploy::Upload) -> String {
    let name = match upload {
        deploy::Upload::None => "none",
        deploy::Upload::Direct => "direct",
        deploy::Upload::S3 => "s3",
    };
    name.to_owned()
}

impl DeployPlan {
    /// What it says, if it is of that function.
    fn expected(self, function_name: &str) -> Result<deploy::Expected, Error> {
        if self.function_name != function_name {
            let expected = format!("the plan of '{function_name}', as the function is named here,");
            return Err(Error::option("plan", expected, format!("that of '{}'", self.function_name)));
        }
        let change = |Change { field, before, after }| deploy::Change { field, before, after };
        let changes = self.changes.into_iter().map(change).collect();
        Ok(deploy::Expected { revision_id: self.revision_id, code_sha256: self.code_sha256, changes })
    }
}

impl From<deploy::Change> for Change {
    fn from(change: deploy::Change) -> Self {
        Self { field: change.field, before: change.before, after: change.after }
    }
}

impl DeployOptions {
    /// `cleared` are the settings that were given as `null`.
    fn checked(mut self, cleared: &[String]) -> Result<deploy::DeployOptions, Error> {
        if let Some(other) = self.architecture.as_deref().filter(|one| !["x86_64", "arm64"].contains(one)) {
            return Err(one_of("architecture", "'x86_64' or 'arm64'", other));
        }
        let environment_mode = match self.environment_mode.as_deref() {
            None | Some("merge") => deploy::Unnamed::Stay,
            Some("replace") if self.environment.is_none() && !cleared.iter().any(|name| name == "environment") => {
                return Err(Error::option("environmentMode", "`environment` beside 'replace'", "'replace' alone"));
            }
            Some("replace") => deploy::Unnamed::Go,
            Some(other) => return Err(one_of("environmentMode", "'merge' or 'replace'", other)),
        };
        let is_cleared = |name: &str| cleared.iter().any(|one| one == name);
        let attachments = self.attachments(is_cleared)?;
        let memory_size =
            self.memory_size.map(|size| whole("memorySize", size, limits::MEMORY_MEGABYTES)).transpose()?;
        let timeout = self.timeout.map(|seconds| whole("timeout", seconds, limits::TIMEOUT_SECONDS)).transpose()?;
        let storage =
            |one: EphemeralStorage| whole("ephemeralStorage.size", one.size, limits::EPHEMERAL_STORAGE_MEGABYTES);
        let mut settings = deploy::Settings {
            runtime: self.runtime,
            handler: self.handler,
            role: self.role,
            architecture: self.architecture,
            memory_size,
            timeout,
            environment: self.environment.map(|variables| variables.into_iter().collect()),
            description: self.description,
            layers: self.layers,
            kms_key_arn: self.kms_key_arn,
            vpc_config: self.vpc_config.map(deploy::Vpc::from),
            dead_letter_target: self.dead_letter_config.map(|config| config.target_arn),
            tracing_mode: self.tracing_config.map(|config| config.mode),
            file_systems: self.file_system_configs.map(|all| all.into_iter().map(deploy::FileSystem::from).collect()),
            ephemeral_storage: self.ephemeral_storage.map(storage).transpose()?,
            snap_start: self.snap_start.map(|config| config.apply_on),
            logging: self.logging_config.map(deploy::Logging::from),
            durable: self.durable_config.map(DurableConfig::checked).transpose()?,
            capacity_provider: self.capacity_provider_config.map(CapacityProviderConfig::checked).transpose()?,
            tenant_isolation: self.tenancy_config.map(|config| config.tenant_isolation_mode),
            // These are attachments of what is there, and sent along when a function is made.
            code_signing_config: None,
            tags: self.tags.map(|tags| tags.into_iter().collect()),
        };
        let reserved = |count| whole("reservedConcurrentExecutions", count, limits::CONCURRENCY);
        let reserved = self.reserved_concurrent_executions.map(reserved).transpose()?;
        settings.refuse_empty()?;
        for name in cleared {
            settings.clear(name, &self.function_name);
        }
        let expected = self.plan.map(|plan| plan.expected(&self.function_name)).transpose()?;
        Ok(deploy::DeployOptions {
            function_name: self.function_name,
            package: self.package.map(PathBuf::from).unwrap_or_default(),
            settings,
            environment_mode: if is_cleared("environment") { deploy::Unnamed::Go } else { environment_mode },
            tags_mode: if is_cleared("tags") { deploy::Unnamed::Go } else { deploy::Unnamed::Stay },
            reserved_concurrency: declared(reserved, is_cleared("reservedConcurrentExecutions")),
            source_kms_key: declared(self.source_kms_key_arn, is_cleared("sourceKmsKeyArn")),
            attachments,
            publish: self.publish.unwrap_or(false),
            publish_to: self.publish_to.map(|_| deploy::PublishTo::LatestPublished),
            alias: self.alias,
            s3: self.s3.map(deploy::S3Options::from),
            connection: deploy::Connection {
                region: self.region,
                profile: self.profile,
                endpoint: self.endpoint,
                timeouts: Timeouts::checked(self.timeouts)?,
            },
            expected,
            force: self.force.unwrap_or(false),
            dry_run: self.dry_run.unwrap_or(false),
        })
    }
}

impl From<S3Options> for deploy::S3Options {
    fn from(given: S3Options) -> Self {
        Self {
            bucket: given.bucket,
            prefix: given.prefix.unwrap_or_default(),
            owner: given.expected_bucket_owner,
            always: given.always.unwrap_or(false),
            storage_mode: given.object_storage_mode,
            create_bucket: given.create_bucket.unwrap_or(false),
        }
    }
}
