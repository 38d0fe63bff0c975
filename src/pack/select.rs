//! Disk and rules -> the files that go in. Everything that is on the way is looked at, and nothing is opened but
//! what the rules have to look into.

mod found;
mod links;
mod modules;
mod walk;

use std::path::{Path, PathBuf};

use crate::cancel::Cancel;
use crate::error::{Error, LeftOut};
use crate::pack::dependencies::{self, Missing, Production};
use crate::pack::file::Stamp;
use crate::pack::options::{Mode, PackOptions, Symlinks};
use crate::pack::rules::{Anchored, Excluded, IGNORE_FILE, Rules};
use crate::pack::trail::{Clock, Recorder, Trail};
use crate::parallel;
use found::Found;
use walk::{Context, Mount, Walk};

/// One thing that goes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Relative to the root, `/` between the parts.
    pub name: String,
    /// What it is.
    pub kind: Kind,
}

impl Candidate {
    /// Whether it is below a `node_modules`.
    fn is_in_modules(&self) -> bool {
        self.name.split('/').any(|part| part == "node_modules")
    }
}

/// What a candidate is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File {
        /// Where it is on the disk.
        path: PathBuf,
        /// Its state when it was found.
        stamp: Stamp,
        /// Whether the disk says that it may be executed.
        runs: bool,
        /// Whether it may be executed in the package.
        executable: bool,
    },
    /// A link.
    Link {
        /// What it holds.
        text: String,
        /// What it leads to in the end, named like a candidate; empty for the root.
        target: String,
    },
    /// A folder with nothing in it.
    EmptyFolder,
}

/// What a walk of the root found.
#[derive(Debug, Default)]
pub struct Selection {
    /// What goes in, in no order.
    pub candidates: Vec<Candidate>,
    /// What stays out and is worth naming.
    pub excluded: Vec<Excluded>,
    /// Dependencies of packages inside the root, other than its own, that are not installed.
    pub missing_inside: Vec<Missing>,
    /// What was looked at, when that is wanted and all of it can be looked at again.
    pub trail: Option<Trail<'static>>,
}

/// What belongs to the pack itself.
pub struct Ours<'a> {
    /// The archive that is being written, links of its folder followed.
    pub out: &'a Path,
    /// The folder of the cache, links followed.
    pub cache: Option<&'a Path>,
    /// When the pack began; nothing where nobody wants to know what was looked at.
    pub clock: Option<Clock>,
    /// Threads that walk.
    pub threads: usize,
}

/// Walks the root, on as many threads as are given.
///
/// # Errors
/// Whatever cannot go into a package: see [`Error`].
pub fn select(root: &Path, options: &PackOptions, ours: &Ours<'_>, cancel: &Cancel) -> Result<Selection, Error> {
    let mut recorder = Recorder::new(ours.clock);
    recorder.input(&root.join(IGNORE_FILE));
    let rules = Rules::new(root, &options.ignore)?;
    let include = Anchored::new("include", &options.include)?;
    let executable = Anchored::new("executable", &options.executable)?;
    let context = Context { rules, include, executable, symlinks: options.symlinks, ours, cancel };
    let mut walk = Walk::new(&context);
    walk.found.recorder.merge(recorder);
    let package_json = root.join("package.json");
    walk.found.recorder.input(&package_json);
    let production = options.mode == Mode::Production && package_json.is_file();
    walk.own_code(&Mount::root(root), production)?;
    let mut found = walk.found;
    let missing = if production { dependencies(&context, root, &mut found)? } else { Vec::new() };
    let later = std::mem::take(&mut found.later);
    let results = parallel::grow(ours.threads, later, |name: PathBuf, later| {
        let mut walk = Walk::new(&context);
        let result = walk.below(&Mount::root(root), &name);
        later.append(&mut walk.found.later);
        // Here it is work for all threads, and of what is in order already the plan has little to sort.
        walk.found.candidates.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        (name, result.map(|()| walk.found))
    });
    found.merge(results)?;
    if let Some(index) = found.included.iter().position(|matched| !matched) {
        let pattern = context.include.pattern(index).to_owned();
        let left_out = found.left_out.swap_remove(index);
        let left_out = left_out.map(|Excluded { path, rule, .. }| LeftOut { path, rule });
        return Err(Error::IncludeMatchesNothing { pattern, left_out });
    }
    let missing_inside =
        judge_missing(missing, context.include.is_empty() || found.candidates.iter().any(Candidate::is_in_modules))?;
    let Found { candidates, excluded, recorder, .. } = found;
    Ok(Selection { candidates, excluded, missing_inside, trail: recorder.finish() })
}

/// The packages that production needs, out of the `node_modules` folders that were left for later. Answers what is
/// not installed.
fn dependencies(context: &Context<'_>, root: &Path, found: &mut Found) -> Result<Vec<Missing>, Error> {
    // The root first: chains that start there are errors.
    let mut owners = std::mem::take(&mut found.owners);
    owners.retain(|owner| !owner.as_os_str().is_empty());
    owners.insert(0, PathBuf::new());
    let mut production = dependencies::production(root, &owners, &mut found.recorder, context.cancel)?;
    let missing = std::mem::take(&mut production.missing);
    let mut walk = Walk::new(context);
    for folder in std::mem::take(&mut found.modules) {
        walk.modules(&Mount::root(root), &folder, &owners, &production)?;
    }
    found.add(walk.found);
    Ok(missing)
}

/// An archive without what its own package.json asks for would fail when it is loaded. With `include` the caller has
/// chosen the files, and only a choice that reaches into `node_modules` is about packages. Answers what is missing
/// elsewhere.
fn judge_missing(missing: Vec<Missing>, about_packages: bool) -> Result<Vec<Missing>, Error> {
    let (from_root, inside): (Vec<_>, Vec<_>) = missing.into_iter().partition(|one| one.from_root);
    match from_root.into_iter().next() {
        Some(one) if about_packages => {
            Err(Error::DependencyNotInstalled { chain: one.chain, found_outside: one.found_outside })
        }
        _ => Ok(inside),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::trail::{Packed, verify};

    #[test]
    fn what_changed_is_known_again_once_it_is_renewed() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for name in ["index.js", "lib/a.js", "node_modules/x/index.js"] {
            std::fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            std::fs::write(root.join(name), name).unwrap();
        }
        let out = root.join("out.zip");
        let (options, cancel) = (PackOptions { mode: Mode::All, ..PackOptions::default() }, Cancel::new());
        let ours = Ours { out: &out, cache: None, clock: Some(Clock::late()), threads: 2 };
        let mut trail = select(&root, &options, &ours, &cancel).unwrap().trail.unwrap();
        let changed = |trail: &Trail<'_>| {
            let bytes = Packed::bytes_of(trail.clone()).unwrap();
            verify(&Packed::from_bytes(&bytes).unwrap(), &out, 2, &cancel).unwrap().unwrap()
        };
        assert!(changed(&trail).is_empty());
        for name in ["index.js", "lib/a.js", "node_modules/x/index.js"] {
            std::fs::write(root.join(name), "something else").unwrap();
            let now = changed(&trail);
            assert_eq!(now.keys().collect::<Vec<_>>(), [root.join(name).as_os_str()]);
            trail.renew(&now, Clock::late());
            assert!(changed(&trail).is_empty(), "{name}");
        }
    }
}
