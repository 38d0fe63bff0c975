//! The file, read in pieces, never beyond its end, and with a look at the cancel flag at each piece.

use std::fs::File;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::cancel::Cancel;
use crate::error::Error;

/// Bytes that are read at once; a disk gives them in far less than 100 ms.
const PIECE: usize = 1 << 20;
/// Bytes that a [`Window`] holds. A local header with the longest name and the longest extra field fits in.
const WINDOW: usize = 256 << 10;

/// Bytes that can be read at any place, in any order.
pub trait ReadAt {
    /// How many there are.
    ///
    /// # Errors
    /// What the system answers.
    fn size(&self) -> io::Result<u64>;

    /// Reads some of those from `at` on. Answers how many; 0 at the end.
    ///
    /// # Errors
    /// What the system answers.
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize>;
}

impl ReadAt for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, at)
    }

    #[cfg(windows)]
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buffer, at)
    }
}

impl ReadAt for &[u8] {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let rest = usize::try_from(at).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

/// An archive's bytes, with what every check needs besides.
pub struct Source<'a> {
    bytes: &'a dyn ReadAt,
    path: &'a Path,
    /// Bytes of the file when it was opened.
    pub size: u64,
    /// Looked at by every loop.
    pub cancel: &'a Cancel,
}

impl<'a> Source<'a> {
    /// What is at `path` is named so in errors.
    pub fn new(bytes: &'a dyn ReadAt, path: &'a Path, cancel: &'a Cancel) -> Result<Self, Error> {
        let size = bytes.size().map_err(Error::read(path))?;
        Ok(Self { bytes, path, size, cancel })
    }

    /// Fills the buffer from `at` on. All of it has to be within the file.
    pub fn read(&self, mut at: u64, mut buffer: &mut [u8]) -> Result<(), Error> {
        while !buffer.is_empty() {
            self.cancel.check()?;
            let wanted = buffer.len().min(PIECE);
            let count = match self.bytes.read_at(&mut buffer[..wanted], at) {
                Ok(0) => {
                    let cut = io::Error::new(io::ErrorKind::UnexpectedEof, "it became shorter while it was read");
                    return Err(Error::read(self.path)(cut));
                }
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::read(self.path)(error)),
            };
            buffer = &mut buffer[count..];
            at += count as u64;
        }
        Ok(())
    }

    /// The bytes from `at` on, at most `length` of them and none beyond the end.
    pub fn some(&self, at: u64, length: usize) -> Result<Vec<u8>, Error> {
        let there = usize::try_from(self.size.saturating_sub(at)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; length.min(there)];
        self.read(at, &mut bytes)?;
        Ok(bytes)
    }

    /// SHA-256 of all bytes.
    pub fn sha256(&self) -> Result<[u8; 32], Error> {
        let mut sha256 = Sha256::new();
        let mut at = 0;
        let mut buffer = vec![0; usize::try_from(self.size).unwrap_or(PIECE).min(PIECE)];
        while at < self.size {
            let left = usize::try_from(self.size - at).unwrap_or(PIECE).min(PIECE);
            self.read(at, &mut buffer[..left])?;
            sha256.update(&buffer[..left]);
            at += left as u64;
        }
        Ok(sha256.finalize().into())
    }
}

/// A part of the file that moves on: many small reads in the order of the file become few large ones.
pub struct Window<'a, 'b> {
    source: &'a Source<'b>,
    start: u64,
    bytes: Vec<u8>,
}

impl<'a, 'b> Window<'a, 'b> {
    /// Nothing is read yet.
    pub fn new(source: &'a Source<'b>) -> Self {
        Self { source, start: 0, bytes: Vec::new() }
    }

    /// The bytes from `at` on, at most `length` of them and none beyond the end of the file.
    pub fn some(&mut self, at: u64, length: usize) -> Result<&[u8], Error> {
        let length = usize::try_from(self.source.size.saturating_sub(at)).unwrap_or(usize::MAX).min(length).min(WINDOW);
        let within = at.checked_sub(self.start).and_then(|from| usize::try_from(from).ok());
        let within = within.filter(|from| from.checked_add(length).is_some_and(|end| end <= self.bytes.len()));
        let from = if let Some(from) = within {
            from
        } else {
            let ahead = usize::try_from(self.source.size.saturating_sub(at)).unwrap_or(usize::MAX).min(WINDOW);
            self.start = at;
            self.bytes.resize(ahead, 0);
            self.source.read(at, &mut self.bytes)?;
            0
        };
        Ok(&self.bytes[from..from + length])
    }
}
