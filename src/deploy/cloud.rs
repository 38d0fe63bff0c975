//! AWS, as far as a deployment needs it: one method for each call, with our errors.

mod account;
mod attachments;
mod attempts;
mod budget;
mod clock;
mod code;
mod credentials;
mod functions;
mod invoke;
mod logs;
mod remove;
mod status;
mod turn;
mod versions;

use std::sync::Arc;
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_lambda::config::retry::{RetryPartition, TokenBucket};
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};

use crate::deploy::deadline::Deadline;
use crate::deploy::options::{Connection, Timeouts};
use crate::error::Error;
use attempts::{Attempts, Busy, Line, Unreadable};
use clock::Clock;
pub use code::Code;
pub(super) use code::{attempt_for, check};
use credentials::{Again, Provider, Renewing};
pub use invoke::{Invocation, InvocationType, Invoked, Unanswered};
pub use logs::{Group, LogEvent, LogPage, LogQuery};
pub use remove::EventSourceMapping;
pub use status::{StatusAlias, StatusLook};
use turn::{AtItsTurn, Turns};
pub use versions::Alias;

/// A call that sends no code is answered in less than a second; one that hangs is tried again, and then told.
const ATTEMPT: Duration = Duration::from_secs(15);
const CONNECT: Duration = Duration::from_secs(5);
/// The SDK's own three are over within three seconds, which AWS's shortest bad times outlast. These take 8 seconds on
/// average and 16 at most: each pause is a random part of twice the one before.
pub(super) const ATTEMPTS: u32 = 7;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

const NOT_FOUND: &str = "ResourceNotFoundException";

/// Clients for one Region and one set of credentials.
#[derive(Debug, Clone)]
pub struct Cloud {
    lambda: aws_sdk_lambda::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
    s3: aws_sdk_s3::Client,
    sts: aws_sdk_sts::Client,
    credentials: Option<Arc<Renewing>>,
    clock: Clock,
    /// What an attempt may take that was asked for.
    attempt: Option<Duration>,
    _deadline: Option<Arc<Deadline>>,
}

impl Cloud {
    /// Reads the SDK's configuration; asks AWS nothing.
    ///
    /// # Errors
    /// [`Error::RegionMissing`].
    pub async fn connect(connection: &Connection) -> Result<Self, Error> {
        let timeouts = connection.timeouts;
        let loader = aws_config::defaults(BehaviorVersion::v2026_01_12()).no_credentials();
        let mut loader = loader.timeout_config(Self::times(timeouts)).retry_config(Self::retries());
        if let Some(region) = &connection.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(endpoint) = &connection.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        if let Some(profile) = &connection.profile {
            loader = loader.profile_name(profile);
        }
        let config = loader.load().await;
        // By itself the chain prefers keys of the environment to the named profile: another account, perhaps.
        let credentials = Renewing::chain(connection.profile.clone(), config.region().cloned());
        Ok(Self { attempt: timeouts.attempt.map(Duration::from_secs), ..Self::with(config, Some(credentials))? })
    }

    /// How often the SDK makes a request, and after what pauses.
    #[must_use]
    pub fn retries() -> RetryConfig {
        let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS);
        retries.with_initial_backoff(FIRST_PAUSE).with_max_backoff(LONGEST_PAUSE)
    }

    /// No quota of retries: the SDK has one for the whole process, which ends the seven attempts of all when many calls fail
    /// at once. Each has its pauses, and the budget bounds how many there are a second.
    fn partition() -> RetryPartition {
        RetryPartition::custom("lambda-pack-native").token_bucket(TokenBucket::unlimited()).build()
    }

    /// What one attempt may take that carries no archive: until its answer begins, as the SDK looks after the rest.
    #[must_use]
    pub fn times(timeouts: Timeouts) -> TimeoutConfig {
        let attempt = timeouts.attempt.map_or(ATTEMPT, Duration::from_secs);
        TimeoutConfig::builder().connect_timeout(CONNECT.min(attempt)).read_timeout(attempt).build()
    }

    /// Clients by a configuration.
    ///
    /// # Errors
    /// [`Error::RegionMissing`].
    pub fn new(config: &SdkConfig) -> Result<Self, Error> {
        Self::with(config.clone(), config.credentials_provider().map(Renewing::given))
    }

    fn with(config: SdkConfig, credentials: Option<Arc<Renewing>>) -> Result<Self, Error> {
        let told = credentials.clone();
        let Some(region) = config.region().map(ToString::to_string) else { return Err(Error::RegionMissing) };
        let (line, clock) = (Line::new(config.http_client()), Clock::default());
        let attempts = || Attempts { line: line.clone(), credentials: credentials.clone() };
        let provider = credentials.clone().map(|credentials| SharedCredentialsProvider::new(Provider(credentials)));
        let mut config = config.into_builder();
        config.set_credentials_provider(provider);
        // Ours forget what has expired.
        let config = config.identity_cache(IdentityCache::no_cache()).build();
        let mut lambda = aws_sdk_lambda::config::Builder::from(&config)
            .interceptor(clock.clone())
            .interceptor(Turns { region })
            .identity_cache(AtItsTurn)
            .retry_partition(Self::partition())
            .http_client(attempts())
            .retry_classifier(Unreadable);
        let mut logs = aws_sdk_cloudwatchlogs::config::Builder::from(&config)
            .interceptor(clock.clone())
            .retry_partition(Self::partition())
            .http_client(attempts())
            .retry_classifier(Unreadable);
        let endpoint = std::env::var("AWS_ENDPOINT_URL_S3").ok().or(config.endpoint_url().map(ToOwned::to_owned));
        let mut s3 = aws_sdk_s3::config::Builder::from(&config)
            .retry_partition(Self::partition())
            .http_client(attempts())
            .retry_classifier(Unreadable)
            .retry_classifier(Busy)
            // Servers other than AWS know buckets by path alone.
            .force_path_style(endpoint.is_some_and(|url| !url.contains(".amazonaws.com")));
        let mut sts = aws_sdk_sts::config::Builder::from(&config)
            .retry_partition(Self::partition())
            .http_client(attempts())
            .retry_classifier(Unreadable);
        if let Some(credentials) = credentials {
            sts = sts.retry_classifier(Again(Arc::clone(&credentials)));
            lambda = lambda.retry_classifier(Again(Arc::clone(&credentials)));
            logs = logs.retry_classifier(Again(Arc::clone(&credentials)));
            s3 = s3.retry_classifier(Again(credentials));
        }
        Ok(Self {
            lambda: aws_sdk_lambda::Client::from_conf(lambda.build()),
            logs: aws_sdk_cloudwatchlogs::Client::from_conf(logs.build()),
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
            sts: aws_sdk_sts::Client::from_conf(sts.build()),
            credentials: told,
            clock,
            attempt: None,
            _deadline: None,
        })
    }

    /// The same, for a call whose time has begun.
    pub(super) fn until(self, deadline: Deadline) -> Self {
        Self { _deadline: Some(Arc::new(deadline)), ..self }
    }

    /// The Region.
    pub(super) fn region(&self) -> Option<&str> {
        self.s3.config().region().map(AsRef::as_ref)
    }

    /// Milliseconds since 1970 by AWS's clock; nothing before an answer that tells it.
    pub(super) fn now(&self) -> Option<i64> {
        self.clock.now()
    }

    /// The client for S3.
    pub(super) fn s3(&self) -> &aws_sdk_s3::Client {
        &self.s3
    }
}

/// How long to wait after so many attempts, as the SDK does it: any part of twice the time before, so that many that were
/// refused at once do not come back at once.
pub(super) fn pause_after(attempts: u32) -> Duration {
    let longest = FIRST_PAUSE.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(LONGEST_PAUSE);
    let part = getrandom::u32().map_or(1.0, |number| f64::from(number) / f64::from(u32::MAX));
    longest.mul_f64(part)
}

/// Whether AWS answered with that code.
fn code_is<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>, code: &str) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code) == Some(code)
}
