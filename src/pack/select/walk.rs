//! The walk itself: each file, folder and link that is met, against the rules.

use std::ffi::OsStr;
use std::fs::{FileType, Metadata};
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::found::Found;
use super::{Candidate, Kind, Ours, Symlinks};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::pack::cache::{self, CACHES, NAME as CACHE_NAME, TAG as CACHE_TAG};
use crate::pack::file::{self, Stamp};
use crate::pack::rules::{self, Anchored, Excluded, Reason, Rules, TEMPORARY_SUFFIX, Verdict};
use crate::pack::trail::{Listing, Recorder};
use crate::regular;

/// A folder of the disk at a place in the archive: the root itself, or what a followed link leads to.
pub(super) struct Mount<'a> {
    /// The folder, links followed.
    pub real: &'a Path,
    /// Its place, relative to the root.
    pub name: &'a Path,
    /// The mount whose link led here, and the folder of the link.
    pub parent: Option<(&'a Mount<'a>, &'a Path)>,
}

impl<'a> Mount<'a> {
    /// Whether it is the root itself.
    pub(super) fn is_root(&self) -> bool {
        self.name.as_os_str().is_empty()
    }

    pub(super) fn root(real: &'a Path) -> Self {
        Self { real, name: Path::new(""), parent: None }
    }

    /// Where `name`, relative to the root, is on the disk.
    pub(super) fn disk(&self, name: &Path) -> PathBuf {
        let below = name.strip_prefix(self.name).unwrap_or(name);
        // To join nothing would add a slash, and paths are compared to the letter.
        if below.as_os_str().is_empty() { self.real.to_owned() } else { self.real.join(below) }
    }

    /// Whether `real` is a folder that we are in already.
    pub(super) fn is_within(&self, folder: &Path, real: &Path) -> bool {
        folder.starts_with(real) || self.parent.is_some_and(|(mount, folder)| mount.is_within(folder, real))
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

/// A folder that is being walked.
pub(super) struct Open {
    name: PathBuf,
    listing: Listing,
    is_empty: bool,
    /// Whether a cache of ours is in it. Then it may be there for that alone.
    holds_ours: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(context: &'a Context<'a>) -> Self {
        let recorder = Recorder::new(context.ours.clock);
        Self { context, found: Found::new(context.include.len(), recorder) }
    }

    /// Walks all of a mount. With `defer_modules`, `node_modules` folders are noted and not entered.
    pub(super) fn own_code(&mut self, mount: &Mount<'_>, defer_modules: bool) -> Result<(), Error> {
        self.walk(mount, mount.name, defer_modules)
    }

    /// Walks all of `name` and what is below it.
    pub(super) fn below(&mut self, mount: &Mount<'_>, name: &Path) -> Result<(), Error> {
        self.walk(mount, name, false)
    }

    /// Walks all of `name` and what is below it, now or on another thread.
    pub(super) fn later(&mut self, mount: &Mount<'_>, name: &Path) -> Result<(), Error> {
        if mount.is_root() {
            self.found.later.push(name.to_owned());
            Ok(())
        } else {
            self.below(mount, name)
        }
    }

    /// Whether a `!` pattern names it.
    pub(super) fn rules_keep(&mut self, mount: &Mount<'_>, name: &Path, kind: FileType) -> Result<bool, Error> {
        Ok(self.verdict(name, &mount.disk(name), kind)? == Verdict::Kept)
    }

    pub(super) fn verdict(&mut self, name: &Path, path: &Path, kind: FileType) -> Result<Verdict, Error> {
        if kind.is_file() && rules::has_key_extension(name) {
            self.found.recorder.input(path);
        }
        self.context.rules.verdict(name, path, kind)
    }

    fn walk(&mut self, mount: &Mount<'_>, from: &Path, defer_modules: bool) -> Result<(), Error> {
        let start = mount.disk(from);
        // All paths of a folder begin alike, so this is the order of the names, without looking for them in the paths.
        let by_name = |a: &DirEntry, b: &DirEntry| a.path().as_os_str().cmp(b.path().as_os_str());
        let mut entries = WalkDir::new(&start).follow_root_links(false).sort_by(by_name).into_iter();
        // The folders that we are in, from `from` on.
        let mut open: Vec<Open> = Vec::new();
        while let Some(entry) = entries.next() {
            self.context.cancel.check()?;
            let entry = entry.map_err(|cause| walk_error(&start, cause))?;
            while open.len() > entry.depth() {
                self.close(mount, open.pop())?;
            }
            let (kind, file_name) = (entry.file_type(), entry.file_name());
            let name = match open.last_mut() {
                None => from.to_owned(),
                Some(above) => {
                    if self.is_ours_to_pass_over(file_name, entry.path(), kind) {
                        if kind.is_dir() {
                            // It was there before the walk, and will be.
                            self.found.recorder.child(&mut above.listing, file_name, kind);
                            above.holds_ours = true;
                            entries.skip_current_dir();
                        }
                        continue;
                    }
                    above.is_empty = false;
                    self.found.recorder.child(&mut above.listing, file_name, kind);
                    above.name.join(file_name)
                }
            };
            if name == mount.name {
                // It was judged where it was met. What a link leads to can be an empty folder; the root cannot.
                open.extend(kind.is_dir().then(|| self.open(entry.path(), name)));
                continue;
            }
            if defer_modules && !kind.is_dir() && file_name == "package.json" {
                // Whether it goes in or not: what is in its folder needs what it asks for.
                self.found.owners.extend(name.parent().map(Path::to_owned));
            }
            if !kind.is_dir() && !kind.is_symlink() && !self.is_included(&name, false) {
                continue; // not even looked into
            }
            let skips = if self.stays_out(&name, entry.path(), kind)? {
                true
            } else if !kind.is_dir() {
                self.leaf(mount, &entry, &name, defer_modules, open.last_mut())?;
                false
            } else if !self.context.include.is_empty() && !self.context.include.may_match_in(&name) {
                true
            } else if defer_modules && file_name == "node_modules" && mount.is_root() {
                self.found.modules.push(name);
                true
            } else if mount.is_root() && entry.depth() > 0 && holds_packages(&name) {
                // Each of them is work for whoever is free.
                self.found.later.push(name);
                true
            } else if mount.is_root() && holds_packages(&name) {
                self.split(mount, &name)?;
                true
            } else {
                open.push(self.open(entry.path(), name));
                false
            };
            if skips && kind.is_dir() {
                entries.skip_current_dir();
            }
        }
        while let Some(folder) = open.pop() {
            self.close(mount, Some(folder))?;
        }
        Ok(())
    }

    /// Leaves what is in a folder of packages for later, each by itself.
    fn split(&mut self, mount: &Mount<'_>, name: &Path) -> Result<(), Error> {
        let entries = self.list(mount, name)?;
        if entries.is_empty() {
            return self.empty_folder(mount, name);
        }
        self.found.later.extend(entries.iter().map(|entry| name.join(entry.file_name())));
        Ok(())
    }

    /// The entries of a folder in the order of their names.
    pub(super) fn list(&mut self, mount: &Mount<'_>, name: &Path) -> Result<Vec<std::fs::DirEntry>, Error> {
        let folder = mount.disk(name);
        let mut entries = std::fs::read_dir(&folder)
            .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
            .map_err(|cause| met(folder.clone(), cause))?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        let mut listing = self.found.recorder.folder(&folder);
        let mut others = Vec::with_capacity(entries.len());
        for entry in entries {
            let (path, kind) = (entry.path(), entry.file_type().map_err(Error::read(&entry.path()))?);
            let is_ours = self.is_ours_to_pass_over(&entry.file_name(), &path, kind);
            if !is_ours || kind.is_dir() {
                self.found.recorder.child(&mut listing, &entry.file_name(), kind);
            }
            if !is_ours {
                others.push(entry);
            }
        }
        self.found.recorder.list(listing);
        Ok(others)
    }

    fn open(&mut self, path: &Path, name: PathBuf) -> Open {
        let ours = self.context.ours;
        if ours.out.parent() == Some(path)
            && let Some(own) = ours.out.file_name()
        {
            // It is told whether it is there already or not: the first pack and the second say the same.
            self.leave_out(&name.join(own), Reason::Archive, "the archive itself".to_owned());
        }
        Open { name, listing: self.found.recorder.folder(path), is_empty: true, holds_ours: false }
    }

    fn close(&mut self, mount: &Mount<'_>, folder: Option<Open>) -> Result<(), Error> {
        let Some(Open { name, listing, is_empty, holds_ours }) = folder else { return Ok(()) };
        self.found.recorder.list(listing);
        if is_empty && !holds_ours && !name.as_os_str().is_empty() { self.empty_folder(mount, &name) } else { Ok(()) }
    }

    /// Our own archive and cache come and go. A pack is the same with and without them, so nothing is said of them.
    fn is_ours_to_pass_over(&mut self, name: &OsStr, path: &Path, kind: FileType) -> bool {
        // Names first: they are compared in no time, and hardly one of them is ours.
        if kind.is_dir() {
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
    pub(super) fn is_only_for_our_cache(&mut self, mount: &Mount<'_>, name: &Path) -> Result<bool, Error> {
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

    fn leaf(
        &mut self,
        mount: &Mount<'_>,
        entry: &DirEntry,
        name: &Path,
        defer_modules: bool,
        folder: Option<&mut Open>,
    ) -> Result<(), Error> {
        let kind = entry.file_type();
        if kind.is_symlink() {
            self.link(mount, entry.path(), name, defer_modules)
        } else if !self.is_included(name, false) {
            Ok(())
        } else if kind.is_file() {
            let metadata = entry.metadata().map_err(|cause| walk_error(entry.path(), cause))?;
            self.file(name, entry.path(), &metadata, folder)
        } else {
            Err(Error::SpecialFile { path: entry.path().to_owned(), kind: regular::special_kind(kind) })
        }
    }

    pub(super) fn file(
        &mut self,
        name: &Path,
        path: &Path,
        metadata: &Metadata,
        folder: Option<&mut Open>,
    ) -> Result<(), Error> {
        let name = archive_name(name)?;
        let (stamp, runs) = (Stamp::of(metadata), file::is_executable(path, metadata)?);
        match folder {
            Some(folder) => self.found.recorder.packed(&mut folder.listing, path, &stamp, runs),
            None => self.found.recorder.file(path, &stamp, runs),
        }
        let executable = runs || self.context.executable.matching(&name, false).next().is_some();
        self.take(name, Kind::File { path: path.to_owned(), stamp, runs, executable });
        Ok(())
    }

    fn empty_folder(&mut self, mount: &Mount<'_>, name: &Path) -> Result<(), Error> {
        // The archive's own folder is empty before the first run and not after it, and is the same package both times.
        let holds_out = self.context.ours.out.parent().is_some_and(|folder| folder == mount.disk(name));
        // So may folders that are there for our cache alone.
        if self.is_included(name, true) && !holds_out && !cache::may_be_for_it(name) {
            self.take(archive_name(name)?, Kind::EmptyFolder);
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
        self.found.in_modules += usize::from(name.split('/').any(|part| part == "node_modules"));
        self.found.candidates.push(Candidate { name, kind });
    }
}

/// Whether a folder is a `node_modules`, or a scope in one.
fn holds_packages(folder: &Path) -> bool {
    let is_modules = |folder: &Path| folder.file_name().is_some_and(|name| name == "node_modules");
    let is_scope = folder.file_name().is_some_and(|name| name.as_encoded_bytes().first() == Some(&b'@'));
    is_modules(folder) || (is_scope && folder.parent().is_some_and(is_modules))
}

/// The name in the archive: UTF-8, with `/`.
pub(super) fn archive_name(name: &Path) -> Result<String, Error> {
    let Some(text) = name.to_str() else {
        let escaped = name.as_os_str().as_encoded_bytes().escape_ascii().to_string();
        return Err(Error::FileNameInvalid { name: escaped, problem: "is not UTF-8" });
    };
    if cfg!(windows) {
        return Ok(text.replace('\\', "/"));
    }
    if text.contains('\\') {
        let problem = "holds a backslash, which some systems unpack as a folder";
        return Err(Error::FileNameInvalid { name: text.to_owned(), problem });
    }
    Ok(text.to_owned())
}

/// What it means that something that was met in a folder cannot be looked at.
fn met(path: PathBuf, cause: std::io::Error) -> Error {
    if cause.kind() == std::io::ErrorKind::NotFound {
        Error::FileChanged { path }
    } else {
        Error::ReadFailed { path, cause }
    }
}

fn walk_error(start: &Path, cause: walkdir::Error) -> Error {
    let path = cause.path().unwrap_or(start).to_owned();
    let cause = cause.into_io_error().unwrap_or_else(|| std::io::Error::other("links lead in a circle"));
    met(path, cause)
}
