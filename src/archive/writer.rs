//! Writes a ZIP archive in one pass, and hashes it meanwhile.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::digest::{Digest, State};
use super::flush::Flush;
use super::headers::{Header, Method, end_of_archive};
use crate::cancel::Cancel;
use crate::positioned::{copy_at, read_exact_at, write_all_at};

const BUFFER: usize = 256 << 10;

/// A finished archive.
#[derive(Debug)]
pub struct Finished {
    /// SHA-256 of the whole archive.
    pub sha256: [u8; 32],
    /// Bytes of the whole archive.
    pub size: u64,
    /// The hash at places on the way.
    pub states: Vec<State>,
}

/// Another archive of ours, whose entries can be copied.
#[derive(Debug)]
pub struct Old {
    /// The archive.
    pub file: File,
    /// Its bytes.
    pub size: u64,
    /// The hash at places in it.
    pub states: Vec<State>,
}

/// Writes entries in the order given.
pub struct Writer {
    file: Arc<File>,
    buffer: Vec<u8>,
    digest: Option<Digest>,
    flush: Flush,
    /// Bytes written, with those in the buffer.
    offset: u64,
    central: Vec<u8>,
    count: u64,
    cancel: Cancel,
}

impl Writer {
    /// Starts an archive at the beginning of `file`, which is empty and can be read too. When `cancel` is raised, what
    /// takes long fails soon.
    #[must_use]
    pub fn new(file: Arc<File>, cancel: &Cancel) -> Self {
        let (buffer, central, cancel) = (Vec::with_capacity(2 * BUFFER), Vec::new(), cancel.clone());
        let flush = Flush::new(Arc::clone(&file));
        Self { file, buffer, digest: None, flush, offset: 0, central, count: 0, cancel }
    }

    /// Writes an entry whose stored bytes are at hand. Answers where it is.
    ///
    /// # Errors
    /// What the file answers; a name or size that the format cannot hold.
    pub fn entry(&mut self, header: &Header<'_>, stored: &[u8]) -> io::Result<u64> {
        let at = self.offset;
        let before = self.buffer.len();
        header.put_local(&mut self.buffer)?;
        self.buffer.extend_from_slice(stored);
        self.offset += (self.buffer.len() - before) as u64;
        if self.buffer.len() >= BUFFER {
            self.flush_buffer()?;
        }
        self.record(header, at)?;
        Ok(at)
    }

    /// Writes an entry whose stored bytes come piece by piece. `pieces` gets a sink, which answers where each piece
    /// is, and says at the end what the header holds; that is written then. Answers where the entry is.
    ///
    /// # Errors
    /// What the file or `pieces` answers; a name or size that the format cannot hold.
    pub fn entry_in_pieces<E: From<io::Error>>(
        &mut self,
        name: &str,
        pieces: impl FnOnce(&mut dyn FnMut(&[u8]) -> io::Result<u64>) -> Result<Header<'static>, E>,
    ) -> Result<u64, E> {
        self.flush_buffer()?;
        let at = self.offset;
        let placeholder = Header { name, mode: 0, method: Method::Stored, crc: 0, size: 0, stored: 0 };
        let mut local = Vec::new();
        placeholder.put_local(&mut local)?;
        let file = &*self.file;
        // The room for it: a file that ended before its own header would be no archive for anybody.
        write_all_at(file, &local, at)?;
        let start = at + local.len() as u64;
        let mut end = start;
        let told = pieces(&mut |piece| {
            let at = end;
            write_all_at(file, piece, at)?;
            end += piece.len() as u64;
            Ok(at)
        })?;
        let header = Header { name, stored: end - start, ..told };
        local.clear();
        header.put_local(&mut local)?;
        write_all_at(file, &local, at)?;
        self.offset = end;
        let file = Arc::clone(&self.file);
        self.digest()?.file_to(&file, end);
        self.flush.written(end);
        self.record(&header, at)?;
        Ok(at)
    }

    /// Copies entries that are neighbours in `old`, with their local headers, from the bytes `range` of it.
    /// The system does the copying where it can. Answers where the first one is.
    ///
    /// # Errors
    /// What the files answer; `UnexpectedEof` when the archive is not what it was; a place that the format cannot hold.
    pub fn copy<'h>(
        &mut self,
        old: &Old,
        range: Range<u64>,
        headers: impl Iterator<Item = Header<'h>>,
    ) -> io::Result<u64> {
        self.flush_buffer()?;
        let start = self.offset;
        let mut at = start;
        for header in headers {
            self.record(&header, at)?;
            at += header.span();
        }
        let length = range.end - range.start;
        if at - start != length {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "entries are not as long as they were"));
        }
        if self.offset == 0 && range.start == 0 && self.digest.is_none() {
            // Both archives begin alike, and so do their hashes.
            let states = old.states.iter().take_while(|state| state.at <= range.end).cloned().collect();
            let resumed = Digest::start(states, &self.cancel);
            self.digest = Some(resumed.or_else(|_| Digest::start(Vec::new(), &self.cancel))?);
        }
        copy_at(&old.file, range, &self.file, self.offset)?;
        self.offset += length;
        let end = self.offset;
        let file = Arc::clone(&self.file);
        self.digest()?.file_to(&file, end);
        self.flush.written(end);
        Ok(start)
    }

    /// Reads what was written before.
    ///
    /// # Errors
    /// What the file answers.
    pub fn read_back(&mut self, range: Range<u64>, bytes: &mut Vec<u8>) -> io::Result<()> {
        bytes.clear();
        let in_file = self.offset - self.buffer.len() as u64;
        if let Some(start) = range.start.checked_sub(in_file) {
            let part = self.buffer.get(size(start)..size(range.end - in_file));
            bytes.extend_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
            return Ok(());
        }
        bytes.resize(size(range.end - range.start), 0);
        read_exact_at(&self.file, bytes, range.start)
    }

    /// Writes the central directory.
    ///
    /// # Errors
    /// What the file answers; an archive that the format cannot hold.
    pub fn finish(mut self) -> io::Result<Finished> {
        let end = end_of_archive(self.count, self.central.len() as u64, self.offset)?;
        self.offset += (self.central.len() + end.len()) as u64;
        let central = std::mem::take(&mut self.central);
        self.buffer.extend_from_slice(&central);
        self.buffer.extend_from_slice(&end);
        self.flush_buffer()?;
        self.digest()?;
        self.flush.finish()?;
        let hashed = self.digest.take().ok_or_else(|| io::Error::other("no hash"))?.finish()?;
        Ok(Finished { sha256: hashed.sha256, size: self.offset, states: hashed.states })
    }

    fn flush_buffer(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        write_all_at(&self.file, &self.buffer, self.offset - self.buffer.len() as u64)?;
        let written = std::mem::replace(&mut self.buffer, Vec::with_capacity(2 * BUFFER));
        self.digest()?.bytes(written);
        self.flush.written(self.offset);
        Ok(())
    }

    fn digest(&mut self) -> io::Result<&mut Digest> {
        if self.digest.is_none() {
            self.digest = Some(Digest::start(Vec::new(), &self.cancel)?);
        }
        self.digest.as_mut().ok_or_else(|| io::Error::other("no hash"))
    }

    fn record(&mut self, header: &Header<'_>, at: u64) -> io::Result<()> {
        self.count += 1;
        header.put_central(at, &mut self.central)
    }
}

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use sha2::{Digest as _, Sha256};

    use super::*;

    fn header<'a>(name: &'a str, bytes: &[u8]) -> Header<'a> {
        let size = bytes.len() as u64;
        Header { name, mode: 0o100_644, method: Method::Stored, crc: crc32fast::hash(bytes), size, stored: size }
    }

    fn writer() -> (Writer, Arc<File>) {
        let file = Arc::new(tempfile::tempfile().unwrap());
        (Writer::new(Arc::clone(&file), &Cancel::new()), file)
    }

    fn bytes_of(file: &Arc<File>) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
        read_exact_at(file, &mut bytes, 0).unwrap();
        bytes
    }

    fn big() -> Vec<u8> {
        (0..3_300_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect()
    }

    /// An archive of three entries, and where they are.
    fn archive(big: &[u8]) -> (Arc<File>, Finished, Vec<u64>) {
        let (mut writer, file) = writer();
        let places = [("a.txt", &b"before"[..]), ("big.bin", big), ("c.txt", b"after")]
            .map(|(name, bytes)| writer.entry(&header(name, bytes), bytes).unwrap());
        (file, writer.finish().unwrap(), places.to_vec())
    }

    #[test]
    fn pieces_give_the_same_archive_as_one_piece() {
        let big = big();
        let (whole, finished, _) = archive(&big);
        let (mut pieces, file) = writer();
        pieces.entry(&header("a.txt", b"before"), b"before").unwrap();
        let told = |sink: &mut dyn FnMut(&[u8]) -> io::Result<u64>| {
            for piece in big.chunks(100_001) {
                sink(piece)?;
            }
            Ok::<_, io::Error>(header("ignored", &big)).map(|header| Header { name: "ignored", ..header })
        };
        pieces.entry_in_pieces("big.bin", told).unwrap();
        pieces.entry(&header("c.txt", b"after"), b"after").unwrap();
        let in_pieces = pieces.finish().unwrap();
        assert!(bytes_of(&whole) == bytes_of(&file));
        assert_eq!(finished.sha256, in_pieces.sha256);
        assert_eq!(finished.sha256, <[u8; 32]>::from(Sha256::digest(bytes_of(&whole))));
        assert_eq!(finished.size, bytes_of(&whole).len() as u64);
        let mut read = zip::ZipArchive::new(io::Cursor::new(bytes_of(&file))).unwrap();
        let mut content = Vec::new();
        read.by_name("big.bin").unwrap().read_to_end(&mut content).unwrap();
        assert!(content == big);
    }

    #[test]
    fn copied_entries_give_the_same_archive_as_new_ones() {
        let big = big();
        let (file, finished, places) = archive(&big);
        let names = ["a.txt", "big.bin", "c.txt"];
        let contents = [&b"before"[..], &big, b"after"];
        let end = places[2] + header(names[2], contents[2]).span();
        for new in 0..3 {
            let old = Old { file: file.try_clone().unwrap(), size: finished.size, states: finished.states.clone() };
            let (mut writer, file) = writer();
            let headers = |range: Range<usize>| range.map(|index| header(names[index], contents[index]));
            if new > 0 {
                writer.copy(&old, 0..places[new], headers(0..new)).unwrap();
            }
            writer.entry(&header(names[new], contents[new]), contents[new]).unwrap();
            if new < 2 {
                writer.copy(&old, places[new + 1]..end, headers(new + 1..3)).unwrap();
            }
            let mut back = Vec::new();
            writer.read_back(places[1]..places[1] + header(names[1], &big).span(), &mut back).unwrap();
            assert!(back.ends_with(&big));
            let again = writer.finish().unwrap();
            assert_eq!((again.sha256, again.size), (finished.sha256, finished.size), "{new}");
            assert_eq!(again.states, finished.states);
            assert!(bytes_of(&file) == bytes_of(&old.file.into()));
        }
    }

    #[test]
    fn an_old_archive_that_is_too_short_is_noticed() {
        let old = tempfile::tempfile().unwrap();
        (&old).write_all(&[0; 20]).unwrap();
        let (mut writer, _) = writer();
        let header = header("a", b"bytes");
        let span = header.span();
        let old = Old { file: old, size: 20, states: Vec::new() };
        assert!(writer.copy(&old, 0..span, std::iter::once(header.clone())).is_err());
        assert!(writer.copy(&old, 0..span - 1, std::iter::once(header)).is_err());
    }

    #[test]
    fn more_entries_than_the_old_format_counts_are_read_back() {
        let (mut writer, file) = writer();
        for n in 0..66_000 {
            writer.entry(&header(&format!("{n:05}"), b"x"), b"x").unwrap();
        }
        writer.finish().unwrap();
        let archive = zip::ZipArchive::new(io::Cursor::new(bytes_of(&file))).unwrap();
        assert_eq!(archive.len(), 66_000);
    }
}
