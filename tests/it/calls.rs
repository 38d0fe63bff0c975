//! What is asked of AWS beside deployments: how often, and how long an answer is waited for.

use std::time::Duration;

use aws_smithy_types::retry::RetryConfig;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_pack_native::cancel::Cancel;
use lambda_pack_native::deploy::{
    InvocationType, InvokeOptions, LogsOptions, RemoveOptions, Tail, When, invoke, remove,
};
use lambda_pack_native::error::{Error, ErrorCode};
use lambda_pack_native::progress::Silent;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::script::{Answer, Replay, function, lines, not_found, ok, refusal, replay, replay_below, s3, silence};

const INVOKE: &str = "POST /2015-03-31/functions/f/invocations";
const GET: &str = "GET /2015-03-31/functions/f";
const DELETE: &str = "DELETE /2015-03-31/functions/f";

/// As the SDK is by itself: three attempts.
fn standard() -> RetryConfig {
    RetryConfig::standard()
}

async fn called(options: InvokeOptions, answers: Vec<Answer>) -> (Result<String, Error>, Replay, Duration) {
    let (cloud, client) = replay(answers, standard());
    let began = Instant::now();
    let answered = Box::pin(invoke(&cloud, "f", options, &Silent, &Cancel::new())).await;
    let payload = answered.map(|answer| String::from_utf8(answer.payload).unwrap());
    (payload, client, began.elapsed())
}

fn throttled() -> Answer {
    refusal(429, "TooManyRequestsException", "Rate Exceeded.")
}

#[tokio::test(start_paused = true)]
async fn a_call_is_made_again_only_when_lambda_refused_it_for_too_many() {
    let (payload, client, _) =
        called(InvokeOptions::default(), vec![throttled(), throttled(), ok(&json!({ "done": true }))]).await;
    assert_eq!(payload.unwrap(), r#"{"done":true}"#);
    assert_eq!(lines(&client.calls()), [INVOKE; 3]);
    let (payload, client, waited) = called(InvokeOptions::default(), (0..7).map(|_| throttled()).collect()).await;
    assert_eq!(payload.unwrap_err().code(), ErrorCode::Throttled);
    assert_eq!(client.calls().len(), 7);
    // Pauses of any part of 0.25, 0.5, 1, 2, 4 and 8 seconds.
    assert!(waited.as_secs_f64() < 15.8, "{waited:?}");
    let short = InvokeOptions { timeout: Some(Duration::from_millis(1)), ..InvokeOptions::default() };
    let (payload, client, _) = called(short, (0..7).map(|_| throttled()).collect()).await;
    assert!(matches!(payload.unwrap_err(), Error::NoAnswer { .. }), "the time of the call goes for all attempts");
    assert!(client.calls().len() < 7);
    for (status, code) in [
        (500, "ServiceException"),
        (502, "EC2UnexpectedException"),
        (502, "EFSIOException"),
        (503, "ServiceUnavailable"),
        (504, "GatewayTimeout"),
        (400, "ThrottledByFunction"),
    ] {
        let (payload, client, _) = called(InvokeOptions::default(), vec![refusal(status, code, "No.")]).await;
        assert_eq!(payload.unwrap_err().code(), ErrorCode::RequestFailed, "{code}");
        assert_eq!(client.calls().len(), 1, "{code} may have run");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_waited_for_as_long_as_a_function_may_run() {
    let queued = InvokeOptions { invocation_type: InvocationType::Event, ..InvokeOptions::default() };
    let short = InvokeOptions { timeout: Some(Duration::from_secs(7)), ..InvokeOptions::default() };
    for (options, seconds) in [(InvokeOptions::default(), 930), (queued, 60), (short, 7)] {
        let (payload, client, waited) = called(options, vec![silence()]).await;
        let error = payload.unwrap_err();
        assert!(matches!(&error, Error::NoAnswer { seconds: told, .. } if *told == seconds), "{error:?}");
        assert_eq!((waited.as_secs(), client.calls().len()), (seconds, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_may_have_a_path_of_its_own() {
    let (cloud, client) = replay_below("/aws/2020", vec![silence()]);
    let began = Instant::now();
    let answered = Box::pin(invoke(&cloud, "f", InvokeOptions::default(), &Silent, &Cancel::new())).await;
    assert!(matches!(answered.map(drop), Err(Error::NoAnswer { .. })));
    assert_eq!(began.elapsed().as_secs(), 930);
    assert_eq!(lines(&client.calls()), ["POST /aws/2020/2015-03-31/functions/f/invocations"]);
}

#[tokio::test(start_paused = true)]
async fn what_goes_along_with_an_event_is_in_the_headers() {
    let options = InvokeOptions {
        qualifier: Some("live".to_owned()),
        payload: Some(b"[1]".to_vec()),
        logs: true,
        client_context: Some(br#"{"custom":{"a":1}}"#.to_vec()),
        ..InvokeOptions::default()
    };
    let (_, client, _) = called(options, vec![ok(&Value::Null)]).await;
    let [call] = &client.calls()[..] else { panic!("one call is made") };
    assert_eq!(call.line, format!("{INVOKE}?Qualifier=live"));
    assert_eq!(call.body, json!([1]));
    let header = |name: &str| call.headers.get(name).map(String::as_str);
    assert_eq!(header("x-amz-invocation-type"), Some("RequestResponse"));
    assert_eq!(header("x-amz-log-type"), Some("Tail"));
    let context = STANDARD.decode(header("x-amz-client-context").unwrap()).unwrap();
    assert_eq!(context, br#"{"custom":{"a":1}}"#);
    let published = InvokeOptions { qualifier: Some("$LATEST.PUBLISHED".to_owned()), ..InvokeOptions::default() };
    let (_, client, _) = called(published, vec![ok(&Value::Null)]).await;
    assert_eq!(lines(&client.calls()), [format!("{INVOKE}?Qualifier=%24LATEST.PUBLISHED")]);
}

pub fn page(events: &[(&str, i64)], token: Option<&str>) -> Answer {
    let events: Vec<_> = events
        .iter()
        .map(|(id, at)| {
            json!({
                "eventId": id, "timestamp": at, "ingestionTime": at, "message": id,
                "logStreamName": "2026/04/30/[$LATEST]a",
            })
        })
        .collect();
    ok(&json!({ "events": events, "nextToken": token }))
}

fn joined(first: Vec<Answer>, then: Vec<Answer>) -> Vec<Answer> {
    first.into_iter().chain(then).collect()
}

async fn followed(answers: Vec<Answer>) -> (Tail, Replay) {
    let (cloud, client) = replay(joined(vec![function(&json!({}))], answers), RetryConfig::disabled());
    let options = LogsOptions { since: Some(When::Milliseconds(0.0)), follow: true, ..LogsOptions::default() };
    (Tail::open(cloud, "f", options, &Silent, &Cancel::new()).await.unwrap(), client)
}

async fn next(tail: &mut Tail) -> Result<Vec<String>, Error> {
    let events = tail.next(&Silent, &Cancel::new()).await?;
    Ok(events.into_iter().map(|event| event.id).collect())
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_followed_is_read_to_its_end_and_then_each_two_seconds() {
    let (first, second) = (4_000_000_000_000, 4_000_000_060_000);
    let (mut tail, client) = followed(vec![
        page(&[("a", first)], Some("more")),
        page(&[], Some("still more")),
        page(&[("b", second)], None),
        page(&[("a", first), ("b", second)], None),
        page(&[("b", second), ("late", second - 1)], None),
    ])
    .await;
    let began = Instant::now();
    assert_eq!(next(&mut tail).await.unwrap(), ["a"]);
    assert_eq!(next(&mut tail).await.unwrap(), ["b"]);
    assert_eq!(began.elapsed(), Duration::ZERO, "what is there is not waited for");
    assert_eq!(next(&mut tail).await.unwrap(), ["late"]);
    assert_eq!(began.elapsed().as_secs(), 4);
    let asked: Vec<_> = client.calls()[1..]
        .iter()
        .map(|call| (call.body["startTime"].clone(), call.body["nextToken"].clone()))
        .collect();
    let again = second - 2 * 60 * 1000;
    assert_eq!(
        asked,
        [
            (json!(0), Value::Null),
            (json!(0), json!("more")),
            (json!(0), json!("still more")),
            (json!(again), Value::Null),
            (json!(again), Value::Null),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_followed_outlasts_refusals_of_five_minutes_and_no_more() {
    let busy = || refusal(400, "ThrottlingException", "Rate exceeded");
    let (mut tail, client) = followed((0..60).map(|_| busy()).chain([page(&[("a", 1)], None)]).collect()).await;
    assert_eq!(next(&mut tail).await.unwrap(), ["a"]);
    assert_eq!(client.calls().len(), 1 + 60 + 1);
    let (mut tail, _) = followed((0..1000).map(|_| busy()).collect()).await;
    let began = Instant::now();
    assert_eq!(next(&mut tail).await.unwrap_err().code(), ErrorCode::Throttled);
    assert!((299..=300).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    let (mut tail, client) = followed(vec![refusal(400, "AccessDeniedException", "No.")]).await;
    assert_eq!(next(&mut tail).await.unwrap_err().code(), ErrorCode::AccessDenied);
    assert_eq!(client.calls().len(), 2, "what will not pass is not asked again");
}

#[tokio::test(start_paused = true)]
async fn a_removal_waits_for_a_change_under_way_and_asks_again() {
    let busy = || refusal(409, "ResourceConflictException", "An update is in progress for resource: f");
    let none = |list: &str| ok(&json!({ list: [] }));
    let looks = || {
        vec![
            function(&json!({})),
            none("Versions"),
            none("Aliases"),
            none("FunctionUrlConfigs"),
            none("EventSourceMappings"),
        ]
    };
    let changing = || function(&json!({ "LastUpdateStatus": "InProgress" }));
    let gone = || s3(204, vec![]);
    let removed = async |answers: Vec<Answer>| {
        let (cloud, client) = replay(joined(looks(), answers), RetryConfig::disabled());
        let removal = Box::pin(remove(&cloud, "f", RemoveOptions::default(), &Silent, &Cancel::new())).await;
        (removal, client.calls().split_off(5))
    };
    let (removal, calls) = removed(vec![busy(), changing(), changing(), function(&json!({})), gone()]).await;
    assert!(removal.unwrap().removed);
    assert_eq!(lines(&calls), [DELETE, GET, GET, GET, DELETE]);
    // Somebody else has removed it meanwhile.
    let (removal, calls) = removed(vec![busy(), not_found()]).await;
    assert!(removal.unwrap().removed);
    assert_eq!(lines(&calls), [DELETE, GET]);
    let (removal, calls) = removed(vec![not_found()]).await;
    assert!(removal.unwrap().removed);
    assert_eq!(lines(&calls), [DELETE]);
}
