//! What is wrong with a name by itself.

use super::directory::{Catalogue, Record, UTF8};
use super::problems::{ProblemCode, Problems, shown};

/// Bytes of the longest path that Linux takes, without the NUL at its end.
pub const LONGEST: usize = 4095;
/// Bytes of the longest part of a path on the file systems that Lambda uses.
const LONGEST_PART: usize = 255;

/// A name or text as it is told: to the letter, or with `\xNN` when it is not UTF-8.
pub fn written(name: &[u8]) -> String {
    str::from_utf8(name).map_or_else(|_| name.escape_ascii().to_string(), str::to_owned)
}

/// The parts that a system goes through: neither empty ones nor `.`.
pub fn parts(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    name.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".")
}

/// Looks at the name of one entry.
pub fn check(catalogue: &Catalogue, record: &Record, problems: &mut Problems) {
    let name = catalogue.name(record);
    for (code, phrase) in wrong(name) {
        problems.entry(code, record, || phrase.to_owned());
    }
    let unicode = catalogue.extra(record).unicode_path;
    match str::from_utf8(name) {
        Err(_) => problems.entry(ProblemCode::NameNotUtf8, record, || "has a name that is not UTF-8".to_owned()),
        Ok(text) if !text.is_ascii() && record.flags & UTF8 == 0 && unicode.is_none() => {
            problems.entry(ProblemCode::NameWithoutUtf8Flag, record, || {
                "has a name in UTF-8 that is not marked as such; many readers garble it".to_owned()
            });
        }
        Ok(_) => {}
    }
    // The CRC tells whether the name was changed after the field was made (APPNOTE 4.6.9); not all readers look.
    if let Some((crc, other)) = unicode.filter(|(crc, other)| *other != name || *crc != crc32fast::hash(name)) {
        let stale = if crc == crc32fast::hash(name) { "" } else { ", made for another name" };
        let phrase = || format!("has the second name {} in an extra field{stale}", shown(other));
        problems.entry(ProblemCode::UnicodePathDiffers, record, phrase);
    }
}

/// What is wrong with a name, whatever the entry is.
fn wrong(name: &[u8]) -> impl Iterator<Item = (ProblemCode, &'static str)> {
    let own = name.strip_suffix(b"/").unwrap_or(name);
    let any = |test: fn(&[u8]) -> bool| own.split(|byte| *byte == b'/').any(test);
    let drive = own.len() > 1 && own[0].is_ascii_alphabetic() && own[1] == b':';
    let found = [
        (name.is_empty(), ProblemCode::NameEmpty, "has no name"),
        (
            name.starts_with(b"/") || name.starts_with(b"\\") || drive,
            ProblemCode::NameAbsolute,
            "has a name that begins at the root of a disk",
        ),
        (
            // A backslash separates on Windows.
            name.split(|byte| matches!(byte, b'/' | b'\\')).any(|part| part == b".."),
            ProblemCode::NameDotDot,
            "has a name with `..`, which may lead out of the package",
        ),
        (
            name.contains(&b'\\'),
            ProblemCode::NameBackslash,
            "has a name with a backslash, which is no separator on Lambda",
        ),
        (name.contains(&0), ProblemCode::NameNul, "has a name with a NUL character, at which some readers cut it"),
        (
            name.len() > LONGEST || any(|part| part.len() > LONGEST_PART),
            ProblemCode::NameTooLong,
            "has a name of more than 4,095 bytes, or a part of more than 255, which cannot be unpacked",
        ),
        (
            !name.is_empty() && !name.starts_with(b"/") && any(|part| part.is_empty() || part == b"."),
            ProblemCode::NameNotNormal,
            "has a name with empty parts or `.`",
        ),
        (
            String::from_utf8_lossy(name).chars().any(confusing),
            ProblemCode::NameControlCharacter,
            "has a name with control characters, or such that change the direction of text",
        ),
    ];
    found.into_iter().filter(|(is, ..)| *is).map(|(_, code, phrase)| (code, phrase))
}

/// Characters that a terminal or an editor does not show as what they are. NUL is told apart.
fn confusing(character: char) -> bool {
    character != '\0' && character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(name: &[u8]) -> Vec<ProblemCode> {
        wrong(name).map(|(code, _)| code).collect()
    }

    #[test]
    fn ordinary_names_are_well() {
        for name in ["index.js", "a/b/", "é/ü.js", "..a/b..", "a b/.c", "c:d".trim_start_matches("c:"), "日本/語"]
        {
            assert_eq!(codes(name.as_bytes()), [], "{name}");
        }
    }

    #[test]
    fn each_bad_name_is_told() {
        use ProblemCode::*;
        let long = [vec![b'n'; 256], b"/a".to_vec()].concat();
        let deep = b"ab/".repeat(1366);
        let table: &[(&[u8], &[ProblemCode])] = &[
            (b"", &[NameEmpty]),
            (b"/etc/passwd", &[NameAbsolute]),
            (b"/", &[NameAbsolute]),
            (b"C:/a", &[NameAbsolute]),
            (b"c:a", &[NameAbsolute]),
            (b"\\\\host\\a", &[NameAbsolute, NameBackslash]),
            (b"a\\b", &[NameBackslash]),
            (b"..\\a", &[NameDotDot, NameBackslash]),
            (b"../a", &[NameDotDot]),
            (b"a/../b", &[NameDotDot]),
            (b"a/..", &[NameDotDot]),
            (b"..", &[NameDotDot]),
            (b"a//b", &[NameNotNormal]),
            (b"a//", &[NameNotNormal]),
            (b"./a", &[NameNotNormal]),
            (b".", &[NameNotNormal]),
            (b"./", &[NameNotNormal]),
            (b"a\0.js", &[NameNul]),
            (b"a\n", &[NameControlCharacter]),
            ("a\u{202e}sj".as_bytes(), &[NameControlCharacter]),
            (&long, &[NameTooLong]),
            (&deep, &[NameTooLong]),
        ];
        for (name, expected) in table {
            assert_eq!(codes(name), *expected, "{}", name.escape_ascii());
        }
    }

    #[test]
    fn what_is_not_utf8_is_escaped_and_the_rest_is_not() {
        assert_eq!(written("é\n".as_bytes()), "é\n");
        assert_eq!(written(b"a\xff\\"), "a\\xff\\\\");
    }
}
