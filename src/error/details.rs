//! The values behind the messages, for programs.

use std::path::Path;

use super::Error;

/// A value of [`Error::details`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// A path, name or sentence.
    Text(String),
    /// A count or size.
    Number(u64),
    /// Names in order.
    List(Vec<String>),
}

impl Error {
    /// The values behind the message, by their public names.
    #[must_use]
    pub fn details(&self) -> Vec<(&'static str, Detail)> {
        let text = |value: &str| Detail::Text(value.to_owned());
        let path = |value: &Path| Detail::Text(value.to_string_lossy().into_owned());
        match self {
            Self::InvalidOption { option, expected, received } => {
                vec![("option", text(option)), ("expected", text(expected)), ("received", text(received))]
            }
            Self::Aborted | Self::Internal(_) | Self::RegionMissing => vec![],
            Self::RootNotFound { path: at, .. }
            | Self::ReadFailed { path: at, .. }
            | Self::WriteFailed { path: at, .. }
            | Self::OutNotAFile { path: at, .. }
            | Self::OutNotAnArchive { path: at }
            | Self::SpecialFile { path: at, .. }
            | Self::FileChanged { path: at }
            | Self::InvalidPackageJson { path: at, .. }
            | Self::PackageNotFound { path: at }
            | Self::FileExists { path: at }
            | Self::InvalidArchive { path: at, .. }
            | Self::EmptyPackage { root: at } => vec![("path", path(at))],
            Self::LinkLeavesRoot { path: at, target }
            | Self::LinkDangling { path: at, target }
            | Self::LinkLoop { path: at, target } => vec![("path", path(at)), ("target", path(target))],
            Self::FileNameInvalid { name, .. } | Self::NameCollision { name } => vec![("path", text(name))],
            Self::InvalidPattern { pattern, .. } | Self::IncludeMatchesNothing { pattern, .. } => {
                vec![("pattern", text(pattern))]
            }
            Self::UnzippedTooLarge { size, limit, .. } | Self::BucketRequired { size, limit } => {
                vec![("size", Detail::Number(*size)), ("limit", Detail::Number(*limit))]
            }
            Self::DependencyNotInstalled { chain, .. } => vec![("chain", Detail::List(chain.clone()))],
            Self::Aws(error) => error.details(),
            Self::WaitTimeout { function_name, seconds, .. } | Self::NoAnswer { function_name, seconds } => {
                vec![("functionName", text(function_name)), ("seconds", Detail::Number(*seconds))]
            }
            Self::RoleNotAssumable { function_name, role } => {
                vec![("functionName", text(function_name)), ("role", text(role))]
            }
            Self::RoleRequired { function_name }
            | Self::FunctionNotFound { function_name }
            | Self::NoSuchFunction { function_name }
            | Self::CodeReplaced { function_name, .. }
            | Self::FunctionIsImage { function_name } => vec![("functionName", text(function_name))],
            Self::AliasNotFound { function_name, alias } => {
                vec![("functionName", text(function_name)), ("alias", text(alias))]
            }
            Self::VersionNotFound { function_name, version } => {
                vec![("functionName", text(function_name)), ("version", text(version))]
            }
            Self::Stopped { why, done, not_done } => {
                let names = |names: &[&str]| Detail::List(names.iter().map(|name| (*name).to_owned()).collect());
                let mut details = why.details();
                details.extend([("done", names(done)), ("notDone", names(not_done))]);
                details
            }
            Self::PruneStopped { why, removed } => {
                let mut details = why.details();
                details.push(("removed", Detail::List(removed.clone())));
                details
            }
            Self::UploadLeft { why, bucket, key, upload_id } => {
                let mut details = why.details();
                details.extend([("bucket", text(bucket)), ("key", text(key)), ("uploadId", text(upload_id))]);
                details
            }
            Self::BucketLeft { why, bucket } => {
                let mut details = why.details();
                details.push(("bucket", text(bucket)));
                details
            }
            Self::PlanDiffers { function_name, differs } => {
                vec![("functionName", text(function_name)), ("changed", Detail::List(differs.clone()))]
            }
            Self::FunctionChanged { function_name, changed } => {
                vec![("functionName", text(function_name)), ("changed", Detail::List(changed.clone()))]
            }
            Self::EnvironmentUnreadable { function_name, reason }
            | Self::CodeUnavailable { function_name, reason }
            | Self::CodeUnsafe { function_name, problem: reason } => {
                vec![("functionName", text(function_name)), ("reason", text(reason))]
            }
            Self::VersionFailed { function_name, version, reason, reason_code } => {
                let mut details =
                    vec![("functionName", text(function_name)), ("version", text(version)), ("reason", text(reason))];
                details.extend(reason_code.as_deref().map(|code| ("reasonCode", text(code))));
                details
            }
            Self::ProvisioningFailed { function_name, alias, reason } => {
                vec![("functionName", text(function_name)), ("alias", text(alias)), ("reason", text(reason))]
            }
            Self::FunctionFailed { function_name, reason, reason_code }
            | Self::UpdateFailed { function_name, reason, reason_code } => {
                let mut details = vec![("functionName", text(function_name)), ("reason", text(reason))];
                details.extend(reason_code.as_deref().map(|code| ("reasonCode", text(code))));
                details
            }
        }
    }
}
