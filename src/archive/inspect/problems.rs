//! What can be wrong with an archive, each under a stable name.

use std::collections::BTreeMap;

use super::directory::{Catalogue, Record};
use super::names;

/// Problems of one code that are told one by one.
const TOLD_EACH: u64 = 100;
/// Characters of a name or link in a message.
const SHOWN: usize = 120;

/// How bad a [`Problem`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Unpacking it does harm, gives other files on other systems, or fails, or Lambda cannot use what comes out.
    Error,
    /// Unusual, or of use to somebody only; what comes out is as declared.
    Warning,
}

/// Something that is wrong with an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A stable name for it.
    pub code: ProblemCode,
    /// How bad it is; the same for all of one code.
    pub severity: Severity,
    /// A sentence for people.
    pub message: String,
    /// The name of the entry that it is about, as in [`super::InspectedEntry`]; none when it is about the archive.
    pub entry: Option<String>,
}

macro_rules! codes {
    ($($(#[$doc:meta])+ $variant:ident = $text:literal $severity:ident,)+) => {
        /// A stable name for something that is wrong with an archive.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ProblemCode {
            $($(#[$doc])+ $variant,)+
        }

        impl ProblemCode {
            /// Every code.
            pub const ALL: &'static [ProblemCode] = &[$(ProblemCode::$variant,)+];

            /// The code as users see it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(ProblemCode::$variant => $text,)+
                }
            }

            /// How bad it is.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self {
                    $(ProblemCode::$variant => Severity::$severity,)+
                }
            }
        }
    };
}

codes! {
    /// No end record: the file is no archive, or was cut short.
    EndRecordMissing = "END_RECORD_MISSING" Error,
    /// More than one end record: which archive it is depends on the reader.
    SeveralEndRecords = "SEVERAL_END_RECORDS" Error,
    /// A part of an archive on several disks.
    MultiDisk = "MULTI_DISK" Error,
    /// A Zip64 record or field that is missing or broken.
    Zip64Broken = "ZIP64_BROKEN" Error,
    /// A Zip64 record or field that says other than the old one.
    Zip64Disagrees = "ZIP64_DISAGREES" Error,
    /// The central directory is not where the end record says.
    DirectoryMisplaced = "DIRECTORY_MISPLACED" Error,
    /// The central directory is longer or shorter than the end record says.
    DirectorySizeWrong = "DIRECTORY_SIZE_WRONG" Error,
    /// The central directory is larger than what is read.
    DirectoryTooLarge = "DIRECTORY_TOO_LARGE" Error,
    /// A record of the central directory is broken.
    DirectoryBroken = "DIRECTORY_BROKEN" Error,
    /// The end record counts more or fewer entries than there are.
    EntryCountWrong = "ENTRY_COUNT_WRONG" Error,
    /// Bytes after the end record and its comment: some readers find no end record then.
    TrailingBytes = "TRAILING_BYTES" Error,
    /// No file at all.
    NoFiles = "NO_FILES" Error,
    /// More unzipped bytes than Lambda takes.
    UnzippedTooLarge = "UNZIPPED_TOO_LARGE" Error,
    /// Another reader, the `zip` crate, refuses the archive or sees other entries.
    ReadersDisagree = "READERS_DISAGREE" Error,
    /// Something was not checked, because it would have cost too much.
    NotChecked = "NOT_CHECKED" Error,

    /// An entry without a local header.
    LocalHeaderMissing = "LOCAL_HEADER_MISSING" Error,
    /// A local header that says other than the central directory.
    LocalHeaderDiffers = "LOCAL_HEADER_DIFFERS" Error,
    /// An extra field that is cut short, or there twice: many readers refuse the archive.
    ExtraFieldBroken = "EXTRA_FIELD_BROKEN" Error,
    /// What follows an entry's data says other than the central directory, or is not there.
    DataDescriptorWrong = "DATA_DESCRIPTOR_WRONG" Error,
    /// An entry's data goes beyond the end of the file.
    DataCutShort = "DATA_CUT_SHORT" Error,
    /// Entries that share bytes with others or with the central directory.
    EntriesOverlap = "ENTRIES_OVERLAP" Error,
    /// An entry that the central directory does not list, and that readers of streams see.
    HiddenEntry = "HIDDEN_ENTRY" Error,
    /// Encrypted.
    Encrypted = "ENCRYPTED" Error,
    /// Needs a newer form of the format than readers know.
    VersionUnsupported = "VERSION_UNSUPPORTED" Error,
    /// Neither stored nor deflated.
    MethodUnsupported = "METHOD_UNSUPPORTED" Error,
    /// The data is no deflate stream, or ends in the middle of one.
    DataBroken = "DATA_BROKEN" Error,
    /// More or fewer bytes than declared.
    SizeWrong = "SIZE_WRONG" Error,
    /// Other bytes than declared.
    CrcWrong = "CRC_WRONG" Error,
    /// Bytes between the end of the deflate stream and the end of the entry.
    DataAfterStream = "DATA_AFTER_STREAM" Error,

    /// No name.
    NameEmpty = "NAME_EMPTY" Error,
    /// A name that begins at the root of a disk.
    NameAbsolute = "NAME_ABSOLUTE" Error,
    /// A name with a part `..`.
    NameDotDot = "NAME_DOT_DOT" Error,
    /// A name with a backslash: a part of the name on Lambda, and a separator on Windows.
    NameBackslash = "NAME_BACKSLASH" Error,
    /// A name with a NUL character.
    NameNul = "NAME_NUL" Error,
    /// A name that is not UTF-8.
    NameNotUtf8 = "NAME_NOT_UTF8" Error,
    /// A name that is longer than Linux takes.
    NameTooLong = "NAME_TOO_LONG" Error,
    /// A second name, in an extra field, that is another one.
    UnicodePathDiffers = "UNICODE_PATH_DIFFERS" Error,
    /// Two entries of one name.
    NameDuplicate = "NAME_DUPLICATE" Error,
    /// An entry in something that is a file.
    FileIsFolder = "FILE_IS_FOLDER" Error,
    /// The name says folder and the mode does not, or the reverse.
    KindUnclear = "KIND_UNCLEAR" Error,
    /// A folder with content.
    FolderWithData = "FOLDER_WITH_DATA" Error,
    /// A device, FIFO or socket.
    SpecialFile = "SPECIAL_FILE" Error,
    /// A file or folder that the function will not be able to read.
    ModeUnreadable = "MODE_UNREADABLE" Error,
    /// A link to an absolute path.
    LinkAbsolute = "LINK_ABSOLUTE" Error,
    /// A link that leads out of the package.
    LinkLeavesPackage = "LINK_LEAVES_PACKAGE" Error,
    /// A link without a text that a link can have.
    LinkInvalid = "LINK_INVALID" Error,
    /// An entry whose name leads through a link.
    EntryBelowLink = "ENTRY_BELOW_LINK" Error,

    /// Bytes before the first entry: readers of streams see no entry at all.
    LeadingBytes = "LEADING_BYTES" Warning,
    /// Bytes between entries, or between them and the directory, that belong to nothing: readers of streams stop there.
    HiddenBytes = "HIDDEN_BYTES" Warning,
    /// A comment for the archive.
    ArchiveComment = "ARCHIVE_COMMENT" Warning,
    /// Stored, with its size behind it: readers of streams cannot tell where it ends, and Java's refuses it.
    StoredWithDescriptor = "STORED_WITH_DESCRIPTOR" Warning,
    /// Not ASCII, and not said to be UTF-8: many readers take it for code page 437.
    NameWithoutUtf8Flag = "NAME_WITHOUT_UTF8_FLAG" Warning,
    /// A name with empty parts or parts `.`.
    NameNotNormal = "NAME_NOT_NORMAL" Warning,
    /// A name with control characters, or such that change the direction of text.
    NameControlCharacter = "NAME_CONTROL_CHARACTER" Warning,
    /// Names that differ by upper and lower case alone.
    NamesDifferByCase = "NAMES_DIFFER_BY_CASE" Warning,
    /// Names that look the same, with other code points.
    NamesDifferByNormalization = "NAMES_DIFFER_BY_NORMALIZATION" Warning,
    /// A mode with set-uid, set-gid or sticky bits.
    ModeSpecialBits = "MODE_SPECIAL_BITS" Warning,
    /// A link to nothing in the package, or to itself.
    LinkDangling = "LINK_DANGLING" Warning,
}

impl std::fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What was found: a phrase that goes on after "it" or after an entry's name.
struct Found {
    code: ProblemCode,
    record: Option<usize>,
    phrase: String,
}

/// Collects problems: the first of each code one by one, the others by their number.
#[derive(Default)]
pub struct Problems {
    found: Vec<Found>,
    counts: BTreeMap<ProblemCode, u64>,
}

impl Problems {
    /// Something about the archive as a whole.
    pub fn archive(&mut self, code: ProblemCode, phrase: impl Into<String>) {
        self.add(code, None, || phrase.into());
    }

    /// Something about an entry. The phrase is made only when it is told.
    pub fn entry(&mut self, code: ProblemCode, record: &Record, phrase: impl FnOnce() -> String) {
        self.add(code, Some(record.index), phrase);
    }

    fn add(&mut self, code: ProblemCode, record: Option<usize>, phrase: impl FnOnce() -> String) {
        let count = self.counts.entry(code).or_default();
        *count += 1;
        if *count <= TOLD_EACH {
            self.found.push(Found { code, record, phrase: phrase() });
        }
    }

    /// What the first error says of the archive, but for the codes that do not count.
    pub fn first_error(&self, but: &[ProblemCode]) -> Option<String> {
        let counts = |code: ProblemCode| code.severity() == Severity::Error && !but.contains(&code);
        let found = self.found.iter().find(|found| counts(found.code))?;
        let subject = if found.record.is_some() { "one of its entries" } else { "it" };
        Some(format!("{subject} {}", found.phrase))
    }

    /// Everything in its order, with names.
    pub fn told(mut self, catalogue: &Catalogue) -> Vec<Problem> {
        self.found.sort_by_key(|found| (found.code.severity(), found.record));
        let more = self.counts.iter().filter(|(_, count)| **count > TOLD_EACH).map(|(code, count)| Problem {
            code: *code,
            severity: code.severity(),
            message: format!("The archive has {} more problems of the kind {code}", count - TOLD_EACH),
            entry: None,
        });
        let each = self.found.iter().map(|Found { code, record, phrase }| {
            let entry = record.and_then(|index| catalogue.records.get(index)).map(|record| catalogue.name(record));
            let message = match entry {
                Some(name) => format!("The entry {} {phrase}", shown(name)),
                None => format!("The archive {phrase}"),
            };
            Problem { code: *code, severity: code.severity(), message, entry: entry.map(names::written) }
        });
        let mut told: Vec<_> = each.chain(more).collect();
        told.sort_by_key(|problem| problem.severity);
        told
    }
}

/// A name or text for a message: on one line, and not too long.
pub fn shown(text: &[u8]) -> String {
    let mut all = String::from_utf8_lossy(text.get(..4 * SHOWN).unwrap_or(text)).escape_debug().to_string();
    if let Some((end, _)) = all.char_indices().nth(SHOWN) {
        all.truncate(end);
        all.push('…');
    }
    if all.is_empty() { "\"\"".to_owned() } else { all }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_errors_come_first() {
        let texts: BTreeSet<_> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), ProblemCode::ALL.len());
        assert!(ProblemCode::ALL.is_sorted_by_key(|code| code.severity()));
    }

    #[test]
    fn documentation_and_types_list_exactly_the_codes() {
        let codes: BTreeSet<_> = ProblemCode::ALL.iter().map(|code| code.as_str().to_owned()).collect();
        let listed = |file: &str, before: &str, after: char| -> BTreeSet<String> {
            let text = std::fs::read_to_string(format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
            let code = |line: &str| Some(line.strip_prefix(before)?.split(after).next()?.to_owned());
            text.lines().filter_map(code).collect()
        };
        assert_eq!(listed("dts-header.d.ts", "  '", '\''), codes, "dts-header.d.ts");
        assert_eq!(listed("docs/archives.md", "| `", '`'), codes, "docs/archives.md");
    }

    #[test]
    fn names_are_shown_on_one_line_and_cut() {
        assert_eq!(shown(b""), "\"\"");
        assert_eq!(shown(b"a\nb\xff"), "a\\nb\u{fffd}");
        assert_eq!(shown(&[b'n'; 5000]).chars().count(), SHOWN + 1);
    }
}
