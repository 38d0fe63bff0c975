//! One look at a function, in states that no test backend has.

use aws_smithy_types::retry::RetryConfig;
use lambda_pack_native::cancel::Cancel;
use lambda_pack_native::deploy::{FunctionStatus, status};
use lambda_pack_native::error::{Error, ErrorCode};
use lambda_pack_native::progress::Silent;
use serde_json::json;

use crate::script::{Answer, function, lines, not_found, ok, replay};

const GET: &str = "GET /2015-03-31/functions/f";
const ALIASES: &str = "GET /2015-03-31/functions/f/aliases";
const VERSIONS: &str = "GET /2015-03-31/functions/f/versions";
const URL: &str = "GET /2021-10-31/functions/f/url";

async fn looked(qualifier: Option<&str>, answers: Vec<Answer>) -> (Result<Option<FunctionStatus>, Error>, Vec<String>) {
    let (cloud, client) = replay(answers, RetryConfig::disabled());
    let told = Box::pin(status(&cloud, "f", qualifier, &Silent, &Cancel::new())).await;
    let calls = client.calls();
    (told, lines(&calls).into_iter().map(ToOwned::to_owned).collect())
}

fn none(list: &str) -> Answer {
    ok(&json!({ list: [] }))
}

#[tokio::test]
async fn only_what_can_be_called_is_well() {
    for (state, is_well) in [
        ("Active", true),
        ("Inactive", false),
        ("Deactivated", false),
        ("Deactivating", false),
        ("ActiveNonInvocable", false),
        ("Pending", false),
        ("Failed", false),
        ("SomethingNew", false),
    ] {
        let is = function(&json!({ "State": state }));
        let (told, _) = looked(None, vec![is, none("Aliases"), none("Versions"), not_found()]).await;
        assert_eq!(told.unwrap().unwrap().is_healthy(), is_well, "{state}");
    }
    let (told, _) = looked(
        None,
        vec![
            function(&json!({ "State": null, "LastUpdateStatus": null })),
            none("Aliases"),
            none("Versions"),
            not_found(),
        ],
    )
    .await;
    assert!(told.unwrap().unwrap().is_healthy(), "older functions have no state");
}

#[tokio::test]
async fn a_function_that_goes_between_two_calls_is_not_there() {
    let gone = || vec![function(&json!({})), not_found(), not_found(), not_found()];
    let (told, calls) = looked(None, gone()).await;
    assert!(told.unwrap().is_none());
    assert_eq!(calls, [GET, ALIASES, VERSIONS, URL]);
    let (told, _) = looked(Some("live"), [gone(), vec![not_found()]].concat()).await;
    assert!(told.unwrap().is_none());
    // Just before the last of them.
    let last = vec![function(&json!({})), none("Aliases"), not_found(), not_found(), not_found(), not_found()];
    let (told, calls) = looked(Some("live"), last).await;
    assert!(told.unwrap().is_none(), "{calls:?}");
}

#[tokio::test]
async fn the_version_without_a_number_is_one_without_a_url() {
    let version = function(&json!({ "Version": "$LATEST.PUBLISHED" }));
    let answers = vec![function(&json!({})), none("Aliases"), none("Versions"), version];
    let (told, calls) = looked(Some("$LATEST.PUBLISHED"), answers).await;
    assert_eq!(told.unwrap().unwrap().look.function.version.as_deref(), Some("$LATEST.PUBLISHED"));
    assert_eq!(calls, [GET, ALIASES, VERSIONS, &format!("{GET}?Qualifier=%24LATEST.PUBLISHED")]);
    let answers = vec![function(&json!({})), none("Aliases"), none("Versions"), not_found(), function(&json!({}))];
    let (told, _) = looked(Some("$LATEST.PUBLISHED"), answers).await;
    assert_eq!(told.unwrap_err().code(), ErrorCode::VersionNotFound);
}
