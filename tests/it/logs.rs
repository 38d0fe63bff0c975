//! From when to when a log is read, by whose clock, and where.

use aws_smithy_types::retry::RetryConfig;
use lambda_pack_native::cancel::Cancel;
use lambda_pack_native::deploy::{LogsOptions, Tail, When};
use lambda_pack_native::progress::Silent;
use serde_json::{Value, json};

use crate::calls::page;
use crate::script::{Answer, Replay, function, replay};

/// Our own clock is months ahead of that.
const THEN: i64 = 1_770_000_000_000;
const MINUTE: i64 = 60_000;

async fn opened(name: &str, options: LogsOptions, answers: Vec<Answer>) -> (Tail, Replay) {
    let (cloud, client) = replay(answers, RetryConfig::disabled());
    (Tail::open(cloud, name, options, &Silent, &Cancel::new()).await.unwrap(), client)
}

async fn next(tail: &mut Tail) -> Vec<String> {
    let events = tail.next(&Silent, &Cancel::new()).await.unwrap();
    events.into_iter().map(|event| event.id).collect()
}

/// What was asked of CloudWatch.
fn asked(client: &Replay, field: &str) -> Vec<Value> {
    client.calls()[1..].iter().map(|call| call.body[field].clone()).collect()
}

fn ago(text: &str) -> When {
    When::Text(text.to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_log_is_followed_by_the_clock_of_aws() {
    let follow = LogsOptions { follow: true, ..LogsOptions::default() };
    let answers = vec![
        function(&json!({})).dated(THEN),
        page(&[], None).dated(THEN),
        page(&[], None).dated(THEN + 2000),
        page(&[("a", THEN + 3000)], None).dated(THEN + 20 * MINUTE),
        page(&[("a", THEN + 3000), ("b", THEN + 20 * MINUTE)], None).dated(THEN + 20 * MINUTE),
        page(&[("c", THEN + 21 * MINUTE)], None).dated(THEN + 21 * MINUTE),
    ];
    let (mut tail, client) = opened("f", follow, answers).await;
    assert_eq!(next(&mut tail).await, ["a"]);
    assert_eq!(next(&mut tail).await, ["b"]);
    assert_eq!(next(&mut tail).await, ["c"]);
    let (kept, late) = (5 * MINUTE, 2 * MINUTE);
    let starts = [
        THEN - 10 * MINUTE,
        THEN - kept - late,
        THEN + 2000 - kept - late,
        // By the news alone: the look that met them began before the answer with its later time.
        THEN + 3000 - late,
        THEN + 20 * MINUTE - late,
    ];
    assert_eq!(asked(&client, "startTime"), starts.map(Value::from));
    assert_eq!(asked(&client, "endTime"), [const { Value::Null }; 5]);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_log_is_not_read_again_from_its_beginning() {
    let follow = LogsOptions { since: Some(When::Milliseconds(0.0)), follow: true, ..LogsOptions::default() };
    let looks = (0..600).map(|look| page(&[], None).dated(THEN + look * 2000));
    let last = [page(&[("a", THEN + 1200 * 1000)], None).dated(THEN + 1200 * 1000)];
    let answers = [function(&json!({})).dated(THEN)].into_iter().chain(looks).chain(last).collect();
    let (mut tail, client) = opened("f", follow, answers).await;
    assert_eq!(next(&mut tail).await, ["a"]);
    assert_eq!(asked(&client, "startTime").last(), Some(&json!(THEN + 1198 * 1000 - 7 * MINUTE)));
}

#[tokio::test(start_paused = true)]
async fn what_is_read_once_ends_now_by_the_clock_of_aws() {
    let read = async |options: LogsOptions, first: Answer| {
        let (mut tail, client) = opened("f", options, vec![first, page(&[], None)]).await;
        next(&mut tail).await;
        let [call] = &client.calls()[1..] else { panic!("one page is asked for") };
        (call.body["startTime"].as_i64().unwrap(), call.body["endTime"].as_i64())
    };
    let dated = || function(&json!({})).dated(THEN);
    let usual = read(LogsOptions::default(), dated()).await;
    assert_eq!(usual, (THEN - 10 * MINUTE, Some(THEN + 1000)), "it is told in whole seconds");
    let both = LogsOptions { since: Some(ago("1h")), until: Some(ago("5m")), ..LogsOptions::default() };
    assert_eq!(read(both, dated()).await, (THEN - 60 * MINUTE, Some(THEN - 5 * MINUTE)));
    let (_, until) = read(LogsOptions::default(), function(&json!({}))).await;
    assert_eq!(until, None, "our own clock may be behind");
}

#[tokio::test(start_paused = true)]
async fn following_goes_on_after_the_newest_of_a_limit() {
    let (old, new) = (4_000_000_000_000, 4_000_003_600_000);
    let options = LogsOptions {
        since: Some(When::Milliseconds(2_000_000_000_000.0)),
        follow: true,
        limit: Some(2),
        ..LogsOptions::default()
    };
    let answers = vec![
        function(&json!({})),
        page(&[("d", new), ("c", new - 1), ("b", old + 1)], Some("older")),
        page(&[("b", old + 1), ("c", new - 1), ("d", new), ("e", new + 1)], None),
    ];
    let (mut tail, client) = opened("f", options, answers).await;
    assert_eq!(next(&mut tail).await, ["c", "d"]);
    assert_eq!(next(&mut tail).await, ["e"]);
    assert_eq!(asked(&client, "startTime"), [json!(2_000_000_000_000_i64), json!(new - 2 * MINUTE)]);
    assert_eq!(asked(&client, "nextToken"), [Value::Null, Value::Null], "what is older is not read");
}

#[tokio::test(start_paused = true)]
async fn the_log_of_a_function_is_that_of_its_account() {
    let arn = "arn:aws:lambda:eu-central-1:999999999999:function:f";
    let group = "arn:aws:logs:eu-central-1:999999999999:log-group:/aws/lambda/f";
    for (name, identifier, plain) in [
        (arn, json!(group), Value::Null),
        ("999999999999:function:f", json!(group), Value::Null),
        ("f", Value::Null, json!("/aws/lambda/f")),
    ] {
        let answers = vec![function(&json!({ "FunctionArn": arn })), page(&[], None)];
        let (mut tail, client) = opened(name, LogsOptions::default(), answers).await;
        next(&mut tail).await;
        assert_eq!(asked(&client, "logGroupIdentifier"), [identifier]);
        assert_eq!(asked(&client, "logGroupName"), [plain]);
        assert_eq!(tail.group(), "/aws/lambda/f");
    }
}
