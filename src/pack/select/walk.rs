//! The walk itself: each file, folder and link that is met, against the rules.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::found::Found;
use super::{Candidate, Kind, Ours, Symlinks};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::pack::cache::{self, CACHES, NAME as CACHE_NAME, TAG as CACHE_TAG};
use crate::pack::file::{self, Stamp};
use crate::pack::list::{FileType, List};
use crate::pack::rules::{self, Anchored, Excluded, Reason, Rules, TEMPORARY_SUFFIX, Verdict};
use crate::pack::trail::{Listing, Recorder};
use crate::regular;

/// A folder of the disk at a place in the archive: the root itself, or what a followed link leads to.
pub(super) struct Mount {
    /// The folder, links followed.
    pub real: PathBuf,
    /// Its place, relative to the root.
    pub name: PathBuf,
    /// The mount whose link led here, and the folder of the link.
    pub parent: Option<(Arc<Mount>, PathBuf)>,
}

impl Mount {
    /// Whether it is the root itself.
    pub(super) fn is_root(&self) -> bool {
        self.name.as_os_str().is_empty()
    }

    pub(super) fn root(real: &Path) -> Arc<Self> {
        Arc::new(Self { real: real.to_owned(), name: PathBuf::new(), parent: None })
    }

    /// Where `name`, relative to the root, is on the disk.
    pub(super) fn disk(&self, name: &Path) -> PathBuf {
        let below = name.strip_prefix(&self.name).unwrap_or(name);
        // To join nothing would add a slash, and paths are compared to the letter.
        if below.as_os_str().is_empty() { self.real.clone() } else { self.real.join(below) }
    }

    /// Whether `real` is a folder that we are in already.
    pub(super) fn is_within(&self, folder: &Path, real: &Path) -> bool {
        let mut at = Some((self, folder));
        while let Some((mount, folder)) = at {
            if folder.starts_with(real) {
                return true;
            }
            at = mount.parent.as_ref().map(|(mount, folder)| (&**mount, folder.as_path()));
        }
        false
    }
}

/// What all walks of a selection share.
pub(super) struct Context<'a> {
    pub rules: Rules,
    pub include: Anchored,
    pub executable: Anchored,
    pub symlinks: Symlinks,
    pub ours: &'a Ours<'a>,
    pub cancel: &'a Cancel,
}

/// One walk.
pub(super) struct Walk<'a> {
    pub context: &'a Context<'a>,
    pub found: Found,
}

/// After so many entries it is asked whether somebody wants the call to end.
const ENTRIES: usize = 64;

/// Something that was met.
pub(super) struct Met {
    /// Its place in the archive, relative to the root.
    pub name: PathBuf,
    /// Where it is on the disk.
    pub path: PathBuf,
    /// What it is.
    pub kind: FileType,
}

/// What is met at the beginning of a walk, or in a folder of it.
enum From<'f> {
    Start,
    /// The list, the place and the name in it, and what is written of it.
    Folder(&'f List, usize, &'f OsStr, &'f mut Listing),
}

/// How one walk goes.
pub(super) struct Way {
    /// Whether `node_modules` folders are noted and not entered.
    defer_modules: bool,
    /// Folders that are still to be walked, each with the mount that it is in, the next one last. What a followed link
    /// leads to is one of them: links that lead to links must not be as many calls within each other.
    pub folders: Vec<(Arc<Mount>, Met)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(context: &'a Context<'a>) -> Self {
        let recorder = Recorder::new(context.ours.clock);
        Self { context, found: Found::new(context.include.len(), recorder) }
    }

    /// Walks all of a mount. With `defer_modules`, `node_modules` folders are noted and not entered.
    pub(super) fn own_code(&mut self, mount: &Arc<Mount>, defer_modules: bool) -> Result<(), Error> {
        self.walk(mount, &mount.name, defer_modules)
    }

    /// Walks all of `name` and what is below it.
    pub(super) fn below(&mut self, mount: &Arc<Mount>, name: &Path) -> Result<(), Error> {
        self.walk(mount, name, false)
    }

    /// Walks all of `name` and what is below it, now or on another thread.
    pub(super) fn later(&mut self, mount: &Arc<Mount>, name: &Path) -> Result<(), Error> {
        if mount.is_root() {
            self.found.later.push(name.to_owned());
            Ok(())
        } else {
            self.below(mount, name)
        }
    }

    /// Whether a `!` pattern names it.
    pub(super) fn rules_keep(&mut self, mount: &Arc<Mount>, name: &Path, kind: FileType) -> Result<bool, Error> {
        Ok(self.verdict(name, &mount.disk(name), kind)? == Verdict::Kept)
    }

    pub(super) fn verdict(&mut self, name: &Path, path: &Path, kind: FileType) -> Result<Verdict, Error> {
        if kind == FileType::File && rules::has_key_extension(name) {
            self.found.recorder.input(path);
        }
        self.context.rules.verdict(name, path, kind)
    }

    fn walk(&mut self, mount: &Arc<Mount>, from: &Path, defer_modules: bool) -> Result<(), Error> {
        let start = mount.disk(from);
        let found = std::fs::symlink_metadata(&start).map_err(|cause| met(start.clone(), cause))?;
        let start = Met { name: from.to_owned(), path: start, kind: FileType::of(found.file_type()) };
        let mut way = Way { defer_modules, folders: Vec::new() };
        if from != mount.name {
            self.meet(&mut way, mount, start, From::Start)?;
        } else if start.kind == FileType::Folder {
            // It was judged where it was met. What a link leads to can be an empty folder; the root cannot.
            way.folders.push((Arc::clone(mount), start));
        }
        let mut list = List::default();
        while let Some((mount, folder)) = way.folders.pop() {
            self.folder(&mut way, &mount, &folder, &mut list)?;
        }
        Ok(())
    }

    /// What is in a folder, in the order of the names. The folders in it are left for later: so many as there are below
    /// each other must not be open at once.
    fn folder(&mut self, way: &mut Way, mount: &Arc<Mount>, folder: &Met, list: &mut List) -> Result<(), Error> {
        list.read(&folder.path).map_err(|cause| met(folder.path.clone(), cause))?;
        self.tell_of_out(folder);
        let mut listing = self.found.recorder.folder(&folder.path);
        let (first, mut is_empty, mut holds_ours) = (way.folders.len(), true, false);
        for (index, (file_name, kind)) in list.names().enumerate() {
            if index.is_multiple_of(ENTRIES) {
                self.context.cancel.check()?;
            }
            let path = join(&folder.path, file_name);
            if self.is_ours_to_pass_over(file_name, &path, kind) {
                if kind == FileType::Folder {
                    // It was there before the walk, and will be.
                    self.found.recorder.child(&mut listing, file_name, kind);
                    holds_ours = true;
                }
                continue;
            }
            is_empty = false;
            self.found.recorder.child(&mut listing, file_name, kind);
            let entry = Met { name: join(&folder.name, file_name), path, kind };
            self.meet(way, mount, entry, From::Folder(list, index, file_name, &mut listing))?;
        }
        list.close();
        way.folders[first..].reverse();
        self.found.recorder.list(listing);
        // A cache of ours in it can be what it is there for.
        if is_empty && !holds_ours && !folder.name.as_os_str().is_empty() {
            return self.empty_folder(mount, &folder.name);
        }
        Ok(())
    }

    fn meet(&mut self, way: &mut Way, mount: &Arc<Mount>, entry: Met, from: From<'_>) -> Result<(), Error> {
        let Met { name, path, kind } = &entry;
        let (is_folder, is_link) = (*kind == FileType::Folder, *kind == FileType::Link);
        if way.defer_modules && !is_folder && name.file_name().is_some_and(|name| name == "package.json") {
            // Whether it goes in or not: what is in its folder needs what it asks for.
            self.found.owners.extend(name.parent().map(Path::to_owned));
        }
        if !is_folder && !is_link && !self.is_included(name, false) {
            return Ok(()); // not even looked into
        }
        if self.stays_out(name, path, *kind)? {
            return Ok(());
        }
        if is_link {
            return self.link(way, mount, path, name);
        }
        if !is_folder {
            return self.leaf(entry, from);
        }
        if !self.context.include.is_empty() && !self.context.include.may_match_in(name) {
            return Ok(());
        }
        if way.defer_modules && mount.is_root() && name.ends_with("node_modules") {
            self.found.modules.push(entry.name);
        } else if mount.is_root() && holds_packages(name) {
            match from {
                // Each of them is work for whoever is free.
                From::Folder(..) => self.found.later.push(entry.name),
                From::Start => self.split(mount, name)?,
            }
        } else {
            way.folders.push((Arc::clone(mount), entry));
        }
        Ok(())
    }

    /// Leaves what is in a folder of packages for later, each by itself.
    fn split(&mut self, mount: &Arc<Mount>, name: &Path) -> Result<(), Error> {
        let entries = self.list(mount, name)?;
        if entries.is_empty() {
            return self.empty_folder(mount, name);
        }
        self.found.later.extend(entries.iter().map(|(file_name, _)| name.join(file_name)));
        Ok(())
    }

    /// The entries of a folder in the order of their names.
    pub(super) fn list(&mut self, mount: &Arc<Mount>, name: &Path) -> Result<Vec<(OsString, FileType)>, Error> {
        let folder = mount.disk(name);
        let mut list = List::default();
        list.read(&folder).map_err(|cause| met(folder.clone(), cause))?;
        let mut listing = self.found.recorder.folder(&folder);
        let mut others = Vec::new();
        for (file_name, kind) in list.names() {
            let is_ours = self.is_ours_to_pass_over(file_name, &folder.join(file_name), kind);
            if !is_ours || kind == FileType::Folder {
                self.found.recorder.child(&mut listing, file_name, kind);
            }
            if !is_ours {
                others.push((file_name.to_owned(), kind));
            }
        }
        self.found.recorder.list(listing);
        Ok(others)
    }

    /// It is told whether it is there already or not, so that the first pack and the second say the same; that its folder
    /// is not there yet is another matter.
    fn tell_of_out(&mut self, folder: &Met) {
        let out = self.context.ours.out;
        if out.parent() == Some(&folder.path)
            && let Some(own) = out.file_name()
        {
            self.leave_out(&folder.name.join(own), Reason::Archive, "the archive itself".to_owned());
        }
    }

    /// Our own archive and cache come and go. A pack is the same with and without them, so nothing is said of them.
    fn is_ours_to_pass_over(&mut self, name: &OsStr, path: &Path, kind: FileType) -> bool {
        // Names first: they are compared in no time, and hardly one of them is ours.
        if kind == FileType::Folder {
            return name == CACHE_NAME && self.is_cache(path);
        }
        let is_out = || {
            let ends_alike = self.context.ours.out.as_os_str().as_encoded_bytes().ends_with(name.as_encoded_bytes());
            ends_alike && self.context.ours.out == path
        };
        name.as_encoded_bytes().ends_with(TEMPORARY_SUFFIX.as_bytes()) || is_out()
    }

    /// A cache of ours is known by its name and its tag, whether it is the one of this pack or not.
    fn is_cache(&mut self, path: &Path) -> bool {
        self.found.recorder.input(&path.join(CACHE_TAG));
        self.context.ours.cache == Some(path) || cache::has_tag(path)
    }

    /// Whether a folder for caches has nothing in it, but for ours: it may be there because of ours.
    pub(super) fn is_only_for_our_cache(&mut self, mount: &Arc<Mount>, name: &Path) -> Result<bool, Error> {
        Ok(name.ends_with(CACHES) && self.list(mount, name)?.is_empty())
    }

    pub(super) fn stays_out(&mut self, name: &Path, path: &Path, kind: FileType) -> Result<bool, Error> {
        let Verdict::Out(reason, rule) = self.verdict(name, path, kind)? else { return Ok(false) };
        self.leave_out(name, reason, rule);
        Ok(true)
    }

    /// Names what stays out, and remembers it for the patterns that ask for it.
    pub(super) fn leave_out(&mut self, name: &Path, reason: Reason, rule: String) {
        let excluded = Excluded { path: name.to_string_lossy().replace('\\', "/"), reason, rule };
        let mut asked_for = self.context.include.is_empty();
        for index in self.context.include.asking_for(&excluded.path) {
            self.found.left_out[index].get_or_insert_with(|| excluded.clone());
            asked_for = true;
        }
        if asked_for {
            self.found.excluded.push(excluded);
        }
    }

    fn leaf(&mut self, entry: Met, from: From<'_>) -> Result<(), Error> {
        let Met { name, path, kind } = entry;
        let found = match &from {
            From::Folder(list, index, ..) => list.state(*index),
            From::Start => state(&path),
        };
        let Some((stamp, runs)) = found.map_err(|cause| met(path.clone(), cause))? else {
            return Err(match std::fs::symlink_metadata(&path).map(|now| now.file_type()) {
                Ok(now) if FileType::of(now) != kind => Error::FileChanged { path },
                Ok(now) if kind == FileType::Other => Error::SpecialFile { path, kind: regular::special_kind(now) },
                Err(_) if kind == FileType::Other => Error::SpecialFile { path, kind: "no regular file" },
                _ => Error::FileChanged { path },
            });
        };
        match from {
            From::Folder(_, _, file_name, listing) => self.found.recorder.packed(listing, file_name, &stamp, runs),
            From::Start => self.found.recorder.file(&path, &stamp, runs),
        }
        self.file(name, path, stamp, runs)
    }

    /// A regular file goes in.
    pub(super) fn file(&mut self, name: PathBuf, path: PathBuf, stamp: Stamp, runs: bool) -> Result<(), Error> {
        let name = archive_name(name)?;
        let executable = runs || self.context.executable.matching(&name, false).next().is_some();
        self.take(name, Kind::File { path, stamp, runs, executable });
        Ok(())
    }

    fn empty_folder(&mut self, mount: &Arc<Mount>, name: &Path) -> Result<(), Error> {
        // The archive's own folder is empty before the first run and not after it, and is the same package both times.
        let holds_out = self.context.ours.out.parent().is_some_and(|folder| folder == mount.disk(name));
        // So may folders that are there for our cache alone.
        if self.is_included(name, true) && !holds_out && !cache::may_be_for_it(name) {
            self.take(archive_name(name.to_owned())?, Kind::EmptyFolder);
        }
        Ok(())
    }

    pub(super) fn is_included(&self, name: &Path, is_dir: bool) -> bool {
        let include = &self.context.include;
        include.is_empty() || include.matching(&name.to_string_lossy(), is_dir).next().is_some()
    }

    pub(super) fn take(&mut self, name: String, kind: Kind) {
        for index in self.context.include.matching(&name, kind == Kind::EmptyFolder) {
            self.found.included[index] = true;
        }
        self.found.candidates.push(Candidate { name, kind });
    }
}

/// Whether a folder is a `node_modules`, or a scope in one.
fn holds_packages(folder: &Path) -> bool {
    let is_modules = |folder: &Path| folder.file_name().is_some_and(|name| name == "node_modules");
    let is_scope = folder.file_name().is_some_and(|name| name.as_encoded_bytes().first() == Some(&b'@'));
    is_modules(folder) || (is_scope && folder.parent().is_some_and(is_modules))
}

/// [`Path::join`] of a name, in one allocation.
fn join(folder: &Path, name: &OsStr) -> PathBuf {
    let mut path = PathBuf::with_capacity(folder.as_os_str().len() + 1 + name.len());
    path.push(folder);
    path.push(name);
    path
}

/// The name in the archive: UTF-8, with `/`.
pub(super) fn archive_name(name: PathBuf) -> Result<String, Error> {
    let text = name.into_os_string().into_string().map_err(|name| {
        let escaped = name.as_encoded_bytes().escape_ascii().to_string();
        Error::FileNameInvalid { name: escaped, problem: "is not UTF-8" }
    })?;
    if cfg!(windows) {
        return Ok(text.replace('\\', "/"));
    }
    if text.contains('\\') {
        let problem = "holds a backslash, which some systems unpack as a folder";
        return Err(Error::FileNameInvalid { name: text, problem });
    }
    Ok(text)
}

/// The state of a file that no list has told, and whether it may be executed. Nothing for what is no regular file.
fn state(path: &Path) -> std::io::Result<Option<(Stamp, bool)>> {
    let metadata = std::fs::symlink_metadata(path)?;
    let runs = metadata.is_file().then(|| file::is_executable(path, &metadata)).transpose()?;
    Ok(runs.map(|runs| (Stamp::of(&metadata), runs)))
}

/// What it means that something that was met in a folder cannot be looked at.
pub(super) fn met(path: PathBuf, cause: std::io::Error) -> Error {
    let is_another = matches!(cause.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory);
    if is_another || file::is_loop(&cause) { Error::FileChanged { path } } else { Error::ReadFailed { path, cause } }
}
