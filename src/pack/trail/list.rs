//! The list of a folder and the states of its files, with as few calls as the system allows.

use std::io;
use std::ops::Range;
use std::path::Path;

use super::Kind;
use crate::pack::file::Stamp;

/// A folder's names in the order of their bytes, with what they are. It can be filled again and again.
#[derive(Default)]
pub struct List {
    folder: Option<Folder>,
    text: String,
    names: Vec<(Range<usize>, Kind)>,
}

#[cfg(unix)]
type Folder = rustix::fd::OwnedFd;
#[cfg(windows)]
type Folder = std::path::PathBuf;

impl List {
    /// Lists a folder. A name that is not Unicode is an error here.
    ///
    /// # Errors
    /// What the system answers.
    pub fn read(&mut self, path: &Path) -> io::Result<()> {
        self.folder = None;
        self.text.clear();
        self.names.clear();
        self.folder = Some(read(path, &mut |name, kind| {
            let start = self.text.len();
            self.text.push_str(name);
            self.names.push((start..self.text.len(), kind));
        })?);
        self.names.sort_unstable_by(|a, b| self.text[a.0.clone()].cmp(&self.text[b.0.clone()]));
        Ok(())
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = (&str, Kind)> {
        self.names.iter().map(|(range, kind)| (&self.text[range.clone()], *kind))
    }

    /// The state of a file of this folder, and whether it may be executed. Nothing for what is no regular file.
    pub fn state(&self, name: &str) -> Option<(Stamp, bool)> {
        state(self.folder.as_ref()?, name)
    }
}

#[cfg(unix)]
fn state(folder: &Folder, name: &str) -> Option<(Stamp, bool)> {
    use rustix::fs::{AtFlags, FileType, statat};
    let found = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    let is_file = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
    is_file.then(|| (Stamp::of_stat(&found), found.st_mode & 0o100 != 0))
}

#[cfg(windows)]
fn state(folder: &Folder, name: &str) -> Option<(Stamp, bool)> {
    let path = folder.join(name);
    let metadata = std::fs::symlink_metadata(&path).ok()?;
    let runs = crate::pack::file::is_executable(&path, &metadata).ok()?;
    metadata.is_file().then(|| (Stamp::of(&metadata), runs))
}

#[cfg(unix)]
fn read(path: &Path, found: &mut dyn FnMut(&str, Kind)) -> io::Result<Folder> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let folder = rustix::fs::open(path, flags, Mode::empty())?;
    read_entries(&folder, &mut |name, kind| {
        let name = name.to_str().map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        if !matches!(name, "." | "..") {
            found(name, self::kind(&folder, name, kind)?);
        }
        Ok(())
    })?;
    Ok(folder)
}

#[cfg(unix)]
type Each<'a> = &'a mut dyn FnMut(&std::ffi::CStr, rustix::fs::FileType) -> io::Result<()>;

/// By the system's own call: the C library's would make three more for each folder.
#[cfg(target_os = "linux")]
fn read_entries(folder: &Folder, each: Each<'_>) -> io::Result<()> {
    let mut buffer = [std::mem::MaybeUninit::uninit(); 16 << 10];
    let mut entries = rustix::fs::RawDir::new(folder, &mut buffer);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        each(entry.file_name(), entry.file_type())?;
    }
    Ok(())
}

#[cfg(all(unix, not(target_os = "linux")))]
fn read_entries(folder: &Folder, each: Each<'_>) -> io::Result<()> {
    for entry in rustix::fs::Dir::read_from(folder)? {
        let entry = entry?;
        each(entry.file_name(), entry.file_type())?;
    }
    Ok(())
}

#[cfg(unix)]
fn kind(folder: &Folder, name: &str, told: rustix::fs::FileType) -> io::Result<Kind> {
    use rustix::fs::{AtFlags, FileType, statat};
    let kind = match told {
        // Some file systems do not tell it in the list.
        FileType::Unknown => FileType::from_raw_mode(statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?.st_mode),
        told => told,
    };
    Ok(match kind {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        FileType::Symlink => Kind::Link,
        _ => Kind::Other,
    })
}

#[cfg(windows)]
fn read(path: &Path, found: &mut dyn FnMut(&str, Kind)) -> io::Result<Folder> {
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        found(&name, Kind::of(entry.file_type()?));
    }
    Ok(path.to_owned())
}
