//! Regular files, and what is none. Nothing else is ever opened: a FIFO would wait for ever.

use std::fs::{File, FileType};
use std::path::Path;

use crate::error::Error;

/// Opens a regular file through whatever links lead to it, never waiting on a FIFO.
///
/// # Errors
/// [`Error::ReadFailed`], [`Error::SpecialFile`].
pub fn open(path: &Path) -> Result<File, Error> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC);
    }
    let file = options.open(path).map_err(Error::read(path))?;
    let kind = file.metadata().map_err(Error::read(path))?.file_type();
    if kind.is_file() { Ok(file) } else { Err(Error::SpecialFile { path: path.to_owned(), kind: special_kind(kind) }) }
}

/// More than any file has that people or package managers write. Sparse files can be of any size.
const LONGEST_TEXT: u64 = 16 << 20;

/// The text of a file; nothing when it does not exist.
///
/// # Errors
/// [`Error::ReadFailed`], [`Error::SpecialFile`].
pub fn read_text(path: &Path) -> Result<Option<String>, Error> {
    use std::io::Read;
    let mut text = String::new();
    match open(path) {
        Ok(file) => match file.take(LONGEST_TEXT + 1).read_to_string(&mut text) {
            Ok(length) if length as u64 > LONGEST_TEXT => {
                let cause = std::io::Error::new(std::io::ErrorKind::FileTooLarge, "it has more than 16 MiB");
                Err(Error::ReadFailed { path: path.to_owned(), cause })
            }
            Ok(_) => Ok(Some(text)),
            Err(cause) => Err(Error::ReadFailed { path: path.to_owned(), cause }),
        },
        Err(Error::ReadFailed { cause, .. }) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a file that is neither regular, folder nor link is called.
#[must_use]
pub fn special_kind(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a FIFO";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "a device";
        }
    }
    if kind.is_symlink() {
        "a link"
    } else if kind.is_dir() {
        "a folder"
    } else {
        "neither a file nor a folder"
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_told_and_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
        // A socket cannot be opened at all; a folder can, and is none of our files either.
        assert!(open(&path).is_err());
        assert!(matches!(open(folder.path()), Err(Error::SpecialFile { kind: "a folder", .. })));
        assert_eq!(read_text(&folder.path().join("missing")).unwrap(), None);
    }
}
