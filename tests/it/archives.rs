//! Archives of random trees: what goes in comes out, and nothing but the content makes a difference.

use std::collections::BTreeMap;
use std::io::Read;
use std::num::NonZeroUsize;
use std::path::Path;

use lambda_pack_native::cancel::Cancel;
use lambda_pack_native::pack::{Level, Mode, PackOptions, PackReport, pack};
use lambda_pack_native::progress::Silent;
use proptest::prelude::*;

use crate::trees::write;

fn packed(root: &Path, out: &Path, threads: usize, level: u8) -> PackReport {
    let options = PackOptions {
        root: root.to_owned(),
        out: out.to_owned(),
        threads: NonZeroUsize::new(threads),
        mode: Mode::All,
        level: Level::Exactly(level),
        ..PackOptions::default()
    };
    pack(options, &Silent, &Cancel::new()).unwrap()
}

/// What the `zip` crate reads; it checks each CRC.
fn read_back(archive: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(archive).unwrap()).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (entry.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

/// Bytes that shrink, or not, or a little.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let lengths = prop_oneof![8 => 0..2_000_usize, 2 => 200_000..600_000_usize];
    (lengths, 1..=255_u8, any::<u64>()).prop_map(|(length, spread, seed)| {
        let mut state = seed | 1;
        std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3] % spread
        })
        .take(length)
        .collect()
    })
}

fn tree() -> impl Strategy<Value = BTreeMap<String, Vec<u8>>> {
    let name = proptest::string::string_regex("[a-zé-]{1,3}(/[a-z0-9 ]{1,3}){0,2}\\.[jx]").unwrap();
    proptest::collection::btree_map(name, content(), 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn what_goes_in_comes_out_the_same_with_any_number_of_threads(files in tree(), level in 1..=12_u8) {
        let folder = tempfile::tempdir().unwrap();
        let list: Vec<_> = files.clone().into_iter().collect();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        write(&one, &list);
        let reversed: Vec<_> = list.into_iter().rev().collect();
        write(&two, &reversed);
        let first = packed(&one, &folder.path().join("1.zip"), 1, level);
        let second = packed(&two, &folder.path().join("2.zip"), 5, level);
        prop_assert_eq!(first.sha256, second.sha256);
        prop_assert_eq!(read_back(&first.path), files);
    }
}

#[test]
fn large_files_come_out_as_they_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let text: Vec<u8> = (0..1_500_000_u32).flat_map(|n| n.wrapping_mul(n).to_le_bytes()).collect();
    let mut state = 7_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    })
    .take((5 << 20) + 1)
    .collect();
    let mut half = noise.clone();
    half.extend(vec![0; 5 << 20]);
    // At, below and above the size from which files are cut into pieces.
    let sized = |size: usize| text.iter().copied().cycle().take(size).collect::<Vec<_>>();
    let files: Vec<_> = [("half", half), ("noise", noise), ("text", text.clone())]
        .into_iter()
        .chain([("at", sized(4 << 20)), ("above", sized((4 << 20) + 1)), ("pieces", sized(6 << 20))])
        .map(|(name, bytes)| (name.to_owned(), bytes))
        .collect();
    let root = folder.path().join("root");
    write(&root, &files);
    for level in [1, 6, 12] {
        let one = packed(&root, &folder.path().join("1.zip"), 1, level);
        let four = packed(&root, &folder.path().join("4.zip"), 4, level);
        assert_eq!(one.sha256, four.sha256);
        let back = read_back(&four.path);
        for (name, bytes) in &files {
            assert!(back[name] == *bytes, "{name} at level {level}");
        }
    }
}
