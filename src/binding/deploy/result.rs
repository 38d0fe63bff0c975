//! What `deploy()` and `plan()` answer.

use std::collections::HashMap;

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use crate::archive::Summary;
use crate::binding::code::CodeChanges;
use crate::binding::pack::{PackResult, Warning};
use crate::binding::settings::{
    CapacityProviderConfig, DeadLetterConfig, DurableConfig, EphemeralStorage, FileSystemConfig, LoggingConfig,
    SnapStart, TenancyConfig, TracingConfig, VpcConfig,
};
use crate::error::Error;
use crate::{deploy, pack};

/// What a deployment would do. It is all text and numbers, so it can be kept as JSON.
#[napi(object)]
pub struct DeployPlan {
    /// The function, as it was named.
    pub function_name: String,
    /// Whether the function would be made.
    pub created: bool,
    /// The function's Region.
    pub region: String,
    /// The revision of the function that was seen; absent when there was none.
    pub revision_id: Option<String>,
    /// The alias that would be pointed; absent when none is named.
    pub alias: Option<String>,
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
    /// The bucket that it would go through.
    pub bucket: Option<String>,
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

/// What is known of the result before AWS is asked.
pub(super) fn told_before(options: &deploy::DeployOptions, archive: &Summary) -> DeployResult {
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

pub(super) fn with_function(told: DeployResult, function: deploy::Function) -> DeployResult {
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

pub(super) fn upload(upload: deploy::Upload) -> String {
    let name = match upload {
        deploy::Upload::None => "none",
        deploy::Upload::Direct => "direct",
        deploy::Upload::S3 => "s3",
    };
    name.to_owned()
}

impl DeployPlan {
    /// What it says, if it is of that function.
    pub(super) fn expected(self, function_name: &str) -> Result<deploy::Expected, Error> {
        if self.function_name != function_name {
            let expected = format!("the plan of '{function_name}', as the function is named here,");
            return Err(Error::option("plan", expected, format!("that of '{}'", self.function_name)));
        }
        let change = |Change { field, before, after }| deploy::Change { field, before, after };
        Ok(deploy::Expected {
            revision_id: self.revision_id,
            code_sha256: self.code_sha256,
            changes: self.changes.into_iter().map(change).collect(),
            operations: self.operations,
            upload: match &*self.upload {
                "none" => deploy::Upload::None,
                "direct" => deploy::Upload::Direct,
                _ => deploy::Upload::S3,
            },
            bucket: self.bucket,
            region: Some(self.region),
            alias: self.alias,
        })
    }
}

impl From<deploy::Change> for Change {
    fn from(change: deploy::Change) -> Self {
        Self { field: change.field, before: change.before, after: change.after }
    }
}
