//! Credentials that are asked for once, and once more when AWS says that they have expired. What the SDK caches lasts
//! until the time that it was told; sessions end before it, and files are renewed by others meanwhile.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::Region;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result, SharedCredentialsProvider, future};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};

/// A program that a profile names may ask its user.
const LONGEST: Duration = Duration::from_mins(1);
/// Those that end within this are not begun with.
const SPARE: Duration = Duration::from_secs(30);
/// AWS's codes for it.
const EXPIRED: [&str; 4] = ["ExpiredTokenException", "ExpiredToken", "RequestExpired", "TokenRefreshRequired"];
const BAD_REQUEST: u16 = 400;

/// Where they come from.
#[derive(Debug)]
enum Source {
    /// The SDK's chain, or a profile by its name. Either keeps what it has read, so it is made anew to read again.
    Chain { profile: Option<String>, region: Option<Region> },
    /// Somebody else's.
    Given(SharedCredentialsProvider),
}

/// The credentials of a call.
#[derive(Debug)]
pub struct Renewing {
    source: Source,
    held: Mutex<Held>,
    /// Who asks for all.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Held {
    now: Option<Credentials>,
    /// How often they were renewed.
    renewed: usize,
    /// Whether AWS has taken those that were renewed.
    taken: bool,
}

impl Renewing {
    /// Those of the SDK's chain, or of a profile.
    pub fn chain(profile: Option<String>, region: Option<Region>) -> Arc<Self> {
        Self::new(Source::Chain { profile, region })
    }

    /// Those of somebody else's provider.
    pub fn given(provider: SharedCredentialsProvider) -> Arc<Self> {
        Self::new(Source::Given(provider))
    }

    fn new(source: Source) -> Arc<Self> {
        Arc::new(Self { source, held: Mutex::default(), asking: tokio::sync::Mutex::new(()) })
    }

    /// How often those had been renewed that a request is signed with.
    pub fn of(&self, authorization: &str) -> usize {
        let key = authorization.split_once("Credential=").and_then(|(_, rest)| rest.split('/').next());
        let held = self.held();
        let is_now = held.now.as_ref().is_some_and(|now| Some(now.access_key_id()) == key);
        if is_now || held.renewed == 0 { held.renewed } else { held.renewed - 1 }
    }

    /// AWS says that those have expired that had been renewed so often. Answers whether there is any sense in asking again:
    /// not when they are new, and AWS has never taken them.
    pub fn expired(&self, renewed: usize) -> bool {
        let mut held = self.held();
        if renewed < held.renewed {
            return true;
        }
        if held.renewed > 0 && !held.taken {
            return false;
        }
        *held = Held { now: None, renewed: held.renewed + 1, taken: false };
        true
    }

    /// AWS has taken those that had been renewed so often.
    fn taken(&self, renewed: usize) {
        let mut held = self.held();
        held.taken = held.taken || renewed == held.renewed;
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> Option<Credentials> {
        let soon = SystemTime::now() + SPARE;
        self.held().now.clone().filter(|now| now.expiry().is_none_or(|expiry| expiry > soon))
    }

    async fn get(&self) -> Result {
        if let Some(known) = self.known() {
            return Ok(known);
        }
        let _asking = self.asking.lock().await;
        if let Some(known) = self.known() {
            return Ok(known);
        }
        let found = tokio::time::timeout(LONGEST, self.ask()).await;
        let found = found.map_err(|_| CredentialsError::provider_timed_out(LONGEST))??;
        self.held().now = Some(found.clone());
        Ok(found)
    }

    async fn ask(&self) -> Result {
        // Roles of a profile are assumed by requests of their own, which need a Region too.
        let config = |region: &Option<Region>| ProviderConfig::without_region().with_region(region.clone());
        match &self.source {
            Source::Given(provider) => provider.provide_credentials().await,
            Source::Chain { profile: Some(profile), region } => {
                let provider = ProfileFileCredentialsProvider::builder().configure(&config(region));
                provider.profile_name(profile).build().provide_credentials().await
            }
            Source::Chain { profile: None, region } => {
                let chain = DefaultCredentialsChain::builder().configure(config(region)).region(region.clone());
                chain.build().await.provide_credentials().await
            }
        }
    }
}

/// A provider of the SDK's.
#[derive(Debug, Clone)]
pub struct Provider(pub Arc<Renewing>);

impl ProvideCredentials for Provider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.0.get())
    }
}

/// How often the credentials had been renewed that a request was signed with; an answer carries it.
#[derive(Debug, Clone, Copy)]
pub struct Signed(pub usize);

/// Says that a request whose credentials have expired is to be tried once more.
#[derive(Debug)]
pub struct Again(pub Arc<Renewing>);

impl ClassifyRetry for Again {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let signed = context.response().and_then(|response| Some((response, response.extension::<Signed>()?.0)));
        match signed {
            Some((response, renewed)) if says_expired(response) => {
                if self.0.expired(renewed) {
                    RetryAction::client_error()
                } else {
                    RetryAction::RetryForbidden
                }
            }
            Some((_, renewed)) => {
                self.0.taken(renewed);
                RetryAction::NoActionIndicated
            }
            None => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "Expired credentials"
    }

    fn priority(&self) -> RetryClassifierPriority {
        // The last word: the SDK's own would give up.
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// Whether AWS says so: Lambda in a header, the logs in JSON, S3 in XML, and of HEAD, where it has no words, by a status that says little
/// else but the signature of another Region.
fn says_expired(response: &HttpResponse) -> bool {
    let (status, headers) = (response.status(), response.headers());
    if status.is_success() {
        return false;
    }
    if let Some(code) = headers.get("x-amzn-errortype") {
        return EXPIRED.contains(&bare(code));
    }
    let text = response.body().bytes().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    if text.is_empty() {
        return status.as_u16() == BAD_REQUEST && headers.get("x-amz-bucket-region").is_none();
    }
    if let Ok(json) = serde_json::from_str::<Refusal>(text) {
        return json.code.is_some_and(|code| EXPIRED.contains(&bare(&code)));
    }
    EXPIRED.iter().any(|code| text.contains(&format!("<Code>{code}</Code>")))
}

/// A refusal in JSON.
#[derive(serde::Deserialize)]
struct Refusal {
    #[serde(rename = "__type", alias = "code", alias = "Code")]
    code: Option<String>,
}

/// A code without the name of the service before it and the address behind it.
fn bare(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or_default();
    code.rsplit('#').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[tokio::test]
    async fn what_has_expired_is_renewed_once_until_aws_takes_it() {
        let renewing = Renewing::given(SharedCredentialsProvider::new(Credentials::for_tests()));
        let key = renewing.get().await.unwrap().access_key_id().to_owned();
        let signed = format!("AWS4-HMAC-SHA256 Credential={key}/20260101/r/lambda/aws4_request, Signature=0");
        assert_eq!(renewing.of(&signed), 0);
        assert!(renewing.expired(0));
        assert!(renewing.expired(0), "another request with those before is tried with the new ones too");
        renewing.get().await.unwrap();
        assert_eq!(renewing.of(&signed), 1);
        assert!(!renewing.expired(1), "new, and refused at once");
        renewing.taken(1);
        assert!(renewing.expired(1), "they were good for a while");
    }

    #[test]
    fn each_service_says_in_its_own_way_that_they_have_expired() {
        let says = |status: u16, header: Option<&'static str>, body: &'static str| {
            let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
            if let Some(header) = header {
                response.headers_mut().insert("x-amzn-errortype", header);
            }
            says_expired(&response)
        };
        assert!(says(403, Some("ExpiredTokenException:http://internal.amazon.com/"), "{}"));
        assert!(says(400, None, r#"{"__type":"ExpiredTokenException","message":"expired"}"#));
        assert!(says(400, None, r#"{"__type":"com.amazonaws.logs#ExpiredTokenException"}"#));
        assert!(says(400, None, r#"{"code":"ExpiredTokenException"}"#));
        assert!(says(400, None, "<Error><Code>ExpiredToken</Code></Error>"));
        assert!(!says(400, None, r#"{"__type":"ThrottlingException","message":"ExpiredTokenException"}"#));
        assert!(!says(400, None, r#"{"message":"ExpiredTokenException"}"#));
        assert!(!says(403, Some("AccessDeniedException"), "<Code>ExpiredToken</Code>"));
        assert!(!says(200, None, r#"{"__type":"ExpiredTokenException"}"#));
    }
}
