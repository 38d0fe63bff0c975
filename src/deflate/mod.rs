//! Deflate (RFC 1951): bytes become literals and references to bytes before them, in blocks with codes of their own.
//!
//! The output depends on the input and the effort alone: not on the machine, and not on what was deflated before.
//! See docs/architecture.md for why it is our own.

#![expect(clippy::inline_always, reason = "what is done for each byte is inlined in few loops, by measurement")]

mod bits;
mod block;
mod chains;
mod huffman;
mod pairs;
mod parse;
mod statistics;
mod symbols;
#[cfg(test)]
mod tests;
mod window;

use block::Blocks;
use parse::Lazy;
pub use symbols::MAX_DISTANCE;
use window::{Finder, Window};

/// How much work is put into a smaller output.
#[derive(Debug, Clone, Copy)]
pub enum Effort {
    /// As little as makes sense.
    Fast,
    /// So many places are looked at for each match, and one that is shorter than `enough` is compared with the next.
    Lazy {
        /// More than 0.
        depth: u32,
        /// Up to 258.
        enough: usize,
    },
}

/// Where the input ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With the stream.
    Stream,
    /// More follows: the output ends on a byte, and what comes next can be put behind it.
    Open,
}

/// What is needed to deflate, made once.
#[derive(Debug)]
pub struct Encoder {
    window: Box<Window>,
    blocks: Blocks,
}

impl Encoder {
    /// One for any number of inputs, one after the other.
    pub fn new() -> Self {
        Self { window: Window::new(), blocks: Blocks::new() }
    }

    /// Deflates what is behind the first `known` bytes of `input`, to the end of `output`. Those `known` bytes the
    /// reader of the stream has by then, as they were deflated before; the last 32 KiB of them can be referred to.
    pub fn deflate(&mut self, input: &[u8], known: usize, effort: Effort, end: End, output: &mut Vec<u8>) {
        let too_old = known.saturating_sub(MAX_DISTANCE);
        let (input, known) = (&input[too_old..], known - too_old);
        let Self { window, blocks } = self;
        blocks.begin(known, std::mem::take(output));
        match effort {
            Effort::Fast => {
                let cursor = window.begin(input, known, Finder::Pairs);
                parse::fast(window, blocks, &cursor, input);
            }
            Effort::Lazy { depth, enough } => {
                let cursor = window.begin(input, known, Finder::Chains);
                parse::lazy(window, blocks, &cursor, input, Lazy { depth, enough });
            }
        }
        *output = blocks.end(input, end == End::Open);
    }
}
