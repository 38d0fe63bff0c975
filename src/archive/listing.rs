//! The files that an archive lists, by its central directory alone. Of an archive that is far away its end is enough.

use std::cell::Cell;
use std::io;
use std::path::Path;

use super::inspect::{Catalogue, Kind, Problems, ReadAt, Source, names, opened};
use super::summary::tolerated;
use crate::cancel::Cancel;
use crate::error::Error;

/// A file or link, as the central directory declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// The name as it is written; when it is not UTF-8, with `\xNN` for such bytes.
    pub name: String,
    /// Whether it is a link.
    pub is_link: bool,
    /// Bytes, unzipped.
    pub size: u64,
    /// CRC-32 of these.
    pub crc32: u32,
    /// Permission bits, like `0o644`; none when the archive was made on a system without them.
    pub mode: Option<u32>,
}

/// What the end of an archive tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listing {
    /// Its files, in the order of the central directory.
    Files(Vec<ListedFile>),
    /// The bytes from here on are needed as well.
    NeedsFrom(u64),
    /// Why nobody can tell what it holds.
    Unreadable(String),
}

/// The files of the archive at `path`.
///
/// # Errors
/// [`Error::PackageNotFound`], [`Error::ReadFailed`], [`Error::InvalidArchive`], [`Error::Aborted`].
pub fn list(path: &Path, cancel: &Cancel) -> Result<Vec<ListedFile>, Error> {
    let file = opened(path)?;
    files(&Source::new(&file, path, cancel)?)?
        .map_err(|problem| Error::InvalidArchive { path: path.to_owned(), problem })
}

/// The files, or why they cannot be told.
fn files(source: &Source<'_>) -> Result<Result<Vec<ListedFile>, String>, Error> {
    let mut problems = Problems::default();
    let catalogue = Catalogue::read(source, &mut problems)?;
    if let Some(problem) = problems.first_error(tolerated(&catalogue)) {
        return Ok(Err(problem));
    }
    let mut files = Vec::with_capacity(catalogue.records.len());
    for record in &catalogue.records {
        source.cancel.check()?;
        let kind = catalogue.kind(record);
        if kind == Kind::Folder {
            continue;
        }
        files.push(ListedFile {
            name: names::written(catalogue.name(record)),
            is_link: kind == Kind::Link,
            size: record.size,
            crc32: record.crc,
            mode: record.mode().map(|mode| mode & 0o7777),
        });
    }
    Ok(Ok(files))
}

/// The last bytes of an archive.
#[derive(Debug)]
pub struct Tail {
    size: u64,
    bytes: Vec<u8>,
}

impl Tail {
    /// Bytes of the end records, with the longest comment that there can be.
    pub const LONGEST_END: u64 = 22 + 65_535;

    /// `bytes` are the last ones of an archive of `size` bytes. None when they are more than it has.
    #[must_use]
    pub fn new(size: u64, bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() as u64 <= size).then_some(Self { size, bytes })
    }

    /// Where it begins in the archive.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.size - self.bytes.len() as u64
    }

    /// Adds what is right before it; none when that is more than there is.
    #[must_use]
    pub fn with(self, mut before: Vec<u8>) -> Option<Self> {
        before.extend_from_slice(&self.bytes);
        Self::new(self.size, before)
    }

    /// The files, as far as this is enough to tell them.
    ///
    /// # Errors
    /// [`Error::Aborted`].
    pub fn list(&self, cancel: &Cancel) -> Result<Listing, Error> {
        let seen = Seen { tail: self, needed: Cell::new(None) };
        match files(&Source::new(&seen, Path::new(""), cancel)?) {
            Err(Error::Aborted) => Err(Error::Aborted),
            Ok(Ok(files)) => Ok(Listing::Files(files)),
            Ok(Err(problem)) => Ok(Listing::Unreadable(problem)),
            // Nothing else can go wrong with bytes in memory.
            Err(error) => Ok(seen.needed.get().map_or(Listing::Unreadable(error.to_string()), Listing::NeedsFrom)),
        }
    }
}

/// A tail for a reader that goes anywhere; where it goes too far is kept.
struct Seen<'a> {
    tail: &'a Tail,
    needed: Cell<Option<u64>>,
}

impl ReadAt for Seen<'_> {
    fn size(&self) -> io::Result<u64> {
        Ok(self.tail.size)
    }

    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let Some(from) = at.checked_sub(self.tail.start()) else {
            self.needed.set(Some(at));
            return Err(io::Error::other("it is not among the bytes that are there"));
        };
        self.tail.bytes.as_slice().read_at(buffer, from)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use proptest::prelude::*;
    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipArchive, ZipWriter};

    use super::*;

    /// An archive by the zip crate, which is not ours, with a comment and bytes that do not shrink before it.
    fn archive(files: &[(String, Vec<u8>, bool)], comment: &str) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content, executable) in files {
            let mode = if *executable { 0o755 } else { 0o644 };
            let options =
                SimpleFileOptions::default().compression_method(CompressionMethod::Stored).unix_permissions(mode);
            writer.start_file(name.as_str(), options).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.set_comment(comment.to_owned()).unwrap();
        writer.finish().unwrap().into_inner()
    }

    /// What the zip crate lists.
    fn by_zip(bytes: &[u8]) -> Vec<ListedFile> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let all = (0..archive.len()).map(|index| {
            let entry = archive.by_index_raw(index).unwrap();
            let mode = entry.unix_mode().map(|mode| mode & 0o7777);
            ListedFile {
                name: entry.name().unwrap().into_owned(),
                is_link: entry.is_symlink(),
                size: entry.size(),
                crc32: entry.crc32(),
                mode,
            }
        });
        all.collect()
    }

    /// Lists as one does who asks for the missing bytes each time, and tells how many bytes that took.
    fn listed(bytes: &[u8], first: usize) -> (Listing, usize) {
        let first = first.min(bytes.len());
        let mut tail = Tail::new(bytes.len() as u64, bytes[bytes.len() - first..].to_vec()).unwrap();
        loop {
            match tail.list(&Cancel::new()).unwrap() {
                Listing::NeedsFrom(at) => {
                    assert!(at < tail.start());
                    let (from, to) = (usize::try_from(at).unwrap(), usize::try_from(tail.start()).unwrap());
                    tail = tail.with(bytes[from..to].to_vec()).unwrap();
                }
                done => return (done, tail.bytes.len()),
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_end_of_an_archive_lists_what_the_zip_crate_lists(
            files in prop::collection::btree_map(
                "[a-zé]{1,9}(/[a-z.]{1,9}x){0,2}", (prop::collection::vec(any::<u8>(), 0..3000), any::<bool>()), 0..40,
            ),
            comment in "[a-z]{0,30}",
            first in 22_usize..200_000,
        ) {
            // A name is not also the folder of another one.
            let files: Vec<_> = files.into_iter().map(|(name, (content, x))| (format!("{name}.f"), content, x)).collect();
            let bytes = archive(&files, &comment);
            let directory: usize = files.iter().map(|(name, ..)| 46 + name.len() + 64).sum();
            let (listing, read) = listed(&bytes, first);
            prop_assert_eq!(listing, Listing::Files(by_zip(&bytes)));
            let needed = usize::try_from(Tail::LONGEST_END).unwrap().max(first) + directory;
            prop_assert!(read <= needed.min(bytes.len()), "{} of {} bytes were read", read, bytes.len());
        }

        #[test]
        fn bytes_of_any_kind_are_refused_and_do_no_harm(
            bytes in prop::collection::vec(any::<u8>(), 0..300), size in any::<u64>(), end in any::<bool>(),
        ) {
            let mut bytes = bytes;
            if end && bytes.len() >= 22 {
                let at = bytes.len() - 22;
                bytes[at..at + 4].copy_from_slice(b"PK\x05\x06");
            }
            if let Some(tail) = Tail::new(size, bytes) {
                match tail.list(&Cancel::new()).unwrap() {
                    Listing::NeedsFrom(at) => prop_assert!(at < tail.start()),
                    Listing::Files(files) => prop_assert!(files.len() < 10),
                    Listing::Unreadable(problem) => prop_assert!(!problem.is_empty()),
                }
            }
        }
    }

    proptest! {
        #[test]
        fn an_archive_with_a_few_other_bytes_does_no_harm(
            count in 1_usize..9, at in prop::collection::vec((0_usize..600, any::<u8>()), 1..5), first in 22_usize..700,
        ) {
            let files: Vec<_> = (0..count).map(|n| (format!("dir/{n}.js"), vec![7; n * 9], false)).collect();
            let mut bytes = archive(&files, "");
            let length = bytes.len();
            for (back, byte) in at {
                bytes[length - 1 - back.min(length - 1)] = byte;
            }
            let mut tail = Tail::new(length as u64, bytes[length - first.min(length)..].to_vec()).unwrap();
            // Each step back is one that is not taken again.
            while let Listing::NeedsFrom(at) = tail.list(&Cancel::new()).unwrap() {
                prop_assert!(at < tail.start());
                let (from, to) = (usize::try_from(at).unwrap(), usize::try_from(tail.start()).unwrap());
                tail = tail.with(bytes[from..to].to_vec()).unwrap();
            }
        }
    }

    #[test]
    fn a_file_on_the_disk_is_listed_by_the_same_reader() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.zip");
        let bytes = archive(&[("a.js".to_owned(), b"1".to_vec(), false), ("b".to_owned(), vec![], true)], "");
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(list(&path, &Cancel::new()).unwrap(), by_zip(&bytes));
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(matches!(list(&path, &Cancel::new()), Err(Error::InvalidArchive { .. })));
    }

    #[test]
    fn more_bytes_than_the_archive_has_are_no_tail_of_it() {
        assert!(Tail::new(2, vec![0; 3]).is_none());
        assert!(Tail::new(2, vec![0; 2]).unwrap().with(vec![0]).is_none());
    }
}
