//! What a stored piece of an archive is known by: the content that it was made of, and how.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::deflate::Effort;
use crate::pack::secret::{HASH_SIZE, Secret};

/// Content, and what was made of it. Two inputs with one key give the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Key {
    /// Of the content, by a secret, because one package must not be able to pass its content off as another's.
    #[serde(with = "serde_bytes")]
    hash: [u8; HASH_SIZE],
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
    /// The same for all files, from 1, the quickest, to 12.
    Exactly(u8),
}

/// From here on a file is large: few files have most of the bytes, and a more thorough search takes its time there.
const LARGE: u64 = 1 << 20;

impl Level {
    /// What is done for a file of that size. By measurement on three trees of 120 to 250 MB: see docs/architecture.md.
    #[must_use]
    pub fn of_size(self, size: u64) -> Effort {
        match self {
            Self::Fast => Effort::Fast,
            Self::Balanced if size < LARGE => Effort::Lazy { depth: 16, enough: 32 },
            Self::Balanced => Effort::Lazy { depth: 10, enough: 16 },
            Self::Max => effort(12),
            Self::Exactly(level) => effort(level),
        }
    }
}

/// The steps between the quickest and the smallest: each is smaller than the one before it, and takes longer. From 10 on
/// it is several times as long.
fn effort(level: u8) -> Effort {
    let lazy = |depth, enough| Effort::Lazy { depth, enough };
    let optimal = |depth, enough, passes| Effort::Optimal { depth, enough, passes };
    match level {
        0 | 1 => Effort::Fast,
        2 => lazy(2, 8),
        3 => lazy(4, 8),
        4 => lazy(6, 16),
        5 => lazy(10, 16),
        6 => lazy(16, 32),
        7 => lazy(32, 64),
        8 => lazy(64, 128),
        9 => lazy(128, 258),
        10 => optimal(20, 96, 1),
        11 => optimal(32, 128, 2),
        _ => optimal(100, 258, 3),
    }
}

impl Key {
    /// Bytes of [`Key::to_bytes`].
    pub const SIZE: usize = HASH_SIZE + 10;

    /// The key of what is behind the first `known` bytes of `content`: what they are makes a difference too.
    #[must_use]
    pub fn of(content: &[u8], known: usize, form: Form, level: Level, secret: Secret) -> Self {
        Self { hash: secret.hash(&[content]), size: (content.len() - known) as u64, form, level }
    }

    /// All of it in a fixed number of bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[..HASH_SIZE].copy_from_slice(&self.hash);
        bytes[HASH_SIZE..HASH_SIZE + 8].copy_from_slice(&self.size.to_le_bytes());
        bytes[HASH_SIZE + 8] = match self.form {
            Form::Whole => 0,
            Form::Open => 1,
            Form::Last => 2,
        };
        bytes[HASH_SIZE + 9] = match self.level {
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
        let secret = Secret::from_bytes([1; Secret::SIZE]);
        let key = |content: &[u8], known, form, level| Key::of(content, known, form, level, secret);
        let first = key(b"a", 0, Form::Whole, Level::Fast);
        assert_eq!(first, key(b"a", 0, Form::Whole, Level::Fast));
        for other in [
            key(b"b", 0, Form::Whole, Level::Fast),
            key(b"a", 0, Form::Last, Level::Fast),
            key(b"a", 0, Form::Whole, Level::Exactly(1)),
            key(b"a", 1, Form::Whole, Level::Fast),
        ] {
            assert_ne!(first, other);
            assert_ne!(first.to_bytes(), other.to_bytes());
        }
        // The same after other bytes, to which its matches may refer.
        assert_ne!(key(b"xa", 1, Form::Open, Level::Fast), key(b"ya", 1, Form::Open, Level::Fast));
    }
}
