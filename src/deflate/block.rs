//! Literals and matches, cut into blocks that each have a code of their own, and written (RFC 1951, 3.2.3 to 3.2.7).

use std::ops::Range;

use super::bits::Bits;
use super::huffman::{Code, LONGEST};
use super::statistics::Counts;
use super::symbols::{DISTANCES, END, FIRST_LENGTH, LENGTH_EXTRA, LENGTHS, LITERALS, MIN_MATCH, distance_extra};
use super::window::Match;

/// After so many matches, or so many bytes, the statistics are looked at.
const PART_MATCHES: usize = 512;
const PART_BYTES: usize = 16 << 10;
/// No block has more steps than that, so that memory is bounded.
const MOST_STEPS: usize = 48 << 10;

/// A match that is longer than that is worth it.
const SHORT: usize = 6;
/// What a match takes beside the bits of its distance, and what a literal takes as long as nothing is known, in 256ths
/// of bits. By measurement on trees of packages.
const MATCH: u32 = 2000;
pub const USUAL_LITERAL: u32 = 1331;

/// The longest code of literals and lengths: four of them go between two flushes.
const LONGEST_LITERAL: usize = 14;
const LONGEST_DISTANCE: usize = 15;
const LONGEST_CODE_LENGTH: usize = 7;
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
        let is_new = !self.block_bytes.is_empty()
            && (self.steps.len() > MOST_STEPS
                || self.block.cost() + self.part.cost() < self.block.cost_with(&self.part));
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

/// Bits of a block with such symbols, but for extra bits.
pub fn bits(counts: &Counts) -> u64 {
    let mut counts = counts.clone();
    counts.literals[END] = 1;
    Own::new(&counts).cost(&counts).min(fixed_cost(&counts))
}

/// At most.
fn stored_cost(bytes: usize) -> u64 {
    bytes as u64 * 8 + (3 + 7 + 32) * bytes.div_ceil(STORED_AT_ONCE).max(1) as u64
}

/// The extra bits of lengths and distances, whatever the code.
fn extra_cost(counts: &Counts) -> u64 {
    let lengths = counts.literals[FIRST_LENGTH..].iter().zip(LENGTH_EXTRA);
    let distances = (0..).zip(&counts.distances).map(|(slot, count)| (count, distance_extra(slot)));
    lengths.chain(distances).map(|(count, bits)| u64::from(*count) * u64::from(bits)).sum()
}

/// The order in which a block gives the lengths of the codes for code lengths.
const CODE_LENGTH_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/// Extra bits of those that repeat: the last length, and zeros.
const REPEAT: [u8; 3] = [2, 3, 7];

/// Codes that a block brings along.
struct Own {
    literals: Code<LITERALS>,
    distances: Code<DISTANCES>,
    /// How many of each are told.
    told: (usize, usize),
    /// The lengths of both, one after the other, as symbols with what follows them.
    lengths: [(u8, u8); LITERALS + DISTANCES],
    used: usize,
    counts: [u32; 19],
    code: Code<19>,
    /// How many lengths of its own code are told.
    code_told: usize,
}

impl Own {
    fn new(counts: &Counts) -> Self {
        let literals = Code::of(&counts.literals, LONGEST_LITERAL);
        let distances = distances(&counts.distances);
        let told = (told(&literals.lengths, FIRST_LENGTH), told(&distances.lengths, 1));
        let mut all = [0; LITERALS + DISTANCES];
        all[..told.0].copy_from_slice(&literals.lengths[..told.0]);
        all[told.0..told.0 + told.1].copy_from_slice(&distances.lengths[..told.1]);
        let mut own = Self {
            literals,
            distances,
            told,
            lengths: [(0, 0); LITERALS + DISTANCES],
            used: 0,
            counts: [0; 19],
            code: Code::of_lengths([0; 19], [0; LONGEST + 1]),
            code_told: 4,
        };
        for run in all[..told.0 + told.1].chunk_by(|a, b| a == b) {
            own.run(run[0], run.len());
        }
        own.code = Code::of(&own.counts, LONGEST_CODE_LENGTH);
        own.code_told =
            CODE_LENGTH_ORDER.iter().rposition(|place| own.code.lengths[*place] > 0).map_or(4, |last| last + 1).max(4);
        own
    }

    /// So many times the same length.
    fn run(&mut self, length: u8, mut times: usize) {
        if length == 0 {
            while times >= 11 {
                let some = times.min(138);
                self.add(18, some - 11);
                times -= some;
            }
            if times >= 3 {
                self.add(17, times - 3);
                times = 0;
            }
        } else if times >= 4 {
            self.add(length, 0);
            times -= 1;
            while times >= 3 {
                let some = times.min(6);
                self.add(16, some - 3);
                times -= some;
            }
        }
        for _ in 0..times {
            self.add(length, 0);
        }
    }

    fn add(&mut self, symbol: u8, extra: usize) {
        self.lengths[self.used] = (symbol, extra.to_le_bytes()[0]);
        self.used += 1;
        self.counts[usize::from(symbol)] += 1;
    }

    /// Bits of a block with these codes, but for extra bits.
    fn cost(&self, counts: &Counts) -> u64 {
        let repeats: u64 =
            self.counts[16..].iter().zip(REPEAT).map(|(count, bits)| u64::from(*count) * u64::from(bits)).sum();
        let told = 3 + 14 + 3 * self.code_told as u64 + self.code.cost(&self.counts) + repeats;
        told + self.literals.cost(&counts.literals) + self.distances.cost(&counts.distances)
    }

    fn write(&self, bits: &mut Bits) {
        bits.put((self.told.0 - FIRST_LENGTH) as u64, 5);
        bits.put((self.told.1 - 1) as u64, 5);
        bits.put((self.code_told - 4) as u64, 4);
        bits.flush();
        for place in &CODE_LENGTH_ORDER[..self.code_told] {
            bits.put(u64::from(self.code.lengths[*place]), 3);
            bits.flush();
        }
        for (symbol, extra) in &self.lengths[..self.used] {
            let (code, count) = self.code.get(usize::from(*symbol));
            bits.put(code, count);
            if let Some(repeat) = symbol.checked_sub(16) {
                bits.put(u64::from(*extra), u32::from(REPEAT[usize::from(repeat)]));
            }
            bits.flush();
        }
    }
}

/// The code of distances, which has two at least. None and a single one are allowed, but Windows' Explorer refuses a code
/// that is not complete: <https://github.com/sile/libflate/issues/23>. Codes of literals, and of code lengths, are
/// complete in any case: a block with the end alone is shorter with the fixed code, and lengths of a single kind have
/// repetitions.
fn distances(counts: &[u32; DISTANCES]) -> Code<DISTANCES> {
    let code = Code::of(counts, LONGEST_DISTANCE);
    let used = counts.iter().filter(|count| **count > 0).count();
    let missing = 2_usize.saturating_sub(used);
    if missing == 0 {
        return code;
    }
    let mut lengths = code.lengths;
    lengths.iter_mut().filter(|length| **length == 0).take(missing).for_each(|length| *length = 1);
    let mut of_length = [0; LONGEST + 1];
    of_length[1] = 2;
    Code::of_lengths(lengths, of_length)
}

/// How many lengths are told: those behind the last one that is used are none.
fn told(lengths: &[u8], least: usize) -> usize {
    lengths.iter().rposition(|length| *length > 0).map_or(0, |last| last + 1).max(least)
}

/// The code that needs no telling, with the symbols that stand for nothing.
static FIXED_LITERALS: Code<288> =
    Code::of_lengths(FIXED_LENGTHS, [0, 0, 0, 0, 0, 0, 0, 24, 152, 112, 0, 0, 0, 0, 0, 0]);
static FIXED_DISTANCES: Code<32> = Code::of_lengths([5; 32], [0, 0, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

const FIXED_LENGTHS: [u8; 288] = {
    let mut lengths = [8; 288];
    let mut symbol = 144;
    while symbol < 280 {
        lengths[symbol] = if symbol < 256 { 9 } else { 7 };
        symbol += 1;
    }
    lengths
};

/// Bits of a block with the fixed code, but for extra bits.
fn fixed_cost(counts: &Counts) -> u64 {
    let literals = counts.literals.iter().zip(FIXED_LENGTHS).map(|(count, length)| count * u32::from(length));
    let distances = counts.distances.iter().map(|count| count * 5);
    3 + literals.chain(distances).map(u64::from).sum::<u64>()
}
