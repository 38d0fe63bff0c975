//! Disk and rules -> the files that go in. Everything that is on the way is looked at, and nothing is opened but
//! what the rules have to look into.

mod modules;
mod walk;

use std::path::{Path, PathBuf};

use crate::cancel::Cancel;
use crate::error::{Error, LeftOut};
use crate::pack::dependencies::{self, Missing, Production};
use crate::pack::file::Stamp;
use crate::pack::options::{Mode, PackOptions, Symlinks};
use crate::pack::rules::{Anchored, Excluded, Rules};
use walk::{Mount, Walk};

/// One thing that goes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Relative to the root, `/` between the parts.
    pub name: String,
    /// What it is.
    pub kind: Kind,
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
        /// Whether it may be executed.
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
}

/// Walks the root.
///
/// # Errors
/// Whatever cannot go into a package: see [`Error`].
pub fn select(root: &Path, options: &PackOptions, out: &Path, cancel: &Cancel) -> Result<Selection, Error> {
    let rules = Rules::new(root, &options.ignore)?;
    let include = Anchored::new("include", &options.include)?;
    let executable = Anchored::new("executable", &options.executable)?;
    let mut walk = Walk {
        rules: &rules,
        include: &include,
        executable: &executable,
        symlinks: options.symlinks,
        out,
        cancel,
        selection: Selection::default(),
        modules: Vec::new(),
        owners: Vec::new(),
        included: vec![false; include.len()],
        left_out: vec![None; include.len()],
        in_modules: 0,
    };
    let production = options.mode == Mode::Production && root.join("package.json").is_file();
    walk.own_code(&Mount::root(root), production)?;
    if production {
        walk.dependencies(root)?;
    }
    if let Some(index) = walk.included.iter().position(|matched| !matched) {
        let pattern = include.pattern(index).to_owned();
        let left_out = walk.left_out.swap_remove(index);
        let left_out = left_out.map(|Excluded { path, rule, .. }| LeftOut { path, rule });
        return Err(Error::IncludeMatchesNothing { pattern, left_out });
    }
    Ok(walk.selection)
}

impl Walk<'_> {
    /// The packages that production needs, out of the `node_modules` folders that were left for later.
    fn dependencies(&mut self, root: &Path) -> Result<(), Error> {
        // The root first: chains that start there are errors.
        let mut owners = std::mem::take(&mut self.owners);
        owners.retain(|owner| !owner.as_os_str().is_empty());
        owners.insert(0, PathBuf::new());
        let mut production = dependencies::production(root, &owners, self.cancel)?;
        let missing = std::mem::take(&mut production.missing);
        for folder in std::mem::take(&mut self.modules) {
            self.modules(&Mount::root(root), &folder, &owners, &production)?;
        }
        self.judge_missing(missing)
    }

    /// An archive without what its own package.json asks for would fail when it is loaded. With `include` the
    /// caller has chosen the files, and only a choice that reaches into `node_modules` is about packages.
    fn judge_missing(&mut self, missing: Vec<Missing>) -> Result<(), Error> {
        let about_packages = self.include.is_empty() || self.in_modules > 0;
        for one in missing {
            if one.from_root && about_packages {
                return Err(Error::DependencyNotInstalled { chain: one.chain, found_outside: one.found_outside });
            } else if !one.from_root {
                self.selection.missing_inside.push(one);
            }
        }
        Ok(())
    }
}
