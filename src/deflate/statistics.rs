//! How often symbols occur, and what they take when their code is made for them.

use super::symbols::{DISTANCES, END, FIRST_LENGTH, LENGTHS, LITERALS, MIN_MATCH, distance_slot};

/// Counts for each symbol of a block, or of a part of one.
#[derive(Debug, Clone)]
pub struct Counts {
    /// Literals, the end, and lengths.
    pub literals: [u32; LITERALS],
    /// Distances.
    pub distances: [u32; DISTANCES],
}

impl Counts {
    /// Nothing yet.
    pub const NONE: Self = Self { literals: [0; LITERALS], distances: [0; DISTANCES] };

    /// A byte as it is.
    #[inline(always)]
    pub fn literal(&mut self, byte: u8) {
        self.literals[usize::from(byte)] += 1;
    }

    /// A match. Answers the symbol of its distance.
    #[inline(always)]
    pub fn matched(&mut self, length: usize, less_one: u16) -> u8 {
        let slot = distance_slot(less_one);
        self.literals[FIRST_LENGTH + usize::from(LENGTHS[(length - MIN_MATCH) % LENGTHS.len()].slot)] += 1;
        self.distances[usize::from(slot)] += 1;
        slot
    }

    /// Counts what `other` has too.
    pub fn add(&mut self, other: &Self) {
        let sums = self.literals.iter_mut().zip(&other.literals);
        sums.chain(self.distances.iter_mut().zip(&other.distances)).for_each(|(sum, count)| *sum += count);
    }

    /// Takes all of `other`.
    pub fn take(&mut self, other: &mut Self) {
        self.add(other);
        *other = Self::NONE;
    }

    /// Bits, in 256ths, that a literal of these takes, about; nothing when there are few.
    pub fn literal_cost(&self) -> Option<u32> {
        let (mut sum, mut parts) = (0, 0);
        for count in &self.literals[..END] {
            sum += count;
            parts += times_log(*count);
        }
        if sum < FEW { None } else { u32::try_from((times_log(sum) - parts) / u64::from(sum)).ok() }
    }

    /// The sum of two.
    pub fn with(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.add(other);
        both
    }

    /// Bits, in 256ths, that a block of these takes, about: by the entropy, and what a code of so many symbols takes
    /// to be told.
    pub fn cost(&self) -> u64 {
        let none = Self::NONE;
        self.cost_with(&none)
    }

    /// The same for the sum of two.
    pub fn cost_with(&self, other: &Self) -> u64 {
        alphabet(&self.literals, &other.literals) + alphabet(&self.distances, &other.distances) + BLOCK
    }
}

/// Fewer literals than that say nothing.
const FEW: u32 = 64;
/// What begins and ends a block, and the code of its code lengths.
const BLOCK: u64 = 60 * UNIT;
/// What one more symbol takes in the description of the code.
const SYMBOL: u64 = 3 * UNIT;
/// One bit.
pub const UNIT: u64 = 1 << FRACTION;
/// How many binary places a number of bits has.
pub const FRACTION: u32 = 8;

fn alphabet<const SYMBOLS: usize>(some: &[u32; SYMBOLS], more: &[u32; SYMBOLS]) -> u64 {
    let (mut sum, mut symbols, mut parts) = (0, 0, 0);
    for (some, more) in some.iter().zip(more) {
        let count = some + more;
        sum += count;
        parts += times_log(count);
        symbols += u64::from(count > 0);
    }
    times_log(sum) - parts + symbols * SYMBOL
}

/// `count * log2(count)`.
#[inline(always)]
fn times_log(count: u32) -> u64 {
    u64::from(count) * u64::from(logarithm(count))
}

/// `log2(count)` in 256ths, and 0 for 0. By a table and not by floating point, which is not the same everywhere.
#[inline(always)]
pub fn logarithm(count: u32) -> u32 {
    let Some(whole) = count.checked_ilog2() else { return 0 };
    // The eight bits after the highest one.
    let behind = if whole >= 8 { count >> (whole - 8) } else { count << (8 - whole) } & 0xff;
    (whole << FRACTION) + u32::from(LOGARITHMS[behind as usize])
}

/// `256 * log2(1 + n / 256)`, rounded down.
static LOGARITHMS: [u8; 256] = logarithms();

const fn logarithms() -> [u8; 256] {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        // One bit of the logarithm for each squaring of a number between 1 and 2, in 31 bits behind the point.
        let (mut number, mut logarithm, mut bit) = ((256 + n as u64) << 23, 0_u8, 0);
        while bit < 8 {
            number = (number * number) >> 31;
            logarithm <<= 1;
            if number >> 32 > 0 {
                number >>= 1;
                logarithm |= 1;
            }
            bit += 1;
        }
        table[n] = logarithm;
        n += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_right() {
        for (n, logarithm) in (0..).zip(LOGARITHMS) {
            let exact = 256.0 * (1.0 + f64::from(n) / 256.0).log2();
            assert!((exact.floor() - f64::from(logarithm)).abs() < 0.5, "{n}: {logarithm}, {exact}");
        }
        assert_eq!(times_log(0), 0);
        assert_eq!(times_log(1), 0);
        assert_eq!(times_log(1 << 20), (20 << 20) * UNIT);
    }

    #[test]
    fn what_is_alike_is_cheaper_together() {
        let mut text = Counts::NONE;
        text.literals[97..123].fill(40);
        let mut binary = Counts::NONE;
        binary.literals[..256].fill(4);
        assert!(text.cost_with(&text.clone()) < 2 * text.cost());
        assert!(text.cost_with(&binary) > text.cost() + binary.cost());
    }
}
