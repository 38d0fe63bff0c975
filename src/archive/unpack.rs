//! An archive that anybody may have made -> a folder. Nothing is written before all of it was looked at.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};

use flate2::read::DeflateDecoder;
use zip::ZipArchive;
use zip::read::{ArchiveOffset, Config};

use super::inspect::{EntryKind, EntryMethod, InspectedEntry, Problem, ProblemCode, Severity, inspect, opened};
use crate::cancel::Cancel;
use crate::error::Error;

const PIECE: usize = 64 << 10;

/// What does no harm to whoever unpacks: the function's user may not read such files on Lambda, and here they get a mode
/// that everybody can read.
const HARMLESS: &[ProblemCode] =
    &[ProblemCode::ModeUnreadable, ProblemCode::TrailingBytes, ProblemCode::ExtraFieldBroken];

/// What was unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unpacked {
    /// Files and links.
    pub file_count: u64,
    /// Bytes of the files.
    pub size: u64,
}

/// Unpacks the archive at `package` into the folder `into`, which is made and must not be there yet. Files get the mode
/// 644, or 755 where somebody may execute them.
///
/// # Errors
/// [`Error::InvalidArchive`] when it has anything that does harm or is not what it says, before anything is written;
/// [`Error::PackageNotFound`], [`Error::ReadFailed`], [`Error::WriteFailed`], [`Error::Aborted`].
pub fn unpack(package: &Path, into: &Path, cancel: &Cancel) -> Result<Unpacked, Error> {
    let invalid = |problem: String| Error::InvalidArchive { path: package.to_owned(), problem };
    let inspection = inspect(package, cancel)?;
    let harm = |problem: &&Problem| {
        problem.severity == Severity::Error && !HARMLESS.contains(&problem.code) && !is_plain(problem)
    };
    if let Some(problem) = inspection.problems.iter().find(harm) {
        return Err(invalid(problem.message.clone()));
    }
    let reader = BufReader::with_capacity(PIECE, opened(package)?);
    // Offsets that mean something else were an error before.
    let config = Config { archive_offset: ArchiveOffset::Known(0) };
    let mut archive = ZipArchive::with_config(config, reader).map_err(|cause| invalid(cause.to_string()))?;
    fs::create_dir(into).map_err(Error::write(into))?;
    let mut links = Vec::new();
    let mut unpacked = Unpacked { file_count: 0, size: 0 };
    for (index, entry) in inspection.entries.iter().enumerate() {
        cancel.check()?;
        let path = place(into, &entry.name).ok_or_else(|| invalid(unnamed(&entry.name)))?;
        match &entry.kind {
            EntryKind::Folder => fs::create_dir_all(&path).map_err(Error::write(&path))?,
            EntryKind::File => {
                let stored = archive.by_index_raw(index).map_err(|cause| invalid(cause.to_string()))?;
                unpacked.size += write(entry, stored, &path, cancel)?;
                unpacked.file_count += 1;
            }
            EntryKind::Link { target: Some(target) } => links.push((path, target)),
            EntryKind::Link { target: None } | EntryKind::Other => return Err(invalid(unnamed(&entry.name))),
        }
    }
    // When all files are there: none is written through a link.
    for (path, target) in links {
        cancel.check()?;
        make_folder_of(&path)?;
        link(target, &path).map_err(Error::write(&path))?;
        unpacked.file_count += 1;
    }
    Ok(unpacked)
}

/// Whether a name is at the root of a disk on Windows alone, like `a:b`, and this is another system.
fn is_plain(problem: &Problem) -> bool {
    let is_at_root = |name: &String| name.starts_with(['/', '\\']);
    cfg!(not(windows))
        && problem.code == ProblemCode::NameAbsolute
        && problem.entry.as_ref().is_some_and(|name| !is_at_root(name))
}

fn unnamed(name: &str) -> String {
    format!("its entry {name:?} cannot be unpacked on this system")
}

/// Where an entry goes. None when that is not below the folder, or when the system would take the name for another one.
fn place(into: &Path, name: &str) -> Option<PathBuf> {
    let mut path = into.to_owned();
    for part in name.split('/').filter(|part| !part.is_empty() && *part != ".") {
        let plain = Path::new(part).components().eq([Component::Normal(part.as_ref())]);
        // Windows takes a colon for a stream of another file, and drops what is at the end.
        let other = cfg!(windows) && (part.contains(['<', '>', ':', '"', '|', '?', '*']) || part.ends_with(['.', ' ']));
        if !plain || other {
            return None;
        }
        path.push(part);
    }
    (path != into).then_some(path)
}

fn make_folder_of(path: &Path) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(Error::write(folder))
}

/// Writes a file that is not there yet, and holds its bytes against what the archive declares.
fn write(entry: &InspectedEntry, stored: impl Read, path: &Path, cancel: &Cancel) -> Result<u64, Error> {
    make_folder_of(path)?;
    let mut file = File::options().write(true).create_new(true).open(path).map_err(Error::write(path))?;
    let mut content: Box<dyn Read> = match entry.method {
        EntryMethod::Deflated => Box::new(DeflateDecoder::new(stored)),
        _ => Box::new(stored),
    };
    let (mut piece, mut crc, mut size) = (vec![0; PIECE], crc32fast::Hasher::new(), 0);
    loop {
        cancel.check()?;
        let count = match content.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Error::write(path)(error)),
        };
        size += count as u64;
        if size > entry.size {
            break;
        }
        crc.update(&piece[..count]);
        file.write_all(&piece[..count]).map_err(Error::write(path))?;
    }
    if (size, crc.finalize()) != (entry.size, entry.crc32) {
        let cause = io::Error::new(io::ErrorKind::InvalidData, "its content is not what the archive declares");
        return Err(Error::write(path)(cause));
    }
    set_mode(&file, entry.mode.is_some_and(|mode| mode & 0o111 != 0)).map_err(Error::write(path))?;
    Ok(size)
}

#[cfg(unix)]
fn set_mode(file: &File, executable: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(if executable { 0o755 } else { 0o644 }))
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "it can fail where there are modes")]
fn set_mode(_file: &File, _executable: bool) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn link(target: &str, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(windows)]
fn link(target: &str, path: &Path) -> io::Result<()> {
    let leads_to = path.parent().unwrap_or(path).join(target);
    if leads_to.is_dir() {
        std::os::windows::fs::symlink_dir(target, path)
    } else {
        std::os::windows::fs::symlink_file(target, path)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::io::Cursor;
    use std::os::unix::fs::PermissionsExt;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(folder: &Path, fill: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> PathBuf {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        fill(&mut writer);
        let path = folder.join("f.zip");
        fs::write(&path, writer.finish().unwrap().into_inner()).unwrap();
        path
    }

    fn mode(mode: u32) -> SimpleFileOptions {
        SimpleFileOptions::default().unix_permissions(mode)
    }

    #[test]
    fn files_modes_links_and_empty_folders_are_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let text = "text ".repeat(50_000);
        let package = archive(folder.path(), |writer| {
            writer.start_file("a/b/text", mode(0o600)).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
            writer.start_file("run.sh", mode(0o775)).unwrap();
            writer.add_directory("empty/", mode(0o755)).unwrap();
            writer.add_symlink("a/link", "b/text", mode(0o777)).unwrap();
        });
        let into = folder.path().join("out");
        let unpacked = unpack(&package, &into, &Cancel::new()).unwrap();
        assert_eq!(unpacked, Unpacked { file_count: 3, size: text.len() as u64 });
        assert_eq!(fs::read_to_string(into.join("a/link")).unwrap(), text);
        assert_eq!(fs::read_link(into.join("a/link")).unwrap(), Path::new("b/text"));
        assert_eq!(fs::read_dir(into.join("empty")).unwrap().count(), 0);
        let mode = |name| fs::metadata(into.join(name)).unwrap().permissions().mode() & 0o7777;
        assert_eq!((mode("a/b/text"), mode("run.sh")), (0o644, 0o755));
        // What is there is never written to.
        assert!(matches!(unpack(&package, &into, &Cancel::new()), Err(Error::WriteFailed { .. })));
    }

    #[test]
    fn what_would_leave_the_folder_is_refused_before_anything_is_written() {
        type Fill = fn(&mut ZipWriter<Cursor<Vec<u8>>>);
        let hostile: [Fill; 5] = [
            |writer| writer.start_file("../out.txt", mode(0o644)).unwrap(),
            |writer| writer.start_file("/tmp/out.txt", mode(0o644)).unwrap(),
            |writer| writer.add_symlink("up", "../..", mode(0o777)).unwrap(),
            |writer| writer.add_symlink("root", "/etc", mode(0o777)).unwrap(),
            |writer| {
                writer.add_symlink("a", "b", mode(0o777)).unwrap();
                writer.start_file("a/c", mode(0o644)).unwrap();
            },
        ];
        for (index, fill) in hostile.into_iter().enumerate() {
            let folder = tempfile::tempdir().unwrap();
            let package = archive(folder.path(), |writer| {
                writer.start_file("index.js", mode(0o644)).unwrap();
                fill(writer);
            });
            let refused = unpack(&package, &folder.path().join("out"), &Cancel::new());
            assert!(matches!(refused, Err(Error::InvalidArchive { .. })), "{index}: {refused:?}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{index}");
        }
    }

    #[test]
    fn a_colon_is_a_letter_like_others_where_no_disk_is_named_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let package = archive(folder.path(), |writer| {
            writer.start_file("a:b", mode(0o644)).unwrap();
            writer.write_all(b"text").unwrap();
        });
        let into = folder.path().join("out");
        unpack(&package, &into, &Cancel::new()).unwrap();
        assert_eq!(fs::read_to_string(into.join("a:b")).unwrap(), "text");
    }

    #[test]
    fn places_are_below_the_folder() {
        let into = Path::new("/out");
        assert_eq!(place(into, "a//./b/").unwrap(), Path::new("/out/a/b"));
        for name in ["", "/", "..", "a/../b", "."] {
            assert_eq!(place(into, name), None, "{name}");
        }
    }
}
