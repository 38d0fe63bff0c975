//! Looks into an archive that somebody else may have made.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use crate::cancel::Cancel;
use crate::error::Error;
use crate::regular;

/// What a deployment needs to know of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Bytes of the file.
    pub size: u64,
    /// Bytes of all entries, unzipped, as the archive declares them.
    pub unzipped_size: u64,
    /// Entries that are not folders.
    pub file_count: u64,
}

impl Summary {
    /// The SHA-256 as AWS writes it.
    #[must_use]
    pub fn sha256_base64(&self) -> String {
        STANDARD.encode(self.sha256)
    }
}

/// Hashes the archive at `path` and reads its central directory.
///
/// # Errors
/// [`Error::PackageNotFound`], [`Error::ReadFailed`], [`Error::InvalidArchive`], [`Error::Aborted`].
pub fn summarize(path: &Path, cancel: &Cancel) -> Result<Summary, Error> {
    let file = regular::open(path).map_err(|error| match error {
        Error::ReadFailed { path, cause } if cause.kind() == std::io::ErrorKind::NotFound => {
            Error::PackageNotFound { path }
        }
        Error::SpecialFile { path, kind } => Error::InvalidArchive { path, problem: format!("it is {kind}") },
        error => error,
    })?;
    let (sha256, size) = hash(path, &file, cancel)?;
    let invalid =
        |cause: zip::result::ZipError| Error::InvalidArchive { path: path.to_owned(), problem: cause.to_string() };
    let mut archive = ZipArchive::new(BufReader::new(&file)).map_err(invalid)?;
    let (mut unzipped_size, mut file_count) = (0, 0);
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(invalid)?;
        unzipped_size += entry.size();
        file_count += u64::from(!entry.is_dir());
    }
    if file_count == 0 {
        return Err(Error::InvalidArchive { path: path.to_owned(), problem: "it holds no file".to_owned() });
    }
    Ok(Summary { sha256, size, unzipped_size, file_count })
}

/// The SHA-256 of a file, and its bytes.
///
/// # Errors
/// [`Error::ReadFailed`], [`Error::Aborted`].
pub fn hash(path: &Path, mut file: &File, cancel: &Cancel) -> Result<([u8; 32], u64), Error> {
    let mut sha256 = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut size = 0;
    loop {
        cancel.check()?;
        let count = file.read(&mut buffer).map_err(Error::read(path))?;
        if count == 0 {
            return Ok((sha256.finalize().into(), size));
        }
        sha256.update(&buffer[..count]);
        size += count as u64;
    }
}
