//! Settings as requests have them.

use aws_sdk_lambda::types::{
    ApplicationLogLevel, CapacityProviderConfig, DeadLetterConfig, DirectS3Read, DurableConfig, Environment,
    EphemeralStorage, FileSystemConfig, LambdaManagedInstancesCapacityProviderConfig, LogFormat, LoggingConfig,
    S3FilesConfig, SnapStart, SnapStartApplyOn, SystemLogLevel, TenancyConfig, TenantIsolationMode, TracingConfig,
    TracingMode, VpcConfig,
};

use super::{CapacityProvider, Durable, FileSystem, Logging, Settings, Vpc};

impl Settings {
    /// The variables.
    #[must_use]
    pub fn environment(&self) -> Option<Environment> {
        let variables = self.environment.clone()?;
        Some(Environment::builder().set_variables(Some(variables.into_iter().collect())).build())
    }

    /// The network.
    #[must_use]
    pub fn vpc_config(&self) -> Option<VpcConfig> {
        let Vpc { subnet_ids, security_group_ids, ipv6_allowed_for_dual_stack } = self.vpc_config.clone()?;
        let config = VpcConfig::builder().set_subnet_ids(subnet_ids).set_security_group_ids(security_group_ids);
        Some(config.set_ipv6_allowed_for_dual_stack(ipv6_allowed_for_dual_stack).build())
    }

    /// Where events go that failed.
    #[must_use]
    pub fn dead_letter_config(&self) -> Option<DeadLetterConfig> {
        Some(DeadLetterConfig::builder().target_arn(self.dead_letter_target.clone()?).build())
    }

    /// Tracing by X-Ray.
    #[must_use]
    pub fn tracing_config(&self) -> Option<TracingConfig> {
        Some(TracingConfig::builder().mode(TracingMode::from(self.tracing_mode.as_deref()?)).build())
    }

    /// File systems.
    #[must_use]
    pub fn file_system_configs(&self) -> Option<Vec<FileSystemConfig>> {
        let config = |one: &FileSystem| {
            let read = one.direct_s3_read.as_deref().map(DirectS3Read::from);
            let files = read.map(|read| S3FilesConfig::builder().direct_s3_read(read).build());
            let config = FileSystemConfig::builder().arn(&one.arn).local_mount_path(&one.local_mount_path);
            config.set_s3_files_config(files).build().ok()
        };
        self.file_systems.as_ref()?.iter().map(config).collect()
    }

    /// Room in `/tmp`.
    #[must_use]
    pub fn ephemeral_storage(&self) -> Option<EphemeralStorage> {
        EphemeralStorage::builder().size(self.ephemeral_storage?).build().ok()
    }

    /// Snapshots of versions.
    #[must_use]
    pub fn snap_start(&self) -> Option<SnapStart> {
        Some(SnapStart::builder().apply_on(SnapStartApplyOn::from(self.snap_start.as_deref()?)).build())
    }

    /// Logs.
    #[must_use]
    pub fn logging_config(&self) -> Option<LoggingConfig> {
        let Logging { log_format, application_log_level, system_log_level, log_group } = self.logging.clone()?;
        let config = LoggingConfig::builder()
            .set_log_format(log_format.as_deref().map(LogFormat::from))
            .set_application_log_level(application_log_level.as_deref().map(ApplicationLogLevel::from))
            .set_system_log_level(system_log_level.as_deref().map(SystemLogLevel::from))
            .set_log_group(log_group);
        Some(config.build())
    }

    /// The instances that it runs on.
    #[must_use]
    pub fn capacity_provider_config(&self) -> Option<CapacityProviderConfig> {
        let CapacityProvider { arn, per_environment_concurrency, memory_gib_per_processor } =
            self.capacity_provider.clone()?;
        let instances = LambdaManagedInstancesCapacityProviderConfig::builder()
            .capacity_provider_arn(arn)
            .set_per_execution_environment_max_concurrency(per_environment_concurrency)
            .set_execution_environment_memory_gib_per_v_cpu(memory_gib_per_processor)
            .build()
            .ok()?;
        Some(CapacityProviderConfig::builder().lambda_managed_instances_capacity_provider_config(instances).build())
    }

    /// Whether tenants share environments.
    #[must_use]
    pub fn tenancy_config(&self) -> Option<TenancyConfig> {
        let mode = self.tenant_isolation.as_deref().filter(|mode| !mode.is_empty())?;
        TenancyConfig::builder().tenant_isolation_mode(TenantIsolationMode::from(mode)).build().ok()
    }

    /// Durable executions.
    #[must_use]
    pub fn durable_config(&self) -> Option<DurableConfig> {
        let Durable { kms_key_arn, execution_timeout, retention_period_in_days } = self.durable.clone()?;
        let config = DurableConfig::builder().set_kms_key_arn(kms_key_arn).set_execution_timeout(execution_timeout);
        Some(config.set_retention_period_in_days(retention_period_in_days).build())
    }
}
