//! One file, or a piece of one, read and deflated.

use libdeflater::{CompressionLvl, Compressor};

use super::job::{PIECE, Piece};
use super::join::open_end;
use crate::archive::{Header, Method};
use crate::error::Error;
use crate::pack::file::{self, Stamp};
use crate::pack::plan::{Entry, Source};

/// A large file is judged by this many samples of this size.
const SAMPLES: u64 = 3;
const SAMPLE: u64 = 64 << 10;

/// What a thread keeps of its buffers from one job to the next.
const KEPT_BYTES: usize = 64 << 10;

/// Bytes as they go into the archive.
pub struct Stored {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// How they are stored.
    pub method: Method,
    /// CRC-32 before compression.
    pub crc: u32,
    /// Bytes before compression.
    pub size: u64,
}

impl Stored {
    /// The header of an entry that is stored so.
    pub fn header<'a>(&self, entry: &'a Entry) -> Header<'a> {
        Header { name: &entry.name, mode: entry.mode, method: self.method, crc: self.crc, size: self.size }
    }
}

/// What one thread needs to deflate, made once.
pub struct Deflater {
    compressor: Compressor,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Deflater {
    /// For a level from 1 to 12.
    pub fn new(level: u8) -> Result<Self, Error> {
        let level =
            CompressionLvl::new(level.into()).map_err(|_| Error::option("level", "1 to 12", level.to_string()))?;
        Ok(Self { compressor: Compressor::new(level), input: Vec::new(), output: Vec::new() })
    }

    /// A whole entry.
    pub fn entry(&mut self, entry: &Entry) -> Result<Stored, Error> {
        match &entry.source {
            Source::Text(text) => Ok(stored(text.as_bytes())),
            Source::Disk { path, stamp } => {
                let file = file::open(path, stamp)?;
                self.read(&file, path, 0, stamp.size)?;
                file::verify(&file, path, stamp)?;
                Ok(self.shrink())
            }
        }
    }

    /// A piece of an entry.
    pub fn piece(&mut self, entry: &Entry, piece: &Piece) -> Result<Stored, Error> {
        let Source::Disk { path, stamp } = &entry.source else {
            return Err(Error::Internal("only files have pieces".to_owned()));
        };
        let file = file::open(path, stamp)?;
        let start = piece.index * PIECE;
        let shrinks = if let Some(known) = piece.shrinks.get() {
            *known
        } else {
            let found = self.samples_shrink(&file, path, stamp)?;
            *piece.shrinks.get_or_init(|| found)
        };
        let length = (stamp.size - start).min(PIECE);
        self.read(&file, path, start, length)?;
        file::verify(&file, path, stamp)?;
        if !shrinks {
            return Ok(stored(&self.input));
        }
        // Room for any input, because a piece cannot be stored when its neighbours are deflated.
        self.output.resize(self.compressor.deflate_compress_bound(self.input.len()), 0);
        let broken = || Error::Internal(format!("deflate of {}", path.display()));
        let count = self.compressor.deflate_compress(&self.input, &mut self.output).map_err(|_| broken())?;
        let mut bytes = self.output[..count].to_vec();
        if start + length < stamp.size {
            open_end(&mut bytes).ok_or_else(broken)?;
        }
        let crc = crc32fast::hash(&self.input);
        Ok(Stored { bytes, method: Method::Deflated, crc, size: length })
    }

    /// Gives back what a large file needed and small ones do not.
    pub fn shrink_to_fit(&mut self) {
        self.input.truncate(KEPT_BYTES);
        self.input.shrink_to(KEPT_BYTES);
        self.output.truncate(KEPT_BYTES);
        self.output.shrink_to(KEPT_BYTES);
    }

    fn read(&mut self, file: &std::fs::File, path: &std::path::Path, from: u64, length: u64) -> Result<(), Error> {
        self.input.resize(size(length), 0);
        file::read_at(file, path, &mut self.input, from)
    }

    /// Deflates what was read, or leaves it where that gains nothing.
    fn shrink(&mut self) -> Stored {
        // Anything that needs as much room as the input is not worth it, so it gets less.
        self.output.resize(self.input.len().saturating_sub(1), 0);
        match self.compressor.deflate_compress(&self.input, &mut self.output) {
            Ok(length) => Stored {
                bytes: self.output[..length].to_vec(),
                method: Method::Deflated,
                crc: crc32fast::hash(&self.input),
                size: self.input.len() as u64,
            },
            Err(_) => stored(&self.input),
        }
    }

    /// Whether samples of a large file shrink by more than 2 %. Media, archives and brotli files don't.
    fn samples_shrink(&mut self, file: &std::fs::File, path: &std::path::Path, stamp: &Stamp) -> Result<bool, Error> {
        let mut before = 0;
        let mut after = 0;
        for sample in 0..SAMPLES {
            let at = (stamp.size - SAMPLE) / (SAMPLES - 1) * sample;
            self.read(file, path, at, SAMPLE)?;
            before += SAMPLE;
            after += self.shrink().bytes.len() as u64;
        }
        Ok(after * 100 < before * 98)
    }
}

fn stored(bytes: &[u8]) -> Stored {
    Stored { bytes: bytes.to_vec(), method: Method::Stored, crc: crc32fast::hash(bytes), size: bytes.len() as u64 }
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
        for level in 1..=12 {
            let mut deflater = Deflater::new(level).unwrap();
            let mut shrunk = |bytes: &[u8]| {
                deflater.input = bytes.to_vec();
                deflater.shrink().bytes
            };
            let first = shrunk(&text);
            shrunk(&vec![7; 500_000]);
            shrunk(&text[1..9999]);
            assert!(shrunk(&text) == first, "level {level}");
        }
    }
}
