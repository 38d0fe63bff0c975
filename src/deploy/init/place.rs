//! Where things are written: all of them in their places at once, and nothing of somebody else's replaced.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

use crate::cancel::Cancel;
use crate::error::Error;
use crate::leftovers;

const DEFINITION: &str = "function.json";
const CODE: &str = "src";
const ASIDE: &str = ".init.";
const UNFINISHED: &str = ".function.json.";
const ARCHIVE: &str = "lambda-pack-";

/// A folder to write to.
#[derive(Debug)]
pub struct Place {
    out: PathBuf,
    with_code: bool,
    force: bool,
}

impl Place {
    /// Looks at what is there.
    ///
    /// # Errors
    /// [`Error::FileExists`], [`Error::WriteFailed`].
    pub fn new(out: &Path, with_code: bool, force: bool) -> Result<Self, Error> {
        let out = std::path::absolute(out).map_err(Error::write(out))?;
        let place = Self { out, with_code, force };
        place.check()?;
        Ok(place)
    }

    /// The file with the settings.
    pub fn definition(&self) -> PathBuf {
        self.out.join(DEFINITION)
    }

    /// The folder with the code.
    pub fn code(&self) -> PathBuf {
        self.out.join(CODE)
    }

    /// With `force` what is there may go, but nothing else than it should be: a link may lead anywhere.
    fn check(&self) -> Result<(), Error> {
        let definition = self.definition();
        let in_the_way = found(&definition)?.is_some_and(|kind| !(self.force && kind.is_file()));
        if in_the_way {
            return Err(Error::FileExists { path: definition });
        }
        let code = self.code();
        let Some(kind) = found(&code)?.filter(|_| self.with_code) else { return Ok(()) };
        if kind.is_dir() && (self.force || is_empty(&code)?) { Ok(()) } else { Err(Error::FileExists { path: code }) }
    }

    /// Writes the settings, and what `unpack` makes at the path that it is given. When anything fails, all is as it was.
    /// Answers what `unpack` has, and where something is left of what was there before that could not be removed.
    ///
    /// # Errors
    /// [`Error::FileExists`], [`Error::WriteFailed`], [`Error::Aborted`], and those of `unpack`.
    pub fn fill<T>(
        &self,
        text: &str,
        secret: bool,
        unpack: impl FnOnce(&Path) -> Result<Option<T>, Error>,
        cancel: &Cancel,
    ) -> Result<(Option<T>, Option<PathBuf>), Error> {
        let (out, definition) = (&self.out, self.definition());
        // Dropped last, when all that is in it has gone.
        let mut made = Made::new(out)?;
        leftovers::sweep(out, &[ASIDE, UNFINISHED]);
        let aside = named(ASIDE).tempdir_in(out).map_err(Error::write(out))?;
        let unpacked = unpack(&aside.path().join(CODE))?;
        let mut written = permitted(named(UNFINISHED), secret).tempfile_in(out).map_err(Error::write(out))?;
        written.write_all(text.as_bytes()).map_err(Error::write(&definition))?;
        // Somebody may have come meanwhile.
        self.check()?;
        let _hold = cancel.hold()?;
        let moved = if unpacked.is_some() { Some(Moved::new(&aside, self.code(), self.force)?) } else { None };
        let persisted = if self.force { written.persist(&definition) } else { written.persist_noclobber(&definition) };
        if let Err(failed) = persisted {
            if let Some(moved) = moved {
                moved.undo();
            }
            return Err(if failed.error.kind() == io::ErrorKind::AlreadyExists {
                Error::FileExists { path: definition }
            } else {
                Error::write(&definition)(failed.error)
            });
        }
        made.stays = true;
        Ok((unpacked, removed(aside)))
    }
}

/// The folders that were made for this.
struct Made {
    /// The outermost one last.
    folders: Vec<PathBuf>,
    stays: bool,
}

impl Made {
    fn new(folder: &Path) -> Result<Self, Error> {
        let is_missing =
            |folder: &&Path| matches!(folder.symlink_metadata(), Err(error) if error.kind() == io::ErrorKind::NotFound);
        let folders = folder.ancestors().take_while(is_missing).map(Path::to_owned).collect();
        let made = Self { folders, stays: false };
        fs::create_dir_all(folder).map_err(Error::write(folder))?;
        Ok(made)
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for folder in self.folders.iter().filter(|_| !self.stays) {
            // Only an empty one goes: somebody may have put something there.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Removes what was moved aside; answers where it is when that cannot be done.
fn removed(aside: TempDir) -> Option<PathBuf> {
    let path = aside.keep();
    if fs::remove_dir_all(&path).is_ok() {
        return None;
    }
    open_folders(&path);
    fs::remove_dir_all(&path).err().map(|_| path)
}

/// Lets us remove what is in a folder and those below it, as far as they are ours.
#[cfg(unix)]
fn open_folders(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    // Links are none.
    for entry in entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        open_folders(&entry.path());
    }
}

#[cfg(not(unix))]
fn open_folders(_folder: &Path) {}

/// A file for the archive, readable by this user alone.
///
/// # Errors
/// [`Error::WriteFailed`].
pub fn temporary() -> Result<NamedTempFile, Error> {
    let folder = std::env::temp_dir();
    leftovers::sweep(&folder, &[ARCHIVE]);
    named(ARCHIVE).tempfile_in(&folder).map_err(Error::write(&folder))
}

fn named(prefix: &'static str) -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(leftovers::SUFFIX);
    builder
}

/// A file with secrets is readable by this user alone; another one as the system has it.
fn permitted(mut builder: tempfile::Builder<'static, 'static>, secret: bool) -> tempfile::Builder<'static, 'static> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(if secret { 0o600 } else { 0o666 }));
    }
    #[cfg(not(unix))]
    let _ = (&mut builder, secret);
    builder
}

/// What is there, links not followed.
fn found(path: &Path) -> Result<Option<fs::FileType>, Error> {
    match fs::symlink_metadata(path) {
        Ok(there) => Ok(Some(there.file_type())),
        // Nothing can be in what is no folder; that it is none is told when it is written to.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(Error::write(path)(error)),
    }
}

fn is_empty(folder: &Path) -> Result<bool, Error> {
    Ok(fs::read_dir(folder).map_err(Error::write(folder))?.next().is_none())
}

/// The code, moved to its place, and what was there, moved away.
struct Moved<'a> {
    aside: &'a TempDir,
    place: PathBuf,
    old: Old,
}

/// What was there.
enum Old {
    Nothing,
    /// A folder without anything in it, which is gone.
    Empty(fs::Permissions),
    /// Moved here.
    Aside(PathBuf),
}

impl<'a> Moved<'a> {
    /// Without `force` nothing is moved away but an empty folder, and that is for the system to judge: somebody may come
    /// after each look of ours.
    fn new(aside: &'a TempDir, place: PathBuf, force: bool) -> Result<Self, Error> {
        let moved = if force {
            let old = aside.path().join("old");
            fs::rename(&place, &old).map(|()| Old::Aside(old))
        } else {
            let permissions = fs::symlink_metadata(&place).map(|there| there.permissions());
            permissions.and_then(|permissions| fs::remove_dir(&place).map(|()| Old::Empty(permissions)))
        };
        let old = match moved {
            Ok(old) => old,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Old::Nothing,
            Err(error) => return Err(in_the_way(place, error)),
        };
        let moved = Self { aside, place, old };
        match fs::rename(aside.path().join(CODE), &moved.place) {
            Ok(()) => Ok(moved),
            Err(error) => {
                let failed = in_the_way(moved.place.clone(), error);
                moved.put_back();
                Err(failed)
            }
        }
    }

    /// As it was, as far as the system lets us.
    fn undo(self) {
        let _ = fs::rename(&self.place, self.aside.path().join(CODE));
        self.put_back();
    }

    fn put_back(self) {
        let _ = match self.old {
            Old::Nothing => Ok(()),
            Old::Empty(permissions) => {
                fs::create_dir(&self.place).and_then(|()| fs::set_permissions(&self.place, permissions))
            }
            Old::Aside(old) => fs::rename(old, &self.place),
        };
    }
}

/// What keeps a folder from its place: something in it, or whatever the system says.
fn in_the_way(place: PathBuf, error: io::Error) -> Error {
    use io::ErrorKind::{AlreadyExists, DirectoryNotEmpty, NotADirectory};
    if matches!(error.kind(), AlreadyExists | DirectoryNotEmpty | NotADirectory) {
        Error::FileExists { path: place }
    } else {
        Error::write(&place)(error)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[allow(clippy::unnecessary_wraps, reason = "it stands for what can fail")]
    fn unpack(into: &Path) -> Result<Option<()>, Error> {
        fs::create_dir(into).unwrap();
        fs::write(into.join("index.js"), "new").unwrap();
        Ok(Some(()))
    }

    fn fill(place: &Place, secret: bool) -> Result<Option<()>, Error> {
        let (unpacked, left) = place.fill("{}\n", secret, unpack, &Cancel::new())?;
        assert_eq!(left, None);
        Ok(unpacked)
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_there_stays_unless_it_is_to_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("a/b");
        fill(&Place::new(&out, true, false).unwrap(), false).unwrap();
        assert_eq!(names(&out), ["function.json", "src"]);
        let exists = |place: Result<Place, Error>| match place {
            Err(Error::FileExists { path }) => path.strip_prefix(&out).unwrap().to_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!(exists(Place::new(&out, false, false)), Path::new("function.json"));
        fs::remove_file(out.join("function.json")).unwrap();
        assert_eq!(exists(Place::new(&out, true, false)), Path::new("src"));
        assert!(Place::new(&out, false, false).is_ok());
        fs::write(out.join("src/mine.js"), "mine").unwrap();
        fill(&Place::new(&out, true, true).unwrap(), false).unwrap();
        assert_eq!(
            (names(&out), names(&out.join("src"))),
            (vec!["function.json".into(), "src".into()], vec!["index.js".into()])
        );
        // A link may lead anywhere, so it is replaced by nothing.
        fs::remove_dir_all(out.join("src")).unwrap();
        std::os::unix::fs::symlink("..", out.join("src")).unwrap();
        assert_eq!(exists(Place::new(&out, true, true)), Path::new("src"));
    }

    #[test]
    fn what_fails_leaves_all_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        fs::create_dir(out.join("src")).unwrap();
        fs::write(out.join("src/mine.js"), "mine").unwrap();
        let place = Place::new(out, true, true).unwrap();
        let failed = place.fill("{}", false, |_| Err::<Option<()>, _>(Error::Aborted), &Cancel::new());
        assert!(matches!(failed, Err(Error::Aborted)));
        // A folder where the file goes, that comes at the last moment.
        let taken = |into: &Path| {
            fs::create_dir(out.join("function.json")).unwrap();
            unpack(into)
        };
        let failed = place.fill("{}", false, taken, &Cancel::new());
        assert!(matches!(failed, Err(Error::FileExists { .. })), "{failed:?}");
        assert_eq!(
            (names(out), names(&out.join("src"))),
            (vec!["function.json".into(), "src".into()], vec!["mine.js".into()])
        );
    }

    #[test]
    fn what_was_moved_can_be_moved_back() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("src");
        fs::create_dir(&place).unwrap();
        fs::write(place.join("mine.js"), "mine").unwrap();
        let aside = tempfile::tempdir_in(folder.path()).unwrap();
        unpack(&aside.path().join(CODE)).unwrap();
        let moved = Moved::new(&aside, place.clone(), true).unwrap();
        assert_eq!(names(&place), ["index.js"]);
        moved.undo();
        assert_eq!(names(&place), ["mine.js"]);
    }

    #[test]
    fn without_force_only_an_empty_folder_is_moved_away_whoever_comes_at_the_last_moment() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("src");
        let aside = tempfile::tempdir_in(folder.path()).unwrap();
        unpack(&aside.path().join(CODE)).unwrap();
        let refused =
            |place: &Path| matches!(Moved::new(&aside, place.to_owned(), false), Err(Error::FileExists { .. }));
        fs::create_dir(&place).unwrap();
        fs::write(place.join("mine.js"), "mine").unwrap();
        assert!(refused(&place));
        assert_eq!((names(&place), names(aside.path())), (vec!["mine.js".to_owned()], vec![CODE.to_owned()]));
        fs::remove_dir_all(&place).unwrap();
        std::os::unix::fs::symlink(".", &place).unwrap();
        assert!(refused(&place) && place.is_symlink());
        fs::remove_file(&place).unwrap();
        fs::create_dir(&place).unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o750)).unwrap();
        Moved::new(&aside, place.clone(), false).unwrap().undo();
        assert_eq!(names(&place), Vec::<String>::new());
        assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o750);
    }

    #[test]
    fn folders_that_were_made_for_it_go_when_it_fails_and_those_that_were_there_stay() {
        let folder = tempfile::tempdir().unwrap();
        let fail = |out: &Path| {
            let place = Place::new(out, true, false).unwrap();
            place.fill("{}", false, |_| Err::<Option<()>, _>(Error::Aborted), &Cancel::new()).unwrap_err();
        };
        fail(&folder.path().join("a/b/c"));
        assert_eq!(names(folder.path()), Vec::<String>::new());
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        fail(&folder.path().join("a/b"));
        fail(&folder.path().join("a/b/c/d"));
        assert_eq!(names(&folder.path().join("a/b")), Vec::<String>::new());
    }

    #[test]
    fn a_file_with_secrets_is_readable_by_its_user_alone() {
        for (secret, expected) in [(true, 0o600), (false, 0o044)] {
            let folder = tempfile::tempdir().unwrap();
            fill(&Place::new(folder.path(), true, false).unwrap(), secret).unwrap();
            let mode = fs::metadata(folder.path().join(DEFINITION)).unwrap().permissions().mode();
            assert_eq!(mode & if secret { 0o777 } else { 0o044 }, expected);
        }
    }
}
