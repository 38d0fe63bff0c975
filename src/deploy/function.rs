//! A function as AWS describes it, as far as a deployment looks at it or tells of it.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_lambda::types::{
    Architecture, Concurrency, FileSystemConfig, FunctionCodeLocation, FunctionConfiguration, LastUpdateStatus,
    PackageType, SnapStartApplyOn, State, TagsError, TracingMode,
};

use crate::deploy::attachments::Found;
use crate::deploy::location::Location;
use crate::deploy::settings::{
    CapacityProvider, DEFAULT_EPHEMERAL_STORAGE, DEFAULT_MEMORY_SIZE, DEFAULT_TIMEOUT, Durable, FileSystem, Logging,
    NO_SNAP_START, NO_TRACING, Settings, Vpc,
};

/// A function, or one of its versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: Option<String>,
    /// What a deployment manages, each with what AWS has when nothing is said; without the environment.
    pub settings: Settings,
    /// Its variables, or AWS's reason not to show them.
    pub environment: Environment,
    /// Its tags, but for AWS's own. Of a version none are told.
    pub tags: BTreeMap<String, String>,
    /// Why AWS does not tell them, where it does not.
    pub tags_hidden: Option<TagsHidden>,
    /// How many executions at once are kept for it. Of a version none are told.
    pub reserved_concurrency: Option<i32>,
    /// What it has beside its configuration, as far as that is declared. Of a version none is told.
    pub attachments: Found,
    /// The key that encrypts the archive, where it is not AWS's own.
    pub source_kms_key_arn: Option<String>,
    /// Whether Lambda reads the archive in a bucket of the account's, and has no copy of it.
    pub is_referenced: bool,
    /// Whether it is being deleted.
    pub is_leaving: bool,
    /// Where the deployed archive can be read for some minutes. Of a list's versions none is told.
    pub code_location: Option<Location>,
    /// Bytes of the deployed archive.
    pub code_size: i64,
    /// ISO 8601.
    pub last_modified: Option<String>,
    /// The deployed archive's SHA-256 in base64.
    pub code_sha256: Option<String>,
    /// `$LATEST` or a number.
    pub version: Option<String>,
    /// The main function's ARN, for Lambda@Edge.
    pub master_arn: Option<String>,
    /// Changes with every change.
    pub revision_id: Option<String>,
    /// Whether it can be invoked.
    pub state: Status,
    /// How its last update went.
    pub last_update: Status,
    /// `Zip` or `Image`.
    pub package_type: Option<String>,
}

/// Why AWS does not tell the tags of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagsHidden {
    /// AWS's code for it.
    pub code: String,
    /// AWS's words.
    pub message: String,
}

/// The variables of a function.
#[derive(Clone, PartialEq, Eq)]
pub enum Environment {
    /// Names and values.
    Variables(BTreeMap<String, String>),
    /// AWS could not decrypt them; its reason.
    Unreadable(String),
}

impl Default for Environment {
    fn default() -> Self {
        Self::Variables(BTreeMap::new())
    }
}

/// Values are secrets, so only names are shown.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Variables(variables) => f.debug_set().entries(variables.keys()).finish(),
            Self::Unreadable(reason) => f.debug_tuple("Unreadable").field(reason).finish(),
        }
    }
}

/// `State` or `LastUpdateStatus`, sorted by what a deployment does about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Status {
    /// A change can be made.
    #[default]
    Ready,
    /// Wait: a change is under way, or AWS says something that we do not know.
    Wait,
    /// It ended badly.
    Failed {
        /// AWS's words.
        reason: String,
        /// AWS's code for it.
        code: Option<String>,
    },
}

impl Function {
    /// Whether it is a ZIP function; AWS leaves the field out in some answers about such.
    #[must_use]
    pub fn is_image(&self) -> bool {
        self.package_type.as_deref() == Some(PackageType::Image.as_str())
    }

    /// The version's number; 0 for `$LATEST`.
    #[must_use]
    pub fn version_number(&self) -> u64 {
        self.version.as_deref().and_then(|number| number.parse().ok()).unwrap_or(0)
    }

    /// Whether two versions run the same code with the same settings.
    #[must_use]
    pub fn is_same_version(&self, other: &Self) -> bool {
        let settings = |function: &Self| Self {
            arn: None,
            version: None,
            revision_id: None,
            last_modified: None,
            state: Status::Ready,
            last_update: Status::Ready,
            master_arn: None,
            tags: BTreeMap::new(),
            tags_hidden: None,
            reserved_concurrency: None,
            attachments: Found::default(),
            source_kms_key_arn: None,
            is_referenced: false,
            code_location: None,
            ..function.clone()
        };
        // What cannot be read may differ.
        let is_readable = |function: &Self| matches!(function.environment, Environment::Variables(_));
        is_readable(self) && is_readable(other) && settings(self) == settings(other)
    }
}

impl From<FunctionConfiguration> for Function {
    fn from(from: FunctionConfiguration) -> Self {
        let reason = |text: Option<String>| text.unwrap_or_else(|| "AWS gives no reason".to_owned());
        let state = status_of_state(
            from.state.as_ref(),
            reason(from.state_reason.clone()),
            from.state_reason_code.as_ref().map(|code| code.as_str().to_owned()),
        );
        let last_update = status_of_update(
            from.last_update_status.as_ref(),
            reason(from.last_update_status_reason.clone()),
            from.last_update_status_reason_code.as_ref().map(|code| code.as_str().to_owned()),
        );
        let environment = match from.environment.clone() {
            Some(environment) => match environment.error {
                Some(error) => Environment::Unreadable(error.message.or(error.error_code).unwrap_or_default()),
                None => Environment::Variables(environment.variables.unwrap_or_default().into_iter().collect()),
            },
            None => Environment::default(),
        };
        Self {
            arn: from.function_arn.clone(),
            tags: BTreeMap::new(),
            tags_hidden: None,
            reserved_concurrency: None,
            attachments: Found::default(),
            source_kms_key_arn: None,
            is_referenced: false,
            code_location: None,
            code_size: from.code_size,
            last_modified: from.last_modified.clone(),
            code_sha256: from.code_sha256.clone(),
            version: from.version.clone(),
            environment,
            master_arn: from.master_arn.clone(),
            revision_id: from.revision_id.clone(),
            state,
            last_update,
            is_leaving: matches!(from.state, Some(State::Deleting)),
            package_type: from.package_type.as_ref().map(|kind| kind.as_str().to_owned()),
            name: from.function_name.clone().unwrap_or_default(),
            settings: settings(from),
        }
    }
}

impl Function {
    /// With what AWS tells beside the configuration.
    #[must_use]
    pub fn with(
        self,
        tags: Result<Option<HashMap<String, String>>, TagsError>,
        concurrency: Option<Concurrency>,
        code: Option<FunctionCodeLocation>,
    ) -> Self {
        let (tags, tags_hidden) = match tags {
            Ok(tags) => (tags.unwrap_or_default(), None),
            Err(TagsError { error_code: code, message, .. }) => (HashMap::new(), Some(TagsHidden { code, message })),
        };
        let tags = tags.into_iter().filter(|(name, _)| !name.starts_with("aws:")).collect();
        let reserved_concurrency = concurrency.and_then(|concurrency| concurrency.reserved_concurrent_executions);
        let code = code.unwrap_or_else(|| FunctionCodeLocation::builder().build());
        Self {
            tags,
            tags_hidden,
            reserved_concurrency,
            source_kms_key_arn: code.source_kms_key_arn,
            is_referenced: code.resolved_s3_object.is_some(),
            code_location: code.location.map(Location::new),
            ..self
        }
    }
}

/// What AWS leaves out is what it has when nothing is said.
fn settings(from: FunctionConfiguration) -> Settings {
    let sorted = |ids: Option<Vec<String>>| {
        let mut ids = ids.unwrap_or_default();
        ids.sort();
        Some(ids)
    };
    let vpc = from.vpc_config.map_or_else(Vpc::none, |vpc| Vpc {
        subnet_ids: sorted(vpc.subnet_ids),
        security_group_ids: sorted(vpc.security_group_ids),
        ipv6_allowed_for_dual_stack: Some(vpc.ipv6_allowed_for_dual_stack.unwrap_or_default()),
    });
    let usual = Logging::usual(&from.function_name.unwrap_or_default());
    let logging = match from.logging_config {
        None => usual,
        Some(logging) => Logging {
            log_format: logging.log_format.map(|one| one.as_str().to_owned()).or(usual.log_format),
            application_log_level: logging.application_log_level.map(|one| one.as_str().to_owned()),
            system_log_level: logging.system_log_level.map(|one| one.as_str().to_owned()),
            log_group: logging.log_group.or(usual.log_group),
        },
    };
    let file_system = |one: FileSystemConfig| {
        let read = one.s3_files_config.and_then(|config| config.direct_s3_read);
        let direct_s3_read = read.map(|read| read.as_str().to_owned());
        FileSystem { arn: one.arn, local_mount_path: one.local_mount_path, direct_s3_read }
    };
    let tracing = from.tracing_config.and_then(|tracing| tracing.mode);
    let snap_start = from.snap_start.and_then(|snap_start| snap_start.apply_on);
    let durable = from.durable_config;
    let capacity = from.capacity_provider_config.and_then(|one| one.lambda_managed_instances_capacity_provider_config);
    let tenancy = from.tenancy_config.map(|tenancy| tenancy.tenant_isolation_mode.as_str().to_owned());
    // Lambda gives old functions no architecture; they are x86_64.
    let architecture = from.architectures.unwrap_or_default().into_iter().next().unwrap_or(Architecture::X8664);
    Settings {
        runtime: from.runtime.map(|runtime| runtime.as_str().to_owned()),
        handler: from.handler,
        role: from.role,
        description: Some(from.description.unwrap_or_default()),
        memory_size: Some(from.memory_size.unwrap_or(DEFAULT_MEMORY_SIZE)),
        timeout: Some(from.timeout.unwrap_or(DEFAULT_TIMEOUT)),
        environment: None,
        kms_key_arn: Some(from.kms_key_arn.unwrap_or_default()),
        layers: Some(from.layers.unwrap_or_default().into_iter().filter_map(|layer| layer.arn).collect()),
        vpc_config: Some(vpc),
        dead_letter_target: Some(from.dead_letter_config.and_then(|config| config.target_arn).unwrap_or_default()),
        tracing_mode: Some(tracing.as_ref().map_or(NO_TRACING, TracingMode::as_str).to_owned()),
        file_systems: Some(from.file_system_configs.unwrap_or_default().into_iter().map(file_system).collect()),
        ephemeral_storage: Some(from.ephemeral_storage.map_or(DEFAULT_EPHEMERAL_STORAGE, |storage| storage.size)),
        snap_start: Some(snap_start.as_ref().map_or(NO_SNAP_START, SnapStartApplyOn::as_str).to_owned()),
        logging: Some(logging),
        durable: Some(durable.map_or_else(Durable::default, |durable| Durable {
            kms_key_arn: durable.kms_key_arn,
            execution_timeout: durable.execution_timeout,
            retention_period_in_days: durable.retention_period_in_days,
        })),
        architecture: Some(architecture.as_str().to_owned()),
        capacity_provider: Some(capacity.map_or_else(CapacityProvider::default, |one| CapacityProvider {
            arn: one.capacity_provider_arn,
            per_environment_concurrency: one.per_execution_environment_max_concurrency,
            memory_gib_per_processor: one.execution_environment_memory_gib_per_v_cpu,
        })),
        tenant_isolation: Some(tenancy.unwrap_or_default()),
        code_signing_config: None,
        tags: None,
    }
}

/// Every state that AWS has; one that it adds later means to wait.
fn status_of_state(state: Option<&State>, reason: String, code: Option<String>) -> Status {
    match state {
        // Older functions and some answers have none. An inactive or deactivated function takes changes.
        None | Some(State::Active | State::ActiveNonInvocable | State::Inactive | State::Deactivated) => Status::Ready,
        Some(State::Failed) => Status::Failed { reason, code },
        Some(_) => Status::Wait,
    }
}

fn status_of_update(status: Option<&LastUpdateStatus>, reason: String, code: Option<String>) -> Status {
    match status {
        None | Some(LastUpdateStatus::Successful) => Status::Ready,
        Some(LastUpdateStatus::Failed) => Status::Failed { reason, code },
        Some(_) => Status::Wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_state_means_to_wait() {
        let status = |state: &str| status_of_state(Some(&State::from(state)), String::new(), None);
        for ready in ["Active", "Inactive", "Deactivated", "ActiveNonInvocable"] {
            assert_eq!(status(ready), Status::Ready, "{ready}");
        }
        for wait in ["Pending", "Deactivating", "Deleting", "SomethingNew"] {
            assert_eq!(status(wait), Status::Wait, "{wait}");
        }
        assert!(matches!(status("Failed"), Status::Failed { .. }));
        let update = |status: &str| status_of_update(Some(&LastUpdateStatus::from(status)), String::new(), None);
        assert_eq!(update("InProgress"), Status::Wait);
        assert_eq!(update("SomethingNew"), Status::Wait);
    }

    #[test]
    fn values_of_variables_are_not_printed() {
        let environment = Environment::Variables(BTreeMap::from([("TOKEN".to_owned(), "s3cret".to_owned())]));
        assert_eq!(format!("{environment:?}"), "{\"TOKEN\"}");
    }
}
