//! Matches of all lengths, by search trees of places in the order of the bytes that follow them.
//!
//! All places with the same hash are in one tree, whose root is the newest. A search goes down from there to where the
//! new place belongs, and takes the tree apart on its way: what is before the new place in the order and what is behind
//! become the two trees below it. So each place is older than the one above it, and those that are passed are all that
//! can have a longer match than the newer ones.

use super::symbols::{MAX_DISTANCE, MAX_MATCH, MIN_MATCH, distance_slot};
use super::window::{BITS_FOUR, BITS_PAIR, Cursor, Match, Window, hash, low};

/// A match as it is kept: in four bytes, as there are many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Less one.
    pub distance: u16,
    /// Less [`MIN_MATCH`].
    pub length: u8,
    /// The symbol of the distance.
    pub slot: u8,
}

impl Found {
    /// How many bytes.
    #[inline(always)]
    pub fn length(self) -> usize {
        usize::from(self.length) + MIN_MATCH
    }

    /// As others know it.
    #[inline(always)]
    pub fn to_match(self) -> Match {
        Match { length: self.length(), distance: usize::from(self.distance) + 1 }
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "a match has 3 to 258 bytes")]
    fn new(length: usize, here: u16, there: u16) -> Self {
        let distance = here - there - 1;
        Self { distance, length: (length - MIN_MATCH) as u8, slot: distance_slot(distance) }
    }
}

impl Window {
    /// Looks where the hash at `at` leads to.
    #[inline(always)]
    pub fn prepare_tree(&self, cursor: &mut Cursor, at: usize) {
        let four = self.four(low(at));
        cursor.hashes = [hash(four, BITS_FOUR) & cursor.mask, hash(four << 8, BITS_PAIR) & cursor.mask];
        cursor.newest[0] = self.fours[cursor.hashes[0] as usize % (1 << BITS_FOUR)];
    }

    /// Passes bytes that nothing is searched for, so that they can be found.
    #[inline(never)]
    pub fn skip_trees(&mut self, cursor: &mut Cursor, count: usize, depth: u32, enough: usize) {
        for _ in 0..count {
            self.search_tree(cursor, depth, enough, |_| ());
        }
    }

    /// Passes a byte and calls `found` for each match there that is longer than all nearer ones, among as many places
    /// as `depth` says, up to one that is not shorter than `enough`, which may not grow from byte to byte.
    #[inline(always)]
    pub fn search_tree(&mut self, cursor: &mut Cursor, mut depth: u32, enough: usize, mut found: impl FnMut(Found)) {
        let here = low(cursor.at);
        let too_old = Cursor::too_old(here);
        let most = cursor.left().min(MAX_MATCH);
        let four = self.four(here);
        let mut place = cursor.newest[0];
        self.fours[cursor.hashes[0] as usize % (1 << BITS_FOUR)] = here;
        let three = cursor.hashes[1] as usize % (1 << BITS_PAIR);
        let pair = self.pairs[three];
        self.pairs[three] = [here, pair[0]];
        for candidate in pair {
            if candidate > too_old && (self.four(candidate) ^ four) << 8 == 0 {
                found(Found::new(MIN_MATCH, here, candidate));
                break;
            }
        }
        self.prepare_tree(cursor, cursor.at + 1);
        cursor.at += 1;

        let mut longest = MIN_MATCH;
        // Where the next place goes that comes before this one in the order, and how many bytes all have in common that
        // are still below; and the same for those behind it.
        let (mut less, mut more) = ((child(here), 0), (child(here), 1));
        let (mut common_less, mut common_more) = (0, 0);
        while place > too_old && depth > 0 {
            depth -= 1;
            let length = self.same_from(place, here, common_less.min(common_more), most);
            let below = self.children[child(place)];
            if length > longest {
                longest = length;
                found(Found::new(length, here, place));
                if length >= enough.min(most) {
                    // The new place takes the place of this one, with what is below. Nothing behind so many bytes counts
                    // for the order from here on, and nothing is compared farther.
                    self.children[less.0][less.1] = below[0];
                    self.children[more.0][more.1] = below[1];
                    return;
                }
            }
            if self.bytes[usize::from(place) + length] < self.bytes[usize::from(here) + length] {
                self.children[less.0][less.1] = place;
                less = (child(place), 1);
                common_less = length;
                place = below[1];
            } else {
                self.children[more.0][more.1] = place;
                more = (child(place), 0);
                common_more = length;
                place = below[0];
            }
        }
        self.children[less.0][less.1] = 0;
        self.children[more.0][more.1] = 0;
    }
}

#[inline(always)]
fn child(place: u16) -> usize {
    usize::from(place) % MAX_DISTANCE
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::window::Finder;
    use super::*;

    /// For each length from four on the nearest match that has it, without those that are no longer than a nearer one.
    fn all(input: &[u8], at: usize) -> Vec<(usize, usize)> {
        let mut longest = MIN_MATCH;
        let mut matches = Vec::new();
        for distance in 1..=at {
            let same = input[at..].iter().zip(&input[at - distance..]).take(MAX_MATCH).take_while(|(a, b)| a == b);
            let length = same.count();
            if length > longest {
                longest = length;
                matches.push((length, distance));
            }
        }
        matches
    }

    proptest! {
        #[test]
        fn all_matches_are_found(input in vec(0..3_u8, 0..500), known in 0..200_usize) {
            let known = known.min(input.len());
            let mut window = Window::new();
            let mut cursor = window.begin(&input, known, Finder::Trees);
            for at in known..known + cursor.searchable() {
                let mut found = Vec::new();
                window.search_tree(&mut cursor, u32::MAX, MAX_MATCH, |it| {
                    found.push((it.length(), usize::from(it.distance) + 1));
                });
                for (length, distance) in &found {
                    prop_assert_eq!(&input[at..at + length], &input[at - distance..][..*length]);
                }
                found.retain(|(length, _)| *length > MIN_MATCH);
                prop_assert_eq!(found, all(&input, at));
            }
        }
    }
}
