//! The symbols of deflate's alphabets for lengths and distances (RFC 1951, 3.2.5).

/// The shortest match that has a symbol.
pub const MIN_MATCH: usize = 3;
/// The longest one.
pub const MAX_MATCH: usize = 258;
/// How far back a match may lie.
pub const MAX_DISTANCE: usize = 1 << 15;

/// The symbol that ends a block.
pub const END: usize = 256;
/// The symbol of the shortest length; the others follow.
pub const FIRST_LENGTH: usize = 257;
/// Symbols for literals, the end and lengths.
pub const LITERALS: usize = 286;
/// Symbols for distances.
pub const DISTANCES: usize = 30;

/// A length or distance in the form in which it is written.
#[derive(Debug, Clone, Copy)]
pub struct Symbol {
    /// Which symbol of its kind.
    pub slot: u8,
    /// How many bits follow the symbol.
    pub extra_bits: u8,
    /// What they say.
    pub extra: u16,
}

/// Extra bits of each length symbol. The last one means 258 alone.
pub const LENGTH_EXTRA: [u8; 29] =
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

/// Each length's symbol, by length - 3.
pub static LENGTHS: [Symbol; 256] = lengths();

const fn lengths() -> [Symbol; 256] {
    let mut table = [Symbol { slot: 28, extra_bits: 0, extra: 0 }; 256];
    let (mut at, mut slot) = (0, 0);
    // The last but one has room for 258 too, which has a symbol of its own.
    while slot < 28 {
        let mut extra = 0;
        while extra < 1 << LENGTH_EXTRA[slot as usize] && at < 255 {
            table[at] = Symbol { slot, extra_bits: LENGTH_EXTRA[slot as usize], extra };
            at += 1;
            extra += 1;
        }
        slot += 1;
    }
    table
}

/// Extra bits of a distance symbol.
#[inline(always)]
pub const fn distance_extra(slot: u8) -> u8 {
    (slot / 2).saturating_sub(1)
}

/// The symbol of a distance, from its distance - 1: the highest bit and the one below it.
#[inline(always)]
pub const fn distance_slot(less_one: u16) -> u8 {
    if less_one < 2 {
        return less_one.to_le_bytes()[0];
    }
    let highest = less_one.ilog2();
    (2 * highest).to_le_bytes()[0] | ((less_one >> (highest - 1)) & 1).to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tables of the RFC, by the first value of each symbol.
    #[test]
    fn symbols_are_those_of_the_rfc() {
        let first_lengths = [
            3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
            227, 258,
        ];
        for length in MIN_MATCH..=MAX_MATCH {
            let slot = first_lengths.iter().rposition(|first| *first <= length).unwrap();
            let symbol = LENGTHS[length - MIN_MATCH];
            assert_eq!(usize::from(symbol.slot), slot, "{length}");
            assert_eq!(symbol.extra_bits, LENGTH_EXTRA[slot]);
            assert_eq!(usize::from(symbol.extra), length - first_lengths[slot]);
        }
        let first_distances = [
            1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073,
            4097, 6145, 8193, 12289, 16385, 24577, 32769,
        ];
        for distance in 1..=MAX_DISTANCE {
            let slot = distance_slot(u16::try_from(distance - 1).unwrap());
            let slot = usize::from(slot);
            assert!((first_distances[slot]..first_distances[slot + 1]).contains(&distance), "{distance}");
        }
        for slot in 0..DISTANCES {
            let values = first_distances[slot + 1] - first_distances[slot];
            assert_eq!(1 << distance_extra(u8::try_from(slot).unwrap()), values, "{slot}");
        }
    }
}
