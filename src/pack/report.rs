//! What a pack tells.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::rules::Excluded;
use crate::archive::Summary;
use crate::limits;
use crate::warning::{Severity, Warning, WarningCode};

/// What a pack made.
#[derive(Debug, Clone)]
pub struct PackReport {
    /// The archive, absolute.
    pub path: PathBuf,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// Its bytes.
    pub size: u64,
    /// Bytes of all files in it, unzipped.
    pub unzipped_size: u64,
    /// Files and links in it.
    pub file_count: u64,
    /// Files that had to be compressed.
    pub compressed_count: u64,
    /// Whether the archive was there already.
    pub reused: bool,
    /// What stayed out.
    pub excluded: Vec<Excluded>,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// How long it took.
    pub duration: Duration,
}

impl PackReport {
    /// What a deployment needs to know of the archive.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let Self { sha256, size, unzipped_size, file_count, .. } = *self;
        Summary { sha256, size, unzipped_size, file_count }
    }
}

/// A cache that cannot be used is no failure.
pub fn cache_unusable(folder: &Path, cause: &std::io::Error) -> Warning {
    let message = format!("The cache in {} cannot be used ({cause}), so nothing is remembered.", folder.display());
    let path = Some(folder.to_string_lossy().into_owned());
    Warning { code: WarningCode::CacheUnusable, severity: Severity::Note, message, path }
}

/// What the archive's size means for the ways to Lambda.
pub fn size_warning(size: u64) -> Option<Warning> {
    let warning = |code, severity, message: String| Some(Warning { code, severity, message, path: None });
    if size > limits::DIRECT_UPLOAD {
        let limit = limits::DIRECT_UPLOAD;
        let message = format!("The archive has {size} bytes; over {limit} it must go through S3 (`s3: {{ bucket }}`).");
        warning(WarningCode::NeedsS3, Severity::Warning, message)
    } else if size > limits::CONSOLE_EDITOR {
        let limit = limits::CONSOLE_EDITOR;
        let message =
            format!("The archive has {size} bytes; over {limit} the console's editor does not show the code.");
        warning(WarningCode::NoConsoleEditor, Severity::Note, message)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sizes_that_change_the_way_are_told_at_the_byte() {
        let code = |size| size_warning(size).map(|warning| warning.code);
        assert_eq!(code(limits::CONSOLE_EDITOR), None);
        assert_eq!(code(limits::CONSOLE_EDITOR + 1), Some(WarningCode::NoConsoleEditor));
        assert_eq!(code(limits::DIRECT_UPLOAD), Some(WarningCode::NoConsoleEditor));
        assert_eq!(code(limits::DIRECT_UPLOAD + 1), Some(WarningCode::NeedsS3));
    }
}
