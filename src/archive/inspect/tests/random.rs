//! Archives by chance: `inspect` ends, and does not read for ever.

use std::cell::Cell;
use std::io;

use proptest::prelude::*;

use super::super::source::ReadAt;
use super::super::{Inspection, inspect_bytes};
use super::build::{Archive, file, folder, link, of, stored};
use crate::cancel::Cancel;

/// Counts what is read. What is allocated for bytes of the file is allocated to read them.
struct Counted<'a> {
    bytes: &'a [u8],
    read: Cell<u64>,
}

impl ReadAt for Counted<'_> {
    fn size(&self) -> io::Result<u64> {
        self.bytes.size()
    }

    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        assert!(buffer.len() <= self.bytes.len(), "no buffer is larger than the file");
        let count = self.bytes.read_at(buffer, at)?;
        self.read.set(self.read.get() + count as u64);
        Ok(count)
    }
}

/// Hash, end, directory, headers, contents and the second reader each pass over the file at most, and a few bytes are
/// looked at for each entry.
fn within_bounds(bytes: &[u8]) -> Inspection {
    let counted = Counted { bytes, read: Cell::new(0) };
    let found = inspect_bytes(&counted, &Cancel::new()).unwrap();
    let most = 12 * bytes.len() as u64 + 64 * found.entries.len() as u64;
    assert!(counted.read.get() <= most, "{} bytes read of {}", counted.read.get(), bytes.len());
    assert!(found.entries.len() <= bytes.len() / 46);
    found
}

fn samples() -> Vec<Archive> {
    let some = || {
        of([
            file("index.js", b"text, text, text, text"),
            stored("lib/a", b"abc").with_descriptor(true),
            file("lib/b", &[7; 3000]).with_descriptor(false),
            folder("empty/"),
            link("link", "lib/a"),
            file("é", b""),
        ])
    };
    vec![
        some(),
        some().with(|a| a.count = Some(u16::MAX)).zip64(|_| {}),
        some().with(|a| a.comment = b"comment".to_vec()),
        some().with(|a| (a.before, a.uncounted) = (vec![1; 100], 100)),
    ]
}

#[test]
fn each_byte_of_some_archives_in_turn_is_changed() {
    for archive in samples() {
        let good = archive.bytes();
        for at in 0..good.len() {
            for change in [1, 0x80, 0xff] {
                let mut bytes = good.clone();
                bytes[at] ^= change;
                within_bounds(&bytes);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn many_changes(
        sample in 0..4_usize,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..30),
        piece in any::<Option<(prop::sample::Index, prop::sample::Index, prop::sample::Index)>>(),
    ) {
        let mut bytes = samples()[sample].bytes();
        if let Some((from, to, place)) = piece {
            // A piece of the archive at another place of it: headers and records that are valid there by chance.
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            let piece = bytes[from.min(to)..from.max(to)].to_vec();
            let place = place.index(bytes.len());
            bytes.splice(place..place, piece);
        }
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        within_bounds(&bytes);
    }

    #[test]
    fn numbers_at_their_limits(
        sample in 0..4_usize,
        place in any::<prop::sample::Index>(),
        length in 1..9_usize,
        value in prop_oneof![Just(0_u8), Just(255)],
    ) {
        let mut bytes = samples()[sample].bytes();
        let at = place.index(bytes.len());
        let end = (at + length).min(bytes.len());
        bytes[at..end].fill(value);
        within_bounds(&bytes);
    }

    #[test]
    fn bytes_that_are_no_archive(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        let end = [&[0x50, 0x4b, 5, 6][..], &bytes, &[0; 18]].concat();
        within_bounds(&bytes);
        within_bounds(&end);
    }
}
