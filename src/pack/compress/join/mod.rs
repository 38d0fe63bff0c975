//! Pieces of a file, each deflated by itself, made into one deflate stream.
//!
//! A deflate stream is a sequence of blocks, and the last one says so in its first bit. To go on after a piece, that
//! bit is cleared and an empty stored block is put behind, which ends on a byte. Where the last block begins is known
//! only by reading the blocks before it: symbols are looked up and passed over, nothing is inflated (RFC 1951).

mod codes;

use codes::{Code, DISTANCE_CODES, Step, Steps, distance, literal};

/// The first bit of a block: whether it is the last one.
const HEADER_BITS: usize = 3;
/// An empty stored block, after its three header bits and the padding: length 0 and its complement.
const EMPTY_BLOCK: [u8; 4] = [0, 0, 0xff, 0xff];

/// The order in which a block gives the lengths of the codes for code lengths.
const CODE_LENGTH_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Makes a finished deflate stream one that another can follow. Answers `None` for bytes that are no deflate stream.
pub fn open_end(stream: &mut Vec<u8>) -> Option<()> {
    let (last_block, end) = last_block(stream)?;
    stream[last_block / 8] &= !(1 << (last_block % 8));
    // What is left of the stream's last byte becomes zero, as the empty block's header and padding have to be.
    stream.truncate(end.div_ceil(8));
    if let Some(byte) = stream.last_mut().filter(|_| !end.is_multiple_of(8)) {
        *byte &= (1 << (end % 8)) - 1;
    }
    stream.resize((end + HEADER_BITS).div_ceil(8), 0);
    stream.extend_from_slice(&EMPTY_BLOCK);
    Some(())
}

/// The bit at which the last block begins, and the one after its end.
fn last_block(stream: &[u8]) -> Option<(usize, usize)> {
    let mut bits = Bits { stream, at: 0 };
    let mut tables = Tables::default();
    loop {
        let start = bits.at;
        let last = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => bits.skip_stored()?,
            1 => {
                tables.fixed()?;
                bits.skip_symbols(&tables)?;
            }
            2 => {
                tables.read(&mut bits)?;
                bits.skip_symbols(&tables)?;
            }
            _ => return None,
        }
        if last {
            return Some((start, bits.at));
        }
    }
}

struct Bits<'a> {
    stream: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// The next bits, at least 57 of them; zeros after the end.
    fn peek(&self) -> u64 {
        let rest = self.stream.get(self.at / 8..).unwrap_or_default();
        let word = match rest.first_chunk() {
            Some(whole) => u64::from_le_bytes(*whole),
            None => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        };
        word >> (self.at % 8)
    }

    fn take(&mut self, count: usize) -> Option<usize> {
        let value = self.peek() & ((1 << count) - 1);
        self.skip(count)?;
        usize::try_from(value).ok()
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        self.at += count;
        (self.at <= self.stream.len() * 8).then_some(())
    }

    fn skip_stored(&mut self) -> Option<()> {
        self.at = self.at.next_multiple_of(8);
        let length = self.take(16)?;
        self.skip(16 + length * 8)
    }

    fn skip_symbols(&mut self, tables: &Tables) -> Option<()> {
        loop {
            // At least 57 bits: literals of one look-up, and a literal or length of the longest code with its extra
            // bits.
            let word = self.peek();
            let (first, mut used) = tables.literals.step(word)?;
            let (step, more) = if first == Step::Literals { tables.literals.step(word >> used)? } else { (first, 0) };
            used += more;
            self.skip(used)?;
            match step {
                Step::Literals => {}
                Step::End => return Some(()),
                Step::Length => {
                    let (_, used) = tables.distances.step(self.peek())?;
                    self.skip(used)?;
                }
            }
        }
    }
}

#[derive(Default)]
struct Tables {
    literals: Steps,
    distances: Steps,
}

impl Tables {
    fn fixed(&mut self) -> Option<()> {
        let mut lengths = [8; 288];
        lengths[144..256].fill(9);
        lengths[256..280].fill(7);
        self.literals.fill(&lengths, literal)?;
        self.distances.fill(&[5; DISTANCE_CODES], distance)
    }

    /// The codes that stand at the start of a block.
    fn read(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        let literals = bits.take(5)? + 257;
        let distances = bits.take(5)? + 1;
        let mut code_lengths = [0; 19];
        for place in CODE_LENGTH_ORDER.iter().take(bits.take(4)? + 4) {
            code_lengths[*place] = u8::try_from(bits.take(3)?).ok()?;
        }
        let code = Code::new(&code_lengths)?;
        let mut lengths = Vec::with_capacity(320);
        while lengths.len() < literals + distances {
            let (symbol, used) = code.read(bits.peek())?;
            bits.skip(used)?;
            let (length, times) = match symbol {
                0..=15 => (u8::try_from(symbol).ok()?, 1),
                16 => (*lengths.last()?, bits.take(2)? + 3),
                17 => (0, bits.take(3)? + 3),
                _ => (0, bits.take(7)? + 11),
            };
            lengths.resize(lengths.len() + times, length);
        }
        if lengths.len() > literals + distances {
            return None;
        }
        let (literals, distances) = lengths.split_at(literals);
        self.literals.fill(literals, literal)?;
        self.distances.fill(distances, distance)
    }
}
#[cfg(test)]
mod tests {
    use libdeflater::{CompressionLvl, Compressor, Decompressor};
    use proptest::prelude::*;

    use super::*;

    fn deflated(bytes: &[u8], level: i32) -> Vec<u8> {
        let mut compressor = Compressor::new(CompressionLvl::new(level).unwrap());
        let mut out = vec![0; compressor.deflate_compress_bound(bytes.len())];
        let length = compressor.deflate_compress(bytes, &mut out).unwrap();
        out.truncate(length);
        out
    }

    fn inflated(stream: &[u8], length: usize) -> Vec<u8> {
        let mut out = vec![0; length];
        assert_eq!(Decompressor::new().deflate_decompress(stream, &mut out).unwrap(), length);
        out
    }

    fn joined(pieces: &[Vec<u8>], level: i32) -> Vec<u8> {
        let (last, others) = pieces.split_last().unwrap();
        let mut stream = Vec::new();
        for piece in others {
            let mut one = deflated(piece, level);
            open_end(&mut one).unwrap();
            stream.extend(one);
        }
        stream.extend(deflated(last, level));
        stream
    }

    fn piece() -> impl Strategy<Value = Vec<u8>> {
        // Few values make matches, all of them make stored blocks, short ones make fixed codes.
        (0..60_000_usize, 1..=255_u8, any::<u64>()).prop_map(|(length, spread, seed)| {
            let mut state = seed | 1;
            std::iter::repeat_with(|| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state.to_le_bytes()[3] / 16).wrapping_mul(state.to_le_bytes()[5]) % spread
            })
            .take(length)
            .collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn pieces_become_one_stream(pieces in proptest::collection::vec(piece(), 1..5), level in 0..=12) {
            let whole = pieces.concat();
            prop_assert_eq!(inflated(&joined(&pieces, level), whole.len()), whole);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut stream = bytes;
            let _ = open_end(&mut stream);
        }
    }

    #[test]
    fn text_of_every_length_of_code_is_passed_over() {
        // Frequencies that double make codes of all lengths.
        let mut text = Vec::new();
        for symbol in 0..18_u8 {
            text.extend(std::iter::repeat_n(symbol * 7, 1 << symbol));
        }
        let shuffled: Vec<u8> = (0..text.len()).map(|n| text[n.wrapping_mul(7919) % text.len()]).collect();
        for level in 1..=12 {
            let pieces = [shuffled.clone(), b"x".to_vec(), vec![], shuffled.clone()];
            let whole = pieces.concat();
            assert!(inflated(&joined(&pieces, level), whole.len()) == whole, "level {level}");
        }
    }
}
