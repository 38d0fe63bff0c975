//! What was compressed before, by content. Each pack that compresses something adds one volume: a file that is written
//! once, under a name of its own, and never changed. Any number of processes can read and add at once.
//!
//! A volume: [`MAGIC`], the bytes of its pieces, its index, and an end that says where the index begins and what its
//! hash is. Each piece has a hash too. What is damaged or foreign is taken as not there.
//!
//! The index is rows of a fixed size in the order of their keys, and is searched as it is: to look up one file of
//! thousands, nothing but its hash has to be computed.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::NamedTempFile;

use crate::archive::Method;
use crate::pack::content::Key;
use crate::pack::secret::{HASH_SIZE, Secret};
use crate::positioned::read_exact_at;
use crate::regular;

const MAGIC: &[u8; 8] = b"lpn-vol3";
/// The ending of a volume's name.
pub const EXTENSION: &str = "volume";
/// All of them are opened by a pack that looks something up; the sweep leaves as many.
pub const MOST_VOLUMES: usize = 64;
const BUFFER: usize = 256 << 10;
/// The index's place and its hash.
const END: usize = 8 + HASH_SIZE;
/// Key, place, length, CRC-32, method, and the hash of all but the place.
const ROW: usize = Key::SIZE + 8 + 4 + 4 + 1 + HASH_SIZE;
/// More than all indexes together have: a million pieces. A sparse file can say of itself that it has any size.
const MOST_INDEX_BYTES: u64 = 64 << 20;
/// More than any piece has.
const LARGEST_PIECE: u32 = 8 << 20;

type Check = [u8; HASH_SIZE];
type Row = [u8; ROW];

/// What the index says of a piece.
struct Piece {
    at: u64,
    length: u32,
    found: Found,
    check: Check,
}

/// What the store has of some content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// How it is stored. Of what does not shrink there are no bytes.
    pub method: Method,
    /// CRC-32 before compression.
    pub crc: u32,
}

/// All volumes, as they were when it was opened.
#[derive(Debug)]
pub struct Store {
    volumes: Vec<Volume>,
    secret: Secret,
}

#[derive(Debug)]
struct Volume {
    path: PathBuf,
    file: File,
    index: Vec<u8>,
    used: AtomicBool,
}

impl Store {
    /// Reads the indexes of the volumes in `folder`. Whatever cannot be read is not there.
    #[must_use]
    pub fn open(folder: &Path, secret: Secret) -> Self {
        let mut left = MOST_INDEX_BYTES;
        let volume = |path: PathBuf| {
            let (file, index) = read_index(&path, secret, &mut left).ok()?;
            Some(Volume { path, file, index, used: AtomicBool::new(false) })
        };
        let volumes = volumes(folder).into_iter().take(MOST_VOLUMES).filter_map(volume).collect();
        Self { volumes, secret }
    }

    /// Appends to `bytes` what is stored for `key`.
    pub fn get(&self, key: &Key, bytes: &mut Vec<u8>) -> Option<Found> {
        self.volumes.iter().find_map(|volume| volume.get(key, self.secret, bytes))
    }

    /// Notes that something is still of use, wherever its bytes were taken from.
    pub fn note<'k>(&self, mut keys: impl Iterator<Item = &'k Key>) {
        let mut unused: Vec<_> = self.volumes.iter().filter(|volume| !volume.is_used()).collect();
        while !unused.is_empty()
            && let Some(key) = keys.next()
        {
            if let Some(at) = unused.iter().position(|volume| volume.find(key).is_some()) {
                unused.swap_remove(at).used.store(true, Ordering::Relaxed);
            }
        }
    }

    /// The volumes that something was of use of.
    pub fn used(&self) -> impl Iterator<Item = &Path> {
        self.volumes.iter().filter(|volume| volume.is_used()).map(|volume| volume.path.as_path())
    }
}

impl Volume {
    fn is_used(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }

    fn find(&self, key: &Key) -> Option<Piece> {
        let (rows, _) = self.index.as_chunks::<ROW>();
        let key = key.to_bytes();
        let at = rows.binary_search_by(|row| row[..Key::SIZE].cmp(&key)).ok()?;
        Piece::from_row(&rows[at])
    }

    fn get(&self, key: &Key, secret: Secret, bytes: &mut Vec<u8>) -> Option<Found> {
        let Piece { at, length, found, check } = self.find(key)?;
        let before = bytes.len();
        bytes.resize(before + length as usize, 0);
        let own = &mut bytes[before..];
        if read_exact_at(&self.file, own, at).is_err() || self::check(secret, key, found, own) != check {
            bytes.truncate(before);
            return None;
        }
        self.used.store(true, Ordering::Relaxed);
        Some(found)
    }
}

impl Piece {
    fn to_row(&self, key: &Key) -> Row {
        let mut row = [0; ROW];
        let method = [u8::from(self.found.method == Method::Deflated)];
        let (at, length, crc) = (self.at.to_le_bytes(), self.length.to_le_bytes(), self.found.crc.to_le_bytes());
        let mut rest = &mut row[..];
        for field in [&key.to_bytes()[..], &at, &length, &crc, &method, &self.check] {
            let (own, after) = rest.split_at_mut(field.len());
            own.copy_from_slice(field);
            rest = after;
        }
        row
    }

    fn from_row(row: &Row) -> Option<Self> {
        let (at, rest) = row[Key::SIZE..].split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (crc, rest) = rest.split_first_chunk()?;
        let (method, check) = rest.split_first()?;
        let method = match method {
            0 => Method::Stored,
            1 => Method::Deflated,
            _ => return None,
        };
        let length = Some(u32::from_le_bytes(*length)).filter(|length| *length <= LARGEST_PIECE)?;
        let found = Found { method, crc: u32::from_le_bytes(*crc) };
        Some(Self { at: u64::from_le_bytes(*at), length, found, check: check.try_into().ok()? })
    }
}

/// The volumes of a folder, newest first: what is used most is in few of them.
pub fn volumes(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut volumes: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == EXTENSION))
        .filter_map(|path| Some((std::fs::metadata(&path).and_then(|found| found.modified()).ok()?, path)))
        .collect();
    volumes.sort();
    volumes.into_iter().rev().map(|(_, path)| path).collect()
}

/// Reads an index of at most `left` bytes, and takes them from there.
fn read_index(path: &Path, secret: Secret, left: &mut u64) -> io::Result<(File, Vec<u8>)> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidData);
    let file = regular::open(path).map_err(|_| invalid())?;
    let size = file.metadata()?.len();
    let mut magic = [0; MAGIC.len()];
    read_exact_at(&file, &mut magic, 0)?;
    let end_at = size.checked_sub(END as u64).ok_or_else(invalid)?;
    let mut end = [0; END];
    read_exact_at(&file, &mut end, end_at)?;
    let (at, hash) = end.split_at(8);
    let at = u64::from_le_bytes(at.try_into().map_err(|_| invalid())?);
    let length = end_at.checked_sub(at).filter(|length| length.is_multiple_of(ROW as u64)).ok_or_else(invalid)?;
    *left = left.checked_sub(length).ok_or_else(invalid)?;
    if magic != *MAGIC || at < MAGIC.len() as u64 {
        return Err(invalid());
    }
    let mut index = vec![0; usize::try_from(length).map_err(|_| invalid())?];
    read_exact_at(&file, &mut index, at)?;
    if secret.hash(&[&index]) != *hash {
        return Err(invalid());
    }
    Ok((file, index))
}

fn check(secret: Secret, key: &Key, found: Found, bytes: &[u8]) -> Check {
    // The names of the bytes belong to them: an index that gives them another one is damaged.
    let method = u8::from(found.method == Method::Deflated);
    secret.hash(&[bytes, &key.to_bytes(), &found.crc.to_le_bytes(), &[method]])
}

/// A volume that is being written. What fails here is told to nobody: a cache saves time and nothing else.
pub struct Additions {
    folder: PathBuf,
    secret: Secret,
    state: State,
    rows: Vec<Row>,
    /// Bytes of the volume so far, with those that wait.
    at: u64,
    waiting: Vec<u8>,
}

enum State {
    Nothing,
    Writing(NamedTempFile),
    Failed,
}

impl Additions {
    /// A volume in `folder`. There is none until something is added.
    #[must_use]
    pub fn new(folder: &Path, secret: Secret) -> Self {
        let (rows, waiting) = (Vec::new(), Vec::new());
        Self { folder: folder.to_owned(), secret, state: State::Nothing, rows, at: 0, waiting }
    }

    /// Adds some content.
    pub fn add(&mut self, key: Key, method: Method, crc: u32, bytes: &[u8]) {
        if let State::Nothing = self.state {
            self.state = super::temporary(&self.folder).map_or(State::Failed, State::Writing);
            self.waiting.extend_from_slice(MAGIC);
            self.at = MAGIC.len() as u64;
        }
        let bytes = if method == Method::Stored { &[] } else { bytes };
        let Ok(length) = u32::try_from(bytes.len()) else { return };
        let found = Found { method, crc };
        let piece = Piece { at: self.at, length, found, check: check(self.secret, &key, found, bytes) };
        self.rows.push(piece.to_row(&key));
        self.put(bytes);
    }

    /// Makes the volume one for everybody. Answers whether there is one.
    pub fn finish(mut self) -> bool {
        // By numbers first, which are compared quicker than bytes, and hardly two are the same.
        let first = |row: &Row| row.first_chunk().map(|first| u64::from_be_bytes(*first));
        self.rows.sort_unstable_by(|a, b| first(a).cmp(&first(b)).then_with(|| a.cmp(b)));
        let index = std::mem::take(&mut self.rows).into_flattened();
        let at = self.at;
        self.put(&index);
        self.put(&at.to_le_bytes());
        self.put(&self.secret.hash(&[&index]));
        self.flush();
        let State::Writing(file) = self.state else { return false };
        super::keep(file, &self.folder, EXTENSION)
    }

    fn put(&mut self, bytes: &[u8]) {
        if let State::Writing(_) = self.state {
            self.at += bytes.len() as u64;
            self.waiting.extend_from_slice(bytes);
            if self.waiting.len() >= BUFFER {
                self.flush();
            }
        }
    }

    fn flush(&mut self) {
        if let State::Writing(file) = &mut self.state {
            if file.write_all(&self.waiting).is_err() {
                self.state = State::Failed;
            }
            self.waiting.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::content::{Form, Level};

    const SECRET: Secret = Secret::from_bytes([1; Secret::SIZE]);

    fn key(text: &str) -> Key {
        Key::of(text.as_bytes(), 0, Form::Whole, Level::Balanced, SECRET)
    }

    fn add(folder: &Path, texts: &[&str]) {
        let mut additions = Additions::new(folder, SECRET);
        for text in texts {
            additions.add(key(text), Method::Deflated, 7, text.as_bytes());
        }
        additions.add(key("raw"), Method::Stored, 9, b"raw");
        assert!(additions.finish());
    }

    fn get(folder: &Path, text: &str) -> Option<(Found, Vec<u8>)> {
        let mut bytes = b"before".to_vec();
        let found = Store::open(folder, SECRET).get(&key(text), &mut bytes);
        assert!(bytes.starts_with(b"before"));
        found.map(|found| (found, bytes.split_off(6)))
    }

    #[test]
    fn what_was_added_is_found_in_all_volumes() {
        let folder = tempfile::tempdir().unwrap();
        add(folder.path(), &["a", "bb"]);
        add(folder.path(), &["ccc"]);
        for text in ["a", "bb", "ccc"] {
            assert_eq!(get(folder.path(), text), Some((Found { method: Method::Deflated, crc: 7 }, text.into())));
        }
        assert_eq!(get(folder.path(), "raw"), Some((Found { method: Method::Stored, crc: 9 }, Vec::new())));
        assert_eq!(get(folder.path(), "d"), None);
    }

    #[test]
    fn nothing_added_is_no_volume() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!Additions::new(folder.path(), SECRET).finish());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn any_damage_hides_what_it_touches_and_never_gives_other_bytes() {
        let folder = tempfile::tempdir().unwrap();
        add(folder.path(), &["a", "bb"]);
        let path = volumes(folder.path()).remove(0);
        let good = std::fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x20;
            std::fs::write(&path, &bad).unwrap();
            for text in ["a", "bb"] {
                if let Some((found, bytes)) = get(folder.path(), text) {
                    assert_eq!((found.method, found.crc, &bytes[..]), (Method::Deflated, 7, text.as_bytes()), "{at}");
                }
            }
            std::fs::write(&path, &good[..at]).unwrap();
            assert_eq!(get(folder.path(), "a"), None);
        }
    }
}
