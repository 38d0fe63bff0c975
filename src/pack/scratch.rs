//! A folder for an archive that nobody keeps.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::error::Error;
use crate::leftovers;
use crate::pack::DEFAULT_OUT;
use crate::pack::rules::TEMPORARY_SUFFIX;

const PREFIX: &str = "lambda-pack-";

/// The folder. Removed when it is dropped.
#[derive(Debug)]
pub struct Scratch(TempDir);

impl Scratch {
    /// Makes one among the system's temporary files, readable by this user alone, and removes those that killed runs
    /// left a day ago or earlier.
    ///
    /// # Errors
    /// [`Error::WriteFailed`].
    pub fn new() -> Result<Self, Error> {
        let place = std::env::temp_dir();
        leftovers::sweep(&place, &[PREFIX]);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(TEMPORARY_SUFFIX);
        builder.tempdir_in(&place).map(Self).map_err(Error::write(&place))
    }

    /// Where the archive goes.
    #[must_use]
    pub fn archive(&self) -> PathBuf {
        self.0.path().join(DEFAULT_OUT)
    }
}
