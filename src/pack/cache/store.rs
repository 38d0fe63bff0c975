//! What was compressed before, by content. Each pack that compresses something adds one volume: a file that is written
//! once, under a name of its own, and never changed. Any number of processes can read and add at once.
//!
//! A volume: [`MAGIC`], the bytes of its pieces, its index, and an end that says where the index begins and what its
//! hash is. Each piece has a hash too. What is damaged or foreign is taken as not there.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::archive::Method;
use crate::pack::content::Key;
use crate::positioned::read_exact_at;
use crate::regular;

const MAGIC: &[u8; 8] = b"lpn-vol1";
/// The ending of a volume's name.
pub const EXTENSION: &str = "volume";
const BUFFER: usize = 256 << 10;
/// The index's place and its hash.
const END: usize = 8 + CHECK_SIZE;
const CHECK_SIZE: usize = 16;
/// More than any index has: a tree at Lambda's limit of only empty files would not come near.
const LARGEST_INDEX: u64 = 256 << 20;

/// More than any piece has.
const LARGEST_PIECE: u32 = 8 << 20;

type Check = [u8; CHECK_SIZE];

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Line {
    key: Key,
    method: Method,
    crc: u32,
    at: u64,
    length: u32,
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
    lines: HashMap<Key, (usize, Line)>,
}

#[derive(Debug)]
struct Volume {
    path: PathBuf,
    file: File,
    used: AtomicBool,
}

impl Store {
    /// Reads the indexes of the volumes in `folder`. Whatever cannot be read is not there.
    #[must_use]
    pub fn open(folder: &Path) -> Self {
        let mut store = Self { volumes: Vec::new(), lines: HashMap::new() };
        for path in volumes(folder) {
            let Ok((file, lines)) = read_index(&path) else { continue };
            let volume = store.volumes.len();
            store.lines.extend(lines.into_iter().map(|line| (line.key, (volume, line))));
            store.volumes.push(Volume { path, file, used: AtomicBool::new(false) });
        }
        store
    }

    /// Appends to `bytes` what is stored for `key`.
    pub fn get(&self, key: &Key, bytes: &mut Vec<u8>) -> Option<Found> {
        let (volume, line) = self.lines.get(key)?;
        let volume = &self.volumes[*volume];
        let before = bytes.len();
        bytes.resize(before + line.length as usize, 0);
        let own = &mut bytes[before..];
        if read_exact_at(&volume.file, own, line.at).is_err()
            || check(line.key, line.method, line.crc, own) != line.check
        {
            bytes.truncate(before);
            return None;
        }
        volume.used.store(true, Ordering::Relaxed);
        Some(Found { method: line.method, crc: line.crc })
    }

    /// Notes that something is still of use, wherever its bytes were taken from.
    pub fn note<'k>(&self, keys: impl Iterator<Item = &'k Key>) {
        for (volume, _) in keys.filter_map(|key| self.lines.get(key)) {
            self.volumes[*volume].used.store(true, Ordering::Relaxed);
        }
    }

    /// The volumes that something was of use of.
    pub fn used(&self) -> impl Iterator<Item = &Path> {
        self.volumes.iter().filter(|volume| volume.used.load(Ordering::Relaxed)).map(|volume| volume.path.as_path())
    }
}

/// The volumes of a folder, oldest first: what is damaged in one may be whole in a later one.
pub fn volumes(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut volumes: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == EXTENSION))
        .filter_map(|path| Some((std::fs::metadata(&path).and_then(|found| found.modified()).ok()?, path)))
        .collect();
    volumes.sort();
    volumes.into_iter().map(|(_, path)| path).collect()
}

fn read_index(path: &Path) -> io::Result<(File, Vec<Line>)> {
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
    let length = end_at.checked_sub(at).filter(|length| *length <= LARGEST_INDEX).ok_or_else(invalid)?;
    if magic != *MAGIC || at < MAGIC.len() as u64 {
        return Err(invalid());
    }
    let mut index = vec![0; usize::try_from(length).map_err(|_| invalid())?];
    read_exact_at(&file, &mut index, at)?;
    if blake3::hash(&index).as_bytes()[..CHECK_SIZE] != *hash {
        return Err(invalid());
    }
    let lines: Vec<Line> = postcard::from_bytes(&index).map_err(|_| invalid())?;
    let inside = |line: &Line| {
        line.length <= LARGEST_PIECE && line.at.checked_add(u64::from(line.length)).is_some_and(|end| end <= at)
    };
    if lines.iter().all(inside) { Ok((file, lines)) } else { Err(invalid()) }
}

fn check(key: Key, method: Method, crc: u32, bytes: &[u8]) -> Check {
    let mut hasher = blake3::Hasher::new();
    let (mut about, mut check) = ([0; 64], [0; CHECK_SIZE]);
    // The names of the bytes belong to them: an index that gives them another one is damaged.
    let length = postcard::to_slice(&(key, method, crc), &mut about).map_or(0, |written| written.len());
    hasher.update(&about[..length]).update(bytes);
    check.copy_from_slice(&hasher.finalize().as_bytes()[..CHECK_SIZE]);
    check
}

/// A volume that is being written. What fails here is told to nobody: a cache saves time and nothing else.
pub struct Additions {
    folder: PathBuf,
    state: State,
    lines: Vec<Line>,
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
    pub fn new(folder: &Path) -> Self {
        let (lines, waiting) = (Vec::new(), Vec::new());
        Self { folder: folder.to_owned(), state: State::Nothing, lines, at: 0, waiting }
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
        let check = check(key, method, crc, bytes);
        self.lines.push(Line { key, method, crc, at: self.at, length, check });
        self.put(bytes);
    }

    /// Makes the volume one for everybody. Answers whether there is one.
    pub fn finish(mut self) -> bool {
        let Ok(index) = postcard::to_stdvec(&self.lines) else { return false };
        let at = self.at;
        self.put(&index);
        self.put(&at.to_le_bytes());
        self.put(&blake3::hash(&index).as_bytes()[..CHECK_SIZE]);
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

    fn key(text: &str) -> Key {
        Key::of(text.as_bytes(), Form::Whole, Level::Balanced)
    }

    fn add(folder: &Path, texts: &[&str]) {
        let mut additions = Additions::new(folder);
        for text in texts {
            additions.add(key(text), Method::Deflated, 7, text.as_bytes());
        }
        additions.add(key("raw"), Method::Stored, 9, b"raw");
        assert!(additions.finish());
    }

    fn get(folder: &Path, text: &str) -> Option<(Found, Vec<u8>)> {
        let mut bytes = b"before".to_vec();
        let found = Store::open(folder).get(&key(text), &mut bytes);
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
        assert!(!Additions::new(folder.path()).finish());
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
