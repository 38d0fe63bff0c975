//! Huffman codes of deflate blocks (RFC 1951, 3.2), made for passing over symbols: how many bits to go on, and whether
//! a distance follows. Which byte a literal stands for is nobody's question here.

const LONGEST_CODE: usize = 15;
/// Bits that are looked up at once. Longer codes are rare, and read bit by bit.
const LOOKED_UP: usize = 11;
const TABLE: usize = 1 << LOOKED_UP;
const END_OF_BLOCK: usize = 256;
const LENGTH_EXTRA: [usize; 29] =
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
/// Codes for distances.
pub const DISTANCE_CODES: usize = 30;

/// What a symbol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A literal, or several.
    Literals,
    /// A length, with a distance after it; or a distance.
    Length,
    /// The end of the block.
    End,
}

/// What a symbol of the first code is, and the extra bits that it has.
pub fn literal(symbol: usize) -> Option<(Step, usize)> {
    match symbol.cmp(&END_OF_BLOCK) {
        std::cmp::Ordering::Less => Some((Step::Literals, 0)),
        std::cmp::Ordering::Equal => Some((Step::End, 0)),
        std::cmp::Ordering::Greater => LENGTH_EXTRA.get(symbol - END_OF_BLOCK - 1).map(|extra| (Step::Length, *extra)),
    }
}

/// The same for the code of distances.
pub fn distance(symbol: usize) -> Option<(Step, usize)> {
    (symbol < DISTANCE_CODES).then_some((Step::Length, symbol.saturating_sub(2) / 2))
}

type Meaning = fn(usize) -> Option<(Step, usize)>;

/// A code, and a table of what is ahead for each value of the next bits.
pub struct Steps {
    code: Code,
    meaning: Meaning,
    /// For each value: what it begins with, and the bits of that; nothing for what has to be read bit by bit.
    table: Vec<Option<(Step, u8)>>,
}

impl Default for Steps {
    fn default() -> Self {
        Self { code: Code::default(), meaning: literal, table: vec![None; TABLE] }
    }
}

impl Steps {
    /// What is ahead in `word`, and its bits with the extra ones. Nothing for what no code begins with.
    #[inline]
    pub fn step(&self, word: u64) -> Option<(Step, usize)> {
        match self.table[usize::try_from(word & (TABLE as u64 - 1)).unwrap_or(0)] {
            Some((step, bits)) => Some((step, usize::from(bits))),
            None => self.slow_step(word),
        }
    }

    #[cold]
    fn slow_step(&self, word: u64) -> Option<(Step, usize)> {
        let (symbol, bits) = self.code.read(word)?;
        (self.meaning)(symbol).map(|(step, extra)| (step, bits + extra))
    }

    /// Takes the code of those lengths.
    pub fn fill(&mut self, lengths: &[u8], meaning: Meaning) -> Option<()> {
        self.code = Code::new(lengths)?;
        self.meaning = meaning;
        self.table.fill(None);
        let mut next = 0_usize;
        let mut symbols = self.code.symbols.iter();
        for length in 1..=LOOKED_UP {
            next <<= 1;
            for symbol in symbols.by_ref().take(self.code.counts[length]) {
                // The stream has codes with their first bit lowest.
                let first = next.reverse_bits() >> (usize::BITS as usize - length);
                let entry = meaning(*symbol).and_then(|(step, extra)| Some((step, u8::try_from(length + extra).ok()?)));
                for place in (first..TABLE).step_by(1 << length) {
                    self.table[place] = entry;
                }
                next += 1;
            }
        }
        self.gather_literals();
        Some(())
    }

    /// Makes one step of the literals that are known from the same bits.
    fn gather_literals(&mut self) {
        // From the highest value down: what is ahead of a literal is a lower value, and not gathered yet.
        for value in (0..TABLE).rev() {
            let mut bits = 0;
            while let Some(Some((Step::Literals, more))) = self.table.get(value >> bits).copied()
                && bits + usize::from(more) <= LOOKED_UP
            {
                bits += usize::from(more);
            }
            if bits > 0 {
                self.table[value] = u8::try_from(bits).ok().map(|bits| (Step::Literals, bits));
            }
        }
    }
}

/// A canonical code: how many codes of each length there are, and the symbols in the order of their codes.
#[derive(Default)]
pub struct Code {
    counts: [usize; LONGEST_CODE + 1],
    symbols: Vec<usize>,
}

impl Code {
    /// The code in which each symbol has a code of that length; 0 for none. Nothing when there are more codes than
    /// there is room for.
    pub fn new(lengths: &[u8]) -> Option<Self> {
        let mut counts = [0; LONGEST_CODE + 1];
        for length in lengths {
            *counts.get_mut(usize::from(*length))? += 1;
        }
        counts[0] = 0;
        let mut room = 1_usize;
        let mut starts = [0; LONGEST_CODE + 2];
        for length in 1..=LONGEST_CODE {
            room = (room * 2).checked_sub(counts[length])?;
            starts[length + 1] = starts[length] + counts[length];
        }
        let mut symbols = vec![0; starts[LONGEST_CODE + 1]];
        for (symbol, length) in lengths.iter().enumerate().filter(|(_, length)| **length > 0) {
            let start = &mut starts[usize::from(*length)];
            symbols[*start] = symbol;
            *start += 1;
        }
        Some(Self { counts, symbols })
    }

    /// The symbol that `word` begins with, and the bits of its code.
    pub fn read(&self, word: u64) -> Option<(usize, usize)> {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for length in 1..=LONGEST_CODE {
            code |= usize::from(word >> (length - 1) & 1 == 1);
            let count = self.counts[length];
            if code < first + count {
                return self.symbols.get(index + code - first).map(|symbol| (*symbol, length));
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two literals of one and two bits, the end and a length (of 1 extra bit) of three.
    fn code() -> Steps {
        let mut lengths = [0; 266];
        (lengths[0], lengths[1], lengths[256], lengths[265]) = (1, 2, 3, 3);
        let mut steps = Steps::default();
        steps.fill(&lengths, literal).unwrap();
        steps
    }

    #[test]
    fn literals_are_passed_over_together_and_the_rest_one_by_one() {
        let steps = code();
        assert_eq!(steps.step(0), Some((Step::Literals, 11)));
        assert_eq!(steps.step(0b001), Some((Step::Literals, 11)));
        // 10 (first bit lowest), then 110.
        assert_eq!(steps.step(0b0_1101), Some((Step::Literals, 2)));
        assert_eq!(steps.step(0b011), Some((Step::End, 3)));
        assert_eq!(steps.step(0b1111), Some((Step::Length, 4)));
    }

    #[test]
    fn codes_without_room_are_refused_and_values_without_a_code_too() {
        assert!(Code::new(&[1, 1, 1]).is_none());
        assert!(Code::new(&[16]).is_none());
        let mut steps = Steps::default();
        steps.fill(&[2, 2], literal).unwrap();
        assert_eq!(steps.step(0b11), None);
    }
}
