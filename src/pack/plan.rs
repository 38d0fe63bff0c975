//! The selection -> what the archive will hold: names, modes and order. Pure: a plan is a value.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::error::Error;
use crate::limits;
use crate::pack::cache::Report;
use crate::pack::file::Stamp;
use crate::pack::folders::folders;
use crate::pack::names::Names;
use crate::pack::rules::{Excluded, Reason};
use crate::pack::select::{Candidate, Kind, Selection};
use crate::pack::twins::twins;
use crate::warning::{Severity, Warning, WarningCode};

const FILE: u32 = 0o100_644;
const EXECUTABLE: u32 = 0o100_755;
const FOLDER: u32 = 0o040_755;
const LINK: u32 = 0o120_777;

/// How many of the largest parts an error names.
const LARGEST: usize = 5;

/// One entry of the archive to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the archive; a folder's ends with `/`.
    pub name: String,
    /// Unix mode with its type bits.
    pub mode: u32,
    /// Where its bytes come from.
    pub source: Source,
}

/// Where an entry's bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file of the disk, in the state in which it was found.
    Disk {
        /// Where it is.
        path: PathBuf,
        /// Its state.
        stamp: Stamp,
        /// Whether the disk says that it may be executed.
        runs: bool,
    },
    /// The text of a link, or nothing for a folder.
    Text(String),
}

impl Entry {
    /// Bytes before compression.
    #[must_use]
    pub fn size(&self) -> u64 {
        match &self.source {
            Source::Disk { stamp, .. } => stamp.size,
            Source::Text(text) => text.len() as u64,
        }
    }
}

/// What the archive will hold.
#[derive(Debug, Default)]
pub struct Plan {
    /// In the archive's order: see [`order`].
    pub entries: Vec<Entry>,
    /// What stays out, sorted by path.
    pub excluded: Vec<Excluded>,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// Bytes of all entries.
    pub unzipped_size: u64,
    /// Entries that are not folders.
    pub file_count: u64,
}

/// Decides what the archive will hold. `root` is for messages alone.
///
/// # Errors
/// [`Error::EmptyPackage`], [`Error::NameCollision`], [`Error::UnzippedTooLarge`].
pub fn plan(selection: Selection, prefix: &str, root: &std::path::Path) -> Result<Plan, Error> {
    let Selection { mut candidates, mut excluded, missing_inside, .. } = selection;
    // Stable sorts are the faster ones here: most of it is in order already.
    candidates.sort_by(|a, b| a.name.cmp(&b.name));
    let mut warnings: Vec<_> = missing_inside.iter().map(|missing| not_installed(&missing.chain)).collect();
    let candidates = without_loose_links(candidates, &mut excluded, &mut warnings);
    let mut entries: Vec<_> = candidates.into_iter().map(|candidate| entry(candidate, prefix)).collect();
    if entries.iter().all(|entry| entry.mode == FOLDER) {
        return Err(Error::EmptyPackage { root: root.to_owned() });
    }
    // The slash at the end of an empty folder's name is part of its place.
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let names = entries.iter().map(|entry| entry.name.as_str());
    for folder in folders(names) {
        if let Some(name) = folder.collision() {
            return Err(Error::NameCollision { name: name.to_owned() });
        }
        warnings.extend(twins(&folder));
    }
    // In a step of its own, as to ask for each comparison takes longer than all else.
    let (own, mut entries): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| order(&entry.name).0);
    entries.extend(own);
    excluded.sort_by(|a, b| a.path.cmp(&b.path));
    Plan::new(entries, excluded, warnings)
}

impl Plan {
    /// A plan of entries that are in their order.
    ///
    /// # Errors
    /// [`Error::UnzippedTooLarge`].
    pub fn new(entries: Vec<Entry>, excluded: Vec<Excluded>, warnings: Vec<Warning>) -> Result<Self, Error> {
        let unzipped_size = total(&entries);
        if unzipped_size > limits::UNZIPPED {
            let largest = largest(&entries);
            return Err(Error::UnzippedTooLarge { size: unzipped_size, limit: limits::UNZIPPED, largest });
        }
        let file_count = entries.iter().filter(|entry| entry.mode != FOLDER).count() as u64;
        Ok(Self { entries, excluded, warnings, unzipped_size, file_count })
    }

    /// What is told of it.
    #[must_use]
    pub fn report(&self) -> Report {
        let Self { excluded, warnings, unzipped_size, file_count, .. } = self;
        let (excluded, warnings) = (excluded.clone(), warnings.clone());
        Report { unzipped_size: *unzipped_size, file_count: *file_count, excluded, warnings }
    }
}

/// Bytes of all entries before compression.
#[must_use]
pub fn total(entries: &[Entry]) -> u64 {
    // Sparse files can be of any size.
    entries.iter().map(Entry::size).fold(0, u64::saturating_add)
}

/// The archive's order: packages before the project's own files, and both by the bytes of their names. What is edited
/// most is at the end, so that an archive and its hash can begin with what was written before.
#[must_use]
pub fn order(name: &str) -> (bool, &str) {
    (!name.split('/').any(|part| part == "node_modules"), name)
}

fn entry(candidate: Candidate, prefix: &str) -> Entry {
    let place = if prefix.is_empty() { candidate.name } else { format!("{prefix}/{}", candidate.name) };
    match candidate.kind {
        Kind::File { path, stamp, runs, executable } => {
            let mode = if executable { EXECUTABLE } else { FILE };
            Entry { name: place, mode, source: Source::Disk { path, stamp, runs } }
        }
        Kind::Link { text, .. } => Entry { name: place, mode: LINK, source: Source::Text(text) },
        Kind::EmptyFolder => Entry { name: format!("{place}/"), mode: FOLDER, source: Source::Text(String::new()) },
    }
}

/// Drops the links that would lead to nothing in the package: in `node_modules` without a word (commands of packages
/// that stay out), elsewhere with a warning.
fn without_loose_links(
    candidates: Vec<Candidate>,
    excluded: &mut Vec<Excluded>,
    warnings: &mut Vec<Warning>,
) -> Vec<Candidate> {
    let loose: HashSet<String> = Names::of(&candidates).loose_links().into_iter().map(str::to_owned).collect();
    let is_loose =
        |candidate: &Candidate| matches!(candidate.kind, Kind::Link { .. }) && loose.contains(&candidate.name);
    let (loose, kept) =
        if loose.is_empty() { (Vec::new(), candidates) } else { candidates.into_iter().partition(is_loose) };
    for link in loose {
        let Kind::Link { target, .. } = &link.kind else { continue };
        let target = if target.is_empty() { "." } else { target };
        if !link.name.split('/').any(|part| part == "node_modules") {
            let message = format!("The link {} is left out, because the way to {target} is.", link.name);
            let path = Some(link.name.clone());
            warnings.push(Warning { code: WarningCode::LinkLeftOut, severity: Severity::Warning, message, path });
        }
        let rule = format!("leads to {target}, which is left out");
        excluded.push(Excluded { path: link.name, reason: Reason::Link, rule });
    }
    kept
}

fn not_installed(chain: &[String]) -> Warning {
    let message = format!("{} is not installed, so code that loads it will fail.", chain.join(" > "));
    Warning {
        code: WarningCode::DependencyNotInstalled,
        severity: Severity::Warning,
        message,
        path: chain.first().cloned(),
    }
}

/// The packages and top-level folders that make up most of the package.
fn largest(entries: &[Entry]) -> Vec<(String, u64)> {
    let mut sizes = std::collections::HashMap::<&str, u64>::new();
    for entry in entries {
        let size = sizes.entry(part(&entry.name)).or_default();
        *size = size.saturating_add(entry.size());
    }
    let mut sizes: Vec<_> = sizes.into_iter().map(|(name, size)| (name.to_owned(), size)).collect();
    sizes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    sizes.truncate(LARGEST);
    sizes
}

/// The package that a file is of, else its top-level folder, else itself.
fn part(name: &str) -> &str {
    const MODULES: &str = "node_modules/";
    let (start, parts) = match name.rfind(MODULES) {
        Some(at) => {
            let start = at + MODULES.len();
            (start, if name[start..].starts_with('@') { 2 } else { 1 })
        }
        None => (0, 1),
    };
    let end = name[start..].match_indices('/').nth(parts - 1).map_or(name.len(), |(at, _)| start + at);
    &name[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    fn candidate(name: &str, kind: Kind) -> Candidate {
        Candidate { name: name.to_owned(), kind }
    }

    fn link(name: &str, target: &str) -> Candidate {
        candidate(name, Kind::Link { text: target.to_owned(), target: target.to_owned() })
    }

    fn file(name: &str) -> Candidate {
        candidate(
            name,
            Kind::File { path: PathBuf::from(name), stamp: Stamp::of_size(1), runs: false, executable: name == "run" },
        )
    }

    fn planned(candidates: Vec<Candidate>) -> Result<Plan, Error> {
        plan(Selection { candidates, ..Selection::default() }, "", std::path::Path::new("/r"))
    }

    #[test]
    fn entries_are_in_the_order_of_their_bytes_with_the_modes_that_lambda_reads() {
        let plan =
            planned(vec![file("é"), file("b/c"), candidate("b-", Kind::EmptyFolder), file("run"), link("a", "run")]);
        let got: Vec<_> = plan.unwrap().entries.into_iter().map(|entry| (entry.name, entry.mode)).collect();
        let expected = [("a", 0o120_777), ("b-/", 0o040_755), ("b/c", 0o100_644), ("run", 0o100_755), ("é", 0o100_644)];
        assert_eq!(got, expected.map(|(name, mode)| (name.to_owned(), mode)));
    }

    #[test]
    fn a_link_to_what_is_left_out_is_left_out_too() {
        let plan =
            planned(vec![file("a"), link("l", "gone"), link("node_modules/.bin/x", "gone"), link("ok", "a")]).unwrap();
        assert_eq!(plan.excluded.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(), ["l", "node_modules/.bin/x"]);
        assert_eq!(plan.warnings.len(), 1);
        assert_eq!(plan.entries.len(), 2);
        // A name that only begins like the target is not the target.
        let plan = planned(vec![file("gone-not/a"), link("l", "gone")]).unwrap();
        assert_eq!(plan.entries.len(), 1);
    }

    #[test]
    fn empty_packages_and_clashes_are_errors() {
        assert_eq!(planned(vec![]).unwrap_err().code(), ErrorCode::EmptyPackage);
        assert_eq!(planned(vec![link("l", "gone")]).unwrap_err().code(), ErrorCode::EmptyPackage);
        assert_eq!(planned(vec![file("a"), file("a")]).unwrap_err().code(), ErrorCode::NameCollision);
        assert_eq!(planned(vec![file("a"), file("a/b"), file("a-")]).unwrap_err().code(), ErrorCode::NameCollision);
    }

    #[test]
    fn the_largest_parts_are_named_by_package() {
        assert_eq!(part("node_modules/@s/a/lib/x.js"), "node_modules/@s/a");
        assert_eq!(part("node_modules/a/node_modules/b/x.js"), "node_modules/a/node_modules/b");
        assert_eq!(part("src/x/y.js"), "src");
        assert_eq!(part("index.js"), "index.js");
    }
}
