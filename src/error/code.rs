//! The stable codes. `docs/errors.md` and `dts-header.d.ts` list the same ones; a test holds them together.

macro_rules! codes {
    ($($(#[$doc:meta])+ $variant:ident = $text:literal,)+) => {
        /// A stable name for a kind of failure, made for `switch`, not for people.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$doc])+ $variant,)+
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant,)+];

            /// The code as users see it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(ErrorCode::$variant => $text,)+
                }
            }
        }
    };
}

codes! {
    /// An option has the wrong type, is out of range, or does not go with another one.
    InvalidOption = "INVALID_OPTION",
    /// An option that does not exist.
    UnknownOption = "UNKNOWN_OPTION",
    /// The signal ended the call, and gave no reason of its own.
    Aborted = "ABORTED",
    /// A bug of this library.
    Internal = "INTERNAL",

    /// `root` does not exist or is not a folder.
    RootNotFound = "ROOT_NOT_FOUND",
    /// A file or folder that belongs in the package cannot be read.
    ReadFailed = "READ_FAILED",
    /// The archive cannot be written.
    WriteFailed = "WRITE_FAILED",
    /// `out` is something other than a regular file.
    OutNotAFile = "OUT_NOT_A_FILE",
    /// `out` is a regular file that is not a ZIP archive.
    OutNotAnArchive = "OUT_NOT_AN_ARCHIVE",
    /// A link leads out of the root.
    LinkLeavesRoot = "LINK_LEAVES_ROOT",
    /// A link leads to nothing.
    LinkDangling = "LINK_DANGLING",
    /// A link leads back to itself or to a folder that it is in.
    LinkLoop = "LINK_LOOP",
    /// A FIFO, socket or device.
    SpecialFile = "SPECIAL_FILE",
    /// A file changed while it was read.
    FileChanged = "FILE_CHANGED",
    /// A file name that a ZIP archive cannot carry safely.
    FileNameInvalid = "FILE_NAME_INVALID",
    /// Two sources for one name in the archive.
    NameCollision = "NAME_COLLISION",
    /// A pattern that cannot be understood.
    InvalidPattern = "INVALID_PATTERN",
    /// An `include` pattern that no file matches.
    IncludeMatchesNothing = "INCLUDE_MATCHES_NOTHING",
    /// Nothing is left to pack.
    EmptyPackage = "EMPTY_PACKAGE",
    /// More unzipped bytes than Lambda takes.
    UnzippedTooLarge = "UNZIPPED_TOO_LARGE",
    /// A package.json that is not valid.
    InvalidPackageJson = "INVALID_PACKAGE_JSON",
    /// A production dependency is declared and not installed.
    DependencyNotInstalled = "DEPENDENCY_NOT_INSTALLED",
    /// The file given as `package` is not there.
    PackageNotFound = "PACKAGE_NOT_FOUND",
    /// The file given as `package` is not a readable ZIP archive.
    InvalidArchive = "INVALID_ARCHIVE",

    /// No AWS Region is set.
    RegionMissing = "REGION_MISSING",
    /// No AWS credentials are found.
    CredentialsMissing = "CREDENTIALS_MISSING",
    /// The AWS credentials have expired.
    CredentialsExpired = "CREDENTIALS_EXPIRED",
    /// AWS does not know the credentials or their signature.
    CredentialsInvalid = "CREDENTIALS_INVALID",
    /// The credentials may not do this.
    AccessDenied = "ACCESS_DENIED",
    /// The endpoint does not answer.
    ConnectionFailed = "CONNECTION_FAILED",
    /// AWS refused because of too many requests, and went on doing so.
    Throttled = "THROTTLED",
    /// AWS refused a request for a reason without a code of its own here.
    RequestFailed = "REQUEST_FAILED",
    /// A wait reached its deadline.
    WaitTimeout = "WAIT_TIMEOUT",
    /// A new function needs a role.
    RoleRequired = "ROLE_REQUIRED",
    /// Lambda cannot assume the role.
    RoleNotAssumable = "ROLE_NOT_ASSUMABLE",
    /// The package needs S3, and no bucket is given.
    BucketRequired = "BUCKET_REQUIRED",
    /// The bucket does not exist.
    BucketNotFound = "BUCKET_NOT_FOUND",
    /// The bucket is in another Region than the function.
    BucketWrongRegion = "BUCKET_WRONG_REGION",
    /// The function was made from a container image.
    FunctionIsImage = "FUNCTION_IS_IMAGE",
    /// The function's environment cannot be read, so nothing can be merged into it.
    EnvironmentUnreadable = "ENVIRONMENT_UNREADABLE",
    /// The function was deleted while it was deployed.
    FunctionNotFound = "FUNCTION_NOT_FOUND",
    /// What is to be done is not what the plan says.
    PlanDiffers = "PLAN_DIFFERS",
    /// The function has no such alias.
    AliasNotFound = "ALIAS_NOT_FOUND",
    /// The function has no such version.
    VersionNotFound = "VERSION_NOT_FOUND",
    /// The code that a function runs cannot be read.
    CodeUnavailable = "CODE_UNAVAILABLE",
    /// A file or folder is there already that would be replaced.
    FileExists = "FILE_EXISTS",
    /// Lambda says that the function failed.
    FunctionFailed = "FUNCTION_FAILED",
    /// Lambda says that a version failed.
    VersionFailed = "VERSION_FAILED",
    /// Lambda says that the update failed.
    UpdateFailed = "UPDATE_FAILED",
    /// Another change of the function is in progress, or it exists already.
    FunctionConflict = "FUNCTION_CONFLICT",
    /// Somebody else changed the function between our look and our change.
    PreconditionFailed = "PRECONDITION_FAILED",
    /// The account's code storage is full.
    CodeStorageExceeded = "CODE_STORAGE_EXCEEDED",
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ErrorCode;

    fn listed_between<'a>(text: &'a str, before: &str, after: char) -> BTreeSet<&'a str> {
        text.lines().filter_map(|line| line.trim_start().strip_prefix(before)?.split(after).next()).collect()
    }

    #[test]
    fn documentation_and_types_list_exactly_the_codes() {
        let codes: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), ErrorCode::ALL.len(), "codes are unique");
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/");
        let documentation = std::fs::read_to_string(format!("{root}docs/errors.md")).unwrap();
        assert_eq!(listed_between(&documentation, "## `", '`'), codes, "docs/errors.md");
        let types = std::fs::read_to_string(format!("{root}dts-header.d.ts")).unwrap();
        assert_eq!(listed_between(&types, "| '", '\''), codes, "dts-header.d.ts");
    }
}
