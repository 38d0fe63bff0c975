//! Where the links lead, once the archive is unpacked.

use std::collections::BTreeMap;

use super::directory::{Catalogue, Record};
use super::kinds::Kind;
use super::names::{LONGEST, parts};
use super::problems::{ProblemCode, Problems, shown};
use super::tree::{Thing, Tree, has_place};
use crate::cancel::Cancel;
use crate::error::Error;

/// More links on one way than any system follows.
const LONGEST_WAY: usize = 40;
/// Bytes of all paths that are looked up. A thousand links of a usual package need a millionth of that each; links that
/// were made to lead through each other could go on for hours.
const LOOKED_UP: usize = 64 << 20;

/// The texts of links, by the indices of their records.
pub type Targets = BTreeMap<usize, Vec<u8>>;

/// Follows each link whose text could be read.
pub fn check(
    catalogue: &Catalogue,
    tree: &Tree<'_>,
    targets: &Targets,
    cancel: &Cancel,
    problems: &mut Problems,
) -> Result<(), Error> {
    let mut way = Way { tree, targets, cancel, left: LOOKED_UP };
    let links = catalogue.records.iter().filter(|record| catalogue.kind(record) == Kind::Link);
    for record in links {
        let Some(text) = targets.get(&record.index) else { continue };
        let name = catalogue.name(record);
        let leads = || shown(text);
        if text.is_empty() || text.len() > LONGEST || text.contains(&0) || str::from_utf8(text).is_err() {
            problems.entry(ProblemCode::LinkInvalid, record, || format!("has a text that is no path: {}", leads()));
        } else if text.starts_with(b"/") {
            problems.entry(ProblemCode::LinkAbsolute, record, || format!("leads to the absolute path {}", leads()));
        } else if has_place(name) {
            match way.follow(name, text)? {
                End::Somewhere | End::Unknown => {}
                End::Outside => {
                    let phrase = || format!("leads out of the package, to {}", leads());
                    problems.entry(ProblemCode::LinkLeavesPackage, record, phrase);
                }
                End::Nowhere => dangling(record, &leads(), problems),
                End::TooFar => {
                    problems
                        .archive(ProblemCode::NotChecked, "has too many links that lead through each other to follow");
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

fn dangling(record: &Record, leads: &str, problems: &mut Problems) {
    problems.entry(ProblemCode::LinkDangling, record, || format!("leads to {leads}, which is not in the package"));
}

/// Where a way ends.
enum End {
    Somewhere,
    Outside,
    Nowhere,
    /// At a link whose text is not known.
    Unknown,
    /// Not looked for any more.
    TooFar,
}

struct Way<'a> {
    tree: &'a Tree<'a>,
    targets: &'a Targets,
    cancel: &'a Cancel,
    left: usize,
}

impl Way<'_> {
    /// Step by step, as a system does. From the first step that is missing on, `..` alone counts: what is missing may
    /// be there where it is unpacked.
    fn follow(&mut self, link: &[u8], text: &[u8]) -> Result<End, Error> {
        let mut at = Vec::with_capacity(link.len());
        let mut ahead: Vec<&[u8]> = reversed(text);
        let own: Vec<_> = parts(link).collect();
        for part in own.split_last().map_or(&[][..], |(_, folder)| folder) {
            push(&mut at, part);
        }
        let (mut followed, mut missing) = (1, false);
        while let Some(part) = ahead.pop() {
            self.cancel.check()?;
            if part == b".." {
                if at.is_empty() {
                    return Ok(End::Outside);
                }
                at.truncate(at.iter().rposition(|byte| *byte == b'/').unwrap_or(0));
                continue;
            }
            push(&mut at, part);
            if missing {
                continue;
            }
            let Some(left) = self.left.checked_sub(at.len() + 1) else { return Ok(End::TooFar) };
            self.left = left;
            match self.tree.at(&at) {
                Some(Thing::Folder) => {}
                Some(Thing::File) => missing |= !ahead.is_empty(),
                None => missing = true,
                Some(Thing::Link(index)) => {
                    let Some(next) = self.targets.get(&index) else { return Ok(End::Unknown) };
                    followed += 1;
                    if followed > LONGEST_WAY {
                        return Ok(End::Nowhere);
                    }
                    if next.starts_with(b"/") {
                        return Ok(End::Outside);
                    }
                    at.truncate(at.iter().rposition(|byte| *byte == b'/').unwrap_or(0));
                    ahead.extend(reversed(next));
                    let Some(left) = self.left.checked_sub(next.len()) else { return Ok(End::TooFar) };
                    self.left = left;
                }
            }
        }
        Ok(if missing { End::Nowhere } else { End::Somewhere })
    }
}

fn reversed(text: &[u8]) -> Vec<&[u8]> {
    let mut all: Vec<_> = parts(text).collect();
    all.reverse();
    all
}

fn push(path: &mut Vec<u8>, part: &[u8]) {
    if !path.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(part);
}
