//! Settings of a function that have parts, as JavaScript sees them: AWS's shapes, in camelCase.

use napi_derive::napi;

use super::options::whole;
use crate::error::Error;
use crate::{deploy, limits};

/// The network of a function. Of what is not given the function keeps what it has.
#[napi(object)]
pub struct VpcConfig {
    /// Subnets, all of them, at most 16.
    pub subnet_ids: Option<Vec<String>>,
    /// Security groups, all of them, at most 5.
    pub security_group_ids: Option<Vec<String>>,
    /// Whether it may speak IPv6 in subnets that have both.
    pub ipv6_allowed_for_dual_stack: Option<bool>,
}

/// Where events go that could not be handled.
#[napi(object)]
pub struct DeadLetterConfig {
    /// ARN of a queue or topic.
    pub target_arn: String,
}

/// Tracing by X-Ray.
#[napi(object)]
pub struct TracingConfig {
    /// `Active` traces a share of all calls, `PassThrough` those that come with a trace.
    #[napi(ts_type = "'Active' | 'PassThrough'")]
    pub mode: String,
}

/// A file system of a function.
#[napi(object)]
pub struct FileSystemConfig {
    /// ARN of the access point.
    pub arn: String,
    /// Where it is: a folder in `/mnt`.
    pub local_mount_path: String,
    /// How files that are in S3 are read. **Default** as it is.
    pub s3_files_config: Option<S3FilesConfig>,
}

/// How files that are in S3 are read.
#[napi(object)]
pub struct S3FilesConfig {
    /// Whether they are read from S3 itself.
    #[napi(ts_type = "'AUTO' | 'ENABLED' | 'DISABLED'")]
    pub direct_s3_read: Option<String>,
}

/// Instances of the account's own that a function runs on.
#[napi(object)]
pub struct CapacityProviderConfig {
    /// Instances that Lambda manages.
    pub lambda_managed_instances_capacity_provider_config: LambdaManagedInstancesCapacityProviderConfig,
}

/// Instances of the account's own that Lambda manages. Of what is not given the function keeps what it has.
#[napi(object)]
pub struct LambdaManagedInstancesCapacityProviderConfig {
    /// ARN of the capacity provider.
    pub capacity_provider_arn: String,
    /// How many executions at once an environment takes.
    pub per_execution_environment_max_concurrency: Option<f64>,
    /// Memory of an environment in GiB for each of its processors, from 2 to 8.
    #[napi(js_name = "executionEnvironmentMemoryGiBPerVCpu")]
    pub execution_environment_memory_gib_per_vcpu: Option<f64>,
}

/// Whether tenants share environments.
#[napi(object)]
pub struct TenancyConfig {
    /// `PER_TENANT`: each has environments of its own.
    #[napi(ts_type = "'PER_TENANT'")]
    pub tenant_isolation_mode: String,
}

/// Room in `/tmp`.
#[napi(object)]
pub struct EphemeralStorage {
    /// Megabytes, from 512 to 10,240.
    pub size: f64,
}

/// Snapshots of published versions, which then start sooner.
#[napi(object)]
pub struct SnapStart {
    /// `PublishedVersions`, or `None`.
    #[napi(ts_type = "'PublishedVersions' | 'None'")]
    pub apply_on: String,
}

/// The logs of a function. Of what is not given the function keeps what it has.
#[napi(object)]
pub struct LoggingConfig {
    /// How lines are written.
    #[napi(ts_type = "'JSON' | 'Text'")]
    pub log_format: Option<String>,
    /// The least that is kept of the function's own logs; with `JSON` alone.
    #[napi(ts_type = "'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL'")]
    pub application_log_level: Option<String>,
    /// The least that is kept of Lambda's logs; with `JSON` alone.
    #[napi(ts_type = "'DEBUG' | 'INFO' | 'WARN'")]
    pub system_log_level: Option<String>,
    /// The log group that they go to.
    pub log_group: Option<String>,
}

/// Durable executions. Of what is not given the function keeps what it has.
#[napi(object)]
pub struct DurableConfig {
    /// The key that encrypts what they keep.
    pub kms_key_arn: Option<String>,
    /// How long one may take, in seconds.
    pub execution_timeout: Option<f64>,
    /// How long its history is kept, in days.
    pub retention_period_in_days: Option<f64>,
}

impl VpcConfig {
    /// Nothing for a function without a network of its own.
    pub(super) fn told(vpc: deploy::Vpc) -> Option<Self> {
        let deploy::Vpc { subnet_ids, security_group_ids, ipv6_allowed_for_dual_stack } = vpc;
        let is_one = subnet_ids.as_ref().is_some_and(|ids| !ids.is_empty());
        is_one.then_some(Self { subnet_ids, security_group_ids, ipv6_allowed_for_dual_stack })
    }
}

impl From<VpcConfig> for deploy::Vpc {
    fn from(config: VpcConfig) -> Self {
        let VpcConfig { subnet_ids, security_group_ids, ipv6_allowed_for_dual_stack } = config;
        Self { subnet_ids, security_group_ids, ipv6_allowed_for_dual_stack }
    }
}

impl DeadLetterConfig {
    pub(super) fn told(target_arn: String) -> Option<Self> {
        (!target_arn.is_empty()).then_some(Self { target_arn })
    }
}

impl FileSystemConfig {
    pub(super) fn told(all: Vec<deploy::FileSystem>) -> Option<Vec<Self>> {
        let one = |deploy::FileSystem { arn, local_mount_path, direct_s3_read }| {
            let s3_files_config = direct_s3_read.map(|read| S3FilesConfig { direct_s3_read: Some(read) });
            Self { arn, local_mount_path, s3_files_config }
        };
        (!all.is_empty()).then(|| all.into_iter().map(one).collect())
    }
}

impl From<FileSystemConfig> for deploy::FileSystem {
    fn from(config: FileSystemConfig) -> Self {
        let FileSystemConfig { arn, local_mount_path, s3_files_config } = config;
        Self { arn, local_mount_path, direct_s3_read: s3_files_config.and_then(|config| config.direct_s3_read) }
    }
}

impl From<deploy::Logging> for LoggingConfig {
    fn from(logging: deploy::Logging) -> Self {
        let deploy::Logging { log_format, application_log_level, system_log_level, log_group } = logging;
        Self { log_format, application_log_level, system_log_level, log_group }
    }
}

impl From<LoggingConfig> for deploy::Logging {
    fn from(config: LoggingConfig) -> Self {
        let LoggingConfig { log_format, application_log_level, system_log_level, log_group } = config;
        Self { log_format, application_log_level, system_log_level, log_group }
    }
}

impl CapacityProviderConfig {
    /// Nothing for a function that runs where all do.
    pub(super) fn told(provider: deploy::CapacityProvider) -> Option<Self> {
        let deploy::CapacityProvider { arn, per_environment_concurrency, memory_gib_per_processor } = provider;
        (!arn.is_empty()).then(|| Self {
            lambda_managed_instances_capacity_provider_config: LambdaManagedInstancesCapacityProviderConfig {
                capacity_provider_arn: arn,
                per_execution_environment_max_concurrency: per_environment_concurrency.map(f64::from),
                execution_environment_memory_gib_per_vcpu: memory_gib_per_processor,
            },
        })
    }

    pub(super) fn checked(self) -> Result<deploy::CapacityProvider, Error> {
        let given = self.lambda_managed_instances_capacity_provider_config;
        let option = "capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig";
        let name = format!("{option}.perExecutionEnvironmentMaxConcurrency");
        let count = |count| whole(&name, count, limits::ENVIRONMENT_CONCURRENCY);
        Ok(deploy::CapacityProvider {
            arn: given.capacity_provider_arn,
            per_environment_concurrency: given.per_execution_environment_max_concurrency.map(count).transpose()?,
            memory_gib_per_processor: given.execution_environment_memory_gib_per_vcpu,
        })
    }
}

impl TenancyConfig {
    pub(super) fn told(mode: String) -> Option<Self> {
        (!mode.is_empty()).then_some(Self { tenant_isolation_mode: mode })
    }
}

impl DurableConfig {
    pub(super) fn told(durable: deploy::Durable) -> Option<Self> {
        let deploy::Durable { kms_key_arn, execution_timeout, retention_period_in_days } = durable;
        let is_one = execution_timeout.is_some() || retention_period_in_days.is_some();
        is_one.then(|| Self {
            kms_key_arn,
            execution_timeout: execution_timeout.map(f64::from),
            retention_period_in_days: retention_period_in_days.map(f64::from),
        })
    }

    pub(super) fn checked(self) -> Result<deploy::Durable, Error> {
        let Self { kms_key_arn, execution_timeout, retention_period_in_days } = self;
        let seconds = |value| whole("durableConfig.executionTimeout", value, limits::DURABLE_SECONDS);
        let days = |value| whole("durableConfig.retentionPeriodInDays", value, limits::DURABLE_DAYS);
        Ok(deploy::Durable {
            kms_key_arn,
            execution_timeout: execution_timeout.map(seconds).transpose()?,
            retention_period_in_days: retention_period_in_days.map(days).transpose()?,
        })
    }
}
