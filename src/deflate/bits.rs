//! Bits, written into bytes from the lowest on.

/// What was written. Bits wait in a word until a byte of them is there.
#[derive(Debug, Default)]
pub struct Bits {
    bytes: Vec<u8>,
    /// How many of `bytes` are written; those behind are room.
    at: usize,
    word: u64,
    count: u32,
}

impl Bits {
    /// At most this many bits go between two calls of [`Bits::flush`].
    pub const BETWEEN_FLUSHES: u32 = 56;

    /// Goes on behind these bytes.
    pub fn behind(bytes: Vec<u8>) -> Self {
        Self { at: bytes.len(), bytes, word: 0, count: 0 }
    }

    /// The bytes, after the end of one.
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.truncate(self.at);
        self.bytes
    }

    /// Makes room for `bits` more.
    pub fn reserve(&mut self, bits: u64) {
        // A flush writes a whole word, whatever of it counts.
        let room = self.at + usize::try_from(bits / 8).unwrap_or(usize::MAX / 2) + 2 * size_of::<u64>();
        if self.bytes.len() < room {
            self.bytes.resize(room, 0);
        }
    }

    /// Puts the lowest `count` bits of `value`, which has no others.
    #[inline(always)]
    pub fn put(&mut self, value: u64, count: u32) {
        self.word |= value << self.count;
        self.count += count;
    }

    /// Moves whole bytes out of the word. There has to be room.
    #[inline(always)]
    pub fn flush(&mut self) {
        if let Some(room) = self.bytes.get_mut(self.at..).and_then(<[u8]>::first_chunk_mut) {
            *room = self.word.to_le_bytes();
        }
        self.at += (self.count / 8) as usize;
        self.word >>= self.count & !7;
        self.count &= 7;
    }

    /// Ends on a byte; what is left of it is zero.
    pub fn align(&mut self) {
        self.reserve(8);
        self.count = self.count.next_multiple_of(8);
        self.flush();
    }

    /// Puts whole bytes, after the end of a byte.
    pub fn put_bytes(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len() as u64 * 8);
        if let Some(room) = self.bytes.get_mut(self.at..self.at + bytes.len()) {
            room.copy_from_slice(bytes);
        }
        self.at += bytes.len();
    }
}
