//! Matches with the newest two places of the same hash alone: quick, and seldom the longest.

use super::symbols::MAX_MATCH;
use super::window::{BITS_PAIR, Cursor, Match, Window, hash, low};

impl Window {
    /// Looks where the hash at `at` leads to.
    #[inline(always)]
    pub fn prepare_pair(&self, cursor: &mut Cursor, at: usize) {
        cursor.hashes[0] = hash(self.four(low(at)), BITS_PAIR) & cursor.mask;
        cursor.newest = self.pairs[slot(cursor.hashes[0])];
    }

    /// Remembers the place `at`, and answers the newest two before it with the same four bytes.
    #[inline(always)]
    fn remember_pair(&mut self, cursor: &mut Cursor, at: usize) -> [u16; 2] {
        let newest = cursor.newest;
        self.pairs[slot(cursor.hashes[0])] = [low(at), newest[0]];
        self.prepare_pair(cursor, at + 1);
        newest
    }

    /// Passes bytes that nothing is searched for, so that they can be found.
    #[inline(always)]
    pub fn skip_pairs(&mut self, cursor: &mut Cursor, count: usize) {
        for at in cursor.at..cursor.at + count {
            self.remember_pair(cursor, at);
        }
        cursor.at += count;
    }

    /// Passes bytes that will not be found.
    #[inline(always)]
    pub fn leap_pairs(&mut self, cursor: &mut Cursor, count: usize) {
        cursor.at += count;
        self.prepare_pair(cursor, cursor.at);
    }

    /// The longer match of the two at the next byte, and remembers that place.
    #[inline(always)]
    pub fn search_pair(&mut self, cursor: &mut Cursor) -> Match {
        let here = low(cursor.at);
        let newest = self.remember_pair(cursor, cursor.at);
        let too_old = Cursor::too_old(here);
        let most = cursor.left().min(MAX_MATCH);
        let four = self.four(here);
        let mut found = Match { length: 0, distance: 0 };
        for candidate in newest {
            if candidate > too_old && self.four(candidate) == four {
                let length = self.same(candidate, here, most);
                if length > found.length {
                    found = Match { length, distance: usize::from(here - candidate) };
                }
            }
        }
        found
    }
}

#[inline(always)]
const fn slot(hash: u32) -> usize {
    hash as usize % (1 << BITS_PAIR)
}
