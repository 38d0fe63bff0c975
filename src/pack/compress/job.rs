//! The plan, cut into jobs of a size that keeps every core busy.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::pack::plan::Entry;

/// Files above this are cut into pieces.
const LARGE: u64 = 4 << 20;
/// What a piece has.
pub const PIECE: u64 = 1 << 20;
/// Small files are done together up to this, so that the hand-over costs nothing.
const RUN_BYTES: u64 = 256 << 10;
const RUN_FILES: usize = 64;

/// What a thread takes at once.
#[derive(Debug)]
pub enum Job {
    /// Whole entries.
    Files(Range<usize>),
    /// A part of one entry.
    Piece(Piece),
}

/// A part of one entry.
#[derive(Debug)]
pub struct Piece {
    /// The entry's index.
    pub entry: usize,
    /// Which of the pieces.
    pub index: u64,
    /// How many there are; they are neighbours in the list of jobs.
    pub of: usize,
    /// Whether the entry is worth deflating, found by whoever comes first.
    pub shrinks: Arc<OnceLock<bool>>,
}

impl Job {
    /// Input bytes.
    pub fn weight(&self, entries: &[Entry]) -> u64 {
        match self {
            Job::Files(range) => entries[range.clone()].iter().map(Entry::size).sum(),
            Job::Piece(_) => PIECE,
        }
    }
}

/// Cuts the plan; the jobs are in the plan's order.
pub fn jobs(entries: &[Entry]) -> Vec<Job> {
    let mut jobs = Vec::new();
    let mut run = 0..0;
    let mut run_bytes = 0;
    for (index, entry) in entries.iter().enumerate() {
        let size = entry.size();
        let full = run_bytes + size > RUN_BYTES || run.len() >= RUN_FILES || size > LARGE;
        if full && !run.is_empty() {
            jobs.push(Job::Files(run.clone()));
            run = index..index;
            run_bytes = 0;
        }
        if size > LARGE {
            let shrinks = Arc::new(OnceLock::new());
            let of = usize::try_from(size.div_ceil(PIECE)).unwrap_or(usize::MAX);
            let piece = |piece| Job::Piece(Piece { entry: index, index: piece, of, shrinks: Arc::clone(&shrinks) });
            jobs.extend((0..size.div_ceil(PIECE)).map(piece));
            run = index + 1..index + 1;
        } else {
            run.end = index + 1;
            run_bytes += size;
        }
    }
    if !run.is_empty() {
        jobs.push(Job::Files(run));
    }
    jobs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::file::Stamp;
    use crate::pack::plan::Source;

    #[test]
    fn every_entry_is_in_one_place_and_in_order() {
        let sizes = [0, 10, 300 << 10, 5, 5 << 20, 7, 4 << 20, (8 << 20) + 1, 9, 1 << 20];
        let entry = |size| Entry {
            name: "x".to_owned(),
            mode: 0,
            source: Source::Disk { path: "x".into(), stamp: Stamp::of_size(size) },
        };
        let entries: Vec<_> = sizes.into_iter().map(entry).chain((0..200).map(|_| entry(1))).collect();
        let mut seen = Vec::new();
        for job in jobs(&entries) {
            match job {
                Job::Files(range) => seen.extend(range.map(|entry| (entry, 0, 1))),
                Job::Piece(piece) => seen.push((piece.entry, piece.index, piece.of)),
            }
        }
        let mut expected = Vec::new();
        for (entry, size) in entries.iter().map(Entry::size).enumerate() {
            let of = if size > LARGE { size.div_ceil(PIECE) } else { 1 };
            expected.extend((0..of).map(|piece| (entry, piece, usize::try_from(of).unwrap())));
        }
        assert_eq!(seen, expected);
    }
}
