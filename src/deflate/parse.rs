//! Which bytes become literals and which matches.

use super::block::Blocks;
use super::symbols::MIN_MATCH;
use super::window::{Cursor, Match, Window};

/// How thorough [`lazy`] is.
#[derive(Debug, Clone, Copy)]
pub struct Lazy {
    /// How many places are looked at for a match.
    pub depth: u32,
    /// A shorter match than this is compared with one a byte later, for which half as many places are looked at.
    pub enough: usize,
}

/// Takes a match unless there is a better one a byte later.
#[inline(never)]
pub fn lazy(window: &mut Window, blocks: &mut Blocks, start: &Cursor, input: &[u8], how: Lazy) {
    let mut cursor = *start;
    let depth_ahead = (how.depth / 2).max(1);
    while cursor.searchable() > 0 {
        blocks.settle(input, input.len() - cursor.left());
        window.advance(&mut cursor, input);
        let mut found = window.search(&mut cursor, 0, MIN_MATCH - 1, how.depth);
        if found.length < MIN_MATCH || !blocks.is_worth_it(found) {
            blocks.literal(window.byte(&cursor, 0));
            cursor.pass(1);
            continue;
        }
        let mut searched = 1;
        while found.length < how.enough && cursor.searchable() > 1 && cursor.may_look_ahead() {
            let later = window.search(&mut cursor, 1, found.length - 1, depth_ahead);
            if !is_better(later, found) {
                searched = 2;
                break;
            }
            blocks.literal(window.byte(&cursor, 0));
            cursor.pass(1);
            found = later;
        }
        blocks.matched(found);
        cursor.pass(searched);
        let rest = found.length - searched;
        let to_find = rest.min(cursor.searchable());
        window.skip(&mut cursor, to_find);
        cursor.pass(rest - to_find);
    }
    rest(window, blocks, &cursor);
}

/// Whether a match one byte later is worth the literal before it. A byte more is worth about four bits, and so are four
/// times the distance.
#[inline(always)]
fn is_better(later: Match, now: Match) -> bool {
    let bits_of_distance = |it: Match| it.distance.ilog2() as usize;
    later.distance > 0
        && later.length >= now.length
        && 4 * (later.length - now.length) + bits_of_distance(now) > 2 + bits_of_distance(later)
}

/// What of a match can be found again by [`fast`]: the bytes in the middle are those of the match's source.
const FOUND_OF_MATCH: usize = 3;
/// After so many bytes without a match every second one is looked at, and so on: there will hardly be one.
const MISSES: usize = 64;
const LONGEST_LEAP: usize = 32;

/// Takes the first match that there is.
#[inline(never)]
pub fn fast(window: &mut Window, blocks: &mut Blocks, start: &Cursor, input: &[u8]) {
    let mut cursor = *start;
    let mut misses = 0;
    while cursor.searchable() > 0 {
        blocks.settle(input, input.len() - cursor.left());
        window.advance(&mut cursor, input);
        let found = window.search_pair(&mut cursor);
        if found.length < MIN_MATCH {
            misses += 1;
            let leap = (misses / MISSES).min(LONGEST_LEAP).min(cursor.searchable() - 1);
            for ahead in 0..=leap {
                blocks.literal(window.byte(&cursor, ahead));
            }
            cursor.pass(1);
            if leap > 0 {
                window.leap_pairs(&mut cursor, leap);
            }
            continue;
        }
        misses = 0;
        blocks.matched(found);
        cursor.pass(1);
        let rest = found.length - 1;
        let to_find = rest.min(FOUND_OF_MATCH);
        if cursor.searchable() > rest {
            if rest > to_find {
                window.leap_pairs(&mut cursor, rest - to_find);
            }
            window.skip_pairs(&mut cursor, to_find);
        } else {
            cursor.pass(rest);
        }
    }
    rest(window, blocks, &cursor);
}

/// The last bytes, too few to search for.
fn rest(window: &Window, blocks: &mut Blocks, cursor: &Cursor) {
    for ahead in 0..cursor.left() {
        blocks.literal(window.byte(cursor, ahead));
    }
}
