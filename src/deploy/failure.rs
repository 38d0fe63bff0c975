//! An SDK error -> ours.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};

use crate::error::{AwsError, AwsKind, Cause, Error, without_number, without_stderr};

/// What `operation` on `resource` failed with.
pub fn failure<E>(operation: &'static str, resource: &str, error: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let response = error.raw_response();
    let status = response.map(|response| response.status().as_u16());
    let request_id = response.and_then(|response| {
        let headers = response.headers();
        headers.get("x-amzn-requestid").or_else(|| headers.get("x-amz-request-id")).map(ToOwned::to_owned)
    });
    let aws_code = error.as_service_error().and_then(|service| service.code()).map(ToOwned::to_owned);
    let kind = match error {
        SdkError::ServiceError(_) if response.is_some_and(is_wordless_refusal) => AwsKind::CredentialsExpired,
        SdkError::ServiceError(_) => kind_of_answer(aws_code.as_deref(), status),
        // AWS may have done what was asked, but its answer ended on the way, or is none.
        SdkError::ResponseError(_) => AwsKind::ConnectionFailed,
        _ => kind_without_answer(error),
    };
    let cause = if error.as_service_error().is_some() { None } else { Cause::of(error) };
    let message = match error.as_service_error() {
        Some(service) => service.message().map_or_else(|| words(aws_code.as_deref(), status), without_measured),
        None => credentials_words(error).unwrap_or_else(|| innermost(error)),
    };
    Error::Aws(Box::new(AwsError {
        cause,
        kind,
        operation,
        resource: resource.to_owned(),
        aws_code,
        status,
        request_id,
        message,
    }))
}

/// S3 has no words in an answer to HEAD. Its status 400 is of expired credentials, or of a signature of another Region.
fn is_wordless_refusal(response: &HttpResponse) -> bool {
    let is_empty = response.body().bytes().is_some_and(<[u8]>::is_empty);
    let names_none =
        ["x-amz-bucket-region", "x-amzn-errortype"].iter().all(|name| !response.headers().contains_key(*name));
    response.status().as_u16() == BAD_REQUEST && is_empty && names_none
}

const BAD_REQUEST: u16 = 400;

/// What `operation` on `resource` was refused for, as the answer to another one tells it.
pub fn refused(operation: &'static str, resource: &str, code: &str, message: &str) -> Error {
    Error::Aws(Box::new(AwsError {
        cause: None,
        kind: kind_of_answer(Some(code), None),
        operation,
        resource: resource.to_owned(),
        aws_code: Some(code.to_owned()),
        status: None,
        request_id: None,
        message: message.to_owned(),
    }))
}

/// What follows there in AWS's answer to too large an environment are all variables with their values.
const MEASURED: &str = "String measured:";

fn without_measured(message: &str) -> String {
    let text = message.split(MEASURED).next().unwrap_or_default();
    text.trim_end().to_owned()
}

fn words(code: Option<&str>, status: Option<u16>) -> String {
    match (code, status) {
        (Some(code), _) => code.to_owned(),
        (None, Some(status)) => format!("HTTP status {status}"),
        (None, None) => "no reason given".to_owned(),
    }
}

fn kind_of_answer(code: Option<&str>, status: Option<u16>) -> AwsKind {
    match code.unwrap_or_default() {
        "ExpiredTokenException" | "ExpiredToken" | "RequestExpired" | "TokenRefreshRequired" => {
            AwsKind::CredentialsExpired
        }
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "MissingAuthenticationTokenException"
        | "InvalidToken"
        | "IncompleteSignature" => AwsKind::CredentialsInvalid,
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" => AwsKind::AccessDenied,
        "TooManyRequestsException" | "ThrottlingException" | "Throttling" | "SlowDown" | "RequestLimitExceeded" => {
            AwsKind::Throttled
        }
        "NoSuchBucket" => AwsKind::BucketNotFound,
        "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" => {
            AwsKind::BucketWrongRegion
        }
        "ResourceConflictException" => AwsKind::Conflict,
        "PreconditionFailedException" => AwsKind::PreconditionFailed,
        "CodeStorageExceededException" => AwsKind::CodeStorageExceeded,
        "NotFound" | "" => match status {
            // HEAD answers have no body, so the status is all there is.
            Some(301) => AwsKind::BucketWrongRegion,
            Some(403) => AwsKind::AccessDenied,
            Some(429) => AwsKind::Throttled,
            _ => AwsKind::Other,
        },
        _ => AwsKind::Other,
    }
}

fn kind_without_answer(error: &(dyn StdError + 'static)) -> AwsKind {
    let mut cause = Some(error);
    while let Some(at) = cause {
        if let Some(credentials) = at.downcast_ref::<CredentialsError>() {
            // An expired SSO session is told in words alone, also by a program on its stderr.
            let expired = last_of(credentials).to_string().to_lowercase().contains("expired");
            return if expired { AwsKind::CredentialsExpired } else { AwsKind::CredentialsMissing };
        }
        cause = at.source();
    }
    AwsKind::ConnectionFailed
}

/// What went wrong with credentials. That nothing was found is told by the SDK as a list of what it tried.
fn credentials_words(error: &(dyn StdError + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(at) = cause {
        match at.downcast_ref::<CredentialsError>() {
            Some(CredentialsError::CredentialsNotLoaded(_))
                if at.source().is_none_or(|below| below.source().is_none()) =>
            {
                return Some(format!("no credentials were found ({})", innermost(at)));
            }
            Some(_) => return Some(format!("the credentials could not be loaded: {}", innermost(at))),
            None => cause = at.source(),
        }
    }
    None
}

/// The last cause says what happened; those above it say where. One line of it is enough.
pub(super) fn innermost(error: &(dyn StdError + 'static)) -> String {
    let text = without_stderr(last_of(error).to_string());
    without_number(text.lines().next().unwrap_or_default()).to_owned()
}

fn last_of<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    let mut last = error;
    while let Some(below) = last.source() {
        last = below;
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_aws_repeats_are_not_told() {
        let told = without_measured(
            "Lambda was unable to configure your environment variables because the environment variables you have \
             provided exceeded the 4KB limit. String measured: {\"TOKEN\":\"s3cret\"}",
        );
        assert!(told.ends_with("exceeded the 4KB limit."), "{told}");
        assert_eq!(without_measured("Anything else"), "Anything else");
    }

    #[test]
    fn codes_are_sorted_into_kinds() {
        let kind = |code| kind_of_answer(Some(code), Some(400));
        assert_eq!(kind("ExpiredTokenException"), AwsKind::CredentialsExpired);
        assert_eq!(kind("UnrecognizedClientException"), AwsKind::CredentialsInvalid);
        assert_eq!(kind("AccessDeniedException"), AwsKind::AccessDenied);
        assert_eq!(kind("ResourceConflictException"), AwsKind::Conflict);
        assert_eq!(kind("SomethingNew"), AwsKind::Other);
        assert_eq!(kind_of_answer(Some("RequestTimeTooSkewed"), Some(403)), AwsKind::Other);
        assert_eq!(kind_of_answer(None, Some(403)), AwsKind::AccessDenied);
        assert_eq!(kind_of_answer(None, Some(301)), AwsKind::BucketWrongRegion);
    }
}
