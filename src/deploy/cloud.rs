//! AWS, as far as a deployment needs it: one method for each call, with our errors.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{AliasRoutingConfiguration, Architecture, FunctionCode, Runtime};

use crate::deploy::failure::failure;
use crate::deploy::function::Function;
use crate::deploy::options::{Connection, Reserved};
use crate::deploy::settings::Settings;
use crate::error::{AwsKind, Error};

/// A call that sends no code is answered in less than a second; one that hangs is tried again, and then told.
const ATTEMPT: Duration = Duration::from_secs(15);
/// A call with code is answered when Lambda has looked at it.
const ATTEMPT_WITH_CODE: Duration = Duration::from_mins(1);
const CONNECT: Duration = Duration::from_secs(5);
/// A line that is slower than this cannot deploy.
const SLOWEST_BYTES_PER_SECOND: u64 = 50 * 1024;

const NOT_FOUND: &str = "ResourceNotFoundException";

/// The archive, as a request carries it.
#[derive(Debug, Clone)]
pub enum Code {
    /// Its bytes.
    Bytes(Blob),
    /// Where it is.
    Object {
        /// The bucket's name.
        bucket: String,
        /// The object's key.
        key: String,
        /// The object's version, in a bucket that keeps them.
        version: Option<String>,
    },
}

/// The fields of a request that say where the archive is.
#[derive(Default)]
struct Parts {
    bytes: Option<Blob>,
    bucket: Option<String>,
    key: Option<String>,
    version: Option<String>,
}

impl From<Code> for Parts {
    fn from(code: Code) -> Self {
        match code {
            Code::Bytes(bytes) => Self { bytes: Some(bytes), ..Self::default() },
            Code::Object { bucket, key, version } => {
                Self { bucket: Some(bucket), key: Some(key), version, bytes: None }
            }
        }
    }
}

/// Where an alias points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// Its version.
    pub version: String,
    /// Changes with every change of it.
    pub revision_id: Option<String>,
    /// The versions that it gives a share of its calls.
    pub weighted: Vec<String>,
}

impl Alias {
    /// Whether it gives a share of its calls to another version.
    #[must_use]
    pub fn shares(&self) -> bool {
        !self.weighted.is_empty()
    }

    /// All versions that it uses.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.version).chain(&self.weighted).map(String::as_str)
    }

    fn new(version: Option<String>, routing: Option<AliasRoutingConfiguration>, revision_id: Option<String>) -> Self {
        let weights = routing.and_then(|routing| routing.additional_version_weights).unwrap_or_default();
        Self { version: version.unwrap_or_default(), revision_id, weighted: weights.into_keys().collect() }
    }
}

/// Clients for one Region and one set of credentials.
#[derive(Debug, Clone)]
pub struct Cloud {
    lambda: aws_sdk_lambda::Client,
    s3: aws_sdk_s3::Client,
}

impl Cloud {
    /// Reads the SDK's configuration; asks AWS nothing.
    ///
    /// # Errors
    /// [`Error::RegionMissing`].
    pub async fn connect(connection: &Connection) -> Result<Self, Error> {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build();
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard());
        if let Some(region) = &connection.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(endpoint) = &connection.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        if let Some(profile) = &connection.profile {
            // By itself the chain prefers keys of the environment to the named profile: another account, perhaps.
            loader = loader.profile_name(profile);
            let base = loader.load().await;
            // Roles of a profile are assumed by requests of its own, which need a Region too.
            let provider = ProviderConfig::without_region().with_region(base.region().cloned());
            let credentials =
                ProfileFileCredentialsProvider::builder().configure(&provider).profile_name(profile).build();
            let credentials = SharedCredentialsProvider::new(credentials);
            return Self::new(&base.into_builder().credentials_provider(credentials).build());
        }
        Self::new(&loader.load().await)
    }

    /// Clients by a configuration.
    ///
    /// # Errors
    /// [`Error::RegionMissing`].
    pub fn new(config: &SdkConfig) -> Result<Self, Error> {
        if config.region().is_none() {
            return Err(Error::RegionMissing);
        }
        let lambda = aws_sdk_lambda::Client::new(config);
        let endpoint = std::env::var("AWS_ENDPOINT_URL_S3").ok().or(config.endpoint_url().map(ToOwned::to_owned));
        let s3 = aws_sdk_s3::config::Builder::from(config)
            // Servers other than AWS know buckets by path alone.
            .force_path_style(endpoint.is_some_and(|url| !url.contains(".amazonaws.com")))
            .build();
        Ok(Self { lambda, s3: aws_sdk_s3::Client::from_conf(s3) })
    }

    /// The Region.
    pub(super) fn region(&self) -> Option<&str> {
        self.s3.config().region().map(AsRef::as_ref)
    }

    /// The client for S3.
    pub(super) fn s3(&self) -> &aws_sdk_s3::Client {
        &self.s3
    }

    /// The function, or its version `qualifier`; nothing when it does not exist.
    pub async fn function(&self, name: &str, qualifier: Option<&str>) -> Result<Option<Function>, Error> {
        let request = self.lambda.get_function().function_name(name).set_qualifier(qualifier.map(ToOwned::to_owned));
        match request.send().await {
            Ok(answer) => {
                let (tags, concurrency, code) = (answer.tags, answer.concurrency, answer.code);
                Ok(answer.configuration.map(|found| Function::from(found).with(tags, concurrency, code)))
            }
            Err(error) if code_is(&error, NOT_FOUND) => Ok(None),
            Err(error) => Err(failure("GetFunction", name, &error)),
        }
    }

    /// Makes the function.
    pub async fn create_function(&self, name: &str, settings: &Settings, code: Code) -> Result<(), Error> {
        let timeouts = sending(&code);
        let Parts { bytes, bucket, key, version } = code.into();
        let package = FunctionCode::builder()
            .set_zip_file(bytes)
            .set_s3_bucket(bucket)
            .set_s3_key(key)
            .set_s3_object_version(version);
        let request = self
            .lambda
            .create_function()
            .function_name(name)
            .code(package.build())
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
            .set_architectures(settings.architecture.as_deref().map(|one| vec![Architecture::from(one)]))
            .set_tags(settings.tags.clone().map(|tags| tags.into_iter().collect()));
        let overrides = aws_sdk_lambda::config::Config::builder().timeout_config(timeouts);
        request
            .customize()
            .config_override(overrides)
            .send()
            .await
            .map(drop)
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
    ) -> Result<(), Error> {
        let timeouts = sending(&code);
        let Parts { bytes, bucket, key, version } = code.into();
        let request = self
            .lambda
            .update_function_code()
            .function_name(name)
            .architectures(Architecture::from(architecture))
            .set_zip_file(bytes)
            .set_s3_bucket(bucket)
            .set_s3_key(key)
            .set_s3_object_version(version)
            .set_source_kms_key_arn(kms_key)
            .set_revision_id(revision);
        let overrides = aws_sdk_lambda::config::Config::builder().timeout_config(timeouts);
        let sent = request.customize().config_override(overrides).send().await;
        sent.map(drop).map_err(|error| failure("UpdateFunctionCode", name, &error))
    }

    /// Changes the settings that are set, if the function is still at `revision`.
    pub async fn update_configuration(
        &self,
        name: &str,
        settings: &Settings,
        revision: Option<String>,
    ) -> Result<(), Error> {
        let request = self
            .lambda
            .update_function_configuration()
            .function_name(name)
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
            .set_revision_id(revision);
        let sent = request.send().await;
        sent.map(drop).map_err(|error| failure("UpdateFunctionConfiguration", name, &error))
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
    pub async fn reserve_concurrency(&self, name: &str, reserved: Reserved) -> Result<(), Error> {
        match reserved {
            Reserved::Executions(count) => {
                let request = self.lambda.put_function_concurrency().function_name(name);
                let sent = request.reserved_concurrent_executions(count).send().await;
                sent.map(drop).map_err(|error| failure("PutFunctionConcurrency", name, &error))
            }
            Reserved::None => {
                let sent = self.lambda.delete_function_concurrency().function_name(name).send().await;
                sent.map_err(|error| failure("DeleteFunctionConcurrency", name, &error)).map(drop)
            }
        }
    }

    /// Publishes `$LATEST`, if its code still has that SHA-256 and it is still at `revision`, and tells the version's
    /// number.
    pub async fn publish_version(&self, name: &str, sha256: &str, revision: Option<String>) -> Result<String, Error> {
        let request = self.lambda.publish_version().function_name(name).code_sha256(sha256).set_revision_id(revision);
        let answer = request.send().await.map_err(|error| match failure("PublishVersion", name, &error) {
            // AWS's way to say that the code is no longer the one whose hash was sent.
            Error::Aws(mut error) if error.message.contains("CodeSHA256") => {
                error.kind = AwsKind::PreconditionFailed;
                Error::Aws(error)
            }
            error => error,
        })?;
        answer.version.ok_or_else(|| Error::Internal("PublishVersion gave no version".to_owned()))
    }

    /// The version that was published last.
    pub async fn last_version(&self, name: &str) -> Result<Option<Function>, Error> {
        Ok(self.versions(name).await?.into_iter().max_by_key(Function::version_number))
    }

    /// All versions, in no order; none also when there is no such function.
    pub async fn versions(&self, name: &str) -> Result<Vec<Function>, Error> {
        let mut pages = self.lambda.list_versions_by_function().function_name(name).into_paginator().send();
        let mut versions = Vec::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => versions.extend(page.versions.unwrap_or_default().into_iter().map(Function::from)),
                Err(error) if code_is(&error, NOT_FOUND) => return Ok(Vec::new()),
                Err(error) => return Err(failure("ListVersionsByFunction", name, &error)),
            }
        }
        versions.retain(|version| version.version_number() > 0);
        Ok(versions)
    }

    /// All aliases, with their names.
    pub async fn aliases(&self, name: &str) -> Result<Vec<(String, Alias)>, Error> {
        let mut pages = self.lambda.list_aliases().function_name(name).into_paginator().send();
        let mut aliases = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failure("ListAliases", name, &error))?;
            aliases.extend(page.aliases.unwrap_or_default().into_iter().map(|alias| {
                let at = Alias::new(alias.function_version, alias.routing_config, alias.revision_id);
                (alias.name.unwrap_or_default(), at)
            }));
        }
        Ok(aliases)
    }

    /// Removes a function with all its versions, if it is there.
    pub async fn delete_function(&self, name: &str) -> Result<(), Error> {
        match self.lambda.delete_function().function_name(name).send().await {
            Ok(_) => Ok(()),
            Err(error) if code_is(&error, NOT_FOUND) => Ok(()),
            Err(error) => Err(failure("DeleteFunction", name, &error)),
        }
    }

    /// Removes a version, if it is there.
    pub async fn delete_version(&self, name: &str, version: &str) -> Result<(), Error> {
        match self.lambda.delete_function().function_name(name).qualifier(version).send().await {
            Ok(_) => Ok(()),
            Err(error) if code_is(&error, NOT_FOUND) => Ok(()),
            Err(error) => Err(failure("DeleteFunction", name, &error)),
        }
    }

    /// Where an alias points; nothing when there is no such alias.
    pub async fn alias(&self, name: &str, alias: &str) -> Result<Option<Alias>, Error> {
        match self.lambda.get_alias().function_name(name).name(alias).send().await {
            Ok(answer) => Ok(Some(Alias::new(answer.function_version, answer.routing_config, answer.revision_id))),
            Err(error) if code_is(&error, NOT_FOUND) => Ok(None),
            Err(error) => Err(failure("GetAlias", alias, &error)),
        }
    }

    /// Makes an alias.
    pub async fn create_alias(&self, name: &str, alias: &str, version: &str) -> Result<(), Error> {
        let request = self.lambda.create_alias().function_name(name).name(alias).function_version(version);
        request.send().await.map(drop).map_err(|error| failure("CreateAlias", alias, &error))
    }

    /// Points an alias, which is as it was `seen`, at a version, and at no other.
    pub async fn update_alias(
        &self,
        name: &str,
        alias: &str,
        version: &str,
        seen: &Alias,
        revision: Option<String>,
    ) -> Result<(), Error> {
        let none = AliasRoutingConfiguration::builder().set_additional_version_weights(Some(HashMap::new())).build();
        let request = self
            .lambda
            .update_alias()
            .function_name(name)
            .name(alias)
            .function_version(version)
            .set_routing_config(seen.shares().then_some(none))
            .set_revision_id(revision);
        request.send().await.map(drop).map_err(|error| failure("UpdateAlias", alias, &error))
    }
}

fn code_is<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>, code: &str) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code) == Some(code)
}

/// Timeouts of a request that may carry the archive.
fn sending(code: &Code) -> TimeoutConfig {
    let bytes = match code {
        Code::Bytes(bytes) => bytes.as_ref().len() as u64,
        Code::Object { .. } => 0,
    };
    TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(attempt_for(bytes)).build()
}

/// How long one attempt to send so many bytes may take.
pub(super) fn attempt_for(bytes: u64) -> Duration {
    ATTEMPT_WITH_CODE + Duration::from_secs(bytes / SLOWEST_BYTES_PER_SECOND)
}

/// Reads the archive into a request, and makes sure that it is the one that was looked at.
pub(super) async fn bytes_of(package: &Path, sha256: [u8; 32]) -> Result<Code, Error> {
    use sha2::{Digest, Sha256};
    let bytes = tokio::fs::read(package).await.map_err(Error::read(package))?;
    if <[u8; 32]>::from(Sha256::digest(&bytes)) == sha256 {
        Ok(Code::Bytes(Blob::new(bytes)))
    } else {
        Err(Error::FileChanged { path: package.to_owned() })
    }
}
