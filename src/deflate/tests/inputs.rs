//! Inputs of many kinds.

use proptest::prelude::*;

use super::super::Effort;

/// Numbers without order, always the same for one seed.
pub struct Noise(u64);

impl Noise {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    /// `count` bytes below `spread`.
    pub fn bytes(&mut self, count: usize, spread: usize) -> Vec<u8> {
        std::iter::repeat_with(|| self.below(spread).to_le_bytes()[0]).take(count).collect()
    }
}

pub fn noise(count: usize, seed: u64) -> Vec<u8> {
    Noise::new(seed).bytes(count, 256)
}

/// Words, the more seldom the later they are in a list of a thousand.
pub fn text(count: usize, seed: u64) -> Vec<u8> {
    let mut words = Noise::new(7);
    let list: Vec<Vec<u8>> = (0..1000)
        .map(|_| {
            let letters = 1 + words.below(9);
            words.bytes(letters, 20).iter().map(|letter| b'a' + letter).chain([b' ']).collect()
        })
        .collect();
    let mut noise = Noise::new(seed);
    let mut text = Vec::new();
    while text.len() < count {
        let highest = 1 + noise.below(list.len());
        text.extend_from_slice(&list[noise.below(highest)]);
    }
    text.truncate(count);
    text
}

/// `count` bytes, of which each is the same as the one `period` before it.
pub fn periodic(count: usize, period: usize) -> Vec<u8> {
    noise(period, 3).into_iter().cycle().take(count).collect()
}

/// Noise, its first `length` bytes once more after `distance`, and noise again.
pub fn repeated(length: usize, distance: usize) -> Vec<u8> {
    let mut bytes = noise(distance.max(length), 5);
    bytes.truncate(distance);
    for at in 0..length {
        bytes.push(bytes[at]);
    }
    bytes.extend(noise(40, 6));
    bytes
}

/// No four bytes of the alphabet occur twice, as long as there are others: few matches, and many with the same hash.
pub fn de_bruijn(count: usize, alphabet: usize) -> Vec<u8> {
    let mut met = vec![false; alphabet.pow(4)];
    let mut bytes = vec![0; 3];
    let mut last = 0;
    while bytes.len() < count {
        let begin = last * alphabet % met.len();
        let next = (0..alphabet).rev().find(|next| !met[begin + next]).unwrap_or(bytes.len() % alphabet);
        met[begin + next] = true;
        last = begin + next;
        bytes.push(next.to_le_bytes()[0]);
    }
    bytes
}

/// Inputs that have something of their own each, of up to 300 KiB.
pub fn kinds() -> Vec<(String, Vec<u8>)> {
    let mut kinds: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |name: String, bytes| kinds.push((name, bytes));
    for count in [1000, 70_000, 300 << 10] {
        add(format!("{count} of noise"), noise(count, 1));
        add(format!("{count} of text"), text(count, 1));
        add(format!("{count} zeros"), vec![0; count]);
        add(format!("{count} of two values"), Noise::new(2).bytes(count, 2));
        add(format!("{count} without four that are the same"), de_bruijn(count, 16));
    }
    for period in (1..20).chain([63, 64, 127, 257, 258, 259, 260, 299, 300]) {
        add(format!("period {period}"), periodic(3000, period));
    }
    for period in [32_000, 32_766, 32_767, 32_768, 32_769, 33_000, 65_535, 65_536] {
        add(format!("period {period}"), periodic(200_000, period));
    }
    for length in [3, 4, 5, 257, 258, 259, 260, 516, 517, 518] {
        for distance in [1, 2, 3, 4, 258, 259, 2048, 2049, 32_766, 32_767, 32_768, 32_769] {
            add(format!("{length} after {distance}"), repeated(length, distance));
        }
    }
    let far: Vec<_> = [text(5000, 2), noise(70_000, 2), text(5000, 2), noise(140_000, 3), text(9000, 2)].concat();
    add("many literals between matches".to_owned(), far);
    let mixed: Vec<_> = (0..12).flat_map(|n| [text(9001, n), noise(7000, n)].concat()).collect();
    add("text and noise in turns".to_owned(), mixed);
    // Some of the values alone, so that the codes have gaps, and all of them, so that there is none.
    add("even values".to_owned(), noise(20_000, 4).iter().map(|byte| byte & !1).collect());
    add("every value".to_owned(), (0..=255).cycle().take(600).collect());
    kinds
}

/// What is asked for, as all sorts of levels would.
pub fn efforts() -> Vec<Effort> {
    let lazy = |depth| [3, 16, 258].map(|enough| Effort::Lazy { depth, enough });
    let optimal = [(1, 3, 1), (20, 80, 1), (300, 258, 3)].map(|(depth, enough, passes)| Effort::Optimal {
        depth,
        enough,
        passes,
    });
    [1, 2, 10, 16, 300].into_iter().flat_map(lazy).chain([Effort::Fast]).chain(optimal).collect()
}

/// Few, where there are many inputs.
pub const SOME: [Effort; 4] = [
    Effort::Fast,
    Effort::Lazy { depth: 1, enough: 3 },
    Effort::Lazy { depth: 16, enough: 258 },
    Effort::Optimal { depth: 16, enough: 258, passes: 2 },
];

/// How many bytes may be known.
pub const KNOWN: [usize; 6] = [0, 1, 100, 32_767, 32_768, 40_000];

#[derive(Debug, Clone)]
enum Part {
    Noise(usize, usize, u64),
    Text(usize, u64),
    Same(usize, u8),
    /// So many bytes from so far back.
    Copy(usize, usize),
}

fn part() -> impl Strategy<Value = Part> {
    let few = prop_oneof![8 => 1..20_usize, 4 => 20..600_usize, 1 => 600..9000_usize];
    let length = prop_oneof![8 => 3..20_usize, 4 => 250..270_usize, 2 => 500..800_usize, 1 => 16_300..16_500_usize];
    let back = prop_oneof![8 => 1..300_usize, 4 => 32_500..33_000_usize, 4 => 1..65_536_usize];
    let spread = prop_oneof![Just(1_usize), 2..5_usize, Just(20), Just(256)];
    prop_oneof![
        4 => (few.clone(), spread, any::<u64>()).prop_map(|(count, spread, seed)| Part::Noise(count, spread, seed)),
        2 => (few, any::<u64>()).prop_map(|(count, seed)| Part::Text(count, seed)),
        1 => (prop_oneof![1..600_usize, 32_000..34_000_usize], any::<u8>()).prop_map(|(count, byte)| Part::Same(count, byte)),
        1 => (32_000..33_000_usize, any::<u64>()).prop_map(|(count, seed)| Part::Noise(count, 256, seed)),
        8 => (length, back).prop_map(|(length, back)| Part::Copy(length, back)),
    ]
}

/// Inputs that are made of what the ones of [`kinds`] have.
pub fn any_input() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(part(), 0..60).prop_map(|parts| {
        let mut bytes: Vec<u8> = Vec::new();
        for part in parts {
            match part {
                Part::Noise(count, spread, seed) => bytes.extend(Noise::new(seed).bytes(count, spread)),
                Part::Text(count, seed) => bytes.extend(text(count, seed)),
                Part::Same(count, byte) => bytes.extend(std::iter::repeat_n(byte, count)),
                Part::Copy(length, back) if back <= bytes.len() => {
                    for at in bytes.len() - back..bytes.len() - back + length {
                        bytes.push(bytes[at]);
                    }
                }
                Part::Copy(..) => {}
            }
        }
        bytes
    })
}

pub fn any_effort() -> impl Strategy<Value = Effort> {
    let lazy = (1..40_u32, prop_oneof![3..40_usize, Just(258)]);
    let optimal = (lazy.clone(), 1..4_u32);
    prop_oneof![
        Just(Effort::Fast),
        lazy.prop_map(|(depth, enough)| Effort::Lazy { depth, enough }),
        optimal.prop_map(|((depth, enough), passes)| Effort::Optimal { depth, enough, passes }),
    ]
}
