//! Blocks by themselves: any steps, which no parser would take, come back as they are.

use proptest::prelude::*;

use super::super::block::Blocks;
use super::super::window::Match;
use super::inputs::Noise;
use super::strict::{Found, Kind, read};
use super::{MAX_DISTANCE, inflated};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Literal(u8),
    Match(usize, usize),
}

/// What the steps make. Distances that are too far back are cut.
fn input_of(steps: &mut [Step]) -> Vec<u8> {
    let mut input = Vec::new();
    for step in steps {
        if let Step::Match(length, distance) = *step {
            let distance = distance.min(input.len());
            *step = if distance == 0 { Step::Literal(7) } else { Step::Match(length, distance) };
        }
        match *step {
            Step::Literal(byte) => input.push(byte),
            Step::Match(length, distance) => {
                let start = input.len() - distance;
                for at in start..start + length {
                    input.push(input[at]);
                }
            }
        }
    }
    input
}

/// Writes the steps, and looks whether they come back.
fn written(mut steps: Vec<Step>) -> Found {
    let input = input_of(&mut steps);
    let mut blocks = Blocks::new();
    blocks.begin(0, Vec::new());
    let mut at = 0;
    for step in &steps {
        blocks.settle(&input, at);
        match *step {
            Step::Literal(byte) => {
                blocks.literal(byte);
                at += 1;
            }
            Step::Match(length, distance) => {
                blocks.matched(Match { length, distance });
                at += length;
            }
        }
    }
    let stream = blocks.end(&input, false);
    assert!(inflated(&stream).is_some_and(|bytes| bytes == input));
    let found = read(&[], &stream).unwrap();
    assert!(found.bytes == input);
    if !found.blocks.contains(&Kind::Stored) {
        let matches = steps.iter().filter_map(|step| match *step {
            Step::Match(length, distance) => Some((length, distance)),
            Step::Literal(_) => None,
        });
        assert!(found.matches.iter().copied().eq(matches));
    }
    found
}

/// So many of each that codes without a limit would be as long as there are symbols.
fn fibonacci<T: Copy>(mut count: usize, of: impl Fn(usize) -> T, symbols: usize) -> Vec<T> {
    let mut next = count + 1;
    let mut all = Vec::new();
    for symbol in 0..symbols {
        all.extend(std::iter::repeat_n(of(symbol), count));
        (count, next) = (next, count + next);
    }
    // In no order, so that it is one block.
    let mut noise = Noise::new(1);
    for at in (1..all.len()).rev() {
        all.swap(at, noise.below(at + 1));
    }
    all
}

#[test]
fn the_longest_codes_are_cut() {
    // The end, which occurs once, is the rarest.
    let literals = fibonacci(1, |symbol| Step::Literal(symbol.to_le_bytes()[0]), 20);
    assert_eq!(written(literals).longest[0], 14);

    // The first distance of each symbol, with as much before them, by what is no rare one.
    let first = |symbol: usize| if symbol < 4 { 1 + symbol } else { 1 + ((2 + symbol % 2) << (symbol / 2 - 1)) };
    let far = std::iter::repeat_n(Step::Match(258, first(10)), 128);
    let distances = fibonacci(1, |symbol| Step::Match(3, first(29 - symbol)), 20);
    let before = std::iter::repeat_n(Step::Literal(0), first(10)).chain(far);
    assert_eq!(written(before.chain(distances).collect()).longest[1], 15);
}

#[test]
fn the_longest_code_of_code_lengths_is_cut() {
    // Literals of which so many have each length: 2 to the power of twice their length, and one more to fill it up.
    let longest = (0..40).map(|seed| {
        let mut noise = Noise::new(seed);
        let shares: Vec<_> = (0..256).map(|_| 1 << noise.below(13)).collect();
        let literals = shares.iter().enumerate().flat_map(|(byte, share)| {
            std::iter::repeat_n(Step::Literal(byte.to_le_bytes()[0]), if byte < 200 { 1 } else { *share })
        });
        written(literals.collect()).longest[2]
    });
    assert_eq!(longest.max(), Some(7));
}

/// One literal, and no distance, or one, or two. There are readers that refuse fewer than two distances: see `strict`.
#[test]
fn few_symbols_are_enough() {
    let matches = [vec![], vec![Step::Match(3, 1)], vec![Step::Match(3, 500); 9], vec![Step::Match(258, 1); 700]];
    let two = vec![Step::Match(3, 1), Step::Match(3, 2)];
    for (count, last) in
        [600, 70_000].into_iter().flat_map(|count| matches.iter().chain([&two]).map(move |last| (count, last)))
    {
        let found = written([&vec![Step::Literal(0); count], &last[..]].concat());
        assert!(found.blocks.iter().all(|kind| *kind == Kind::Own));
        assert_eq!((found.matches.len(), found.longest[1]), (last.len(), 1));
    }
}

#[test]
fn all_symbols_fit() {
    let literals = (0..=255).map(Step::Literal);
    let matches = (3..=258).flat_map(|length| (0..=15).map(move |bit| Step::Match(length, 1 << bit)));
    let steps = literals.chain(std::iter::repeat_n(Step::Match(258, 256), 128)).chain(matches).collect();
    let found = written(steps);
    assert!(found.matches.contains(&(3, MAX_DISTANCE)));
}

fn step() -> impl Strategy<Value = Step> {
    let length = prop_oneof![3..=258_usize, 3..6_usize, 255..=258_usize];
    let distance = prop_oneof![1..5_usize, 1..300_usize, 1..=MAX_DISTANCE, MAX_DISTANCE - 3..=MAX_DISTANCE];
    prop_oneof![
        2 => prop_oneof![any::<u8>(), 0..4_u8].prop_map(Step::Literal),
        1 => (length, distance).prop_map(|(length, distance)| Step::Match(length, distance)),
    ]
}

/// Steps of which some come again and again, so that blocks differ.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec((proptest::collection::vec(step(), 1..40), 1..200_usize), 0..20)
        .prop_map(|parts| parts.into_iter().flat_map(|(part, times)| part.repeat(times)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_steps_come_back(steps in steps()) {
        written(steps);
    }
}
