//! The settings of a function that a deployment manages, in the shapes of AWS's API and with its defaults.

mod check;
mod compare;
mod request;

use std::collections::BTreeMap;

pub use compare::{Setting, part};

/// Seconds, when nothing else is said.
pub const DEFAULT_TIMEOUT: i32 = 3;
/// Megabytes, when nothing else is said.
pub const DEFAULT_MEMORY_SIZE: i32 = 128;
/// Megabytes, when nothing else is said.
pub const DEFAULT_EPHEMERAL_STORAGE: i32 = 512;
/// What AWS says of functions without tracing of their own.
pub const NO_TRACING: &str = "PassThrough";
/// What AWS says of functions without snapshots.
pub const NO_SNAP_START: &str = "None";
const TEXT_LOGS: &str = "Text";

/// Settings. What is not set is not managed, or not sent. Of a function as it is deployed all are set.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Lambda's name of the runtime.
    pub runtime: Option<String>,
    /// `file.export`.
    pub handler: Option<String>,
    /// The execution role's ARN.
    pub role: Option<String>,
    /// The function's description.
    pub description: Option<String>,
    /// Megabytes.
    pub memory_size: Option<i32>,
    /// Seconds.
    pub timeout: Option<i32>,
    /// Variables. To be sent: all that the function is to have.
    pub environment: Option<BTreeMap<String, String>>,
    /// The key that encrypts the environment; empty for AWS's own.
    pub kms_key_arn: Option<String>,
    /// ARNs of layer versions, in their order.
    pub layers: Option<Vec<String>>,
    /// The network.
    pub vpc_config: Option<Vpc>,
    /// ARN of the queue or topic for events that failed; empty for none.
    pub dead_letter_target: Option<String>,
    /// `Active` or `PassThrough`.
    pub tracing_mode: Option<String>,
    /// File systems.
    pub file_systems: Option<Vec<FileSystem>>,
    /// Megabytes of `/tmp`.
    pub ephemeral_storage: Option<i32>,
    /// `PublishedVersions` or `None`.
    pub snap_start: Option<String>,
    /// Logs.
    pub logging: Option<Logging>,
    /// Durable executions.
    pub durable: Option<Durable>,
    /// The instances that it runs on, where they are the account's own.
    pub capacity_provider: Option<CapacityProvider>,
    /// `PER_TENANT`, or empty. Sent when a function is made; it stays as it is then.
    pub tenant_isolation: Option<String>,
    /// ARN of what says whose signatures the code needs. Sent when a function is made; later by a call of its own.
    pub code_signing_config: Option<String>,
    /// The instruction set. Sent when a function is made; later it goes with the code.
    pub architecture: Option<String>,
    /// Tags. Sent when a function is made; later by calls of their own.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A function's network. What is not set stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vpc {
    /// Subnets, sorted: their order means nothing.
    pub subnet_ids: Option<Vec<String>>,
    /// Security groups, sorted.
    pub security_group_ids: Option<Vec<String>>,
    /// Whether it may speak IPv6 in subnets that have both.
    pub ipv6_allowed_for_dual_stack: Option<bool>,
}

/// A file system at a place of the function's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSystem {
    /// ARN of the access point.
    pub arn: String,
    /// Where it is, below `/mnt`.
    pub local_mount_path: String,
    /// How files in S3 are read; of a file system that is there already it stays as it is.
    pub direct_s3_read: Option<String>,
}

/// A function's logs. What is not set stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logging {
    /// `Text` or `JSON`.
    pub log_format: Option<String>,
    /// The least that is kept of the function's own logs, in JSON alone.
    pub application_log_level: Option<String>,
    /// The least that is kept of Lambda's logs, in JSON alone.
    pub system_log_level: Option<String>,
    /// The group that they go to.
    pub log_group: Option<String>,
}

/// Durable executions. What is not set stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Durable {
    /// The key that encrypts what they keep.
    pub kms_key_arn: Option<String>,
    /// How long one may take, in seconds.
    pub execution_timeout: Option<i32>,
    /// How long its history is kept, in days.
    pub retention_period_in_days: Option<i32>,
}

/// Instances of the account's own. What is not set stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CapacityProvider {
    /// The capacity provider.
    pub arn: String,
    /// How many executions at once an environment takes.
    pub per_environment_concurrency: Option<i32>,
    /// Memory of an environment in GiB for each of its processors.
    pub memory_gib_per_processor: Option<f64>,
}

/// AWS's numbers are no more than numbers.
impl Eq for CapacityProvider {}

/// Without the values of the environment.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("runtime", &self.runtime)
            .field("handler", &self.handler)
            .field("environment", &self.environment.as_ref().map(BTreeMap::len))
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// What a function has when nothing is said.
    #[must_use]
    pub fn usual(function_name: &str) -> Self {
        Self {
            description: Some(String::new()),
            memory_size: Some(DEFAULT_MEMORY_SIZE),
            timeout: Some(DEFAULT_TIMEOUT),
            environment: Some(BTreeMap::new()),
            kms_key_arn: Some(String::new()),
            layers: Some(Vec::new()),
            vpc_config: Some(Vpc::none()),
            dead_letter_target: Some(String::new()),
            tracing_mode: Some(NO_TRACING.to_owned()),
            file_systems: Some(Vec::new()),
            ephemeral_storage: Some(DEFAULT_EPHEMERAL_STORAGE),
            snap_start: Some(NO_SNAP_START.to_owned()),
            logging: Some(Logging::usual(own_name(function_name))),
            tags: Some(BTreeMap::new()),
            ..Self::default()
        }
    }

    /// Sets what a function has when nothing is said. `name` is the setting's public name; others stay as they are.
    pub fn clear(&mut self, name: &str, function_name: &str) {
        let usual = Self::usual(function_name);
        match name {
            "description" => self.description = usual.description,
            "memorySize" => self.memory_size = usual.memory_size,
            "timeout" => self.timeout = usual.timeout,
            "environment" => self.environment = usual.environment,
            "kmsKeyArn" => self.kms_key_arn = usual.kms_key_arn,
            "layers" => self.layers = usual.layers,
            "vpcConfig" => self.vpc_config = usual.vpc_config,
            "deadLetterConfig" => self.dead_letter_target = usual.dead_letter_target,
            "tracingConfig" => self.tracing_mode = usual.tracing_mode,
            "fileSystemConfigs" => self.file_systems = usual.file_systems,
            "ephemeralStorage" => self.ephemeral_storage = usual.ephemeral_storage,
            "snapStart" => self.snap_start = usual.snap_start,
            "loggingConfig" => self.logging = usual.logging,
            "tags" => self.tags = usual.tags,
            _ => {}
        }
    }
}

/// The name in an ARN.
fn own_name(function_name: &str) -> &str {
    function_name.rsplit(':').next().unwrap_or(function_name)
}

impl Vpc {
    /// No network of its own.
    #[must_use]
    pub fn none() -> Self {
        let (subnet_ids, security_group_ids) = (Some(Vec::new()), Some(Vec::new()));
        Self { subnet_ids, security_group_ids, ipv6_allowed_for_dual_stack: Some(false) }
    }
}

impl Logging {
    /// What a function has when nothing is said.
    #[must_use]
    pub fn usual(function_name: &str) -> Self {
        let (application_log_level, system_log_level) = (None, None);
        let (log_format, log_group) = (Some(TEXT_LOGS.to_owned()), Some(format!("/aws/lambda/{function_name}")));
        Self { log_format, application_log_level, system_log_level, log_group }
    }
}
