//! A reader of deflate streams that refuses whatever any reader is known to refuse, and tells what it has found.
//!
//! - zlib, and with it Python, Java's `Inflater` and .NET, refuses a code that is not complete (`inflate_table`), but
//!   for one of literals or distances with a single symbol of one bit, and one of distances with none. Go
//!   (`huffmanDecoder.init`) and Info-ZIP (`huft_build`) are the same. For the code of code lengths there is no such
//!   exception.
//! - Windows' Explorer refuses a code without distances too (<https://github.com/sile/libflate/issues/23>,
//!   <https://github.com/101arrowz/fflate/issues/296>), as did zlib up to 1.2.1, and Go up to 1.4
//!   (<https://github.com/golang/go/issues/11030>). Wuffs refused some with one alone
//!   (<https://github.com/google/wuffs/issues/66>). So all codes have to be complete here.
//! - zlib refuses more than 286 literals and lengths, or 30 distances; a repetition of code lengths with none before it,
//!   or past the last one; a block without a code for its end; a distance that is farther back than the stream goes.

use super::super::symbols::{DISTANCES, END, FIRST_LENGTH, LENGTH_EXTRA, LITERALS, MAX_DISTANCE, distance_extra};

/// How a block is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Stored,
    Fixed,
    Own,
}

/// What a stream has.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// All bytes, those before the stream among them.
    pub bytes: Vec<u8>,
    /// Its blocks, in order.
    pub blocks: Vec<Kind>,
    /// Length and distance of each match.
    pub matches: Vec<(usize, usize)>,
    /// The longest codes of any block of its own: of literals, of distances, of code lengths.
    pub longest: [u8; 3],
    /// Whether the last block is there.
    pub is_whole: bool,
}

/// Reads what follows `known`. An open stream ends with its bytes.
pub fn read(known: &[u8], stream: &[u8]) -> Result<Found, &'static str> {
    let mut reader = Reader { stream, at: 0 };
    let mut found =
        Found { bytes: known.to_vec(), blocks: Vec::new(), matches: Vec::new(), longest: [0; 3], is_whole: false };
    while !found.is_whole && reader.at < stream.len() * 8 {
        found.is_whole = reader.bits(1)? == 1;
        match reader.bits(2)? {
            0 => reader.stored(&mut found)?,
            1 => {
                let mut lengths = [8; 288];
                lengths[144..256].fill(9);
                lengths[256..280].fill(7);
                found.blocks.push(Kind::Fixed);
                reader.body(&mut found, &Code::of(&lengths)?, &Code::of(&[5; 32])?)?;
            }
            2 => {
                found.blocks.push(Kind::Own);
                let (literals, distances) = reader.codes(&mut found.longest)?;
                reader.body(&mut found, &literals, &distances)?;
            }
            _ => return Err("no such kind of block"),
        }
    }
    reader.pad()?;
    if reader.at == stream.len() * 8 { Ok(found) } else { Err("bytes behind the stream") }
}

struct Code {
    /// How many symbols have a code of that length.
    of_length: [u16; 16],
    /// The symbols, by the length of the code.
    symbols: Vec<usize>,
}

impl Code {
    fn of(lengths: &[u8]) -> Result<Self, &'static str> {
        let mut of_length = [0; 16];
        for length in lengths {
            of_length[usize::from(*length)] += 1;
        }
        of_length[0] = 0;
        let room: u32 = (1..).zip(&of_length[1..]).map(|(length, count)| u32::from(*count) << (15 - length)).sum();
        if room != 1 << 15 {
            return Err("a code that is not complete");
        }
        let mut symbols: Vec<_> = (0..lengths.len()).filter(|symbol| lengths[*symbol] > 0).collect();
        symbols.sort_by_key(|symbol| lengths[*symbol]);
        Ok(Self { of_length, symbols })
    }
}

struct Reader<'a> {
    stream: &'a [u8],
    /// In bits.
    at: usize,
}

impl Reader<'_> {
    /// The next bits, 16 at most, which may be fewer than `count`.
    fn ahead(&self, count: usize) -> usize {
        let bytes = self.stream.get(self.at / 8..).unwrap_or_default();
        let word =
            (0..).zip(bytes.iter().take(3)).fold(0, |word, (index, byte)| word | usize::from(*byte) << (8 * index));
        word >> (self.at % 8) & ((1 << count) - 1)
    }

    fn pass(&mut self, count: usize) -> Result<(), &'static str> {
        self.at += count;
        if self.at <= self.stream.len() * 8 { Ok(()) } else { Err("an end in the middle") }
    }

    fn bits(&mut self, count: u8) -> Result<usize, &'static str> {
        let value = self.ahead(count.into());
        self.pass(count.into())?;
        Ok(value)
    }

    /// To the next byte.
    fn pad(&mut self) -> Result<(), &'static str> {
        while !self.at.is_multiple_of(8) {
            if self.bits(1)? > 0 {
                return Err("bits between bytes");
            }
        }
        Ok(())
    }

    fn symbol(&mut self, code: &Code) -> Result<usize, &'static str> {
        let (mut ahead, mut bits, mut first, mut index) = (self.ahead(15), 0, 0, 0);
        for length in 1..=15 {
            let count = usize::from(code.of_length[length]);
            bits = bits << 1 | ahead & 1;
            ahead >>= 1;
            if bits < first + count {
                self.pass(length)?;
                return Ok(code.symbols[index + bits - first]);
            }
            index += count;
            first = (first + count) << 1;
        }
        Err("bits that are no code")
    }

    fn stored(&mut self, found: &mut Found) -> Result<(), &'static str> {
        self.pad()?;
        let (length, inverse) = (self.bits(16)?, self.bits(16)?);
        if length != !inverse & 0xffff {
            return Err("a length that is not told twice");
        }
        let start = self.at / 8;
        found.bytes.extend_from_slice(self.stream.get(start..start + length).ok_or("an end in stored bytes")?);
        found.blocks.push(Kind::Stored);
        self.at += length * 8;
        Ok(())
    }

    fn codes(&mut self, longest: &mut [u8; 3]) -> Result<(Code, Code), &'static str> {
        const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
        let literals = self.bits(5)? + 257;
        let distances = self.bits(5)? + 1;
        let told = self.bits(4)? + 4;
        if literals > LITERALS || distances > DISTANCES {
            return Err("more symbols than there are");
        }
        let mut lengths = [0; 19];
        for place in &ORDER[..told] {
            lengths[*place] = u8::try_from(self.bits(3)?).unwrap();
        }
        longest[2] = longest[2].max(lengths.into_iter().max().unwrap());
        let code = Code::of(&lengths)?;
        let mut lengths: Vec<u8> = Vec::new();
        while lengths.len() < literals + distances {
            let (length, times) = match self.symbol(&code)? {
                16 => (*lengths.last().ok_or("nothing to repeat")?, self.bits(2)? + 3),
                17 => (0, self.bits(3)? + 3),
                18 => (0, self.bits(7)? + 11),
                length => (u8::try_from(length).unwrap(), 1),
            };
            lengths.extend(std::iter::repeat_n(length, times));
        }
        if lengths.len() > literals + distances {
            return Err("a repetition past the end");
        }
        let (literals, distances) = lengths.split_at(literals);
        if literals[END] == 0 {
            return Err("no code for the end");
        }
        longest[0] = longest[0].max(*literals.iter().max().unwrap());
        longest[1] = longest[1].max(*distances.iter().max().unwrap());
        Ok((Code::of(literals)?, Code::of(distances)?))
    }

    fn body(&mut self, found: &mut Found, literals: &Code, distances: &Code) -> Result<(), &'static str> {
        loop {
            let symbol = self.symbol(literals)?;
            match symbol {
                END => return Ok(()),
                0..END => found.bytes.push(symbol.to_le_bytes()[0]),
                _ => {
                    let slot = symbol - FIRST_LENGTH;
                    let extra_bits = *LENGTH_EXTRA.get(slot).ok_or("a symbol that is no length")?;
                    // The first length of each symbol is behind the last one of the symbol before it.
                    let first = 3 + LENGTH_EXTRA[..slot].iter().map(|bits| 1 << bits).sum::<usize>();
                    // But the last symbol means what the last but one has room for too.
                    let length = if slot == 28 { 258 } else { first + self.bits(extra_bits)? };
                    if length == 258 && slot != 28 {
                        return Err("the symbol of 257 for 258");
                    }
                    let slot = self.symbol(distances)?;
                    if slot >= DISTANCES {
                        return Err("a symbol that is no distance");
                    }
                    let slot = u8::try_from(slot).unwrap();
                    let first = 1 + (0..slot).map(|slot| 1 << distance_extra(slot)).sum::<usize>();
                    let distance = first + self.bits(distance_extra(slot))?;
                    if distance > found.bytes.len().min(MAX_DISTANCE) {
                        return Err("a distance that is too far back");
                    }
                    found.matches.push((length, distance));
                    let start = found.bytes.len() - distance;
                    for at in (start..start + length).step_by(distance) {
                        found.bytes.extend_from_within(at..at + distance.min(start + length - at));
                    }
                }
            }
        }
    }
}
