//! AWS, as far as a deployment needs it: one method for each call, with our errors.

mod attachments;
mod code;
mod functions;
mod invoke;
mod logs;
mod remove;
mod status;
mod versions;

use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};

use crate::deploy::options::Connection;
use crate::error::Error;
pub use code::Code;
pub(super) use code::{attempt_for, bytes_of};
pub use invoke::{Invocation, InvocationType, Invoked, Unanswered};
pub use logs::{LogEvent, LogPage, LogQuery};
pub use remove::EventSourceMapping;
pub use status::{StatusAlias, StatusLook};
pub use versions::Alias;

/// A call that sends no code is answered in less than a second; one that hangs is tried again, and then told.
const ATTEMPT: Duration = Duration::from_secs(15);
const CONNECT: Duration = Duration::from_secs(5);

const NOT_FOUND: &str = "ResourceNotFoundException";

/// Clients for one Region and one set of credentials.
#[derive(Debug, Clone)]
pub struct Cloud {
    lambda: aws_sdk_lambda::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
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
        let logs = aws_sdk_cloudwatchlogs::Client::new(config);
        let endpoint = std::env::var("AWS_ENDPOINT_URL_S3").ok().or(config.endpoint_url().map(ToOwned::to_owned));
        let s3 = aws_sdk_s3::config::Builder::from(config)
            // Servers other than AWS know buckets by path alone.
            .force_path_style(endpoint.is_some_and(|url| !url.contains(".amazonaws.com")))
            .build();
        Ok(Self { lambda, logs, s3: aws_sdk_s3::Client::from_conf(s3) })
    }

    /// The Region.
    pub(super) fn region(&self) -> Option<&str> {
        self.s3.config().region().map(AsRef::as_ref)
    }

    /// The client for S3.
    pub(super) fn s3(&self) -> &aws_sdk_s3::Client {
        &self.s3
    }
}

/// Whether AWS answered with that code.
fn code_is<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>, code: &str) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code) == Some(code)
}
