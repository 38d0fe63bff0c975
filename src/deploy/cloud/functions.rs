//! Calls about a function itself.

use std::collections::BTreeMap;

use aws_sdk_lambda::types::{Architecture, FunctionCode, FunctionConfiguration, Runtime};

use super::code::{Code, Parts};
use super::{Cloud, NOT_FOUND, code_is};
use crate::deploy::failure::failure;
use crate::deploy::function::Function;
use crate::deploy::settings::Settings;
use crate::error::Error;

/// The function as the answer to a change describes it; nothing where it does not.
macro_rules! described {
    ($answer:expr) => {{
        let answer = $answer;
        let is_whole = answer.revision_id.is_some();
        let configuration = FunctionConfiguration::builder()
            .set_function_name(answer.function_name)
            .set_function_arn(answer.function_arn)
            .set_runtime(answer.runtime)
            .set_role(answer.role)
            .set_handler(answer.handler)
            .code_size(answer.code_size)
            .set_description(answer.description)
            .set_timeout(answer.timeout)
            .set_memory_size(answer.memory_size)
            .set_last_modified(answer.last_modified)
            .set_code_sha256(answer.code_sha256)
            .set_version(answer.version)
            .set_vpc_config(answer.vpc_config)
            .set_dead_letter_config(answer.dead_letter_config)
            .set_environment(answer.environment)
            .set_kms_key_arn(answer.kms_key_arn)
            .set_tracing_config(answer.tracing_config)
            .set_master_arn(answer.master_arn)
            .set_revision_id(answer.revision_id)
            .set_layers(answer.layers)
            .set_file_system_configs(answer.file_system_configs)
            .set_package_type(answer.package_type)
            .set_architectures(answer.architectures)
            .set_ephemeral_storage(answer.ephemeral_storage)
            .set_snap_start(answer.snap_start)
            .set_logging_config(answer.logging_config)
            .set_tenancy_config(answer.tenancy_config)
            .set_capacity_provider_config(answer.capacity_provider_config)
            .set_durable_config(answer.durable_config)
            .build();
        is_whole.then(|| Function::from(configuration))
    }};
}

/// A request with the settings that a function can be made with and changed to.
macro_rules! with_settings {
    ($request:expr, $settings:expr) => {{
        let settings = $settings;
        $request
            .set_runtime(settings.runtime.as_deref().map(Runtime::from))
            .set_role(settings.role.clone())
            .set_handler(settings.handler.clone())
            .set_description(settings.description.clone())
            .set_timeout(settings.timeout)
            .set_memory_size(settings.memory_size)
            .set_environment(settings.environment())
            .set_kms_key_arn(settings.kms_key_arn.clone())
            .set_layers(settings.layers.clone())
            .set_vpc_config(settings.vpc_config())
            .set_dead_letter_config(settings.dead_letter_config())
            .set_tracing_config(settings.tracing_config())
            .set_file_system_configs(settings.file_system_configs())
            .set_ephemeral_storage(settings.ephemeral_storage())
            .set_snap_start(settings.snap_start())
            .set_logging_config(settings.logging_config())
            .set_durable_config(settings.durable_config())
            .set_capacity_provider_config(settings.capacity_provider_config())
    }};
}

impl Cloud {
    /// The function, or its version `qualifier`; nothing when it does not exist.
    pub async fn function(&self, name: &str, qualifier: Option<&str>) -> Result<Option<Function>, Error> {
        let request = self.lambda.get_function().function_name(name).set_qualifier(qualifier.map(ToOwned::to_owned));
        match request.send().await {
            Ok(answer) => {
                let (concurrency, code) = (answer.concurrency, answer.code);
                let tags = answer.tags_error.map_or(Ok(answer.tags), Err);
                Ok(answer.configuration.map(|found| Function::from(found).with(tags, concurrency, code)))
            }
            Err(error) if code_is(&error, NOT_FOUND) => Ok(None),
            Err(error) => Err(failure("GetFunction", name, &error)),
        }
    }

    /// Makes the function. `kms_key` encrypts its code. Like the changes below it tells the function as AWS then has it.
    pub async fn create_function(
        &self,
        name: &str,
        settings: &Settings,
        code: Code,
        kms_key: Option<&String>,
    ) -> Result<Option<Function>, Error> {
        let timeouts = self.sending(&code);
        let Parts { bytes, bucket, key, version, storage_mode, room: _room } = code.parts().await?;
        let package = FunctionCode::builder()
            .set_zip_file(bytes)
            .set_s3_bucket(bucket)
            .set_s3_key(key)
            .set_s3_object_version(version)
            .set_s3_object_storage_mode(storage_mode)
            .set_source_kms_key_arn(kms_key.cloned());
        let request = self.lambda.create_function().function_name(name).code(package.build());
        let request = with_settings!(request, settings)
            .set_tenancy_config(settings.tenancy_config())
            .set_code_signing_config_arn(settings.code_signing_config.clone())
            .set_architectures(settings.architecture.as_deref().map(|one| vec![Architecture::from(one)]))
            .set_tags(settings.tags.clone().map(|tags| tags.into_iter().collect()));
        let overrides = aws_sdk_lambda::config::Config::builder().timeout_config(timeouts);
        request
            .customize()
            .config_override(overrides)
            .send()
            .await
            .map(|answer| described!(answer))
            .map_err(|error| failure("CreateFunction", name, &error))
    }

    /// Changes the function's code, if the function is still at `revision`. `kms_key` encrypts it: without one it would be
    /// AWS's, whatever was there before.
    pub async fn update_code(
        &self,
        name: &str,
        architecture: &str,
        code: Code,
        kms_key: Option<String>,
        revision: Option<String>,
    ) -> Result<Option<Function>, Error> {
        let timeouts = self.sending(&code);
        let Parts { bytes, bucket, key, version, storage_mode, room: _room } = code.parts().await?;
        let request = self
            .lambda
            .update_function_code()
            .function_name(name)
            .architectures(Architecture::from(architecture))
            .set_zip_file(bytes)
            .set_s3_bucket(bucket)
            .set_s3_key(key)
            .set_s3_object_version(version)
            .set_s3_object_storage_mode(storage_mode)
            .set_source_kms_key_arn(kms_key)
            .set_revision_id(revision);
        let overrides = aws_sdk_lambda::config::Config::builder().timeout_config(timeouts);
        let sent = request.customize().config_override(overrides).send().await;
        sent.map(|answer| described!(answer)).map_err(|error| failure("UpdateFunctionCode", name, &error))
    }

    /// Changes the settings that are set, if the function is still at `revision`.
    pub async fn update_configuration(
        &self,
        name: &str,
        settings: &Settings,
        revision: Option<String>,
    ) -> Result<Option<Function>, Error> {
        let request = self.lambda.update_function_configuration().function_name(name).set_revision_id(revision);
        let request = with_settings!(request, settings);
        let sent = request.send().await;
        sent.map(|answer| described!(answer)).map_err(|error| failure("UpdateFunctionConfiguration", name, &error))
    }

    /// Sets tags of a function by its ARN.
    pub async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), Error> {
        let request = self.lambda.tag_resource().resource(arn).set_tags(Some(tags.clone().into_iter().collect()));
        request.send().await.map(drop).map_err(|error| failure("TagResource", arn, &error))
    }

    /// Removes tags of a function by its ARN.
    pub async fn untag(&self, arn: &str, names: &[String]) -> Result<(), Error> {
        let request = self.lambda.untag_resource().resource(arn).set_tag_keys(Some(names.to_vec()));
        request.send().await.map(drop).map_err(|error| failure("UntagResource", arn, &error))
    }

    /// Keeps so many executions at once for the function, or none.
    pub async fn reserve_concurrency(&self, name: &str, count: Option<i32>) -> Result<(), Error> {
        if let Some(count) = count {
            let request = self.lambda.put_function_concurrency().function_name(name);
            let sent = request.reserved_concurrent_executions(count).send().await;
            sent.map(drop).map_err(|error| failure("PutFunctionConcurrency", name, &error))
        } else {
            let sent = self.lambda.delete_function_concurrency().function_name(name).send().await;
            sent.map_err(|error| failure("DeleteFunctionConcurrency", name, &error)).map(drop)
        }
    }

    /// Removes a function with all its versions, if it is there.
    pub async fn delete_function(&self, name: &str) -> Result<(), Error> {
        match self.lambda.delete_function().function_name(name).send().await {
            Ok(_) => Ok(()),
            Err(error) if code_is(&error, NOT_FOUND) => Ok(()),
            Err(error) => Err(failure("DeleteFunction", name, &error)),
        }
    }
}
