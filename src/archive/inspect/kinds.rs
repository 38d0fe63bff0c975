//! What an entry becomes when it is unpacked, by its name and mode, and whether the function can use that.

use super::directory::{Catalogue, Record};
use super::problems::{ProblemCode, Problems};

/// Systems whose modes are those of Unix (APPNOTE 4.4.2): Unix, and macOS.
const UNIX: [u8; 2] = [3, 19];

const TYPE: u32 = 0o170_000;
const FILE: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;
const LINK: u32 = 0o120_000;
const SPECIAL_BITS: u32 = 0o7000;
const READ_FOR_ALL: u32 = 0o004;
const READ_AND_ENTER_FOR_ALL: u32 = 0o005;

/// What an entry becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
    Link,
    Other,
}

impl Record {
    /// The mode with its type bits, where the archive was made on a system that has such, and says it.
    pub fn mode(&self) -> Option<u32> {
        let mode = self.attributes >> 16;
        (UNIX.contains(&self.system) && mode != 0).then_some(mode)
    }
}

/// By the mode where it tells, otherwise by the slash at the end of the name.
pub fn kind(record: &Record, name: &[u8]) -> Kind {
    match record.mode().map_or(0, |mode| mode & TYPE) {
        FOLDER => Kind::Folder,
        LINK => Kind::Link,
        0 | FILE if name.ends_with(b"/") => Kind::Folder,
        0 | FILE => Kind::File,
        _ => Kind::Other,
    }
}

/// Looks at what one entry becomes.
pub fn check(catalogue: &Catalogue, record: &Record, problems: &mut Problems) {
    let mode = record.mode();
    let slash = catalogue.name(record).ends_with(b"/");
    let kind = catalogue.kind(record);
    let file_by_mode = mode.is_some_and(|mode| mode & TYPE == FILE);
    if slash && (kind != Kind::Folder || file_by_mode) {
        problems.entry(ProblemCode::KindUnclear, record, || {
            "has the name of a folder, and a mode that is not a folder's".to_owned()
        });
    }
    if !slash && kind == Kind::Folder {
        problems.entry(ProblemCode::KindUnclear, record, || {
            "has the mode of a folder, and a name that is not a folder's".to_owned()
        });
    }
    if kind == Kind::Folder && record.size > 0 {
        let phrase = || format!("is a folder, and has {} bytes of content", record.size);
        problems.entry(ProblemCode::FolderWithData, record, phrase);
    }
    if kind == Kind::Other {
        problems.entry(ProblemCode::SpecialFile, record, || "is a device, FIFO or socket".to_owned());
    }
    let Some(mode) = mode else { return };
    if mode & SPECIAL_BITS != 0 {
        let phrase = || format!("has set-uid, set-gid or sticky bits: its mode is {:04o}", mode & 0o7777);
        problems.entry(ProblemCode::ModeSpecialBits, record, phrase);
    }
    // Lambda unpacks as one user and runs the function as another:
    // https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
    let (needed, wanted) = match kind {
        Kind::File => (READ_FOR_ALL, "files need 0644 or more"),
        Kind::Folder => (READ_AND_ENTER_FOR_ALL, "folders need 0755 or more"),
        Kind::Link | Kind::Other => return,
    };
    if mode & needed != needed {
        let phrase = || format!("cannot be read by the function: its mode is {:04o}, and {wanted}", mode & 0o7777);
        problems.entry(ProblemCode::ModeUnreadable, record, phrase);
    }
}
