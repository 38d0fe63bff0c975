//! The end of an archive: the end record, its Zip64 form, and where they say that the central directory is
//! (APPNOTE 4.3.14 to 4.3.16).

use super::bytes::{u16_at, u32_at, u64_at};
use super::problems::{ProblemCode, Problems};
use super::source::Source;
use crate::error::Error;

const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR: u32 = 0x0706_4b50;
/// How a record of the central directory begins.
pub const CENTRAL: u32 = 0x0201_4b50;

const END_SIZE: usize = 22;
const END_64_SIZE: u64 = 56;
const LOCATOR_SIZE: u64 = 20;
const LONGEST_COMMENT: usize = 65_535;

/// Where the central directory is, by the end records and by what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Where it begins in the file.
    pub at: u64,
    /// Its bytes.
    pub size: u64,
    /// How many entries it has, by the end record.
    pub count: u64,
    /// Whether the count has but 16 bits, and may have been too small for the entries.
    pub short_count: bool,
    /// Bytes before the archive that its offsets do not count.
    pub shift: u64,
    /// Where the end records begin.
    pub end: u64,
}

/// What the end records say, the wider one where there are two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Said {
    disk: u32,
    directory_disk: u32,
    count_here: u64,
    count: u64,
    size: u64,
    offset: u64,
}

/// Finds the end record, looks at all that it says, and answers where the central directory is.
pub fn find(source: &Source<'_>, problems: &mut Problems) -> Result<Option<Place>, Error> {
    let tail_at = source.size.saturating_sub((END_SIZE + LONGEST_COMMENT) as u64);
    let tail = source.some(tail_at, END_SIZE + LONGEST_COMMENT)?;
    let Some(record) = chosen(&tail) else {
        let cut = signatures(&tail, 0).next().is_some();
        let what = if cut { "an end record that is cut short" } else { "no end record" };
        problems.archive(ProblemCode::EndRecordMissing, format!("has {what}; it is no ZIP archive, or a part of one"));
        return Ok(None);
    };
    let at = tail_at + record as u64;
    let comment = comment_length(&tail, record);
    if comment > 0 {
        problems.archive(ProblemCode::ArchiveComment, format!("has a comment of {comment} bytes"));
    }
    let behind = tail.len() - record - END_SIZE - comment;
    if behind > 0 {
        problems.archive(ProblemCode::TrailingBytes, format!("is followed by {behind} bytes that are not its own"));
    }
    let Some(narrow) = narrow(&tail, record) else { return Ok(None) };
    let zip64 = zip64(source, at, narrow, problems)?;
    let (said, end) = zip64.unwrap_or((narrow, at));
    if said.disk != 0 || said.directory_disk != 0 || said.count_here != said.count {
        problems.archive(ProblemCode::MultiDisk, "is one of several parts");
    }
    let place = place(source, said, end, problems)?;
    let place = place.map(|place| Place { short_count: zip64.is_none(), ..place });
    let from = place.map_or(end, |place| place.at).saturating_sub(tail_at);
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    if signatures(&tail, from).any(|other| other != record) {
        problems.archive(
            ProblemCode::SeveralEndRecords,
            "has more than one end record, and readers differ in which they take",
        );
    }
    Ok(place)
}

/// Where end records begin, the last one first.
fn signatures(tail: &[u8], from: usize) -> impl Iterator<Item = usize> {
    let last = (tail.len() + 1).saturating_sub(4);
    (from..last).rev().filter(|at| u32_at(tail, *at) == Some(END))
}

/// The last record whose comment ends with the file, or the last whose comment is within it.
fn chosen(tail: &[u8]) -> Option<usize> {
    let end = |at: usize| at + END_SIZE + comment_length(tail, at);
    let whole = |at: &usize| end(*at) <= tail.len();
    let exact = signatures(tail, 0).find(|at| end(*at) == tail.len());
    exact.or_else(|| signatures(tail, 0).find(whole))
}

fn comment_length(tail: &[u8], record: usize) -> usize {
    u16_at(tail, record + 20).map_or(tail.len(), usize::from)
}

fn narrow(tail: &[u8], at: usize) -> Option<Said> {
    Some(Said {
        disk: u16_at(tail, at + 4)?.into(),
        directory_disk: u16_at(tail, at + 6)?.into(),
        count_here: u16_at(tail, at + 8)?.into(),
        count: u16_at(tail, at + 10)?.into(),
        size: u32_at(tail, at + 12)?.into(),
        offset: u32_at(tail, at + 16)?.into(),
    })
}

/// The Zip64 record, when there is one, and where it begins. What it says has to be what the old one says, as far as
/// that goes: readers differ in which they believe.
fn zip64(source: &Source<'_>, end: u64, narrow: Said, problems: &mut Problems) -> Result<Option<(Said, u64)>, Error> {
    let locator_at = end.saturating_sub(LOCATOR_SIZE);
    let locator = source.some(locator_at, 20)?;
    if end < LOCATOR_SIZE || u32_at(&locator, 0) != Some(LOCATOR) {
        // 65,535 entries fit without Zip64.
        if narrow.size == u64::from(u32::MAX) || narrow.offset == u64::from(u32::MAX) {
            problems.archive(ProblemCode::Zip64Broken, "says that it has a Zip64 end record, and has none");
        }
        return Ok(None);
    }
    let mut broken = |what: &str| problems.archive(ProblemCode::Zip64Broken, what);
    let before = locator_at.saturating_sub(END_64_SIZE);
    let offset = u64_at(&locator, 8).unwrap_or_default();
    let mut record = record(source, offset, locator_at)?;
    let mut at = offset;
    if record.is_none() {
        broken("has no Zip64 end record where it says");
        record = self::record(source, before, locator_at)?;
        at = before;
    }
    let Some((said, length)) = record else { return Ok(None) };
    if at.checked_add(length) != Some(locator_at) {
        broken("has a Zip64 end record of a wrong length");
    }
    if u32_at(&locator, 4) != Some(0) || u32_at(&locator, 16).is_some_and(|disks| disks > 1) {
        problems.archive(ProblemCode::MultiDisk, "says that it has several parts");
    }
    if at != before && self::record(source, before, locator_at)?.is_some() {
        problems.archive(ProblemCode::SeveralEndRecords, "has more than one Zip64 end record");
    }
    let same = |old: u64, new: u64, limit: u64| old == limit || old == new;
    let (short, long) = (u64::from(u16::MAX), u64::from(u32::MAX));
    let agrees = same(narrow.disk.into(), said.disk.into(), short)
        && same(narrow.directory_disk.into(), said.directory_disk.into(), short)
        && same(narrow.count_here, said.count_here, short)
        && same(narrow.count, said.count, short)
        && same(narrow.size, said.size, long)
        && same(narrow.offset, said.offset, long);
    if !agrees {
        problems.archive(ProblemCode::Zip64Disagrees, "has two end records that say different things");
    }
    Ok(Some((said, at)))
}

/// A Zip64 end record, with its length.
fn record(source: &Source<'_>, at: u64, limit: u64) -> Result<Option<(Said, u64)>, Error> {
    if at.checked_add(END_64_SIZE).is_none_or(|end| end > limit) {
        return Ok(None);
    }
    let bytes = source.some(at, 56)?;
    let read = || {
        let said = Said {
            disk: u32_at(&bytes, 16)?,
            directory_disk: u32_at(&bytes, 20)?,
            count_here: u64_at(&bytes, 24)?,
            count: u64_at(&bytes, 32)?,
            size: u64_at(&bytes, 40)?,
            offset: u64_at(&bytes, 48)?,
        };
        // The length leaves out itself and what is before it.
        Some((said, u64_at(&bytes, 4)?.saturating_add(12)))
    };
    Ok((u32_at(&bytes, 0) == Some(END_64)).then(read).flatten())
}

/// Where the central directory is: where the end record says, or right before it.
fn place(source: &Source<'_>, said: Said, end: u64, problems: &mut Problems) -> Result<Option<Place>, Error> {
    let Said { offset, size, count, .. } = said;
    let mut misplaced = |what: String| problems.archive(ProblemCode::DirectoryMisplaced, what);
    let place = |at, shift| Some(Place { at, size, count, short_count: false, shift, end });
    let ends = offset.checked_add(size);
    if ends == Some(end) || (size == 0 && offset <= end) {
        return Ok(place(offset, 0));
    }
    let begins = |at: u64| -> Result<bool, Error> {
        Ok(at.checked_add(4).is_some_and(|next| next <= end) && u32_at(&source.some(at, 4)?, 0) == Some(CENTRAL))
    };
    let fits = ends.is_some_and(|ends| ends < end);
    let as_said = begins(offset)?;
    let right_before = end.checked_sub(size);
    match right_before {
        // Where both are, this is what most readers take: they go by what is in front of them.
        Some(before) if begins(before)? => {
            if as_said && fits {
                misplaced("has two places where its central directory may begin".to_owned());
            } else if before >= offset {
                misplaced(format!("begins {} bytes later than its offsets say", before - offset));
            } else {
                misplaced(format!("lacks {} bytes before its central directory", offset - before));
            }
            Ok(place(before, before.saturating_sub(offset)))
        }
        _ if as_said => {
            if let Some(between) = ends.and_then(|ends| end.checked_sub(ends)) {
                misplaced(format!("says that its central directory ends {between} bytes before its end record"));
            }
            Ok(place(offset, 0))
        }
        _ => {
            misplaced("has no central directory where it says".to_owned());
            Ok(None)
        }
    }
}
