//! The central directory: what the archive says that it holds (APPNOTE 4.3.12).

use super::bytes::{u16_at, u32_at};
use super::end::{self, CENTRAL};
use super::extra::{Extra, Wide, WideProblem};
use super::kinds::{self, Kind};
use super::problems::{ProblemCode, Problems};
use super::source::Source;
use crate::error::Error;

/// Bytes of a directory that are read at most: those of 300,000 files whose names have 65 bytes. What is read of it
/// takes eight times as much memory at worst.
const LARGEST: u64 = 32 << 20;
const RECORD: usize = 46;
/// Records between two looks at the cancel flag.
const LOOK: usize = 1024;

/// As they are.
pub const STORED: u16 = 0;
/// Deflated.
pub const DEFLATED: u16 = 8;
/// Flag: encrypted.
pub const ENCRYPTED: u16 = 1;
/// Flag: sizes and CRC stand behind the data.
pub const DESCRIPTOR: u16 = 1 << 3;
/// Flag: a patch of another file.
pub const PATCH: u16 = 1 << 5;
/// Flag: encrypted in another way.
pub const STRONGLY_ENCRYPTED: u16 = 1 << 6;
/// Flag: the name is in UTF-8.
pub const UTF8: u16 = 1 << 11;
/// Flag: the local header is encrypted too.
pub const MASKED: u16 = 1 << 13;

/// One record of the central directory. Its name and extra fields stay where they are, in [`Catalogue::bytes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    pub index: usize,
    /// The system that the mode is of.
    pub system: u8,
    /// The version of the format that a reader needs, times ten.
    pub version: u8,
    pub flags: u16,
    pub method: u16,
    pub crc: u32,
    pub compressed_size: u64,
    pub size: u64,
    pub attributes: u32,
    /// Where the local header is in the file.
    pub offset: u64,
    name_at: usize,
    name_length: u16,
    extra_length: u16,
}

/// The central directory, read.
#[derive(Debug, Default)]
pub struct Catalogue {
    bytes: Vec<u8>,
    /// In their order.
    pub records: Vec<Record>,
    /// Where it begins and ends in the file, and where the end records begin.
    pub at: u64,
    pub end: u64,
    pub end_records: u64,
    /// Bytes before the archive that its offsets do not count.
    pub shift: u64,
    /// Whether it was found and is all there is.
    pub complete: bool,
}

impl Catalogue {
    /// Finds the central directory and reads it. What cannot be read of it is told in `problems`.
    pub fn read(source: &Source<'_>, problems: &mut Problems) -> Result<Self, Error> {
        let Some(place) = end::find(source, problems)? else { return Ok(Self::default()) };
        if place.size > LARGEST {
            let size = place.size;
            let phrase = format!("has a central directory of {size} bytes, of which more than {LARGEST} are not read");
            problems.archive(ProblemCode::DirectoryTooLarge, phrase);
            return Ok(Self::default());
        }
        // Readers go by the size, by the count, or by what is there. Here it is the last, and the others have to agree.
        let there = place.end.saturating_sub(place.at).min(LARGEST);
        let mut catalogue = Self {
            bytes: source.some(place.at, usize::try_from(there).unwrap_or(usize::MAX))?,
            records: Vec::new(),
            at: place.at,
            end: place.at,
            end_records: place.end,
            shift: place.shift,
            complete: true,
        };
        let mut at = 0;
        while u32_at(&catalogue.bytes, at) == Some(CENTRAL) {
            if catalogue.records.len().is_multiple_of(LOOK) {
                source.cancel.check()?;
            }
            let Some((record, next)) = catalogue.record(at, problems) else {
                problems
                    .archive(ProblemCode::DirectoryBroken, "has a central directory whose last record is cut short");
                catalogue.complete = false;
                break;
            };
            catalogue.records.push(record);
            at = next;
        }
        catalogue.bytes.truncate(at);
        catalogue.end = place.at + at as u64;
        if at as u64 != place.size {
            let phrase = format!("has a central directory of {at} bytes and says that it has {}", place.size);
            problems.archive(ProblemCode::DirectorySizeWrong, phrase);
        }
        let found = catalogue.records.len() as u64;
        if found != place.count {
            let wrapped = if place.short_count && found % 65_536 == place.count { ", without Zip64" } else { "" };
            let phrase = format!("lists {found} entries and counts {}{wrapped}", place.count);
            problems.archive(ProblemCode::EntryCountWrong, phrase);
        }
        Ok(catalogue)
    }

    /// The name as it is written.
    pub fn name(&self, record: &Record) -> &[u8] {
        self.bytes.get(record.name_at..record.name_at + usize::from(record.name_length)).unwrap_or_default()
    }

    /// The extra fields.
    pub fn extra(&self, record: &Record) -> Extra<'_> {
        let at = record.name_at + usize::from(record.name_length);
        Extra::parse(self.bytes.get(at..at + usize::from(record.extra_length)).unwrap_or_default())
    }

    /// What the entry becomes.
    pub fn kind(&self, record: &Record) -> Kind {
        kinds::kind(record, self.name(record))
    }

    /// The record at `at`, and where the next one begins.
    fn record(&self, at: usize, problems: &mut Problems) -> Option<(Record, usize)> {
        let head = self.bytes.get(at..at + RECORD)?;
        let (name_length, extra_length) = (u16_at(head, 28)?, u16_at(head, 30)?);
        let next = at + RECORD + usize::from(name_length) + usize::from(extra_length) + usize::from(u16_at(head, 32)?);
        if next > self.bytes.len() {
            return None;
        }
        let mut record = Record {
            index: self.records.len(),
            system: head[5],
            version: head[6],
            flags: u16_at(head, 8)?,
            method: u16_at(head, 10)?,
            crc: u32_at(head, 16)?,
            compressed_size: u32_at(head, 20)?.into(),
            size: u32_at(head, 24)?.into(),
            attributes: u32_at(head, 38)?,
            offset: u32_at(head, 42)?.into(),
            name_at: at + RECORD,
            name_length,
            extra_length,
        };
        if !matches!(u16_at(head, 34)?, 0 | u16::MAX) {
            problems.entry(ProblemCode::MultiDisk, &record, || "is on another disk".to_owned());
        }
        self.widen(&mut record, problems);
        Some((record, next))
    }

    /// Takes from the extra fields what does not fit in the record.
    fn widen(&self, record: &mut Record, problems: &mut Problems) {
        let extra = self.extra(record);
        if extra.broken {
            let phrase = || "has extra fields that are cut short, or one of them twice".to_owned();
            problems.entry(ProblemCode::ExtraFieldBroken, record, phrase);
        }
        let narrow = Wide { size: record.size, compressed_size: record.compressed_size, offset: record.offset };
        let (wide, problem) = narrow.widened(extra.zip64);
        record.size = wide.size;
        record.compressed_size = wide.compressed_size;
        record.offset = wide.offset.saturating_add(self.shift);
        match problem {
            Some(WideProblem::Missing) => problems
                .entry(ProblemCode::Zip64Broken, record, || "lacks the Zip64 field for its sizes or place".to_owned()),
            Some(WideProblem::Disagrees) => problems.entry(ProblemCode::Zip64Disagrees, record, || {
                "has a Zip64 field with other sizes or another place".to_owned()
            }),
            None => {}
        }
    }
}
