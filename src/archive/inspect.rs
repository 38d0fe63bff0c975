//! Looks into an archive that anybody may have made: what it holds, and what is wrong with it.
//!
//! Nothing that the archive says is believed: each length is held against the bytes that are there before anything is
//! made of it, and whatever can be said twice is compared. Memory grows with the central directory, which is at most
//! 32 MiB; time with the bytes of the file and with what Lambda takes unzipped. Nothing is mapped into memory, as a
//! file that is cut short would then end the process.

mod bytes;
mod contents;
mod directory;
mod end;
mod extra;
mod kinds;
mod layout;
mod links;
mod local;
pub(super) mod names;
mod problems;
mod second;
mod source;
#[cfg(test)]
mod tests;
mod tree;

use std::path::Path;

use super::summary::Summary;
use crate::cancel::Cancel;
use crate::error::Error;
use crate::{limits, regular};

pub(super) use directory::Catalogue;
pub(super) use kinds::Kind;
pub(super) use problems::Problems;
pub use problems::{Problem, ProblemCode, Severity};
pub use source::ReadAt;
pub(super) use source::Source;

/// What an archive holds, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The file and its totals.
    pub summary: Summary,
    /// In the order of the central directory.
    pub entries: Vec<InspectedEntry>,
    /// Errors first; those of the archive as a whole before those of its entries. None when all is well.
    pub problems: Vec<Problem>,
}

/// An entry as the central directory declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InspectedEntry {
    /// The name as it is written; when it is not UTF-8, with `\xNN` for such bytes.
    pub name: String,
    /// What it becomes when it is unpacked.
    pub kind: EntryKind,
    /// Permission bits, like `0o644`; none when the archive was made on a system without them.
    pub mode: Option<u32>,
    /// How its bytes are stored.
    pub method: EntryMethod,
    /// Bytes, unzipped.
    pub size: u64,
    /// Bytes in the archive.
    pub compressed_size: u64,
    /// CRC-32 of the unzipped bytes.
    pub crc32: u32,
}

/// What an entry becomes when it is unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link {
        /// Its text; none when it cannot be read.
        target: Option<String>,
    },
    /// A device, FIFO or socket.
    Other,
}

/// How an entry's bytes are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryMethod {
    /// As they are.
    Stored,
    /// Deflated.
    Deflated,
    /// A method that Lambda does not read, by its number in APPNOTE 4.4.5.
    Other(u16),
}

/// Reads the archive at `path`, all of it, and tells what it holds and what is wrong with it. What is wrong is no
/// error: a file that is no archive at all gives an [`Inspection`] without entries.
///
/// # Errors
/// [`Error::PackageNotFound`], [`Error::ReadFailed`], [`Error::Aborted`]; [`Error::InvalidArchive`] when there is
/// something else than a file at `path`.
pub fn inspect(path: &Path, cancel: &Cancel) -> Result<Inspection, Error> {
    inspect_source(&Source::new(&opened(path)?, path, cancel)?)
}

/// [`inspect`] for what is not a file, like bytes in memory.
///
/// # Errors
/// [`Error::ReadFailed`], [`Error::Aborted`].
#[doc(hidden)]
pub fn inspect_bytes(bytes: &dyn ReadAt, cancel: &Cancel) -> Result<Inspection, Error> {
    inspect_source(&Source::new(bytes, Path::new(""), cancel)?)
}

/// The order of the checks: first what pure code can tell from the directory, then what the rest of the file says.
fn inspect_source(source: &Source<'_>) -> Result<Inspection, Error> {
    let mut problems = Problems::default();
    let catalogue = Catalogue::read(source, &mut problems)?;
    let readable = problems.first_error(&[]).is_none();
    let summary = Summary::of(source, &catalogue)?;
    check_totals(&summary, &catalogue, &mut problems);
    for record in &catalogue.records {
        source.cancel.check()?;
        names::check(&catalogue, record, &mut problems);
        kinds::check(&catalogue, record, &mut problems);
    }
    let tree = tree::Tree::of(&catalogue, source.cancel, &mut problems)?;
    let locals = local::read(source, &catalogue, &mut problems)?;
    layout::check(source, &catalogue, &locals, &mut problems)?;
    let targets = contents::check(source, &catalogue, &locals, &mut problems)?;
    links::check(&catalogue, &tree, &targets, source.cancel, &mut problems)?;
    if readable {
        second::compare(source, &catalogue, &mut problems)?;
    }
    let entries = entries(source, &catalogue, &targets)?;
    Ok(Inspection { summary, problems: problems.told(&catalogue), entries })
}

/// Opens what is there, in the words for a package.
pub(super) fn opened(path: &Path) -> Result<std::fs::File, Error> {
    regular::open(path).map_err(|error| match error {
        Error::ReadFailed { path, cause } if cause.kind() == std::io::ErrorKind::NotFound => {
            Error::PackageNotFound { path }
        }
        Error::SpecialFile { path, kind } => Error::InvalidArchive { path, problem: format!("it is {kind}") },
        error => error,
    })
}

fn check_totals(summary: &Summary, catalogue: &Catalogue, problems: &mut Problems) {
    if summary.file_count == 0 && catalogue.complete {
        problems.archive(ProblemCode::NoFiles, "holds no file, and Lambda refuses it");
    }
    let (size, limit) = (summary.unzipped_size, limits::UNZIPPED);
    if size > limit {
        problems.archive(ProblemCode::UnzippedTooLarge, format!("unzips to {size} bytes, and Lambda takes {limit}"));
    }
}

fn entries(source: &Source<'_>, catalogue: &Catalogue, targets: &links::Targets) -> Result<Vec<InspectedEntry>, Error> {
    let mut entries = Vec::with_capacity(catalogue.records.len());
    for record in &catalogue.records {
        source.cancel.check()?;
        entries.push(InspectedEntry {
            name: names::written(catalogue.name(record)),
            kind: match catalogue.kind(record) {
                Kind::File => EntryKind::File,
                Kind::Folder => EntryKind::Folder,
                Kind::Link => EntryKind::Link { target: targets.get(&record.index).map(|text| names::written(text)) },
                Kind::Other => EntryKind::Other,
            },
            mode: record.mode().map(|mode| mode & 0o7777),
            method: match record.method {
                directory::STORED => EntryMethod::Stored,
                directory::DEFLATED => EntryMethod::Deflated,
                other => EntryMethod::Other(other),
            },
            size: record.size,
            compressed_size: record.compressed_size,
            crc32: record.crc,
        });
    }
    Ok(entries)
}
