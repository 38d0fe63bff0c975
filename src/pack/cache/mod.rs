//! What earlier packs have learned. Without it every pack gives the same bytes, and takes longer; so whatever fails
//! here is passed over, and whatever cannot be trusted is not used.
//!
//! A folder for each version of this library, as another version may compress otherwise. In it [`store`] keeps what
//! was compressed, by content, and [`manifest`] what the last pack of a root to an archive has seen and written.

mod manifest;
mod store;
mod sweep;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::pack::rules::TEMPORARY_SUFFIX;
pub use manifest::{Archive, Entries, From, Line, Manifest, Past, Report, Slot};
pub use store::{Additions, Found, Store};

/// Where to remember.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Place {
    /// In `node_modules/.cache` of the root, else in the user's folder for caches.
    #[default]
    Usual,
    /// In a folder of ours within this one.
    Folder(PathBuf),
    /// Nowhere.
    Nowhere,
}

/// The folder's name, wherever it is.
pub const NAME: &str = "lambda-pack-native";
/// Raised with each change of what is kept, or of how files are compressed.
const FORMAT: u32 = 1;
/// Tells backups, and packs of whatever it is in, to pass over the folder (<https://bford.info/cachedir/>).
pub const TAG: &str = "CACHEDIR.TAG";
const TAG_TEXT: &str = "Signature: 8a477f597d28d172789f06886806bc55\n# The cache of lambda-pack-native.\n";

/// An open cache.
#[derive(Debug)]
pub struct Cache {
    /// All versions of it.
    all: PathBuf,
    /// That of this version.
    own: PathBuf,
}

impl Cache {
    /// Opens the cache, making its folder. Nothing when there is to be none.
    ///
    /// # Errors
    /// Which folder cannot be used, and why.
    pub fn open(place: &Place, root: &Path) -> Result<Option<Self>, (PathBuf, io::Error)> {
        let mut failed = None;
        for folder in candidates(place, root) {
            match Self::make(&folder) {
                Ok(cache) => return Ok(Some(cache)),
                Err(cause) => failed = failed.or(Some((folder, cause))),
            }
        }
        failed.map_or(Ok(None), Err)
    }

    fn make(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let all = folder.canonicalize()?;
        let own = all.join(format!("v{FORMAT}-{}", env!("CARGO_PKG_VERSION")));
        if !own.is_dir() {
            std::fs::create_dir_all(&own)?;
        }
        // Without it the cache works as well. Never through a link that somebody has put there.
        if let Ok(mut tag) = std::fs::File::options().write(true).create_new(true).open(all.join(TAG)) {
            let _ = tag.write_all(TAG_TEXT.as_bytes());
        }
        Ok(Self { all, own })
    }

    /// The folder with all that is in it, links followed.
    pub fn folder(&self) -> &Path {
        &self.all
    }

    /// What was compressed before.
    pub fn store(&self) -> Store {
        Store::open(&self.own)
    }

    /// Where to put what is compressed now.
    pub fn additions(&self) -> Additions {
        Additions::new(&self.own)
    }

    /// What the last pack of `slot` has left.
    pub fn past(&self, slot: &Slot) -> Option<Past> {
        Past::read(&self.own.join(slot.file_name()))
    }

    /// Keeps what this pack has seen and written.
    pub fn remember(&self, slot: &Slot, manifest: &Manifest<'_>, entries: &[u8]) {
        let write = || -> io::Result<()> {
            let mut file = temporary(&self.own)?;
            manifest::write(file.as_file_mut(), manifest, entries)?;
            file.persist(self.own.join(slot.file_name()))?;
            Ok(())
        };
        let _ = write();
    }

    /// Ends a pack that has added something: marks what was used, and keeps the whole within its bounds.
    pub fn sweep(&self, store: Option<&Store>) {
        sweep::mark(store.into_iter().flat_map(Store::used));
        sweep::sweep(&self.all, &self.own);
    }
}

/// The folders to try.
fn candidates(place: &Place, root: &Path) -> Vec<PathBuf> {
    match place {
        Place::Nowhere => Vec::new(),
        // A folder of its own within, as it may be one with other files.
        Place::Folder(folder) => vec![folder.join(NAME)],
        Place::Usual => {
            let modules = root.join("node_modules");
            let own = modules.is_dir().then(|| modules.join(".cache").join(NAME));
            own.into_iter().chain(users_folder().map(|folder| folder.join(NAME))).collect()
        }
    }
}

/// The user's folder for caches, as the system has it.
fn users_folder() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library").join("Caches"))
    } else {
        variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")))
    }
}

/// A file that is not there for others yet.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().suffix(TEMPORARY_SUFFIX).tempfile_in(folder)
}

/// Makes a finished file one for everybody, under a name of its own. Answers whether that was possible.
fn keep(file: NamedTempFile, folder: &Path, extension: &str) -> bool {
    let own = file.path().file_name().unwrap_or_default().to_string_lossy().replace(TEMPORARY_SUFFIX, "");
    file.persist_noclobber(folder.join(format!("{}.{extension}", own.trim_start_matches('.')))).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_place_is_beside_the_packages() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("node_modules")).unwrap();
        let cache = Cache::open(&Place::Usual, root.path()).unwrap().unwrap();
        assert_eq!(cache.folder(), root.path().canonicalize().unwrap().join("node_modules/.cache/lambda-pack-native"));
        assert!(Cache::open(&Place::Nowhere, root.path()).unwrap().is_none());
    }

    #[test]
    fn a_folder_that_cannot_be_is_told() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        std::fs::write(&file, "").unwrap();
        let (path, _) = Cache::open(&Place::Folder(file.join("cache")), root.path()).unwrap_err();
        assert_eq!(path, file.join("cache").join(NAME));
    }
}
