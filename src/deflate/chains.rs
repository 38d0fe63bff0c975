//! Matches by following all places with the same hash, from the newest to the oldest.

use super::symbols::{MAX_DISTANCE, MAX_MATCH};
use super::window::{BITS_FOUR, BITS_THREE, Cursor, Match, Window, hash, low};

impl Window {
    /// Looks where the hashes at `at` lead to.
    #[inline(always)]
    pub fn prepare(&self, cursor: &mut Cursor, at: usize) {
        let four = self.four(low(at));
        cursor.hashes = [hash(four, BITS_FOUR) & cursor.mask, hash(four << 8, BITS_THREE) & cursor.mask];
        let [four, three] = slots(cursor.hashes);
        cursor.newest = [self.fours[four], self.threes[three]];
    }

    /// Remembers the place `at`, and answers those before it with the same four and three bytes.
    #[inline(always)]
    fn remember(&mut self, cursor: &mut Cursor, at: usize) -> [u16; 2] {
        let newest = cursor.newest;
        let [four, three] = slots(cursor.hashes);
        self.fours[four] = low(at);
        self.threes[three] = low(at);
        self.before[at % MAX_DISTANCE] = newest[0];
        self.prepare(cursor, at + 1);
        newest
    }

    /// Passes bytes that nothing is searched for, so that they can be found.
    #[inline(always)]
    pub fn skip(&mut self, cursor: &mut Cursor, count: usize) {
        for at in cursor.at..cursor.at + count {
            self.remember(cursor, at);
        }
        cursor.at += count;
    }

    /// The longest match `ahead` of the next byte that is longer than `best`, among as many earlier places as `depth`
    /// says, and remembers that place. Each place is searched or skipped once, in order.
    #[inline(always)]
    pub fn search(&mut self, cursor: &mut Cursor, ahead: usize, best: usize, mut depth: u32) -> Match {
        let at = cursor.at + ahead;
        let [mut place, newest_three] = self.remember(cursor, at);
        let here = low(at);
        let too_old = Cursor::too_old(here);
        let most = (cursor.end - at).min(MAX_MATCH);
        let four = self.four(here);
        let mut found = Match { length: best, distance: 0 };
        if best < 4 {
            if best < 3 && newest_three > too_old && (self.four(newest_three) ^ four) << 8 == 0 {
                found = Match { length: 3, distance: usize::from(here - newest_three) };
            }
            loop {
                if place <= too_old {
                    return found;
                }
                let candidate = place;
                place = self.before[usize::from(place) % MAX_DISTANCE];
                depth -= 1;
                if self.four(candidate) == four {
                    let length = self.same(candidate, here, most);
                    found = Match { length, distance: usize::from(here - candidate) };
                    break;
                }
                if depth == 0 {
                    return found;
                }
            }
            if depth == 0 {
                return found;
            }
        }
        if found.length >= most {
            return found;
        }
        // What is longer has the same four bytes at the end of one byte more.
        let mut last = behind(found.length);
        let mut four_there = self.four_from(here, last);
        while place > too_old {
            let candidate = place;
            place = self.before[usize::from(place) % MAX_DISTANCE];
            if self.four_from(candidate, last) == four_there && self.four(candidate) == four {
                let length = self.same(candidate, here, most);
                if length > found.length {
                    found = Match { length, distance: usize::from(here - candidate) };
                    if length >= most {
                        break;
                    }
                    last = behind(length);
                    four_there = self.four_from(here, last);
                }
            }
            depth -= 1;
            if depth == 0 {
                break;
            }
        }
        found
    }
}

/// Where the last four bytes of a match begin that is one longer.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "a match has 3 to 258 bytes")]
const fn behind(length: usize) -> u8 {
    (length - 3) as u8
}

#[inline(always)]
const fn slots(hashes: [u32; 2]) -> [usize; 2] {
    [hashes[0] as usize % (1 << BITS_FOUR), hashes[1] as usize % (1 << BITS_THREE)]
}
