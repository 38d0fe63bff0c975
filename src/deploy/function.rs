//! A function as AWS describes it, as far as a deployment looks at it or tells of it.

use std::collections::BTreeMap;

use aws_sdk_lambda::types::{FunctionConfiguration, LastUpdateStatus, PackageType, State};

/// A function, or one of its versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: Option<String>,
    /// Lambda's name of the runtime.
    pub runtime: Option<String>,
    /// The execution role's ARN.
    pub role: Option<String>,
    /// `file.export`.
    pub handler: Option<String>,
    /// Bytes of the deployed archive.
    pub code_size: i64,
    /// Its description.
    pub description: Option<String>,
    /// Seconds.
    pub timeout: Option<i32>,
    /// Megabytes.
    pub memory_size: Option<i32>,
    /// ISO 8601.
    pub last_modified: Option<String>,
    /// The deployed archive's SHA-256 in base64.
    pub code_sha256: Option<String>,
    /// `$LATEST` or a number.
    pub version: Option<String>,
    /// Its variables, or AWS's reason not to show them.
    pub environment: Environment,
    /// The key that encrypts the environment.
    pub kms_key_arn: Option<String>,
    /// `Active` or `PassThrough`.
    pub tracing_mode: Option<String>,
    /// The main function's ARN, for Lambda@Edge.
    pub master_arn: Option<String>,
    /// Changes with every change.
    pub revision_id: Option<String>,
    /// ARNs of layer versions, in their order.
    pub layers: Vec<String>,
    /// Whether it can be invoked.
    pub state: Status,
    /// How its last update went.
    pub last_update: Status,
    /// `Zip` or `Image`.
    pub package_type: Option<String>,
    /// Instruction sets; Lambda gives one.
    pub architectures: Vec<String>,
    /// Megabytes of `/tmp`.
    pub ephemeral_storage: Option<i32>,
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
            ..function.clone()
        };
        settings(self) == settings(other)
    }
}

impl From<FunctionConfiguration> for Function {
    fn from(from: FunctionConfiguration) -> Self {
        let reason = |text: Option<String>| text.unwrap_or_else(|| "AWS gives no reason".to_owned());
        let state = status_of_state(
            from.state.as_ref(),
            reason(from.state_reason),
            from.state_reason_code.map(|code| code.as_str().to_owned()),
        );
        let last_update = status_of_update(
            from.last_update_status.as_ref(),
            reason(from.last_update_status_reason),
            from.last_update_status_reason_code.map(|code| code.as_str().to_owned()),
        );
        let environment = match from.environment {
            Some(environment) => match environment.error {
                Some(error) => Environment::Unreadable(error.message.or(error.error_code).unwrap_or_default()),
                None => Environment::Variables(environment.variables.unwrap_or_default().into_iter().collect()),
            },
            None => Environment::default(),
        };
        Self {
            name: from.function_name.unwrap_or_default(),
            arn: from.function_arn,
            runtime: from.runtime.map(|runtime| runtime.as_str().to_owned()),
            role: from.role,
            handler: from.handler,
            code_size: from.code_size,
            description: from.description,
            timeout: from.timeout,
            memory_size: from.memory_size,
            last_modified: from.last_modified,
            code_sha256: from.code_sha256,
            version: from.version,
            environment,
            kms_key_arn: from.kms_key_arn.filter(|arn| !arn.is_empty()),
            tracing_mode: from.tracing_config.and_then(|config| config.mode).map(|mode| mode.as_str().to_owned()),
            master_arn: from.master_arn,
            revision_id: from.revision_id,
            layers: from.layers.unwrap_or_default().into_iter().filter_map(|layer| layer.arn).collect(),
            state,
            last_update,
            package_type: from.package_type.map(|kind| kind.as_str().to_owned()),
            architectures: from.architectures.unwrap_or_default().iter().map(|one| one.as_str().to_owned()).collect(),
            ephemeral_storage: from.ephemeral_storage.map(|storage| storage.size),
        }
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
