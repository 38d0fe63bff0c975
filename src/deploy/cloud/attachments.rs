//! Calls about what a function has beside its configuration. `alias` names the one that it belongs to.

use aws_sdk_lambda::types::{
    Cors as AwsCors, DestinationConfig, FunctionUrlAuthType, InvokeMode, OnFailure, OnSuccess,
    ProvisionedConcurrencyStatusEnum, RecursiveLoop, UpdateRuntimeOn,
};

use super::{Cloud, NOT_FOUND, code_is};
use crate::deploy::attachments::{
    Cors, Destinations, EventInvoke, FoundUrl, Permission, Provisioned, RuntimeManagement, Statement, Url,
};
use crate::deploy::failure::failure;
use crate::deploy::function::Status;
use crate::error::Error;

const NOT_PROVISIONED: &str = "ProvisionedConcurrencyConfigNotFoundException";

impl Cloud {
    /// ARN of the configuration that says whose signatures the code needs.
    pub async fn code_signing(&self, name: &str) -> Result<Option<String>, Error> {
        match self.lambda.get_function_code_signing_config().function_name(name).send().await {
            Ok(answer) => Ok(Some(answer.code_signing_config_arn).filter(|arn| !arn.is_empty())),
            Err(error) if code_is(&error, NOT_FOUND) => Ok(None),
            Err(error) => Err(failure("GetFunctionCodeSigningConfig", name, &error)),
        }
    }

    /// Says whose signatures the code needs from now on.
    pub async fn sign_code(&self, name: &str, arn: Option<&str>) -> Result<(), Error> {
        if let Some(arn) = arn {
            let request = self.lambda.put_function_code_signing_config().function_name(name);
            let sent = request.code_signing_config_arn(arn).send().await;
            sent.map(drop).map_err(|error| failure("PutFunctionCodeSigningConfig", name, &error))
        } else {
            match self.lambda.delete_function_code_signing_config().function_name(name).send().await {
                Ok(_) => Ok(()),
                Err(error) if code_is(&error, NOT_FOUND) => Ok(()),
                Err(error) => Err(failure("DeleteFunctionCodeSigningConfig", name, &error)),
            }
        }
    }

    /// What becomes of loops.
    pub async fn recursive_loop(&self, name: &str) -> Result<Option<String>, Error> {
        match self.lambda.get_function_recursion_config().function_name(name).send().await {
            Ok(answer) => Ok(answer.recursive_loop.map(|one| one.as_str().to_owned())),
            Err(error) => Err(failure("GetFunctionRecursionConfig", name, &error)),
        }
    }

    /// Says what becomes of loops.
    pub async fn loop_recursively(&self, name: &str, what: &str) -> Result<(), Error> {
        let request = self.lambda.put_function_recursion_config().function_name(name);
        let sent = request.recursive_loop(RecursiveLoop::from(what)).send().await;
        sent.map(drop).map_err(|error| failure("PutFunctionRecursionConfig", name, &error))
    }

    /// When the runtime's version changes: of a version, or else of the function.
    pub async fn runtime_management(&self, name: &str, version: Option<&str>) -> Result<RuntimeManagement, Error> {
        let request = self.lambda.get_runtime_management_config().function_name(name);
        let sent = request.set_qualifier(version.map(ToOwned::to_owned)).send().await;
        let answer = sent.map_err(|error| failure("GetRuntimeManagementConfig", name, &error))?;
        let usual = RuntimeManagement::default();
        let update_on = answer.update_runtime_on.map_or(usual.update_on, |one| one.as_str().to_owned());
        Ok(RuntimeManagement { update_on, version_arn: answer.runtime_version_arn.filter(|arn| !arn.is_empty()) })
    }

    /// Says when the runtime's version changes.
    pub async fn manage_runtime(
        &self,
        name: &str,
        version: Option<&str>,
        how: &RuntimeManagement,
    ) -> Result<(), Error> {
        let request = self.lambda.put_runtime_management_config().function_name(name);
        let request = request.set_qualifier(version.map(ToOwned::to_owned));
        let request = request.update_runtime_on(UpdateRuntimeOn::from(how.update_on.as_str()));
        let sent = request.set_runtime_version_arn(how.version_arn.clone()).send().await;
        sent.map(drop).map_err(|error| failure("PutRuntimeManagementConfig", name, &error))
    }

    /// The statements of the policy.
    pub async fn statements(&self, name: &str, alias: Option<&str>) -> Result<Vec<Statement>, Error> {
        let request = self.lambda.get_policy().function_name(name).set_qualifier(alias.map(ToOwned::to_owned));
        match request.send().await {
            Ok(answer) => Ok(Statement::all(&answer.policy.unwrap_or_default(), alias)),
            Err(error) if code_is(&error, NOT_FOUND) => Ok(Vec::new()),
            Err(error) => Err(failure("GetPolicy", name, &error)),
        }
    }

    /// Adds a statement.
    pub async fn add_permission(
        &self,
        name: &str,
        alias: Option<&str>,
        id: &str,
        permission: &Permission,
    ) -> Result<(), Error> {
        let request = self
            .lambda
            .add_permission()
            .function_name(name)
            .set_qualifier(alias.map(ToOwned::to_owned))
            .statement_id(id)
            .action(&permission.action)
            .principal(&permission.principal)
            .set_source_arn(permission.source_arn.clone())
            .set_source_account(permission.source_account.clone())
            .set_principal_org_id(permission.principal_org_id.clone())
            .set_event_source_token(permission.event_source_token.clone())
            .set_function_url_auth_type(permission.function_url_auth_type.as_deref().map(FunctionUrlAuthType::from))
            .set_invoked_via_function_url(permission.invoked_via_function_url);
        request.send().await.map(drop).map_err(|error| failure("AddPermission", name, &error))
    }

    /// Removes a statement, if it is there.
    pub async fn remove_permission(&self, name: &str, alias: Option<&str>, id: &str) -> Result<(), Error> {
        let request = self.lambda.remove_permission().function_name(name).statement_id(id);
        match request.set_qualifier(alias.map(ToOwned::to_owned)).send().await {
            Ok(_) => Ok(()),
            Err(error) if code_is(&error, NOT_FOUND) => Ok(()),
            Err(error) => Err(failure("RemovePermission", name, &error)),
        }
    }

    /// The URL.
    pub async fn url(&self, name: &str, alias: Option<&str>) -> Result<Option<FoundUrl>, Error> {
        let request = self.lambda.get_function_url_config().function_name(name);
        match request.set_qualifier(alias.map(ToOwned::to_owned)).send().await {
            Ok(answer) => {
                let is = Url {
                    auth_type: answer.auth_type.as_str().to_owned(),
                    invoke_mode: Some(answer.invoke_mode.unwrap_or(InvokeMode::Buffered).as_str().to_owned()),
                    cors: Some(answer.cors.map(Cors::from).unwrap_or_default()),
                    permissions: None,
                };
                Ok(Some(FoundUrl { url: answer.function_url, is }))
            }
            Err(error) if code_is(&error, NOT_FOUND) => Ok(None),
            Err(error) => Err(failure("GetFunctionUrlConfig", name, &error)),
        }
    }

    /// Gives it a URL.
    pub async fn create_url(&self, name: &str, alias: Option<&str>, url: &Url) -> Result<(), Error> {
        let request = self
            .lambda
            .create_function_url_config()
            .function_name(name)
            .set_qualifier(alias.map(ToOwned::to_owned))
            .auth_type(FunctionUrlAuthType::from(url.auth_type.as_str()))
            .set_invoke_mode(url.invoke_mode.as_deref().map(InvokeMode::from))
            .set_cors(url.cors.as_ref().filter(|cors| **cors != Cors::default()).map(Cors::request));
        request.send().await.map(drop).map_err(|error| failure("CreateFunctionUrlConfig", name, &error))
    }

    /// Changes the URL.
    pub async fn update_url(&self, name: &str, alias: Option<&str>, url: &Url) -> Result<(), Error> {
        let request = self
            .lambda
            .update_function_url_config()
            .function_name(name)
            .set_qualifier(alias.map(ToOwned::to_owned))
            .auth_type(FunctionUrlAuthType::from(url.auth_type.as_str()))
            .set_invoke_mode(url.invoke_mode.as_deref().map(InvokeMode::from))
            .set_cors(url.cors.as_ref().map(Cors::request));
        request.send().await.map(drop).map_err(|error| failure("UpdateFunctionUrlConfig", name, &error))
    }

    /// Takes the URL away, if there is one.
    pub async fn delete_url(&self, name: &str, alias: Option<&str>) -> Result<(), Error> {
        let request = self.lambda.delete_function_url_config().function_name(name);
        match request.set_qualifier(alias.map(ToOwned::to_owned)).send().await {
            Ok(_) => Ok(()),
            Err(error) if code_is(&error, NOT_FOUND) => Ok(()),
            Err(error) => Err(failure("DeleteFunctionUrlConfig", name, &error)),
        }
    }

    /// What becomes of events.
    pub async fn events(&self, name: &str, alias: Option<&str>) -> Result<Option<EventInvoke>, Error> {
        let request = self.lambda.get_function_event_invoke_config().function_name(name);
        match request.set_qualifier(alias.map(ToOwned::to_owned)).send().await {
            Ok(answer) => Ok(Some(EventInvoke {
                maximum_retry_attempts: answer.maximum_retry_attempts,
                maximum_event_age: answer.maximum_event_age_in_seconds,
                destinations: Some(answer.destination_config.map(Destinations::from).unwrap_or_default()),
            })),
            Err(error) if code_is(&error, NOT_FOUND) => Ok(None),
            Err(error) => Err(failure("GetFunctionEventInvokeConfig", name, &error)),
        }
    }

    /// Says what becomes of events.
    pub async fn handle_events(
        &self,
        name: &str,
        alias: Option<&str>,
        events: Option<&EventInvoke>,
    ) -> Result<(), Error> {
        let qualifier = alias.map(ToOwned::to_owned);
        let Some(events) = events else {
            let request = self.lambda.delete_function_event_invoke_config().function_name(name);
            return match request.set_qualifier(qualifier).send().await {
                Ok(_) => Ok(()),
                Err(error) if code_is(&error, NOT_FOUND) => Ok(()),
                Err(error) => Err(failure("DeleteFunctionEventInvokeConfig", name, &error)),
            };
        };
        let request = self
            .lambda
            .put_function_event_invoke_config()
            .function_name(name)
            .set_qualifier(qualifier)
            .set_maximum_retry_attempts(events.maximum_retry_attempts)
            .set_maximum_event_age_in_seconds(events.maximum_event_age)
            .set_destination_config(events.destinations.as_ref().map(Destinations::request));
        request.send().await.map(drop).map_err(|error| failure("PutFunctionEventInvokeConfig", name, &error))
    }

    /// How many environments are kept ready for an alias.
    pub async fn provisioned(&self, name: &str, alias: Option<&str>) -> Result<Option<Provisioned>, Error> {
        let request = self.lambda.get_provisioned_concurrency_config().function_name(name);
        match request.set_qualifier(alias.map(ToOwned::to_owned)).send().await {
            Ok(answer) => {
                let reason = answer.status_reason.unwrap_or_else(|| "AWS gives no reason".to_owned());
                let status = match answer.status {
                    Some(ProvisionedConcurrencyStatusEnum::Ready) => Status::Ready,
                    Some(ProvisionedConcurrencyStatusEnum::Failed) => Status::Failed { reason, code: None },
                    _ => Status::Wait,
                };
                let requested = answer.requested_provisioned_concurrent_executions.unwrap_or_default();
                Ok(Some(Provisioned { requested, status }))
            }
            Err(error) if code_is(&error, NOT_PROVISIONED) || code_is(&error, NOT_FOUND) => Ok(None),
            Err(error) => Err(failure("GetProvisionedConcurrencyConfig", name, &error)),
        }
    }

    /// Keeps so many environments ready for an alias.
    pub async fn provision(&self, name: &str, alias: Option<&str>, count: Option<i32>) -> Result<(), Error> {
        let qualifier = alias.map(ToOwned::to_owned);
        let Some(count) = count else {
            let request = self.lambda.delete_provisioned_concurrency_config().function_name(name);
            return match request.set_qualifier(qualifier).send().await {
                Ok(_) => Ok(()),
                Err(error) if code_is(&error, NOT_FOUND) || code_is(&error, NOT_PROVISIONED) => Ok(()),
                Err(error) => Err(failure("DeleteProvisionedConcurrencyConfig", name, &error)),
            };
        };
        let request = self.lambda.put_provisioned_concurrency_config().function_name(name);
        let request = request.set_qualifier(qualifier).provisioned_concurrent_executions(count);
        request.send().await.map(drop).map_err(|error| failure("PutProvisionedConcurrencyConfig", name, &error))
    }
}

impl Cors {
    fn request(&self) -> AwsCors {
        // An empty one takes it away.
        if *self == Self::default() {
            return AwsCors::builder().build();
        }
        let list = |list: &Vec<String>| Some(list.clone()).filter(|list| !list.is_empty());
        AwsCors::builder()
            .allow_credentials(self.allow_credentials)
            .set_allow_headers(list(&self.allow_headers))
            .set_allow_methods(list(&self.allow_methods))
            .set_allow_origins(list(&self.allow_origins))
            .set_expose_headers(list(&self.expose_headers))
            .max_age(self.max_age)
            .build()
    }
}

impl From<AwsCors> for Cors {
    fn from(cors: AwsCors) -> Self {
        let told = Self {
            allow_credentials: cors.allow_credentials.unwrap_or_default(),
            allow_headers: cors.allow_headers.unwrap_or_default(),
            allow_methods: cors.allow_methods.unwrap_or_default(),
            allow_origins: cors.allow_origins.unwrap_or_default(),
            expose_headers: cors.expose_headers.unwrap_or_default(),
            max_age: cors.max_age.unwrap_or_default(),
        };
        told.normal()
    }
}

impl Destinations {
    fn request(&self) -> DestinationConfig {
        let success = self.on_success.as_ref().map(|arn| OnSuccess::builder().destination(arn).build());
        let failure = self.on_failure.as_ref().map(|arn| OnFailure::builder().destination(arn).build());
        DestinationConfig::builder().set_on_success(success).set_on_failure(failure).build()
    }
}

/// AWS tells destinations that are not there as objects without one.
impl From<DestinationConfig> for Destinations {
    fn from(config: DestinationConfig) -> Self {
        let named = |arn: Option<String>| arn.filter(|arn| !arn.is_empty());
        Self {
            on_success: config.on_success.and_then(|one| named(one.destination)),
            on_failure: config.on_failure.and_then(|one| named(one.destination)),
        }
    }
}
