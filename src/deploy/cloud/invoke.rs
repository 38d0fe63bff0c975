//! The call that runs a function.

use std::error::Error as StdError;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_lambda::config::StalledStreamProtectionConfig;
use aws_sdk_lambda::error::SdkError;
use aws_sdk_lambda::operation::RequestId;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::LogType;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::credentials::Signed;
use super::{CONNECT, Cloud};
use crate::deploy::failure::failure;
use crate::error::{AwsKind, Error};

/// How a function is called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InvocationType {
    /// Its answer is waited for.
    #[default]
    RequestResponse,
    /// The event is put in a queue of Lambda's.
    Event,
    /// Nothing runs: rights and parameters are checked.
    DryRun,
}

/// What is sent. It may hold secrets, so it is not printed.
#[derive(Clone)]
pub struct Invocation {
    /// A version or alias.
    pub qualifier: Option<String>,
    /// How it is called.
    pub kind: InvocationType,
    /// JSON; nothing is an empty event.
    pub payload: Option<Blob>,
    /// Whether to answer the last lines of its log.
    pub logs: bool,
    /// JSON in base64.
    pub client_context: Option<String>,
}

/// What AWS answers. It may hold secrets, so it is not printed.
pub struct Invoked {
    /// HTTP status: 200, 202 for an event, 204 for a dry run.
    pub status_code: i32,
    /// The version that ran.
    pub executed_version: Option<String>,
    /// `Handled` or `Unhandled`, when the function failed.
    pub function_error: Option<String>,
    /// The function's answer, or its error.
    pub payload: Vec<u8>,
    /// The last 4 KB of its log.
    pub logs: Option<String>,
    /// AWS's id of the request, which the function's log has too.
    pub request_id: Option<String>,
}

/// No answer of the function.
pub struct Unanswered {
    /// What AWS, or the way to it, said.
    pub error: Error,
    /// Whether it is sure that the function did not run.
    pub not_run: bool,
}

impl Cloud {
    /// Calls the function once. The SDK must not send it again: the function may have run.
    pub async fn invoke(&self, name: &str, invocation: &Invocation) -> Result<Invoked, Unanswered> {
        let Invocation { qualifier, kind, payload, logs, client_context } = invocation.clone();
        // The function takes its own time.
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).disable_read_timeout();
        let timeouts = timeouts.disable_operation_attempt_timeout().build();
        let overrides = aws_sdk_lambda::config::Config::builder()
            .timeout_config(timeouts)
            .retry_config(RetryConfig::disabled())
            // A function that works for minutes sends nothing meanwhile.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        let sent = self
            .lambda
            .invoke()
            .function_name(name)
            .set_qualifier(qualifier)
            .invocation_type(kind.into())
            .set_payload(payload)
            .set_log_type(logs.then_some(LogType::Tail))
            .set_client_context(client_context)
            .customize()
            .config_override(overrides)
            .send()
            .await;
        match sent {
            Ok(answer) => Ok(Invoked {
                request_id: answer.request_id().map(ToOwned::to_owned),
                status_code: answer.status_code,
                executed_version: answer.executed_version,
                function_error: answer.function_error,
                payload: answer.payload.map(Blob::into_inner).unwrap_or_default(),
                logs: answer.log_result.map(|text| tail(&text)),
            }),
            Err(error) => {
                let never_sent = matches!(&error, SdkError::DispatchFailure(_)) && is_of_connecting(&error);
                let signed = error.raw_response().and_then(|response| response.extension::<Signed>()).copied();
                let error = failure("Invoke", name, &error);
                let is = |kind| matches!(&error, Error::Aws(aws) if aws.kind == kind);
                // The SDK has been told already that they have expired, though it may not try again.
                let renewed = is(AwsKind::CredentialsExpired)
                    && self.credentials.as_ref().zip(signed).is_some_and(|(one, Signed(renewed))| one.expired(renewed));
                let not_run = never_sent || renewed || is(AwsKind::Throttled);
                Err(Unanswered { error, not_run })
            }
        }
    }
}

impl From<InvocationType> for aws_sdk_lambda::types::InvocationType {
    fn from(from: InvocationType) -> Self {
        match from {
            InvocationType::RequestResponse => Self::RequestResponse,
            InvocationType::Event => Self::Event,
            InvocationType::DryRun => Self::DryRun,
        }
    }
}

/// Whether it failed before there was a connection to send anything by.
fn is_of_connecting(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(at) = cause {
        if let Some(client) = at.downcast_ref::<hyper_util::client::legacy::Error>() {
            return client.is_connect();
        }
        cause = at.source();
    }
    false
}

/// AWS cuts the log to its last 4 KB, also in the middle of a character.
fn tail(base64: &str) -> String {
    let bytes = STANDARD.decode(base64).unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim_start_matches('\u{fffd}').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_is_cut_in_a_character_begins_after_it() {
        let bytes = "über".as_bytes();
        assert_eq!(tail(&STANDARD.encode(bytes)), "über");
        assert_eq!(tail(&STANDARD.encode(&bytes[1..])), "ber");
    }
}
