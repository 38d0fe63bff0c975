//! What the last pack of a root to an archive has seen and written, in one file.
//!
//! The file begins with a table of its [`Part`]s: where each is, and its hash. What it takes to see that nothing has
//! changed is small; the entries are only read when something has.

use std::borrow::Cow;
use std::fmt::Write;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::archive::State;
use crate::pack::compress::Record;
use crate::pack::content::Level;
use crate::pack::file::Stamp;
use crate::pack::rules::Excluded;
use crate::pack::secret::{HASH_SIZE, Secret};
use crate::pack::trail::Clock;
use crate::positioned::{read_exact_at, write_all_at};
use crate::regular;
use crate::warning::Warning;

/// The ending of a manifest's name.
pub const EXTENSION: &str = "manifest";
/// More than any part has. A sparse file can say of itself that it has any length.
const LARGEST_PART: u64 = 256 << 20;
/// The use of a manifest that stays as it is, is noted once a day.
const NOTED: Duration = Duration::from_hours(24);
/// A line of the table: where a part begins, how long it is, and its hash.
const ROW: usize = 8 + 8 + HASH_SIZE;
const TABLE: usize = 3 * ROW;
/// Bytes of a line, about.
const LINE: usize = 160;

/// One root that is packed to one archive.
#[derive(Debug)]
pub struct Slot(String);

impl Slot {
    /// Of a root and an archive, links followed; nothing for an archive that nobody keeps.
    #[must_use]
    pub fn new(root: &Path, out: Option<&Path>) -> Self {
        let mut hasher = Sha256::new();
        for path in [Some(root), out] {
            let bytes = path.map(|path| path.as_os_str().as_encoded_bytes()).unwrap_or_default();
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        }
        let hash = hasher.finalize();
        let (half, _) = hash.split_at(16);
        Self(half.iter().fold(String::with_capacity(32), |mut name, byte| {
            let _ = write!(name, "{byte:02x}");
            name
        }))
    }

    pub(super) fn file_name(&self) -> String {
        format!("{}.{EXTENSION}", self.0)
    }
}

/// What a manifest is made of.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    /// A [`Manifest`].
    Manifest,
    /// A [`crate::pack::trail::Packed`].
    Trail,
    /// [`Entries`].
    Entries,
}

/// What the last pack was.
#[derive(Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The options, in short.
    pub options: [u8; 32],
    /// How files were compressed.
    pub level: Level,
    /// When it began.
    pub clock: Clock,
    /// The archive.
    pub archive: Archive,
    /// What the pack has told.
    pub report: Report,
}

/// An archive that was written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Archive {
    /// Its file's state, when it was in its place.
    pub stamp: Stamp,
    /// Whether a change after that would show in the stamp.
    pub is_trusted: bool,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// Its bytes.
    pub size: u64,
}

/// What a pack tells of what went in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// Bytes of all entries.
    pub unzipped_size: u64,
    /// Entries that are not folders.
    pub file_count: u64,
    /// What stayed out.
    pub excluded: Vec<Excluded>,
    /// What is worth knowing of the plan.
    pub warnings: Vec<Warning>,
}

/// The entries of an archive, and its hash on the way.
#[derive(Debug, Deserialize)]
pub struct Entries<'a> {
    /// In the archive's order.
    #[serde(borrow)]
    pub lines: Vec<Line<'a>>,
    /// See [`State`].
    pub states: Vec<State>,
}

impl<'a> Entries<'a> {
    /// Of [`Past::entries`].
    #[must_use]
    pub fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }

    /// As a manifest keeps them. Lines are made while they are written: of tens of thousands no list is needed. Nothing
    /// when one cannot be made.
    pub fn to_bytes<'l>(
        lines: impl ExactSizeIterator<Item = Option<Line<'l, &'l Record>>>,
        states: &[State],
    ) -> Option<Vec<u8>> {
        let bytes = Vec::with_capacity(lines.len() * LINE);
        let bytes = postcard::to_extend(&lines.len(), bytes).ok()?;
        let bytes = { lines }.try_fold(bytes, |bytes, line| postcard::to_extend(&line?, bytes).ok())?;
        postcard::to_extend(states, bytes).ok()
    }
}

/// One entry.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line<'a, R = Record> {
    /// Its name.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// Its mode, with type bits.
    pub mode: u32,
    /// Where it came from.
    pub from: From<'a>,
    /// What the archive has of it.
    pub record: R,
}

/// Where an entry came from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum From<'a> {
    /// A file, with its state then.
    Disk {
        /// Where it is; nothing when it is at its name below the root.
        #[serde(borrow)]
        path: Option<Cow<'a, str>>,
        /// Its state.
        stamp: Stamp,
        /// Whether it could be executed.
        runs: bool,
    },
    /// A link with its text, or a folder.
    #[serde(borrow)]
    Text(Cow<'a, str>),
}

/// A manifest that is being written. Its parts come from several threads, in any order.
pub struct Draft {
    file: NamedTempFile,
    secret: Secret,
    begun: Mutex<Begun>,
}

struct Begun {
    table: [u8; TABLE],
    end: u64,
}

impl Draft {
    pub(super) fn new(file: NamedTempFile, secret: Secret) -> Self {
        Self { file, secret, begun: Mutex::new(Begun { table: [0; TABLE], end: TABLE as u64 }) }
    }

    /// Writes a part.
    ///
    /// # Errors
    /// What the file answers.
    pub fn put(&self, part: Part, bytes: &[u8]) -> io::Result<()> {
        let hash = self.secret.hash(&[bytes]);
        let length = bytes.len() as u64;
        let at = {
            let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
            let at = begun.end;
            begun.end += length;
            let row = &mut begun.table[part as usize * ROW..][..ROW];
            row[..8].copy_from_slice(&at.to_le_bytes());
            row[8..16].copy_from_slice(&length.to_le_bytes());
            row[16..].copy_from_slice(&hash);
            at
        };
        write_all_at(self.file.as_file(), bytes, at)
    }

    /// Ends it. What it answers is to be put in its place.
    pub(super) fn finish(self, manifest: &Manifest) -> io::Result<NamedTempFile> {
        self.put(Part::Manifest, &postcard::to_stdvec(manifest).map_err(io::Error::other)?)?;
        let begun = self.begun.into_inner().unwrap_or_else(PoisonError::into_inner);
        write_all_at(self.file.as_file(), &begun.table, 0)?;
        Ok(self.file)
    }
}

/// What the last pack has left.
#[derive(Debug)]
pub struct Past {
    file: File,
    secret: Secret,
    size: u64,
    age: Duration,
    table: [u8; TABLE],
}

impl Past {
    pub(super) fn read(path: &Path, secret: Secret) -> Option<Self> {
        let file = regular::open(path).ok()?;
        let found = file.metadata().ok()?;
        let age = found.modified().ok()?.elapsed().unwrap_or_default();
        let mut table = [0; TABLE];
        read_exact_at(&file, &mut table, 0).ok()?;
        Some(Self { file, secret, size: found.len(), age, table })
    }

    /// Whether its last use was noted so long ago that it is to be noted again.
    #[must_use]
    pub fn is_to_be_noted(&self) -> bool {
        self.age > NOTED
    }

    /// What it was.
    #[must_use]
    pub fn manifest(&self) -> Option<Manifest> {
        postcard::from_bytes(&self.part(Part::Manifest)?).ok()
    }

    /// The bytes of a part, if it is whole. To be read by its own type, like [`Entries::from_bytes`].
    #[must_use]
    pub fn part(&self, part: Part) -> Option<Vec<u8>> {
        let row = &self.table[part as usize * ROW..][..ROW];
        let number = |at: usize| row[at..at + 8].try_into().map(u64::from_le_bytes).ok();
        let (at, length) = (number(0)?, number(8)?);
        // No memory for a length that the file does not have.
        let is_there = at >= TABLE as u64 && at.checked_add(length)? <= self.size && length <= LARGEST_PART;
        let length = usize::try_from(length).ok().filter(|_| is_there)?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length).ok()?;
        bytes.resize(length, 0);
        read_exact_at(&self.file, &mut bytes, at).ok()?;
        (self.secret.hash(&[&bytes]) == row[16..]).then_some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Method;
    use crate::pack::content::{Form, Key};

    #[test]
    fn slots_differ_by_root_and_archive() {
        let slots = [("/a", Some("/b")), ("/a", None), ("/a/b", None), ("/a", Some("/c"))]
            .map(|(root, out)| Slot::new(Path::new(root), out.map(Path::new)).file_name());
        let different: std::collections::HashSet<_> = slots.iter().collect();
        assert_eq!(different.len(), slots.len());
    }

    #[test]
    fn entries_come_back_as_they_were() {
        let keys = [Key::of(b"a", 0, Form::Whole, Level::Max, Secret::from_bytes([1; Secret::SIZE]))].into();
        let record = Record { at: 1 << 40, method: Method::Deflated, crc: 7, stored: 5, keys };
        let path = Some(Cow::Borrowed("/elsewhere/b"));
        let disk = From::Disk { path, stamp: Stamp::of_size(u64::MAX), runs: true };
        let lines = [("a", 0o120_777, From::Text(Cow::Borrowed("b"))), ("é", 0o100_755, disk)]
            .map(|(name, mode, from)| Line { name: Cow::Borrowed(name), mode, from, record: &record });
        let bytes = Entries::to_bytes(lines.iter().cloned().map(Some), &[]).unwrap();
        let entries = Entries::from_bytes(&bytes).unwrap();
        assert_eq!(format!("{:?}", entries.lines), format!("{lines:?}"));
        assert!(entries.states.is_empty());
        assert_eq!(Entries::to_bytes([None].into_iter(), &[]), None);
    }

    #[test]
    fn any_damage_makes_it_nothing() {
        let manifest = Manifest {
            options: [7; 32],
            level: Level::Balanced,
            clock: Clock::now(),
            archive: Archive { stamp: Stamp::of_size(5), is_trusted: true, sha256: [1; 32], size: 5 },
            report: Report { unzipped_size: 1, file_count: 1, excluded: Vec::new(), warnings: Vec::new() },
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m");
        let secret = Secret::from_bytes([1; Secret::SIZE]);
        let draft = Draft::new(NamedTempFile::new_in(folder.path()).unwrap(), secret);
        draft.put(Part::Entries, b"entries").unwrap();
        draft.put(Part::Trail, b"trail").unwrap();
        draft.finish(&manifest).unwrap().persist(&path).unwrap();
        let good = std::fs::read(&path).unwrap();
        let whole = |past: &Past| {
            let parts = [Part::Trail, Part::Entries].map(|part| past.part(part));
            past.manifest().is_some() && parts == [Some(b"trail".to_vec()), Some(b"entries".to_vec())]
        };
        assert!(Past::read(&path, secret).as_ref().is_some_and(whole));
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, &bad).unwrap();
            assert!(!Past::read(&path, secret).as_ref().is_some_and(whole), "{at}");
            std::fs::write(&path, &good[..at]).unwrap();
            assert!(!Past::read(&path, secret).as_ref().is_some_and(whole), "{at}");
        }
    }
}
