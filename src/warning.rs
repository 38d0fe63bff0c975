//! What is no failure, and worth knowing.

use serde::{Deserialize, Serialize};

/// Something that is no failure, and that the user should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// A stable name for it.
    pub code: WarningCode,
    /// How much it matters.
    pub severity: Severity,
    /// A sentence for people.
    pub message: String,
    /// The file, folder or package that it is about.
    pub path: Option<String>,
}

/// How much a [`Warning`] matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Severity {
    /// May be wrong.
    Warning,
    /// Good to know.
    Note,
}

/// The kinds of [`Warning`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum WarningCode {
    /// Over the limit of a direct upload.
    NeedsS3,
    /// Over the limit of the console's editor.
    NoConsoleEditor,
    /// A link was left out with its target.
    LinkLeftOut,
    /// Names that are one name where upper and lower case are the same.
    NamesDifferByCase,
    /// Names that are one name where Unicode is normalised.
    NamesDifferByNormalization,
    /// The cache cannot be used.
    CacheUnusable,
    /// A package inside the root, other than its own, asks for something that is not installed.
    DependencyNotInstalled,
    /// The runtime is deprecated.
    RuntimeDeprecated,
    /// A setting that only functions on managed instances may have.
    OverOrdinaryLimit,
    /// A plan does not tell the files that differ.
    CodeNotCompared,
    /// A file holds values that may be secrets.
    SecretsWritten,
    /// AWS does not tell the environment.
    EnvironmentUnreadable,
    /// AWS does not tell the tags.
    TagsUnreadable,
    /// What was replaced could not be removed.
    NotRemoved,
}
