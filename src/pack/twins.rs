//! Names that are two here, and one on systems where the files may be unpacked: Windows and macOS take upper and lower
//! case for the same, and macOS each way to write a letter with an accent.

use std::hash::{BuildHasher, Hasher, RandomState};

use unicode_normalization::UnicodeNormalization;

use crate::pack::folders::Folder;
use crate::warning::{Severity, Warning, WarningCode};

/// A warning for each name in a folder that is the same as an earlier one, which it names. What is in two such folders is
/// not told again.
pub fn twins(folder: &Folder<'_>) -> Vec<Warning> {
    let folds = |name: &&str| name[folder.last..].bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii());
    // Of two such names at least one is another than the one that those systems compare.
    if !folder.children.iter().any(folds) {
        return Vec::new();
    }
    let state = RandomState::new();
    let mut hashed: Vec<_> = folder.children.iter().map(|name| (hash(&state, &name[folder.last..]), *name)).collect();
    hashed.sort_unstable();
    let mut warnings = Vec::new();
    for alike in hashed.chunk_by(|a, b| a.0 == b.0) {
        // Only with the first one: of many there would be too many pairs.
        let others = alike.iter().skip(1);
        warnings.extend(others.filter_map(|(_, name)| warning(alike[0].1, name)));
    }
    warnings.sort_by(|a, b| a.path.cmp(&b.path));
    warnings
}

/// A hash of the last part of a name as those systems see it.
fn hash(state: &RandomState, last: &str) -> u64 {
    let mut hasher = state.build_hasher();
    // Byte by byte in both cases: there are letters that become ASCII.
    if last.is_ascii() {
        last.bytes().for_each(|byte| hasher.write_u8(byte.to_ascii_lowercase()));
    } else {
        folded(last).1.bytes().for_each(|byte| hasher.write_u8(byte));
    }
    hasher.finish()
}

/// The parent as it is, and the last part as those systems see it.
fn folded(path: &str) -> (&str, String) {
    let (parent, last) = path.rsplit_once('/').unwrap_or(("", path));
    (parent, if last.is_ascii() { last.to_ascii_lowercase() } else { last.nfc().collect::<String>().to_lowercase() })
}

fn warning(one: &str, other: &str) -> Option<Warning> {
    if folded(one) != folded(other) {
        return None;
    }
    let (code, what) = if one.nfc().eq(other.nfc()) {
        (WarningCode::NamesDifferByNormalization, "the way in which letters with accents are written")
    } else {
        (WarningCode::NamesDifferByCase, "upper and lower case")
    };
    // Names that look alike are told apart by what is in them.
    let shown = |name: &str| if one.is_ascii() && other.is_ascii() { name.to_owned() } else { escaped(name) };
    let message = format!(
        "{} and {} differ only by {what}; Windows and macOS unpack one over the other.",
        shown(one),
        shown(other)
    );
    Some(Warning { code, severity: Severity::Warning, message, path: Some(one.to_owned()) })
}

/// The name, and behind it the letters that are not ASCII by their numbers.
fn escaped(name: &str) -> String {
    let letters: Vec<_> = name.chars().filter(|c| !c.is_ascii()).map(|c| format!("U+{:04X}", u32::from(c))).collect();
    if letters.is_empty() { name.to_owned() } else { format!("{name} ({})", letters.join(" ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::folders::folders;

    fn of(names: &[&str]) -> Vec<(WarningCode, String, String)> {
        let mut names = names.to_vec();
        names.sort_unstable();
        let warnings = folders(names.into_iter()).into_iter().flat_map(|folder| twins(&folder));
        warnings.map(|one| (one.code, one.path.unwrap(), one.message)).collect()
    }

    #[test]
    fn files_and_folders_that_are_one_elsewhere_are_told_once() {
        let found = of(&["Lib/a.js", "lib/b.js", "lib/B.js", "lib/c.js", "Lib/c.js", "other"]);
        let pairs: Vec<_> = found.iter().map(|(code, path, _)| (*code, path.as_str())).collect();
        assert_eq!(pairs, [(WarningCode::NamesDifferByCase, "lib/B.js"), (WarningCode::NamesDifferByCase, "Lib")]);
        assert!(found[0].2.contains("lib/B.js and lib/b.js"));
        assert_eq!(of(&["Ä", "ä"])[0].0, WarningCode::NamesDifferByCase);
    }

    #[test]
    fn a_folder_after_a_file_that_begins_like_it_is_seen() {
        assert_eq!(of(&["Lib/a.js", "lib.js", "lib/b.js"])[0].1, "Lib");
    }

    #[test]
    fn letters_with_accents_are_told_with_their_numbers() {
        let found = of(&["caf\u{e9}.js", "cafe\u{301}.js"]);
        assert_eq!(found[0].0, WarningCode::NamesDifferByNormalization);
        assert!(found[0].2.contains("(U+00E9)") && found[0].2.contains("(U+0301)"), "{}", found[0].2);
    }

    #[test]
    fn of_many_each_is_told_with_the_first() {
        let found = of(&["abc", "ABC", "Abc", "aBc"]);
        assert_eq!(found.iter().map(|(_, path, _)| path.as_str()).collect::<Vec<_>>(), ["ABC"; 3]);
    }

    #[test]
    fn a_letter_that_becomes_ascii_has_twins_there() {
        assert_eq!(of(&["k.js", "\u{212a}.js"]).len(), 1);
    }

    #[test]
    fn other_names_are_no_twins() {
        assert_eq!(of(&["a/b", "A-", "a-", "b/a"]).len(), 1);
        assert_eq!(of(&["node_modules/a/x", "node_modules/b/x", "x", "y/x"]), []);
    }
}
