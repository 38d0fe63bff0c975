//! Pieces of a file, each deflated by itself, made into one deflate stream.
//!
//! A deflate stream is a sequence of blocks, and the last one says so in its first bit. To go on after a piece, that
//! bit is cleared and an empty stored block is put behind, which ends on a byte. Where the last block begins is known
//! only by reading the blocks before it: symbols are looked up and passed over, nothing is inflated (RFC 1951).

/// The first bit of a block: whether it is the last one.
const HEADER_BITS: usize = 3;
/// An empty stored block, after its three header bits and the padding: length 0 and its complement.
const EMPTY_BLOCK: [u8; 4] = [0, 0, 0xff, 0xff];

const LONGEST_CODE: usize = 15;
const TABLE: usize = 1 << LONGEST_CODE;
const END_OF_BLOCK: u16 = 256;
const LENGTH_EXTRA: [u8; 29] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_CODES: usize = 30;
/// The order in which a block gives the lengths of the codes for code lengths.
const CODE_LENGTH_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Makes a finished deflate stream one that another can follow. Answers `None` for bytes that are no deflate stream.
pub fn open_end(stream: &mut Vec<u8>) -> Option<()> {
    let (last_block, end) = last_block(stream)?;
    stream[last_block / 8] &= !(1 << (last_block % 8));
    // What is left of the stream's last byte is zero, as the empty block's header and padding have to be.
    stream.resize((end + HEADER_BITS).div_ceil(8), 0);
    stream.extend_from_slice(&EMPTY_BLOCK);
    Some(())
}

/// The bit at which the last block begins, and the one after its end.
fn last_block(stream: &[u8]) -> Option<(usize, usize)> {
    let mut bits = Bits { stream, at: 0 };
    let mut tables = Tables { literals: vec![0; TABLE], distances: vec![0; TABLE] };
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
            // A literal or length with its extra bits and a distance with its own need 48 bits at most.
            let word = self.peek();
            let (symbol, mut used) = look_up(&tables.literals, word)?;
            if symbol > END_OF_BLOCK {
                used += usize::from(*LENGTH_EXTRA.get(usize::from(symbol - END_OF_BLOCK - 1))?);
                let (distance, length) = look_up(&tables.distances, word >> used)?;
                used += length + usize::from(distance.saturating_sub(2) / 2);
            }
            self.skip(used)?;
            if symbol == END_OF_BLOCK {
                return Some(());
            }
        }
    }
}

/// For each value of the next 15 bits: the symbol that they begin with, times 16, plus its length; 0 for none.
struct Tables {
    literals: Vec<u16>,
    distances: Vec<u16>,
}

fn look_up(table: &[u16], word: u64) -> Option<(u16, usize)> {
    let entry = table[usize::try_from(word).unwrap_or(usize::MAX) & (TABLE - 1)];
    (entry != 0).then_some((entry >> 4, usize::from(entry & 15)))
}

impl Tables {
    fn fixed(&mut self) -> Option<()> {
        let mut lengths = [8; 288];
        lengths[144..256].fill(9);
        lengths[256..280].fill(7);
        fill(&mut self.literals, &lengths)?;
        fill(&mut self.distances, &[5; DISTANCE_CODES])
    }

    /// The codes that stand at the start of a block.
    fn read(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        let literals = bits.take(5)? + 257;
        let distances = bits.take(5)? + 1;
        let mut code_lengths = [0; 19];
        for place in CODE_LENGTH_ORDER.iter().take(bits.take(4)? + 4) {
            code_lengths[*place] = u8::try_from(bits.take(3)?).ok()?;
        }
        // The literals' table serves for this first code too.
        fill(&mut self.literals, &code_lengths)?;
        let mut lengths = Vec::with_capacity(320);
        while lengths.len() < literals + distances {
            let (symbol, used) = look_up(&self.literals, bits.peek())?;
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
        fill(&mut self.literals, literals)?;
        fill(&mut self.distances, distances)
    }
}

/// Gives each symbol its canonical code (RFC 1951, 3.2.2). The stream has codes with their first bit lowest.
fn fill(table: &mut [u16], lengths: &[u8]) -> Option<()> {
    table.fill(0);
    let mut next = 0_usize;
    for length in 1..=LONGEST_CODE {
        next <<= 1;
        for (symbol, _) in lengths.iter().enumerate().filter(|(_, own)| usize::from(**own) == length) {
            if next >> length != 0 {
                return None; // more codes than there is room for
            }
            let first_bit_lowest = next.reverse_bits() >> (usize::BITS as usize - length);
            let entry = u16::try_from(symbol << 4 | length).ok()?;
            for place in (first_bit_lowest..TABLE).step_by(1 << length) {
                table[place] = entry;
            }
            next += 1;
        }
    }
    Some(())
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
