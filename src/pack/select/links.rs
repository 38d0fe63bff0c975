//! Links that the walk meets: kept, or followed into what they lead to.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::walk::{Met, Mount, Walk, Way, archive_name, met};
use super::{Kind, Symlinks};
use crate::error::Error;
use crate::pack::file::{self, Stamp};
use crate::pack::list::FileType;
use crate::pack::names::LONGEST_WAY;
use crate::pack::rules::{self, Reason, Verdict};
use crate::regular;

impl Walk<'_> {
    pub(super) fn link(&mut self, way: &mut Way, mount: &Arc<Mount>, path: &Path, name: &Path) -> Result<(), Error> {
        // A link to a folder can bring in what an include pattern names below it.
        let follows = self.context.symlinks != Symlinks::Keep;
        if !follows && !self.is_included(name, false) {
            return Ok(());
        }
        let text = std::fs::read_link(path).map_err(|cause| no_link(path, cause))?;
        self.found.recorder.link(path, &text);
        let out = self.context.ours.out;
        let real = self.found.recorder.canonicalize(path).or_else(|cause| match cause.kind() {
            // The archive is not there before the first pack.
            std::io::ErrorKind::NotFound if leads_to(path, &text, out) => Ok(out.to_owned()),
            _ => Err(cause),
        });
        let real = real.map_err(|cause| match cause.kind() {
            _ if file::is_loop(&cause) => Error::LinkLoop { path: path.to_owned(), target: text.clone() },
            std::io::ErrorKind::NotFound => Error::LinkDangling { path: path.to_owned(), target: text.clone() },
            _ => Error::ReadFailed { path: path.to_owned(), cause },
        })?;
        let inside = real.strip_prefix(&mount.real).ok();
        match (self.context.symlinks, inside) {
            (Symlinks::Keep | Symlinks::External, Some(inside)) => {
                if self.is_included(name, false) {
                    let below = name.strip_prefix(&mount.name).unwrap_or(name);
                    let text = archive_name(portable_text(&text, below, inside))?;
                    let target = archive_name(mount.name.join(inside))?;
                    self.take(archive_name(name.to_owned())?, Kind::Link { text, target });
                }
                Ok(())
            }
            (Symlinks::Keep, None) => Err(Error::LinkLeavesRoot { path: path.to_owned(), target: real }),
            (Symlinks::External | Symlinks::Dereference, _) => self.follow(way, mount, path, name, &real),
        }
    }

    /// Puts what a link leads to in the link's place.
    fn follow(
        &mut self,
        way: &mut Way,
        mount: &Arc<Mount>,
        path: &Path,
        name: &Path,
        real: &Path,
    ) -> Result<(), Error> {
        if real == self.context.ours.out {
            self.leave_out(name, Reason::Archive, "leads to the archive itself".to_owned());
            return Ok(());
        }
        let metadata = std::fs::symlink_metadata(real).map_err(Error::read(real))?;
        let kind = FileType::of(metadata.file_type());
        self.found.recorder.is_dir(real);
        if self.context.ours.cache.is_some_and(|cache| real.starts_with(cache)) {
            return Ok(()); // our cache by another name
        }
        // The rules spoke of a link; a folder or a file in its place may have others.
        if self.stays_out(name, real, kind)? || self.hides_a_secret(mount, name, real, kind)? {
            return Ok(());
        }
        if kind == FileType::Folder {
            if !self.context.include.is_empty() && !self.context.include.may_match_in(name) {
                return Ok(());
            }
            let folder = path.parent().unwrap_or(&mount.real);
            let folder = folder.canonicalize().map_err(Error::read(folder))?;
            if mount.is_within(&folder, real) {
                return Err(Error::LinkLoop { path: path.to_owned(), target: real.to_owned() });
            }
            let (real, name) = (real.to_owned(), name.to_owned());
            let mount = Mount { real: real.clone(), name: name.clone(), parent: Some((Arc::clone(mount), folder)) };
            way.folders.push((Arc::new(mount), Met { name, path: real, kind }));
            Ok(())
        } else if !self.is_included(name, false) {
            Ok(())
        } else if kind == FileType::File {
            let (stamp, runs) =
                (Stamp::of(&metadata), file::is_executable(real, &metadata).map_err(Error::read(real))?);
            self.found.recorder.file(real, &stamp, runs);
            self.file(name.to_owned(), real.to_owned(), stamp, runs)
        } else {
            Err(Error::SpecialFile { path: path.to_owned(), kind: regular::special_kind(metadata.file_type()) })
        }
    }

    /// A secret stays out under any name, unless a `!` pattern names it or the link.
    fn hides_a_secret(&mut self, mount: &Mount, name: &Path, real: &Path, kind: FileType) -> Result<bool, Error> {
        let inside = real.strip_prefix(&mount.real).ok().map(|inside| mount.name.join(inside));
        // Of a place outside only what it does not share with the mount says something of it.
        let shared = real.components().zip(mount.real.components()).take_while(|(a, b)| a == b).count();
        let outside = || real.components().skip(shared).collect::<PathBuf>();
        let target = inside.clone().unwrap_or_else(outside);
        if kind == FileType::File && rules::has_key_extension(&target) {
            self.found.recorder.input(real);
        }
        let is_kept = self.verdict(name, real, kind)? == Verdict::Kept
            || inside.is_some_and(|inside| self.verdict(&inside, real, kind).is_ok_and(|it| it == Verdict::Kept));
        match self.context.rules.secret(&target, real, kind)? {
            Some(rule) if !is_kept => {
                self.leave_out(name, Reason::Always, rule);
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

/// What it means that something that was a link cannot be read as one: the system calls what is none an invalid argument.
fn no_link(path: &Path, cause: std::io::Error) -> Error {
    match cause.kind() {
        std::io::ErrorKind::InvalidInput => Error::FileChanged { path: path.to_owned() },
        _ => met(path.to_owned(), cause),
    }
}

/// Whether a link leads to `out`, which does not exist.
fn leads_to(link: &Path, text: &Path, out: &Path) -> bool {
    let (mut link, mut text) = (link.to_owned(), text.to_owned());
    for _ in 0..LONGEST_WAY {
        let target = link.parent().unwrap_or(Path::new("")).join(text);
        let folder = target.parent().and_then(|folder| folder.canonicalize().ok());
        let Some((folder, name)) = folder.zip(target.file_name()) else { return false };
        link = folder.join(name);
        match std::fs::read_link(&link) {
            Ok(next) => text = next,
            Err(_) => return link == out,
        }
    }
    false
}

/// A link's text that means the same wherever the root is: as it is when it stays inside on its whole way,
/// else the shortest relative way. All paths are relative to the mount.
fn portable_text(text: &Path, link: &Path, target: &Path) -> PathBuf {
    let folder = link.parent().unwrap_or(Path::new(""));
    let mut depth = folder.components().count();
    let stays_inside = text.components().all(|part| match part {
        Component::Normal(_) => {
            depth += 1;
            true
        }
        Component::ParentDir => depth.checked_sub(1).is_some_and(|less| {
            depth = less;
            true
        }),
        Component::CurDir => true,
        Component::RootDir | Component::Prefix(_) => false,
    });
    if stays_inside {
        return text.to_owned();
    }
    let shared = folder.components().zip(target.components()).take_while(|(a, b)| a == b).count();
    let ups = folder.components().skip(shared).map(|_| Component::ParentDir);
    let relative: PathBuf = ups.chain(target.components().skip(shared)).collect();
    if relative.as_os_str().is_empty() { PathBuf::from(".") } else { relative }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn text(text: &str, link: &str, target: &str) -> String {
        portable_text(Path::new(text), Path::new(link), Path::new(target)).to_str().unwrap().to_owned()
    }

    #[test]
    fn a_link_that_stays_inside_is_kept_to_the_letter() {
        assert_eq!(text("../b", "a/link", "b"), "../b");
        assert_eq!(text("./x/../y", "link", "y"), "./x/../y");
    }

    #[test]
    fn a_link_by_way_of_the_outside_gets_the_shortest_way() {
        assert_eq!(text("/home/me/root/b/c", "a/link", "b/c"), "../b/c");
        assert_eq!(text("../root/a/b", "link", "a/b"), "a/b");
        assert_eq!(text("/r/a", "a/deep/link", "a"), "..");
        assert_eq!(text("/r", "link", ""), ".");
    }
}
