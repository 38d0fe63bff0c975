//! What a function has beside its configuration, as JavaScript sees it: AWS's shapes, in camelCase.

use napi_derive::napi;

use super::deploy::DeployOptions;
use super::options::whole;
use crate::deploy::Declared;
use crate::error::Error;
use crate::{deploy, limits};

/// When AWS changes the version of the runtime.
#[napi(object)]
pub struct RuntimeManagementConfig {
    /// `Auto`: when there is a new one; `FunctionUpdate`: when the function changes; `Manual`: never.
    #[napi(ts_type = "'Auto' | 'FunctionUpdate' | 'Manual'")]
    pub update_runtime_on: String,
    /// ARN of the runtime's version, with `Manual` alone.
    pub runtime_version_arn: Option<String>,
}

/// Who may invoke a function. The names are those of AWS's `AddPermission`.
#[napi(object)]
pub struct Permission {
    /// What may be done, like `lambda:InvokeFunction`.
    pub action: String,
    /// Who may: a service like `s3.amazonaws.com`, an account, an ARN, or `*`.
    pub principal: String,
    /// ARN of what invokes the function, like a bucket's.
    pub source_arn: Option<String>,
    /// Account of what invokes the function.
    pub source_account: Option<String>,
    /// Organisation that all who may must be of.
    pub principal_org_id: Option<String>,
    /// What the invoker, an Alexa skill, must send along.
    pub event_source_token: Option<String>,
    /// The kind of authorisation of URLs that it is for.
    #[napi(ts_type = "'AWS_IAM' | 'NONE'")]
    pub function_url_auth_type: Option<String>,
    /// Whether it is for invocations through the URL alone.
    pub invoked_via_function_url: Option<bool>,
}

/// The URL of a function. Of what is not given it keeps what it has.
#[napi(object)]
pub struct FunctionUrlConfig {
    /// `AWS_IAM` asks callers for a signature, `NONE` for nothing.
    #[napi(ts_type = "'AWS_IAM' | 'NONE'")]
    pub auth_type: String,
    /// `BUFFERED` answers when the function has ended, `RESPONSE_STREAM` while it runs.
    #[napi(ts_type = "'BUFFERED' | 'RESPONSE_STREAM'")]
    pub invoke_mode: Option<String>,
    /// What browsers may do from other places, all of it; `{}` for nothing.
    pub cors: Option<Cors>,
    /// Who may call it, all of them; `[]` for nobody. **Default** with `NONE` everybody, else only those of the account who have the right.
    pub permissions: Option<Vec<UrlPermission>>,
}

/// What browsers may do from other places.
#[napi(object)]
pub struct Cors {
    /// Whether cookies and the like may be sent along.
    pub allow_credentials: Option<bool>,
    /// Headers that requests may have.
    pub allow_headers: Option<Vec<String>>,
    /// Methods of requests.
    pub allow_methods: Option<Vec<String>>,
    /// Origins of requests, like `https://example.com`, or `*`.
    pub allow_origins: Option<Vec<String>>,
    /// Headers of answers that may be read.
    pub expose_headers: Option<Vec<String>>,
    /// How long browsers may remember this, in seconds, up to 86,400.
    pub max_age: Option<f64>,
}

/// Who may call a URL.
#[napi(object)]
pub struct UrlPermission {
    /// An account, an ARN, a service, or `*`.
    pub principal: String,
    /// ARN of what calls it, like a distribution's.
    pub source_arn: Option<String>,
    /// Account of what calls it.
    pub source_account: Option<String>,
    /// Organisation that all who may must be of.
    pub principal_org_id: Option<String>,
}

/// What becomes of events that are handled later than they are sent: at least one part of it. Of what is not given the
/// function keeps what it has.
#[napi(object)]
pub struct EventInvokeConfig {
    /// How often an event is tried again, from 0 to 2.
    pub maximum_retry_attempts: Option<f64>,
    /// How old an event may become, in seconds, from 60 to 21,600.
    pub maximum_event_age_in_seconds: Option<f64>,
    /// Who is told of an event's end, all of it; `{}` for nobody.
    pub destination_config: Option<DestinationConfig>,
}

/// Who is told of an event's end.
#[napi(object)]
pub struct DestinationConfig {
    /// When it was handled.
    pub on_success: Option<Destination>,
    /// When it was not.
    pub on_failure: Option<Destination>,
}

/// Who is told.
#[napi(object)]
pub struct Destination {
    /// ARN of a queue, topic, bus, bucket or function, or `kafka://` and a topic.
    pub destination: String,
}

impl From<RuntimeManagementConfig> for deploy::RuntimeManagement {
    fn from(config: RuntimeManagementConfig) -> Self {
        let RuntimeManagementConfig { update_runtime_on, runtime_version_arn } = config;
        Self { update_on: update_runtime_on, version_arn: runtime_version_arn }
    }
}

impl From<Permission> for deploy::Permission {
    fn from(given: Permission) -> Self {
        let Permission { action, principal, source_arn, source_account, .. } = given;
        let Permission { principal_org_id, event_source_token, .. } = given;
        let Permission { function_url_auth_type, invoked_via_function_url, .. } = given;
        Self {
            action,
            principal,
            source_arn,
            source_account,
            principal_org_id,
            event_source_token,
            function_url_auth_type,
            invoked_via_function_url,
        }
    }
}

impl FunctionUrlConfig {
    pub(super) fn checked(self) -> Result<deploy::Url, Error> {
        let permission = |UrlPermission { principal, source_arn, source_account, principal_org_id }| {
            deploy::UrlPermission { principal, source_arn, source_account, principal_org_id }
        };
        Ok(deploy::Url {
            auth_type: self.auth_type,
            invoke_mode: self.invoke_mode,
            cors: self.cors.map(Cors::checked).transpose()?,
            permissions: self.permissions.map(|all| all.into_iter().map(permission).collect()),
        })
    }
}

impl Cors {
    fn checked(self) -> Result<deploy::Cors, Error> {
        let max_age =
            self.max_age.map(|age| whole("functionUrl.cors.maxAge", age, limits::CORS_SECONDS)).transpose()?;
        Ok(deploy::Cors {
            allow_credentials: self.allow_credentials.unwrap_or_default(),
            allow_headers: self.allow_headers.unwrap_or_default(),
            allow_methods: self.allow_methods.unwrap_or_default(),
            allow_origins: self.allow_origins.unwrap_or_default(),
            expose_headers: self.expose_headers.unwrap_or_default(),
            max_age: max_age.unwrap_or_default(),
        })
    }
}

impl EventInvokeConfig {
    pub(super) fn checked(self) -> Result<deploy::EventInvoke, Error> {
        let attempts = |count| whole("eventInvokeConfig.maximumRetryAttempts", count, limits::RETRY_ATTEMPTS);
        let age = |age| whole("eventInvokeConfig.maximumEventAgeInSeconds", age, limits::EVENT_AGE_SECONDS);
        let arn = |one: Option<Destination>| one.map(|one| one.destination);
        let destinations = |DestinationConfig { on_success, on_failure }| deploy::Destinations {
            on_success: arn(on_success),
            on_failure: arn(on_failure),
        };
        Ok(deploy::EventInvoke {
            maximum_retry_attempts: self.maximum_retry_attempts.map(attempts).transpose()?,
            maximum_event_age: self.maximum_event_age_in_seconds.map(age).transpose()?,
            destinations: self.destination_config.map(destinations),
        })
    }
}

/// What was given, or `null`, or neither.
pub(super) fn declared<T>(given: Option<T>, is_cleared: bool) -> Declared<T> {
    match given {
        Some(one) => Declared::One(one),
        None if is_cleared => Declared::None,
        None => Declared::Nothing,
    }
}

impl DeployOptions {
    /// Takes out what is no part of the configuration.
    pub(super) fn attachments(&mut self, is_cleared: impl Fn(&str) -> bool) -> Result<deploy::Attachments, Error> {
        let url = self.function_url.take().map(FunctionUrlConfig::checked).transpose()?;
        let events = self.event_invoke_config.take().map(EventInvokeConfig::checked).transpose()?;
        let count = |count| whole("provisionedConcurrentExecutions", count, limits::PROVISIONED);
        let provisioned = self.provisioned_concurrent_executions.take().map(count).transpose()?;
        let permissions = self.permissions.take().map(|all| all.into_iter().map(deploy::Permission::from).collect());
        let usual = |name: &str| is_cleared(name).then(deploy::RuntimeManagement::default);
        let runtime_management = self.runtime_management_config.take().map(deploy::RuntimeManagement::from);
        let terminate = || is_cleared("recursiveLoop").then(|| deploy::USUAL_RECURSION.to_owned());
        let none = || is_cleared("permissions").then(Vec::new);
        Ok(deploy::Attachments {
            code_signing: declared(self.code_signing_config_arn.take(), is_cleared("codeSigningConfigArn")),
            recursive_loop: self.recursive_loop.take().or_else(terminate),
            runtime_management: runtime_management.or_else(|| usual("runtimeManagementConfig")),
            permissions: permissions.or_else(none),
            url: declared(url, is_cleared("functionUrl")),
            events: declared(events, is_cleared("eventInvokeConfig")),
            provisioned: declared(provisioned, is_cleared("provisionedConcurrentExecutions")),
        })
    }
}
