//! When the runtime's version changes: of the function, and of each of its versions apart.

use super::{Action, told};
use crate::deploy::arn;
use crate::deploy::guard::Guard;
use crate::deploy::options::DeployOptions;
use crate::deploy::plan::Change;
use crate::error::Error;
use crate::progress::{Event, Phase};

/// The option.
pub const FIELD: &str = "runtimeManagementConfig";
/// The same of the version that is released.
const OF_VERSION: &str = "version.runtimeManagementConfig";
/// When nothing is said.
const USUAL: &str = "Auto";
/// The runtime's version stays as it is.
const BY_HAND: &str = "Manual";

/// When the runtime's version changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeManagement {
    /// `Auto`, `FunctionUpdate` or `Manual`.
    pub update_on: String,
    /// The version, with `Manual` alone.
    pub version_arn: Option<String>,
}

impl Default for RuntimeManagement {
    fn default() -> Self {
        Self { update_on: USUAL.to_owned(), version_arn: None }
    }
}

impl RuntimeManagement {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// [`Error::InvalidOption`].
    pub(super) fn validate(&self) -> Result<(), Error> {
        let Self { update_on, version_arn } = self;
        let is_arn = version_arn.as_deref().is_none_or(arn::is_arn);
        if is_arn && (update_on == BY_HAND) == version_arn.is_some() {
            return Ok(());
        }
        let expected = "the ARN of a version with `updateRuntimeOn: 'Manual'`, and none without,";
        let received = version_arn.as_ref().map_or_else(|| "none".to_owned(), |arn| format!("'{arn}'"));
        Err(Error::option("runtimeManagementConfig.runtimeVersionArn", expected, received))
    }

    /// Whether it is another one than before, with a line in `changes` for each part.
    pub(super) fn differs(&self, before: &Self, field: &str, changes: &mut Vec<Change>) -> bool {
        let (on, version) = (format!("{field}.updateRuntimeOn"), format!("{field}.runtimeVersionArn"));
        let other_time = told(&on, Some(&before.update_on), Some(&self.update_on), changes);
        told(&version, before.version_arn.as_ref(), self.version_arn.as_ref(), changes) || other_time
    }
}

/// Whether a new version is to have something else than AWS gives it.
pub fn would_manage_version(options: &DeployOptions) -> bool {
    let declared = options.attachments.runtime_management.as_ref();
    (options.publish || options.alias.is_some()) && declared.is_some_and(|one| *one != RuntimeManagement::default())
}

/// What is declared of the runtime, put for the version that is released; its number is not known where a dry run would
/// make it. AWS keeps it for each version apart, and that of the function is not that of its versions.
///
/// # Errors
/// What AWS answers, [`Error::Aborted`].
pub async fn of_version(
    guard: &Guard<'_>,
    number: Option<&str>,
    dry_run: bool,
) -> Result<(Vec<Change>, Option<&'static str>), Error> {
    let Guard { cloud, options, reporter, cancel, .. } = *guard;
    let Some(after) = &options.attachments.runtime_management else { return Ok((Vec::new(), None)) };
    let name = &*options.function_name;
    let before = match number {
        Some(_) => cancel.guard(cloud.runtime_management(name, number)).await??,
        None => RuntimeManagement::default(),
    };
    let mut changes = Vec::new();
    if !after.differs(&before, OF_VERSION, &mut changes) {
        return Ok((changes, None));
    }
    let operation = Action::ManageRuntime(after.clone()).operation();
    if !dry_run {
        reporter.report(Event::message(Phase::Release, "updating the runtime management of the version"));
        guard.when_free(|| cloud.manage_runtime(name, number, after)).await?;
        guard.note([operation]);
    }
    Ok((changes, Some(operation)))
}
