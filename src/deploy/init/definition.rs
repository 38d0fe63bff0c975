//! A function as the request that would make it: AWS's names, what differs from what a function has when nothing is said,
//! and in an order that stays.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::deploy::function::{Environment, Function};
use crate::deploy::settings::{CapacityProvider, Durable, FileSystem, Logging, Settings, Vpc};
use crate::error::Error;

const DEFAULT_ARCHITECTURE: &str = "x86_64";

/// `CreateFunction`, without the archive.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition<'a> {
    function_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    runtime: Option<&'a str>,
    role: Option<&'a str>,
    handler: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    architectures: Option<[&'a str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_size: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<Variables<'a>>,
    #[serde(rename = "KMSKeyArn", skip_serializing_if = "Option::is_none")]
    kms_key_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    layers: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc_config: Option<VpcConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_config: Option<DeadLetterConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracing_config: Option<TracingConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_system_configs: Option<Vec<FileSystemConfig<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ephemeral_storage: Option<EphemeralStorage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snap_start: Option<SnapStart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logging_config: Option<LoggingConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    durable_config: Option<DurableConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity_provider_config: Option<CapacityProviderConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenancy_config: Option<TenancyConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a BTreeMap<String, String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Variables<'a> {
    variables: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VpcConfig<'a> {
    subnet_ids: &'a [String],
    security_group_ids: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    ipv6_allowed_for_dual_stack: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeadLetterConfig<'a> {
    target_arn: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TracingConfig<'a> {
    mode: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FileSystemConfig<'a> {
    arn: &'a str,
    local_mount_path: &'a str,
    #[serde(rename = "S3FilesConfig", skip_serializing_if = "Option::is_none")]
    s3_files_config: Option<S3FilesConfig<'a>>,
}

#[derive(Serialize)]
struct S3FilesConfig<'a> {
    #[serde(rename = "DirectS3Read")]
    direct_s3_read: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EphemeralStorage {
    size: i32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SnapStart<'a> {
    apply_on: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LoggingConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    log_format: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    application_log_level: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_log_level: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log_group: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DurableConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_timeout: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_period_in_days: Option<i32>,
    #[serde(rename = "KMSKeyArn", skip_serializing_if = "Option::is_none")]
    kms_key_arn: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CapacityProviderConfig<'a> {
    lambda_managed_instances_capacity_provider_config: ManagedInstances<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ManagedInstances<'a> {
    capacity_provider_arn: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_execution_environment_max_concurrency: Option<i32>,
    #[serde(rename = "ExecutionEnvironmentMemoryGiBPerVCpu", skip_serializing_if = "Option::is_none")]
    memory_gib_per_processor: Option<f64>,
}

/// Where the archive is, is for who deploys it to say.
#[derive(Serialize)]
struct Code<'a> {
    #[serde(rename = "SourceKMSKeyArn")]
    source_kms_key_arn: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TenancyConfig<'a> {
    tenant_isolation_mode: &'a str,
}

/// The text of the file.
///
/// # Errors
/// [`Error::Internal`].
pub fn text(function: &Function) -> Result<String, Error> {
    let usual = Settings::usual(&function.name);
    let settings = &function.settings;
    let definition = Definition {
        function_name: &function.name,
        description: settings.description.as_deref().filter(|text| !text.is_empty()),
        runtime: settings.runtime.as_deref(),
        role: settings.role.as_deref(),
        handler: settings.handler.as_deref(),
        architectures: settings.architecture.as_deref().filter(|one| *one != DEFAULT_ARCHITECTURE).map(|one| [one]),
        memory_size: settings.memory_size.filter(|size| Some(*size) != usual.memory_size),
        timeout: settings.timeout.filter(|seconds| Some(*seconds) != usual.timeout),
        environment: variables(function).map(|variables| Variables { variables }),
        kms_key_arn: settings.kms_key_arn.as_deref().filter(|arn| !arn.is_empty()),
        layers: settings.layers.as_deref().filter(|layers| !layers.is_empty()),
        vpc_config: settings.vpc_config.as_ref().and_then(vpc_config),
        dead_letter_config: settings
            .dead_letter_target
            .as_deref()
            .filter(|arn| !arn.is_empty())
            .map(|target_arn| DeadLetterConfig { target_arn }),
        tracing_config: differing(settings.tracing_mode.as_deref(), usual.tracing_mode.as_deref())
            .map(|mode| TracingConfig { mode }),
        file_system_configs: settings
            .file_systems
            .as_ref()
            .filter(|all| !all.is_empty())
            .map(|all| all.iter().map(file_system_config).collect()),
        ephemeral_storage: settings
            .ephemeral_storage
            .filter(|size| Some(*size) != usual.ephemeral_storage)
            .map(|size| EphemeralStorage { size }),
        snap_start: differing(settings.snap_start.as_deref(), usual.snap_start.as_deref())
            .map(|apply_on| SnapStart { apply_on }),
        logging_config: settings
            .logging
            .as_ref()
            .filter(|logging| Some(*logging) != usual.logging.as_ref())
            .map(|logging| logging_config(logging, &Logging::usual(&function.name))),
        durable_config: settings.durable.as_ref().filter(|durable| **durable != Durable::default()).map(durable_config),
        capacity_provider_config: settings
            .capacity_provider
            .as_ref()
            .filter(|provider| !provider.arn.is_empty())
            .map(capacity_provider_config),
        tenancy_config: settings
            .tenant_isolation
            .as_deref()
            .filter(|mode| !mode.is_empty())
            .map(|tenant_isolation_mode| TenancyConfig { tenant_isolation_mode }),
        code: function.source_kms_key_arn.as_deref().map(|source_kms_key_arn| Code { source_kms_key_arn }),
        tags: Some(&function.tags).filter(|tags| !tags.is_empty()),
    };
    let text = serde_json::to_string_pretty(&definition).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(format!("{}\n", without_templates(&text)))
}

/// Whoever reads the file looks for templates in it, and what a function has is none: of two braces side by side, which
/// JSON has in texts alone, the first is written by its number.
fn without_templates(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut rest = json.chars().peekable();
    while let Some(character) = rest.next() {
        if character == '{' && rest.peek() == Some(&'{') { text.push_str("\\u007b") } else { text.push(character) }
    }
    text
}

/// Whether the file has values that may be secrets.
pub fn has_values(function: &Function) -> bool {
    variables(function).is_some()
}

fn variables(function: &Function) -> Option<&BTreeMap<String, String>> {
    match &function.environment {
        Environment::Variables(variables) if !variables.is_empty() => Some(variables),
        _ => None,
    }
}

fn differing<'a>(value: Option<&'a str>, usual: Option<&str>) -> Option<&'a str> {
    value.filter(|value| Some(*value) != usual)
}

fn vpc_config(vpc: &Vpc) -> Option<VpcConfig<'_>> {
    let subnet_ids = vpc.subnet_ids.as_deref().filter(|ids| !ids.is_empty())?;
    Some(VpcConfig {
        subnet_ids,
        security_group_ids: vpc.security_group_ids.as_deref().unwrap_or_default(),
        ipv6_allowed_for_dual_stack: vpc.ipv6_allowed_for_dual_stack.filter(|allowed| *allowed),
    })
}

fn file_system_config(one: &FileSystem) -> FileSystemConfig<'_> {
    let s3_files_config = one.direct_s3_read.as_deref().map(|direct_s3_read| S3FilesConfig { direct_s3_read });
    FileSystemConfig { arn: &one.arn, local_mount_path: &one.local_mount_path, s3_files_config }
}

fn logging_config<'a>(logging: &'a Logging, usual: &Logging) -> LoggingConfig<'a> {
    LoggingConfig {
        log_format: differing(logging.log_format.as_deref(), usual.log_format.as_deref()),
        application_log_level: logging.application_log_level.as_deref(),
        system_log_level: logging.system_log_level.as_deref(),
        log_group: differing(logging.log_group.as_deref(), usual.log_group.as_deref()),
    }
}

fn durable_config(durable: &Durable) -> DurableConfig<'_> {
    DurableConfig {
        execution_timeout: durable.execution_timeout,
        retention_period_in_days: durable.retention_period_in_days,
        kms_key_arn: durable.kms_key_arn.as_deref(),
    }
}

fn capacity_provider_config(provider: &CapacityProvider) -> CapacityProviderConfig<'_> {
    CapacityProviderConfig {
        lambda_managed_instances_capacity_provider_config: ManagedInstances {
            capacity_provider_arn: &provider.arn,
            per_execution_environment_max_concurrency: provider.per_environment_concurrency,
            memory_gib_per_processor: provider.memory_gib_per_processor,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn function(settings: Settings) -> Function {
        let text = |text: &str| Some(text.to_owned());
        let needed =
            Settings { runtime: text("nodejs24.x"), role: text("arn:r"), handler: text("index.handler"), ..settings };
        Function { name: "f".to_owned(), settings: needed, ..Function::default() }
    }

    fn parsed(function: &Function) -> Value {
        serde_json::from_str(&text(function).unwrap()).unwrap()
    }

    #[test]
    fn what_a_function_has_anyway_is_not_written() {
        let function = function(Settings {
            architecture: Some("x86_64".to_owned()),
            durable: Some(Durable::default()),
            capacity_provider: Some(CapacityProvider::default()),
            tenant_isolation: Some(String::new()),
            ..Settings::usual("f")
        });
        assert_eq!(
            text(&function).unwrap(),
            "{\n  \"FunctionName\": \"f\",\n  \"Runtime\": \"nodejs24.x\",\n  \"Role\": \"arn:r\",\n  \
             \"Handler\": \"index.handler\"\n}\n"
        );
        assert!(!has_values(&function));
    }

    #[test]
    fn everything_else_is_in_the_shape_of_create_function() {
        let text = |text: &str| Some(text.to_owned());
        let list = |all: &[&str]| Some(all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>());
        let pair = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let settings = Settings {
            description: text("d"),
            architecture: text("arm64"),
            memory_size: Some(256),
            timeout: Some(9),
            kms_key_arn: text("arn:k"),
            layers: list(&["arn:l:2", "arn:l:1"]),
            vpc_config: Some(Vpc {
                subnet_ids: list(&["s"]),
                security_group_ids: list(&["g"]),
                ipv6_allowed_for_dual_stack: Some(true),
            }),
            dead_letter_target: text("arn:q"),
            tracing_mode: text("Active"),
            file_systems: Some(vec![FileSystem {
                arn: "arn:fs".to_owned(),
                local_mount_path: "/mnt/x".to_owned(),
                direct_s3_read: None,
            }]),
            ephemeral_storage: Some(1024),
            snap_start: text("PublishedVersions"),
            logging: Some(Logging { log_format: text("JSON"), system_log_level: text("WARN"), ..Logging::usual("f") }),
            durable: Some(Durable { execution_timeout: Some(60), ..Durable::default() }),
            capacity_provider: Some(CapacityProvider {
                arn: "arn:c".to_owned(),
                per_environment_concurrency: Some(10),
                memory_gib_per_processor: Some(2.5),
            }),
            tenant_isolation: text("PER_TENANT"),
            ..Settings::usual("f")
        };
        let function = Function {
            environment: Environment::Variables(pair("A", "1")),
            tags: pair("team", "api"),
            source_kms_key_arn: text("arn:s"),
            ..function(settings)
        };
        assert!(has_values(&function));
        assert_eq!(
            parsed(&function),
            json!({
                "FunctionName": "f", "Description": "d", "Runtime": "nodejs24.x", "Role": "arn:r",
                "Handler": "index.handler", "Architectures": ["arm64"], "MemorySize": 256, "Timeout": 9,
                "Environment": { "Variables": { "A": "1" } }, "KMSKeyArn": "arn:k", "Layers": ["arn:l:2", "arn:l:1"],
                "VpcConfig": { "SubnetIds": ["s"], "SecurityGroupIds": ["g"], "Ipv6AllowedForDualStack": true },
                "DeadLetterConfig": { "TargetArn": "arn:q" }, "TracingConfig": { "Mode": "Active" },
                "FileSystemConfigs": [{ "Arn": "arn:fs", "LocalMountPath": "/mnt/x" }],
                "EphemeralStorage": { "Size": 1024 }, "SnapStart": { "ApplyOn": "PublishedVersions" },
                "LoggingConfig": { "LogFormat": "JSON", "SystemLogLevel": "WARN" },
                "DurableConfig": { "ExecutionTimeout": 60 },
                "CapacityProviderConfig": { "LambdaManagedInstancesCapacityProviderConfig": {
                    "CapacityProviderArn": "arn:c", "PerExecutionEnvironmentMaxConcurrency": 10,
                    "ExecutionEnvironmentMemoryGiBPerVCpu": 2.5,
                } },
                "TenancyConfig": { "TenantIsolationMode": "PER_TENANT" }, "Code": { "SourceKMSKeyArn": "arn:s" }, "Tags": { "team": "api" },
            })
        );
    }

    #[test]
    fn what_looks_like_a_template_is_none_and_stays_what_it_is() {
        let values = ["{{name}}", "{{{x}}}", "\\{{ env `A` }}", "{ { }", "{{"];
        let variables = values.iter().enumerate().map(|(index, value)| (format!("V{index}"), (*value).to_owned()));
        let environment = Environment::Variables(variables.collect());
        let function = Function { environment, ..function(Settings::usual("f")) };
        assert!(!text(&function).unwrap().contains("{{"));
        for (index, value) in values.iter().enumerate() {
            assert_eq!(parsed(&function)["Environment"]["Variables"][format!("V{index}")], *value);
        }
    }

    #[test]
    fn an_environment_that_cannot_be_read_is_left_out() {
        let function =
            Function { environment: Environment::Unreadable("no key".to_owned()), ..function(Settings::usual("f")) };
        assert_eq!(parsed(&function).get("Environment"), None);
    }
}
