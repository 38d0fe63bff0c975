//! Any bytes as an account of an input, in pieces of any effort: what is deflated inflates to it.

#![no_main]
#![allow(dead_code, reason = "not all of it is asked for here")]

#[path = "../../src/deflate/mod.rs"]
mod deflate;

use deflate::{Effort, Encoder, End};
use flate2::{Decompress, FlushDecompress, Status};
use libfuzzer_sys::fuzz_target;

/// Few bytes can make long inputs, which are slow. This much moves the window twice.
const LONGEST: usize = 70 << 10;

/// Lengths and distances at which something changes; others are told as they are.
const EDGES: [usize; 16] =
    [3, 4, 5, 257, 258, 259, 511, 2048, 16_383, 16_384, 31_744, 32_766, 32_767, 32_768, 32_769, 64_512];

struct Account<'a>(&'a [u8]);

impl Account<'_> {
    fn byte(&mut self) -> Option<u8> {
        self.0.split_off_first().copied()
    }

    /// A number, mostly a small one.
    fn number(&mut self) -> Option<usize> {
        let byte = self.byte()?;
        Some(match byte {
            0..0xc0 => usize::from(byte) + 1,
            0xc0..0xe0 => usize::from(byte & 0x1f) << 8 | usize::from(self.byte()?),
            0xe0..0xf0 => usize::from(byte & 0xf) << 13 | usize::from(self.byte()?) << 5,
            0xf0.. => EDGES[usize::from(byte & 0xf)],
        })
    }

    fn effort(&mut self) -> Option<Effort> {
        let depth = u32::from(self.byte()?);
        Some(if depth == 0 {
            Effort::Fast
        } else {
            Effort::Lazy { depth, enough: (usize::from(self.byte()?) + 3).min(258) }
        })
    }

    /// Puts some bytes behind `input`. Answers nothing at the end.
    fn grow(&mut self, input: &mut Vec<u8>) -> Option<()> {
        match self.byte()? {
            // Bytes as they are.
            count @ 0..0x60 => {
                let some = self.0.split_off(..self.0.len().min(usize::from(count) + 1))?;
                input.extend_from_slice(some);
            }
            // What was there before.
            0x60..0xc0 => {
                let (length, distance) = (self.number()?, self.number()?.max(1));
                let start = input.len().checked_sub(distance)?;
                for at in start..start + length {
                    input.push(input[at]);
                }
            }
            // One byte, over and over.
            0xc0..0xd0 => {
                let (byte, count) = (self.byte()?, self.number()?);
                input.resize(input.len() + count, byte);
            }
            // Bytes without order, of a few values or of all.
            spread @ 0xd0.. => {
                let (seed, count) = (self.byte()?, self.number()?);
                let mut state = u64::from(seed) << 8 | 1;
                for _ in 0..count {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    input.push(state.to_le_bytes()[4] & (0xff >> (spread & 7)));
                }
            }
        }
        Some(())
    }
}

struct Piece {
    known: usize,
    end: usize,
    effort: Effort,
}

fuzz_target!(|bytes: &[u8]| {
    let mut account = Account(bytes);
    let (mut input, mut pieces) = (Vec::new(), Vec::new());
    while let Some(effort) = account.effort() {
        let (Some(known), Some(steps)) = (account.number(), account.byte()) else { break };
        // None is a piece too.
        for _ in 0..steps {
            if account.grow(&mut input).is_none() || input.len() > LONGEST {
                break;
            }
        }
        input.truncate(LONGEST);
        pieces.push(Piece { known, end: input.len(), effort });
    }
    if pieces.is_empty() {
        return;
    }
    let (mut encoder, mut stream, mut at) = (Encoder::new(), Vec::new(), 0);
    for (index, piece) in pieces.iter().enumerate() {
        let end = if index + 1 == pieces.len() { End::Stream } else { End::Open };
        let known = piece.known.min(at);
        let (before, some) = (stream.len(), &input[at - known..piece.end]);
        encoder.deflate(some, known, piece.effort, end, &mut stream);
        at = piece.end;
        if end == End::Stream {
            // What was deflated before makes no difference.
            let mut alone = Vec::new();
            Encoder::new().deflate(some, known, piece.effort, end, &mut alone);
            assert!(stream[before..] == alone);
        }
    }
    let mut back = Vec::with_capacity(input.len() + 1);
    let mut reader = Decompress::new(false);
    let status = reader.decompress_vec(&stream, &mut back, FlushDecompress::Finish);
    assert!(matches!(status, Ok(Status::StreamEnd)), "{status:?}");
    assert!(back == input && reader.total_in() == stream.len() as u64);
    // A block is never larger than its bytes are, and has 512 matches or more, unless it is the last one of its piece.
    assert!(stream.len() <= input.len() + 6 * (input.len() / 1536) + 16 * pieces.len());
});
