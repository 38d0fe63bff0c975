//! What a function has beside its configuration, each with calls of its own: code signing, recursion, runtime
//! management, who may invoke it, its URL, events, provisioned concurrency.

mod events;
mod policy;
mod provisioned;
mod run;
mod runtime;
mod url;

use crate::cancel::Cancel;
use crate::deploy::arn;
use crate::deploy::cloud::Cloud;
use crate::deploy::options::Declared;
use crate::deploy::plan::Change;
use crate::error::Error;
pub use events::{Destinations, EventInvoke};
pub use policy::{Permission, Statement};
pub use provisioned::{Provisioned, until_ready};
pub use run::run;
pub use runtime::{RuntimeManagement, of_version, would_manage_version};
pub use url::{Cors, FoundUrl, Url, UrlPermission};

/// What AWS does with a function that invokes itself in a loop when nothing is said.
pub const USUAL_RECURSION: &str = "Terminate";

/// What is declared of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachments {
    /// ARN of the configuration that says whose signatures the code needs.
    pub code_signing: Declared<String>,
    /// `Allow` or `Terminate`.
    pub recursive_loop: Option<String>,
    /// When the runtime's version changes.
    pub runtime_management: Option<RuntimeManagement>,
    /// Who may invoke it: all that was declared so.
    pub permissions: Option<Vec<Permission>>,
    /// Its URL.
    pub url: Declared<Url>,
    /// What becomes of events.
    pub events: Declared<EventInvoke>,
    /// How many environments are kept ready.
    pub provisioned: Declared<i32>,
}

/// What was found of it, as far as it is declared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    code_signing: Option<String>,
    recursive_loop: Option<String>,
    runtime_management: RuntimeManagement,
    statements: Vec<Statement>,
    /// Its URL.
    pub url: Option<FoundUrl>,
    events: Option<EventInvoke>,
    /// Environments that are kept ready.
    pub provisioned: Option<Provisioned>,
}

/// One call that changes something of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Whose signatures the code needs.
    SignCode(Option<String>),
    /// What becomes of loops.
    LoopRecursively(String),
    /// When the runtime's version changes.
    ManageRuntime(RuntimeManagement),
    /// Let somebody invoke it, by a statement of that name.
    AddPermission(String, Permission),
    /// Take that back.
    RemovePermission(String),
    /// Give it a URL.
    CreateUrl(Url),
    /// Change its URL.
    UpdateUrl(Url),
    /// Take its URL away.
    DeleteUrl,
    /// What becomes of events.
    HandleEvents(Option<EventInvoke>),
    /// How many environments are kept ready.
    Provision(Option<i32>),
    /// How many executions at once are kept for the function.
    Reserve(Option<i32>),
}

impl Action {
    /// AWS's name of the operation.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        match self {
            Self::SignCode(Some(_)) => "PutFunctionCodeSigningConfig",
            Self::SignCode(None) => "DeleteFunctionCodeSigningConfig",
            Self::LoopRecursively(_) => "PutFunctionRecursionConfig",
            Self::ManageRuntime(_) => "PutRuntimeManagementConfig",
            Self::AddPermission(..) => "AddPermission",
            Self::RemovePermission(_) => "RemovePermission",
            Self::CreateUrl(_) => "CreateFunctionUrlConfig",
            Self::UpdateUrl(_) => "UpdateFunctionUrlConfig",
            Self::DeleteUrl => "DeleteFunctionUrlConfig",
            Self::HandleEvents(Some(_)) => "PutFunctionEventInvokeConfig",
            Self::HandleEvents(None) => "DeleteFunctionEventInvokeConfig",
            Self::Provision(Some(_)) => "PutProvisionedConcurrencyConfig",
            Self::Provision(None) => "DeleteProvisionedConcurrencyConfig",
            Self::Reserve(Some(_)) => "PutFunctionConcurrency",
            Self::Reserve(None) => "DeleteFunctionConcurrency",
        }
    }
}

/// What is to be done of it, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actions {
    /// Before the code changes, which is then looked at by the new rules. A new function is made with it.
    pub before_code: Option<Action>,
    /// Before a version is published, which takes it over.
    pub before_release: Vec<Action>,
    /// When the alias is where it shall be: of the alias where there is one, else of the function.
    pub after_release: Vec<Action>,
}

impl Actions {
    /// The same with the reserved concurrency, which was `before`, in its place. What is provisioned may never be more
    /// than what is reserved: when both become less, what is provisioned has to go first.
    #[must_use]
    pub fn with_reserved(
        mut self,
        reserved: Option<Action>,
        before: Option<i32>,
        provisioned: Option<&Provisioned>,
    ) -> Self {
        let lowers_provisioned = self.after_release.iter().any(|action| match (action, provisioned) {
            (Action::Provision(after), Some(found)) => after.is_none_or(|after| after < found.requested),
            _ => false,
        });
        let lowers_reserved = match &reserved {
            Some(Action::Reserve(Some(after))) => before.is_none_or(|before| *after < before),
            _ => false,
        };
        if lowers_provisioned && lowers_reserved {
            self.after_release.extend(reserved);
        } else {
            self.before_release.splice(0..0, reserved);
        }
        self
    }
}

impl Attachments {
    /// Checks what the types cannot, and brings what has no order into one.
    ///
    /// # Errors
    /// [`Error::InvalidOption`].
    pub fn validate(&mut self) -> Result<(), Error> {
        if let Declared::One(Url { cors: Some(cors), .. }) = &mut self.url {
            *cors = std::mem::take(cors).normal();
        }
        let signing = self.code_signing.one();
        if let Some(other) = signing.filter(|text| !arn::is_of_lambda(text, "code-signing-config")) {
            let expected = "the ARN of a code signing configuration";
            return Err(Error::option("codeSigningConfigArn", expected, format!("'{other}'")));
        }
        self.runtime_management.as_ref().map_or(Ok(()), RuntimeManagement::validate)?;
        let mut callers = self.url.one().into_iter().flat_map(Url::permissions);
        callers.try_for_each(|one| one.validate("functionUrl.permissions"))?;
        self.permissions.iter().flatten().try_for_each(|one| one.validate("permissions"))?;
        self.events.one().map_or(Ok(()), EventInvoke::validate)
    }

    /// What is deployed of what is declared. What belongs to an alias that does not exist is not there.
    ///
    /// # Errors
    /// What AWS answers, [`Error::Aborted`].
    pub async fn find(&self, cloud: &Cloud, name: &str, alias: Option<&str>, cancel: &Cancel) -> Result<Found, Error> {
        let has_statements = self.permissions.is_some() || self.url.is_managed();
        let looks = async {
            futures::try_join!(
                when(self.code_signing.is_managed(), cloud.code_signing(name)),
                when(self.recursive_loop.is_some(), cloud.recursive_loop(name)),
                when(self.runtime_management.is_some(), cloud.runtime_management(name, None)),
                when(has_statements, cloud.statements(name, alias)),
                when(self.url.is_managed(), cloud.url(name, alias)),
                when(self.events.is_managed(), cloud.events(name, alias)),
                when(self.provisioned.is_managed(), cloud.provisioned(name, alias)),
            )
        };
        let (code_signing, recursive_loop, runtime_management, statements, url, events, provisioned) =
            Box::pin(cancel.guard(looks)).await??;
        Ok(Found { code_signing, recursive_loop, runtime_management, statements, url, events, provisioned })
    }

    /// What differs from what was found, with a line in `changes` for each.
    #[must_use]
    pub fn differing(&self, found: &Found, alias: Option<&str>, changes: &mut Vec<Change>) -> Actions {
        let mut actions = Actions::default();
        if self.code_signing.is_managed() {
            let after = self.code_signing.one();
            let differs = told("codeSigningConfigArn", found.code_signing.as_ref(), after, changes);
            actions.before_code = differs.then(|| Action::SignCode(after.cloned()));
        }
        if let Some(after) = &self.recursive_loop {
            let usual = USUAL_RECURSION.to_owned();
            let before = found.recursive_loop.as_ref().unwrap_or(&usual);
            if told("recursiveLoop", Some(before), Some(after), changes) {
                actions.before_release.push(Action::LoopRecursively(after.clone()));
            }
        }
        if let Some(after) = &self.runtime_management
            && after.differs(&found.runtime_management, runtime::FIELD, changes)
        {
            actions.before_release.push(Action::ManageRuntime(after.clone()));
        }
        actions.after_release = self.of_alias(found, alias, changes);
        actions
    }

    /// What belongs to an alias, where there is one.
    fn of_alias(&self, found: &Found, alias: Option<&str>, changes: &mut Vec<Change>) -> Vec<Action> {
        let mut actions = Vec::new();
        if let Some(permissions) = &self.permissions {
            let (added, removed) = policy::differing(permissions, policy::OWN, &found.statements, alias, changes);
            actions.extend(added.into_iter().chain(removed));
        }
        actions.extend(url::differing(&self.url, found.url.as_ref(), &found.statements, alias, changes));
        actions.extend(events::differing(&self.events, found.events.as_ref(), changes));
        actions.extend(provisioned::differing(self.provisioned, found.provisioned.as_ref(), changes));
        actions
    }
}

/// Looks, if that is wanted.
async fn when<T: Default>(wanted: bool, look: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    if wanted { look.await } else { Ok(T::default()) }
}

/// A line for a value that differs, and whether it does.
fn told(field: &str, before: Option<&String>, after: Option<&String>, changes: &mut Vec<Change>) -> bool {
    if before == after {
        return false;
    }
    changes.push(Change { field: field.to_owned(), before: before.cloned(), after: after.cloned() });
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::function::Status;

    fn fields(changes: &[Change]) -> Vec<&str> {
        changes.iter().map(|change| change.field.as_str()).collect()
    }

    #[test]
    fn what_is_not_declared_is_not_managed() {
        let found = Found {
            code_signing: Some("arn:csc".to_owned()),
            recursive_loop: Some("Allow".to_owned()),
            url: Some(FoundUrl::default()),
            events: Some(EventInvoke::default()),
            provisioned: Some(Provisioned { requested: 3, status: Status::Ready }),
            ..Found::default()
        };
        let mut changes = Vec::new();
        assert_eq!(Attachments::default().differing(&found, None, &mut changes), Actions::default());
        assert_eq!(changes, []);
    }

    #[test]
    fn each_is_done_at_its_time() {
        let declared = Attachments {
            code_signing: Declared::One("arn:csc".to_owned()),
            recursive_loop: Some("Allow".to_owned()),
            runtime_management: Some(RuntimeManagement {
                update_on: "FunctionUpdate".to_owned(),
                ..RuntimeManagement::default()
            }),
            events: Declared::One(EventInvoke { maximum_retry_attempts: Some(0), ..EventInvoke::default() }),
            provisioned: Declared::One(2),
            ..Attachments::default()
        };
        let mut changes = Vec::new();
        let actions = declared.differing(&Found::default(), Some("live"), &mut changes);
        let names = |all: &[Action]| all.iter().map(Action::operation).collect::<Vec<_>>();
        assert_eq!(actions.before_code.map(|one| one.operation()), Some("PutFunctionCodeSigningConfig"));
        assert_eq!(names(&actions.before_release), ["PutFunctionRecursionConfig", "PutRuntimeManagementConfig"]);
        assert_eq!(names(&actions.after_release), ["PutFunctionEventInvokeConfig", "PutProvisionedConcurrencyConfig"]);
        assert_eq!(
            fields(&changes),
            [
                "codeSigningConfigArn",
                "recursiveLoop",
                "runtimeManagementConfig.updateRuntimeOn",
                "eventInvokeConfig.maximumRetryAttempts",
                "provisionedConcurrentExecutions",
            ]
        );
    }

    #[test]
    fn what_is_as_declared_is_left_alone() {
        let declared = Attachments {
            recursive_loop: Some(USUAL_RECURSION.to_owned()),
            runtime_management: Some(RuntimeManagement::default()),
            permissions: Some(Vec::new()),
            url: Declared::None,
            events: Declared::None,
            provisioned: Declared::None,
            code_signing: Declared::None,
        };
        let mut changes = Vec::new();
        assert_eq!(declared.differing(&Found::default(), None, &mut changes), Actions::default());
        assert_eq!(changes, []);
    }

    #[test]
    fn what_is_provisioned_is_never_more_than_what_is_reserved() {
        let planned = |reserved: (Option<i32>, Option<i32>), provisioned: (i32, Declared<i32>)| {
            let declared = Attachments { provisioned: provisioned.1, ..Attachments::default() };
            let found = Provisioned { requested: provisioned.0, status: Status::Ready };
            let found = Found { provisioned: Some(found), ..Found::default() };
            let actions = declared.differing(&found, Some("live"), &mut Vec::new());
            let (before, after) = reserved;
            let actions = actions.with_reserved(Some(Action::Reserve(after)), before, found.provisioned.as_ref());
            let all = actions.before_release.iter().chain(&actions.after_release);
            all.map(Action::operation).collect::<Vec<_>>()
        };
        let (reserve, provision) = ("PutFunctionConcurrency", "PutProvisionedConcurrencyConfig");
        let (unreserve, unprovision) = ("DeleteFunctionConcurrency", "DeleteProvisionedConcurrencyConfig");
        assert_eq!(planned((Some(10), Some(2)), (5, Declared::One(1))), [provision, reserve]);
        assert_eq!(planned((Some(10), Some(2)), (5, Declared::None)), [unprovision, reserve]);
        assert_eq!(planned((None, Some(2)), (5, Declared::One(1))), [provision, reserve]);
        assert_eq!(planned((Some(5), Some(10)), (5, Declared::One(8))), [reserve, provision]);
        assert_eq!(planned((Some(5), None), (5, Declared::One(1))), [unreserve, provision]);
        assert_eq!(planned((Some(10), Some(8)), (5, Declared::Nothing)), [reserve]);
    }
}
