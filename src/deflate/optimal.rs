//! The cheapest way through the input: which literals and matches take the fewest bits.
//!
//! What they take depends on the codes, and the codes on what is taken. So a way is looked for again and again, each
//! time by the statistics of the one before. The first goes through all that is looked at together, with the same costs
//! everywhere, and blocks are made of what it takes: with costs of their own, they would stay what they are cut to be.

use std::hint::select_unpredictable;
use std::ops::Range;

use super::block::{Blocks, USUAL_LITERAL, is_worth_it};
use super::costs::Costs;
use super::cuts::Cuts;
use super::statistics::Counts;
use super::symbols::{MAX_MATCH, MIN_MATCH};
use super::trees::Found;
use super::window::{Cursor, Match, Window};

/// How thorough [`optimal`] is.
#[derive(Debug, Clone, Copy)]
pub struct Optimal {
    /// How many places are looked at for each byte.
    pub depth: u32,
    /// Nothing is searched for inside a match of so many bytes.
    pub enough: usize,
    /// How often a way is looked for.
    pub passes: u32,
}

/// So many bytes are looked at together, or so many matches, and what is left of the last one. Memory is bounded, to
/// about 6 MiB. What cannot be compressed fits into three blocks.
const BYTES: usize = 3 * 0xffff;
const MATCHES: usize = 512 << 10;
/// Blocks are made of parts with so many symbols.
const PART_SYMBOLS: usize = 256;
/// So many literals without a match are put at once, at most.
const RUN: usize = 16 << 10;
/// Bytes that are looked at together.
#[derive(Debug, Default)]
pub struct Stretch {
    /// Their matches, by the byte at which they begin, and then by length.
    found: Vec<Found>,
    /// How many of those begin before each byte, and before the end.
    before: Vec<u32>,
    /// What the cheapest way costs from each byte on.
    costs: Vec<u32>,
    /// What it does there. Of no use for bytes inside a match.
    steps: Vec<Step>,
    cuts: Cuts,
}

/// A literal, if the length is 1, or a match.
#[derive(Debug, Clone, Copy)]
struct Step {
    length: u16,
    /// Less one.
    distance: u16,
}

const LITERAL: Step = Step { length: 1, distance: 0 };

/// What it costs to get over the end. More than any way to it, as there are fewer than 2^18 bytes, and a literal takes
/// fewer than 2^5 bits, in 256ths.
const OVER: u32 = 1 << 31;

/// Takes what is cheapest.
#[inline(never)]
pub fn optimal(
    window: &mut Window,
    blocks: &mut Blocks,
    stretch: &mut Stretch,
    start: &Cursor,
    input: &[u8],
    how: Optimal,
) {
    let mut cursor = *start;
    let mut at = input.len() - cursor.left();
    stretch.clear();
    while at < input.len() {
        stretch.fill(window, &mut cursor, input, how);
        let bytes = &input[at..at + stretch.len()];
        let costs = Costs::of(&stretch.eager(bytes));
        stretch.search(bytes, 0..bytes.len(), &costs);
        stretch.cut(bytes);
        let mut done = 0;
        for block in 0..stretch.cuts.len() {
            let (end, counts) = stretch.cuts.block(block);
            let (range, mut costs) = (done..end, Costs::of(counts));
            let may_go_on = cursor.left() > 0 && end == bytes.len();
            if may_go_on && done > 0 && range.len() < bytes.len() / 2 {
                // It is cut anew together with what follows.
                break;
            }
            for pass in 1..how.passes {
                if pass > 1 {
                    costs = Costs::of(&stretch.counts(bytes, range.clone()));
                }
                stretch.search(bytes, range.clone(), &costs);
            }
            stretch.put(bytes, range, blocks);
            blocks.cut(input, at + end);
            done = end;
        }
        at += done;
        stretch.pass(done);
    }
}

impl Stretch {
    fn clear(&mut self) {
        self.found.clear();
        self.before.clear();
        self.before.push(0);
    }

    fn len(&self) -> usize {
        self.before.len() - 1
    }

    /// Takes more bytes, with their matches.
    #[inline(never)]
    fn fill(&mut self, window: &mut Window, cursor: &mut Cursor, input: &[u8], how: Optimal) {
        while self.len() < BYTES && self.found.len() < MATCHES && cursor.left() > 0 {
            if cursor.searchable() == 0 {
                self.add_bytes(cursor.left());
                cursor.pass(cursor.left());
                return;
            }
            window.advance(cursor, input);
            let mut longest = 0;
            window.search_tree(cursor, how.depth, how.enough, |it| {
                longest = it.length();
                self.found.push(it);
            });
            self.add_bytes(1);
            if longest >= how.enough {
                let rest = (longest - 1).min(cursor.searchable());
                window.skip_trees(cursor, rest, how.depth, how.enough);
                self.add_bytes(rest);
            }
        }
    }

    /// Bytes that have no matches but those that were found last.
    #[expect(clippy::cast_possible_truncation, reason = "there are not that many")]
    fn add_bytes(&mut self, count: usize) {
        self.before.extend(std::iter::repeat_n(self.found.len() as u32, count));
    }

    /// The longest match at a byte.
    fn longest(&self, at: usize) -> Option<Found> {
        let [from, to] = self.before.get(at..)?.first_chunk()?;
        self.found[*from as usize..*to as usize].last().copied()
    }

    /// The counts of a way that takes a match unless there is a longer one a byte later.
    fn eager(&self, bytes: &[u8]) -> Counts {
        let mut counts = Counts::NONE;
        for byte in bytes {
            counts.literal(*byte);
        }
        let literal_cost = counts.literal_cost().unwrap_or(USUAL_LITERAL);
        counts = Counts::NONE;
        let mut at = 0;
        let mut here = self.longest(0);
        while at < bytes.len() {
            let next = self.longest(at + 1);
            let is_taken = |it: &Found| {
                it.length() <= bytes.len() - at
                    && next.is_none_or(|next| next.length <= it.length)
                    && is_worth_it(it.to_match(), literal_cost)
            };
            if let Some(it) = here.filter(is_taken) {
                counts.matched(it.length(), it.distance);
                at += it.length();
                here = self.longest(at);
            } else {
                counts.literal(bytes[at]);
                at += 1;
                here = next;
            }
        }
        counts
    }

    /// Searches the cheapest way through some of the bytes, from their end on.
    #[inline(never)]
    #[expect(clippy::cast_possible_truncation, reason = "a step has two halves of 16 bits")]
    fn search(&mut self, bytes: &[u8], range: Range<usize>, costs: &Costs) {
        let Self { found, before, costs: from_here, steps, .. } = self;
        steps.resize(bytes.len(), LITERAL);
        from_here.resize(bytes.len() + MAX_MATCH + 1, OVER);
        from_here[range.end] = 0;
        from_here[range.end + 1..=range.end + MAX_MATCH].fill(OVER);
        let mut found = &found[..before[range.end] as usize];
        for at in range.rev() {
            let Some(after) = from_here[at..].first_chunk::<{ MAX_MATCH + 1 }>() else { return };
            let mut cheapest = costs.literals[usize::from(bytes[at])] + after[1];
            let mut step = 1;
            let (earlier, here) = found.split_at(before[at] as usize);
            found = earlier;
            let mut length = 0;
            for it in here {
                let by_distance = costs.distances[usize::from(it.slot) % costs.distances.len()];
                // For each length the nearest match that has it.
                while length <= usize::from(it.length) {
                    let cost = by_distance + costs.lengths[length] + after[length + MIN_MATCH];
                    let matched = u32::from(it.distance) << 16 | (length + MIN_MATCH) as u32;
                    let is_cheaper = cost < cheapest;
                    cheapest = select_unpredictable(is_cheaper, cost, cheapest);
                    step = select_unpredictable(is_cheaper, matched, step);
                    length += 1;
                }
            }
            from_here[at] = cheapest;
            steps[at] = Step { length: step as u16, distance: (step >> 16) as u16 };
        }
    }

    /// Makes blocks of the way.
    #[inline(never)]
    fn cut(&mut self, bytes: &[u8]) {
        self.cuts.clear();
        let (mut part, mut symbols) = (Counts::NONE, 0);
        let mut at = 0;
        while at < bytes.len() {
            at += self.steps[at].count(&mut part, bytes[at]);
            symbols += 1;
            if symbols == PART_SYMBOLS || at == bytes.len() {
                self.cuts.add(std::mem::replace(&mut part, Counts::NONE), at);
                symbols = 0;
            }
        }
        self.cuts.join();
    }

    /// The counts of the way through some of the bytes.
    fn counts(&self, bytes: &[u8], mut range: Range<usize>) -> Counts {
        let mut counts = Counts::NONE;
        while !range.is_empty() {
            range.start += self.steps[range.start].count(&mut counts, bytes[range.start]);
        }
        counts
    }

    /// Goes the way through some of the bytes.
    fn put(&self, bytes: &[u8], mut range: Range<usize>, blocks: &mut Blocks) {
        while !range.is_empty() {
            let step = self.steps[range.start];
            if step.length == 1 {
                blocks.literal(bytes[range.start]);
                if range.start.is_multiple_of(RUN) {
                    blocks.end_literals();
                }
            } else {
                blocks.matched(Match { length: step.length.into(), distance: usize::from(step.distance) + 1 });
            }
            range.start += usize::from(step.length);
        }
    }

    /// Forgets the first bytes.
    fn pass(&mut self, count: usize) {
        let gone = self.before[count];
        self.found.drain(..gone as usize);
        self.before.drain(..count);
        self.before.iter_mut().for_each(|before| *before -= gone);
    }
}

impl Step {
    /// Counts it, at this byte, and answers how far it goes.
    #[inline(always)]
    fn count(self, counts: &mut Counts, byte: u8) -> usize {
        if self.length == 1 {
            counts.literal(byte);
        } else {
            counts.matched(self.length.into(), self.distance);
        }
        self.length.into()
    }
}

#[cfg(test)]
mod tests;
