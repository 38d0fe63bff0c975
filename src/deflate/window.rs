//! The last 32 KiB and the bytes that come next, with what is needed to find them again.
//!
//! Places are indices into a buffer of 64 KiB, so they fit into `u16`, and an index that is one needs no check. When
//! its upper half is used up, it moves down, and all places that are remembered with it.

use super::symbols::{MAX_DISTANCE, MAX_MATCH};

/// Where the window moves down: what is done with a place before this stays below 64 KiB.
const MOVE_AT: usize = (1 << 16) - 1024;
/// Room behind the last place, for the longest match and a whole word.
const BEHIND: usize = 512;
const SIZE: usize = (1 << 16) + BEHIND;

/// The bytes that are compared at once.
const WORD: usize = 8;

/// How many bits of a hash are used for places of four bytes, at most. More bits would be as quick for large inputs,
/// fewer lead to places that have other bytes.
pub const BITS_FOUR: u32 = 17;
/// The same for three bytes. Few, as such a match is worth it only when it is near.
pub const BITS_THREE: u32 = 12;
/// The same for pairs of places.
pub const BITS_PAIR: u32 = 14;
/// How many places are looked at to put one of the known bytes into its tree.
const DEPTH_OF_KNOWN: u32 = 64;
/// What short inputs have.
const FEWEST_BITS: u32 = 8;

/// How places are found again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finder {
    /// All of the last 32 KiB, from the newest on.
    Chains,
    /// All of the last 32 KiB, with matches of all lengths.
    Trees,
    /// The newest two alone.
    Pairs,
}

/// A match: so many bytes are those that lie so far back. Length 0 to 2: none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// How many bytes.
    pub length: usize,
    /// How far back.
    pub distance: usize,
}

/// The place of the next byte, and where its hashes lead to. Not a part of the window, so that it stays in registers.
#[derive(Debug, Clone, Copy)]
pub struct Cursor {
    pub(super) at: usize,
    /// The place behind the last byte of the input; may be far behind the buffer.
    pub(super) end: usize,
    /// The bits of a hash that are used.
    pub(super) mask: u32,
    /// Hashes of the next place that is remembered. They and where they lead to are known one place ahead: what is
    /// remembered is seldom near, and would be waited for.
    pub(super) hashes: [u32; 2],
    /// Where they lead to.
    pub(super) newest: [u16; 2],
}

/// See the module.
#[derive(Debug)]
pub struct Window {
    pub(super) bytes: [u8; SIZE],
    /// The newest place for each hash of four bytes. Place 0 is none.
    pub(super) fours: [u16; 1 << BITS_FOUR],
    /// The newest place for each hash of three bytes.
    pub(super) threes: [u16; 1 << BITS_THREE],
    /// For each place the one before it with the same hash of four bytes.
    pub(super) before: [u16; MAX_DISTANCE],
    /// For each place the two below it in its tree.
    pub(super) children: [[u16; 2]; MAX_DISTANCE],
    /// The newest two places for each hash of four bytes, or of three for trees.
    pub(super) pairs: [[u16; 2]; 1 << BITS_PAIR],
    finder: Finder,
    /// The place behind the last byte that is in the buffer.
    filled: usize,
    /// How many bytes of the input are in the buffer, or were.
    taken: usize,
}

impl Cursor {
    /// Bytes from the next one to the end.
    #[inline(always)]
    pub fn left(&self) -> usize {
        self.end - self.at
    }

    /// How many of them can be searched for, or found: the last few cannot, as a search compares words.
    #[inline(always)]
    pub fn searchable(&self) -> usize {
        self.left().saturating_sub(WORD - 1)
    }

    /// Whether the place after this one can be searched for before the window moves.
    #[inline(always)]
    pub fn may_look_ahead(&self) -> bool {
        self.at < (1 << 16) - MAX_MATCH - 2
    }

    /// Passes bytes that were searched for, or cannot be.
    #[inline(always)]
    pub fn pass(&mut self, count: usize) {
        self.at += count;
    }

    /// The oldest place that is too far back.
    #[inline(always)]
    pub(super) fn too_old(here: u16) -> u16 {
        here.saturating_sub(1 << 15)
    }
}

impl Window {
    /// An empty one.
    #[expect(clippy::large_stack_arrays, reason = "half a megabyte at most, once, and none where it is optimised")]
    pub fn new() -> Box<Self> {
        Box::new(Self {
            bytes: [0; SIZE],
            fours: [0; 1 << BITS_FOUR],
            threes: [0; 1 << BITS_THREE],
            before: [0; MAX_DISTANCE],
            children: [[0; 2]; MAX_DISTANCE],
            pairs: [[0; 2]; 1 << BITS_PAIR],
            finder: Finder::Chains,
            filled: 0,
            taken: 0,
        })
    }

    /// Begins with `input`, of which the first `known` bytes, 32 KiB at most, are there to be found only.
    pub fn begin(&mut self, input: &[u8], known: usize, finder: Finder) -> Cursor {
        self.finder = finder;
        let bits = input.len().next_power_of_two().ilog2().max(FEWEST_BITS);
        let at = MAX_DISTANCE - known;
        (self.filled, self.taken) = (at, 0);
        self.fill(input);
        let end = at + input.len();
        let mut cursor = Cursor { at, end, mask: (1 << bits.min(BITS_FOUR)) - 1, hashes: [0; 2], newest: [0; 2] };
        let to_find = known.min(cursor.searchable());
        match finder {
            Finder::Chains => {
                self.fours[..1 << bits.min(BITS_FOUR)].fill(0);
                self.threes[..1 << bits.min(BITS_THREE)].fill(0);
                self.prepare(&mut cursor, at);
                self.skip(&mut cursor, to_find);
            }
            Finder::Trees => {
                self.fours[..1 << bits.min(BITS_FOUR)].fill(0);
                self.pairs[..1 << bits.min(BITS_PAIR)].fill([0; 2]);
                self.prepare_tree(&mut cursor, at);
                self.skip_trees(&mut cursor, to_find, DEPTH_OF_KNOWN, MAX_MATCH);
            }
            Finder::Pairs => {
                self.pairs[..1 << bits.min(BITS_PAIR)].fill([0; 2]);
                self.prepare_pair(&mut cursor, at);
                self.skip_pairs(&mut cursor, to_find);
            }
        }
        cursor.at = MAX_DISTANCE;
        cursor
    }

    /// The byte `ahead` of the next one.
    #[inline(always)]
    pub fn byte(&self, cursor: &Cursor, ahead: usize) -> u8 {
        self.bytes[usize::from(low(cursor.at + ahead))]
    }

    /// Makes room before a search, if it is needed.
    #[inline(always)]
    pub fn advance(&mut self, cursor: &mut Cursor, input: &[u8]) {
        if cursor.at >= MOVE_AT {
            *cursor = self.moved_down(*cursor, input);
        }
    }

    #[inline(never)]
    fn moved_down(&mut self, cursor: Cursor, input: &[u8]) -> Cursor {
        const BY: u16 = 1 << 15;
        let down = |place: &mut u16| *place = place.saturating_sub(BY);
        self.bytes.copy_within(usize::from(BY).., 0);
        match self.finder {
            Finder::Chains => {
                self.fours.iter_mut().for_each(down);
                self.threes.iter_mut().for_each(down);
                self.before.iter_mut().for_each(down);
            }
            Finder::Trees => {
                self.fours.iter_mut().for_each(down);
                self.children.as_flattened_mut().iter_mut().for_each(down);
                self.pairs.as_flattened_mut().iter_mut().for_each(down);
            }
            Finder::Pairs => self.pairs.as_flattened_mut().iter_mut().for_each(down),
        }
        self.filled -= usize::from(BY);
        self.fill(input);
        Cursor {
            at: cursor.at - usize::from(BY),
            end: cursor.end - usize::from(BY),
            newest: cursor.newest.map(|place| place.saturating_sub(BY)),
            ..cursor
        }
    }

    fn fill(&mut self, input: &[u8]) {
        let count = (SIZE - self.filled).min(input.len() - self.taken);
        self.bytes[self.filled..self.filled + count].copy_from_slice(&input[self.taken..self.taken + count]);
        self.filled += count;
        self.taken += count;
    }

    /// The four bytes at a place.
    #[inline(always)]
    pub(super) fn four(&self, at: u16) -> u32 {
        self.four_from(at, 0)
    }

    /// The four bytes so many behind a place.
    #[inline(always)]
    pub(super) fn four_from(&self, at: u16, behind: u8) -> u32 {
        let at = usize::from(at) + usize::from(behind);
        self.bytes[at..at + 4].first_chunk().map_or(0, |four| u32::from_le_bytes(*four))
    }

    #[inline(always)]
    fn word(&self, at: usize) -> u64 {
        self.bytes.get(at..at + WORD).and_then(<[u8]>::first_chunk).map_or(0, |word| u64::from_le_bytes(*word))
    }

    /// How many bytes are the same at two places, up to `most`. Not a part of the search, whose loops need the
    /// registers.
    #[inline(never)]
    pub(super) fn same(&self, earlier: u16, here: u16, most: usize) -> usize {
        const COMPARED: usize = MAX_MATCH.next_multiple_of(WORD);
        let earlier = &self.bytes[usize::from(earlier)..usize::from(earlier) + COMPARED];
        let here = &self.bytes[usize::from(here)..usize::from(here) + COMPARED];
        let words = earlier.as_chunks::<WORD>().0.iter().zip(here.as_chunks::<WORD>().0);
        for (index, (earlier, here)) in words.enumerate() {
            let difference = u64::from_le_bytes(*earlier) ^ u64::from_le_bytes(*here);
            if difference != 0 {
                return (index * WORD + difference.trailing_zeros() as usize / 8).min(most);
            }
        }
        most
    }

    /// The same for places whose first `from` bytes are known to be so.
    #[inline(always)]
    pub(super) fn same_from(&self, earlier: u16, here: u16, from: usize, most: usize) -> usize {
        let (mut earlier, mut at) = (usize::from(earlier) + from, usize::from(here) + from);
        let mut length = from;
        while length < most {
            let difference = self.word(earlier) ^ self.word(at);
            if difference != 0 {
                return (length + difference.trailing_zeros() as usize / 8).min(most);
            }
            (length, earlier, at) = (length + WORD, earlier + WORD, at + WORD);
        }
        most
    }
}

/// The highest bits of a hash of up to four bytes: they depend on all of it.
#[inline(always)]
pub(super) const fn hash(bytes: u32, bits: u32) -> u32 {
    bytes.wrapping_mul(0x9E37_79B1) >> (32 - bits)
}

/// Places are below 64 KiB.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "all callers have a place")]
pub(super) const fn low(place: usize) -> u16 {
    place as u16
}
