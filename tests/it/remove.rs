//! What a removal leaves alone, and what it tells of what it has not done.

use aws_smithy_types::retry::RetryConfig;
use lambda_pack_native::cancel::Cancel;
use lambda_pack_native::deploy::{Removal, RemoveOptions, remove};
use lambda_pack_native::error::{Error, ErrorCode};
use lambda_pack_native::progress::Silent;
use serde_json::{Value, json};

use crate::script::{Answer, Call, function, lines, not_found, ok, refusal, replay, s3};

const GROUP: &str = "/aws/lambda/f";

async fn removed(name: &str, logs: bool, answers: Vec<Answer>) -> (Result<Removal, Error>, Vec<Call>) {
    let (cloud, client) = replay(answers, RetryConfig::disabled());
    let options = RemoveOptions { logs, ..RemoveOptions::default() };
    let removal = Box::pin(remove(&cloud, name, options, &Silent, &Cancel::new())).await;
    (removal, client.calls())
}

fn mappings(function: &str, ids: &[&str]) -> Answer {
    let all: Vec<_> = ids.iter().map(|id| json!({ "UUID": id, "FunctionArn": function, "State": "Enabled" })).collect();
    ok(&json!({ "EventSourceMappings": all }))
}

fn group(account: &str) -> Answer {
    let arn = format!("arn:aws:logs:eu-central-1:{account}:log-group:{GROUP}:*");
    ok(&json!({ "logGroups": [{ "logGroupName": format!("{GROUP}-2") }, { "logGroupName": GROUP, "arn": arn }] }))
}

fn streams(names: &[&str], token: Option<&str>) -> Answer {
    let all: Vec<_> = names.iter().map(|name| json!({ "logStreamName": name })).collect();
    ok(&json!({ "logStreams": all, "nextToken": token }))
}

fn targets(calls: &[Call]) -> Vec<&str> {
    let target = |call: &Call| call.headers.get("x-amz-target").and_then(|target| target.split('.').nth(1)).is_some();
    calls
        .iter()
        .filter(|call| target(call))
        .map(|call| call.headers["x-amz-target"].split('.').nth(1).unwrap())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_log_group_that_others_have_written_to_stays() {
    let begin = |first, second| vec![not_found(), mappings("", &[]), group("1"), first, second];
    let own = "2026/04/30/[$LATEST]a";
    let (removal, calls) =
        removed("f", true, begin(streams(&[own], Some("more")), streams(&["2026/05/01/g[1]a"], None))).await;
    let removal = removal.unwrap();
    assert_eq!((removal.log_group, removal.shared_log_group.as_deref()), (None, Some(GROUP)));
    assert_eq!(targets(&calls), ["DescribeLogGroups", "DescribeLogStreams", "DescribeLogStreams"]);
    assert_eq!(calls[4].body["nextToken"], "more");
    let pages = begin(streams(&[own], Some("more")), streams(&["2026/05/01/f[1]a", "made by hand"], None));
    let (removal, calls) = removed("f", true, [pages, vec![ok(&json!({}))]].concat()).await;
    let removal = removal.unwrap();
    assert_eq!((removal.log_group.as_deref(), removal.shared_log_group), (Some(GROUP), None));
    assert_eq!(targets(&calls).last(), Some(&"DeleteLogGroup"));
}

#[tokio::test(start_paused = true)]
async fn what_the_caller_has_of_the_same_name_is_not_the_function_of_another_account() {
    let own = "arn:aws:lambda:eu-central-1:1:function:f";
    for foreign in ["arn:aws:lambda:eu-central-1:999999999999:function:f", "999999999999:function:f"] {
        let (removal, calls) = removed(foreign, true, vec![not_found(), mappings(own, &["m"]), group("1")]).await;
        let removal = removal.unwrap();
        assert_eq!((removal.log_group, removal.shared_log_group.as_deref()), (None, Some(GROUP)), "{foreign}");
        assert!(removal.operations.is_empty() && removal.mappings.is_empty(), "{foreign}");
        assert_eq!(calls.len(), 3, "{foreign}");
    }
    let answers =
        vec![not_found(), mappings(own, &["m"]), group("1"), streams(&[], None), s3(204, vec![]), ok(&Value::Null)];
    let (removal, _) = removed("1:function:f", true, answers).await;
    assert_eq!(removal.unwrap().operations, ["DeleteEventSourceMapping", "DeleteLogGroup"]);
}

#[tokio::test(start_paused = true)]
async fn each_mapping_is_a_step_of_its_own() {
    let none = |list: &str| ok(&json!({ list: [] }));
    let own = "arn:aws:lambda:eu-central-1:1:function:f";
    let denied = refusal(403, "AccessDeniedException", "No.");
    let answers = vec![
        function(&json!({})),
        none("Versions"),
        none("Aliases"),
        none("FunctionUrlConfigs"),
        mappings(own, &["first", "second", "third"]),
        ok(&json!({})),
        denied,
    ];
    let (removal, calls) = removed("f", false, answers).await;
    assert_eq!(lines(&calls)[6], "DELETE /2015-03-31/event-source-mappings/second");
    let Err(Error::Stopped { why, done, not_done }) = removal else { panic!("it has stopped") };
    assert_eq!((why.code(), why.to_string().contains("second")), (ErrorCode::AccessDenied, true), "{why}");
    assert_eq!(done, ["DeleteEventSourceMapping"]);
    assert_eq!(not_done, ["DeleteEventSourceMapping", "DeleteEventSourceMapping", "DeleteFunction"]);
}

#[tokio::test(start_paused = true)]
async fn a_function_that_goes_meanwhile_has_gone() {
    let gone = || not_found();
    let answers = vec![function(&json!({})), gone(), gone(), gone(), mappings("", &[]), gone()];
    let (removal, _) = removed("f", false, answers).await;
    assert!(removal.unwrap().removed);
}
