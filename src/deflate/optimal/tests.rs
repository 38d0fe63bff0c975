use super::super::window::Finder;
use super::super::{Effort, Encoder, End};
use super::*;

/// Bytes that are the same after each `period`, with no order before.
fn periodic(period: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_le_bytes()[3]
    };
    let once: Vec<u8> = std::iter::repeat_with(next).take(period).collect();
    once.into_iter().cycle().take(2 * BYTES).collect()
}

#[test]
fn what_repeats_has_few_matches() {
    for period in [1, 2, 3, 300] {
        let input = periodic(period);
        let mut window = Window::new();
        let mut cursor = window.begin(&input, 0, Finder::Trees);
        let mut stretch = Stretch::default();
        stretch.clear();
        stretch.fill(&mut window, &mut cursor, &input, Optimal { depth: 100, enough: MAX_MATCH, passes: 1 });
        assert!((BYTES..BYTES + MAX_MATCH).contains(&stretch.len()));
        assert!(stretch.found.len() <= 3 * BYTES / MAX_MATCH, "{period}: {}", stretch.found.len());
    }
}

#[test]
fn more_work_is_smaller() {
    let sources = [&include_bytes!("../optimal.rs")[..], include_bytes!("../block.rs"), include_bytes!("../window.rs")];
    let input = sources.concat();
    let mut encoder = Encoder::new();
    let lengths = [
        Effort::Lazy { depth: 1000, enough: MAX_MATCH },
        Effort::Optimal { depth: 20, enough: 96, passes: 1 },
        Effort::Optimal { depth: 300, enough: MAX_MATCH, passes: 3 },
    ]
    .map(|effort| {
        let mut output = Vec::new();
        encoder.deflate(&input, 0, effort, End::Stream, &mut output);
        output.len()
    });
    assert!(lengths.is_sorted_by(|longer, shorter| longer > shorter), "{lengths:?}");
}
