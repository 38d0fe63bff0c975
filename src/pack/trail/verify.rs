//! Looks again at all that a selection has looked at, as fast as the system can tell it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Folder, Packed, Print, counts, folders};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::pack::file::{self, Stamp};
use crate::pack::list::List;
use crate::parallel;

/// Files that went in and are, or may be, no longer what they were, by their paths to the letter: their states now, and
/// whether they may be executed.
pub type Changed = HashMap<OsString, (Stamp, bool)>;

/// What a thread takes at once, beside folders.
const LINES: usize = 64;

enum Task<'t> {
    Folders(&'t [u8]),
    Files(&'t [(Cow<'t, str>, Print)]),
    Inputs(&'t [(Cow<'t, str>, Option<Print>)]),
    Links(&'t [(Cow<'t, str>, Cow<'t, str>)]),
    Resolved(&'t [(Cow<'t, str>, Option<Cow<'t, str>>)]),
    Asked(&'t [(Cow<'t, str>, bool)]),
}

/// Looks again. Nothing when the selection could be another one; else the files whose content has to be looked at.
/// `out` is an archive that no list counts.
///
/// # Errors
/// [`Error::Aborted`].
pub fn verify(trail: &Packed<'_>, out: &Path, threads: usize, cancel: &Cancel) -> Result<Option<Changed>, Error> {
    let Packed { folders, others: trail } = trail;
    let mut tasks = Vec::new();
    tasks.extend(folders.iter().map(|bytes| Task::Folders(bytes)));
    tasks.extend(trail.files.chunks(LINES).map(Task::Files));
    tasks.extend(trail.links.chunks(LINES).map(Task::Links));
    tasks.extend(trail.resolved.chunks(LINES).map(Task::Resolved));
    tasks.extend(trail.asked.chunks(LINES).map(Task::Asked));
    // The last ones are done first: in a fresh copy nearly all that was read has another time, and that is the end.
    tasks.extend(trail.inputs.chunks(LINES).map(Task::Inputs));
    let differs = AtomicBool::new(false);
    let threads = threads.min(tasks.len());
    let changed = parallel::grow(threads, tasks, |task, _| {
        let mut changed = Vec::new();
        let goes_on = !differs.load(Ordering::Relaxed) && !cancel.is_cancelled();
        if goes_on && !task.is_as_it_was(out, &mut changed) {
            differs.store(true, Ordering::Relaxed);
        }
        changed
    });
    cancel.check()?;
    Ok((!differs.into_inner()).then(|| changed.into_iter().flatten().collect()))
}

type Found = Vec<(OsString, (Stamp, bool))>;

impl Task<'_> {
    fn is_as_it_was(&self, out: &Path, changed: &mut Found) -> bool {
        match self {
            Self::Folders(bytes) => {
                let mut list = List::default();
                folders(bytes).is_some_and(|all| all.iter().all(|folder| is_folder(folder, &mut list, out, changed)))
            }
            Self::Files(lines) => lines.iter().all(|(path, print)| is_file(path, *print, changed)),
            Self::Inputs(lines) => lines.iter().all(|(path, print)| is_input(path, *print)),
            Self::Links(lines) => {
                lines.iter().all(|(path, text)| std::fs::read_link(&**path).is_ok_and(|now| now == Path::new(&**text)))
            }
            Self::Resolved(lines) => lines.iter().all(|(path, real)| {
                let now = Path::new(&**path).canonicalize().ok();
                now.as_deref() == real.as_deref().map(Path::new)
            }),
            Self::Asked(lines) => lines.iter().all(|(path, is_dir)| Path::new(&**path).is_dir() == *is_dir),
        }
    }
}

fn is_folder(folder: &Folder<'_>, now: &mut List, out: &Path, changed: &mut Found) -> bool {
    let path = Path::new(&*folder.path);
    if now.read(path).is_err() {
        return false;
    }
    let out = (out.parent() == Some(path)).then(|| out.file_name()).flatten();
    let is_out = |name: &OsStr| Some(name) == out;
    let mut before = folder.children.iter().filter(|child| !is_out(OsStr::new(&*child.name)));
    for (index, (name, kind)) in now.names().enumerate() {
        if !counts(name, kind) || is_out(name) {
            continue;
        }
        let Some(child) = before.next().filter(|child| *child.name == *name && child.kind == kind) else {
            return false;
        };
        let Some(print) = child.print else { continue };
        let Ok(Some((stamp, executable))) = now.state(index) else { return false };
        if !print.is(&stamp, executable) {
            changed.push((path.join(name).into_os_string(), (stamp, executable)));
        }
    }
    before.next().is_none()
}

fn is_file(path: &str, print: Print, changed: &mut Found) -> bool {
    let path = Path::new(path);
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return false };
    let Ok(executable) = file::is_executable(path, &metadata) else { return false };
    let stamp = Stamp::of(&metadata);
    if !print.is(&stamp, executable) {
        changed.push((path.as_os_str().to_owned(), (stamp, executable)));
    }
    metadata.is_file()
}

fn is_input(path: &str, print: Option<Print>) -> bool {
    match (std::fs::metadata(path), print) {
        (Ok(now), Some(print)) => print.is(&Stamp::of(&now), false),
        (Err(cause), None) => cause.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Clock, Listing, Recorder, Trail};
    use super::*;
    use crate::pack::list::FileType;

    fn record(folder: &Path, clock: Clock) -> Trail<'static> {
        let mut recorder = Recorder::new(Some(clock));
        let mut listing: Listing = recorder.folder(folder);
        let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            recorder.child(&mut listing, &entry.file_name(), FileType::of(entry.file_type().unwrap()));
            if entry.file_type().unwrap().is_file() {
                recorder.packed(&mut listing, &entry.file_name(), &Stamp::of(&entry.metadata().unwrap()), false);
            }
        }
        recorder.list(listing);
        recorder.input(&folder.join("input"));
        recorder.is_dir(&folder.join("sub"));
        let _ = recorder.canonicalize(&folder.join("sub"));
        recorder.finish().unwrap()
    }

    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b", "a", "c.js"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        folder
    }

    fn look(trail: &Trail<'_>, out: &Path) -> Option<Vec<OsString>> {
        let bytes = Packed::bytes_of(trail.clone()).unwrap();
        let packed = Packed::from_bytes(&bytes).unwrap();
        assert_eq!(packed.unpack().as_ref(), Some(trail));
        let changed = verify(&packed, out, 2, &Cancel::new()).unwrap()?;
        let mut paths: Vec<_> = changed.into_keys().collect();
        paths.sort();
        Some(paths)
    }

    #[test]
    fn a_tree_that_is_as_it_was_has_nothing_changed() {
        let folder = tree();
        let root = folder.path().canonicalize().unwrap();
        let trail = record(&root, Clock::late());
        assert_eq!(look(&trail, &root.join("out.zip")), Some(vec![]));
        // Our own files come and go.
        std::fs::write(root.join("out.zip"), "").unwrap();
        std::fs::write(root.join(".out.zip.x.lambda-pack-tmp"), "").unwrap();
        assert_eq!(look(&trail, &root.join("out.zip")), Some(vec![]));
        std::fs::write(root.join("b"), "other").unwrap();
        assert_eq!(look(&trail, &root.join("out.zip")), Some(vec![root.join("b").into_os_string()]));
    }

    #[test]
    fn where_links_lead_is_followed_from_the_root_on() {
        let line = |(path, real): (&'static str, &'static str)| (Cow::Borrowed(path), Some(Cow::Borrowed(real)));
        let lines = [("/x/link", "/y"), ("/root/in", "/root/lib"), ("/root/link", "/x"), ("/z", "/z")];
        let mut resolved: Vec<_> = lines.map(line).to_vec();
        resolved.extend([("/root/../etc", "/etc"), ("/rooted", "/v")].map(line));
        let trail = Trail { resolved, ..Trail::default() };
        let reached = trail.reached(Path::new("/root"));
        for (path, is_reached) in
            [("/x/a", true), ("/y", true), ("/root/z", true), ("/z", false), ("/etc/passwd", false)]
        {
            assert_eq!(reached.has(Path::new(path)), is_reached, "{path}");
        }
        assert!(!reached.has(Path::new("/root/../v")) && !reached.has(Path::new("/v")));
    }

    #[test]
    fn files_that_had_just_changed_are_doubtful() {
        let folder = tree();
        let trail = record(folder.path(), Clock::now());
        assert_eq!(look(&trail, Path::new("/out.zip")).map(|paths| paths.len()), Some(3));
    }

    #[test]
    fn what_may_change_the_selection_is_told() {
        let changes: [fn(&Path); 6] = [
            |root| std::fs::write(root.join("new"), "").unwrap(),
            |root| std::fs::remove_file(root.join("a")).unwrap(),
            |root| std::fs::rename(root.join("a"), root.join("a2")).unwrap(),
            |root| {
                std::fs::remove_file(root.join("a")).unwrap();
                std::fs::create_dir(root.join("a")).unwrap();
            },
            |root| std::fs::remove_dir(root.join("sub")).unwrap(),
            |root| std::fs::write(root.join("sub/../input"), "").unwrap(),
        ];
        for (index, change) in changes.into_iter().enumerate() {
            let folder = tree();
            let trail = record(folder.path(), Clock::late());
            change(folder.path());
            assert_eq!(look(&trail, Path::new("/out.zip")), None, "{index}");
        }
    }
}
