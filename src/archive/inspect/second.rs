//! A second opinion, by the `zip` crate: where two readers see different archives, so may the one that checks an
//! archive and the one that unpacks it.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use zip::ZipArchive;
use zip::read::{ArchiveOffset, Config};

use super::directory::{Catalogue, Record};
use super::names;
use super::problems::{ProblemCode, Problems};
use super::source::Source;
use crate::error::Error;

const BUFFER: usize = 64 << 10;
/// More entries than this are not read a second time: the crate cannot be ended in between, and takes longest when the
/// call is ended and its reader fails.
const MOST: usize = 100_000;

/// Reads the central directory once more. Only for archives whose directory was found to be where, as long and as many
/// as it says: the crate then neither searches the file nor takes room for entries that are not there.
pub fn compare(source: &Source<'_>, catalogue: &Catalogue, problems: &mut Problems) -> Result<(), Error> {
    if catalogue.records.len() > MOST {
        return Ok(());
    }
    let mut failure = None;
    let reader = BufReader::with_capacity(BUFFER, Reader { source, at: 0, failure: &mut failure });
    let archive = ZipArchive::with_config(Config { archive_offset: ArchiveOffset::Known(catalogue.shift) }, reader);
    let archive = match archive {
        Ok(archive) => archive.metadata(),
        Err(cause) => {
            if let Some(failure) = failure {
                return Err(failure);
            }
            problems.archive(ProblemCode::ReadersDisagree, format!("is refused by the zip crate: {cause}"));
            return Ok(());
        }
    };
    // The crate has one entry for each name; the names are told by themselves.
    if archive.has_duplicate_names() {
        return Ok(());
    }
    let (own, other) = (catalogue.records.len(), archive.len());
    if own != other {
        let phrase = format!("has {own} entries, and {other} for the zip crate");
        problems.archive(ProblemCode::ReadersDisagree, phrase);
        return Ok(());
    }
    for record in &catalogue.records {
        source.cancel.check()?;
        let Ok(entry) = archive.entry(record.index) else { continue };
        let name = catalogue.name(record);
        let seen = (entry.size(), entry.compressed_size(), entry.crc32(), entry.header_start());
        if entry.name_raw() != name && !renamed(catalogue, record) {
            let other = names::written(entry.name_raw());
            problems
                .entry(ProblemCode::ReadersDisagree, record, || format!("has the name {other:?} for the zip crate"));
        } else if seen != (record.size, record.compressed_size, record.crc, record.offset) {
            let phrase = || "has other sizes or another place for the zip crate".to_owned();
            problems.entry(ProblemCode::ReadersDisagree, record, phrase);
        }
    }
    Ok(())
}

/// Whether an extra field gives the entry a second name, which the crate takes.
fn renamed(catalogue: &Catalogue, record: &Record) -> bool {
    catalogue.extra(record).unicode_path.is_some()
}

/// The source for a crate that reads in one place. What fails is kept apart: the crate's error does not tell.
struct Reader<'a, 'b> {
    source: &'a Source<'b>,
    at: u64,
    failure: &'a mut Option<Error>,
}

impl Read for Reader<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.source.size.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let count = left.min(buffer.len());
        self.source.read(self.at, &mut buffer[..count]).map_err(|error| {
            *self.failure = Some(error);
            io::Error::other("stopped")
        })?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Reader<'_, '_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.source.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
