//! Keeps the cache within its bounds: what nobody has used for long goes, and what is too much.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use walkdir::{DirEntry, WalkDir};

use super::store::MOST_VOLUMES;
use super::{manifest, store};
use crate::pack::rules::TEMPORARY_SUFFIX;

/// What nobody has used for so long is removed.
const LONGEST_UNUSED: Duration = Duration::from_hours(24 * 30);
/// No pack takes so long, so an unfinished file that is older is one of a killed pack.
const LONGEST_PACK: Duration = Duration::from_hours(24);
/// All of it together.
const MOST_BYTES: u64 = 1 << 30;
/// A volume of a few edits.
const SMALL: u64 = 1 << 20;
/// A use is noted when the last one was noted so long ago.
const NOTED: Duration = Duration::from_hours(1);

/// Notes that files were used.
pub fn mark<'a>(files: impl Iterator<Item = &'a Path>) {
    for path in files {
        let is_old = age(path).is_some_and(|age| age > NOTED);
        if is_old && let Ok(file) = std::fs::File::options().write(true).open(path) {
            let _ = file.set_modified(SystemTime::now());
        }
    }
}

/// Removes what is too old or too much in `own`, and what other versions have left in `all` and is too old.
pub fn sweep(all: &Path, own: &Path) {
    sweep_version(own);
    for entry in entries(all) {
        let path = entry.path();
        let is_version = entry.file_name().to_str().is_some_and(super::is_version);
        if path != own && is_version && entry.file_type().is_dir() {
            sweep_version(path);
            // Only when nothing is left in it.
            let _ = std::fs::remove_dir(path);
        }
    }
}

/// What is in a folder; links are told and not followed. What cannot be looked at is passed over.
fn entries(folder: &Path) -> impl Iterator<Item = DirEntry> {
    WalkDir::new(folder).min_depth(1).max_depth(1).into_iter().flatten()
}

struct Kept {
    path: PathBuf,
    age: Duration,
    size: u64,
    is_volume: bool,
}

fn sweep_version(folder: &Path) {
    let mut kept = Vec::new();
    for entry in entries(folder) {
        let Ok(metadata) = entry.metadata() else { continue };
        let path = entry.into_path();
        let (Some(age), true) = (age(&path), metadata.is_file() && is_ours(&path)) else { continue };
        let unfinished = path.to_string_lossy().ends_with(TEMPORARY_SUFFIX);
        if age > if unfinished { LONGEST_PACK } else { LONGEST_UNUSED } {
            let _ = std::fs::remove_file(&path);
        } else if !unfinished {
            let is_volume = path.extension().is_some_and(|extension| extension == store::EXTENSION);
            kept.push(Kept { path, age, size: metadata.len(), is_volume });
        }
    }
    for path in too_much(kept) {
        let _ = std::fs::remove_file(path);
    }
}

/// Whether a file has a name that the cache gives. Nothing else is ever removed, wherever it is.
fn is_ours(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|own| [store::EXTENSION, manifest::EXTENSION].contains(&own))
        || path.to_string_lossy().ends_with(TEMPORARY_SUFFIX)
}

/// What has to go of `kept`: of too many bytes the longest unused, and of too many volumes first the small ones, which
/// an hour of edits makes many of.
fn too_much(mut kept: Vec<Kept>) -> Vec<PathBuf> {
    kept.sort_by_key(|one| one.age);
    let mut bytes = 0;
    let mut stays = |one: &Kept| {
        bytes += one.size;
        bytes <= MOST_BYTES
    };
    let (kept, goes): (Vec<_>, Vec<_>) = kept.into_iter().partition(|one| stays(one));
    let mut volumes: Vec<_> = kept.into_iter().filter(|one| one.is_volume).collect();
    volumes.sort_by_key(|one| (one.size >= SMALL, Reverse(one.age)));
    let too_many = volumes.len().saturating_sub(MOST_VOLUMES);
    goes.into_iter().chain(volumes.into_iter().take(too_many)).map(|one| one.path).collect()
}

fn age(path: &Path) -> Option<Duration> {
    std::fs::symlink_metadata(path)
        .and_then(|found| found.modified())
        .ok()
        .map(|time| time.elapsed().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &Path, name: &str, age: Duration) -> PathBuf {
        std::fs::create_dir_all(folder).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, "x").unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
        path
    }

    #[test]
    fn what_is_old_goes_and_what_was_used_stays() {
        let all = tempfile::tempdir().unwrap();
        let own = all.path().join("v1-0.1.0");
        let old = file(&own, "old.volume", LONGEST_UNUSED * 2);
        let used = file(&own, "used.volume", LONGEST_UNUSED * 2);
        let young = file(&own, "young.manifest", Duration::ZERO);
        let killed = file(&own, "x.lambda-pack-tmp", LONGEST_PACK * 2);
        let living = file(&own, "y.lambda-pack-tmp", Duration::ZERO);
        let mine = file(&own, "mine.txt", LONGEST_UNUSED * 2);
        let views = file(&all.path().join("views"), "old.volume", LONGEST_UNUSED * 2);
        let other = file(&all.path().join("v0-0.0.9"), "old.volume", LONGEST_UNUSED * 2);
        let foreign = file(&all.path().join("mine"), "old.volume", LONGEST_UNUSED * 2);
        mark([used.as_path()].into_iter());
        sweep(all.path(), &own);
        assert_eq!([&old, &used, &young, &killed, &living].map(|path| path.exists()), [false, true, true, false, true]);
        assert!(!other.parent().unwrap().exists() && foreign.exists() && mine.exists() && views.exists());
    }

    #[test]
    fn what_is_too_much_goes_by_age() {
        let one = |days: u64, size| {
            let age = Duration::from_hours(days * 24);
            Kept { path: PathBuf::from(days.to_string()), age, size, is_volume: true }
        };
        assert_eq!(too_much(vec![one(1, MOST_BYTES / 2), one(3, 10), one(2, MOST_BYTES / 2)]), [PathBuf::from("3")]);
        let many = (0..MOST_VOLUMES as u64).map(|days| one(days, 1)).chain([one(90, SMALL), one(91, SMALL)]).collect();
        let last = MOST_VOLUMES - 1;
        assert_eq!(too_much(many), [last, last - 1].map(|days| PathBuf::from(days.to_string())));
    }
}
