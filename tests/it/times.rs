//! How often a request is made, when, and how many there may be a second: by a clock that stands still until it is waited
//! for.

use std::collections::BTreeMap;

use aws_config::{Region, SdkConfig};
use lambda_pack_native::deploy::{Cloud, DeployOptions, S3Options, Settings, Timeouts};
use lambda_pack_native::error::ErrorCode;
use serde_json::json;
use tokio::time::Instant;

use crate::script::{Call, configuration, function, lines, ok, options, refusal, run_with, s3, silence, xml};

const GET: &str = "GET /2015-03-31/functions/f";
const CODE: &str = "PUT /2015-03-31/functions/f/code";

/// As a deployment is connected that was given no times.
fn connected(config: SdkConfig) -> SdkConfig {
    with_times(config, Timeouts::default())
}

fn with_times(config: SdkConfig, timeouts: Timeouts) -> SdkConfig {
    config.into_builder().retry_config(Cloud::retries()).timeout_config(Cloud::times(timeouts)).build()
}

/// The same, at a host and in a Region.
fn connected_to(host: &str, region: &'static str) -> impl FnOnce(SdkConfig) -> SdkConfig {
    move |config| connected(config).into_builder().endpoint_url(host).region(Region::new(region)).build()
}

/// The seconds between each call and the next.
fn pauses(calls: &[Call]) -> Vec<f64> {
    calls.windows(2).map(|two| two[1].at.as_secs_f64() - two[0].at.as_secs_f64()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_server_that_fails_is_asked_seven_times_after_pauses_that_grow() {
    let failed = || refusal(503, "ServiceUnavailableException", "no");
    let (late, _folder) = options();
    let mut answers: Vec<_> = (0..6).map(|_| failed()).collect();
    answers.push(function(&json!({})));
    let (done, calls) = run_with(late, answers, connected).await;
    done.unwrap();
    assert_eq!(lines(&calls), [GET; 7]);
    for (pause, longest) in pauses(&calls).into_iter().zip([0.25, 0.5, 1.0, 2.0, 4.0, 8.0]) {
        assert!(pause <= longest + 0.002, "{pause} of {longest}");
    }

    let (never, _folder) = options();
    let (done, calls) = run_with(never, (0..7).map(|_| failed()).collect(), connected).await;
    assert_eq!(done.unwrap_err().code(), ErrorCode::RequestFailed);
    assert_eq!(calls.len(), 7);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_without_an_answer_is_made_again_after_15_seconds_and_with_code_after_60() {
    let (options, _folder) = options();
    let answers = vec![
        silence(),
        function(&json!({ "CodeSha256": "old" })),
        silence(),
        ok(&configuration(&json!({}))),
        function(&json!({})),
    ];
    let (done, calls) = run_with(options, answers, connected).await;
    done.unwrap();
    assert_eq!(lines(&calls), [GET, GET, CODE, CODE, GET]);
    let pauses = pauses(&calls);
    assert!((15.0..15.3).contains(&pauses[0]), "{pauses:?}");
    assert!((60.0..60.3).contains(&pauses[2]), "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_has_the_time_that_it_was_given() {
    let (options, _folder) = options();
    let timeouts = Timeouts { attempt: Some(2), ..Timeouts::default() };
    let answers = vec![silence(), function(&json!({}))];
    let (done, calls) = run_with(options, answers, |config| with_times(config, timeouts)).await;
    done.unwrap();
    assert!((2.0..2.3).contains(&pauses(&calls)[0]), "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_part_without_an_answer_is_sent_again_when_the_slowest_line_would_have_sent_it() {
    let (options, _folder) = options();
    std::fs::write(&options.package, vec![7; 17 << 20]).unwrap();
    let bucket = Some(S3Options { bucket: "code-bucket".to_owned(), always: true, ..S3Options::default() });
    let upload = "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
    let part = || s3(200, vec![("etag", "e".to_owned())]);
    let answers = vec![
        function(&json!({ "CodeSha256": "old" })),
        s3(404, vec![]),
        s3(200, vec![("x-amz-bucket-region", "eu-central-1".to_owned())]),
        xml(upload),
        silence(),
        part(),
        part(),
        part(),
        xml("<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"),
        ok(&configuration(&json!({ "CodeSha256": sha256_of_sevens() }))),
        function(&json!({ "CodeSha256": sha256_of_sevens() })),
    ];
    let (done, calls) = run_with(DeployOptions { s3: bucket, ..options }, answers, connected).await;
    done.unwrap();
    assert!(calls[4..8].iter().all(|call| call.line.contains("x-id=UploadPart")), "{calls:#?}");
    // Four parts of 8 MiB share a line of 50 KiB a second.
    let again = calls[7].at.as_secs_f64() - calls[4].at.as_secs_f64();
    assert!((715.0..715.5).contains(&again), "{again}");
}

fn sha256_of_sevens() -> String {
    use base64::Engine;
    use sha2::{Digest, Sha256};
    base64::engine::general_purpose::STANDARD.encode(Sha256::digest(vec![7; 17 << 20]))
}

fn tagged(options: DeployOptions) -> DeployOptions {
    let tags = Some(BTreeMap::from([("team".to_owned(), "a".to_owned())]));
    DeployOptions { settings: Settings { tags, ..Settings::default() }, ..options }
}

/// The seconds that so many deployments take, each at a cloud of its own, that set a tag or only look.
async fn seconds_for(count: usize, tag: bool, host: &str, region: &'static str) -> f64 {
    let start = Instant::now();
    for _ in 0..count {
        let (options, _folder) = options();
        let (options, answers) = if tag {
            (tagged(options), vec![function(&json!({})), ok(&json!({}))])
        } else {
            (options, vec![function(&json!({}))])
        };
        run_with(options, answers, connected_to(host, region)).await.0.unwrap();
    }
    start.elapsed().as_secs_f64()
}

#[tokio::test(start_paused = true)]
async fn calls_that_configure_share_15_a_second_of_a_region_whoever_makes_them() {
    let host = "https://rates.amazonaws.com";
    let seconds = seconds_for(30, true, host, "eu-west-1").await;
    assert!((1.0..1.1).contains(&seconds), "{seconds}");
    let elsewhere = seconds_for(15, true, host, "eu-west-2").await;
    assert!(elsewhere < 0.1, "{elsewhere}");
}

#[tokio::test(start_paused = true)]
async fn looks_at_functions_have_100_a_second_of_their_own() {
    let host = "https://looks.amazonaws.com";
    let burst = seconds_for(100, false, host, "eu-west-1").await;
    assert!(burst < 0.1, "{burst}");
    let more = seconds_for(100, false, host, "eu-west-1").await;
    assert!((0.9..1.1).contains(&more), "{more}");
}

#[tokio::test(start_paused = true)]
async fn what_aws_calls_too_many_slows_down_the_calls_after_it() {
    let host = "https://slower.amazonaws.com";
    let (options, _folder) = options();
    let many = refusal(429, "TooManyRequestsException", "Rate exceeded");
    let answers = vec![function(&json!({})), many, ok(&json!({}))];
    run_with(tagged(options), answers, connected_to(host, "eu-west-1")).await.0.unwrap();
    // What was left of the burst is gone, and the rate is 0.7 of what it was.
    let seconds = seconds_for(15, true, host, "eu-west-1").await;
    assert!((1.2..1.5).contains(&seconds), "{seconds}");
}
