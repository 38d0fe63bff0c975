//! Reads and writes at a place of a file. Nothing here uses or minds the position that a file has of its own, so
//! several threads can share one file.

use std::fs::File;
use std::io;
use std::ops::Range;

const BUFFER: u64 = 256 << 10;

/// Fills `buffer` from `offset`.
///
/// # Errors
/// What the file answers; `UnexpectedEof` when it ends before.
#[cfg(unix)]
pub fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

/// Fills `buffer` from `offset`.
///
/// # Errors
/// What the file answers; `UnexpectedEof` when it ends before.
#[cfg(windows)]
pub fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                buffer = &mut buffer[count..];
                offset += count as u64;
            }
        }
    }
    Ok(())
}

/// Writes all of `bytes` at `offset`.
///
/// # Errors
/// What the file answers.
#[cfg(unix)]
pub fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

/// Writes all of `bytes` at `offset`.
///
/// # Errors
/// What the file answers.
#[cfg(windows)]
pub fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, bytes, offset)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            count => {
                bytes = &bytes[count..];
                offset += count as u64;
            }
        }
    }
    Ok(())
}

/// Copies `range` of `from` to `offset` of `to`, by the system itself where it can, which may then share the blocks.
///
/// # Errors
/// What the files answer; `UnexpectedEof` when `from` ends before.
pub fn copy_at(from: &File, range: Range<u64>, to: &File, offset: u64) -> io::Result<()> {
    let copied = copied_by_system(from, &range, to, offset);
    let mut at = range.start + copied;
    let mut buffer = Vec::new();
    while at < range.end {
        let length = (range.end - at).min(BUFFER);
        buffer.resize(usize::try_from(length).unwrap_or(0), 0);
        read_exact_at(from, &mut buffer, at)?;
        write_all_at(to, &buffer, offset + (at - range.start))?;
        at += length;
    }
    Ok(())
}

/// How many bytes the system has copied. File systems differ in what they can, so whatever it cannot is left.
#[cfg(target_os = "linux")]
fn copied_by_system(from: &File, range: &Range<u64>, to: &File, offset: u64) -> u64 {
    let (mut at, mut target) = (range.start, offset);
    while at < range.end {
        let length = usize::try_from(range.end - at).unwrap_or(usize::MAX);
        match rustix::fs::copy_file_range(from, Some(&mut at), to, Some(&mut target), length) {
            Err(rustix::io::Errno::INTR) => {}
            Ok(count) if count > 0 => {}
            _ => break,
        }
    }
    at - range.start
}

#[cfg(not(target_os = "linux"))]
fn copied_by_system(_from: &File, _range: &Range<u64>, _to: &File, _offset: u64) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_file_is_copied_to_its_place() {
        let (from, to) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        let bytes: Vec<u8> = (0..600_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        write_all_at(&from, &bytes, 0).unwrap();
        write_all_at(&to, b"before", 0).unwrap();
        copy_at(&from, 17..599_000, &to, 6).unwrap();
        let mut all = vec![0; 6 + 599_000 - 17];
        read_exact_at(&to, &mut all, 0).unwrap();
        assert!(all.starts_with(b"before") && all[6..] == bytes[17..599_000]);
        let ends_before = copy_at(&from, 599_000..700_000, &to, 0).unwrap_err();
        assert_eq!(ends_before.kind(), io::ErrorKind::UnexpectedEof);
    }
}
