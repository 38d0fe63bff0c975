//! What the last pack of a root to an archive has seen and written, in one file.
//!
//! The file has two parts, each behind its hash: what it takes to see that nothing has changed, and the entries, which
//! are only read when something has.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::archive::State;
use crate::pack::compress::Record;
use crate::pack::content::Level;
use crate::pack::file::Stamp;
use crate::pack::rules::Excluded;
use crate::pack::trail::{Clock, Trail};
use crate::positioned::read_exact_at;
use crate::regular;
use crate::warning::Warning;

/// The ending of a manifest's name.
pub const EXTENSION: &str = "manifest";
/// More than any part has. A sparse file can say of itself that it has any length.
const LARGEST_PART: u64 = 256 << 20;
const HASH: usize = 32;
const LENGTH: usize = 8;
/// Bytes of a line beside its name, about.
const LINE: usize = 96;

/// One root that is packed to one archive.
#[derive(Debug)]
pub struct Slot(String);

impl Slot {
    /// Of a root and an archive, links followed; nothing for an archive that nobody keeps.
    #[must_use]
    pub fn new(root: &Path, out: Option<&Path>) -> Self {
        let mut hasher = blake3::Hasher::new();
        for path in [Some(root), out] {
            let bytes = path.map(|path| path.as_os_str().as_encoded_bytes()).unwrap_or_default();
            hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        }
        Self(hasher.finalize().to_hex()[..32].to_owned())
    }

    pub(super) fn file_name(&self) -> String {
        format!("{}.{EXTENSION}", self.0)
    }
}

/// All of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Manifest<'a> {
    /// The options, in short.
    pub options: [u8; 32],
    /// How files were compressed.
    pub level: Level,
    /// When it began.
    pub clock: Clock,
    /// What the selection has looked at; nothing when it cannot be looked at again.
    #[serde(borrow)]
    pub trail: Option<Trail<'a>>,
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
#[derive(Debug, Serialize, Deserialize)]
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

    /// As a manifest keeps them.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let names: usize = self.lines.iter().map(|line| line.name.len()).sum();
        // Room for all of it from the beginning.
        postcard::to_extend(self, Vec::with_capacity(names + self.lines.len() * LINE)).ok()
    }
}

/// One entry.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// Its mode, with type bits.
    pub mode: u32,
    /// Where it came from.
    pub from: From<'a>,
    /// What the archive has of it.
    pub record: Record,
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

/// Writes what a pack has seen, and the entries that it has written.
///
/// # Errors
/// What the file answers.
pub fn write(file: &mut File, manifest: &Manifest<'_>, entries: &[u8]) -> io::Result<()> {
    let seen = postcard::to_stdvec(manifest).map_err(io::Error::other)?;
    for part in [&seen[..], entries] {
        file.write_all(blake3::hash(part).as_bytes())?;
        file.write_all(&(part.len() as u64).to_le_bytes())?;
        file.write_all(part)?;
    }
    Ok(())
}

/// What the last pack has left.
#[derive(Debug)]
pub struct Past {
    file: File,
    seen: Vec<u8>,
}

impl Past {
    pub(super) fn read(path: &Path) -> Option<Self> {
        let file = regular::open(path).ok()?;
        let seen = read_part(&file, 0)?;
        Some(Self { file, seen })
    }

    /// What it has seen.
    #[must_use]
    pub fn manifest(&self) -> Option<Manifest<'_>> {
        postcard::from_bytes(&self.seen).ok()
    }

    /// The entries, to be read by [`Entries::from_bytes`].
    #[must_use]
    pub fn entries(&self) -> Option<Vec<u8>> {
        read_part(&self.file, (HASH + LENGTH + self.seen.len()) as u64)
    }
}

/// The part of a manifest that begins at `at`, if it is whole.
fn read_part(file: &File, at: u64) -> Option<Vec<u8>> {
    let mut head = [0; HASH + LENGTH];
    read_exact_at(file, &mut head, at).ok()?;
    let (hash, length) = head.split_at(HASH);
    let length = u64::from_le_bytes(length.try_into().ok()?);
    let at = at + head.len() as u64;
    // No memory for a length that the file does not have.
    let is_there = file.metadata().ok()?.len().checked_sub(at)? >= length;
    let length = usize::try_from(length.min(LARGEST_PART + 1)).ok().filter(|_| is_there && length <= LARGEST_PART)?;
    let mut part = Vec::new();
    part.try_reserve_exact(length).ok()?;
    part.resize(length, 0);
    read_exact_at(file, &mut part, at).ok()?;
    (blake3::hash(&part).as_bytes() == hash).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_differ_by_root_and_archive() {
        let slots = [("/a", Some("/b")), ("/a", None), ("/a/b", None), ("/a", Some("/c"))]
            .map(|(root, out)| Slot::new(Path::new(root), out.map(Path::new)).file_name());
        let different: std::collections::HashSet<_> = slots.iter().collect();
        assert_eq!(different.len(), slots.len());
    }

    #[test]
    fn any_damage_makes_it_nothing() {
        let manifest = Manifest {
            options: [7; 32],
            level: Level::Balanced,
            clock: Clock::now(),
            trail: None,
            archive: Archive { stamp: Stamp::of_size(5), is_trusted: true, sha256: [1; 32], size: 5 },
            report: Report { unzipped_size: 1, file_count: 1, excluded: Vec::new(), warnings: Vec::new() },
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m");
        write(&mut File::create(&path).unwrap(), &manifest, b"entries").unwrap();
        let good = std::fs::read(&path).unwrap();
        let whole = |past: &Past| past.manifest().is_some() && past.entries().as_deref() == Some(b"entries");
        assert!(Past::read(&path).as_ref().is_some_and(whole));
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, &bad).unwrap();
            assert!(!Past::read(&path).as_ref().is_some_and(whole), "{at}");
            std::fs::write(&path, &good[..at]).unwrap();
            assert!(!Past::read(&path).as_ref().is_some_and(whole), "{at}");
        }
    }
}
