//! AWS by the book: answers in their order, and what was asked.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_lambda::config::SharedHttpClient;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::Format as DateTimeFormat;
use aws_smithy_types::retry::RetryConfig;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_pack_native::archive::Summary;
use lambda_pack_native::cancel::Cancel;
use lambda_pack_native::deploy::{Cloud, DeployOptions, DeployReport, Timeouts, deploy};
use lambda_pack_native::error::Error;
use lambda_pack_native::progress::Silent;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

/// The archive that all tests deploy.
pub const ARCHIVE: &[u8] = b"PK\x05\x06: the content does not matter here";

/// Stands for an answer that never comes.
const SILENCE: u16 = 0;

/// One answer of AWS.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Answer {
    /// The same, at a time by AWS's clock, in milliseconds since 1970.
    pub fn dated(mut self, at: i64) -> Self {
        self.headers.push(("date", DateTime::from_millis(at).fmt(DateTimeFormat::HttpDate).unwrap()));
        self
    }
}

/// An answer with a JSON body.
pub fn ok(body: &Value) -> Answer {
    Answer { status: 200, headers: vec![], body: body.to_string() }
}

/// No answer at all.
pub fn silence() -> Answer {
    Answer { status: SILENCE, headers: vec![], body: String::new() }
}

/// An error of Lambda's.
pub fn refusal(status: u16, code: &str, message: &str) -> Answer {
    let headers = vec![("x-amzn-errortype", code.to_owned()), ("x-amzn-requestid", "request-1".to_owned())];
    Answer { status, headers, body: json!({ "Message": message }).to_string() }
}

/// An answer of S3's, without a body.
pub fn s3(status: u16, headers: Vec<(&'static str, String)>) -> Answer {
    Answer { status, headers, body: String::new() }
}

/// An answer that a function does not exist.
pub fn not_found() -> Answer {
    refusal(404, "ResourceNotFoundException", "Function not found")
}

/// An answer of S3's with a body.
pub fn xml(body: &str) -> Answer {
    Answer { status: 200, headers: vec![], body: body.to_owned() }
}

/// The SHA-256 of [`ARCHIVE`] as AWS writes it.
pub fn sha256() -> String {
    STANDARD.encode(Sha256::digest(ARCHIVE))
}

/// The configuration of a function that runs [`ARCHIVE`].
pub fn configuration(changes: &Value) -> Value {
    let mut all = json!({
        "FunctionName": "f", "FunctionArn": "arn:aws:lambda:eu-central-1:1:function:f", "Runtime": "nodejs24.x",
        "Role": "arn:role", "Handler": "index.handler", "CodeSize": ARCHIVE.len(), "Timeout": 3, "MemorySize": 128,
        "CodeSha256": sha256(), "Version": "$LATEST", "RevisionId": "r1", "State": "Active",
        "LastUpdateStatus": "Successful", "PackageType": "Zip", "Architectures": ["x86_64"],
        "Environment": { "Variables": { "KEPT": "1" } },
    });
    for (key, value) in changes.as_object().unwrap() {
        all[key] = value.clone();
    }
    all
}

/// The answer of `GetFunction`.
pub fn function(changes: &Value) -> Answer {
    ok(&json!({ "Configuration": configuration(changes) }))
}

/// A request that was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Method, path and query.
    pub line: String,
    /// Its JSON, or null.
    pub body: Value,
    /// Its headers.
    pub headers: BTreeMap<String, String>,
    /// When, since the start of the test's clock.
    pub at: Duration,
}

/// Options for the function `f`, with the archive in a folder that goes away with the guard.
pub fn options() -> (DeployOptions, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let package: PathBuf = folder.path().join("function.zip");
    std::fs::write(&package, ARCHIVE).unwrap();
    (DeployOptions { function_name: "f".to_owned(), package, ..DeployOptions::default() }, folder)
}

/// Deploys against the answers, each request once; they must all be used.
pub async fn run(options: DeployOptions, answers: Vec<Answer>) -> (Result<DeployReport, Error>, Vec<Call>) {
    run_with(options, answers, |config| config.into_builder().retry_config(RetryConfig::disabled()).build()).await
}

static RUNS: AtomicUsize = AtomicUsize::new(0);

/// The same, with more in the SDK's configuration.
pub async fn run_with(
    options: DeployOptions,
    answers: Vec<Answer>,
    more: impl FnOnce(SdkConfig) -> SdkConfig,
) -> (Result<DeployReport, Error>, Vec<Call>) {
    let expected = answers.len();
    let (cloud, client) = replay_with(answers, more);
    let content = std::fs::read(&options.package).unwrap();
    let size = content.len() as u64;
    let archive = Summary { sha256: Sha256::digest(content).into(), size, unzipped_size: size, file_count: 1 };
    let done = Box::pin(deploy(&cloud, options, archive, &Silent, &Cancel::new())).await;
    let calls = client.calls();
    assert_eq!(calls.len(), expected, "every answer is used: {calls:#?}");
    (done, calls)
}

/// AWS with those answers, and what is asked of it.
pub fn replay(answers: Vec<Answer>, retries: RetryConfig) -> (Cloud, Replay) {
    // As the library has it for all calls that send no code.
    let times = Cloud::times(Timeouts::default());
    replay_with(answers, |config| config.into_builder().retry_config(retries).timeout_config(times).build())
}

/// AWS at an endpoint that has a path of its own.
pub fn replay_below(path: &str, answers: Vec<Answer>) -> (Cloud, Replay) {
    let times = Cloud::times(Timeouts::default());
    replay_with(answers, |config| {
        let endpoint = format!("{}{path}", config.endpoint_url().unwrap());
        config.into_builder().endpoint_url(endpoint).retry_config(RetryConfig::disabled()).timeout_config(times).build()
    })
}

/// The same, with more in the SDK's configuration.
fn replay_with(answers: Vec<Answer>, more: impl FnOnce(SdkConfig) -> SdkConfig) -> (Cloud, Replay) {
    let client = Replay::new(answers);
    // A host of its own, as the calls of all tests would share one budget, and each has a clock of its own.
    let host = format!("https://run-{}.eu-central-1.amazonaws.com", RUNS.fetch_add(1, Ordering::Relaxed));
    let config = SdkConfig::builder()
        .endpoint_url(host)
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
        .http_client(SharedHttpClient::new(client.clone()))
        .sleep_impl(aws_smithy_async_sleep())
        .build();
    (Cloud::new(&more(config)).unwrap(), client)
}

/// Answers requests in their order, and keeps them.
#[derive(Debug, Clone)]
pub struct Replay(Arc<Mutex<Script>>);

#[derive(Debug)]
struct Script {
    start: Instant,
    answers: VecDeque<Answer>,
    calls: Vec<Call>,
}

impl Replay {
    fn new(answers: Vec<Answer>) -> Self {
        Self(Arc::new(Mutex::new(Script { start: Instant::now(), answers: answers.into(), calls: vec![] })))
    }

    /// What was asked.
    pub fn calls(&self) -> Vec<Call> {
        self.0.lock().unwrap().calls.clone()
    }
}

impl HttpConnector for Replay {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri = request.uri().parse::<http::Uri>().unwrap();
        let line = format!("{} {}", request.method(), uri.path_and_query().unwrap());
        let body = request.body().bytes().and_then(|bytes| serde_json::from_slice(bytes).ok());
        let mut script = self.0.lock().unwrap();
        let at = script.start.elapsed();
        let headers = request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        script.calls.push(Call { line, body: body.unwrap_or(Value::Null), headers, at });
        let answer = script.answers.pop_front();
        if answer.as_ref().is_some_and(|answer| answer.status == SILENCE) {
            return HttpConnectorFuture::new(std::future::pending());
        }
        HttpConnectorFuture::ready(answer.map(response).ok_or_else(|| ConnectorError::user("no answer is left".into())))
    }
}

impl HttpClient for Replay {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn response(answer: Answer) -> HttpResponse {
    let mut response = http::Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    HttpResponse::try_from(response.body(SdkBody::from(answer.body)).unwrap()).unwrap()
}

fn aws_smithy_async_sleep() -> aws_sdk_lambda::config::SharedAsyncSleep {
    aws_sdk_lambda::config::SharedAsyncSleep::new(aws_smithy_async::rt::sleep::TokioSleep::new())
}

/// The lines of the calls.
pub fn lines(calls: &[Call]) -> Vec<&str> {
    calls.iter().map(|call| call.line.as_str()).collect()
}
