//! What a stored piece of an archive is known by: the content that it was made of, and how.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// Content, and what was made of it. Two inputs with one key give the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Key {
    /// BLAKE3 of the content, its first 16 bytes. A cryptographic hash, because one package must not be able to pass
    /// its content off as another's.
    hash: [u8; 16],
    /// Bytes of the content.
    pub size: u64,
    /// How much of an entry it is.
    form: Form,
    /// How it is compressed.
    level: Level,
}

/// What an entry is known by: one key, or one for each piece; none for what is no file, or empty.
pub type Keys = SmallVec<[Key; 1]>;

/// How much of an entry some content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Form {
    /// All of it.
    Whole,
    /// A piece that others follow.
    Open,
    /// The last piece.
    Last,
}

/// How much time goes into a smaller archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Level {
    /// As little as makes sense.
    Fast,
    /// What gains the most for its time, file by file.
    #[default]
    Balanced,
    /// All that gains anything.
    Max,
    /// Always this one of libdeflate's, 1 to 12.
    Exactly(u8),
}

/// Up to here a file is tiny: setting up a thorough search takes longer than it saves.
const TINY: u64 = 1 << 10;
/// From here on a file is large: few files have most of the bytes, and a more thorough search takes its time there.
const LARGE: u64 = 128 << 10;

impl Level {
    /// libdeflate's level for a file of that size. By measurement on two trees of 140 and 250 MB: a step up from level 5
    /// saves about 2 bytes for each microsecond whatever the size, up to 5 it is 4 and more. For small files it is taken,
    /// because it makes the archive smaller than that of `zip -r`, and for large ones not, because it is most of the time.
    #[must_use]
    pub fn of_size(self, size: u64) -> u8 {
        match self {
            Self::Fast => 1,
            Self::Balanced if size <= TINY => 1,
            Self::Balanced if size < LARGE => 6,
            Self::Balanced => 5,
            Self::Max => 12,
            Self::Exactly(level) => level,
        }
    }
}

impl Key {
    /// Bytes of [`Key::to_bytes`].
    pub const SIZE: usize = 26;

    /// The key of `content`.
    #[must_use]
    pub fn of(content: &[u8], form: Form, level: Level) -> Self {
        let mut hash = [0; 16];
        hash.copy_from_slice(&blake3::hash(content).as_bytes()[..16]);
        Self { hash, size: content.len() as u64, form, level }
    }

    /// All of it in a fixed number of bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[..16].copy_from_slice(&self.hash);
        bytes[16..24].copy_from_slice(&self.size.to_le_bytes());
        bytes[24] = match self.form {
            Form::Whole => 0,
            Form::Open => 1,
            Form::Last => 2,
        };
        bytes[25] = match self.level {
            Level::Fast => 0,
            Level::Balanced => 1,
            Level::Max => 2,
            Level::Exactly(level) => level | 0x80,
        };
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_form_and_level_all_make_a_difference() {
        let key = Key::of(b"a", Form::Whole, Level::Fast);
        assert_eq!(key, Key::of(b"a", Form::Whole, Level::Fast));
        for other in [
            Key::of(b"b", Form::Whole, Level::Fast),
            Key::of(b"a", Form::Last, Level::Fast),
            Key::of(b"a", Form::Whole, Level::Exactly(1)),
        ] {
            assert_ne!(key, other);
            assert_ne!(key.to_bytes(), other.to_bytes());
        }
    }
}
