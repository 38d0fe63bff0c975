//! The number that hashes are made with: whoever does not know it can make no two contents with one hash, nor the hash
//! of anything.
//!
//! `HighwayHash` is made for that, and is several times faster than a hash that anybody can compute and nobody can break:
//! see docs/architecture.md.

use std::fmt::{Debug, Formatter};
use std::io;

use highway::{HighwayHash, HighwayHasher, Key};

/// A hash, in bytes.
pub const HASH_SIZE: usize = 16;

/// Known to nobody but the packs that share a cache.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret([u8; Secret::SIZE]);

impl Secret {
    /// Bytes of it.
    pub const SIZE: usize = 32;

    /// A new one.
    ///
    /// # Errors
    /// What the system answers that has no random numbers.
    pub fn random() -> io::Result<Self> {
        let mut bytes = [0; Self::SIZE];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// One that was kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::SIZE]) -> Self {
        Self(bytes)
    }

    /// To be kept.
    #[must_use]
    pub fn bytes(&self) -> &[u8; Self::SIZE] {
        &self.0
    }

    /// The hash of all parts, one after the other.
    #[must_use]
    pub fn hash(&self, parts: &[&[u8]]) -> [u8; HASH_SIZE] {
        let (numbers, _) = self.0.as_chunks();
        let mut key = [0; 4];
        for (number, bytes) in key.iter_mut().zip(numbers) {
            *number = u64::from_le_bytes(*bytes);
        }
        let mut hasher = HighwayHasher::new(Key(key));
        for part in parts {
            hasher.append(part);
        }
        let mut hash = [0; HASH_SIZE];
        let (halves, _) = hash.as_chunks_mut();
        for (half, number) in halves.iter_mut().zip(hasher.finalize128()) {
            *half = number.to_le_bytes();
        }
        hash
    }
}

impl Debug for Secret {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_of_the_bytes_and_of_the_secret() {
        let secret = Secret::from_bytes([7; Secret::SIZE]);
        let long = vec![5; 5000];
        for at in [0, 1, 31, 32, 33, 64, 4999, 5000] {
            assert_eq!(secret.hash(&[&long[..at], &long[at..]]), secret.hash(&[&long]), "{at}");
        }
        assert_ne!(secret.hash(&[&long]), secret.hash(&[&long[1..]]));
        assert_ne!(secret.hash(&[b"a"]), Secret::random().unwrap().hash(&[b"a"]));
        assert_ne!(Secret::random().unwrap(), Secret::random().unwrap());
        assert_eq!(format!("{secret:?}"), "Secret");
    }

    #[test]
    fn the_hash_is_highway_hash() {
        // The first two of the test vectors that its authors publish for 128 bits, of the bytes 0, 1, 2, …
        let secret = Secret::from_bytes(std::array::from_fn(|index| u8::try_from(index).unwrap()));
        let expected: [[u64; 2]; 2] =
            [[0x0FED_268F_9D8F_FEC7, 0x3356_5E76_7F09_3E6F], [0xD6B0_A889_3681_E7A8, 0xDC29_1DF9_EB9C_DCB4]];
        for (length, expected) in (0_u8..).zip(expected) {
            let bytes: Vec<u8> = (0..length).collect();
            assert_eq!(secret.hash(&[&bytes]), std::array::from_fn(|at| expected[at / 8].to_le_bytes()[at % 8]));
        }
    }
}
