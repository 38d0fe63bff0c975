//! What is deployed + what is asked for -> the steps between them. Pure: a dry run stops here.

use std::collections::BTreeMap;

use crate::archive::Summary;
use crate::deploy::function::{Environment, Function, Status};
use crate::deploy::options::{Architecture, DeployOptions};
use crate::error::Error;
use crate::limits;

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
    /// Change its code.
    UpdateCode {
        /// The instruction set to send along.
        architecture: String,
    },
}

/// Settings to send. What is not set is not sent.
#[derive(Clone, Default, PartialEq)]
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
    /// All variables, merged with those that are there.
    pub environment: Option<BTreeMap<String, String>>,
    /// All layers.
    pub layers: Option<Vec<String>>,
    /// Only when a function is made; later it goes with the code.
    pub architecture: Option<String>,
}

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

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The field's public name; a variable's is `environment.NAME`.
    pub field: String,
    /// What is deployed; nothing when it is new or secret.
    pub before: Option<String>,
    /// What will be; nothing when it is secret.
    pub after: Option<String>,
}

/// What a deployment will do up to the release.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// In their order.
    pub steps: Vec<Step>,
    /// What differs.
    pub changes: Vec<Change>,
    /// How the archive goes.
    pub upload: Upload,
}

/// Decides.
///
/// # Errors
/// What AWS would refuse, or what would lose something: [`Error::RoleRequired`], [`Error::BucketRequired`],
/// [`Error::FunctionIsImage`], [`Error::FunctionFailed`], [`Error::EnvironmentUnreadable`].
pub fn plan(deployed: Option<&Function>, options: &DeployOptions, archive: &Summary) -> Result<Plan, Error> {
    match deployed {
        None => plan_creation(options, archive),
        Some(deployed) => plan_update(deployed, options, archive),
    }
}

fn plan_creation(options: &DeployOptions, archive: &Summary) -> Result<Plan, Error> {
    if options.role.is_none() {
        return Err(Error::RoleRequired { function_name: options.function_name.clone() });
    }
    let architecture = options.architecture.unwrap_or(Architecture::X86_64).as_str().to_owned();
    let settings = Settings {
        runtime: Some(options.runtime.clone().unwrap_or_else(|| limits::DEFAULT_RUNTIME.to_owned())),
        handler: Some(options.handler.clone().unwrap_or_else(|| limits::DEFAULT_HANDLER.to_owned())),
        role: options.role.clone(),
        description: options.description.clone(),
        memory_size: options.memory_size,
        timeout: options.timeout,
        environment: options.environment.clone(),
        layers: options.layers.clone(),
        architecture: Some(architecture),
    };
    let mut changes = vec![changed("codeSha256", None, Some(archive.sha256_base64()))];
    changes.extend(settings.as_changes());
    Ok(Plan { steps: vec![Step::Create(settings)], changes, upload: upload(options, archive)? })
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
    let mut changes = Vec::new();
    let settings = differing(deployed, options, &mut changes)?;
    let sha256 = archive.sha256_base64();
    // Lambda gives old functions no architecture; they are x86_64.
    let running = deployed.architectures.first().map_or(Architecture::X86_64.as_str(), String::as_str);
    let architecture = options.architecture.map_or(running, |one| one.as_str()).to_owned();
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
        changes.push(changed("architecture", Some(running.to_owned()), Some(architecture.clone())));
    }
    let mut steps = Vec::new();
    if settings != Settings::default() {
        steps.push(Step::UpdateConfiguration(settings));
    }
    if code_changes {
        // Code and layers together must stay within the size limit at each moment: code that shrinks goes before
        // new layers, code that grows after them.
        let shrinks = i64::try_from(archive.size).is_ok_and(|size| size < deployed.code_size);
        steps.insert(if shrinks { 0 } else { steps.len() }, Step::UpdateCode { architecture });
    }
    let upload = if code_changes { upload(options, archive)? } else { Upload::None };
    Ok(Plan { steps, changes, upload })
}

fn upload(options: &DeployOptions, archive: &Summary) -> Result<Upload, Error> {
    match &options.s3 {
        _ if archive.size <= limits::DIRECT_UPLOAD => Ok(Upload::Direct),
        Some(_) => Ok(Upload::S3),
        None => Err(Error::BucketRequired { size: archive.size, limit: limits::DIRECT_UPLOAD }),
    }
}

/// The declared settings that differ from what is deployed.
fn differing(deployed: &Function, options: &DeployOptions, changes: &mut Vec<Change>) -> Result<Settings, Error> {
    let mut text = |field: &str, declared: &Option<String>, before: &Option<String>| {
        let before = before.clone().filter(|text| !text.is_empty());
        let differs = declared.as_ref().is_some_and(|text| before.as_deref().unwrap_or_default() != text);
        let after = declared.clone().filter(|_| differs);
        changes.extend(after.clone().map(|after| changed(field, before, Some(after))));
        after
    };
    let runtime = text("runtime", &options.runtime, &deployed.runtime);
    let handler = text("handler", &options.handler, &deployed.handler);
    let role = text("role", &options.role, &deployed.role);
    let description = text("description", &options.description, &deployed.description);
    let mut number = |field: &str, declared: Option<i32>, before: Option<i32>| {
        let after = declared.filter(|declared| before != Some(*declared));
        changes.extend(after.map(|after| changed(field, before.map(|n| n.to_string()), Some(after.to_string()))));
        after
    };
    let memory_size = number("memorySize", options.memory_size, deployed.memory_size);
    let timeout = number("timeout", options.timeout, deployed.timeout);
    let environment = match &options.environment {
        Some(declared) if !declared.is_empty() => merged_environment(deployed, options, declared, changes)?,
        _ => None,
    };
    let layers = options.layers.clone().filter(|declared| *declared != deployed.layers);
    if let Some(layers) = &layers {
        changes.push(changed("layers", Some(deployed.layers.join(", ")), Some(layers.join(", "))));
    }
    Ok(Settings { runtime, handler, role, description, memory_size, timeout, environment, layers, architecture: None })
}

/// The variables that are there with the declared ones over them, when that makes a difference.
fn merged_environment(
    deployed: &Function,
    options: &DeployOptions,
    declared: &BTreeMap<String, String>,
    changes: &mut Vec<Change>,
) -> Result<Option<BTreeMap<String, String>>, Error> {
    let before = match &deployed.environment {
        Environment::Variables(variables) => variables,
        Environment::Unreadable(reason) => {
            let function_name = options.function_name.clone();
            return Err(Error::EnvironmentUnreadable { function_name, reason: reason.clone() });
        }
    };
    let mut after = before.clone();
    for (name, value) in declared {
        if after.insert(name.clone(), value.clone()).as_ref() != Some(value) {
            changes.push(changed(&format!("environment.{name}"), None, None));
        }
    }
    let size: usize = after.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > limits::ENVIRONMENT {
        let expected = format!("at most {} bytes, those of the deployed variables included,", limits::ENVIRONMENT);
        return Err(Error::option("environment", expected, format!("{size} bytes")));
    }
    Ok((after != *before).then_some(after))
}

impl Settings {
    fn as_changes(&self) -> Vec<Change> {
        let number = |value: Option<i32>| value.map(|value| value.to_string());
        let values = [
            ("runtime", self.runtime.clone()),
            ("handler", self.handler.clone()),
            ("role", self.role.clone()),
            ("description", self.description.clone()),
            ("memorySize", number(self.memory_size)),
            ("timeout", number(self.timeout)),
            ("layers", self.layers.as_ref().map(|layers| layers.join(", "))),
            ("architecture", self.architecture.clone()),
        ];
        let set = values.into_iter().filter(|(_, value)| value.is_some());
        let settings = set.map(|(field, value)| changed(field, None, value));
        let names =
            self.environment.iter().flatten().map(|(name, _)| changed(&format!("environment.{name}"), None, None));
        settings.chain(names).collect()
    }
}

fn changed(field: &str, before: Option<String>, after: Option<String>) -> Change {
    Change { field: field.to_owned(), before, after }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::deploy::options::S3Options;
    use crate::error::ErrorCode;

    fn archive(size: u64) -> Summary {
        Summary { sha256: [7; 32], size, unzipped_size: size, file_count: 1 }
    }

    fn deployed() -> Function {
        Function {
            name: "f".to_owned(),
            runtime: Some("nodejs24.x".to_owned()),
            handler: Some("index.handler".to_owned()),
            description: Some(String::new()),
            memory_size: Some(128),
            timeout: Some(3),
            code_size: 1000,
            code_sha256: Some(STANDARD.encode([7; 32])),
            architectures: vec!["x86_64".to_owned()],
            environment: Environment::Variables(BTreeMap::from([("KEPT".to_owned(), "1".to_owned())])),
            ..Function::default()
        }
    }

    fn options() -> DeployOptions {
        DeployOptions { function_name: "f".to_owned(), ..DeployOptions::default() }
    }

    fn fields(plan: &Plan) -> Vec<&str> {
        plan.changes.iter().map(|change| change.field.as_str()).collect()
    }

    #[test]
    fn nothing_differs_so_nothing_is_done() {
        let same = DeployOptions {
            runtime: Some("nodejs24.x".to_owned()),
            handler: Some("index.handler".to_owned()),
            description: Some(String::new()),
            memory_size: Some(128),
            timeout: Some(3),
            architecture: Some(Architecture::X86_64),
            environment: Some(BTreeMap::from([("KEPT".to_owned(), "1".to_owned())])),
            layers: Some(vec![]),
            ..options()
        };
        for options in [options(), same] {
            let plan = plan(Some(&deployed()), &options, &archive(1000)).unwrap();
            assert_eq!(plan, Plan { steps: vec![], changes: vec![], upload: Upload::None });
        }
    }

    #[test]
    fn only_what_differs_is_sent_and_the_environment_is_merged() {
        let options = DeployOptions {
            memory_size: Some(256),
            timeout: Some(3),
            environment: Some(BTreeMap::from([("NEW".to_owned(), "s3cret".to_owned())])),
            ..options()
        };
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
        let options =
            DeployOptions { environment: Some(BTreeMap::from([("AB".to_owned(), "1".to_owned())])), ..options() };
        assert_eq!(plan(Some(&deployed), &options, &archive(1)).unwrap_err().code(), ErrorCode::EnvironmentUnreadable);
        assert!(plan(Some(&deployed), &self::options(), &archive(1)).is_ok());
    }

    #[test]
    fn variables_that_do_not_fit_with_those_that_are_there_are_refused() {
        let big = |size: usize| Some(BTreeMap::from([("BIG".to_owned(), "v".repeat(size))]));
        // KEPT and its value take 5 bytes, BIG 3.
        let with =
            |size| plan(Some(&deployed()), &DeployOptions { environment: big(size), ..options() }, &archive(1000));
        assert!(with(limits::ENVIRONMENT - 8).is_ok());
        assert_eq!(with(limits::ENVIRONMENT - 7).unwrap_err().code(), ErrorCode::InvalidOption);
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
        let options = DeployOptions { layers: Some(vec!["arn:l:1".to_owned()]), ..options() };
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
        let options = DeployOptions { architecture: Some(Architecture::Arm64), ..options() };
        let plan = plan(Some(&deployed()), &options, &archive(1000)).unwrap();
        assert_eq!(plan.steps, [Step::UpdateCode { architecture: "arm64".to_owned() }]);
        assert_eq!(fields(&plan), ["architecture"]);
    }

    #[test]
    fn the_way_is_chosen_by_the_byte() {
        let with_role = DeployOptions { role: Some("r".to_owned()), ..options() };
        let upload =
            |size, s3| plan(None, &DeployOptions { s3, ..with_role.clone() }, &archive(size)).map(|plan| plan.upload);
        let bucket = || Some(S3Options { bucket: "b".to_owned(), prefix: String::new() });
        assert_eq!(upload(limits::DIRECT_UPLOAD, None).unwrap(), Upload::Direct);
        assert_eq!(upload(limits::DIRECT_UPLOAD, bucket()).unwrap(), Upload::Direct);
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
