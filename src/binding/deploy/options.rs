//! The options of `deploy()` and `plan()`.

use std::collections::HashMap;
use std::path::PathBuf;

use napi_derive::napi;

use super::result::DeployPlan;
use crate::binding::attachments::{
    EventInvokeConfig, FunctionUrlConfig, Permission, RuntimeManagementConfig, declared,
};
use crate::binding::options::whole;
use crate::binding::pack::one_of;
use crate::binding::settings::{
    CapacityProviderConfig, DeadLetterConfig, DurableConfig, EphemeralStorage, FileSystemConfig, LoggingConfig,
    SnapStart, TenancyConfig, TracingConfig, VpcConfig,
};
use crate::binding::timeouts::Timeouts;
use crate::error::Error;
use crate::{deploy, limits};

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
    /// How many environments are kept ready for the alias, which has to be named. They are waited for, up to 15 minutes,
    /// also when AWS makes them anew because the alias moves. `null` for none. **Default** none.
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
    /// When AWS changes the version of the runtime: of the function, and of the version that is released. `null` sets the
    /// default. **Default** for a new function `Auto`.
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

impl DeployOptions {
    /// `cleared` are the settings that were given as `null`.
    pub(super) fn checked(mut self, cleared: &[String]) -> Result<deploy::DeployOptions, Error> {
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
