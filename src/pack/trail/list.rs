//! The list of a folder and the states of its files, with as few calls as the system allows.

use std::path::Path;

use super::Kind;
use crate::pack::file::Stamp;

/// A folder's names in the order of their bytes, with what they are.
pub struct List {
    #[cfg(unix)]
    folder: rustix::fd::OwnedFd,
    #[cfg(windows)]
    folder: std::path::PathBuf,
    names: Vec<(String, Kind)>,
}

impl List {
    /// Keeps those that `keeps` says.
    pub fn retain(&mut self, keeps: impl Fn(&str, Kind) -> bool) {
        self.names.retain(|(name, kind)| keeps(name, *kind));
    }

    /// Whether `holds` holds for each.
    pub fn each(&self, mut holds: impl FnMut(&str, Kind) -> bool) -> bool {
        self.names.iter().all(|(name, kind)| holds(name, *kind))
    }

    /// The state of a file of this folder, and whether it may be executed. Nothing for what is no regular file.
    #[cfg(unix)]
    pub fn state(&self, name: &str) -> Option<(Stamp, bool)> {
        use rustix::fs::{AtFlags, FileType, statat};
        let found = statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let is_file = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
        is_file.then(|| (Stamp::of_stat(&found), found.st_mode & 0o100 != 0))
    }

    /// The state of a file of this folder, and whether it may be executed. Nothing for what is no regular file.
    #[cfg(windows)]
    pub fn state(&self, name: &str) -> Option<(Stamp, bool)> {
        let path = self.folder.join(name);
        let metadata = std::fs::symlink_metadata(&path).ok()?;
        let executable = crate::pack::file::is_executable(&path, &metadata).ok()?;
        metadata.is_file().then(|| (Stamp::of(&metadata), executable))
    }
}

/// Lists a folder. A name that is not UTF-8 is an error here.
///
/// # Errors
/// What the system answers.
#[cfg(unix)]
pub fn list(path: &Path) -> std::io::Result<List> {
    use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, statat};
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let folder = rustix::fs::open(path, flags, Mode::empty())?;
    let mut names = Vec::new();
    for entry in Dir::read_from(&folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else { return Err(std::io::ErrorKind::InvalidData.into()) };
        if matches!(name, "." | "..") {
            continue;
        }
        let kind = match entry.file_type() {
            // Some file systems do not tell it here.
            FileType::Unknown => {
                FileType::from_raw_mode(statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?.st_mode)
            }
            known => known,
        };
        let kind = match kind {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Folder,
            FileType::Symlink => Kind::Link,
            _ => Kind::Other,
        };
        names.push((name.to_owned(), kind));
    }
    names.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(List { folder, names })
}

/// Lists a folder. A name that is not Unicode is an error here.
///
/// # Errors
/// What the system answers.
#[cfg(windows)]
pub fn list(path: &Path) -> std::io::Result<List> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|_| std::io::ErrorKind::InvalidData)?;
        names.push((name, Kind::of(entry.file_type()?)));
    }
    names.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(List { folder: path.to_owned(), names })
}
