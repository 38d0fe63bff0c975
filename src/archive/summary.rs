//! The little that a deployment needs to know of an archive that somebody else may have made.

use std::fs::File;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::inspect::{Catalogue, Kind, ProblemCode, Problems, Source, opened};
use crate::cancel::Cancel;
use crate::error::Error;

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

    /// Hashes the archive and adds up what its central directory declares.
    pub(super) fn of(source: &Source<'_>, catalogue: &Catalogue) -> Result<Self, Error> {
        let (mut unzipped_size, mut file_count) = (0_u64, 0);
        for record in &catalogue.records {
            unzipped_size = unzipped_size.saturating_add(record.size);
            file_count += u64::from(catalogue.kind(record) != Kind::Folder);
        }
        Ok(Self { sha256: source.sha256()?, size: source.size, unzipped_size, file_count })
    }
}

/// Hashes the archive at `path` and reads its central directory, and nothing else of it.
///
/// # Errors
/// [`Error::PackageNotFound`], [`Error::ReadFailed`], [`Error::InvalidArchive`], [`Error::Aborted`].
pub fn summarize(path: &Path, cancel: &Cancel) -> Result<Summary, Error> {
    let file = opened(path)?;
    let source = Source::new(&file, path, cancel)?;
    let mut problems = Problems::default();
    let catalogue = Catalogue::read(&source, &mut problems)?;
    let invalid = |problem| Error::InvalidArchive { path: path.to_owned(), problem };
    if let Some(problem) = problems.first_error(tolerated(&catalogue)) {
        return Err(invalid(problem));
    }
    let summary = Summary::of(&source, &catalogue)?;
    if summary.file_count == 0 { Err(invalid("it holds no file".to_owned())) } else { Ok(summary) }
}

/// The SHA-256 of a file, and its bytes. `path` is for messages.
///
/// # Errors
/// [`Error::ReadFailed`], [`Error::Aborted`].
pub fn hash(path: &Path, file: &File, cancel: &Cancel) -> Result<([u8; 32], u64), Error> {
    let source = Source::new(file, path, cancel)?;
    Ok((source.sha256()?, source.size))
}

/// What keeps nobody from telling what the archive holds: whether to take it is for AWS to say.
pub(super) fn tolerated(catalogue: &Catalogue) -> &'static [ProblemCode] {
    // An archive behind a program, as self-extracting ones are, whose offsets do not count the program.
    let behind = &[ProblemCode::TrailingBytes, ProblemCode::ExtraFieldBroken, ProblemCode::DirectoryMisplaced];
    if catalogue.shift > 0 { behind } else { &behind[..2] }
}
