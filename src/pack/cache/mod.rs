//! What earlier packs have learned. Without it every pack gives the same bytes, and takes longer; so whatever fails
//! here is passed over, and whatever cannot be trusted is not used.
//!
//! A folder for each version of this library, as another version may compress otherwise. In it [`store`] keeps what
//! was compressed, by content, and [`manifest`] what the last pack of a root to an archive has seen and written.

mod keeper;
mod manifest;
mod store;
mod sweep;

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::pack::content::Key;
use crate::pack::rules::TEMPORARY_SUFFIX;
use crate::pack::secret::Secret;
use crate::regular;
pub use keeper::Keeper;
pub use manifest::{Archive, Draft, Entries, From, Line, Manifest, Part, Past, Report, Slot};
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
/// Where packages' tools keep their caches.
pub const CACHES: &str = "node_modules/.cache";
/// Raised with each change of what is kept, or of how files are compressed.
const FORMAT: u32 = 6;
/// Tells backups, and packs of whatever it is in, to pass over the folder (<https://bford.info/cachedir/>).
pub const TAG: &str = "CACHEDIR.TAG";
/// The file with the secret of all versions; see [`secret`].
const SECRET: &str = "secret";
const TAG_TEXT: &str = "Signature: 8a477f597d28d172789f06886806bc55\n# The cache of lambda-pack-native.\n";

/// An open cache.
#[derive(Debug, Clone)]
pub struct Cache {
    /// All versions of it.
    all: PathBuf,
    /// That of this version.
    own: PathBuf,
    secret: Secret,
}

impl Cache {
    /// Opens the cache, making its folder. Nothing when there is to be none.
    ///
    /// # Errors
    /// Which folder cannot be used, and why.
    pub fn open(place: &Place, root: &Path, out: &Path) -> Result<Option<Self>, (PathBuf, io::Error)> {
        let (mut read_only, mut failed) = (None, None);
        for folder in candidates(place, root) {
            match Self::make(&folder, root, out) {
                Ok(cache) if cache.can_be_added_to() => return Ok(Some(cache)),
                Ok(cache) => read_only = read_only.or(Some(cache)),
                Err(cause) => failed = failed.or(Some((folder, cause))),
            }
        }
        match (read_only, failed) {
            // What somebody has filled for us is of use, though nothing of ours comes to it.
            (Some(cache), _) => Ok(Some(cache)),
            (None, Some(failed)) => Err(failed),
            (None, None) => Ok(None),
        }
    }

    fn make(folder: &Path, root: &Path, out: &Path) -> io::Result<Self> {
        let unusable = |problem| Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        let absolute = std::path::absolute(folder)?;
        if absolute.starts_with(out) || out.starts_with(&absolute) {
            return unusable("it is where the archive goes");
        }
        if fills_an_entry(&absolute, root, out) {
            return unusable("it would be in an empty folder of the root, which is an entry of the archive as such");
        }
        if let Some(parent) = folder.parent() {
            std::fs::create_dir_all(parent)?;
        }
        match std::fs::create_dir(folder) {
            Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => return Err(cause),
            Err(_) if !std::fs::symlink_metadata(folder)?.is_dir() => return unusable("it is a link or a file"),
            Err(_) if !has_tag(folder) && !is_ours(folder)? => return unusable("it holds other files than a cache"),
            _ => {}
        }
        let all = folder.canonicalize()?;
        if root.starts_with(&all) {
            return unusable("the function's folder is in it");
        }
        // Without the tag the cache works as well. Never through a link that somebody has put there.
        if let Ok(mut tag) = std::fs::File::options().write(true).create_new(true).open(all.join(TAG)) {
            let _ = tag.write_all(TAG_TEXT.as_bytes());
        }
        let own = all.join(format!("v{FORMAT}-{}", env!("CARGO_PKG_VERSION")));
        if !own.is_dir() {
            std::fs::create_dir_all(&own)?;
        }
        let secret = secret(&all, &own)?;
        Ok(Self { all, own, secret })
    }

    #[cfg(unix)]
    fn can_be_added_to(&self) -> bool {
        use rustix::fs::Access;
        rustix::fs::access(&self.own, Access::WRITE_OK | Access::EXEC_OK).is_ok()
    }

    #[cfg(windows)]
    #[expect(clippy::unused_self, reason = "the system does not tell before one tries")]
    fn can_be_added_to(&self) -> bool {
        true
    }

    /// The folder with all that is in it, links followed.
    pub fn folder(&self) -> &Path {
        &self.all
    }

    /// What hashes are made with here. Whatever was written by another one is not trusted.
    pub fn secret(&self) -> Secret {
        self.secret
    }

    /// What was compressed before.
    pub fn store(&self) -> Store {
        Store::open(&self.own, self.secret)
    }

    /// Where to put what is compressed now.
    pub fn additions(&self) -> Additions {
        Additions::new(&self.own, self.secret)
    }

    /// What the last pack of `slot` has left.
    pub fn past(&self, slot: &Slot) -> Option<Past> {
        Past::read(&self.own.join(slot.file_name()), self.secret)
    }

    /// Begins to keep what this pack has seen and written.
    pub fn draft(&self) -> Option<Draft> {
        temporary(&self.own).ok().map(|file| Draft::new(file, self.secret))
    }

    /// Keeps it.
    pub fn remember(&self, slot: &Slot, draft: Draft, manifest: &Manifest) {
        if let Ok(file) = draft.finish(manifest) {
            let _ = file.persist(self.own.join(slot.file_name()));
        }
    }

    /// Notes that a manifest is still of use, and what its archive was made of.
    pub fn keep<'k>(&self, slot: &Slot, keys: impl Iterator<Item = &'k Key>) {
        let store = self.store();
        store.note(keys);
        let manifest = self.own.join(slot.file_name());
        sweep::mark(store.used().chain([manifest.as_path()]));
    }

    /// Ends a pack that has added something: marks what was used, and keeps the whole within its bounds.
    pub fn sweep(&self, store: Option<&Store>) {
        sweep::mark(store.into_iter().flat_map(Store::used));
        sweep::sweep(&self.all, &self.own);
    }
}

/// Whether `folder`, when it is made, is the first thing in a folder that is packed as an empty one. With the cache in it
/// that would be no entry any more, and a folder that is there for the cache alone must not become one.
fn fills_an_entry(folder: &Path, root: &Path, out: &Path) -> bool {
    if folder.exists() {
        return false;
    }
    let Some(above) = folder.ancestors().find_map(|above| above.canonicalize().ok()) else { return false };
    let is_entry = above != root && above.starts_with(root) && out.parent() != Some(&above) && !may_be_for_it(&above);
    is_entry && std::fs::read_dir(&above).is_ok_and(|mut entries| entries.next().is_none())
}

/// Whether an empty folder may be there for a cache at its usual place. It is no entry then.
pub fn may_be_for_it(folder: &Path) -> bool {
    folder.ends_with(CACHES) || folder.ends_with("node_modules")
}

/// Whether a folder holds nothing but what a cache does.
fn is_ours(folder: &Path) -> io::Result<bool> {
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        if name != TAG && !name.to_str().is_some_and(|name| is_version(name) || is_secret(name)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether it is the name of a file with a secret.
fn is_secret(name: &str) -> bool {
    (0..MOST_SECRETS).any(|number| secret_name(number) == name)
}

/// Whether it is the name of a version's folder, like `v1-0.1.0`.
fn is_version(name: &str) -> bool {
    let parts = name.strip_prefix('v').and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(format, version)| {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let (numbers, _) = version.split_once(['-', '+']).unwrap_or((version, ""));
        is_number(format) && numbers.split('.').count() == 3 && numbers.split('.').all(is_number)
    })
}

/// Whether a folder called [`NAME`] has the tag of a cache.
pub fn has_tag(folder: &Path) -> bool {
    regular::read_text(&folder.join(TAG)).is_ok_and(|text| text.as_deref() == Some(TAG_TEXT))
}

/// The folders to try.
fn candidates(place: &Place, root: &Path) -> Vec<PathBuf> {
    match place {
        Place::Nowhere => Vec::new(),
        // A folder of its own within, as it may be one with other files.
        Place::Folder(folder) => vec![folder.join(NAME)],
        Place::Usual => {
            let modules = root.join("node_modules");
            let caches = modules.join(".cache");
            // A link could lead anywhere.
            let is_link = std::fs::symlink_metadata(&caches).is_ok_and(|found| found.is_symlink());
            let own = (modules.is_dir() && !is_link).then(|| caches.join(NAME));
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

/// The secret of a cache: the one that is kept there, else a new one. Of packs that begin at once with an empty cache all
/// have the same. Other users have theirs in files of other names: what they may write we do not take for ours, and what
/// is ours they may not read.
///
/// # Errors
/// Why none can be kept. A cache without one would be of no use to the next pack.
fn secret(all: &Path, own: &Path) -> io::Result<Secret> {
    let mut refusal = io::Error::from(io::ErrorKind::AlreadyExists);
    for number in 0..MOST_SECRETS {
        let path = all.join(secret_name(number));
        match look_for_secret(&path) {
            Look::Kept(kept) => return Ok(kept),
            Look::Another => continue,
            Look::None | Look::Damaged => {}
        }
        match make_secret(&path, own) {
            Ok(made) => return Ok(made),
            Err(cause) => refusal = cause,
        }
    }
    Err(refusal)
}

/// More users than one cache has.
const MOST_SECRETS: usize = 16;

fn secret_name(number: usize) -> String {
    if number == 0 { SECRET.to_owned() } else { format!("{SECRET}-{number}") }
}

enum Look {
    Kept(Secret),
    /// Nothing is there.
    None,
    /// A file of ours that is no secret.
    Damaged,
    /// Somebody else's, or no file at all.
    Another,
}

fn look_for_secret(path: &Path) -> Look {
    let whose = match std::fs::symlink_metadata(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Look::None,
        Ok(found) if !found.is_dir() => owner(&found),
        _ => return Look::Another,
    };
    let mut bytes = Vec::new();
    let read = regular::open(path)
        .map_err(drop)
        .and_then(|file| file.take(Secret::SIZE as u64 + 1).read_to_end(&mut bytes).map_err(drop));
    match (whose, read, bytes.try_into()) {
        (Owner::We | Owner::Root, Ok(_), Ok(bytes)) => Look::Kept(Secret::from_bytes(bytes)),
        (Owner::We, ..) => Look::Damaged,
        _ => Look::Another,
    }
}

enum Owner {
    We,
    /// Whom everybody has to trust.
    #[cfg_attr(windows, expect(dead_code, reason = "it is not asked there"))]
    Root,
    #[cfg_attr(windows, expect(dead_code, reason = "it is not asked there"))]
    Another,
}

#[cfg(unix)]
fn owner(found: &std::fs::Metadata) -> Owner {
    use std::os::unix::fs::MetadataExt;
    match found.uid() {
        owner if owner == rustix::process::geteuid().as_raw() => Owner::We,
        0 => Owner::Root,
        _ => Owner::Another,
    }
}

/// Whose a file is, is not asked here: the folders for caches are each user's own.
#[cfg(windows)]
fn owner(_: &std::fs::Metadata) -> Owner {
    Owner::We
}

/// Keeps a new secret at `path`, in the place of what is none.
fn make_secret(path: &Path, own: &Path) -> io::Result<Secret> {
    let new = Secret::random()?;
    // Its folder is the one that is swept, should the pack be killed here.
    let mut file = temporary(own)?;
    file.write_all(new.bytes())?;
    let Err(refused) = file.persist_noclobber(path) else { return Ok(new) };
    if let Look::Damaged = look_for_secret(path) {
        refused.file.persist(path).map_err(|refused| refused.error)?;
    }
    match look_for_secret(path) {
        // Another pack was first.
        Look::Kept(kept) => Ok(kept),
        _ => Err(refused.error),
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
        let cache = Cache::open(&Place::Usual, root.path(), Path::new("/out.zip")).unwrap().unwrap();
        assert_eq!(cache.folder(), root.path().canonicalize().unwrap().join("node_modules/.cache/lambda-pack-native"));
        assert!(Cache::open(&Place::Nowhere, root.path(), Path::new("/out.zip")).unwrap().is_none());
    }

    #[test]
    fn a_folder_that_cannot_be_is_told() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        std::fs::write(&file, "").unwrap();
        let (path, _) =
            Cache::open(&Place::Folder(file.join("cache")), root.path(), Path::new("/out.zip")).unwrap_err();
        assert_eq!(path, file.join("cache").join(NAME));
    }

    #[test]
    fn a_folder_with_other_files_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let place = place.path().canonicalize().unwrap();
        let open = |root: &Path, out: &Path| Cache::open(&Place::Folder(place.clone()), root, out);
        let folder = place.join(NAME);
        std::fs::create_dir(&folder).unwrap();
        let elsewhere = Path::new("/elsewhere");
        assert!(open(elsewhere, elsewhere).unwrap().is_some(), "an empty one");
        assert!(open(elsewhere, elsewhere).unwrap().is_some(), "our own");
        assert!(open(&folder.join("root"), elsewhere).is_err(), "with the root in it");
        assert!(
            open(elsewhere, &place).is_err() && open(elsewhere, &folder.join("f.zip")).is_err(),
            "with the archive"
        );
        std::fs::write(folder.join("views"), "mine").unwrap();
        assert!(open(elsewhere, elsewhere).unwrap().is_some(), "our own, with something beside it");
        std::fs::remove_file(folder.join(TAG)).unwrap();
        assert!(open(elsewhere, elsewhere).is_err(), "somebody else's");
        std::fs::remove_dir_all(&folder).unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/", &folder).unwrap();
            assert!(open(elsewhere, elsewhere).is_err(), "a link");
        }
    }

    #[test]
    fn an_empty_folder_of_the_root_is_no_place_for_it() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        for name in ["empty", "used", "node_modules/.cache", "dist"] {
            std::fs::create_dir_all(root.join(name)).unwrap();
        }
        std::fs::write(root.join("used/file"), "").unwrap();
        let out = root.join("dist/function.zip");
        let opens = |place: &str| Cache::open(&Place::Folder(root.join(place)), &root, &out).is_ok();
        assert!(!opens("empty") && !opens("empty/below/it"));
        assert_eq!(std::fs::read_dir(root.join("empty")).unwrap().count(), 0, "nothing was made");
        for good in ["used", "new", "new/below/it", "node_modules/.cache", "dist"] {
            assert!(opens(good) && opens(good), "{good}");
        }
    }

    #[test]
    fn packs_of_one_cache_have_one_secret() {
        let place = tempfile::tempdir().unwrap();
        let elsewhere = Path::new("/elsewhere");
        let open = || Cache::open(&Place::Folder(place.path().to_owned()), elsewhere, elsewhere).unwrap().unwrap();
        let secrets: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| open().secret())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(secrets.iter().all(|secret| *secret == secrets[0]));
        assert_eq!(open().secret(), secrets[0]);
        // What is none gives way to another one, and so does one that is lost.
        let path = place.path().join(NAME).join(SECRET);
        std::fs::write(&path, "damaged").unwrap();
        let after = open().secret();
        assert!(after != secrets[0] && open().secret() == after);
        std::fs::remove_file(&path).unwrap();
        assert!(open().secret() != after);
        // Where there can be none there is another one beside it, and it stays.
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        let beside = open().secret();
        assert!(open().secret() == beside && path.is_dir());
        std::fs::remove_file(place.path().join(NAME).join(TAG)).unwrap();
        assert!(open().secret() == beside, "it is still known as ours");
    }

    #[test]
    fn versions_are_known_by_their_names() {
        for good in ["v1-0.1.0", "v12-1.20.3", "v1-1.0.0-beta.1"] {
            assert!(is_version(good), "{good}");
        }
        for bad in ["views", "v1", "v1-", "v-0.1.0", "v1-0.1", "venv-1.0.0", "1-0.1.0"] {
            assert!(!is_version(bad), "{bad}");
        }
    }
}
