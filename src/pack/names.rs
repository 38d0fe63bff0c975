//! The names of a package to be, and where its links lead within it.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use crate::pack::select::{Candidate, Kind};

/// More links on one way than any system follows.
pub const LONGEST_WAY: usize = 40;

/// The names of a package to be.
pub struct Names<'a> {
    /// By the bytes of their names.
    sorted: &'a [Candidate],
    /// Links that are not dropped, each with its text.
    links: HashMap<&'a str, &'a str>,
}

impl<'a> Names<'a> {
    /// The names of what was selected, which is in the order of the names' bytes.
    pub fn of(sorted: &'a [Candidate]) -> Self {
        let link = |candidate: &'a Candidate| match &candidate.kind {
            Kind::Link { text, .. } => Some((candidate.name.as_str(), text.as_str())),
            Kind::File { .. } | Kind::EmptyFolder => None,
        };
        Self { sorted, links: sorted.iter().filter_map(link).collect() }
    }

    /// The links that lead to nothing, or only to each other.
    pub fn loose_links(mut self) -> Vec<&'a str> {
        let mut all = Vec::new();
        loop {
            let loose: HashSet<_> = self.links.keys().copied().filter(|link| !self.leads_somewhere(link)).collect();
            if loose.is_empty() {
                return all;
            }
            // A link that is dropped may have been the way of another one.
            self.links.retain(|link, _| !loose.contains(link));
            all.extend(loose);
        }
    }

    /// Follows a link as a system does that has unpacked the package.
    fn leads_somewhere(&self, link: &str) -> bool {
        // The folders that a link is in are there, and none of them is a link.
        let (folder, name) = link.rsplit_once('/').unwrap_or(("", link));
        let mut at: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        let mut ahead = vec![name];
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
            if let Some(text) = self.links.get(name.as_str()) {
                followed += 1;
                if followed > LONGEST_WAY {
                    return false;
                }
                at.pop();
                ahead.extend(text.split('/').rev());
                continue;
            }
            // What is on the way to something that is there is there as well, so it is not looked for.
            let is_there = match ahead.last() {
                None => self.is_file(&name) || self.is_folder(&name),
                Some(&("" | "." | "..")) => self.is_folder(&name),
                Some(_) => true,
            };
            if !is_there {
                return false;
            }
        }
        true
    }

    fn is_file(&self, name: &str) -> bool {
        self.called(name).any(|candidate| matches!(candidate.kind, Kind::File { .. }))
    }

    fn is_folder(&self, name: &str) -> bool {
        let below = name.bytes().chain([b'/']);
        let at = self.sorted.partition_point(|candidate| candidate.name.bytes().cmp(below.clone()) == Ordering::Less);
        let is_below =
            |candidate: &Candidate| candidate.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
        self.sorted.get(at).is_some_and(is_below)
            || self.called(name).any(|candidate| candidate.kind == Kind::EmptyFolder)
    }

    fn called<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a Candidate> + use<'a, 'n> {
        let at = self.sorted.partition_point(|candidate| candidate.name.as_str() < name);
        self.sorted[at..].iter().take_while(move |candidate| candidate.name == name)
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
        let mut candidates: Vec<_> = files.iter().map(file).chain(links.iter().map(link)).collect();
        candidates.sort_by(|a, b| a.name.cmp(&b.name));
        let loose = Names::of(&candidates).loose_links();
        links.iter().filter(|(name, _)| !loose.contains(name)).map(|(name, _)| (*name).to_owned()).collect()
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
            ("deep/er/still", "../../a//b.js"),
            ("by-way", "a/../a/b.js"),
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
            ("begins-alike", "a/b.j"),
            ("by-nothing", "nothing/../a/b.js"),
            ("through-file", "a/b.js/../b.js"),
        ];
        assert_eq!(remaining(&["a/b.js"], &loose), Vec::<String>::new());
    }
}
