//! What runs that were killed have left.

use std::path::Path;
use std::time::{Duration, SystemTime};

/// What the names of unfinished files and folders end with; no package takes such in.
pub const SUFFIX: &str = ".lambda-pack-tmp";
/// No call takes longer, so what is older is in nobody's use.
const LONGEST_USE: Duration = Duration::from_hours(24);

/// Removes what is ours in `folder`, by what the names begin with, when it is older than any call can be.
pub fn sweep(folder: &Path, prefixes: &[&str]) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_ours = |name: &str| name.ends_with(SUFFIX) && prefixes.iter().any(|prefix| name.starts_with(prefix));
        // Of a link only the link is looked at. What is somebody else's cannot be removed.
        let Ok(found) = entry.metadata() else { continue };
        if !name.to_str().is_some_and(is_ours) || !found.modified().is_ok_and(is_past_use) {
            continue;
        }
        if found.is_dir() {
            let _ = std::fs::remove_dir_all(entry.path());
        } else if found.is_file() {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn is_past_use(modified: SystemTime) -> bool {
    modified.elapsed().is_ok_and(|age| age > LONGEST_USE)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

    #[test]
    fn only_what_is_ours_and_old_is_swept() {
        let place = tempfile::tempdir().unwrap();
        let aged = |name: &str, is_folder: bool, age: Duration| {
            let path = place.path().join(name);
            if is_folder {
                fs::create_dir(&path).unwrap();
            } else {
                fs::write(&path, "").unwrap();
            }
            File::open(&path).unwrap().set_modified(SystemTime::now() - age).unwrap();
            path
        };
        let old = LONGEST_USE * 2;
        let gone = [aged("lambda-pack-a.lambda-pack-tmp", true, old), aged(".init.b.lambda-pack-tmp", false, old)];
        let stay = [
            aged("lambda-pack-b.lambda-pack-tmp", true, Duration::ZERO),
            aged(".init.c.lambda-pack-tmp", false, Duration::ZERO),
            aged("lambda-pack-c", true, old),
            aged("other.lambda-pack-tmp", false, old),
        ];
        sweep(place.path(), &["lambda-pack-", ".init."]);
        assert!(gone.iter().all(|path| !path.exists()) && stay.iter().all(|path| path.exists()));
    }
}
