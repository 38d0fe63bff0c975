//! Files on the disk: what they are, and whether they are still the same.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::positioned::read_exact_at;

/// What tells one state of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    device: u64,
    inode: u64,
    modified: i128,
    changed: i128,
}

impl Stamp {
    /// The stamp of a file by its metadata.
    #[must_use]
    #[cfg(unix)]
    pub fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Self {
            size: metadata.len(),
            device: metadata.dev(),
            inode: metadata.ino(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// The stamp of a file by what the system says of it.
    #[must_use]
    #[cfg(unix)]
    #[allow(clippy::unnecessary_cast, clippy::cast_lossless, clippy::cast_sign_loss, clippy::cast_possible_wrap)]
    pub fn of_stat(found: &rustix::fs::Stat) -> Self {
        // The fields have other types on other systems; all of them fit.
        let nanoseconds = |seconds: i128, rest: i128| seconds * 1_000_000_000 + rest;
        Self {
            size: found.st_size as u64,
            device: found.st_dev as u64,
            inode: found.st_ino as u64,
            modified: nanoseconds(found.st_mtime as i128, found.st_mtime_nsec as i128),
            changed: nanoseconds(found.st_ctime as i128, found.st_ctime_nsec as i128),
        }
    }

    /// All of it.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn words(&self) -> [u64; 7] {
        let halves = |time: i128| [time as u64, (time >> 64) as u64];
        let ([modified, modified_high], [changed, changed_high]) = (halves(self.modified), halves(self.changed));
        [self.size, self.device, self.inode, modified, modified_high, changed, changed_high]
    }

    /// Whether the content was not written to between the two. Names and rights may have changed.
    #[must_use]
    pub fn has_content_of(&self, other: &Self) -> bool {
        let content = |stamp: &Self| (stamp.size, stamp.device, stamp.inode, stamp.modified);
        content(self) == content(other)
    }

    /// Whether its times have parts of a millisecond, as those of a file system that keeps nanoseconds.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        self.modified % 1_000_000 != 0 && self.changed % 1_000_000 != 0
    }

    /// When the content was last changed, in nanoseconds since 1970.
    #[must_use]
    pub fn modified(&self) -> i128 {
        self.modified
    }

    /// When the file was last changed in any way, in nanoseconds since 1970.
    #[must_use]
    pub fn latest(&self) -> i128 {
        self.modified.max(self.changed)
    }

    /// The stamp of a file by its metadata.
    #[must_use]
    #[cfg(windows)]
    pub fn of(metadata: &Metadata) -> Self {
        use std::os::windows::fs::MetadataExt;
        /// From 1601, where Windows begins to count, to 1970, in its steps of 100 ns.
        const EPOCH: i128 = 116_444_736_000_000_000;
        let nanoseconds = |steps: u64| (i128::from(steps) - EPOCH) * 100;
        Self {
            size: metadata.file_size(),
            device: 0,
            inode: 0,
            modified: nanoseconds(metadata.last_write_time()),
            changed: nanoseconds(metadata.creation_time()),
        }
    }
}

#[cfg(test)]
impl Stamp {
    /// The stamp of some file of that size.
    pub fn of_size(size: u64) -> Self {
        Self { size, device: 0, inode: 0, modified: 0, changed: 0 }
    }
}

/// Opens a file that was found before: never through a link, never waiting on a FIFO. Whether it still is what was
/// found is asked once, after reading, by [`verify`].
///
/// # Errors
/// [`Error::ReadFailed`]; [`Error::FileChanged`] when it is gone.
pub fn open(path: &Path) -> Result<File, Error> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC);
    }
    options.open(path).map_err(|cause| {
        // It was there when the folder was read.
        if cause.kind() == io::ErrorKind::NotFound || is_loop(&cause) {
            Error::FileChanged { path: path.to_owned() }
        } else {
            Error::ReadFailed { path: path.to_owned(), cause }
        }
    })
}

/// Makes sure that an open file is still in the state it was found in.
///
/// # Errors
/// [`Error::FileChanged`], [`Error::ReadFailed`].
pub fn verify(file: &File, path: &Path, stamp: &Stamp) -> Result<(), Error> {
    let metadata = file.metadata().map_err(Error::read(path))?;
    if metadata.is_file() && Stamp::of(&metadata) == *stamp {
        Ok(())
    } else {
        Err(Error::FileChanged { path: path.to_owned() })
    }
}

/// Fills `buffer` from `offset`. A file that ends before is one that changed.
///
/// # Errors
/// [`Error::FileChanged`], [`Error::ReadFailed`].
pub fn read_at(file: &File, path: &Path, buffer: &mut [u8], offset: u64) -> Result<(), Error> {
    read_exact_at(file, buffer, offset).map_err(|cause| {
        // What is no file, and took the place of one, has no places to read from.
        let is_file = || file.metadata().is_ok_and(|found| found.is_file());
        if cause.kind() == io::ErrorKind::UnexpectedEof || !is_file() {
            Error::FileChanged { path: path.to_owned() }
        } else {
            Error::ReadFailed { path: path.to_owned(), cause }
        }
    })
}

/// Whether a path could not be followed because links lead in a circle.
#[must_use]
pub fn is_loop(cause: &io::Error) -> bool {
    #[cfg(unix)]
    return cause.raw_os_error() == Some(libc::ELOOP);
    #[cfg(windows)]
    return cause.raw_os_error() == Some(1921); // ERROR_CANT_RESOLVE_FILENAME
}

/// Whether the file may be executed: its owner's bit, or where the system has none, what it begins with.
///
/// # Errors
/// What the system answers where the file has to be looked into.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have to read the file")]
pub fn is_executable(_path: &Path, metadata: &Metadata) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(metadata.permissions().mode() & 0o100 != 0)
}

/// Whether the file may be executed: its owner's bit, or where the system has none, what it begins with.
///
/// # Errors
/// What the system answers where the file has to be looked into.
#[cfg(windows)]
pub fn is_executable(path: &Path, _metadata: &Metadata) -> io::Result<bool> {
    use std::io::Read;
    let mut start = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut start)?;
    Ok(runs_on_linux(&start))
}

/// Whether a file that begins so is a Linux program or a script.
#[cfg(any(windows, test))]
fn runs_on_linux(start: &[u8]) -> bool {
    start.starts_with(b"\x7fELF") || start.starts_with(b"#!")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_known_by_their_first_bytes() {
        assert!(runs_on_linux(b"\x7fELF\x02\x01"));
        assert!(runs_on_linux(b"#!/bin/sh\n"));
        assert!(!runs_on_linux(b"MZ\x90\0"));
        assert!(!runs_on_linux(b""));
    }

    #[test]
    fn a_file_that_grew_or_was_replaced_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "one").unwrap();
        let stamp = Stamp::of(&std::fs::metadata(&path).unwrap());
        let file = open(&path).unwrap();
        std::fs::write(&path, "longer").unwrap();
        assert!(matches!(verify(&file, &path, &stamp), Err(Error::FileChanged { .. })));
        assert!(matches!(read_at(&file, &path, &mut [0; 16], 0), Err(Error::FileChanged { .. })));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(open(&path), Err(Error::FileChanged { .. })));
    }
}
