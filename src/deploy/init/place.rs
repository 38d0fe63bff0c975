//! Where things are written: all of them in their places at once, and nothing of somebody else's replaced.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

use crate::cancel::Cancel;
use crate::error::Error;

const DEFINITION: &str = "function.json";
const CODE: &str = "src";
/// What a killed run leaves; no package takes it in.
const TEMPORARY_SUFFIX: &str = ".lambda-pack-tmp";

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
    ///
    /// # Errors
    /// [`Error::FileExists`], [`Error::WriteFailed`], [`Error::Aborted`], and those of `unpack`.
    pub fn fill<T>(
        &self,
        text: &str,
        secret: bool,
        unpack: impl FnOnce(&Path) -> Result<Option<T>, Error>,
        cancel: &Cancel,
    ) -> Result<Option<T>, Error> {
        let (out, definition) = (&self.out, self.definition());
        fs::create_dir_all(out).map_err(Error::write(out))?;
        let aside = named(".init.").tempdir_in(out).map_err(Error::write(out))?;
        let unpacked = unpack(&aside.path().join(CODE))?;
        let mut written = permitted(named(".function.json."), secret).tempfile_in(out).map_err(Error::write(out))?;
        written.write_all(text.as_bytes()).map_err(Error::write(&definition))?;
        // Somebody may have come meanwhile.
        self.check()?;
        let _hold = cancel.hold()?;
        let moved = if unpacked.is_some() { Some(Moved::new(&aside, self.code())?) } else { None };
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
        Ok(unpacked)
    }
}

/// A file for the archive, readable by this user alone.
///
/// # Errors
/// [`Error::WriteFailed`].
pub fn temporary() -> Result<NamedTempFile, Error> {
    let folder = std::env::temp_dir();
    named("lambda-pack-").tempfile_in(&folder).map_err(Error::write(&folder))
}

fn named(prefix: &'static str) -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(TEMPORARY_SUFFIX);
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
    old: Option<PathBuf>,
}

impl<'a> Moved<'a> {
    fn new(aside: &'a TempDir, place: PathBuf) -> Result<Self, Error> {
        let old = aside.path().join("old");
        let old = match fs::rename(&place, &old) {
            Ok(()) => Some(old),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(Error::write(&place)(error)),
        };
        let moved = Self { aside, place, old };
        match fs::rename(aside.path().join(CODE), &moved.place) {
            Ok(()) => Ok(moved),
            Err(error) => {
                let failed = Error::write(&moved.place)(error);
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
        if let Some(old) = self.old {
            let _ = fs::rename(old, &self.place);
        }
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
        place.fill("{}\n", secret, unpack, &Cancel::new())
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
        let moved = Moved::new(&aside, place.clone()).unwrap();
        assert_eq!(names(&place), ["index.js"]);
        moved.undo();
        assert_eq!(names(&place), ["mine.js"]);
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
