//! Deflate (RFC 1951): bytes become literals and references to bytes before them, in blocks with codes of their own.
//!
//! The output depends on the input and the effort alone: not on the machine, and not on what was deflated before.
//! See docs/architecture.md for why it is our own.

#![expect(clippy::inline_always, reason = "what is done for each byte is inlined in few loops, by measurement")]

mod bits;
mod block;
mod chains;
mod codes;
mod costs;
mod cuts;
mod huffman;
mod optimal;
mod pairs;
mod parse;
mod statistics;
mod symbols;
#[cfg(test)]
mod tests;
mod trees;
mod window;

use block::Blocks;
use optimal::{Optimal, Stretch};
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
    /// What takes the fewest bits is looked for in so many passes, each with what is known from the one before. So many
    /// places are looked at for each byte, and none inside a match that is not shorter than `enough`.
    Optimal {
        /// More than 0.
        depth: u32,
        /// Up to 258.
        enough: usize,
        /// More than 0.
        passes: u32,
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
    stretch: Stretch,
}

impl Encoder {
    /// One for any number of inputs, one after the other.
    pub fn new() -> Self {
        Self { window: Window::new(), blocks: Blocks::new(), stretch: Stretch::default() }
    }

    /// Deflates what is behind the first `known` bytes of `input`, to the end of `output`. Those `known` bytes the
    /// reader of the stream has by then, as they were deflated before; the last 32 KiB of them can be referred to.
    pub fn deflate(&mut self, input: &[u8], known: usize, effort: Effort, end: End, output: &mut Vec<u8>) {
        let too_old = known.saturating_sub(MAX_DISTANCE);
        let (input, known) = (&input[too_old..], known - too_old);
        let Self { window, blocks, stretch } = self;
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
            Effort::Optimal { depth, enough, passes } => {
                let cursor = window.begin(input, known, Finder::Trees);
                let how = Optimal { depth, enough, passes };
                optimal::optimal(window, blocks, stretch, &cursor, input, how);
            }
        }
        *output = blocks.end(input, end == End::Open);
    }
}
