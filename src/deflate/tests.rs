//! What is deflated comes back, by readers that are not our own and by one that is stricter than any.

mod blocks;
mod inputs;
mod python;
mod strict;

use flate2::{Decompress, FlushDecompress, Status};
use proptest::prelude::*;

use super::{Effort, Encoder, End, MAX_DISTANCE};
use inputs::{KNOWN, Noise, SOME, any_effort, any_input, efforts, kinds, noise, periodic, text};
use strict::{Kind, read};

fn deflated(encoder: &mut Encoder, input: &[u8], known: usize, effort: Effort, end: End) -> Vec<u8> {
    let mut output = Vec::new();
    encoder.deflate(input, known, effort, end, &mut output);
    output
}

fn whole(encoder: &mut Encoder, input: &[u8], effort: Effort) -> Vec<u8> {
    deflated(encoder, input, 0, effort, End::Stream)
}

/// By zlib-rs, all of it and nothing behind it.
fn inflated(stream: &[u8]) -> Option<Vec<u8>> {
    let (mut reader, mut bytes) = (Decompress::new(false), Vec::new());
    loop {
        bytes.reserve(64 << 10);
        let at = usize::try_from(reader.total_in()).unwrap();
        match reader.decompress_vec(&stream[at..], &mut bytes, FlushDecompress::Finish) {
            Ok(Status::StreamEnd) => break,
            _ if bytes.len() == bytes.capacity() => {}
            _ => return None,
        }
    }
    (reader.total_in() == stream.len() as u64).then_some(bytes)
}

/// Both readers find just the input.
fn comes_back(stream: &[u8], input: &[u8]) -> bool {
    inflated(stream).is_some_and(|bytes| bytes == input)
        && read(&[], stream).is_ok_and(|found| found.is_whole && found.bytes == input)
}

#[test]
fn short_inputs_come_back() {
    let mut encoder = Encoder::new();
    for length in 0..=20 {
        let rising: Vec<u8> = (1..=20).take(length).collect();
        let inputs = [rising, vec![b'a'; length], noise(length, 9), periodic(length, 2), periodic(length, 3)];
        for (input, effort) in inputs.iter().flat_map(|input| efforts().into_iter().map(move |effort| (input, effort)))
        {
            let stream = whole(&mut encoder, input, effort);
            assert!(comes_back(&stream, input), "{input:?} {effort:?}");
            assert!(stream.len() <= length + 5, "{input:?} {effort:?}");
            for known in 0..=length {
                let stream = deflated(&mut encoder, input, known, effort, End::Stream);
                let found = read(&input[..known], &stream).unwrap();
                assert!(found.is_whole && found.bytes == *input, "{input:?} {known} {effort:?}");
            }
        }
    }
    assert_eq!(whole(&mut encoder, b"", Effort::Fast), [3, 0]);
}

#[test]
fn inputs_of_all_kinds_come_back() {
    let mut encoder = Encoder::new();
    for (name, input) in kinds() {
        for effort in if input.len() < 100_000 { efforts() } else { SOME.to_vec() } {
            assert!(comes_back(&whole(&mut encoder, &input, effort), &input), "{name} {effort:?}");
        }
    }
}

#[test]
fn large_inputs_come_back() {
    let mut encoder = Encoder::new();
    let turns: Vec<_> = (0..12).flat_map(|n| [text(150_000, n), noise(112_144, n)].concat()).collect();
    for input in [turns, periodic(3 << 20, 30_011)] {
        for effort in SOME {
            assert!(comes_back(&whole(&mut encoder, &input, effort), &input), "{effort:?}");
        }
    }
}

#[test]
fn the_window_moves_at_every_place() {
    let mut encoder = Encoder::new();
    let far = [text(32_700, 1), noise(300, 1)].concat();
    let input: Vec<u8> = far.iter().copied().cycle().take(140_000).collect();
    for multiple in (1..=8).map(|n| n * (16 << 10)) {
        for length in
            [multiple - 1024, multiple - 259, multiple - 8, multiple - 1, multiple, multiple + 1, multiple + 300]
        {
            for effort in SOME {
                let input = &input[..length];
                assert!(comes_back(&whole(&mut encoder, input, effort), input), "{length} {effort:?}");
            }
        }
    }
    // What begins sooner or later is at another place when the window moves.
    for (before, effort) in (0..600).step_by(29).flat_map(|before| SOME.map(|effort| (before, effort))) {
        for period in [2, 300, 32_760] {
            let input = [noise(before, 8), periodic(66_000, period)].concat();
            assert!(comes_back(&whole(&mut encoder, &input, effort), &input), "{before} {period} {effort:?}");
        }
    }
}

#[test]
fn far_matches_are_found() {
    let mut encoder = Encoder::new();
    for distance in [1000, 20_000, 32_766, 32_767] {
        let input = inputs::repeated(300, distance);
        for effort in SOME {
            let found = read(&[], &whole(&mut encoder, &input, effort)).unwrap();
            let length: usize = found.matches.iter().filter(|it| it.1 == distance).map(|it| it.0).sum();
            assert!(length >= 250, "{distance} {effort:?} {:?}", found.matches);
        }
    }
}

#[test]
fn what_is_known_is_referred_to() {
    let mut encoder = Encoder::new();
    let input = [noise(40_000, 1), text(40_000, 1)].concat();
    for known in KNOWN {
        let (before, rest) = input.split_at(known);
        // What is behind `known` is what the last of it was, if there is so much.
        let again = [before, &before[known.saturating_sub(20_000)..], rest].concat();
        for effort in efforts() {
            let stream = deflated(&mut encoder, &again, known, effort, End::Stream);
            let found = read(before, &stream).unwrap();
            assert!(found.is_whole && found.bytes == again, "{known} {effort:?}");
            if known > MAX_DISTANCE {
                // More than the last 32 KiB makes no difference.
                let last = known - MAX_DISTANCE;
                assert!(deflated(&mut encoder, &again[last..], MAX_DISTANCE, effort, End::Stream) == stream);
            }
            if known > 30_000 {
                assert!(
                    stream.len() < whole(&mut encoder, &again[known..], effort).len() - 19_000,
                    "{known} {effort:?}"
                );
            }
        }
    }
}

#[test]
fn open_pieces_become_one_stream() {
    let mut encoder = Encoder::new();
    let mut numbers = Noise::new(1);
    for (name, input) in kinds() {
        let (mut stream, mut at, mut given) = (Vec::new(), 0, Vec::new());
        for effort in efforts() {
            // None at all is a piece too.
            let length = numbers.below(1 + (input.len() / 5).min(70_000));
            let next = (at + length).min(input.len());
            let known = at.min(KNOWN[numbers.below(KNOWN.len())]);
            encoder.deflate(&input[at - known..next], known, effort, End::Open, &mut stream);
            at = next;
            given.push((known, length, effort));
        }
        let found = read(&[], &stream).unwrap();
        assert!(!found.is_whole && found.bytes == input[..at], "{name} {given:?}");
        let known = at.min(MAX_DISTANCE);
        encoder.deflate(&input[at - known..], known, Effort::Fast, End::Stream, &mut stream);
        assert!(comes_back(&stream, &input), "{name} {given:?}");
    }
    for known in KNOWN {
        for effort in efforts() {
            assert_eq!(deflated(&mut encoder, &input_of(known), known, effort, End::Open), [0, 0, 0, 255, 255]);
            assert_eq!(deflated(&mut encoder, &input_of(known), known, effort, End::Stream), [3, 0]);
        }
    }
}

fn input_of(length: usize) -> Vec<u8> {
    text(length, 4)
}

#[test]
fn what_was_deflated_before_makes_no_difference() {
    let (kinds, efforts) = (kinds(), efforts());
    let (mut encoder, mut numbers) = (Encoder::new(), Noise::new(3));
    for _ in 0..200 {
        let (name, input) = &kinds[numbers.below(kinds.len())];
        let effort = efforts[numbers.below(efforts.len())];
        let known = KNOWN[numbers.below(KNOWN.len())].min(input.len());
        let end = [End::Stream, End::Open][numbers.below(2)];
        let first = deflated(&mut Encoder::new(), input, known, effort, end);
        let mut output = noise(numbers.below(300), 1);
        let before = output.clone();
        encoder.deflate(input, known, effort, end, &mut output);
        let (kept, own) = output.split_at(before.len());
        assert!(kept == before && own == first, "{name} {known} {effort:?} {end:?}");
    }
}

#[test]
fn what_does_not_shrink_hardly_grows() {
    let mut encoder = Encoder::new();
    for length in [1, 100, 65_535, 65_536, 300_000, 2 << 20] {
        let input = noise(length, 2);
        for effort in SOME {
            for end in [End::Stream, End::Open] {
                let stream = deflated(&mut encoder, &input, 0, effort, end);
                // Now and then a block ends where it need not.
                assert!(stream.len() <= length + 5 * (length.div_ceil(65_535) + 3) + 1, "{length} {effort:?} {end:?}");
            }
        }
    }
}

#[test]
fn each_kind_of_block_is_for_what_it_suits() {
    let mut encoder = Encoder::new();
    let turns = [text(100_000, 1), noise(400_000, 1), Noise::new(1).bytes(100_000, 30)].concat();
    for effort in SOME {
        let mut blocks = |input: &[u8]| read(&[], &whole(&mut encoder, input, effort)).unwrap().blocks;
        assert!(blocks(&noise(100_000, 1)).iter().all(|kind| *kind == Kind::Stored));
        assert_eq!(blocks(b"as short as it is"), [Kind::Fixed]);
        assert_eq!(blocks(&text(5000, 1)), [Kind::Own]);
        assert!(blocks(&turns).len() >= 3);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_input_comes_back(input in any_input(), effort in any_effort()) {
        prop_assert!(comes_back(&whole(&mut Encoder::new(), &input, effort), &input));
    }

    #[test]
    fn any_pieces_become_one_stream(
        input in any_input(),
        pieces in proptest::collection::vec((any::<prop::sample::Index>(), any_effort()), 0..6),
        last in any_effort(),
    ) {
        let mut ends: Vec<_> = pieces.iter().map(|(end, effort)| (end.index(input.len() + 1), *effort)).collect();
        ends.sort_by_key(|end| end.0);
        let (mut encoder, mut stream, mut at) = (Encoder::new(), Vec::new(), 0);
        for (end, effort) in ends {
            let known = at.min(MAX_DISTANCE);
            encoder.deflate(&input[at - known..end], known, effort, End::Open, &mut stream);
            at = end;
        }
        // All of what is known, of which the encoder takes what it can use.
        encoder.deflate(&input, at, last, End::Stream, &mut stream);
        prop_assert!(comes_back(&stream, &input));
    }
}
