//! What symbols are likely to cost, by how often they occurred.

use super::statistics::{Counts, FRACTION, logarithm};
use super::symbols::{DISTANCES, FIRST_LENGTH, LENGTHS, distance_extra};

/// Bits, in 256ths, with extra bits.
#[derive(Debug)]
pub struct Costs {
    /// Of each literal.
    pub literals: [u32; 256],
    /// Of each length, less three.
    pub lengths: [u32; 256],
    /// Of each symbol of a distance, and two that there are not: an index of five bits needs no check.
    pub distances: [u32; 32],
}

const BIT: u32 = 1 << FRACTION;

impl Costs {
    /// By what is in a block.
    pub fn of(counts: &Counts) -> Self {
        let symbols = of_symbols(&counts.literals);
        let mut costs = Self { literals: [0; 256], lengths: [0; 256], distances: [0; 32] };
        costs.literals.copy_from_slice(&symbols[..256]);
        for (cost, length) in costs.lengths.iter_mut().zip(&LENGTHS) {
            *cost = symbols[FIRST_LENGTH + usize::from(length.slot)] + BIT * u32::from(length.extra_bits);
        }
        costs.distances[..DISTANCES].copy_from_slice(&of_symbols(&counts.distances));
        for (cost, slot) in costs.distances.iter_mut().zip(0..) {
            *cost += BIT * u32::from(distance_extra(slot));
        }
        costs
    }
}

/// By the entropy, but no less than a bit, as the code will have it. What has not occurred costs as much as what
/// occurred half a time.
fn of_symbols<const SYMBOLS: usize>(counts: &[u32; SYMBOLS]) -> [u32; SYMBOLS] {
    let all = logarithm(counts.iter().sum());
    counts.map(|count| if count == 0 { all + BIT } else { (all - logarithm(count)).max(BIT) })
}
