//! The entries as the tree that they become: what is there twice, and what is in what.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;

use super::directory::{Catalogue, Record};
use super::kinds::Kind;
use super::names::{LONGEST, parts};
use super::problems::{ProblemCode, Problems, shown};
use crate::cancel::Cancel;
use crate::error::Error;

/// Bytes that are compared at once.
const BLOCK: usize = 64;

/// A path, in an order in which what is in a folder follows the folder at once.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a>(pub &'a [u8]);

impl<'a> Key<'a> {
    /// What is left of both behind the parts that they begin with alike, byte by byte. Names of a package have long
    /// beginnings in common, and those of a hostile one very long ones.
    fn rests<'b>(self, other: Key<'b>) -> (&'a [u8], &'b [u8]) {
        let (own, other) = (self.0, other.0);
        let blocks = own.chunks_exact(BLOCK).zip(other.chunks_exact(BLOCK)).take_while(|(a, b)| a == b).count();
        let behind = own.iter().zip(other).skip(blocks * BLOCK).take_while(|(a, b)| a == b).count();
        let same = &own[..blocks * BLOCK + behind];
        let from = same.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
        (&own[from..], &other[from..])
    }

    /// Whether the other one is in this one.
    fn holds(self, other: Key<'_>) -> bool {
        let (own, other) = self.rests(other);
        let mut others = parts(other);
        parts(own).all(|part| others.next() == Some(part)) && others.next().is_some()
    }
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let (own, other) = self.rests(*other);
        parts(own).cmp(parts(other))
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Key<'_> {}

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    Folder,
    File,
    /// The link with this index.
    Link(usize),
}

/// All entries whose names stay in the package, by their paths.
pub struct Tree<'a> {
    things: BTreeMap<Key<'a>, (usize, Kind)>,
}

impl<'a> Tree<'a> {
    /// Makes the tree, and tells what collides in it.
    pub fn of(catalogue: &'a Catalogue, cancel: &Cancel, problems: &mut Problems) -> Result<Self, Error> {
        let mut things = BTreeMap::new();
        for record in &catalogue.records {
            cancel.check()?;
            let (name, kind) = (catalogue.name(record), catalogue.kind(record));
            if !has_place(name) {
                continue;
            }
            let Some((_, other)) = things.insert(Key(name), (record.index, kind)) else { continue };
            if (kind == Kind::Folder) == (other == Kind::Folder) {
                problems.entry(ProblemCode::NameDuplicate, record, || "has the name of an earlier entry".to_owned());
            } else {
                let phrase = || "is a folder here and something else in an earlier entry, or the reverse".to_owned();
                problems.entry(ProblemCode::FileIsFolder, record, phrase);
            }
        }
        let tree = Self { things };
        tree.check_folders(catalogue, cancel, problems)?;
        check_look_alikes(catalogue, cancel, problems)?;
        Ok(tree)
    }

    /// What is at the path; a folder also where only something in it has an entry.
    pub fn at(&self, path: &[u8]) -> Option<Thing> {
        let key = Key(path);
        let (found, (index, kind)) = self.things.range(key..).next()?;
        if *found == key {
            Some(match kind {
                Kind::Folder => Thing::Folder,
                Kind::Link => Thing::Link(*index),
                Kind::File | Kind::Other => Thing::File,
            })
        } else {
            key.holds(*found).then_some(Thing::Folder)
        }
    }

    /// In the order of keys each entry follows what it is in. Those that are no folders wait on a stack.
    fn check_folders(&self, catalogue: &Catalogue, cancel: &Cancel, problems: &mut Problems) -> Result<(), Error> {
        let mut above: Vec<(Key<'_>, Kind)> = Vec::new();
        for (key, (index, kind)) in &self.things {
            cancel.check()?;
            while above.pop_if(|(top, _)| !top.holds(*key)).is_some() {}
            if let (Some((top, what)), Some(record)) = (above.last(), catalogue.records.get(*index)) {
                let (code, what) = match what {
                    Kind::Link => (ProblemCode::EntryBelowLink, "a link"),
                    _ => (ProblemCode::FileIsFolder, "a file"),
                };
                problems.entry(code, record, || format!("is in {}, which is {what}", shown(top.0)));
            }
            if *kind != Kind::Folder {
                above.push((*key, *kind));
            }
        }
        Ok(())
    }
}

/// Whether the name leads to a place in the package that a system can make.
pub fn has_place(name: &[u8]) -> bool {
    name.len() <= LONGEST && parts(name).next().is_some() && parts(name).all(|part| part != b"..")
}

/// Two names that are one on a disk where case, or the way to write an accent, makes no difference.
fn check_look_alikes(catalogue: &Catalogue, cancel: &Cancel, problems: &mut Problems) -> Result<(), Error> {
    let mut folded: BTreeMap<(Folded, &[u8]), &Record> = BTreeMap::new();
    for record in &catalogue.records {
        cancel.check()?;
        let name = catalogue.name(record);
        if let Some(text) = str::from_utf8(name).ok().filter(|_| has_place(name)) {
            folded.insert((Folded(fold(text)), name), record);
        }
    }
    let mut told = BTreeSet::new();
    let mut before: Option<(&Folded, &[u8])> = None;
    for ((key, name), record) in &folded {
        cancel.check()?;
        if let Some((other_key, other)) = before.replace((key, name)) {
            let same = parts(key.0.as_bytes()).zip(parts(other_key.0.as_bytes())).take_while(|(a, b)| a == b).count();
            let differs = parts(name).zip(parts(other)).take(same).position(|(a, b)| a != b);
            let Some(depth) = differs else { continue };
            let own: Vec<_> = parts(name).take(depth + 1).collect();
            let others: Vec<_> = parts(other).take(depth + 1).collect();
            if told.insert(own.join(&b'/')) {
                let (code, how) = difference(&own.join(&b'/'), &others.join(&b'/'));
                problems.entry(code, record, || format!("differs from {} by {how} alone", shown(&others.join(&b'/'))));
            }
        }
    }
    Ok(())
}

fn difference(own: &[u8], other: &[u8]) -> (ProblemCode, &'static str) {
    let composed = |text: &[u8]| String::from_utf8_lossy(text).nfc().collect::<String>();
    if composed(own) == composed(other) {
        (ProblemCode::NamesDifferByNormalization, "the way its accents are written")
    } else {
        (ProblemCode::NamesDifferByCase, "upper and lower case")
    }
}

/// A name without what such a disk makes no difference of, in the order of [`Key`].
#[derive(Debug, PartialEq, Eq)]
struct Folded(String);

impl Ord for Folded {
    fn cmp(&self, other: &Self) -> Ordering {
        Key(self.0.as_bytes()).cmp(&Key(other.0.as_bytes()))
    }
}

impl PartialOrd for Folded {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn fold(name: &str) -> String {
    if name.is_ascii() {
        name.to_ascii_lowercase()
    } else {
        name.nfc().collect::<String>().to_lowercase().nfc().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_are_in_the_order_of_their_parts(
            start in "(a/|bc/|[.]/|/){0,40}", one in "[ab./-]{0,8}", two in "[ab./-]{0,8}",
        ) {
            let (one, two) = (format!("{start}{one}"), format!("{start}{two}"));
            let (one, two) = (one.as_bytes(), two.as_bytes());
            let (own, others): (Vec<_>, Vec<_>) = (parts(one).collect(), parts(two).collect());
            prop_assert_eq!(Key(one).cmp(&Key(two)), own.cmp(&others));
            let within = others.len() > own.len() && others.starts_with(&own);
            prop_assert_eq!(Key(one).holds(Key(two)), within);
        }
    }
}
