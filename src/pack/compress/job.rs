//! The plan, cut into jobs of a size that keeps every core busy.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::Record;
use crate::archive::Header;
use crate::deflate::MAX_DISTANCE;
use crate::pack::plan::Entry;

/// Files above this are cut into pieces.
const LARGE: u64 = 2 << 20;
/// What a piece has.
const PIECE: u64 = 1 << 20;
/// Small files are done together up to this, so that the hand-over costs nothing.
const RUN_BYTES: u64 = 256 << 10;
const RUN_FILES: usize = 64;

/// What is done at once.
#[derive(Debug)]
pub enum Job {
    /// Whole entries, by a thread.
    Files(Range<usize>),
    /// A part of one entry, by a thread.
    Piece(Piece),
    /// Entries that are neighbours in the old archive too, by the writer: their bytes there.
    Copy(Range<usize>, Range<u64>),
}

/// A part of one entry.
#[derive(Debug)]
pub struct Piece {
    /// The entry's index.
    pub entry: usize,
    /// Which of the pieces.
    pub index: usize,
    /// How many there are; they are neighbours in the list of jobs.
    pub of: usize,
    /// Whether the entry is worth deflating, found by whoever comes first.
    pub shrinks: Arc<OnceLock<bool>>,
}

impl Piece {
    /// The bytes of the entry that it has.
    pub fn range(&self, size: u64) -> Range<u64> {
        piece_range(self.index, size)
    }
}

/// How many bytes before a piece are looked at for it: those that its matches may refer to.
pub fn known_before(index: usize) -> u64 {
    if index == 0 { 0 } else { MAX_DISTANCE as u64 }
}

/// The bytes of piece `index` of a file of that size.
pub fn piece_range(index: usize, size: u64) -> Range<u64> {
    let start = index as u64 * PIECE;
    start..size.min(start + PIECE)
}

impl Job {
    /// Input bytes that a thread reads for it.
    pub fn weight(&self, entries: &[Entry]) -> u64 {
        match self {
            Self::Files(range) => entries[range.clone()].iter().map(Entry::size).sum(),
            Self::Piece(piece) => {
                let range = piece.range(entries[piece.entry].size());
                range.end - range.start
            }
            Self::Copy(..) => 0,
        }
    }
}

/// How many pieces a file of that size has; 1 for one that is done whole.
pub fn pieces(size: u64) -> usize {
    if size > LARGE { usize::try_from(size.div_ceil(PIECE)).unwrap_or(usize::MAX) } else { 1 }
}

/// Cuts the plan; the jobs are in the plan's order. Entries that have a record can be copied from the old archive, if
/// there is one; `old_size` is its size. Where jobs begin makes no difference to the bytes.
pub fn jobs(entries: &[Entry], records: &[Option<Record>], old_size: Option<u64>) -> Vec<Job> {
    let mut cut = Cut { jobs: Vec::new(), run: 0..0, run_bytes: 0 };
    for (index, entry) in entries.iter().enumerate() {
        let size = entry.size();
        let record = records.get(index).and_then(Option::as_ref);
        match record.zip(old_size).and_then(|(record, old_size)| record.bytes(entry, old_size)) {
            Some(bytes) => {
                cut.end_run(index + 1);
                cut.copy(index, bytes);
            }
            _ if pieces(size) > 1 => {
                cut.end_run(index + 1);
                let (of, shrinks) = (pieces(size), Arc::new(OnceLock::new()));
                let piece = |piece| Job::Piece(Piece { entry: index, index: piece, of, shrinks: Arc::clone(&shrinks) });
                cut.jobs.extend((0..of).map(piece));
            }
            _ => {
                if cut.run_bytes + size > RUN_BYTES || cut.run.len() >= RUN_FILES {
                    cut.end_run(index);
                }
                cut.run.end = index + 1;
                cut.run_bytes += size;
            }
        }
    }
    cut.end_run(entries.len());
    cut.jobs
}

struct Cut {
    jobs: Vec<Job>,
    run: Range<usize>,
    run_bytes: u64,
}

impl Cut {
    /// Ends the run of small files; the next one begins at `next`.
    fn end_run(&mut self, next: usize) {
        if !self.run.is_empty() {
            self.jobs.push(Job::Files(self.run.clone()));
        }
        self.run = next..next;
        self.run_bytes = 0;
    }

    fn copy(&mut self, index: usize, bytes: Range<u64>) {
        match self.jobs.last_mut() {
            Some(Job::Copy(entries, before)) if entries.end == index && before.end == bytes.start => {
                entries.end = index + 1;
                before.end = bytes.end;
            }
            _ => self.jobs.push(Job::Copy(index..index + 1, bytes)),
        }
    }
}

impl Record {
    /// Where the entry is in an archive of that size, with its header. Nothing when it cannot be there: records come
    /// from a file that anything may have happened to.
    fn bytes(&self, entry: &Entry, archive_size: u64) -> Option<Range<u64>> {
        let is_stored_inside = self.stored <= archive_size;
        let end = is_stored_inside.then(|| self.at.checked_add(self.header(entry).span())).flatten()?;
        (end <= archive_size).then_some(self.at..end)
    }

    /// The header of the entry whose record it is.
    pub fn header<'a>(&self, entry: &'a Entry) -> Header<'a> {
        let Self { method, crc, stored, .. } = *self;
        Header { name: &entry.name, mode: entry.mode, method, crc, size: entry.size(), stored }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Method;
    use crate::pack::content::Keys;
    use crate::pack::file::Stamp;
    use crate::pack::plan::Source;

    fn entries(sizes: &[u64]) -> Vec<Entry> {
        let entry = |size: &u64| Entry {
            name: "x".to_owned(),
            mode: 0,
            source: Source::Disk { path: "x".into(), stamp: Stamp::of_size(*size), runs: false },
        };
        sizes.iter().map(entry).collect()
    }

    #[test]
    fn every_entry_is_in_one_place_and_in_order() {
        let mut sizes = vec![0, 10, 300 << 10, 5, 5 << 20, 7, 4 << 20, (8 << 20) + 1, 9, 1 << 20];
        sizes.extend([1; 200]);
        let mut seen = Vec::new();
        for job in jobs(&entries(&sizes), &[], Some(1000)) {
            match job {
                Job::Files(range) => seen.extend(range.map(|entry| (entry, 0, 1))),
                Job::Piece(piece) => seen.push((piece.entry, piece.index, piece.of)),
                Job::Copy(..) => unreachable!(),
            }
        }
        let mut expected = Vec::new();
        for (entry, size) in sizes.iter().copied().enumerate() {
            let of = if size > LARGE { usize::try_from(size.div_ceil(PIECE)).unwrap() } else { 1 };
            expected.extend((0..of).map(|piece| (entry, piece, of)));
        }
        assert_eq!(seen, expected);
    }

    #[test]
    fn neighbours_of_the_old_archive_are_copied_together() {
        let record = |at| Some(Record { at, method: Method::Stored, crc: 0, stored: 5, keys: Keys::new() });
        // Each entry has 31 bytes of header and 5 of content; after the third one something was removed.
        let records = [record(0), record(36), None, record(108), record(200)];
        let copied: Vec<_> =
            jobs(&entries(&[5; 5]), &records, Some(236)).iter().map(|job| format!("{job:?}")).collect();
        assert_eq!(copied, ["Copy(0..2, 0..72)", "Files(2..3)", "Copy(3..4, 108..144)", "Copy(4..5, 200..236)"]);
        assert_eq!(jobs(&entries(&[5; 5]), &records, None).len(), 1);
        // What cannot be where it is said to be is not copied.
        let impossible = [Some(Record { stored: u64::MAX, ..record(0).unwrap() }), record(u64::MAX - 3), record(201)];
        assert_eq!(jobs(&entries(&[5; 3]), &impossible, Some(236)).len(), 1);
    }
}
