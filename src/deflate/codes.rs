//! The codes of a block: those that need no telling, those that it brings along, and what both cost (RFC 1951, 3.2.6
//! and 3.2.7).

use super::bits::Bits;
use super::huffman::{Code, LONGEST};
use super::statistics::Counts;
use super::symbols::{DISTANCES, END, FIRST_LENGTH, LENGTH_EXTRA, LITERALS, distance_extra};

/// The longest code of literals and lengths: shorter than it might be, so that four of them go between two flushes.
pub const LONGEST_LITERAL: usize = 14;
const LONGEST_DISTANCE: usize = 15;
const LONGEST_CODE_LENGTH: usize = 7;

/// Bits of a block with such symbols, but for extra bits.
pub fn bits(counts: &Counts) -> u64 {
    let mut counts = counts.clone();
    counts.literals[END] = 1;
    Own::new(&counts).cost(&counts).min(fixed_cost(&counts))
}

/// The extra bits of lengths and distances, whatever the code.
pub fn extra_cost(counts: &Counts) -> u64 {
    let lengths = counts.literals[FIRST_LENGTH..].iter().zip(LENGTH_EXTRA);
    let distances = (0..).zip(&counts.distances).map(|(slot, count)| (count, distance_extra(slot)));
    lengths.chain(distances).map(|(count, bits)| u64::from(*count) * u64::from(bits)).sum()
}

/// The order in which a block gives the lengths of the codes for code lengths.
const CODE_LENGTH_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/// Extra bits of those that repeat: the last length, and zeros.
const REPEAT: [u8; 3] = [2, 3, 7];

/// Codes that a block brings along.
pub struct Own {
    /// Of literals, the end and lengths.
    pub literals: Code<LITERALS>,
    /// Of distances.
    pub distances: Code<DISTANCES>,
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
    /// The best ones for these counts.
    pub fn new(counts: &Counts) -> Self {
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
    pub fn cost(&self, counts: &Counts) -> u64 {
        let repeats: u64 =
            self.counts[16..].iter().zip(REPEAT).map(|(count, bits)| u64::from(*count) * u64::from(bits)).sum();
        let told = 3 + 14 + 3 * self.code_told as u64 + self.code.cost(&self.counts) + repeats;
        told + self.literals.cost(&counts.literals) + self.distances.cost(&counts.distances)
    }

    /// Tells them.
    pub fn write(&self, bits: &mut Bits) {
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
pub static FIXED_LITERALS: Code<288> =
    Code::of_lengths(FIXED_LENGTHS, [0, 0, 0, 0, 0, 0, 0, 24, 152, 112, 0, 0, 0, 0, 0, 0]);
/// The same for distances.
pub static FIXED_DISTANCES: Code<32> = Code::of_lengths([5; 32], [0, 0, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

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
pub fn fixed_cost(counts: &Counts) -> u64 {
    let literals = counts.literals.iter().zip(FIXED_LENGTHS).map(|(count, length)| count * u32::from(length));
    let distances = counts.distances.iter().map(|count| count * 5);
    3 + literals.chain(distances).map(u64::from).sum::<u64>()
}
