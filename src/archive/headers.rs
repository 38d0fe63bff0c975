//! The records of a ZIP archive, in the form that every reader takes.
//!
//! Sizes and CRC stand in the local header, there are no data descriptors and no extra fields, all times are
//! 1980-01-01 00:00, and Zip64 appears only when there are more than 65,535 entries. Field names and layout
//! follow APPNOTE 6.3.10.

use std::io;

const LOCAL_HEADER: u32 = 0x0403_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const END_64_LOCATOR: u32 = 0x0706_4b50;

/// Bytes of a local header before the name.
const LOCAL_HEADER_SIZE: u64 = 30;

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

/// How an entry's bytes are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
    /// Bytes as they are stored.
    pub stored: u64,
}

impl Header<'_> {
    /// Bytes of the local header and of what follows it.
    #[must_use]
    pub fn span(&self) -> u64 {
        self.local_size() + self.stored
    }

    /// Bytes of the local header.
    #[must_use]
    pub fn local_size(&self) -> u64 {
        LOCAL_HEADER_SIZE + self.name.len() as u64
    }

    /// Appends the local header.
    ///
    /// # Errors
    /// A name or size that the format cannot hold.
    pub fn put_local(&self, bytes: &mut Vec<u8>) -> io::Result<()> {
        put32(bytes, LOCAL_HEADER);
        self.put_common(bytes)?;
        bytes.extend_from_slice(self.name.as_bytes());
        Ok(())
    }

    /// Appends the central header of an entry whose local header is at `at`.
    ///
    /// # Errors
    /// A name, size or place that the format cannot hold.
    pub fn put_central(&self, at: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
        let folder = self.mode & TYPE_MASK == FOLDER_TYPE;
        put32(bytes, CENTRAL_HEADER);
        put16(bytes, MADE_BY);
        self.put_common(bytes)?;
        put16(bytes, 0); // comment length
        put16(bytes, 0); // disk
        put16(bytes, 0); // internal attributes
        put32(bytes, self.mode << 16 | if folder { FOLDER_ATTRIBUTE } else { 0 });
        put32(bytes, fit32(at)?);
        bytes.extend_from_slice(self.name.as_bytes());
        Ok(())
    }

    /// The fields that both headers share, from "version needed" to "extra field length".
    fn put_common(&self, bytes: &mut Vec<u8>) -> io::Result<()> {
        put16(bytes, VERSION);
        put16(bytes, if self.name.is_ascii() { 0 } else { UTF8_NAME });
        put16(bytes, if self.method == Method::Deflated { 8 } else { 0 });
        put16(bytes, TIME);
        put16(bytes, DATE);
        put32(bytes, self.crc);
        put32(bytes, fit32(self.stored)?);
        put32(bytes, fit32(self.size)?);
        put16(bytes, u16::try_from(self.name.len()).map_err(|_| too_large("a name of more than 65,535 bytes"))?);
        put16(bytes, 0);
        Ok(())
    }
}

/// The records after the central directory.
///
/// # Errors
/// An archive that the format cannot hold.
pub fn end_of_archive(count: u64, central_size: u64, central_at: u64) -> io::Result<Vec<u8>> {
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
    use super::*;

    #[test]
    fn a_name_that_does_not_fit_is_refused() {
        let name = "n".repeat(70_000);
        let header = Header { name: &name, mode: 0o100_644, method: Method::Stored, crc: 0, size: 0, stored: 0 };
        assert!(header.put_local(&mut Vec::new()).is_err());
        assert!(header.put_central(0, &mut Vec::new()).is_err());
    }

    #[test]
    fn sizes_of_4_gib_are_refused() {
        let header =
            Header { name: "a", mode: 0o100_644, method: Method::Stored, crc: 0, size: u64::from(u32::MAX), stored: 0 };
        assert!(header.put_local(&mut Vec::new()).is_err());
    }
}
