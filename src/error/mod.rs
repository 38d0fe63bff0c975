//! Every failure, once: what happened, to what, and what to do about it.

mod aws;
mod code;
mod details;
mod hint;

use std::io;
use std::path::{Path, PathBuf};

pub use aws::{AwsError, AwsKind, Cause};
pub use code::ErrorCode;
pub use details::Detail;

/// What [`Error::WaitTimeout`] has waited for when it is no single wait.
pub const WHOLE_CALL: &str = "the whole call";

/// What went wrong. The message is [`std::fmt::Display`]; [`Error::hint`] says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An option has the wrong type, is out of range, or does not go with another one.
    #[error("Expected {expected} for `{option}` but received {received}")]
    InvalidOption {
        /// The option's name, as in the public API.
        option: String,
        /// What is allowed.
        expected: String,
        /// What was given; never a secret.
        received: String,
    },
    /// The cancel flag was raised.
    #[error("The operation was aborted")]
    Aborted,
    /// A bug of this library.
    #[error("Internal error: {0}")]
    Internal(String),

    /// `root` does not exist or is not a folder.
    #[error("The function folder {} {problem}", path.display())]
    RootNotFound {
        /// The root as given.
        path: PathBuf,
        /// `does not exist`, or what it is instead.
        problem: String,
    },
    /// A file or folder that belongs in the package cannot be read.
    #[error("Cannot read {}: {}", path.display(), reason(cause))]
    ReadFailed {
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        #[source]
        cause: io::Error,
    },
    /// The archive cannot be written.
    #[error("Cannot write {}: {}", path.display(), reason(cause))]
    WriteFailed {
        /// The archive.
        path: PathBuf,
        /// The system's answer.
        #[source]
        cause: io::Error,
    },
    /// `out` is something other than a regular file.
    #[error("The archive cannot be written to {}, which is {kind}", path.display())]
    OutNotAFile {
        /// The archive's path.
        path: PathBuf,
        /// What is there.
        kind: &'static str,
    },
    /// `out` is a regular file that is not a ZIP archive.
    #[error("{} exists and is not a ZIP archive", path.display())]
    OutNotAnArchive {
        /// The archive's path.
        path: PathBuf,
    },
    /// A link leads out of the root.
    #[error("The link {} leads out of the root, to {}", path.display(), target.display())]
    LinkLeavesRoot {
        /// The link.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// A link leads to nothing.
    #[error("The link {} leads to {}, which does not exist", path.display(), target.display())]
    LinkDangling {
        /// The link.
        path: PathBuf,
        /// Its text.
        target: PathBuf,
    },
    /// A link leads back to itself or to a folder that it is in.
    #[error("The link {} leads back to {}", path.display(), target.display())]
    LinkLoop {
        /// The link.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// A FIFO, socket or device.
    #[error("{} is {kind}, which a package cannot hold", path.display())]
    SpecialFile {
        /// The file.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// A file changed while it was read.
    #[error("{} changed while it was packed", path.display())]
    FileChanged {
        /// The file.
        path: PathBuf,
    },
    /// A file name that a ZIP archive cannot carry safely.
    #[error("The file name \"{name}\" {problem}")]
    FileNameInvalid {
        /// The name, with what is not UTF-8 escaped.
        name: String,
        /// Why not.
        problem: &'static str,
    },
    /// Two sources for one name in the archive.
    #[error("Two files claim the name {name} in the archive")]
    NameCollision {
        /// The name in the archive.
        name: String,
    },
    /// A pattern that cannot be understood.
    #[error("The pattern {pattern:?} in {origin} is not valid: {problem}")]
    InvalidPattern {
        /// The pattern.
        pattern: String,
        /// The option or file that it stands in.
        origin: String,
        /// Why not.
        problem: String,
    },
    /// An `include` pattern that no file matches.
    #[error("No file matches the include pattern {pattern:?}")]
    IncludeMatchesNothing {
        /// The pattern.
        pattern: String,
        /// What it asks for, had a rule not left it out.
        left_out: Option<LeftOut>,
    },
    /// Nothing is left to pack.
    #[error("Nothing is left to pack in {}", root.display())]
    EmptyPackage {
        /// The root.
        root: PathBuf,
    },
    /// More unzipped bytes than Lambda takes.
    #[error("The package unzips to {size} bytes, and Lambda takes {limit}")]
    UnzippedTooLarge {
        /// Unzipped bytes.
        size: u64,
        /// Lambda's limit in bytes.
        limit: u64,
        /// The largest folders or packages, with their bytes.
        largest: Vec<(String, u64)>,
    },
    /// A package.json that is not valid.
    #[error("{} is not a valid package.json: {problem}", path.display())]
    InvalidPackageJson {
        /// The file.
        path: PathBuf,
        /// Why not.
        problem: String,
    },
    /// A production dependency is declared and not installed.
    #[error("The dependency {} is not installed", chain.join(" > "))]
    DependencyNotInstalled {
        /// From the root package to the missing one.
        chain: Vec<String>,
        /// Where it is installed out of the root's reach.
        found_outside: Option<PathBuf>,
    },
    /// The file given as `package` is not there.
    #[error("The package {} does not exist", path.display())]
    PackageNotFound {
        /// The path.
        path: PathBuf,
    },
    /// The file given as `package` is not a readable ZIP archive.
    #[error("{} is not a valid ZIP archive: {problem}", path.display())]
    InvalidArchive {
        /// The path.
        path: PathBuf,
        /// Why not.
        problem: String,
    },

    /// No AWS Region is set.
    #[error("No AWS Region is set")]
    RegionMissing,
    /// AWS, or the way to it, refused.
    #[error(transparent)]
    Aws(Box<AwsError>),
    /// A wait reached its deadline.
    #[error("{function_name}: {what} took longer than {seconds} seconds")]
    WaitTimeout {
        /// The function.
        function_name: String,
        /// What was waited for.
        what: String,
        /// The deadline.
        seconds: u64,
    },
    /// A function was called, and its answer did not come in time.
    #[error("No answer of {function_name} came within {seconds} seconds")]
    NoAnswer {
        /// The function.
        function_name: String,
        /// The deadline.
        seconds: u64,
    },
    /// A new function needs a role.
    #[error("The function {function_name} does not exist, and `role` is needed to create it")]
    RoleRequired {
        /// The function.
        function_name: String,
    },
    /// Lambda cannot assume the role.
    #[error("Lambda cannot assume the role {role} of {function_name}")]
    RoleNotAssumable {
        /// The function.
        function_name: String,
        /// The role's ARN.
        role: String,
    },
    /// The package needs S3, and no bucket is given.
    #[error("The package has {size} bytes; over {limit} it must go through S3, and no bucket is given")]
    BucketRequired {
        /// Zipped bytes.
        size: u64,
        /// The limit of a direct upload in bytes.
        limit: u64,
    },
    /// The function was made from a container image.
    #[error("The function {function_name} was made from a container image")]
    FunctionIsImage {
        /// The function.
        function_name: String,
    },
    /// The function's environment cannot be read, so nothing can be merged into it.
    #[error("The environment of {function_name} cannot be read: {reason}")]
    EnvironmentUnreadable {
        /// The function.
        function_name: String,
        /// AWS's words.
        reason: String,
    },
    /// The function was deleted while it was deployed.
    #[error("The function {function_name} was deleted while it was deployed")]
    FunctionNotFound {
        /// The function.
        function_name: String,
    },
    /// A deployment ended on its way.
    #[error("{why}")]
    Stopped {
        /// Why.
        why: Box<Error>,
        /// AWS's names of the operations that were done.
        done: Vec<&'static str>,
        /// Those that were not.
        not_done: Vec<&'static str>,
    },
    /// A removal of versions ended on its way.
    #[error("{why}; removed before that: {}", versions(removed))]
    PruneStopped {
        /// Why.
        why: Box<Error>,
        /// The versions that were removed.
        removed: Vec<String>,
    },
    /// An upload in parts ended on its way, and S3 did not remove it.
    #[error("{why}; the upload {upload_id} to s3://{bucket}/{key} is left, and its parts cost")]
    UploadLeft {
        /// Why it ended.
        why: Box<Error>,
        /// The bucket's name.
        bucket: String,
        /// The object's key.
        key: String,
        /// S3's name of the upload.
        upload_id: String,
    },
    /// A bucket was to be made, and is there without all that was to be set.
    #[error("{why}; the bucket {bucket} may be left without its settings")]
    BucketLeft {
        /// Why.
        why: Box<Error>,
        /// The bucket's name.
        bucket: String,
    },
    /// There is no such function.
    #[error("There is no function {function_name}")]
    NoSuchFunction {
        /// The function.
        function_name: String,
    },
    /// There is no such alias.
    #[error("The function {function_name} has no alias {alias}")]
    AliasNotFound {
        /// The function.
        function_name: String,
        /// The alias.
        alias: String,
    },
    /// There is no such version.
    #[error("The function {function_name} has no version {version}")]
    VersionNotFound {
        /// The function.
        function_name: String,
        /// The version, or which one.
        version: String,
    },
    /// What is to be done is not what the plan says.
    #[error("What would be done with {function_name} now is not what the plan says{}", named(differs))]
    PlanDiffers {
        /// The function.
        function_name: String,
        /// The public names of what differs.
        differs: Vec<String>,
    },
    /// Somebody else changed the function between our look and our change.
    #[error("The function {function_name} was changed by somebody else meanwhile{}", named(changed))]
    FunctionChanged {
        /// The function.
        function_name: String,
        /// The public names of what differs from what was seen.
        changed: Vec<String>,
    },
    /// What Lambda runs is not what we sent.
    #[error("The function {function_name} has the code {found} instead of {sent}, which was just sent")]
    CodeReplaced {
        /// The function.
        function_name: String,
        /// The SHA-256 of the archive in base64.
        sent: String,
        /// The SHA-256 that Lambda tells.
        found: String,
    },
    /// The code that a function runs cannot be read.
    #[error("The deployed code of {function_name} cannot be read: {reason}")]
    CodeUnavailable {
        /// The function.
        function_name: String,
        /// Why not; never where it is, which is a secret.
        reason: String,
    },
    /// The code that a function runs is not safe to unpack.
    #[error("The deployed code of {function_name} is not safe to unpack: {problem}")]
    CodeUnsafe {
        /// The function.
        function_name: String,
        /// Why not.
        problem: String,
    },
    /// A file or folder is there already that would be replaced.
    #[error("{} exists already", path.display())]
    FileExists {
        /// The file or folder.
        path: PathBuf,
    },
    /// Lambda says that the function failed.
    #[error("The function {function_name} is in state Failed: {reason}")]
    FunctionFailed {
        /// The function.
        function_name: String,
        /// AWS's words.
        reason: String,
        /// AWS's code for it.
        reason_code: Option<String>,
    },
    /// Lambda says that a version failed.
    #[error("The version {version} of {function_name} is in state Failed: {reason}")]
    VersionFailed {
        /// The function.
        function_name: String,
        /// The version.
        version: String,
        /// AWS's words.
        reason: String,
        /// AWS's code for it.
        reason_code: Option<String>,
    },
    /// Lambda cannot keep environments ready for an alias.
    #[error("The provisioned concurrency of {function_name}:{alias} failed: {reason}")]
    ProvisioningFailed {
        /// The function.
        function_name: String,
        /// The alias.
        alias: String,
        /// AWS's words.
        reason: String,
    },
    /// Lambda says that the update failed.
    #[error("The update of {function_name} failed: {reason}")]
    UpdateFailed {
        /// The function.
        function_name: String,
        /// AWS's words.
        reason: String,
        /// AWS's code for it.
        reason_code: Option<String>,
    },
}

/// What a rule left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Relative to the root.
    pub path: String,
    /// The pattern or rule.
    pub rule: String,
}

/// The system's answer in its own words.
fn reason(cause: &io::Error) -> String {
    without_number(&cause.to_string()).to_owned()
}

/// Without the "(os error 13)" that means nothing to most.
pub(crate) fn without_number(text: &str) -> &str {
    text.split(" (os error").next().unwrap_or(text)
}

/// Without what a program for credentials has written on its stderr, which may be anything.
pub(crate) fn without_stderr(mut text: String) -> String {
    if let Some(at) = text.find(". Stderr:") {
        text.truncate(at);
    }
    text
}

impl Error {
    /// A file or folder that cannot be read.
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        |cause| Self::ReadFailed { path: path.to_owned(), cause }
    }

    /// An archive that cannot be written.
    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        |cause| Self::WriteFailed { path: path.to_owned(), cause }
    }

    /// An option that does not fit.
    pub(crate) fn option(option: &str, expected: impl Into<String>, received: impl Into<String>) -> Self {
        Self::InvalidOption { option: option.to_owned(), expected: expected.into(), received: received.into() }
    }

    /// What went wrong, whatever was done before.
    #[must_use]
    pub fn why(&self) -> &Self {
        match self {
            Self::Stopped { why, .. }
            | Self::PruneStopped { why, .. }
            | Self::UploadLeft { why, .. }
            | Self::BucketLeft { why, .. } => why.why(),
            other => other,
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::InvalidOption { .. } => ErrorCode::InvalidOption,
            Self::Aborted => ErrorCode::Aborted,
            Self::Internal(_) => ErrorCode::Internal,
            Self::RootNotFound { .. } => ErrorCode::RootNotFound,
            Self::ReadFailed { .. } => ErrorCode::ReadFailed,
            Self::WriteFailed { .. } => ErrorCode::WriteFailed,
            Self::OutNotAFile { .. } => ErrorCode::OutNotAFile,
            Self::OutNotAnArchive { .. } => ErrorCode::OutNotAnArchive,
            Self::LinkLeavesRoot { .. } => ErrorCode::LinkLeavesRoot,
            Self::LinkDangling { .. } => ErrorCode::LinkDangling,
            Self::LinkLoop { .. } => ErrorCode::LinkLoop,
            Self::SpecialFile { .. } => ErrorCode::SpecialFile,
            Self::FileChanged { .. } => ErrorCode::FileChanged,
            Self::FileNameInvalid { .. } => ErrorCode::FileNameInvalid,
            Self::NameCollision { .. } => ErrorCode::NameCollision,
            Self::InvalidPattern { .. } => ErrorCode::InvalidPattern,
            Self::IncludeMatchesNothing { .. } => ErrorCode::IncludeMatchesNothing,
            Self::EmptyPackage { .. } => ErrorCode::EmptyPackage,
            Self::UnzippedTooLarge { .. } => ErrorCode::UnzippedTooLarge,
            Self::InvalidPackageJson { .. } => ErrorCode::InvalidPackageJson,
            Self::DependencyNotInstalled { .. } => ErrorCode::DependencyNotInstalled,
            Self::PackageNotFound { .. } => ErrorCode::PackageNotFound,
            Self::InvalidArchive { .. } => ErrorCode::InvalidArchive,
            Self::RegionMissing => ErrorCode::RegionMissing,
            Self::Aws(error) => error.kind.code(),
            Self::WaitTimeout { .. } | Self::NoAnswer { .. } => ErrorCode::WaitTimeout,
            Self::RoleRequired { .. } => ErrorCode::RoleRequired,
            Self::RoleNotAssumable { .. } => ErrorCode::RoleNotAssumable,
            Self::BucketRequired { .. } => ErrorCode::BucketRequired,
            Self::FunctionIsImage { .. } => ErrorCode::FunctionIsImage,
            Self::EnvironmentUnreadable { .. } => ErrorCode::EnvironmentUnreadable,
            Self::FunctionNotFound { .. } | Self::NoSuchFunction { .. } => ErrorCode::FunctionNotFound,
            Self::AliasNotFound { .. } => ErrorCode::AliasNotFound,
            Self::VersionNotFound { .. } => ErrorCode::VersionNotFound,
            Self::Stopped { why, .. }
            | Self::PruneStopped { why, .. }
            | Self::UploadLeft { why, .. }
            | Self::BucketLeft { why, .. } => why.code(),
            Self::PlanDiffers { .. } => ErrorCode::PlanDiffers,
            Self::FunctionChanged { .. } | Self::CodeReplaced { .. } => ErrorCode::PreconditionFailed,
            Self::CodeUnavailable { .. } | Self::CodeUnsafe { .. } => ErrorCode::CodeUnavailable,
            Self::FileExists { .. } => ErrorCode::FileExists,
            Self::FunctionFailed { .. } => ErrorCode::FunctionFailed,
            Self::VersionFailed { .. } => ErrorCode::VersionFailed,
            Self::ProvisioningFailed { .. } => ErrorCode::ProvisioningFailed,
            Self::UpdateFailed { .. } => ErrorCode::UpdateFailed,
        }
    }
}

/// Versions by their numbers.
fn versions(numbers: &[String]) -> String {
    format!("{} {}", if numbers.len() == 1 { "version" } else { "versions" }, numbers.join(", "))
}

/// Names at the end of a sentence.
fn named(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) }
}
