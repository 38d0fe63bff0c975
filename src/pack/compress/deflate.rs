//! Files, or pieces of them, read and deflated, or fetched from what was deflated before.

use std::fs::File;
use std::ops::Range;
use std::path::Path;

use super::job::{Piece, known_before, pieces};
use super::seen::{Seen, Unit};
use super::{Record, form};
use crate::archive::Method;
use crate::deflate::{Effort, Encoder, End};
use crate::error::Error;
use crate::pack::cache::{Found, Store};
use crate::pack::content::{Form, Key, Level};
use crate::pack::file::{self, Stamp};
use crate::pack::plan::{Entry, Source};
use crate::pack::secret::Secret;

/// A large file is judged by this many samples of this size.
const SAMPLES: u64 = 3;
const SAMPLE: u64 = 64 << 10;

/// What a thread keeps of its buffers from one job to the next.
const KEPT_BYTES: usize = 64 << 10;

/// What a job made.
#[derive(Debug, Default)]
pub struct Made {
    /// The bytes of its parts, one after the other.
    pub bytes: Vec<u8>,
    /// For each entry, or for the piece, in order.
    pub parts: Vec<Part>,
}

/// An entry or a piece as it goes into the archive.
#[derive(Debug)]
pub struct Part {
    /// What it is known by; nothing for what is not worth knowing.
    pub key: Option<Key>,
    /// Bytes before compression.
    pub size: u64,
    /// Where its bytes are.
    pub data: Data,
}

/// Where the bytes of a part are.
#[derive(Debug)]
pub enum Data {
    /// The next ones of the job.
    Here(Stored),
    /// Those that were written for an earlier unit.
    Same(Unit),
}

/// Bytes as they are stored.
#[derive(Debug, Clone, Copy)]
pub struct Stored {
    /// How they are stored.
    pub method: Method,
    /// CRC-32 before compression.
    pub crc: u32,
    /// How many they are.
    pub length: usize,
    /// Whether it took work to make them: they are not from the cache.
    pub fresh: bool,
}

/// What all threads share.
pub struct Shared<'a> {
    /// How much time goes into it.
    pub level: Level,
    /// What keys are made with.
    pub secret: Secret,
    /// What was compressed by earlier packs.
    pub store: Option<&'a Store>,
    /// What was met in this one.
    pub seen: &'a Seen,
}

/// What one thread needs to deflate, made once.
pub struct Deflater<'a> {
    shared: Shared<'a>,
    encoder: Encoder,
    input: Vec<u8>,
    /// How many bytes of the input were deflated before.
    known: usize,
    made: Made,
}

impl<'a> Deflater<'a> {
    /// With empty buffers.
    pub fn new(shared: Shared<'a>) -> Self {
        Self { shared, encoder: Encoder::new(), input: Vec::new(), known: 0, made: Made::default() }
    }

    /// Makes a whole entry. Of a file that is as it was when `record` was made, the content is not read again if it is
    /// at hand.
    ///
    /// # Errors
    /// [`Error::ReadFailed`], [`Error::FileChanged`].
    pub fn entry(&mut self, entry: &Entry, record: Option<&Record>, unit: Unit) -> Result<(), Error> {
        match &entry.source {
            Source::Text(text) => self.stored_as_it_is(None, text.as_bytes()),
            Source::Disk { stamp, .. } if stamp.size == 0 => self.stored_as_it_is(None, &[]),
            Source::Disk { path, stamp, .. } => {
                if record.is_some_and(|record| self.fetch_known(record, 0, unit)) {
                    return Ok(());
                }
                let file = file::open(path)?;
                self.read(&file, path, 0..stamp.size, 0)?;
                file::verify(&file, path, stamp)?;
                let key = Key::of(&self.input, 0, Form::Whole, self.shared.level, self.shared.secret);
                if !self.is_same(key, unit) && !self.fetch(key, true) {
                    self.shrink(key);
                }
            }
        }
        Ok(())
    }

    /// Makes a piece of an entry.
    ///
    /// # Errors
    /// [`Error::ReadFailed`], [`Error::FileChanged`].
    pub fn piece(&mut self, entry: &Entry, piece: &Piece, record: Option<&Record>, unit: Unit) -> Result<(), Error> {
        let Source::Disk { path, stamp, .. } = &entry.source else {
            return Err(Error::Internal("only files have pieces".to_owned()));
        };
        if record.is_some_and(|record| self.fetch_known(record, piece.index, unit)) {
            return Ok(());
        }
        let file = file::open(path)?;
        let shrinks = match (piece.shrinks.get(), record) {
            (Some(known), _) => *known,
            (None, Some(record)) => record.method == Method::Deflated,
            (None, None) => {
                let found = self.samples_shrink(&file, path, stamp)?;
                *piece.shrinks.get_or_init(|| found)
            }
        };
        let known = if shrinks { known_before(piece.index) } else { 0 };
        self.read(&file, path, piece.range(stamp.size), known)?;
        file::verify(&file, path, stamp)?;
        let key = Key::of(&self.input, self.known, form(piece.index, piece.of), self.shared.level, self.shared.secret);
        if !shrinks {
            self.stored_input(key);
        } else if !self.is_same(key, unit) && !self.fetch(key, true) {
            let end = if piece.index + 1 == piece.of { End::Stream } else { End::Open };
            self.deflate_piece(key, self.shared.level.of_size(stamp.size), end);
        }
        Ok(())
    }

    /// What was made since the last time. Gives back what a large file needed and small ones do not.
    pub fn take(&mut self) -> Made {
        self.input.truncate(KEPT_BYTES);
        self.input.shrink_to(KEPT_BYTES);
        self.made.bytes.shrink_to_fit();
        std::mem::take(&mut self.made)
    }

    /// Reads a part of a file, and so many bytes before it.
    fn read(&mut self, file: &File, path: &Path, range: Range<u64>, known: u64) -> Result<(), Error> {
        self.known = size(known);
        self.input.resize(size(known + range.end - range.start), 0);
        file::read_at(file, path, &mut self.input, range.start - known)
    }

    /// Takes the content of a unit whose file has not changed from the cache, or from the same content before it.
    fn fetch_known(&mut self, record: &Record, piece: usize, unit: Unit) -> bool {
        match record.keys.get(piece) {
            Some(key) if record.method == Method::Deflated => self.is_same(*key, unit) || self.fetch(*key, false),
            _ => false,
        }
    }

    /// Content that an earlier unit has is not made again: the writer finds it in what it has written.
    fn is_same(&mut self, key: Key, unit: Unit) -> bool {
        let earlier = self.shared.seen.before(key, unit);
        if let Some(earlier) = earlier {
            self.made.parts.push(Part { key: Some(key), size: key.size, data: Data::Same(earlier) });
        }
        earlier.is_some()
    }

    /// Takes from the cache what is known by `key`. With `is_read` its content is the input: of what does not shrink
    /// the cache has only that.
    fn fetch(&mut self, key: Key, is_read: bool) -> bool {
        let before = self.made.bytes.len();
        match self.shared.store.and_then(|store| store.get(&key, &mut self.made.bytes)) {
            Some(Found { method: Method::Deflated, crc }) => {
                let length = self.made.bytes.len() - before;
                self.here(Some(key), key.size, Stored { method: Method::Deflated, crc, length, fresh: false });
                true
            }
            Some(Found { method: Method::Stored, .. }) if is_read => {
                self.stored_input(key);
                true
            }
            _ => false,
        }
    }

    fn here(&mut self, key: Option<Key>, size: u64, stored: Stored) {
        self.made.parts.push(Part { key, size, data: Data::Here(stored) });
    }

    fn stored_as_it_is(&mut self, key: Option<Key>, bytes: &[u8]) {
        self.made.bytes.extend_from_slice(bytes);
        let crc = crc32fast::hash(bytes);
        self.here(key, bytes.len() as u64, Stored { method: Method::Stored, crc, length: bytes.len(), fresh: false });
    }

    fn stored_input(&mut self, key: Key) {
        let input = std::mem::take(&mut self.input);
        self.stored_as_it_is(Some(key), &input[self.known..]);
        self.input = input;
    }

    /// Deflates what was read, or leaves it where that gains nothing.
    fn shrink(&mut self, key: Key) {
        let before = self.made.bytes.len();
        let crc = crc32fast::hash(&self.input);
        let mut length = self.deflate(self.shared.level.of_size(key.size), End::Stream);
        let method = if length < self.input.len() { Method::Deflated } else { Method::Stored };
        if method == Method::Stored {
            self.made.bytes.truncate(before);
            self.made.bytes.extend_from_slice(&self.input);
            length = self.input.len();
        }
        self.here(Some(key), key.size, Stored { method, crc, length, fresh: true });
    }

    /// Deflates what was read as a part of a larger stream.
    fn deflate_piece(&mut self, key: Key, effort: Effort, end: End) {
        let crc = crc32fast::hash(&self.input[self.known..]);
        let length = self.deflate(effort, end);
        self.here(Some(key), key.size, Stored { method: Method::Deflated, crc, length, fresh: true });
    }

    /// Answers how many bytes it gave.
    fn deflate(&mut self, effort: Effort, end: End) -> usize {
        let before = self.made.bytes.len();
        self.encoder.deflate(&self.input, self.known, effort, end, &mut self.made.bytes);
        self.made.bytes.len() - before
    }

    /// Whether samples of a large file shrink by more than 2 %. Media, archives and brotli files don't.
    fn samples_shrink(&mut self, file: &File, path: &Path, stamp: &Stamp) -> Result<bool, Error> {
        let (mut before, mut after) = (0, Vec::new());
        for sample in 0..SAMPLES {
            let at = (stamp.size - SAMPLE) / (SAMPLES - 1) * sample;
            self.read(file, path, at..at + SAMPLE, 0)?;
            before += self.input.len();
            self.encoder.deflate(&self.input, 0, Effort::Fast, End::Stream, &mut after);
        }
        Ok(after.len() * 100 < before * 98)
    }
}

/// How many units a file of that size has.
pub fn units(entry: &Entry) -> usize {
    pieces(entry.size())
}

/// Sizes here are below Lambda's limit of 250 MB.
fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_deflated_before_makes_no_difference() {
        let text: Vec<u8> = (0..300_000_u32).flat_map(|n| (n % 1000 * n % 77).to_le_bytes()).collect();
        let (seen, secret) = (Seen::default(), Secret::from_bytes([1; Secret::SIZE]));
        for level in 1..=12 {
            let level = Level::Exactly(level);
            let mut deflater = Deflater::new(Shared { level, secret, store: None, seen: &seen });
            let mut shrunk = |bytes: &[u8]| {
                deflater.input = bytes.to_vec();
                deflater.shrink(Key::of(bytes, 0, Form::Whole, level, secret));
                deflater.take().bytes
            };
            let first = shrunk(&text);
            shrunk(&vec![7; 500_000]);
            shrunk(&text[1..9999]);
            assert!(shrunk(&text) == first, "{level:?}");
        }
    }
}
