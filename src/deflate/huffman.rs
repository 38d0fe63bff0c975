//! Huffman codes with a longest length (RFC 1951, 3.2.2).

/// The longest code of any alphabet.
pub const LONGEST: usize = 15;
/// The largest alphabet, with the symbols of the fixed code that stand for nothing.
const MOST_SYMBOLS: usize = 288;

/// A code: for each symbol the bits, in the order in which they are written, and how many they are. None for symbols
/// that do not occur.
#[derive(Debug, Clone)]
pub struct Code<const SYMBOLS: usize> {
    /// In the order of the symbols.
    pub lengths: [u8; SYMBOLS],
    /// The bits above [`LENGTH_BITS`], and below it how many they are: one look finds both.
    codes: [u32; SYMBOLS],
}

const LENGTH_BITS: u32 = 4;

impl<const SYMBOLS: usize> Code<SYMBOLS> {
    /// The best code for symbols that occur that often, with no code longer than `longest`.
    pub fn of(counts: &[u32; SYMBOLS], longest: usize) -> Self {
        let mut leaves = [0; MOST_SYMBOLS];
        let mut used = 0;
        for (symbol, count) in counts.iter().enumerate() {
            // Written in any case and kept if it counts, which is quicker than to decide.
            leaves[used] = u64::from(*count) << 16 | symbol as u64;
            used += usize::from(*count > 0);
        }
        let leaves = &mut leaves[..used];
        // By count, then by symbol: the same on every machine.
        leaves.sort_unstable();
        let of_length = lengths_of(leaves, longest);
        let mut lengths = [0; SYMBOLS];
        let mut rarest_first = leaves.iter();
        for (length, count) in (0_u8..16).zip(of_length).rev() {
            for leaf in rarest_first.by_ref().take(usize::from(count)) {
                lengths[(*leaf & 0xffff) as usize] = length;
            }
        }
        Self::of_lengths(lengths, of_length)
    }

    /// The code that has these lengths; so many of each.
    pub const fn of_lengths(lengths: [u8; SYMBOLS], of_length: [u16; LONGEST + 1]) -> Self {
        let mut next = [0_u16; LONGEST + 1];
        let mut length = 1;
        while length < LONGEST {
            next[length + 1] = (next[length] + of_length[length]) << 1;
            length += 1;
        }
        let mut codes = [0; SYMBOLS];
        let mut symbol = 0;
        while symbol < SYMBOLS {
            let length = lengths[symbol];
            if length > 0 {
                let next = &mut next[length as usize & LONGEST];
                codes[symbol] = (next.reverse_bits() as u32 >> (16 - length)) << LENGTH_BITS | length as u32;
                *next += 1;
            }
            symbol += 1;
        }
        Self { lengths, codes }
    }

    /// The bits of a symbol, and how many they are.
    #[inline(always)]
    pub fn get(&self, symbol: usize) -> (u64, u32) {
        let code = self.codes[symbol];
        (u64::from(code >> LENGTH_BITS), code & ((1 << LENGTH_BITS) - 1))
    }

    /// Bits for symbols that occur that often.
    pub fn cost(&self, counts: &[u32; SYMBOLS]) -> u64 {
        counts.iter().zip(&self.lengths).map(|(count, length)| u64::from(*count) * u64::from(*length)).sum()
    }
}

/// How many symbols get a code of each length. `leaves` are counts, shifted by 16, from the rarest on.
fn lengths_of(leaves: &[u64], longest: usize) -> [u16; LONGEST + 1] {
    let mut of_length = [0; LONGEST + 1];
    if leaves.len() < 2 {
        // One symbol takes a bit all the same.
        of_length[1] = u16::from(!leaves.is_empty());
        return of_length;
    }
    // The two rarest become one node, again and again. Nodes are made from the rarest on too, so the rarest of all is
    // the first leaf or the first node that have no parent yet.
    let mut nodes = [0_u64; MOST_SYMBOLS];
    let mut parents = [0_u16; MOST_SYMBOLS];
    let mut children_of_node = [0_u8; MOST_SYMBOLS];
    let (mut leaf, mut node) = (0, 0);
    let made = leaves.len() - 1;
    for new in 0..made {
        for _ in 0..2 {
            let is_leaf = leaf < leaves.len() && (node == new || leaves[leaf] >> 16 <= nodes[node]);
            if is_leaf {
                nodes[new] += leaves[leaf] >> 16;
                children_of_node[new] += 1;
                leaf += 1;
            } else {
                nodes[new] += nodes[node];
                parents[node] = u16::try_from(new).unwrap_or(u16::MAX);
                node += 1;
            }
        }
    }
    let mut depths = [0_u8; MOST_SYMBOLS];
    let (mut room, whole) = (0_u32, 1_u32 << longest);
    for node in (0..made).rev() {
        if node + 1 < made {
            depths[node] = depths[usize::from(parents[node])].saturating_add(1);
        }
        // Too long codes become as long as may be, which takes more room than there is.
        let length = (usize::from(depths[node]) + 1).min(longest);
        of_length[length] += u16::from(children_of_node[node]);
        room += u32::from(children_of_node[node]) << (longest - length);
    }
    // For each two that have too little room, a shorter one goes a step down and takes one of the longest beside it.
    while room > whole {
        let shorter = (1..longest).rev().find(|length| of_length[*length] > 0).unwrap_or(1);
        of_length[shorter] -= 1;
        of_length[shorter + 1] += 2;
        of_length[longest] -= 1;
        room -= 1;
    }
    of_length
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cost_without_limit(counts: &[u32]) -> u64 {
        let mut nodes: Vec<u64> = counts.iter().filter(|count| **count > 0).map(|count| u64::from(*count)).collect();
        let mut cost = 0;
        while nodes.len() > 1 {
            nodes.sort_unstable_by(|a, b| b.cmp(a));
            let both = nodes.pop().unwrap() + nodes.pop().unwrap();
            cost += both;
            nodes.push(both);
        }
        cost
    }

    proptest! {
        #[test]
        fn codes_are_complete_and_the_shortest(counts: [u32; 40], shift in 0..31_u32, longest in 7..=15_usize) {
            let counts = counts.map(|count| count >> shift);
            let code = Code::of(&counts, longest);
            let used = counts.iter().filter(|count| **count > 0).count();
            let room: f64 = code.lengths.iter().filter(|length| **length > 0).map(|length| 0.5_f64.powi((*length).into())).sum();
            prop_assert!(code.lengths.iter().all(|length| usize::from(*length) <= longest));
            prop_assert!(counts.iter().zip(&code.lengths).all(|(count, length)| (*count > 0) == (*length > 0)));
            if used > 1 {
                prop_assert!((room - 1.0).abs() < 1e-9);
                if longest == 15 && u64::from(*counts.iter().max().unwrap()) < 1000 {
                    prop_assert_eq!(code.cost(&counts), cost_without_limit(&counts));
                }
            }
        }
    }

    #[test]
    fn long_codes_are_cut() {
        let fibonacci: [u32; 30] = std::array::from_fn(|n| (0..n).fold((1, 1), |(a, b), _| (b, a + b)).0);
        let code = Code::of(&fibonacci, 9);
        assert_eq!(code.lengths.iter().max(), Some(&9));
        let room: u32 = code.lengths.iter().map(|length| 1 << (9 - length)).sum();
        assert_eq!(room, 1 << 9);
    }

    #[test]
    fn one_symbol_takes_one_bit() {
        let code = Code::of(&[0, 7, 0], 15);
        assert_eq!(code.lengths, [0, 1, 0]);
        assert_eq!(Code::of(&[0; 3], 15).lengths, [0; 3]);
    }
}
