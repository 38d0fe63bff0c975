//! Calls a function, and never twice unless it is sure that it did not run.

use std::time::Duration;

use aws_sdk_lambda::primitives::Blob;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::IgnoredAny;

use crate::cancel::Cancel;
use crate::deploy::cloud::{ATTEMPTS, Cloud, Invocation, InvocationType, Invoked, Unanswered, pause_after};
use crate::deploy::qualifier::{check_qualifier, missing};
use crate::error::{AwsError, Error};
use crate::limits;
use crate::progress::{Event, Phase, Reporter};

/// As long as a function may run, and what AWS takes around it.
const DEADLINE: Duration = Duration::from_secs(930);
/// Where nothing is run before AWS answers.
const SHORT_DEADLINE: Duration = Duration::from_mins(1);

/// What to call, and how. It may hold secrets, so it is not printed.
#[derive(Clone, Default)]
pub struct InvokeOptions {
    /// A version or alias.
    pub qualifier: Option<String>,
    /// How it is called.
    pub invocation_type: InvocationType,
    /// The event as JSON; nothing is an empty one.
    pub payload: Option<Vec<u8>>,
    /// Whether to answer the last lines of its log.
    pub logs: bool,
    /// What the function finds as `clientContext`, as JSON.
    pub client_context: Option<Vec<u8>>,
    /// How long to wait for the answer.
    pub timeout: Option<Duration>,
}

impl InvokeOptions {
    /// Checks what the types cannot. What is wrong with an event is told without the event.
    ///
    /// # Errors
    /// [`Error::InvalidOption`].
    fn validate(self) -> Result<(Invocation, Duration), Error> {
        let Self { qualifier, invocation_type, payload, logs, client_context, timeout } = self;
        qualifier.as_deref().map_or(Ok(()), check_qualifier)?;
        let waits = invocation_type == InvocationType::RequestResponse;
        for (option, given) in [("logs", logs), ("clientContext", client_context.is_some())] {
            if given && !waits {
                let received = format!("it with {}", aws_sdk_lambda::types::InvocationType::from(invocation_type));
                return Err(Error::option(option, "`type` 'RequestResponse' beside it", received));
            }
        }
        if let Some(payload) = &payload {
            let limit = if invocation_type == InvocationType::Event { limits::EVENT } else { limits::PAYLOAD };
            check_json("payload", payload)?;
            if payload.len() > limit {
                return Err(Error::option("payload", format!("at most {limit} bytes"), bytes(payload.len())));
            }
        }
        if let Some(context) = &client_context {
            check_json("clientContext", context)?;
        }
        let client_context = client_context.map(|json| STANDARD.encode(json));
        if let Some(context) = client_context.as_ref().filter(|text| text.len() > limits::CLIENT_CONTEXT) {
            let expected = format!("at most {} bytes in base64", limits::CLIENT_CONTEXT);
            return Err(Error::option("clientContext", expected, bytes(context.len())));
        }
        let deadline = timeout.unwrap_or(if waits { DEADLINE } else { SHORT_DEADLINE });
        let payload = payload.map(Blob::new);
        Ok((Invocation { qualifier, kind: invocation_type, payload, logs, client_context }, deadline))
    }
}

fn check_json(option: &str, json: &[u8]) -> Result<(), Error> {
    serde_json::from_slice::<IgnoredAny>(json).map(drop).map_err(|error| {
        let at = format!("a text that is none (line {}, column {})", error.line(), error.column());
        Error::option(option, "JSON", at)
    })
}

fn bytes(count: usize) -> String {
    format!("{count} bytes")
}

/// Calls a function. That the function fails is its answer, and no failure of the call.
///
/// # Errors
/// [`Error::InvalidOption`] before anything is sent, [`Error::NoSuchFunction`], [`Error::AliasNotFound`],
/// [`Error::VersionNotFound`], [`Error::NoAnswer`], [`Error::Aborted`], and what AWS answers. The function may have run
/// unless AWS has refused the call.
pub async fn invoke(
    cloud: &Cloud,
    name: &str,
    options: InvokeOptions,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Invoked, Error> {
    let (invocation, deadline) = options.validate()?;
    reporter.report(Event::message(Phase::Wait, "waiting for the function's answer"));
    let answered = tokio::time::timeout(deadline, attempts(cloud, name, &invocation, reporter, cancel)).await;
    match answered {
        Ok(Err(Error::Aws(error))) if is_not_found(&error) => {
            Err(missing(cloud, name, invocation.qualifier.as_deref(), cancel).await?)
        }
        Ok(answered) => answered,
        Err(_) => Err(Error::NoAnswer { function_name: name.to_owned(), seconds: deadline.as_secs() }),
    }
}

async fn attempts(
    cloud: &Cloud,
    name: &str,
    invocation: &Invocation,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Invoked, Error> {
    for left in (0..ATTEMPTS).rev() {
        match cancel.guard(cloud.invoke(name, invocation)).await? {
            Ok(answer) => return Ok(answer),
            Err(Unanswered { not_run: true, .. }) if left > 0 => {
                reporter.report(Event::message(Phase::Wait, "calling again, as the function did not run"));
                cancel.guard(tokio::time::sleep(pause_after(ATTEMPTS - left))).await?;
            }
            Err(Unanswered { error, .. }) => return Err(error),
        }
    }
    Err(Error::Internal("no attempt was made".to_owned()))
}

fn is_not_found(error: &AwsError) -> bool {
    error.aws_code.as_deref() == Some("ResourceNotFoundException")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(options: InvokeOptions) -> String {
        options.validate().map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn what_lambda_would_refuse_is_told_before_the_call_and_without_the_event() {
        let event = |size: usize| Some(format!("\"{}\"", "s".repeat(size - 2)).into_bytes());
        let sent = |payload| InvokeOptions { payload, ..InvokeOptions::default() };
        let queued = |payload| InvokeOptions { payload, invocation_type: InvocationType::Event, ..Default::default() };
        assert_eq!(checked(sent(event(6_291_456))), "");
        let over = checked(sent(event(6_291_457)));
        assert_eq!(over, "Expected at most 6291456 bytes for `payload` but received 6291457 bytes");
        assert_eq!(checked(queued(event(1_048_576))), "");
        assert!(checked(queued(event(1_048_577))).contains("at most 1048576 bytes"));
        let broken = checked(sent(Some(b"{\"token\": s3cret}".to_vec())));
        assert_eq!(broken, "Expected JSON for `payload` but received a text that is none (line 1, column 11)");
        let context = InvokeOptions { client_context: event(3000), ..InvokeOptions::default() };
        assert!(checked(context).contains("at most 3583 bytes in base64"));
    }

    #[test]
    fn what_only_an_answer_has_is_refused_where_there_is_none() {
        for invocation_type in [InvocationType::Event, InvocationType::DryRun] {
            let base = || InvokeOptions { invocation_type, ..InvokeOptions::default() };
            assert!(checked(InvokeOptions { logs: true, ..base() }).contains("`logs`"));
            assert!(
                checked(InvokeOptions { client_context: Some(b"{}".to_vec()), ..base() }).contains("clientContext")
            );
        }
    }
}
