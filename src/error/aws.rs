//! What AWS answered, sorted into kinds that a user can act on.

use super::{Detail, ErrorCode, without_stderr};

/// The kinds of AWS failures that need different advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AwsKind {
    /// No credentials are found.
    CredentialsMissing,
    /// The credentials have expired.
    CredentialsExpired,
    /// AWS does not know the key or the signature.
    CredentialsInvalid,
    /// The credentials may not do this.
    AccessDenied,
    /// No answer from the endpoint.
    ConnectionFailed,
    /// Too many requests.
    Throttled,
    /// The bucket does not exist.
    BucketNotFound,
    /// The bucket is in another Region.
    BucketWrongRegion,
    /// Another change is in progress, or the thing exists already.
    Conflict,
    /// The revision is no longer the one we saw.
    PreconditionFailed,
    /// The account's code storage is full.
    CodeStorageExceeded,
    /// Anything else.
    Other,
}

impl AwsKind {
    /// The stable code of the kind.
    #[must_use]
    pub fn code(self) -> ErrorCode {
        match self {
            Self::CredentialsMissing => ErrorCode::CredentialsMissing,
            Self::CredentialsExpired => ErrorCode::CredentialsExpired,
            Self::CredentialsInvalid => ErrorCode::CredentialsInvalid,
            Self::AccessDenied => ErrorCode::AccessDenied,
            Self::ConnectionFailed => ErrorCode::ConnectionFailed,
            Self::Throttled => ErrorCode::Throttled,
            Self::BucketNotFound => ErrorCode::BucketNotFound,
            Self::BucketWrongRegion => ErrorCode::BucketWrongRegion,
            Self::Conflict => ErrorCode::FunctionConflict,
            Self::PreconditionFailed => ErrorCode::PreconditionFailed,
            Self::CodeStorageExceeded => ErrorCode::CodeStorageExceeded,
            Self::Other => ErrorCode::RequestFailed,
        }
    }
}

/// A request that AWS refused, or that did not reach it.
#[derive(Debug, thiserror::Error)]
#[error("{operation} of {resource} failed: {message}")]
pub struct AwsError {
    /// What kind of failure.
    pub kind: AwsKind,
    /// AWS's name of the operation, like `UpdateFunctionCode`.
    pub operation: &'static str,
    /// The function, bucket or alias.
    pub resource: String,
    /// AWS's own error code, like `ResourceConflictException`.
    pub aws_code: Option<String>,
    /// HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// The request's id, for AWS's support.
    pub request_id: Option<String>,
    /// AWS's words, or the reason that there was no answer.
    pub message: String,
    /// What lies below a request that got no answer.
    #[source]
    pub cause: Option<Cause>,
}

/// A chain of causes in words, outermost first.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Cause {
    text: String,
    #[source]
    below: Option<Box<Cause>>,
}

impl Cause {
    /// The chain of an error's causes; nothing when it has none.
    #[must_use]
    pub fn of(error: &dyn std::error::Error) -> Option<Self> {
        let cause = error.source()?;
        Some(Self { text: without_stderr(cause.to_string()), below: Self::of(cause).map(Box::new) })
    }
}

impl AwsError {
    /// Whether what arrived at S3 was not what was sent.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        let codes = ["BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"];
        self.aws_code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    pub(super) fn details(&self) -> Vec<(&'static str, Detail)> {
        let mut details = vec![("operation", Detail::Text(self.operation.to_owned()))];
        details.push(("resource", Detail::Text(self.resource.clone())));
        details.extend(self.aws_code.clone().map(|code| ("awsCode", Detail::Text(code))));
        details.extend(self.status.map(|status| ("status", Detail::Number(status.into()))));
        details.extend(self.request_id.clone().map(|id| ("requestId", Detail::Text(id))));
        details
    }
}
