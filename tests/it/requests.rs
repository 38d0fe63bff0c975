//! Which requests a deployment makes, exactly, and what it makes of the answers.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_pack_native::deploy::{
    Attachments, CapacityProvider, Declared, DeployOptions, RuntimeManagement, S3Options, Settings, Upload,
};
use lambda_pack_native::error::{Error, ErrorCode};
use serde_json::{Value, json};

use crate::script::{ARCHIVE, configuration, function, lines, not_found, ok, options, refusal, run, s3, sha256};

fn role() -> Settings {
    Settings { role: Some("arn:role".to_owned()), ..Settings::default() }
}

const PROVIDER: &str = "arn:aws:lambda:eu-central-1:123456789012:capacity-provider:p";
const SIGNING: &str = "arn:aws:lambda:eu-central-1:123456789012:code-signing-config:csc-1";
const GET: &str = "GET /2015-03-31/functions/f";
const CREATE: &str = "POST /2015-03-31/functions";
const CODE: &str = "PUT /2015-03-31/functions/f/code";
const CONFIGURATION: &str = "PUT /2015-03-31/functions/f/configuration";
const PUBLISH: &str = "POST /2015-03-31/functions/f/versions";
const VERSIONS: &str = "GET /2015-03-31/functions/f/versions";
const BUSY: &str = "The operation cannot be performed at this time. An update is in progress for resource: f";

#[tokio::test(start_paused = true)]
async fn a_new_function_is_created_once_and_waited_for() {
    let (options, _folder) = options();
    let options = DeployOptions {
        settings: Settings { role: Some("arn:role".to_owned()), timeout: Some(30), ..Settings::default() },
        ..options
    };
    let pending = function(&json!({ "State": "Pending" }));
    let (done, calls) =
        run(options, vec![not_found(), ok(&configuration(&json!({}))), pending, function(&json!({}))]).await;
    let report = done.unwrap();
    assert!(report.created);
    assert_eq!(report.upload, Upload::Direct);
    assert_eq!(lines(&calls), [GET, CREATE, GET, GET]);
    assert_eq!(
        calls[1].body,
        json!({
            "FunctionName": "f", "Runtime": "nodejs24.x", "Role": "arn:role", "Handler": "index.handler",
            "Code": { "ZipFile": STANDARD.encode(ARCHIVE) }, "Timeout": 30, "Architectures": ["x86_64"],
        })
    );
}

#[tokio::test(start_paused = true)]
async fn a_new_function_is_made_with_what_belongs_to_it_from_the_beginning() {
    let (options, _folder) = options();
    let settings = Settings {
        tenant_isolation: Some("PER_TENANT".to_owned()),
        capacity_provider: Some(CapacityProvider {
            arn: PROVIDER.to_owned(),
            per_environment_concurrency: Some(8),
            memory_gib_per_processor: Some(2.5),
        }),
        ..role()
    };
    let attachments = Attachments { code_signing: Declared::One(SIGNING.to_owned()), ..Attachments::default() };
    let options = DeployOptions { settings, attachments, ..options };
    let (done, calls) = run(options, vec![not_found(), ok(&configuration(&json!({}))), function(&json!({}))]).await;
    let report = done.unwrap();
    assert_eq!(report.operations, ["CreateFunction"]);
    let body = &calls[1].body;
    assert_eq!(body["TenancyConfig"], json!({ "TenantIsolationMode": "PER_TENANT" }));
    assert_eq!(body["CodeSigningConfigArn"], SIGNING);
    assert_eq!(
        body["CapacityProviderConfig"]["LambdaManagedInstancesCapacityProviderConfig"],
        json!({
            "CapacityProviderArn": PROVIDER, "PerExecutionEnvironmentMaxConcurrency": 8,
            "ExecutionEnvironmentMemoryGiBPerVCpu": 2.5,
        })
    );
    let told: Vec<_> = report.changes.iter().map(|change| change.field.as_str()).collect();
    for field in ["tenancyConfig.tenantIsolationMode", "codeSigningConfigArn"] {
        assert_eq!(told.iter().filter(|one| **one == field).count(), 1, "{field}: {told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_tenancy_of_a_function_stays_as_it_is() {
    let (options, _folder) = options();
    let settings = Settings { tenant_isolation: Some("PER_TENANT".to_owned()), ..Settings::default() };
    let (done, calls) = run(DeployOptions { settings, ..options }, vec![function(&json!({}))]).await;
    assert_eq!(done.unwrap_err().code(), ErrorCode::InvalidOption);
    assert_eq!(lines(&calls), [GET]);
    let (options, _folder) = self::options();
    let settings = Settings { tenant_isolation: Some("PER_TENANT".to_owned()), ..Settings::default() };
    let tenants = json!({ "TenancyConfig": { "TenantIsolationMode": "PER_TENANT" } });
    let (done, _) = run(DeployOptions { settings, ..options }, vec![function(&tenants)]).await;
    assert_eq!(done.unwrap().changes, []);
}

#[tokio::test(start_paused = true)]
async fn nothing_differs_so_one_look_is_all() {
    let (options, _folder) = options();
    let (done, calls) = run(options, vec![function(&json!({}))]).await;
    let report = done.unwrap();
    assert_eq!((report.changes.len(), report.upload), (0, Upload::None));
    assert_eq!(lines(&calls), [GET]);
}

#[tokio::test(start_paused = true)]
async fn only_the_code_differs() {
    let (options, _folder) = options();
    let answers = vec![
        function(&json!({ "CodeSha256": "old" })),
        ok(&configuration(&json!({}))),
        function(&json!({ "LastUpdateStatus": "InProgress" })),
        function(&json!({})),
    ];
    let (done, calls) = run(options, answers).await;
    assert_eq!(done.unwrap().changes.iter().map(|change| &*change.field).collect::<Vec<_>>(), ["codeSha256"]);
    assert_eq!(lines(&calls), [GET, CODE, GET, GET]);
    assert_eq!(
        calls[1].body,
        json!({ "ZipFile": STANDARD.encode(ARCHIVE), "Architectures": ["x86_64"], "RevisionId": "r1" })
    );
}

#[tokio::test(start_paused = true)]
async fn only_the_settings_that_differ_are_sent_with_the_whole_environment() {
    let (options, _folder) = options();
    let environment = Some(BTreeMap::from([("NEW".to_owned(), "2".to_owned())]));
    let options = DeployOptions {
        settings: Settings { memory_size: Some(256), timeout: Some(3), environment, ..Settings::default() },
        ..options
    };
    let answers = vec![function(&json!({})), ok(&configuration(&json!({}))), function(&json!({}))];
    let (done, calls) = run(options, answers).await;
    done.unwrap();
    assert_eq!(lines(&calls), [GET, CONFIGURATION, GET]);
    // The revision, so that a variable which somebody else sets meanwhile is not lost.
    let variables = json!({ "KEPT": "1", "NEW": "2" });
    let expected = json!({ "MemorySize": 256, "Environment": { "Variables": variables }, "RevisionId": "r1" });
    assert_eq!(calls[1].body, expected);
}

#[tokio::test(start_paused = true)]
async fn another_change_in_progress_is_waited_for_before_and_in_between() {
    let (options, _folder) = options();
    let answers = vec![
        function(&json!({ "CodeSha256": "old", "LastUpdateStatus": "InProgress" })),
        function(&json!({ "CodeSha256": "old" })),
        refusal(409, "ResourceConflictException", BUSY),
        function(&json!({ "CodeSha256": "old", "LastUpdateStatus": "InProgress" })),
        function(&json!({ "CodeSha256": "old" })),
        ok(&configuration(&json!({}))),
        function(&json!({})),
    ];
    let (done, calls) = run(options, answers).await;
    done.unwrap();
    assert_eq!(lines(&calls), [GET, GET, CODE, GET, GET, CODE, GET]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_update_ends_with_awss_reason() {
    let (options, _folder) = options();
    let failed = json!({
        "LastUpdateStatus": "Failed", "LastUpdateStatusReason": "no key", "LastUpdateStatusReasonCode": "DisabledKMSKey",
    });
    let answers = vec![function(&json!({ "CodeSha256": "old" })), ok(&configuration(&json!({}))), function(&failed)];
    let (done, _) = run(options, answers).await;
    let error = done.unwrap_err();
    assert_eq!(error.code(), ErrorCode::UpdateFailed);
    assert!(error.to_string().contains("no key"));
}

#[tokio::test(start_paused = true)]
async fn a_role_that_is_too_new_is_waited_for_until_a_deadline() {
    let not_yet = || {
        let words = "The role defined for the function cannot be assumed by Lambda.";
        refusal(400, "InvalidParameterValueException", words)
    };
    let with_role = |options| DeployOptions { settings: role(), ..options };
    let (early, _folder) = options();
    let answers = vec![not_found(), not_yet(), not_yet(), ok(&configuration(&json!({}))), function(&json!({}))];
    let (done, calls) = run(with_role(early), answers).await;
    assert!(done.unwrap().created);
    assert_eq!(lines(&calls), [GET, CREATE, CREATE, CREATE, GET]);

    let (never, _folder) = options();
    let start = tokio::time::Instant::now();
    let mut answers = vec![not_found()];
    // The pauses are 0.2, 0.3, … and then 1 second, for five minutes.
    answers.extend((0..303).map(|_| not_yet()));
    let (done, _) = run(with_role(never), answers).await;
    assert_eq!(done.unwrap_err().code(), ErrorCode::RoleNotAssumable);
    assert!(start.elapsed().as_secs() <= 300);
}

#[tokio::test(start_paused = true)]
async fn what_aws_does_not_know_yet_is_waited_for_and_the_first_refusal_told() {
    for words in [
        "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
        "Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant.",
        "Lambda was unable to create the function: your request has been throttled by EC2",
    ] {
        let refused = |id: &str| refusal(400, "InvalidParameterValueException", &format!("{words} ({id})"));
        let with_timeout = |options| {
            let settings = Settings { timeout: Some(9), ..Settings::default() };
            DeployOptions { settings, ..options }
        };
        let (early, _folder) = options();
        let changed = function(&json!({ "Timeout": 9 }));
        let taken = ok(&configuration(&json!({ "Timeout": 9 })));
        let answers = vec![function(&json!({})), refused("1"), taken, changed];
        let (done, calls) = run(with_timeout(early), answers).await;
        done.unwrap();
        assert_eq!(lines(&calls), [GET, CONFIGURATION, CONFIGURATION, GET]);

        let (never, _folder) = options();
        let mut answers = vec![function(&json!({}))];
        answers.extend((0..303).map(|number| refused(&number.to_string())));
        let (done, _) = run(with_timeout(never), answers).await;
        let error = done.unwrap_err();
        assert_eq!(error.code(), ErrorCode::RequestFailed);
        assert!(error.to_string().ends_with("(0)"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_does_not_end_has_a_deadline() {
    let (options, _folder) = options();
    let mut answers = vec![function(&json!({ "CodeSha256": "old" })), ok(&configuration(&json!({})))];
    answers.extend((0..303).map(|_| function(&json!({ "LastUpdateStatus": "InProgress" }))));
    let (done, _) = run(options, answers).await;
    assert_eq!(done.unwrap_err().code(), ErrorCode::WaitTimeout);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_a_creation_is_recognised() {
    let exists = || refusal(409, "ResourceConflictException", "Function already exist: f");
    let with_role = |options| DeployOptions { settings: role(), ..options };
    let (ours, _folder) = options();
    let (done, calls) =
        run(with_role(ours), vec![not_found(), exists(), function(&json!({})), function(&json!({}))]).await;
    assert!(done.unwrap().created);
    assert_eq!(lines(&calls), [GET, CREATE, GET, GET]);

    let (theirs, _folder) = options();
    let (done, _) =
        run(with_role(theirs), vec![not_found(), exists(), function(&json!({ "CodeSha256": "other" }))]).await;
    assert_eq!(done.unwrap_err().code(), ErrorCode::FunctionConflict);
}

#[tokio::test(start_paused = true)]
async fn code_of_another_deployment_is_not_taken_for_ours() {
    let (options, _folder) = options();
    let options = DeployOptions { publish: true, ..options };
    let answers = vec![
        function(&json!({ "CodeSha256": "old" })),
        ok(&configuration(&json!({}))),
        function(&json!({ "CodeSha256": "theirs" })),
    ];
    let (done, calls) = run(options, answers).await;
    assert_eq!(done.unwrap_err().code(), ErrorCode::PreconditionFailed);
    assert_eq!(lines(&calls), [GET, CODE, GET]);
}

#[tokio::test(start_paused = true)]
async fn a_new_function_that_not_every_server_knows_is_waited_for() {
    let (options, _folder) = options();
    let options = DeployOptions { settings: role(), ..options };
    let answers = vec![not_found(), ok(&configuration(&json!({}))), not_found(), not_found(), function(&json!({}))];
    let (done, _) = run(options, answers).await;
    assert!(done.unwrap().created);
}

#[tokio::test(start_paused = true)]
async fn a_function_that_is_deleted_meanwhile_is_told() {
    let (options, _folder) = options();
    let answers = vec![function(&json!({ "CodeSha256": "old" })), ok(&configuration(&json!({}))), not_found()];
    let (done, _) = run(options, answers).await;
    assert_eq!(done.unwrap_err().code(), ErrorCode::FunctionNotFound);
}

#[tokio::test(start_paused = true)]
async fn a_version_is_published_by_its_hash_and_the_alias_comes_last() {
    let (options, _folder) = options();
    let options = DeployOptions { alias: Some("live".to_owned()), ..options };
    let version = |number: &str, sha256: &str| configuration(&json!({ "Version": number, "CodeSha256": sha256 }));
    let answers = vec![
        function(&json!({ "CodeSha256": "old" })),
        ok(&json!({ "FunctionVersion": "10", "Name": "live", "RevisionId": "a1" })),
        ok(&configuration(&json!({}))),
        function(&json!({})),
        ok(&json!({ "Versions": [version("$LATEST", &sha256()), version("9", "older"), version("10", "old")] })),
        ok(&version("11", &sha256())),
        ok(&json!({ "Configuration": version("11", &sha256()) })),
        ok(&json!({ "FunctionVersion": "11", "Name": "live" })),
    ];
    let (done, calls) = run(options, answers).await;
    let report = done.unwrap();
    assert_eq!(report.function.unwrap().version.as_deref(), Some("11"));
    let alias = "/2015-03-31/functions/f/aliases/live";
    let (get_alias, put_alias) = (format!("GET {alias}"), format!("PUT {alias}"));
    let of_version = format!("{GET}?Qualifier=11");
    assert_eq!(lines(&calls), [GET, &*get_alias, CODE, GET, VERSIONS, PUBLISH, &*of_version, &*put_alias]);
    assert_eq!(calls[5].body, json!({ "CodeSha256": sha256(), "RevisionId": "r1" }));
    // Whoever has moved the alias since the look at it is not gone over.
    assert_eq!(calls[7].body, json!({ "FunctionVersion": "11", "RevisionId": "a1" }));
}

#[tokio::test(start_paused = true)]
async fn what_is_published_already_is_not_published_again() {
    let (options, _folder) = options();
    let options = DeployOptions { alias: Some("live".to_owned()), ..options };
    let version = configuration(&json!({ "Version": "7", "RevisionId": "r0", "FunctionArn": "arn:f:7" }));
    let answers = vec![
        function(&json!({})),
        ok(&json!({ "FunctionVersion": "7", "Name": "live" })),
        ok(&json!({ "Versions": [configuration(&json!({})), version] })),
    ];
    let (done, calls) = run(options, answers).await;
    let report = done.unwrap();
    assert_eq!(report.changes, []);
    assert_eq!(report.function.unwrap().version.as_deref(), Some("7"));
    assert!(calls.iter().all(|call| call.line.starts_with("GET ")), "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_version_of_a_run_before_gets_calls_only_when_it_can_take_them() {
    let with_alias = |options| DeployOptions { alias: Some("live".to_owned()), ..options };
    let version = |state: &str| configuration(&json!({ "Version": "7", "RevisionId": "r0", "State": state }));
    let looked = |state: &str| ok(&json!({ "Configuration": version(state) }));
    let found = || vec![function(&json!({})), not_found(), ok(&json!({ "Versions": [version("Active")] }))];
    let (early, _folder) = options();
    let mut answers = found();
    answers.extend([looked("Pending"), looked("Active"), ok(&json!({ "FunctionVersion": "7", "Name": "live" }))]);
    let (done, calls) = run(with_alias(early), answers).await;
    assert_eq!(done.unwrap().operations, ["CreateAlias"]);
    assert_eq!(calls.len(), 6);

    let (failed, _folder) = options();
    let mut answers = found();
    answers.push(looked("Failed"));
    let (done, _) = run(with_alias(failed), answers).await;
    let error = done.unwrap_err();
    assert_eq!(error.code(), ErrorCode::VersionFailed);
    assert!(!error.hint().unwrap_or_default().contains("delete"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_look_that_does_not_know_the_change_yet_is_made_again() {
    let (options, _folder) = options();
    let settings = Settings { timeout: Some(9), ..Settings::default() };
    let new = json!({ "Timeout": 9, "RevisionId": "r2" });
    let answers = vec![function(&json!({})), ok(&configuration(&new)), function(&json!({})), function(&new)];
    let (done, _) = run(DeployOptions { settings, ..options }, answers).await;
    assert_eq!(done.unwrap().function.unwrap().settings.timeout, Some(9));
}

#[tokio::test(start_paused = true)]
async fn a_look_may_know_neither_the_change_nor_what_aws_did_before_it() {
    let (options, _folder) = options();
    let old = |revision: &str| json!({ "CodeSha256": "old", "RevisionId": revision });
    let moved = refusal(412, "PreconditionFailedException", "The RevisionId provided does not match");
    let new = json!({ "RevisionId": "r3" });
    // AWS wakes a function, which makes a revision, and the look after the change still tells that one.
    let answers = vec![
        function(&old("r1")),
        moved,
        function(&old("r2")),
        ok(&configuration(&new)),
        function(&old("r2")),
        function(&new),
    ];
    let (done, calls) = run(options, answers).await;
    assert_eq!(done.unwrap().function.unwrap().code_sha256, Some(sha256()));
    assert_eq!(lines(&calls), [GET, CODE, GET, CODE, GET, GET]);
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_changes_before_our_look_is_not_released_as_ours() {
    let by = |changes: Value| async move {
        let (options, _folder) = options();
        let settings = Settings { timeout: Some(9), ..Settings::default() };
        let ours = ok(&configuration(&json!({ "Timeout": 9, "RevisionId": "r2" })));
        let answers = vec![function(&json!({})), ours, function(&changes)];
        run(DeployOptions { settings, publish: true, ..options }, answers).await.0.unwrap_err()
    };
    for (changes, name) in [
        (json!({ "Timeout": 77, "RevisionId": "r3" }), "timeout"),
        (json!({ "Timeout": 9, "Handler": "evil.handler", "RevisionId": "r3" }), "handler"),
        (json!({ "Timeout": 9, "CodeSha256": "evil", "RevisionId": "r3" }), "codeSha256"),
        (json!({ "Timeout": 9, "Environment": { "Variables": { "A": "1" } }, "RevisionId": "r3" }), "environment.A"),
    ] {
        let error = by(changes).await;
        assert_eq!(error.code(), ErrorCode::PreconditionFailed, "{name}");
        let Error::Stopped { why, done, not_done } = error else { panic!("{error:?}") };
        assert!(
            matches!(&*why, Error::FunctionChanged { changed, .. } if changed.iter().any(|one| one == name)),
            "{why:?}"
        );
        assert_eq!((done, not_done), (vec!["UpdateFunctionConfiguration"], vec!["PublishVersion"]));
    }
}

#[tokio::test(start_paused = true)]
async fn the_runtime_of_a_version_is_looked_at_and_put_before_the_alias_points_at_it() {
    let (options, _folder) = options();
    let runtime = RuntimeManagement { update_on: "FunctionUpdate".to_owned(), version_arn: None };
    let attachments = Attachments { runtime_management: Some(runtime), ..Attachments::default() };
    let options = DeployOptions { alias: Some("live".to_owned()), attachments, ..options };
    let version = configuration(&json!({ "Version": "7", "RevisionId": "r0", "FunctionArn": "arn:f:7" }));
    let answers = vec![
        function(&json!({})),
        ok(&json!({ "FunctionVersion": "6", "Name": "live" })),
        ok(&json!({ "UpdateRuntimeOn": "FunctionUpdate", "FunctionArn": "arn:f" })),
        ok(&json!({ "Versions": [configuration(&json!({})), version.clone()] })),
        ok(&json!({ "Configuration": version })),
        ok(&json!({ "UpdateRuntimeOn": "Auto", "FunctionArn": "arn:f:7" })),
        ok(&json!({ "UpdateRuntimeOn": "FunctionUpdate", "FunctionArn": "arn:f:7" })),
        ok(&json!({ "FunctionVersion": "7", "Name": "live" })),
    ];
    let (done, calls) = run(options, answers).await;
    assert_eq!(done.unwrap().operations, ["PutRuntimeManagementConfig", "UpdateAlias"]);
    let of_runtime = "/2021-07-20/functions/f/runtime-management-config";
    let (of_function, of_version) = (format!("GET {of_runtime}"), format!("GET {of_runtime}?Qualifier=7"));
    let put = format!("PUT {of_runtime}?Qualifier=7");
    let alias = ["GET /2015-03-31/functions/f/aliases/live", "PUT /2015-03-31/functions/f/aliases/live"];
    let look = format!("{GET}?Qualifier=7");
    assert_eq!(lines(&calls), [GET, alias[0], &*of_function, VERSIONS, &*look, &*of_version, &*put, alias[1]]);
    assert_eq!(calls[6].body, json!({ "UpdateRuntimeOn": "FunctionUpdate" }));
}

#[tokio::test(start_paused = true)]
async fn an_archive_goes_through_s3_once() {
    let with_bucket = |options| {
        let (bucket, prefix) = ("code-bucket".to_owned(), "code/".to_owned());
        let s3 = Some(S3Options { bucket, prefix, always: true, ..S3Options::default() });
        DeployOptions { s3, ..options }
    };
    let old = || function(&json!({ "CodeSha256": "old" }));
    let (first, _folder) = options();
    let answers = vec![
        old(),
        s3(404, vec![]),
        s3(200, vec![("x-amz-bucket-region", "eu-central-1".to_owned())]),
        s3(200, vec![("x-amz-version-id", "v1".to_owned())]),
        ok(&configuration(&json!({}))),
        function(&json!({})),
    ];
    let (done, calls) = run(with_bucket(first), answers).await;
    assert_eq!(done.unwrap().upload, Upload::S3);
    let key = calls[4].body["S3Key"].as_str().unwrap().to_owned();
    let hash = key.strip_prefix("code/").and_then(|rest| rest.strip_suffix(".zip")).unwrap();
    assert!(hash.len() == 64 && hash.chars().all(|c| c.is_ascii_hexdigit()), "{key}");
    let expected = json!({
        "S3Bucket": "code-bucket", "S3Key": key, "S3ObjectVersion": "v1", "Architectures": ["x86_64"], "RevisionId": "r1",
    });
    assert_eq!(calls[4].body, expected);

    let (second, _folder) = options();
    let there = |changes: &[(&'static str, String)]| {
        let mut headers = vec![("content-length", ARCHIVE.len().to_string())];
        headers.extend_from_slice(changes);
        s3(200, headers)
    };
    let answers =
        vec![old(), there(&[("x-amz-meta-sha256", sha256())]), ok(&configuration(&json!({}))), function(&json!({}))];
    let (done, calls) = run(with_bucket(second), answers).await;
    done.unwrap();
    assert!(calls[1].line.starts_with("HEAD /"), "{calls:?}");
    assert_eq!(calls[2].line, CODE);
    assert_eq!(calls[2].body["S3Key"], json!(key));
}

#[tokio::test(start_paused = true)]
async fn a_function_that_only_woke_up_is_changed_all_the_same() {
    let (options, _folder) = options();
    let stale = || refusal(412, "PreconditionFailedException", "The RevisionId provided does not match");
    let outdated = |revision: &str| function(&json!({ "CodeSha256": "old", "RevisionId": revision }));
    let answers = vec![
        outdated("r1"),
        stale(),
        outdated("r2"),
        ok(&configuration(&json!({}))),
        function(&json!({ "RevisionId": "r3" })),
    ];
    let (done, calls) = run(options, answers).await;
    done.unwrap();
    assert_eq!(lines(&calls), [GET, CODE, GET, CODE, GET]);
    assert_eq!((&calls[1].body["RevisionId"], &calls[3].body["RevisionId"]), (&json!("r1"), &json!("r2")));
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_changed_is_told_and_with_force_gone_over() {
    let stale = || refusal(412, "PreconditionFailedException", "The RevisionId provided does not match");
    let (careful, _folder) = options();
    let theirs = json!({ "CodeSha256": "theirs", "RevisionId": "r2", "Timeout": 9 });
    let answers = vec![function(&json!({ "CodeSha256": "old" })), stale(), function(&theirs)];
    let (done, calls) = run(careful, answers).await;
    let error = done.unwrap_err();
    assert_eq!(error.code(), ErrorCode::PreconditionFailed);
    assert!(error.to_string().ends_with(": timeout, codeSha256"), "{error}");
    assert_eq!(lines(&calls), [GET, CODE, GET]);

    let (forced, _folder) = options();
    let forced = DeployOptions { force: true, ..forced };
    let answers = vec![function(&json!({ "CodeSha256": "old" })), ok(&configuration(&json!({}))), function(&json!({}))];
    let (done, calls) = run(forced, answers).await;
    done.unwrap();
    assert_eq!(calls[1].body.get("RevisionId"), None);
}

#[tokio::test(start_paused = true)]
async fn a_bucket_in_another_region_is_told_before_anything_is_sent() {
    let (options, _folder) = options();
    let s3_options = S3Options { bucket: "code-bucket".to_owned(), always: true, ..S3Options::default() };
    let options = DeployOptions { s3: Some(s3_options), ..options };
    let elsewhere = || vec![("x-amz-bucket-region", "us-west-2".to_owned())];
    for answer in [s3(200, elsewhere()), s3(301, elsewhere())] {
        let answers = vec![function(&json!({ "CodeSha256": "old" })), s3(404, vec![]), answer];
        let (done, calls) = run(options.clone(), answers).await;
        assert_eq!(done.unwrap_err().code(), ErrorCode::BucketWrongRegion);
        assert_eq!(calls.len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_have_codes_that_tell_what_to_do() {
    let cases = [
        (403, "AccessDeniedException", ErrorCode::AccessDenied),
        (403, "ExpiredTokenException", ErrorCode::CredentialsExpired),
        (403, "UnrecognizedClientException", ErrorCode::CredentialsInvalid),
        (429, "TooManyRequestsException", ErrorCode::Throttled),
        (400, "CodeStorageExceededException", ErrorCode::CodeStorageExceeded),
        (412, "PreconditionFailedException", ErrorCode::PreconditionFailed),
        (400, "InvalidParameterValueException", ErrorCode::RequestFailed),
    ];
    for (status, aws_code, code) in cases {
        let (options, _folder) = options();
        let (done, _) = run(options, vec![refusal(status, aws_code, "words of AWS")]).await;
        let error = done.unwrap_err();
        assert_eq!(error.code(), code);
        assert!(error.to_string().contains("words of AWS"), "{error}");
        let details = format!("{:?}", error.details());
        assert!(details.contains(aws_code) && details.contains("request-1"), "{details}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_only_looks() {
    let (options, _folder) = options();
    let options = DeployOptions {
        dry_run: true,
        publish: true,
        settings: Settings { memory_size: Some(512), ..Settings::default() },
        ..options
    };
    let (done, calls) =
        run(options, vec![function(&json!({ "CodeSha256": "old" })), ok(&json!({ "Versions": [] }))]).await;
    let fields: Vec<_> = done.unwrap().changes.into_iter().map(|change| change.field).collect();
    assert_eq!(fields, ["codeSha256", "memorySize", "version"]);
    assert_eq!(lines(&calls), [GET, VERSIONS]);
}
