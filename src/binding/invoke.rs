//! `invoke()`: its options and its result as JavaScript sees them.

use std::time::{Duration, Instant};

use napi::Env;
use napi::bindgen_prelude::{Buffer, PromiseRaw};
use napi_derive::napi;

use super::call::Call;
use super::options::whole;
use super::outcome::Outcome;
use crate::deploy::{self, Connection, InvocationType};
use crate::error::Error;

/// Longer than any function may run.
const LONGEST_WAIT: i32 = 6000;

/// Which function, and with what.
#[napi(object, object_to_js = false)]
pub struct InvokeOptions {
    /// The function's name or ARN, without a version or alias.
    pub function_name: String,
    /// A version's number, an alias or `$LATEST.PUBLISHED`. **Default** `$LATEST`.
    pub qualifier: Option<String>,
    /// The event: what JSON can express, or its JSON as bytes: a buffer, or a view of one. At most 6,291,456
    /// bytes of JSON, with `type: 'Event'` 1,048,576. **Default** none; Lambda then makes it an empty object.
    #[napi(ts_type = "unknown")]
    pub payload: Option<Buffer>,
    /// `RequestResponse` waits for the function's answer, `Event` puts the event in Lambda's queue, `DryRun` runs nothing
    /// and checks the rights. **Default** `RequestResponse`.
    #[napi(js_name = "type", ts_type = "'RequestResponse' | 'Event' | 'DryRun'")]
    pub invocation_type: Option<String>,
    /// Whether to answer the last 4 KB of the function's log. Only with `RequestResponse`. **Default** `false`.
    pub logs: Option<bool>,
    /// What the function finds in `context.clientContext`: what JSON can express, at most 3,583 bytes in base64.
    /// Only with `RequestResponse`. **Default** none.
    #[napi(ts_type = "unknown")]
    pub client_context: Option<Buffer>,
    /// Seconds to wait for the answer, from 1 to 6,000. **Default** 930, as functions run up to 900; 60 where none is waited for.
    pub timeout: Option<f64>,
    /// Whether `payload` in the result is the answer's bytes as they are, a `Buffer`, instead of what they mean: numbers may
    /// have more digits than JavaScript's. **Default** `false`.
    #[allow(dead_code, reason = "index.js does it")]
    pub raw: Option<bool>,
    /// AWS Region. **Default** the SDK's chain: `AWS_REGION`, then the profile.
    pub region: Option<String>,
    /// Profile of the shared AWS configuration files; its credentials then come before those of the environment.
    /// **Default** the SDK's chain.
    pub profile: Option<String>,
    /// URL of another endpoint than AWS's. **Default** the SDK's chain: `AWS_ENDPOINT_URL` and the rest.
    pub endpoint: Option<String>,
}

/// What a function has answered.
#[napi(object, object_from_js = false)]
pub struct InvokeResult {
    /// The function, as it was named.
    pub function_name: String,
    /// HTTP status: 200, for an event in the queue 202, for a dry run 204. It says nothing of the function's success.
    pub status_code: i32,
    /// The version that ran; absent where AWS does not tell it.
    pub executed_version: Option<String>,
    /// Absent when the function has not failed. `Unhandled`: it threw, or was ended.
    #[napi(ts_type = "'Handled' | 'Unhandled'")]
    pub function_error: Option<String>,
    /// The function's answer, or its error: parsed, or as text where it is no JSON; its bytes with `raw`. Absent where
    /// there is none.
    #[napi(ts_type = "unknown")]
    pub payload: Option<Buffer>,
    /// The last 4 KB of its log, with `logs`.
    pub logs: Option<String>,
    /// AWS's id of the request, which the function's log has too.
    pub request_id: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
}

/// Calls a function. That the function fails is its answer (`functionError`), and does not reject. It is not called again
/// unless it is sure that it did not run: when AWS refuses for too many requests, or there was no connection.
///
/// Rejects with `LambdaPackError`; the codes are in docs/errors.md.
#[napi(ts_args_type = "options: InvokeOptions", ts_return_type = "Promise<InvokeResult>")]
pub fn invoke<'env>(
    env: &'env Env,
    options: InvokeOptions,
    call: &Call,
) -> napi::Result<PromiseRaw<'env, Outcome<InvokeResult>>> {
    let InvokeOptions { function_name, qualifier, payload, invocation_type, logs, client_context, .. } = options;
    let InvokeOptions { timeout, region, profile, endpoint, .. } = options;
    let payload = payload.map(|json| json.to_vec());
    let client_context = client_context.map(|json| json.to_vec());
    call.run(env, |reporter, cancel| async move {
        let started = Instant::now();
        let seconds = timeout.map(|timeout| whole("timeout", timeout, 1..=LONGEST_WAIT)).transpose()?;
        let options = deploy::InvokeOptions {
            qualifier,
            invocation_type: invocation_type.as_deref().map_or(Ok(InvocationType::default()), type_of)?,
            payload,
            logs: logs.unwrap_or(false),
            client_context,
            timeout: seconds.map(|seconds| Duration::from_secs(u64::from(seconds.unsigned_abs()))),
        };
        let cloud = deploy::reach_for_long(
            &function_name,
            Connection { region, profile, endpoint, ..Connection::default() },
            &cancel,
        )
        .await?;
        let answer = Box::pin(deploy::invoke(&cloud, &function_name, options, &*reporter, &cancel)).await?;
        Ok(InvokeResult {
            function_name,
            status_code: answer.status_code,
            executed_version: answer.executed_version,
            function_error: answer.function_error,
            payload: Some(answer.payload).filter(|bytes| !bytes.is_empty()).map(Buffer::from),
            logs: answer.logs,
            request_id: answer.request_id,
            duration_ms: started.elapsed().as_secs_f64() * 1000.0,
        })
    })
}

fn type_of(name: &str) -> Result<InvocationType, Error> {
    match name {
        "RequestResponse" => Ok(InvocationType::RequestResponse),
        "Event" => Ok(InvocationType::Event),
        "DryRun" => Ok(InvocationType::DryRun),
        _ => Err(Error::option("type", "'RequestResponse' or 'Event' or 'DryRun'", format!("'{name}'"))),
    }
}
