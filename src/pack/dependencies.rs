//! Which installed packages production needs: the package.json files are followed the way Node.js resolves names.

use std::collections::{BTreeSet, HashSet};
use std::ops::Bound;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use crate::cancel::Cancel;
use crate::error::Error;
use crate::pack::trail::Recorder;
use crate::regular;

/// The packages that production reaches.
#[derive(Debug, Default)]
pub struct Production {
    /// Their folders, links followed, relative to the root.
    pub packages: BTreeSet<PathBuf>,
    /// The paths by which a package outside of the root was reached, relative to the root.
    pub outside: HashSet<PathBuf>,
    /// The names of their commands.
    pub commands: HashSet<String>,
    /// Declared by the root package or by one that it reaches, and not installed.
    pub missing: Vec<Missing>,
}

/// A dependency that is declared and not installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// From the package that starts the chain to the missing one.
    pub chain: Vec<String>,
    /// Where Node.js would find it on this machine, out of the root.
    pub found_outside: Option<PathBuf>,
    /// Whether the chain starts at the root's own package.json.
    pub from_root: bool,
}

impl Production {
    /// Whether a package that production needs is in `folder` or below it.
    pub fn reaches_into(&self, folder: &Path) -> bool {
        self.packages
            .range::<Path, _>((Bound::Included(folder), Bound::Unbounded))
            .next()
            .is_some_and(|package| package.starts_with(folder))
    }
}

/// One package on the way.
struct Node {
    name: String,
    /// Where its own dependencies are looked up from.
    folder: PathBuf,
    parent: Option<usize>,
}

/// Follows the dependencies of the packages in `owners`, folders relative to `root` (links followed) that hold a
/// package.json of the project's own; the first is the root itself.
///
/// # Errors
/// [`Error::InvalidPackageJson`], [`Error::ReadFailed`], [`Error::Aborted`].
pub fn production(
    root: &Path,
    owners: &[PathBuf],
    recorder: &mut Recorder,
    cancel: &Cancel,
) -> Result<Production, Error> {
    let mut walk = Walk { root, recorder, found: Production::default(), seen: HashSet::new(), nodes: Vec::new() };
    // One after the other: what the root reaches is reached by the root, whoever reaches it too.
    for owner in owners {
        let folder = root.join(owner);
        if walk.seen.insert(folder.clone()) {
            let name = if owner.as_os_str().is_empty() { ".".to_owned() } else { owner.to_string_lossy().into_owned() };
            let first = walk.nodes.len();
            walk.nodes.push(Node { name, folder, parent: None });
            walk.follow_from(first, cancel)?;
        }
    }
    Ok(walk.found)
}

struct Walk<'a> {
    root: &'a Path,
    recorder: &'a mut Recorder,
    found: Production,
    seen: HashSet<PathBuf>,
    nodes: Vec<Node>,
}

impl Walk<'_> {
    fn follow_from(&mut self, first: usize, cancel: &Cancel) -> Result<(), Error> {
        let mut next = first;
        while next < self.nodes.len() {
            cancel.check()?;
            self.follow(next)?;
            next += 1;
        }
        Ok(())
    }

    fn follow(&mut self, index: usize) -> Result<(), Error> {
        let folder = self.nodes[index].folder.clone();
        let path = folder.join("package.json");
        self.recorder.input(&path);
        let json = match package_json(&path) {
            // A fixture or a template inside the project may be broken on purpose.
            Err(Error::InvalidPackageJson { .. } | Error::SpecialFile { .. }) if self.is_owner_inside(index) => {
                return Ok(());
            }
            json => json?,
        };
        if self.nodes[index].parent.is_some() {
            let commands = self.commands(&json, &self.nodes[index].name.clone(), &folder);
            self.found.commands.extend(commands);
        }
        for (name, required) in declared(&json) {
            if !is_package_name(&name) {
                continue;
            }
            match self.installed(&folder, &name) {
                Some(at) => self.reach(index, name, &at)?,
                None if required => {
                    let chain = self.chain(index, name.clone());
                    let above = self.root.ancestors().skip(1);
                    let mut outside = above.map(|folder| folder.join("node_modules").join(&name));
                    let found_outside = outside.find(|at| self.recorder.is_dir(at));
                    let from_root = chain.first().is_some_and(|first| first == ".");
                    self.found.missing.push(Missing { chain, found_outside, from_root });
                }
                None => {}
            }
        }
        Ok(())
    }

    /// Whether it is a folder of the project's own, other than the root.
    fn is_owner_inside(&self, index: usize) -> bool {
        self.nodes[index].parent.is_none() && self.nodes[index].folder != self.root
    }

    /// Node's look-up: `node_modules` of the folder and of each folder above, within the root.
    fn installed(&mut self, folder: &Path, name: &str) -> Option<PathBuf> {
        folder
            .ancestors()
            .take_while(|ancestor| ancestor.starts_with(self.root))
            .filter(|ancestor| ancestor.file_name().is_none_or(|own| own != "node_modules"))
            .map(|ancestor| ancestor.join("node_modules").join(name))
            .find(|at| self.recorder.is_dir(at))
    }

    fn reach(&mut self, parent: usize, name: String, at: &Path) -> Result<(), Error> {
        let real = self.recorder.canonicalize(at).map_err(Error::read(at))?;
        let folder = if let Ok(inside) = real.strip_prefix(self.root) {
            self.found.packages.insert(inside.to_owned());
            real
        } else {
            // It will be at this place in the archive, so that is where its own look-ups start.
            self.found.outside.extend(at.strip_prefix(self.root).map(Path::to_owned));
            at.to_owned()
        };
        if self.seen.insert(folder.clone()) {
            self.nodes.push(Node { name, folder, parent: Some(parent) });
        }
        Ok(())
    }

    /// The names that a package's commands have in `.bin`.
    fn commands(&mut self, json: &Value, package: &str, folder: &Path) -> Vec<String> {
        match json.get("bin") {
            Some(Value::String(_)) => {
                let own = json.get("name").and_then(Value::as_str).unwrap_or(package);
                vec![own.rsplit('/').next().unwrap_or(own).to_owned()]
            }
            Some(Value::Object(names)) => names.keys().cloned().collect(),
            _ => {
                let place = json.get("directories").and_then(|places| places.get("bin")).and_then(Value::as_str);
                let Some(place) = place.map(|place| folder.join(place)) else { return Vec::new() };
                // Its time tells when there are other files in it.
                self.recorder.input(&place);
                let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
                entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
            }
        }
    }

    fn chain(&self, index: usize, last: String) -> Vec<String> {
        let mut chain = vec![last];
        let mut at = Some(index);
        while let Some(index) = at {
            chain.push(self.nodes[index].name.clone());
            at = self.nodes[index].parent;
        }
        chain.reverse();
        chain
    }
}

/// The package.json at `path`. A folder in `node_modules` that is no package has an empty one.
fn package_json(path: &Path) -> Result<Value, Error> {
    let Some(text) = regular::read_text(path)? else { return Ok(Value::Object(serde_json::Map::new())) };
    let invalid = |problem: String| Error::InvalidPackageJson { path: path.to_owned(), problem };
    let json: Value =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| invalid(error.to_string()))?;
    if json.is_object() { Ok(json) } else { Err(invalid("it is not an object".to_owned())) }
}

/// The names that a package.json declares for production, each with whether it must be there.
fn declared(json: &Value) -> Vec<(String, bool)> {
    let names = |field: &str| -> Vec<String> {
        json.get(field).and_then(Value::as_object).map(|map| map.keys().cloned().collect()).unwrap_or_default()
    };
    let optional = names("optionalDependencies");
    let mut all: Vec<_> = names("dependencies")
        .into_iter()
        // npm lists an optional dependency under both; optional counts.
        .map(|name| {
            let required = !optional.contains(&name);
            (name, required)
        })
        .collect();
    all.extend(optional.iter().map(|name| (name.clone(), false)));
    all.extend(names("peerDependencies").into_iter().map(|name| (name, false)));
    all
}

/// `name` or `@scope/name`, and nothing that would lead elsewhere.
fn is_package_name(name: &str) -> bool {
    let parts: Vec<_> = Path::new(name).components().collect();
    let plain = parts.iter().all(|part| matches!(part, Component::Normal(_)));
    plain && !name.contains('\\') && parts.len() == if name.starts_with('@') { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    fn find(folder: &tempfile::TempDir) -> Result<Production, Error> {
        production(&folder.path().canonicalize().unwrap(), &[PathBuf::new()], &mut recorder(), &Cancel::new())
    }

    fn recorder() -> Recorder {
        Recorder::new(None)
    }

    fn sorted(production: &Production) -> Vec<String> {
        let mut names: Vec<_> = production.packages.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn nested_versions_optional_and_peer_packages_are_found_and_dev_ones_are_not() {
        let folder = tree(&[
            (
                "package.json",
                r#"{"dependencies":{"a":"1"},"optionalDependencies":{"fsevents":"1","o":"1"},"devDependencies":{"dev":"1"}}"#,
            ),
            ("node_modules/a/package.json", r#"{"dependencies":{"b":"2"},"peerDependencies":{"p":"1","absent":"1"}}"#),
            ("node_modules/a/node_modules/b/package.json", "{}"),
            ("node_modules/b/package.json", "{}"),
            ("node_modules/o/package.json", "{}"),
            ("node_modules/p/package.json", r#"{"dependencies":{"@s/c":"1"}}"#),
            ("node_modules/@s/c/package.json", "\u{feff}{}"),
            ("node_modules/dev/package.json", "not json: never read"),
        ]);
        let found = find(&folder).unwrap();
        assert_eq!(
            sorted(&found),
            [
                "node_modules/@s/c",
                "node_modules/a",
                "node_modules/a/node_modules/b",
                "node_modules/o",
                "node_modules/p"
            ]
        );
        assert_eq!(found.missing, []);
    }

    #[test]
    fn a_missing_dependency_is_told_with_its_chain() {
        let folder = tree(&[
            ("package.json", r#"{"dependencies":{"a":"1"}}"#),
            ("node_modules/a/package.json", r#"{"dependencies":{"gone":"1"}}"#),
        ]);
        let found = find(&folder).unwrap();
        assert_eq!(found.missing[0].chain, [".", "a", "gone"]);
        assert!(found.missing[0].from_root);
    }

    #[test]
    fn cycles_end() {
        let folder = tree(&[
            ("package.json", r#"{"dependencies":{"a":"1"}}"#),
            ("node_modules/a/package.json", r#"{"dependencies":{"b":"1"}}"#),
            ("node_modules/b/package.json", r#"{"dependencies":{"a":"1"}}"#),
        ]);
        assert_eq!(sorted(&find(&folder).unwrap()), ["node_modules/a", "node_modules/b"]);
    }

    #[test]
    fn names_that_lead_elsewhere_are_no_packages() {
        let folder = tree(&[("package.json", r#"{"dependencies":{"../../etc":"1","/abs":"1","a/b":"1","@x":"1"}}"#)]);
        let found = find(&folder).unwrap();
        assert!(found.packages.is_empty() && found.missing.is_empty());
    }

    #[test]
    fn a_corrupt_package_json_is_an_error_with_its_path() {
        for text in ["{", "[]", ""] {
            let folder = tree(&[("package.json", text)]);
            assert!(
                matches!(find(&folder), Err(Error::InvalidPackageJson { path, .. }) if path.ends_with("package.json"))
            );
        }
    }

    #[test]
    fn a_corrupt_package_json_of_a_fixture_is_none() {
        let folder = tree(&[("package.json", "{}"), ("test/fixtures/broken/package.json", "{")]);
        let owners = [PathBuf::new(), PathBuf::from("test/fixtures/broken")];
        assert!(production(&folder.path().canonicalize().unwrap(), &owners, &mut recorder(), &Cancel::new()).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn the_links_of_a_pnpm_store_are_followed() {
        let folder = tree(&[
            ("package.json", r#"{"dependencies":{"a":"1"}}"#),
            ("node_modules/.pnpm/a@1/node_modules/a/package.json", r#"{"dependencies":{"b":"1"}}"#),
            ("node_modules/.pnpm/b@1/node_modules/b/package.json", "{}"),
            ("node_modules/.pnpm/dev@1/node_modules/dev/package.json", "{}"),
        ]);
        let link = |text: &str, at: &str| std::os::unix::fs::symlink(text, folder.path().join(at)).unwrap();
        link(".pnpm/a@1/node_modules/a", "node_modules/a");
        link(".pnpm/dev@1/node_modules/dev", "node_modules/dev");
        link("../../b@1/node_modules/b", "node_modules/.pnpm/a@1/node_modules/b");
        let found = find(&folder).unwrap();
        assert_eq!(sorted(&found), ["node_modules/.pnpm/a@1/node_modules/a", "node_modules/.pnpm/b@1/node_modules/b"]);
        assert!(found.reaches_into(Path::new("node_modules/.pnpm/a@1")));
        assert!(!found.reaches_into(Path::new("node_modules/.pnpm/dev@1")));
    }
}
