//! What every attempt of every request passes: its time-out, and a look at the answer. It is the one place that sees the
//! attempts of the SDK's retries too.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_sdk_lambda::config::SharedHttpClient;
use aws_sdk_lambda::config::http::{HttpRequest, HttpResponse};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::credentials::{Renewing, Signed};

const CONFLICT: u16 = 409;
const BUSY: [&str; 2] = ["<Code>OperationAborted</Code>", "<Code>ConditionalRequestConflict</Code>"];

/// The connections of one [`super::Cloud`].
#[derive(Debug, Clone)]
pub struct Line {
    given: Option<SharedHttpClient>,
    own: Arc<OnceLock<SharedHttpConnector>>,
}

impl Line {
    /// Those of a client that was given, or of our own.
    pub fn new(given: Option<SharedHttpClient>) -> Self {
        Self { given, own: Arc::default() }
    }

    fn connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        // One pool of connections, whatever the time-out of an attempt is: that is ours, below.
        let mut builder = HttpConnectorSettings::builder();
        builder.set_connect_timeout(settings.connect_timeout());
        let settings = builder.build();
        if let Some(given) = &self.given {
            return given.http_connector(&settings, components);
        }
        let connector = || {
            let mut connector = Connector::builder().connector_settings(settings).proxy_config(ProxyConfig::from_env());
            connector.set_sleep_impl(components.sleep_impl());
            // As the SDK's default client has it.
            let tls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
            SharedHttpConnector::new(connector.tls_provider(tls).build())
        };
        self.own.get_or_init(connector).clone()
    }
}

/// The attempts of one client.
#[derive(Debug, Clone)]
pub struct Attempts {
    /// The connections.
    pub line: Line,
    /// What they are signed with.
    pub credentials: Option<Arc<Renewing>>,
}

impl HttpClient for Attempts {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.line.connector(settings, components);
        SharedHttpConnector::new(Attempt { inner, timeout: settings.read_timeout(), attempts: self.clone() })
    }
}

#[derive(Debug)]
struct Attempt {
    inner: SharedHttpConnector,
    timeout: Option<Duration>,
    attempts: Attempts,
}

impl HttpConnector for Attempt {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let credentials = self.attempts.credentials.clone();
        let (inner, timeout) = (self.inner.clone(), self.timeout);
        HttpConnectorFuture::new(async move {
            let signed = credentials.as_ref().and_then(|credentials| {
                request.headers().get("authorization").map(|authorization| Signed(credentials.of(authorization)))
            });
            let mut answer = within(timeout, inner.call(request)).await?;
            if let Some(signed) = signed {
                answer.add_extension(signed);
            }
            Ok(answer)
        })
    }
}

/// Says that an answer which cannot be read is as good as a lost one.
#[derive(Debug)]
pub struct Unreadable;

impl ClassifyRetry for Unreadable {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let done = context.response().is_some_and(|response| response.status().is_success());
        let unread = matches!(context.output_or_error(), Some(Err(_)));
        if done && unread { RetryAction::transient_error() } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "Unreadable answers"
    }
}

/// Says that what S3 refuses because of another request for the same object is to be tried again.
#[derive(Debug)]
pub struct Busy;

impl ClassifyRetry for Busy {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let conflict = context.response().filter(|response| response.status().as_u16() == CONFLICT);
        let text = conflict.and_then(|response| std::str::from_utf8(response.body().bytes()?).ok());
        let busy = text.is_some_and(|text| BUSY.iter().any(|code| text.contains(code)));
        if busy { RetryAction::transient_error() } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "Busy objects"
    }
}

async fn within(timeout: Option<Duration>, answer: HttpConnectorFuture) -> Result<HttpResponse, ConnectorError> {
    match timeout {
        Some(timeout) => tokio::time::timeout(timeout, answer).await.unwrap_or_else(|_| {
            let text = format!("no answer within {} seconds", timeout.as_secs());
            Err(ConnectorError::timeout(text.into()))
        }),
        None => answer.await,
    }
}
