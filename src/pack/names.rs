//! The names of a package to be, and where its links lead within it.

use std::collections::{BTreeMap, HashSet};

use crate::pack::select::{Candidate, Kind};

/// More links on one way than any system follows.
const LONGEST_WAY: usize = 40;

/// The names of a package to be.
pub struct Names {
    /// Files, folders and what is above them. The root is the empty name.
    things: HashSet<String>,
    /// Links, each with its text.
    links: BTreeMap<String, String>,
}

impl Names {
    /// The names of what was selected.
    pub fn of(candidates: &[Candidate]) -> Self {
        let mut names = Self { things: HashSet::from([String::new()]), links: BTreeMap::new() };
        for Candidate { name, kind } in candidates {
            let mut above = name.as_str();
            while let Some((folder, _)) = above.rsplit_once('/') {
                if !names.things.insert(folder.to_owned()) {
                    break;
                }
                above = folder;
            }
            match kind {
                Kind::Link { text, .. } => drop(names.links.insert(name.clone(), text.clone())),
                Kind::File { .. } | Kind::EmptyFolder => drop(names.things.insert(name.clone())),
            }
        }
        names
    }

    /// Whether there is something, or a link, of this name.
    pub fn has(&self, name: &str) -> bool {
        self.things.contains(name) || self.links.contains_key(name)
    }

    /// Drops the links that lead to nothing. Answers whether there were any.
    pub fn drop_loose_links(&mut self) -> bool {
        let loose: Vec<_> = self.links.keys().filter(|link| !self.leads_somewhere(link)).cloned().collect();
        for link in &loose {
            self.links.remove(link);
        }
        !loose.is_empty()
    }

    /// Follows a link as a system does that has unpacked the package.
    fn leads_somewhere(&self, link: &str) -> bool {
        let mut at: Vec<&str> = Vec::new();
        let mut ahead: Vec<&str> = link.split('/').rev().collect();
        let mut followed = 0;
        while let Some(part) = ahead.pop() {
            match part {
                ".." if at.is_empty() => return false,
                "" | "." => continue,
                ".." => {
                    at.pop();
                    continue;
                }
                name => at.push(name),
            }
            let name = at.join("/");
            if let Some(text) = self.links.get(&name) {
                followed += 1;
                if followed > LONGEST_WAY {
                    return false;
                }
                at.pop();
                ahead.extend(text.split('/').rev());
            } else if !self.things.contains(&name) {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::file::Stamp;

    fn remaining(files: &[&str], links: &[(&str, &str)]) -> Vec<String> {
        let file = |name: &&str| Candidate {
            name: (*name).to_owned(),
            kind: Kind::File { path: "x".into(), stamp: Stamp::of_size(0), runs: false, executable: false },
        };
        let link = |(name, text): &(&str, &str)| Candidate {
            name: (*name).to_owned(),
            kind: Kind::Link { text: (*text).to_owned(), target: String::new() },
        };
        let mut names = Names::of(&files.iter().map(file).chain(links.iter().map(link)).collect::<Vec<_>>());
        while names.drop_loose_links() {}
        names.links.into_keys().collect()
    }

    #[test]
    fn a_link_stays_when_every_step_of_its_way_is_there() {
        let links = [
            ("file", "a/b.js"),
            ("folder", "a"),
            ("by-folder", "folder/b.js"),
            ("a/up", "../a/./up2"),
            ("a/up2", "b.js"),
            ("self", "."),
            ("only-links/one", "../file"),
            ("to-only-links", "only-links"),
        ];
        assert_eq!(remaining(&["a/b.js"], &links).len(), links.len());
    }

    #[test]
    fn a_link_goes_with_any_step_of_its_way() {
        let loose = [
            ("gone", "nothing"),
            ("by-gone", "gone/x"),
            ("by-by-gone", "by-gone"),
            ("like", "a/b"),
            ("out", "../x"),
            ("loop", "pool"),
            ("pool", "loop"),
        ];
        assert_eq!(remaining(&["a/b.js"], &loose), Vec::<String>::new());
    }
}
