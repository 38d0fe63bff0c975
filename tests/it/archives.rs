//! Archives of random trees: what goes in comes out, and nothing but the content makes a difference.

use std::collections::BTreeMap;
use std::io::Read;
use std::num::NonZeroUsize;
use std::path::Path;

use lambda_pack_native::cancel::Cancel;
use lambda_pack_native::pack::{CachePlace, Level, Mode, PackOptions, PackReport, pack};
use lambda_pack_native::progress::Silent;
use proptest::prelude::*;

use crate::trees::write;

fn packed(root: &Path, out: &Path, threads: usize, level: u8) -> PackReport {
    packed_with(CachePlace::Nowhere, root, out, threads, level)
}

fn packed_with(cache: CachePlace, root: &Path, out: &Path, threads: usize, level: u8) -> PackReport {
    let options = PackOptions {
        root: root.to_owned(),
        out: out.to_owned(),
        threads: NonZeroUsize::new(threads),
        mode: Mode::All,
        cache,
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

/// Something that happens to a tree between two packs.
#[derive(Debug, Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Add(String, Vec<u8>),
    Remove(usize),
    Touch(usize),
    Copy(usize, usize),
    #[cfg(unix)]
    Mode(usize),
    RemoveArchive,
    EditArchive,
    Nothing,
}

fn change() -> impl Strategy<Value = Change> {
    let at = 0..100_usize;
    let mode = {
        #[cfg(unix)]
        {
            at.clone().prop_map(Change::Mode)
        }
        #[cfg(not(unix))]
        {
            Just(Change::Nothing)
        }
    };
    prop_oneof![
        4 => (at.clone(), content()).prop_map(|(at, bytes)| Change::Write(at, bytes)),
        2 => ("[a-z]{1,2}/[a-z]{1,2}", content()).prop_map(|(name, bytes)| Change::Add(format!("{name}.new"), bytes)),
        2 => at.clone().prop_map(Change::Remove),
        1 => at.clone().prop_map(Change::Touch),
        1 => (at.clone(), at).prop_map(|(from, to)| Change::Copy(from, to)),
        1 => mode,
        1 => Just(Change::RemoveArchive),
        1 => Just(Change::EditArchive),
        1 => Just(Change::Nothing),
    ]
}

fn apply(change: &Change, root: &Path, names: &mut Vec<String>, out: &Path) {
    let pick = |at: usize, names: &[String]| names[at % names.len()].clone();
    match change {
        Change::Write(at, bytes) => std::fs::write(root.join(pick(*at, names)), bytes).unwrap(),
        Change::Add(name, bytes) => {
            write(root, &[(name.clone(), bytes.clone())]);
            names.retain(|known| known != name);
            names.push(name.clone());
        }
        Change::Remove(at) if names.len() > 1 => {
            std::fs::remove_file(root.join(names.remove(at % names.len()))).unwrap();
        }
        Change::Touch(at) => {
            let file = std::fs::File::options().write(true).open(root.join(pick(*at, names))).unwrap();
            file.set_modified(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1)).unwrap();
        }
        Change::Copy(from, to) => {
            let bytes = std::fs::read(root.join(pick(*from, names))).unwrap();
            std::fs::write(root.join(pick(*to, names)), bytes).unwrap();
        }
        #[cfg(unix)]
        Change::Mode(at) => {
            use std::os::unix::fs::PermissionsExt;
            let path = root.join(pick(*at, names));
            let mode = std::fs::metadata(&path).unwrap().permissions().mode() ^ 0o111;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        Change::RemoveArchive => drop(std::fs::remove_file(out)),
        Change::EditArchive => {
            if let Ok(mut bytes) = std::fs::read(out) {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                std::fs::write(out, bytes).unwrap();
            }
        }
        Change::Remove(_) | Change::Nothing => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn what_is_remembered_makes_no_difference(files in tree(), changes in proptest::collection::vec(change(), 1..8)) {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        let (root, warm, cold) = (place("root"), place("warm.zip"), place("cold.zip"));
        let mut names: Vec<_> = files.keys().cloned().collect();
        write(&root, &files.into_iter().collect::<Vec<_>>());
        let cache = CachePlace::Folder(place("cache"));
        packed_with(cache.clone(), &root, &warm, 2, 6);
        for change in changes {
            apply(&change, &root, &mut names, &warm);
            let known = packed_with(cache.clone(), &root, &warm, 2, 6);
            let new = packed(&root, &cold, 2, 6);
            prop_assert_eq!(known.sha256, new.sha256, "{:?}", change);
            prop_assert!(std::fs::read(&warm).unwrap() == std::fs::read(&cold).unwrap());
            prop_assert_eq!((known.size, known.unzipped_size), (new.size, new.unzipped_size));
        }
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

/// Bytes of so many values, the same for the same seed.
fn bytes(count: usize, values: u16, seed: u64) -> Vec<u8> {
    let mut state = seed << 20 | 1;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (u16::from(state.to_le_bytes()[3]) % values).to_le_bytes()[0]
    })
    .take(count)
    .collect()
}

#[test]
fn pieces_that_are_the_same_after_other_bytes_are_not_given_the_same_bytes() {
    const PIECE: usize = 1 << 20;
    let folder = tempfile::tempdir().unwrap();
    let (root, cache) = (folder.path().join("root"), CachePlace::Folder(folder.path().join("cache")));
    let (one, other) = (bytes(PIECE, 20, 1), bytes(PIECE, 20, 2));
    // It begins with the end of `one`, so it has matches there when it comes after it.
    let mut same = bytes(PIECE, 20, 3);
    same[..30_000].copy_from_slice(&one[PIECE - 30_000..]);
    let last = bytes(99_999, 20, 4);
    let mut files: Vec<_> = [
        ("a", [&one[..], &same, &last]),
        ("b", [&other, &same, &last]),
        // From the second piece on as before, and the same altogether.
        ("c", [&other[PIECE / 2..], &one[PIECE / 2..], &[&same[..], &last].concat()]),
        ("d", [&one, &same, &last]),
    ]
    .into_iter()
    .map(|(name, parts)| (name.to_owned(), parts.concat()))
    // Does not shrink.
    .chain([("e".to_owned(), bytes(3 * PIECE, 256, 5))])
    .collect();
    for level in [1, 6] {
        write(&root, &files);
        let cold = packed(&root, &folder.path().join("cold.zip"), 1, level);
        assert_eq!(read_back(&cold.path), files.iter().cloned().collect());
        assert_eq!(packed(&root, &folder.path().join("four.zip"), 4, level).sha256, cold.sha256);
        // All pieces of `d` are those of `a`: it takes the room of one file less. So do those of `c` and `b` that
        // follow the same bytes.
        assert_eq!(cold.compressed_count, 3);

        // What the cache has of one file is no other's either, and is found although the file was touched.
        std::fs::remove_dir_all(&root).unwrap();
        write(&root, &files[..1]);
        let out = folder.path().join(format!("{level}.zip"));
        packed_with(cache.clone(), &root, &out, 2, level);
        write(&root, &files);
        let warm = packed_with(cache.clone(), &root, &out, 2, level);
        assert_eq!(warm.sha256, cold.sha256);
        assert_eq!(warm.compressed_count, 2);
        write(&root, &files);
        let touched = packed_with(cache.clone(), &root, &out, 2, level);
        assert_eq!((touched.sha256, touched.compressed_count), (cold.sha256, 0));

        // The bytes before a piece alone change, of which its matches may know.
        files[0].1[PIECE - 10_000] ^= 1;
        write(&root, &files);
        let changed = packed_with(cache.clone(), &root, &out, 2, level);
        let cold = packed(&root, &folder.path().join("cold.zip"), 1, level);
        assert_eq!(changed.sha256, cold.sha256);
        assert_eq!(read_back(&changed.path), files.iter().cloned().collect());
        files[0].1[PIECE - 10_000] ^= 1;
    }
}
