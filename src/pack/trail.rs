//! What a selection has looked at. As long as all of it is as it was, the same selection would come out again; what
//! has changed in files that only went in does not matter to that.

mod verify;

use std::borrow::Cow;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_bytes::Bytes;

use crate::pack::file::Stamp;
use crate::pack::list::FileType;
use crate::pack::rules::TEMPORARY_SUFFIX;
pub use verify::{Changed, verify};

/// Everything that was looked at.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail<'a> {
    /// Folders that were listed.
    #[serde(borrow)]
    folders: Vec<Folder<'a>>,
    /// Files that went in by another way than a folder's list: through links.
    files: Vec<(Cow<'a, str>, Print)>,
    /// Files that were read, or looked for; links are followed.
    inputs: Vec<(Cow<'a, str>, Option<Print>)>,
    /// Links that were read, with their text.
    links: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Paths that were resolved, with what they lead to.
    resolved: Vec<(Cow<'a, str>, Option<Cow<'a, str>>)>,
    /// Paths that were asked whether they lead to a folder.
    asked: Vec<(Cow<'a, str>, bool)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Folder<'a> {
    #[serde(borrow)]
    path: Cow<'a, str>,
    /// By the bytes of their names.
    children: Vec<Child<'a>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Child<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    kind: FileType,
    /// The state of a file that went in.
    print: Option<Print>,
}

/// Whether a list of a folder counts it: temporary files of ours come and go.
fn counts(name: &OsStr, kind: FileType) -> bool {
    kind == FileType::Folder || !name.as_encoded_bytes().ends_with(TEMPORARY_SUFFIX.as_bytes())
}

/// A state of a file in short: two that differ have different ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Print(#[serde(with = "postcard::fixint::le")] u64);

impl Print {
    /// Of a state that could change without a trace: see [`Clock::trusts`]. It is like no other, not even itself.
    const DOUBTFUL: Self = Self(0);

    fn of(stamp: &Stamp, executable: bool) -> Self {
        Self(stamp.words().into_iter().fold(u64::from(executable) + 1, mixed).max(1))
    }

    fn is(self, stamp: &Stamp, executable: bool) -> bool {
        self == Self::of(stamp, executable)
    }
}

/// Each bit of both makes a difference to all of it: the halves of a product, by which hash tables mix too. Nobody chooses
/// what is mixed here, so it need not withstand an attacker, and there are tens of thousands of files.
fn mixed(one: u64, other: u64) -> u64 {
    /// Odd, and half of its bits are set.
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let product = u128::from(one ^ ODD) * u128::from(other.rotate_left(32) ^ ODD.rotate_left(17));
    #[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
    return (product as u64 ^ (product >> 64) as u64).wrapping_add(one);
}

/// The moment before anything was looked at.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Clock(i128);

/// The coarsest times that file systems keep, in nanoseconds: FAT's are even seconds, HFS+'s and older ext's whole ones.
const COARSEST: i128 = 2_000_000_000;
/// For those that keep nanoseconds: much more than a tick of any system's clock, as they may have another clock.
const FINEST: i128 = 100_000_000;
/// More than a tick of any system's clock: 10 ms, of Windows' 16 ms.
const TICK: i128 = 20_000_000;

#[cfg(test)]
impl Trail<'static> {
    /// One that has met a link.
    pub fn of_link(path: &'static str, real: &'static str) -> Self {
        Self { resolved: vec![(path.into(), Some(real.into()))], ..Self::default() }
    }
}

#[cfg(test)]
impl Clock {
    /// So late that every file is trusted.
    pub fn late() -> Self {
        Self(i128::MAX)
    }
}

impl Clock {
    /// Now.
    #[must_use]
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self(i128::try_from(since.as_nanos()).unwrap_or_default())
    }

    /// Whether a later change of the file would show in its stamp. One in the same tick of the file system's clock
    /// would not, so a file that had changed just before is looked into again (git calls it racy).
    #[must_use]
    pub fn trusts(self, stamp: &Stamp) -> bool {
        stamp.latest() < self.0 - if stamp.is_fine() { FINEST } else { COARSEST }
    }

    /// Gives a file that is finished this time as that of its last change. A later change shows then, as that gets a
    /// time after this one.
    pub fn mark(self, file: &std::fs::File) {
        if let Ok(since) = u64::try_from(self.0) {
            let _ = file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_nanos(since));
        }
    }

    /// Whether a file with this stamp was marked, and a later change would show.
    #[must_use]
    pub fn has_marked(self, stamp: &Stamp) -> bool {
        let whole = self.0 % 1_000_000 == 0; // as file systems without nanoseconds have it
        !whole && stamp.modified() == self.0 && Self::now().0 - self.0 > TICK
    }

    fn print(self, stamp: &Stamp, runs: bool) -> Print {
        if self.trusts(stamp) { Print::of(stamp, runs) } else { Print::DOUBTFUL }
    }
}

/// Links that lead to links, outside of the root.
const LONGEST_CHAIN: usize = 40;

/// Folders and files, with all that is below them.
pub struct Reached<'a>(HashSet<&'a Path>);

impl Reached<'_> {
    /// Whether a path is one of them or below one.
    #[must_use]
    pub fn has(&self, path: &Path) -> bool {
        !goes_up(path) && path.ancestors().any(|above| self.0.contains(above))
    }
}

/// Whether a path has parts that lead up.
#[must_use]
pub fn goes_up(path: &Path) -> bool {
    path.components().any(|part| part == Component::ParentDir)
}

/// Folders that are packed together.
const PACKED_FOLDERS: usize = 32;

/// A trail as a manifest keeps it. Its folders are unpacked by the threads that look at them.
#[derive(Debug, Serialize, Deserialize)]
pub struct Packed<'a> {
    /// Each the bytes of some [`Folder`]s.
    #[serde(borrow)]
    folders: Vec<&'a Bytes>,
    /// All the rest.
    others: Trail<'a>,
}

impl<'a> Packed<'a> {
    /// Packs a trail.
    #[must_use]
    pub fn bytes_of(mut trail: Trail<'_>) -> Option<Vec<u8>> {
        let folders = std::mem::take(&mut trail.folders);
        let (mut bytes, mut ends) = (Vec::new(), vec![0]);
        for folders in folders.chunks(PACKED_FOLDERS) {
            bytes = postcard::to_extend(folders, bytes).ok()?;
            ends.push(bytes.len());
        }
        let folders = ends.windows(2).map(|ends| Bytes::new(&bytes[ends[0]..ends[1]])).collect();
        postcard::to_stdvec(&Packed { folders, others: trail }).ok()
    }

    /// Of [`Packed::bytes_of`].
    #[must_use]
    pub fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }

    /// All of it.
    #[must_use]
    pub fn unpack(&'a self) -> Option<Trail<'a>> {
        let folders = self.folders.iter().map(|bytes| folders(bytes)).collect::<Option<Vec<_>>>()?;
        Some(Trail { folders: folders.into_iter().flatten().collect(), ..self.others.clone() })
    }
}

fn folders(bytes: &[u8]) -> Option<Vec<Folder<'_>>> {
    postcard::from_bytes(bytes).ok()
}

impl Trail<'_> {
    /// The root and what links lead to outside of it, from there too. Of very long chains of links not all.
    #[must_use]
    pub fn reached<'t>(&'t self, root: &'t Path) -> Reached<'t> {
        let mut reached = Reached(HashSet::from([root]));
        let lines = self.resolved.iter().filter_map(|(path, real)| Some((Path::new(&**path), real.as_deref()?)));
        let mut others: Vec<(&Path, &Path)> = lines.map(|(path, real)| (path, Path::new(real))).collect();
        for _ in 0..LONGEST_CHAIN {
            let before = others.len();
            // Most are links from one package to the next.
            others.retain(|&(path, real)| {
                let is_new = !reached.has(real) && reached.has(path);
                if is_new {
                    reached.0.insert(real);
                }
                !is_new
            });
            if others.len() == before {
                break;
            }
        }
        reached
    }

    /// Takes the new states of files that have changed and of which nothing else has.
    pub fn renew(&mut self, changed: &Changed, clock: Clock) {
        let folders: HashSet<_> =
            changed.keys().filter_map(|path| Some(Path::new(path).parent()?.as_os_str())).collect();
        for folder in self.folders.iter_mut().filter(|folder| folders.contains(OsStr::new(&*folder.path))) {
            for child in folder.children.iter_mut().filter(|child| child.print.is_some()) {
                if let Some((stamp, runs)) = changed.get(Path::new(&*folder.path).join(&*child.name).as_os_str()) {
                    child.print = Some(clock.print(stamp, *runs));
                }
            }
        }
        for (path, print) in &mut self.files {
            if let Some((stamp, runs)) = changed.get(OsStr::new(&**path)) {
                *print = clock.print(stamp, *runs);
            }
        }
    }
}

/// Writes a [`Trail`], and does on the way what it writes of.
#[derive(Debug)]
pub struct Recorder(Option<(Trail<'static>, Clock)>);

/// A folder whose list is being written.
#[derive(Debug)]
pub struct Listing(Option<Folder<'static>>);

impl Recorder {
    /// Nothing seen yet. Without a clock nobody wants to know.
    #[must_use]
    pub fn new(clock: Option<Clock>) -> Self {
        Self(clock.map(|clock| (Trail::default(), clock)))
    }

    /// What was seen by another one too.
    pub fn merge(&mut self, other: Self) {
        let other = other.0.map(|(trail, _)| trail);
        self.write(|all, _| {
            let Trail { folders, files, inputs, links, resolved, asked } = other?;
            all.folders.extend(folders);
            all.files.extend(files);
            all.inputs.extend(inputs);
            all.links.extend(links);
            all.resolved.extend(resolved);
            all.asked.extend(asked);
            Some(())
        });
    }

    /// The whole trail; nothing when it is not whole.
    #[must_use]
    pub fn finish(self) -> Option<Trail<'static>> {
        self.0.map(|(trail, _)| trail)
    }

    /// Begins the list of a folder.
    pub fn folder(&mut self, path: &Path) -> Listing {
        let mut listing = None;
        self.write(|_, _| {
            listing = Some(Folder { path: text(path)?, children: Vec::new() });
            Some(())
        });
        Listing(listing)
    }

    /// Adds to a list, in the order of the names.
    pub fn child(&mut self, listing: &mut Listing, name: &OsStr, kind: FileType) {
        self.write(|_, _| {
            if counts(name, kind) {
                listing.0.as_mut()?.children.push(Child { name: text(Path::new(name))?, kind, print: None });
            }
            Some(())
        });
    }

    /// The child that was added last, `name`, is a file that goes in.
    pub fn packed(&mut self, listing: &mut Listing, name: &OsStr, stamp: &Stamp, executable: bool) {
        self.write(|_, clock| {
            if let Some(child) = listing.0.as_mut()?.children.last_mut().filter(|child| *child.name == *name) {
                child.print = Some(clock.print(stamp, executable));
            }
            Some(())
        });
    }

    /// Ends the list of a folder.
    pub fn list(&mut self, listing: Listing) {
        self.write(|trail, _| {
            trail.folders.push(listing.0?);
            Some(())
        });
    }

    /// A file that goes in, met by another way.
    pub fn file(&mut self, path: &Path, stamp: &Stamp, executable: bool) {
        self.write(|trail, clock| {
            trail.files.push((text(path)?, clock.print(stamp, executable)));
            Some(())
        });
    }

    /// A file that is about to be read, or is not there.
    pub fn input(&mut self, path: &Path) {
        self.write(|trail, clock| {
            let print = std::fs::metadata(path).ok().map(|found| clock.print(&Stamp::of(&found), false));
            trail.inputs.push((text(path)?, print));
            Some(())
        });
    }

    /// A link, with its text.
    pub fn link(&mut self, path: &Path, to: &Path) {
        self.write(|trail, _| {
            trail.links.push((text(path)?, text(to)?));
            Some(())
        });
    }

    /// Resolves a path.
    ///
    /// # Errors
    /// What the system answers.
    pub fn canonicalize(&mut self, path: &Path) -> std::io::Result<PathBuf> {
        let real = path.canonicalize();
        self.write(|trail, _| {
            let to = real.as_ref().ok().map(|real| text(real).ok_or(())).transpose().ok()?;
            trail.resolved.push((text(path)?, to));
            Some(())
        });
        real
    }

    /// Whether a path leads to a folder.
    pub fn is_dir(&mut self, path: &Path) -> bool {
        let is_dir = path.is_dir();
        self.write(|trail, _| {
            trail.asked.push((text(path)?, is_dir));
            Some(())
        });
        is_dir
    }

    /// Does `line` where the trail is wanted. What has a name that cannot be written down ends it: such a tree is always
    /// looked at anew.
    fn write(&mut self, line: impl FnOnce(&mut Trail<'static>, Clock) -> Option<()>) {
        if let Some((trail, clock)) = &mut self.0
            && line(trail, *clock).is_none()
        {
            self.0 = None;
        }
    }
}

fn text(path: &Path) -> Option<Cow<'static, str>> {
    path.to_str().map(|text| Cow::Owned(text.to_owned()))
}
