//! Writes a ZIP archive in one pass, in the form that every reader takes, and hashes it meanwhile.
//!
//! Sizes and CRC stand in the local header, there are no data descriptors and no extra fields, all times are
//! 1980-01-01 00:00, and Zip64 appears only when there are more than 65,535 entries. Field names and layout
//! follow APPNOTE 6.3.10.

use std::io::{self, Read, Seek, SeekFrom, Write};

use sha2::{Digest, Sha256};

const LOCAL_HEADER: u32 = 0x0403_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const END_64_LOCATOR: u32 = 0x0706_4b50;

/// Deflate, folders and links need nothing newer.
const VERSION: u16 = 20;
const VERSION_ZIP64: u16 = 45;
/// The file's attributes are those of Unix.
const MADE_BY: u16 = 3 << 8 | VERSION;
const UTF8_NAME: u16 = 1 << 11;
/// 1980-01-01, the first day that the format knows.
const DATE: u16 = 1 << 5 | 1;
const TIME: u16 = 0;
const FOLDER_ATTRIBUTE: u32 = 0x10;
const FOLDER_TYPE: u32 = 0o040_000;
const TYPE_MASK: u32 = 0o170_000;
const BUFFER: usize = 256 * 1024;

/// How an entry's bytes are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// As they are.
    Stored,
    /// Deflated.
    Deflated,
}

/// What an entry's headers say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header<'a> {
    /// Path in the archive, `/` between the parts; a folder ends with `/`.
    pub name: &'a str,
    /// Unix mode with its type bits, like `0o100644`.
    pub mode: u32,
    /// How the bytes are stored.
    pub method: Method,
    /// CRC-32 of the uncompressed bytes.
    pub crc: u32,
    /// Bytes before compression.
    pub size: u64,
}

/// A finished archive.
#[derive(Debug)]
pub struct Finished<F> {
    /// What was written to, flushed.
    pub inner: F,
    /// SHA-256 of the whole archive.
    pub sha256: [u8; 32],
    /// Bytes of the whole archive.
    pub size: u64,
}

/// Writes entries in the order given.
pub struct Writer<F> {
    inner: F,
    buffer: Vec<u8>,
    sha256: Sha256,
    offset: u64,
    central: Vec<u8>,
    count: u64,
}

impl<F: Read + Write + Seek> Writer<F> {
    /// Starts an archive at the beginning of `inner`, which is empty.
    pub fn new(inner: F) -> Self {
        Self {
            inner,
            buffer: Vec::with_capacity(2 * BUFFER),
            sha256: Sha256::new(),
            offset: 0,
            central: Vec::new(),
            count: 0,
        }
    }

    /// Writes an entry whose stored bytes are at hand.
    ///
    /// # Errors
    /// What the file answers; a name or size that the format cannot hold.
    pub fn entry(&mut self, header: &Header<'_>, stored: &[u8]) -> io::Result<()> {
        let at = self.offset;
        let local = local_header(header, stored.len() as u64)?;
        self.write(&local)?;
        self.write(stored)?;
        self.record(header, stored.len() as u64, at)
    }

    /// Writes an entry whose stored bytes come piece by piece. `pieces` gets a sink and says, at the end,
    /// how they were stored; the header is written then, and the entry read back for the hash.
    ///
    /// # Errors
    /// What the file or `pieces` answers; a name or size that the format cannot hold.
    pub fn entry_in_pieces<E: From<io::Error>>(
        &mut self,
        name: &str,
        pieces: impl FnOnce(&mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<Header<'static>, E>,
    ) -> Result<(), E> {
        self.flush_buffer()?;
        let at = self.offset;
        let placeholder = Header { name, mode: 0, method: Method::Stored, crc: 0, size: 0 };
        let header_length = local_header(&placeholder, 0)?.len() as u64;
        self.inner.write_all(&vec![0; usize::try_from(header_length).unwrap_or_default()])?;
        let mut stored = 0;
        let inner = &mut self.inner;
        let told = pieces(&mut |piece| {
            stored += piece.len() as u64;
            inner.write_all(piece)
        })?;
        let header = Header { name, ..told };
        self.inner.seek(SeekFrom::Start(at))?;
        self.inner.write_all(&local_header(&header, stored)?)?;
        self.inner.seek(SeekFrom::Start(at))?;
        self.hash_to(at + header_length + stored)?;
        self.record(&header, stored, at)?;
        Ok(())
    }

    /// Writes the central directory.
    ///
    /// # Errors
    /// What the file answers; an archive that the format cannot hold.
    pub fn finish(mut self) -> io::Result<Finished<F>> {
        let central = std::mem::take(&mut self.central);
        let at = self.offset;
        self.write(&central)?;
        let end = end_of_archive(self.count, central.len() as u64, at)?;
        self.write(&end)?;
        self.flush_buffer()?;
        self.inner.flush()?;
        Ok(Finished { inner: self.inner, sha256: self.sha256.finalize().into(), size: self.offset })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.offset += bytes.len() as u64;
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER { self.flush_buffer() } else { Ok(()) }
    }

    fn flush_buffer(&mut self) -> io::Result<()> {
        self.sha256.update(&self.buffer);
        self.inner.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    /// Reads from the current position to `end` into the hash, and leaves the position there.
    fn hash_to(&mut self, end: u64) -> io::Result<()> {
        let mut left = end - self.offset;
        let mut piece = vec![0; BUFFER];
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(BUFFER).min(BUFFER);
            self.inner.read_exact(&mut piece[..wanted])?;
            self.sha256.update(&piece[..wanted]);
            left -= wanted as u64;
        }
        self.offset = end;
        Ok(())
    }

    fn record(&mut self, header: &Header<'_>, stored: u64, at: u64) -> io::Result<()> {
        self.count += 1;
        let folder = header.mode & TYPE_MASK == FOLDER_TYPE;
        let record = &mut self.central;
        put32(record, CENTRAL_HEADER);
        put16(record, MADE_BY);
        put_common(record, header, stored)?;
        put16(record, 0); // comment length
        put16(record, 0); // disk
        put16(record, 0); // internal attributes
        put32(record, header.mode << 16 | if folder { FOLDER_ATTRIBUTE } else { 0 });
        put32(record, fit32(at)?);
        record.extend_from_slice(header.name.as_bytes());
        Ok(())
    }
}

fn local_header(header: &Header<'_>, stored: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(30 + header.name.len());
    put32(&mut bytes, LOCAL_HEADER);
    put_common(&mut bytes, header, stored)?;
    bytes.extend_from_slice(header.name.as_bytes());
    Ok(bytes)
}

/// The fields that the local and the central header share, from "version needed" to "extra field length".
fn put_common(bytes: &mut Vec<u8>, header: &Header<'_>, stored: u64) -> io::Result<()> {
    put16(bytes, VERSION);
    put16(bytes, if header.name.is_ascii() { 0 } else { UTF8_NAME });
    put16(bytes, if header.method == Method::Deflated { 8 } else { 0 });
    put16(bytes, TIME);
    put16(bytes, DATE);
    put32(bytes, header.crc);
    put32(bytes, fit32(stored)?);
    put32(bytes, fit32(header.size)?);
    put16(bytes, u16::try_from(header.name.len()).map_err(|_| too_large("a name of more than 65,535 bytes"))?);
    put16(bytes, 0);
    Ok(())
}

fn end_of_archive(count: u64, central_size: u64, central_at: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let short_count = u16::try_from(count).ok().filter(|short| *short != u16::MAX);
    if short_count.is_none() {
        put32(&mut bytes, END_64);
        put64(&mut bytes, 44); // bytes of this record that follow
        put16(&mut bytes, MADE_BY);
        put16(&mut bytes, VERSION_ZIP64);
        put32(&mut bytes, 0); // this disk
        put32(&mut bytes, 0); // disk of the central directory
        put64(&mut bytes, count);
        put64(&mut bytes, count);
        put64(&mut bytes, central_size);
        put64(&mut bytes, central_at);
        put32(&mut bytes, END_64_LOCATOR);
        put32(&mut bytes, 0); // disk of the record above
        put64(&mut bytes, central_at + central_size);
        put32(&mut bytes, 1); // disks in all
    }
    put32(&mut bytes, END);
    put16(&mut bytes, 0); // this disk
    put16(&mut bytes, 0); // disk of the central directory
    put16(&mut bytes, short_count.unwrap_or(u16::MAX));
    put16(&mut bytes, short_count.unwrap_or(u16::MAX));
    put32(&mut bytes, fit32(central_size)?);
    put32(&mut bytes, fit32(central_at)?);
    put16(&mut bytes, 0); // comment length
    Ok(bytes)
}

/// Lambda's limit of 250 MB is far below 4 GiB, so sizes never need Zip64.
fn fit32(value: u64) -> io::Result<u32> {
    u32::try_from(value).ok().filter(|short| *short != u32::MAX).ok_or_else(|| too_large("4 GiB or more"))
}

fn too_large(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("an archive for Lambda cannot hold {what}"))
}

fn put16(bytes: &mut Vec<u8>, value: u16) {
    bytes.extend_from_slice(&value.to_le_bytes());
}

fn put32(bytes: &mut Vec<u8>, value: u32) {
    bytes.extend_from_slice(&value.to_le_bytes());
}

fn put64(bytes: &mut Vec<u8>, value: u64) {
    bytes.extend_from_slice(&value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn header(name: &str, bytes: &[u8]) -> Header<'static> {
        Header {
            name: Box::leak(name.to_owned().into_boxed_str()),
            mode: 0o100_644,
            method: Method::Stored,
            crc: crc32fast::hash(bytes),
            size: bytes.len() as u64,
        }
    }

    #[test]
    fn pieces_give_the_same_archive_as_one_piece() {
        let bytes: Vec<u8> = (0..700_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let mut whole = Writer::new(Cursor::new(Vec::new()));
        let mut pieces = Writer::new(Cursor::new(Vec::new()));
        for writer in [&mut whole, &mut pieces] {
            writer.entry(&header("a.txt", b"before"), b"before").unwrap();
        }
        whole.entry(&header("big.bin", &bytes), &bytes).unwrap();
        pieces
            .entry_in_pieces("big.bin", |sink| -> io::Result<_> {
                for piece in bytes.chunks(100_001) {
                    sink(piece)?;
                }
                Ok(header("ignored", &bytes))
            })
            .unwrap();
        for writer in [&mut whole, &mut pieces] {
            writer.entry(&header("c.txt", b"after"), b"after").unwrap();
        }
        let (whole, pieces) = (whole.finish().unwrap(), pieces.finish().unwrap());
        assert!(whole.inner.get_ref() == pieces.inner.get_ref());
        assert_eq!(whole.sha256, pieces.sha256);
        assert_eq!(pieces.sha256, <[u8; 32]>::from(Sha256::digest(pieces.inner.get_ref())));
        assert_eq!(pieces.size, pieces.inner.get_ref().len() as u64);
        let mut read = zip::ZipArchive::new(pieces.inner).unwrap();
        let mut content = Vec::new();
        read.by_name("big.bin").unwrap().read_to_end(&mut content).unwrap();
        assert!(content == bytes);
    }

    #[test]
    fn more_entries_than_the_old_format_counts_are_read_back() {
        let mut writer = Writer::new(Cursor::new(Vec::new()));
        for n in 0..66_000 {
            writer.entry(&header(&format!("{n:05}"), b"x"), b"x").unwrap();
        }
        let archive = zip::ZipArchive::new(writer.finish().unwrap().inner).unwrap();
        assert_eq!(archive.len(), 66_000);
    }

    #[test]
    fn a_name_that_does_not_fit_is_refused() {
        let mut writer = Writer::new(Cursor::new(Vec::new()));
        assert!(writer.entry(&header(&"n".repeat(70_000), b""), b"").is_err());
    }
}
