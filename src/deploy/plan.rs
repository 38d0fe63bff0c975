//! What is deployed + what is asked for -> the steps between them. Pure: a dry run stops here.

mod code;
mod environment;

use std::collections::BTreeMap;

use crate::archive::Summary;
use crate::deploy::attachments::{Action, Found};
use crate::deploy::failure::refused;
use crate::deploy::function::{Function, Status, TagsHidden};
use crate::deploy::options::{COPY, DeployOptions, REFERENCE, Unnamed};
use crate::deploy::settings::Settings;
use crate::error::Error;
use crate::limits;
pub use code::{is_stored_as_declared, source_kms_key};
use code::{storage_mode, upload};
use environment::{environment, variable};

/// What Lambda takes when nothing is said.
const DEFAULT_ARCHITECTURE: &str = "x86_64";

/// How the archive gets to Lambda.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upload {
    /// It is there already.
    None,
    /// In the request.
    Direct,
    /// By way of S3.
    S3,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Make the function.
    Create(Settings),
    /// Change its settings; only those that are set.
    UpdateConfiguration(Settings),
    /// Change its tags.
    Tag {
        /// To set.
        set: BTreeMap<String, String>,
        /// To remove.
        removed: Vec<String>,
    },
    /// Change what it has beside its configuration.
    Attach(Action),
    /// Change its code.
    UpdateCode {
        /// The instruction set to send along.
        architecture: String,
    },
}

impl Step {
    /// AWS's names of the operations that it takes, in their order.
    #[must_use]
    pub fn operations(&self) -> Vec<&'static str> {
        match self {
            Self::Create(_) => vec!["CreateFunction"],
            Self::UpdateConfiguration(_) => vec!["UpdateFunctionConfiguration"],
            Self::UpdateCode { .. } => vec!["UpdateFunctionCode"],
            Self::Tag { set, removed } => {
                let set = (!set.is_empty()).then_some("TagResource");
                let removed = (!removed.is_empty()).then_some("UntagResource");
                set.into_iter().chain(removed).collect()
            }
            Self::Attach(action) => vec![action.operation()],
        }
    }

    /// Whether a version that is published afterwards is another one than before.
    #[must_use]
    pub fn is_of_version(&self) -> bool {
        !matches!(self, Self::Tag { .. } | Self::Attach(_))
    }
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The field's public name; a variable's is `environment.NAME`.
    pub field: String,
    /// What is deployed; nothing when there is nothing. Of a secret only that it is there.
    pub before: Option<String>,
    /// What will be; nothing when it goes, or is not known yet.
    pub after: Option<String>,
}

/// What a deployment will do up to the release.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// In their order.
    pub steps: Vec<Step>,
    /// What is to be done when a version is published and the alias points at it.
    pub after_release: Vec<Action>,
    /// What differs.
    pub changes: Vec<Change>,
    /// How the archive goes.
    pub upload: Upload,
}

/// Decides.
///
/// # Errors
/// What AWS would refuse, or what would lose something: [`Error::RoleRequired`], [`Error::BucketRequired`],
/// [`Error::FunctionIsImage`], [`Error::FunctionFailed`], [`Error::EnvironmentUnreadable`]; that the tags are declared and
/// AWS does not tell them.
pub fn plan(deployed: Option<&Function>, options: &DeployOptions, archive: &Summary) -> Result<Plan, Error> {
    match deployed {
        None => plan_creation(options, archive),
        Some(deployed) => plan_update(deployed, options, archive),
    }
}

fn plan_creation(options: &DeployOptions, archive: &Summary) -> Result<Plan, Error> {
    let declared = &options.settings;
    if declared.role.is_none() {
        return Err(Error::RoleRequired { function_name: options.function_name.clone() });
    }
    let usual = |text: &str| Some(text.to_owned());
    let settings = Settings {
        runtime: declared.runtime.clone().or_else(|| usual(limits::DEFAULT_RUNTIME)),
        handler: declared.handler.clone().or_else(|| usual(limits::DEFAULT_HANDLER)),
        architecture: declared.architecture.clone().or_else(|| usual(DEFAULT_ARCHITECTURE)),
        ..declared.clone()
    };
    let mut changes = vec![changed("codeSha256", None, Some(archive.sha256_base64()))];
    // What a function has when nothing is said is not sent: of some settings AWS takes that only later.
    let needed = settings.differing(&Settings::usual(&options.function_name), &mut Vec::new());
    let told = needed.differing(&Settings::default(), &mut changes);
    let Settings { environment, architecture, tags, tenant_isolation, .. } = settings;
    let (environment, tags) = (environment.filter(|all| !all.is_empty()), tags.filter(|all| !all.is_empty()));
    let code_signing_config = options.attachments.code_signing.one().cloned();
    let tenant_isolation = tenant_isolation.filter(|mode| !mode.is_empty());
    let settings = Settings { environment, tenant_isolation, code_signing_config, architecture, tags, ..told };
    changes.push(changed("architecture", None, settings.architecture.clone()));
    let tenancy = settings.tenant_isolation.clone();
    changes.extend(tenancy.map(|mode| changed("tenancyConfig.tenantIsolationMode", None, Some(mode))));
    let variables = settings.environment.iter().flatten();
    changes.extend(variables.map(|(name, value)| variable(name, None, Some(value))));
    let tags = settings.tags.iter().flatten();
    changes.extend(tags.map(|(name, value)| changed(&format!("tags.{name}"), None, Some(value.clone()))));
    if let Some(arn) = options.source_kms_key.one() {
        changes.push(changed("sourceKmsKeyArn", None, Some(arn.clone())));
    }
    let mode = storage_mode(options).filter(|mode| mode != COPY);
    changes.extend(mode.map(|mode| changed("s3.objectStorageMode", None, Some(mode))));
    let mut steps = vec![Step::Create(settings)];
    let reserved = concurrency(None, options, &mut changes);
    let actions = options.attachments.differing(&Found::default(), options.alias.as_deref(), &mut changes);
    let actions = actions.with_reserved(reserved, None, None);
    steps.extend(actions.before_release.into_iter().map(Step::Attach));
    Ok(Plan { steps, after_release: actions.after_release, changes, upload: upload(options, archive)? })
}

fn plan_update(deployed: &Function, options: &DeployOptions, archive: &Summary) -> Result<Plan, Error> {
    let function_name = || options.function_name.clone();
    if deployed.is_image() {
        return Err(Error::FunctionIsImage { function_name: function_name() });
    }
    if let Status::Failed { reason, code } = &deployed.state {
        let (reason, reason_code) = (reason.clone(), code.clone());
        return Err(Error::FunctionFailed { function_name: function_name(), reason, reason_code });
    }
    keeps_tenancy(deployed, options)?;
    let mut changes = Vec::new();
    let mut settings = options.settings.differing(&deployed.settings, &mut changes);
    settings.environment = environment(deployed, options, &mut changes)?;
    let sha256 = archive.sha256_base64();
    let running = deployed.settings.architecture.clone().unwrap_or_else(|| DEFAULT_ARCHITECTURE.to_owned());
    let architecture = options.settings.architecture.clone().unwrap_or_else(|| running.clone());
    let mut code_changes = false;
    if deployed.code_sha256.as_deref() != Some(&sha256) {
        code_changes = true;
        changes.insert(0, changed("codeSha256", deployed.code_sha256.clone(), Some(sha256)));
    }
    if let (Status::Failed { reason, .. }, false) = (&deployed.last_update, code_changes) {
        // What AWS tells of the code may be what it failed to take, so it is sent again.
        code_changes = true;
        changes.push(changed("lastUpdateStatus", Some(format!("Failed: {reason}")), Some("Successful".to_owned())));
    }
    if architecture != running {
        code_changes = true;
        changes.push(changed("architecture", Some(running), Some(architecture.clone())));
    }
    let (before, after) = (&deployed.source_kms_key_arn, source_kms_key(deployed, options));
    if *before != after {
        code_changes = true;
        changes.push(changed("sourceKmsKeyArn", before.clone(), after));
    }
    if !is_stored_as_declared(deployed, options) {
        code_changes = true;
        let before = if deployed.is_referenced { REFERENCE } else { COPY };
        changes.push(changed("s3.objectStorageMode", Some(before.to_owned()), storage_mode(options)));
    }
    let mut steps = Vec::new();
    if settings != Settings::default() {
        steps.push(Step::UpdateConfiguration(settings));
    }
    if code_changes {
        // Code and layers together must stay within the size limit at each moment: code that shrinks goes before
        // new layers, code that grows after them.
        // After a failed update the configuration may be what repairs it.
        let failed = matches!(deployed.last_update, Status::Failed { .. });
        let shrinks = !failed && i64::try_from(archive.size).is_ok_and(|size| size < deployed.code_size);
        steps.insert(if shrinks { 0 } else { steps.len() }, Step::UpdateCode { architecture });
    }
    steps.extend(tags(deployed, options, &mut changes)?);
    let reserved = concurrency(deployed.reserved_concurrency, options, &mut changes);
    let found = &deployed.attachments;
    let actions = options.attachments.differing(found, options.alias.as_deref(), &mut changes);
    let actions = actions.with_reserved(reserved, deployed.reserved_concurrency, found.provisioned.as_ref());
    steps.splice(0..0, actions.before_code.map(Step::Attach));
    steps.extend(actions.before_release.into_iter().map(Step::Attach));
    let upload = if code_changes { upload(options, archive)? } else { Upload::None };
    Ok(Plan { steps, after_release: actions.after_release, changes, upload })
}

/// AWS does not change the tenancy of a function.
fn keeps_tenancy(deployed: &Function, options: &DeployOptions) -> Result<(), Error> {
    let (before, after) = (&deployed.settings.tenant_isolation, &options.settings.tenant_isolation);
    match (before.as_deref(), after.as_deref()) {
        (Some(before), Some(after)) if before != after => {
            let shown = |mode: &str| if mode.is_empty() { "none".to_owned() } else { format!("'{mode}'") };
            let expected =
                format!("{}, with which the function was made and which AWS does not change,", shown(before));
            Err(Error::option("tenancyConfig.tenantIsolationMode", expected, shown(after)))
        }
        _ => Ok(()),
    }
}

/// The tags to set, and those to remove where they are replaced.
fn tags(deployed: &Function, options: &DeployOptions, changes: &mut Vec<Change>) -> Result<Option<Step>, Error> {
    let Some(declared) = &options.settings.tags else { return Ok(None) };
    if let Some(TagsHidden { code, message }) = &deployed.tags_hidden {
        return Err(refused("ListTags", &options.function_name, code, message));
    }
    let before = &deployed.tags;
    let set: BTreeMap<_, _> = declared
        .iter()
        .filter(|(name, value)| before.get(*name) != Some(value))
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect();
    let gone = |name: &&String| options.tags_mode == Unnamed::Go && !declared.contains_key(*name);
    let removed: Vec<_> = before.keys().filter(gone).cloned().collect();
    for (name, value) in &set {
        changes.push(changed(&format!("tags.{name}"), before.get(name).cloned(), Some(value.clone())));
    }
    changes.extend(removed.iter().map(|name| changed(&format!("tags.{name}"), before.get(name).cloned(), None)));
    Ok((!set.is_empty() || !removed.is_empty()).then_some(Step::Tag { set, removed }))
}

/// How many executions at once are to be kept for the function, where that is another number.
fn concurrency(before: Option<i32>, options: &DeployOptions, changes: &mut Vec<Change>) -> Option<Action> {
    let after = options.reserved_concurrency.one().copied();
    if !options.reserved_concurrency.is_managed() || before == after {
        return None;
    }
    let shown = |count: Option<i32>| count.map(|count| count.to_string());
    changes.push(changed("reservedConcurrentExecutions", shown(before), shown(after)));
    Some(Action::Reserve(after))
}

fn changed(field: &str, before: Option<String>, after: Option<String>) -> Change {
    Change { field: field.to_owned(), before, after }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::deploy::function::Environment;
    use crate::deploy::options::{Declared, S3Options};
    use crate::error::ErrorCode;

    fn archive(size: u64) -> Summary {
        Summary { sha256: [7; 32], size, unzipped_size: size, file_count: 1 }
    }

    fn deployed() -> Function {
        Function {
            name: "f".to_owned(),
            settings: Settings {
                runtime: Some("nodejs24.x".to_owned()),
                handler: Some("index.handler".to_owned()),
                description: Some(String::new()),
                memory_size: Some(128),
                timeout: Some(3),
                layers: Some(Vec::new()),
                architecture: Some("x86_64".to_owned()),
                ..Settings::default()
            },
            code_size: 1000,
            code_sha256: Some(STANDARD.encode([7; 32])),
            environment: Environment::Variables(BTreeMap::from([("KEPT".to_owned(), "1".to_owned())])),
            ..Function::default()
        }
    }

    fn options() -> DeployOptions {
        DeployOptions { function_name: "f".to_owned(), ..DeployOptions::default() }
    }

    fn with(settings: Settings) -> DeployOptions {
        DeployOptions { settings, ..options() }
    }

    fn variables(name: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(name.to_owned(), value.to_owned())])
    }

    fn fields(plan: &Plan) -> Vec<&str> {
        plan.changes.iter().map(|change| change.field.as_str()).collect()
    }

    #[test]
    fn nothing_differs_so_nothing_is_done() {
        let same = with(Settings { environment: Some(variables("KEPT", "1")), ..deployed().settings });
        for options in [options(), same] {
            let plan = plan(Some(&deployed()), &options, &archive(1000)).unwrap();
            assert_eq!(plan, Plan { steps: vec![], after_release: vec![], changes: vec![], upload: Upload::None });
        }
    }

    #[test]
    fn only_what_differs_is_sent_and_the_environment_is_merged() {
        let options = with(Settings {
            memory_size: Some(256),
            timeout: Some(3),
            environment: Some(variables("NEW", "s3cret")),
            ..Settings::default()
        });
        let plan = plan(Some(&deployed()), &options, &archive(1000)).unwrap();
        assert_eq!(fields(&plan), ["memorySize", "environment.NEW"]);
        let both = [("KEPT", "1"), ("NEW", "s3cret")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let expected =
            Settings { memory_size: Some(256), environment: Some(BTreeMap::from(both)), ..Settings::default() };
        assert_eq!(plan.steps, [Step::UpdateConfiguration(expected)]);
        assert!(!format!("{plan:?}").contains("s3cret"));
    }

    #[test]
    fn an_environment_that_cannot_be_read_is_not_overwritten() {
        let deployed = Function { environment: Environment::Unreadable("no key".to_owned()), ..deployed() };
        let options = with(Settings { environment: Some(variables("AB", "1")), ..Settings::default() });
        assert_eq!(plan(Some(&deployed), &options, &archive(1)).unwrap_err().code(), ErrorCode::EnvironmentUnreadable);
        assert!(plan(Some(&deployed), &self::options(), &archive(1)).is_ok());
    }

    #[test]
    fn variables_that_do_not_fit_with_those_that_are_there_are_refused() {
        // {"BIG":"…","KEPT":"1"} is 21 bytes beside the value.
        let planned = |size: usize| {
            let environment = Some(variables("BIG", &"v".repeat(size)));
            plan(Some(&deployed()), &with(Settings { environment, ..Settings::default() }), &archive(1000))
        };
        assert!(planned(limits::ENVIRONMENT - 21).is_ok());
        assert_eq!(planned(limits::ENVIRONMENT - 20).unwrap_err().code(), ErrorCode::InvalidOption);
    }

    #[test]
    fn variables_that_are_not_named_go_when_the_environment_is_replaced() {
        let replaced = |environment| {
            let settings = Settings { environment, ..Settings::default() };
            let options = DeployOptions { environment_mode: Unnamed::Go, ..with(settings) };
            plan(Some(&deployed()), &options, &archive(1000)).unwrap()
        };
        let plan = replaced(Some(variables("NEW", "2")));
        let told: Vec<_> =
            plan.changes.iter().map(|one| (&*one.field, one.before.is_some(), one.after.is_some())).collect();
        assert_eq!(told, [("environment.KEPT", true, false), ("environment.NEW", false, true)]);
        let expected = Settings { environment: Some(variables("NEW", "2")), ..Settings::default() };
        assert_eq!(plan.steps, [Step::UpdateConfiguration(expected)]);
        let none = replaced(Some(BTreeMap::new()));
        assert_eq!(fields(&none), ["environment.KEPT"]);
        assert!(replaced(Some(variables("KEPT", "1"))).steps.is_empty() && replaced(None).steps.is_empty());
    }

    #[test]
    fn tags_that_are_not_named_stay_unless_all_are_cleared() {
        let deployed = Function { tags: variables("kept", "1"), reserved_concurrency: Some(5), ..deployed() };
        let tagged = |tags, tags_mode| {
            let options = DeployOptions { tags_mode, ..with(Settings { tags: Some(tags), ..Settings::default() }) };
            plan(Some(&deployed), &options, &archive(1000)).unwrap().steps
        };
        assert_eq!(tagged(variables("kept", "1"), Unnamed::Stay), []);
        let set = Step::Tag { set: variables("new", "2"), removed: vec![] };
        assert_eq!(tagged(variables("new", "2"), Unnamed::Stay), [set]);
        let removed = Step::Tag { set: BTreeMap::new(), removed: vec!["kept".to_owned()] };
        assert_eq!(tagged(BTreeMap::new(), Unnamed::Go), [removed]);
        let reserved = |reserved| {
            let options = DeployOptions { reserved_concurrency: reserved, ..options() };
            plan(Some(&deployed), &options, &archive(1000)).unwrap().steps
        };
        assert_eq!(reserved(Declared::Nothing), []);
        assert_eq!(reserved(Declared::One(5)), []);
        assert_eq!(reserved(Declared::One(0)), [Step::Attach(Action::Reserve(Some(0)))]);
        assert_eq!(reserved(Declared::None), [Step::Attach(Action::Reserve(None))]);
    }

    #[test]
    fn after_a_failed_update_the_code_is_sent_again() {
        let last_update = Status::Failed { reason: "no key".to_owned(), code: None };
        let plan = plan(Some(&Function { last_update, ..deployed() }), &options(), &archive(1000)).unwrap();
        assert_eq!(plan.steps, [Step::UpdateCode { architecture: "x86_64".to_owned() }]);
        assert_eq!(fields(&plan), ["lastUpdateStatus"]);
        assert_eq!(plan.upload, Upload::Direct);
    }

    #[test]
    fn code_that_shrinks_goes_before_the_settings_and_code_that_grows_after() {
        let options = with(Settings { layers: Some(vec!["arn:l:1".to_owned()]), ..Settings::default() });
        let deployed = Function { code_sha256: Some("other".to_owned()), ..deployed() };
        let order = |size| {
            let plan = plan(Some(&deployed), &options, &archive(size)).unwrap();
            plan.steps.iter().map(|step| matches!(step, Step::UpdateCode { .. })).collect::<Vec<_>>()
        };
        assert_eq!(order(999), [true, false]);
        assert_eq!(order(1001), [false, true]);
    }

    #[test]
    fn another_architecture_sends_the_same_code_again() {
        let options = with(Settings { architecture: Some("arm64".to_owned()), ..Settings::default() });
        let plan = plan(Some(&deployed()), &options, &archive(1000)).unwrap();
        assert_eq!(plan.steps, [Step::UpdateCode { architecture: "arm64".to_owned() }]);
        assert_eq!(fields(&plan), ["architecture"]);
    }

    #[test]
    fn the_way_is_chosen_by_the_byte() {
        let with_role = with(Settings { role: Some("r".to_owned()), ..Settings::default() });
        let upload =
            |size, s3| plan(None, &DeployOptions { s3, ..with_role.clone() }, &archive(size)).map(|plan| plan.upload);
        let bucket = || Some(S3Options { bucket: "b".to_owned(), ..S3Options::default() });
        assert_eq!(upload(limits::DIRECT_UPLOAD, None).unwrap(), Upload::Direct);
        assert_eq!(upload(limits::DIRECT_UPLOAD, bucket()).unwrap(), Upload::Direct);
        let always = bucket().map(|bucket| S3Options { always: true, ..bucket });
        assert_eq!(upload(1, always).unwrap(), Upload::S3);
        assert_eq!(upload(limits::DIRECT_UPLOAD + 1, bucket()).unwrap(), Upload::S3);
        assert_eq!(upload(limits::DIRECT_UPLOAD + 1, None).unwrap_err().code(), ErrorCode::BucketRequired);
    }

    #[test]
    fn what_cannot_be_deployed_to_is_told_before_anything_is_sent() {
        let code = |deployed: Option<&Function>| plan(deployed, &options(), &archive(1)).unwrap_err().code();
        assert_eq!(code(None), ErrorCode::RoleRequired);
        let image = Function { package_type: Some("Image".to_owned()), ..deployed() };
        assert_eq!(code(Some(&image)), ErrorCode::FunctionIsImage);
        let failed = Function { state: Status::Failed { reason: "x".to_owned(), code: None }, ..deployed() };
        assert_eq!(code(Some(&failed)), ErrorCode::FunctionFailed);
    }
}
