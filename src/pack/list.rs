//! The list of a folder and the states of its files, with as few calls as the system allows.

#[cfg(unix)]
use std::ffi::CStr;
use std::ffi::OsStr;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::pack::file::Stamp;

/// What something is, without following links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileType {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A FIFO, a socket, a device.
    Other,
}

impl FileType {
    /// As the standard library tells it.
    #[must_use]
    pub fn of(kind: std::fs::FileType) -> Self {
        if kind.is_file() {
            Self::File
        } else if kind.is_dir() {
            Self::Folder
        } else if kind.is_symlink() {
            Self::Link
        } else {
            Self::Other
        }
    }
}

/// A folder's names in the order of their bytes, with what they are. It can be filled again and again.
#[derive(Default)]
pub struct List {
    folder: Option<Folder>,
    names: Names,
}

#[cfg(unix)]
type Folder = rustix::fd::OwnedFd;
#[cfg(windows)]
type Folder = std::path::PathBuf;

impl List {
    /// Lists a folder; where the system can, never one that a link leads to.
    ///
    /// # Errors
    /// What the system answers.
    pub fn read(&mut self, path: &Path) -> io::Result<()> {
        self.close();
        self.names.clear();
        self.folder = Some(read(path, &mut |name, kind| self.names.add(name, kind))?);
        self.names.sort();
        Ok(())
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = (&OsStr, FileType)> {
        self.names.iter()
    }

    /// The state of the file that is the `index`th of the names, and whether it may be executed. Nothing for what is no
    /// regular file.
    ///
    /// # Errors
    /// What the system answers.
    pub fn state(&self, index: usize) -> io::Result<Option<(Stamp, bool)>> {
        let closed = || io::Error::from(io::ErrorKind::NotFound);
        self.names.state(self.folder.as_ref().ok_or_else(closed)?, index)
    }

    /// Gives back what the system keeps for it. The names stay.
    pub fn close(&mut self) {
        self.folder = None;
    }
}

/// Names one after the other, each with the zero that the system wants behind it: most lists are short, and there are
/// thousands of them.
#[cfg(unix)]
#[derive(Default)]
struct Names {
    text: Vec<u8>,
    names: Vec<(std::ops::Range<usize>, FileType)>,
}

#[cfg(unix)]
impl Names {
    fn clear(&mut self) {
        self.text.clear();
        self.names.clear();
    }

    fn add(&mut self, name: &OsStr, kind: FileType) {
        let start = self.text.len();
        self.text.extend_from_slice(name.as_encoded_bytes());
        self.names.push((start..self.text.len(), kind));
        self.text.push(0);
    }

    fn sort(&mut self) {
        self.names.sort_unstable_by(|a, b| self.text[a.0.clone()].cmp(&self.text[b.0.clone()]));
    }

    fn iter(&self) -> impl Iterator<Item = (&OsStr, FileType)> {
        use std::os::unix::ffi::OsStrExt;
        self.names.iter().map(|(range, kind)| (OsStr::from_bytes(&self.text[range.clone()]), *kind))
    }

    fn state(&self, folder: &Folder, index: usize) -> io::Result<Option<(Stamp, bool)>> {
        use rustix::fs::{AtFlags, FileType, statat};
        let (range, _) = &self.names[index];
        let name = CStr::from_bytes_with_nul(&self.text[range.start..=range.end]).map_err(io::Error::other)?;
        let found = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
        let is_file = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
        Ok(is_file.then(|| (Stamp::of_stat(&found), found.st_mode & 0o100 != 0)))
    }
}

/// Here they cannot be put together and taken apart again without unsafe code.
#[cfg(windows)]
#[derive(Default)]
struct Names(Vec<(std::ffi::OsString, FileType)>);

#[cfg(windows)]
impl Names {
    fn clear(&mut self) {
        self.0.clear();
    }

    fn add(&mut self, name: &OsStr, kind: FileType) {
        self.0.push((name.to_owned(), kind));
    }

    fn sort(&mut self) {
        self.0.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    }

    fn iter(&self) -> impl Iterator<Item = (&OsStr, FileType)> {
        self.0.iter().map(|(name, kind)| (name.as_os_str(), *kind))
    }

    fn state(&self, folder: &Folder, index: usize) -> io::Result<Option<(Stamp, bool)>> {
        let path = folder.join(&self.0[index].0);
        let metadata = std::fs::symlink_metadata(&path)?;
        if !metadata.is_file() {
            return Ok(None);
        }
        let runs = crate::pack::file::is_executable(&path, &metadata)?;
        Ok(Some((Stamp::of(&metadata), runs)))
    }
}

#[cfg(unix)]
fn read(path: &Path, found: &mut dyn FnMut(&OsStr, FileType)) -> io::Result<Folder> {
    use rustix::fs::{Mode, OFlags};
    use std::os::unix::ffi::OsStrExt;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let folder = rustix::fs::openat(rustix::fs::CWD, path, flags, Mode::empty())?;
    read_entries(&folder, &mut |name, kind| {
        if !matches!(name.to_bytes(), b"." | b"..") {
            found(OsStr::from_bytes(name.to_bytes()), self::kind(&folder, name, kind)?);
        }
        Ok(())
    })?;
    Ok(folder)
}

#[cfg(unix)]
type Each<'a> = &'a mut dyn FnMut(&CStr, rustix::fs::FileType) -> io::Result<()>;

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
fn kind(folder: &Folder, name: &CStr, told: rustix::fs::FileType) -> io::Result<FileType> {
    use rustix::fs::{AtFlags, FileType as Told, statat};
    let kind = match told {
        // Some file systems do not tell it in the list.
        Told::Unknown => Told::from_raw_mode(statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?.st_mode),
        told => told,
    };
    Ok(match kind {
        Told::RegularFile => FileType::File,
        Told::Directory => FileType::Folder,
        Told::Symlink => FileType::Link,
        _ => FileType::Other,
    })
}

#[cfg(windows)]
fn read(path: &Path, found: &mut dyn FnMut(&OsStr, FileType)) -> io::Result<Folder> {
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        found(&entry.file_name(), FileType::of(entry.file_type()?));
    }
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_of_their_bytes() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b", "a.js", "a", "Z"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        std::fs::create_dir(folder.path().join("a-")).unwrap();
        let mut list = List::default();
        list.read(folder.path()).unwrap();
        let names: Vec<_> = list.names().map(|(name, kind)| (name.to_str().unwrap(), kind)).collect();
        let file = FileType::File;
        assert_eq!(names, [("Z", file), ("a", file), ("a-", FileType::Folder), ("a.js", file), ("b", file)]);
        assert_eq!(list.state(3).unwrap().unwrap().0.size, 4);
        assert_eq!(list.state(2).unwrap(), None);
        std::fs::remove_file(folder.path().join("b")).unwrap();
        assert_eq!(list.state(4).unwrap_err().kind(), io::ErrorKind::NotFound);
        list.read(&folder.path().join("a-")).unwrap();
        assert_eq!(list.names().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_told_and_never_followed() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path(), &link).unwrap();
        let mut list = List::default();
        list.read(folder.path()).unwrap();
        assert_eq!(list.names().collect::<Vec<_>>(), [(OsStr::new("link"), FileType::Link)]);
        assert_eq!(list.state(0).unwrap(), None);
        assert!(list.read(&link).is_err());
    }
}
