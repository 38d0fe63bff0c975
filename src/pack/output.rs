//! The archive's place on the disk: what may be there already, and the temporary file that becomes it.

use std::fs::{File, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;

use crate::archive;
use crate::cancel::{Cancel, Hold};
use crate::error::Error;
use crate::pack::cache::Archive;
use crate::pack::file::{self, Stamp};
use crate::pack::rules::TEMPORARY_SUFFIX;
use crate::pack::trail::Clock;
use crate::regular;

/// Where the archive will be.
#[derive(Debug)]
pub struct Output {
    /// As it was given, for messages and results.
    given: PathBuf,
    /// Its folder with links followed, where that exists already.
    real: PathBuf,
}

impl Output {
    /// Looks at what is at `path`.
    ///
    /// # Errors
    /// [`Error::OutNotAFile`], [`Error::OutNotAnArchive`], [`Error::WriteFailed`].
    pub fn new(path: &Path) -> Result<Self, Error> {
        let parent = parent(path);
        let real = match (parent.canonicalize(), path.file_name()) {
            (Ok(folder), Some(name)) => folder.join(name),
            _ => path.to_owned(),
        };
        let output = Self { given: path.to_owned(), real };
        output.refuse_what_is_no_archive()?;
        Ok(output)
    }

    /// The path to compare with what a walk meets.
    pub fn real(&self) -> &Path {
        &self.real
    }

    fn refuse_what_is_no_archive(&self) -> Result<(), Error> {
        let metadata = match std::fs::symlink_metadata(&self.given) {
            Ok(metadata) => metadata,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(cause) => return Err(Error::WriteFailed { path: self.given.clone(), cause }),
        };
        if !metadata.is_file() {
            let kind = regular::special_kind(metadata.file_type());
            return Err(Error::OutNotAFile { path: self.given.clone(), kind });
        }
        let mut start = Vec::new();
        let file = File::open(&self.given).map_err(Error::write(&self.given))?;
        file.take(4).read_to_end(&mut start).map_err(Error::write(&self.given))?;
        // The first entry's header, or the end record of an archive without entries.
        if start.is_empty() || start == b"PK\x03\x04" || start == b"PK\x05\x06" {
            Ok(())
        } else {
            Err(Error::OutNotAnArchive { path: self.given.clone() })
        }
    }

    /// Opens the archive that is there, if it is the one that an earlier pack has left. One that was new when that pack
    /// ended could have changed without a trace, and is hashed.
    ///
    /// # Errors
    /// [`Error::Aborted`].
    pub fn intact(&self, left: &Archive, cancel: &Cancel) -> Result<Option<File>, Error> {
        let Ok(file) = file::open(&self.given) else { return Ok(None) };
        if file::verify(&file, &self.given, &left.stamp).is_err() {
            return Ok(None);
        }
        if left.is_trusted {
            return Ok(Some(file));
        }
        match archive::hash(&self.given, &file, cancel) {
            Err(Error::Aborted) => Err(Error::Aborted),
            Ok((sha256, size)) if (sha256, size) == (left.sha256, left.size) => Ok(Some(file)),
            _ => Ok(None),
        }
    }

    /// Makes the temporary file beside the archive, and removes what runs that were ended have left there.
    ///
    /// # Errors
    /// [`Error::WriteFailed`].
    pub fn start(&self) -> Result<Temporary<'_>, Error> {
        let folder = parent(&self.given);
        std::fs::create_dir_all(folder).map_err(Error::write(folder))?;
        let prefix = self.prefix();
        sweep(folder, &prefix);
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(TEMPORARY_SUFFIX);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // What any new file gets; the umask takes its part away.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        loop {
            let named = builder.tempfile_in(folder).map_err(Error::write(&self.given))?;
            // Held until the end, so that nobody takes it for one that was left. Where the file system has no
            // locks, nothing is swept either.
            let _ = named.as_file().lock();
            // Another run may have swept it between the two.
            if named.path().try_exists().map_err(Error::write(&self.given))? {
                let file = named.as_file().try_clone().map_err(Error::write(&self.given))?;
                return Ok(Temporary { output: self, named, file: Arc::new(file) });
            }
        }
    }

    fn prefix(&self) -> String {
        let name = self.given.file_name().unwrap_or_default().to_string_lossy();
        format!(".{name}.")
    }
}

/// The archive while it is written. Dropped before [`Temporary::commit`], it is removed.
pub struct Temporary<'a> {
    output: &'a Output,
    named: NamedTempFile,
    file: Arc<File>,
}

impl Temporary<'_> {
    /// What to write to.
    pub fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// What a failed write means to the caller.
    pub fn failed(&self, cause: std::io::Error) -> Error {
        Error::WriteFailed { path: self.output.given.clone(), cause }
    }

    /// Makes it the archive, in one step, as one that was made at `clock`. Answers the state of its file, and what keeps
    /// the pack from being aborted now that it is done.
    ///
    /// # Errors
    /// [`Error::WriteFailed`], [`Error::OutNotAFile`], [`Error::OutNotAnArchive`], [`Error::Aborted`].
    pub fn commit(self, clock: Clock, cancel: &Cancel) -> Result<(Stamp, Hold<'_>), Error> {
        let path = &self.output.given;
        // The data before the name: a crash of the machine must not leave a name without data.
        self.file.sync_data().map_err(Error::write(path))?;
        clock.mark(&self.file);
        self.output.refuse_what_is_no_archive()?;
        // From here on it is either aborted or done, whenever the disk answers.
        let hold = cancel.hold()?;
        self.named.persist(path).map_err(|failed| Error::WriteFailed { path: path.clone(), cause: failed.error })?;
        let stamp = self.file.metadata().map(|found| Stamp::of(&found)).map_err(Error::write(path))?;
        Ok((stamp, hold))
    }
}

/// Removes temporary files of ended runs. A file of a living run is locked by it.
fn sweep(folder: &Path, prefix: &str) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| name.starts_with(prefix) && name.ends_with(TEMPORARY_SUFFIX));
        if !ours || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        if let Ok(file) = File::open(entry.path())
            && !matches!(file.try_lock(), Err(TryLockError::WouldBlock | TryLockError::Error(_)))
        {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn what_an_ended_run_left_is_swept_and_what_a_living_one_writes_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("function.zip");
        let left = folder.path().join(format!(".function.zip.abc{TEMPORARY_SUFFIX}"));
        let other = folder.path().join(format!(".other.zip.abc{TEMPORARY_SUFFIX}"));
        std::fs::write(&left, "left").unwrap();
        std::fs::write(&other, "another archive's").unwrap();
        let output = Output::new(&out).unwrap();
        let living = output.start().unwrap();
        assert!(!left.exists());
        assert!(other.exists());
        let second = output.start().unwrap();
        assert!(living.named.path().exists());
        second.commit(Clock::now(), &Cancel::new()).unwrap();
        let living_path = living.named.path().to_owned();
        drop(living);
        assert!(!living_path.exists());
        assert!(out.exists());
    }

    #[test]
    fn only_an_archive_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("index.js");
        std::fs::write(&out, "exports.handler = 1").unwrap();
        assert_eq!(Output::new(&out).unwrap_err().code(), ErrorCode::OutNotAnArchive);
        assert_eq!(Output::new(folder.path()).unwrap_err().code(), ErrorCode::OutNotAFile);
        for text in ["", "PK\x03\x04 and so on"] {
            std::fs::write(&out, text).unwrap();
            Output::new(&out).unwrap().start().unwrap().commit(Clock::now(), &Cancel::new()).unwrap();
        }
    }
}
