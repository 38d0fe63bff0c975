//! A folder for an archive that nobody keeps.

use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use crate::error::Error;
use crate::pack::DEFAULT_OUT;
use crate::pack::rules::TEMPORARY_SUFFIX;

const PREFIX: &str = "lambda-pack-";
/// No deployment takes longer, so an older folder is one that a killed run left.
const LONGEST_USE: Duration = Duration::from_hours(24);

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
        sweep(&place);
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

fn sweep(place: &std::path::Path) {
    for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(TEMPORARY_SUFFIX));
        // A link or a folder of somebody else's cannot be removed, or is none of ours.
        let is_old = || entry.metadata().is_ok_and(|it| it.is_dir() && it.modified().is_ok_and(is_past_use));
        if ours && is_old() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn is_past_use(modified: std::time::SystemTime) -> bool {
    modified.elapsed().is_ok_and(|age| age > LONGEST_USE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_ours_and_old_is_swept() {
        let place = tempfile::tempdir().unwrap();
        let make = |name: &str, age: Duration| {
            let path = place.path().join(name);
            std::fs::create_dir(&path).unwrap();
            let then = std::time::SystemTime::now() - age;
            std::fs::File::open(&path).unwrap().set_modified(then).unwrap();
            path
        };
        let old = make("lambda-pack-a.lambda-pack-tmp", LONGEST_USE * 2);
        let young = make("lambda-pack-b.lambda-pack-tmp", Duration::ZERO);
        let other = make("lambda-pack-c", LONGEST_USE * 2);
        sweep(place.path());
        assert!(!old.exists() && young.exists() && other.exists());
    }
}
