//! Literals and matches, cut into blocks that each have a code of their own, and written (RFC 1951, 3.2.3 to 3.2.6).

use std::ops::Range;

use super::bits::Bits;
use super::codes::{FIXED_DISTANCES, FIXED_LITERALS, LONGEST_LITERAL, Own, extra_cost, fixed_cost};
use super::huffman::Code;
use super::statistics::Counts;
use super::symbols::{END, FIRST_LENGTH, LENGTHS, MIN_MATCH, distance_extra};
use super::window::Match;

/// After so many matches, or so many bytes, the statistics are looked at.
const PART_MATCHES: usize = 512;
const PART_BYTES: usize = 16 << 10;
/// A block that goes on by itself ends with so many steps, so that memory is bounded.
const MOST_STEPS: usize = 48 << 10;

/// A match that is longer than that is worth it.
const SHORT: usize = 6;
/// What a match takes beside the bits of its distance, and what a literal takes as long as nothing is known, in 256ths
/// of bits. By measurement on trees of packages.
const MATCH: u32 = 2000;
pub const USUAL_LITERAL: u32 = 1331;

/// So many literals go between two flushes.
const LITERALS_AT_ONCE: usize = Bits::BETWEEN_FLUSHES as usize / LONGEST_LITERAL;

/// Literals, and then a match, if `slot` is one.
#[derive(Debug, Clone, Copy)]
struct Step {
    literals: u16,
    /// Less [`MIN_MATCH`].
    length: u8,
    /// The symbol of the distance, or [`NO_MATCH`].
    slot: u8,
    /// Less one.
    distance: u16,
}

const NO_MATCH: u8 = u8::MAX;

/// The blocks of one stream.
#[derive(Debug)]
pub struct Blocks {
    steps: Vec<Step>,
    /// Literals since the last step. Fewer than `PART_BYTES`, and what comes between two looks.
    literals: u16,
    /// What is sure to be in the block: which bytes of the input, and how many steps.
    block: Counts,
    block_bytes: Range<usize>,
    block_steps: usize,
    /// What [`Counts::cost`] says of it, once it was asked.
    block_cost: Option<u64>,
    /// What has come since.
    part: Counts,
    /// When it is looked at.
    part_end: usize,
    /// Bits, in 256ths, that a literal takes where we are.
    literal_cost: u32,
    bits: Bits,
}

impl Blocks {
    /// No stream yet.
    pub fn new() -> Self {
        Self {
            steps: Vec::new(),
            literals: 0,
            block: Counts::NONE,
            block_bytes: 0..0,
            block_steps: 0,
            block_cost: None,
            part: Counts::NONE,
            part_end: 0,
            literal_cost: USUAL_LITERAL,
            bits: Bits::default(),
        }
    }

    /// Begins a stream of what comes at `start` of the input, behind the bytes of `output`.
    pub fn begin(&mut self, start: usize, output: Vec<u8>) {
        self.bits = Bits::behind(output);
        self.steps.clear();
        self.literals = 0;
        self.block = Counts::NONE;
        self.block_bytes = start..start;
        self.block_steps = 0;
        self.block_cost = None;
        self.part = Counts::NONE;
        self.part_end = PART_MATCHES;
        self.literal_cost = USUAL_LITERAL;
    }

    /// Whether a match takes less than its bytes as literals, where we are.
    #[inline(always)]
    pub fn is_worth_it(&self, it: Match) -> bool {
        is_worth_it(it, self.literal_cost)
    }

    /// One byte as it is.
    #[inline(always)]
    pub fn literal(&mut self, byte: u8) {
        self.part.literal(byte);
        self.literals += 1;
    }

    /// A match.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "3 to 258, and 1 to 32768")]
    pub fn matched(&mut self, it: Match) {
        let distance = (it.distance - 1) as u16;
        let slot = self.part.matched(it.length, distance);
        let length = (it.length - MIN_MATCH) as u8;
        self.steps.push(Step { literals: self.literals, length, slot, distance });
        self.literals = 0;
    }

    /// Writes a block, if it is time for one. `at` is how far in the input it is.
    #[inline(always)]
    pub fn settle(&mut self, input: &[u8], at: usize) {
        if self.steps.len() >= self.part_end || at - self.block_bytes.end >= PART_BYTES {
            self.end_part(input, at);
        }
    }

    /// Ends a block of so many bytes, whatever comes next.
    pub fn cut(&mut self, input: &[u8], at: usize) {
        self.end_literals();
        self.block.take(&mut self.part);
        self.block_cost = None;
        self.block_bytes.end = at;
        self.block_steps = self.steps.len();
        if at < input.len() {
            self.next(input);
        }
    }

    /// Makes a step of the literals since the last one.
    pub fn end_literals(&mut self) {
        if self.literals > 0 {
            self.steps.push(Step { literals: self.literals, length: 0, slot: NO_MATCH, distance: 0 });
            self.literals = 0;
        }
    }

    fn next(&mut self, input: &[u8]) {
        self.write(input, false);
        self.steps.drain(..self.block_steps);
        self.block_bytes.start = self.block_bytes.end;
        self.block = Counts::NONE;
    }

    #[inline(never)]
    fn end_part(&mut self, input: &[u8], at: usize) {
        self.end_literals();
        let is_new = if self.block_bytes.is_empty() || self.steps.len() > MOST_STEPS {
            self.block_cost = None;
            !self.block_bytes.is_empty()
        } else {
            let block = self.block_cost.unwrap_or_else(|| self.block.cost());
            let (part, both) = (self.part.cost(), self.block.cost_with(&self.part));
            let is_cheaper = block + part < both;
            self.block_cost = Some(if is_cheaper { part } else { both });
            is_cheaper
        };
        if is_new {
            self.next(input);
        }
        self.literal_cost = self.part.literal_cost().unwrap_or(self.literal_cost);
        self.block.take(&mut self.part);
        self.block_bytes.end = at;
        self.block_steps = self.steps.len();
        self.part_end = self.steps.len() + PART_MATCHES;
    }

    /// Ends the stream with the input, or with `is_open` what is there of it, on a byte, and gives back the output.
    pub fn end(&mut self, input: &[u8], is_open: bool) -> Vec<u8> {
        if self.block_bytes.end < input.len() {
            self.end_part(input, input.len());
        }
        if !self.block_bytes.is_empty() || !is_open {
            self.write(input, !is_open);
        }
        if is_open {
            // An empty block without compression begins on a byte, wherever the one before it has ended.
            self.bits.reserve(8);
            self.bits.put(0, 3);
            self.bits.align();
            self.bits.put_bytes(&[0, 0, 0xff, 0xff]);
        } else {
            self.bits.align();
        }
        std::mem::take(&mut self.bits).into_bytes()
    }

    fn write(&mut self, input: &[u8], is_last: bool) {
        let input = &input[self.block_bytes.clone()];
        self.block.literals[END] += 1;
        let own = Own::new(&self.block);
        let own_bits = own.cost(&self.block);
        let fixed_bits = fixed_cost(&self.block);
        let stored_bits = stored_cost(input.len());
        let extra = extra_cost(&self.block);
        let last = u64::from(is_last);
        if stored_bits < own_bits.min(fixed_bits) + extra {
            self.store(input, is_last);
            return;
        }
        self.bits.reserve(own_bits.min(fixed_bits) + extra);
        if fixed_bits <= own_bits {
            self.bits.put(last | 1 << 1, 3);
            self.body(input, &FIXED_LITERALS, &FIXED_DISTANCES);
        } else {
            self.bits.put(last | 2 << 1, 3);
            own.write(&mut self.bits);
            self.body(input, &own.literals, &own.distances);
        }
    }

    fn body<const L: usize, const D: usize>(&mut self, input: &[u8], literals: &Code<L>, distances: &Code<D>) {
        // Not behind a reference: what it holds then stays in registers.
        let mut bits = std::mem::take(&mut self.bits);
        let mut rest = input;
        for step in &self.steps[..self.block_steps] {
            let (run, after) = rest.split_at(usize::from(step.literals));
            let (fours, few) = run.as_chunks::<LITERALS_AT_ONCE>();
            for four in fours {
                for byte in four {
                    let (code, count) = literals.get(usize::from(*byte));
                    bits.put(code, count);
                }
                bits.flush();
            }
            for byte in few {
                let (code, count) = literals.get(usize::from(*byte));
                bits.put(code, count);
            }
            bits.flush();
            rest = after;
            if step.slot != NO_MATCH {
                let length = LENGTHS[usize::from(step.length)];
                let (code, count) = literals.get(FIRST_LENGTH + usize::from(length.slot));
                bits.put(code | u64::from(length.extra) << count, count + u32::from(length.extra_bits));
                let (code, count) = distances.get(usize::from(step.slot));
                let extra_bits = distance_extra(step.slot);
                let extra = u64::from(step.distance) & ((1 << extra_bits) - 1);
                bits.put(code | extra << count, count + u32::from(extra_bits));
                bits.flush();
                rest = &rest[usize::from(step.length) + MIN_MATCH..];
            }
        }
        let (code, count) = literals.get(END);
        bits.put(code, count);
        bits.flush();
        self.bits = bits;
    }

    /// Writes bytes as they are, in as many blocks as they need.
    fn store(&mut self, input: &[u8], is_last: bool) {
        let mut chunks = input.chunks(STORED_AT_ONCE).peekable();
        while let Some(chunk) = chunks.next() {
            self.bits.reserve(8 * 8);
            self.bits.put(u64::from(is_last && chunks.peek().is_none()), 3);
            self.bits.align();
            let length = u16::try_from(chunk.len()).unwrap_or(u16::MAX);
            self.bits.put_bytes(&length.to_le_bytes());
            self.bits.put_bytes(&(!length).to_le_bytes());
            self.bits.put_bytes(chunk);
        }
    }
}

/// Whether a match takes less than its bytes as literals. It is asked of short ones: those of hexadecimal digits, say,
/// take more, and so do three bytes from far away.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "3 to 258")]
pub fn is_worth_it(it: Match, literal_cost: u32) -> bool {
    it.length > SHORT || it.length as u32 * literal_cost > (it.distance.ilog2() << 8) + MATCH
}

const STORED_AT_ONCE: usize = u16::MAX as usize;

/// At most.
fn stored_cost(bytes: usize) -> u64 {
    bytes as u64 * 8 + (3 + 7 + 32) * bytes.div_ceil(STORED_AT_ONCE).max(1) as u64
}
