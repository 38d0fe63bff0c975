//! Each archive has one thing wrong with it, and gives exactly the codes for that.

use std::collections::BTreeSet;

use super::super::ProblemCode::{self, *};
use super::build::{Archive, Entry, deflated, file, folder, link, of, stored};
use super::{codes, inspected};

fn good() -> Archive {
    of([file("index.js", b"exports.handler = async () => 'hello, hello, hello'\n"), stored("lib/a.txt", b"text")])
}

fn only(entry: Entry) -> Archive {
    of([entry])
}

fn plain() -> Entry {
    file("index.js", b"content, content, content")
}

/// An entry whose headers both say this of a content that is otherwise.
fn lying(change: impl Fn(&mut super::build::Fields)) -> Archive {
    only(plain().both(change))
}

fn gives(table: &[(&str, Archive, &[ProblemCode])]) {
    let mut wrong = Vec::new();
    for (what, archive, expected) in table {
        let found = inspected(&archive.bytes());
        let expected: BTreeSet<_> = expected.iter().copied().collect();
        if codes(&found) != expected {
            wrong.push(format!("{what}: expected {expected:?}, found {:#?}", found.problems));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_end_and_the_directory() {
    let end = |archive: &Archive| archive.bytes()[archive.end_at()..].to_vec();
    let two = good().with(|a| a.comment = end(&good()));
    let wide = || good().with(|a| a.count = Some(u16::MAX));
    gives(&[
        ("nothing wrong", good(), &[]),
        ("a comment", good().with(|a| a.comment = b"hi".to_vec()), &[ArchiveComment]),
        ("bytes behind", good().with(|a| a.after = b"junk".to_vec()), &[TrailingBytes]),
        ("two ends", two, &[DirectoryMisplaced, HiddenBytes, SeveralEndRecords]),
        (
            "an end in a name",
            of([file(b"PK\x05\x06 and eighteen more bytes", b"x")]),
            &[SeveralEndRecords, NameControlCharacter],
        ),
        ("bytes before, counted", good().with(|a| a.before = b"#!/bin/sh\n".to_vec()), &[LeadingBytes]),
        (
            "bytes before, not counted",
            good().with(|a| (a.before, a.uncounted) = (b"#!/bin/sh\n".to_vec(), 10)),
            &[DirectoryMisplaced, LeadingBytes],
        ),
        (
            "bytes missing at the start",
            good().with(|a| a.uncounted = 0u32.wrapping_sub(9)),
            &[DirectoryMisplaced, LocalHeaderMissing],
        ),
        ("one of several disks", good().with(|a| a.disk = 1), &[MultiDisk]),
        ("entries on other disks", good().with(|a| a.count_here = Some(1)), &[MultiDisk]),
        ("an entry on another disk", only(plain().with(|e| e.disk = 2)), &[MultiDisk]),
        ("too high a count", good().with(|a| a.count = Some(3)), &[EntryCountWrong]),
        ("too low a count", good().with(|a| a.count = Some(1)), &[EntryCountWrong]),
        ("too small a directory", good().with(|a| a.size = Some(54)), &[DirectoryMisplaced, DirectorySizeWrong]),
        (
            "two places for the directory",
            good().with(|a| a.size = Some(55)),
            &[DirectoryMisplaced, EntryCountWrong, LocalHeaderMissing],
        ),
        ("no directory", good().with(|a| a.size = Some(0)), &[DirectorySizeWrong]),
        ("an impossible place", good().with(|a| a.offset = Some(9_999_999)), &[DirectoryMisplaced]),
        (
            "impossible numbers",
            good().with(|a| (a.offset, a.size) = (Some(9_999_999), Some(9_999_999))),
            &[DirectoryMisplaced],
        ),
        ("bytes before the directory", good().with(|a| a.before_directory = vec![7; 9]), &[HiddenBytes]),
        (
            "bytes behind the directory",
            good().with(|a| a.after_directory = vec![7; 9]),
            &[DirectoryMisplaced, HiddenBytes],
        ),
        ("no file", of([folder("a/")]), &[NoFiles]),
        ("nothing", of([]), &[NoFiles]),
        ("nothing but bytes", of([]).with(|a| a.before = vec![1; 50]), &[NoFiles, LeadingBytes]),
        ("Zip64", wide().zip64(|_| {}), &[]),
        ("Zip64 that nothing asks for", good().zip64(|_| {}), &[]),
        ("Zip64 with another count", good().zip64(|v| (v[2], v[3]) = (1, 1)), &[Zip64Disagrees, EntryCountWrong]),
        ("Zip64 with a wrong count", wide().zip64(|v| (v[2], v[3]) = (9, 9)), &[EntryCountWrong]),
        ("Zip64 with a huge count", wide().zip64(|v| (v[2], v[3]) = (u64::MAX, u64::MAX)), &[EntryCountWrong]),
        ("Zip64 on several disks", wide().zip64(|v| v[0] = 3), &[MultiDisk, Zip64Disagrees]),
        ("Zip64 elsewhere", wide().zip64(|v| v[6] = 3), &[Zip64Broken]),
        ("Zip64 nowhere", good().with(|a| a.offset = Some(u32::MAX)), &[Zip64Broken, DirectoryMisplaced]),
        ("an entry nowhere", good().with(|a| a.entries[1].present = false), &[LocalHeaderMissing]),
    ]);
}

#[test]
fn a_directory_that_is_too_large_is_not_read() {
    const SIZE: u32 = 33 << 20;
    let filled = of([]).with(|a| (a.before_directory, a.offset) = (vec![0; SIZE as usize], Some(0)));
    gives(&[("33 MiB", filled.with(|a| (a.size, a.count) = (Some(SIZE), Some(9))), &[DirectoryTooLarge])]);
}

#[test]
fn an_archive_that_is_cut_short_anywhere_has_an_error() {
    let bytes = good().bytes();
    for length in 0..bytes.len() {
        let found = inspected(&bytes[..length]);
        assert_eq!(codes(&found), BTreeSet::from([EndRecordMissing]), "{length}");
        assert!(found.entries.is_empty());
    }
    for from in 1..bytes.len() - 22 {
        assert!(!super::errors(&inspected(&bytes[from..])).is_empty(), "{from}");
    }
}

#[test]
fn two_archives_one_after_the_other_are_told() {
    let twice = [good().bytes(), good().bytes()].concat();
    assert_eq!(codes(&inspected(&twice)), BTreeSet::from([DirectoryMisplaced, HiddenEntry]));
}

#[test]
fn local_headers() {
    let differs = |change: fn(&mut super::build::Fields)| only(plain().with(|e| change(&mut e.local)));
    gives(&[
        ("another name", differs(|f| f.name = b"evil.exe".to_vec()), &[LocalHeaderDiffers]),
        ("another method", differs(|f| f.method = 0), &[LocalHeaderDiffers]),
        ("another CRC", differs(|f| f.crc ^= 1), &[LocalHeaderDiffers]),
        ("another size", differs(|f| f.size += 1), &[LocalHeaderDiffers]),
        ("another compressed size", differs(|f| f.compressed_size += 1), &[LocalHeaderDiffers]),
        ("other flags", differs(|f| f.flags |= 1), &[LocalHeaderDiffers]),
        ("other flags that mean nothing", differs(|f| f.flags |= 2), &[]),
        ("a descriptor", only(plain().with_descriptor(true)), &[]),
        ("a descriptor without signature", of([plain().with_descriptor(false), stored("b", b"x")]), &[]),
        ("a descriptor behind stored data", only(stored("a", b"x").with_descriptor(true)), &[StoredWithDescriptor]),
        (
            "a descriptor that lies",
            only(plain().with_descriptor(true).with(|e| e.after[5] ^= 1)),
            &[DataDescriptorWrong, HiddenBytes],
        ),
        ("no descriptor", only(plain().both(|f| f.flags |= 8)), &[DataDescriptorWrong]),
        ("no header", only(plain().with(|e| e.offset = Some(1))), &[LocalHeaderMissing]),
        ("no header in the file", only(plain().with(|e| e.offset = Some(u32::MAX - 1))), &[LocalHeaderMissing]),
        ("beyond the file", lying(|f| f.compressed_size = 1 << 30), &[DataCutShort]),
        ("encrypted", lying(|f| f.flags |= 1), &[Encrypted]),
        ("encrypted headers", lying(|f| f.flags |= 1 << 13), &[Encrypted]),
        ("a new version", only(plain().with(|e| e.version[0] = 63)), &[VersionUnsupported]),
        ("a new version in the directory", only(plain().with(|e| e.version[1] = 46)), &[VersionUnsupported]),
        (
            "broken extra fields before the data",
            only(plain().with(|e| e.local.extra = vec![7, 0, 9, 0])),
            &[ExtraFieldBroken],
        ),
        ("bzip2", lying(|f| f.method = 12), &[MethodUnsupported]),
        ("a patch", lying(|f| f.flags |= 1 << 5), &[MethodUnsupported]),
        ("bytes between", of([plain(), stored("b", b"x").with(|e| e.before = vec![0; 5])]), &[HiddenBytes]),
        ("an entry between", of([plain().with(|e| e.listed = false), stored("b", b"x")]), &[HiddenEntry]),
        (
            "an entry in the middle",
            of([stored("a", b""), plain().with(|e| e.listed = false), stored("b", b"x")]),
            &[HiddenEntry],
        ),
        ("broken extra fields", only(plain().both(|f| f.extra = vec![1, 2, 3, 4, 5])), &[ExtraFieldBroken]),
        (
            "a time that is none, which the zip crate refuses",
            only(plain().both(|f| f.extra = vec![0x55, 0x54, 0, 0])),
            &[ReadersDisagree],
        ),
        ("padding in extra fields", only(plain().both(|f| f.extra = vec![0, 0, 0])), &[]),
        ("Zip64 sizes that are not there", lying(|f| f.size = u32::MAX), &[Zip64Broken, UnzippedTooLarge, SizeWrong]),
    ]);
}

#[test]
fn overlaps() {
    let twin = |name: &str| {
        // The same local header and data for another record.
        stored("a", b"shared")
            .with(|e| (e.present, e.offset, e.central.name) = (false, Some(0), name.as_bytes().to_owned()))
    };
    let inner = stored("inner", b"seen twice");
    let quoted = {
        // A stored entry that has the local header of the next one in its data (Fifield's bomb).
        let head = of([inner.clone()]).bytes()[..35].to_vec();
        let content = [&head[..], &inner.data].concat();
        of([stored("outer", &content), inner.with(|e| (e.present, e.offset) = (false, Some(35)))])
    };
    gives(&[
        ("one header for two", of([stored("a", b"shared"), twin("a")]), &[EntriesOverlap, NameDuplicate]),
        ("one header for another name", of([stored("a", b"shared"), twin("b")]), &[EntriesOverlap, LocalHeaderDiffers]),
        ("one in another", quoted, &[EntriesOverlap]),
        (
            "into the directory",
            only(stored("a", b"x").both(|f| (f.size, f.compressed_size) = (9, 9))),
            &[EntriesOverlap, CrcWrong],
        ),
    ]);
}

#[test]
fn contents() {
    let cut = deflated(b"content, content, content");
    let bomb = vec![0; 1 << 20];
    let with_data = |data: Vec<u8>| {
        let size = u32::try_from(data.len()).unwrap();
        only(plain().with(|e| e.data = data).both(|f| f.compressed_size = size))
    };
    let stored_as = |size: u32| only(stored("a", b"1234").both(|f| f.size = size));
    gives(&[
        ("another CRC", lying(|f| f.crc ^= 1), &[CrcWrong]),
        ("less than declared", lying(|f| f.size += 1), &[SizeWrong]),
        ("more than declared", lying(|f| f.size -= 1), &[SizeWrong]),
        ("a bomb that declares little", only(file("a", &bomb).both(|f| f.size = 10)), &[SizeWrong]),
        ("stored, less than declared", stored_as(5), &[SizeWrong]),
        ("stored, more than declared", stored_as(3), &[SizeWrong]),
        ("no stream", with_data(vec![0xff; 30]), &[DataBroken]),
        ("half a stream", with_data(cut[..cut.len() / 2].to_vec()), &[DataBroken]),
        ("no bytes for a stream", with_data(vec![]), &[DataBroken]),
        ("bytes behind the stream", with_data([&cut[..], b"hidden"].concat()), &[DataAfterStream]),
        ("content in a folder", only(stored("a/", b"x").mode(0o040_755)), &[NoFiles, FolderWithData]),
    ]);
}

#[test]
fn what_is_too_large_is_told_and_not_read() {
    // 300 MiB of zeros, declared as they are, take 300 KiB.
    let zeros = vec![0; 100 << 20];
    let one = file("a", &zeros);
    let three = ["a", "b", "c"].map(|name| one.clone().both(|f| f.name = name.into()));
    gives(&[("a bomb", of(three), &[UnzippedTooLarge, NotChecked])]);
    // The same 10 MiB for 50 entries.
    let shared = file("a", &zeros[..10 << 20]);
    let again = (0..49).map(|n| {
        let name = format!("{n}");
        shared.clone().with(|e| (e.present, e.offset, e.central.name) = (false, Some(0), name.into_bytes()))
    });
    let entries = [shared.clone()].into_iter().chain(again);
    gives(&[("a bomb of overlaps", of(entries), &[UnzippedTooLarge, NotChecked, EntriesOverlap, LocalHeaderDiffers])]);
}

#[test]
fn names() {
    let named = |name: &[u8]| only(file(name, b"x"));
    let pair = |a: &str, b: &str| of([file(a, b"x"), file(b, b"y")]);
    let unmarked = |name: &[u8]| only(file(name, b"x").both(|f| f.flags = 0));
    let second = |name: &str, of: &[u8], other: &str| {
        let mut extra = [0x75, 0x70, 0, 0, 1].to_vec();
        extra.extend(crc32fast::hash(of).to_le_bytes());
        extra.extend(other.as_bytes());
        extra[2] = u8::try_from(extra.len() - 4).unwrap();
        only(file(name, b"x").both(|f| (f.flags, f.extra) = (0, extra.clone())))
    };
    gives(&[
        ("absolute", named(b"/etc/passwd"), &[NameAbsolute]),
        ("a drive", named(b"C:/a"), &[NameAbsolute]),
        ("out of the package", named(b"../../a"), &[NameDotDot]),
        ("a backslash", named(b"a\\b"), &[NameBackslash]),
        ("nothing", named(b""), &[NameEmpty]),
        ("NUL", named(b"a.js\0.png"), &[NameNul]),
        ("a new line", named(b"a\nb"), &[NameControlCharacter]),
        ("an empty part", named(b"a//b"), &[NameNotNormal]),
        ("long", named(&[b'n'; 300]), &[NameTooLong]),
        ("not UTF-8", named(b"a\xff"), &[NameNotUtf8]),
        ("not marked as UTF-8", unmarked("é".as_bytes()), &[NameWithoutUtf8Flag]),
        ("marked, and not UTF-8", only(file(b"\xff", b"x").both(|f| f.flags = 1 << 11)), &[NameNotUtf8]),
        ("a second name", second("a.txt", b"a.txt", "../../a"), &[UnicodePathDiffers]),
        ("the same as second name", second("é", "é".as_bytes(), "é"), &[]),
        ("a second name of another", second("a.txt", b"b.txt", "a.txt"), &[UnicodePathDiffers]),
        ("twice", pair("a", "a"), &[NameDuplicate]),
        ("twice, in other words", pair("a/b", "a/./b"), &[NameDuplicate, NameNotNormal]),
        ("a file in a file", pair("a", "a/b"), &[FileIsFolder]),
        ("a file in a file, far away", of(["a", "a.b", "a-b", "a/b/c"].map(|name| file(name, b"x"))), &[FileIsFolder]),
        ("a file and a folder", of([file("a", b"x"), folder("a/")]), &[FileIsFolder]),
        ("case", pair("Readme", "README"), &[NamesDifferByCase]),
        ("case of a folder", pair("Lib/a", "lib/b"), &[NamesDifferByCase]),
        ("case of letters that are not ASCII", pair("É", "é"), &[NamesDifferByCase]),
        ("accents", pair("\u{e9}", "e\u{301}"), &[NamesDifferByNormalization]),
    ]);
}

#[test]
fn kinds_and_modes() {
    let moded = |name: &str, mode| of([plain(), stored(name, b"").mode(mode)]);
    gives(&[
        ("for all", moded("a", 0o100_604), &[]),
        ("for the owner", moded("a", 0o100_600), &[ModeUnreadable]),
        ("for the group", moded("a", 0o100_640), &[ModeUnreadable]),
        ("without a type", moded("a", 0o600), &[ModeUnreadable]),
        ("a folder for the owner", moded("a/", 0o040_700), &[ModeUnreadable]),
        ("a folder that lists only", moded("a/", 0o040_744), &[ModeUnreadable]),
        ("no mode", moded("a", 0), &[]),
        ("from another system", of([stored("a", b"").mode(0o100_600).with(|e| e.made_by = 20)]), &[]),
        ("set-uid", moded("a", 0o104_755), &[ModeSpecialBits]),
        ("a FIFO", moded("a", 0o010_644), &[SpecialFile]),
        ("a device", moded("a", 0o020_644), &[SpecialFile]),
        ("a socket", moded("a", 0o140_644), &[SpecialFile]),
        ("a file by mode", moded("a/", 0o100_755), &[KindUnclear]),
        ("a folder by mode", moded("a", 0o040_755), &[KindUnclear]),
    ]);
}

#[test]
fn links() {
    let leads = |name: &str, target: &str| of([file("dir/file", b"x"), link(name, target)]);
    let chain = (0..60).map(|n| link(&format!("l{n:02}"), &format!("l{:02}", n + 1)));
    gives(&[
        ("to a file", leads("l", "dir/file"), &[]),
        ("to a folder without an entry", leads("l", "dir"), &[]),
        ("up and down again", leads("dir/l", "../dir/./file"), &[]),
        ("to the package itself", leads("dir/l", ".."), &[]),
        ("absolute", leads("l", "/etc/passwd"), &[LinkAbsolute]),
        ("out", leads("l", "../x"), &[LinkLeavesPackage]),
        ("out from below", leads("dir/l", "../../x"), &[LinkLeavesPackage]),
        ("out by way of what is not there", leads("l", "no/../../x"), &[LinkLeavesPackage]),
        ("to nothing", leads("l", "no"), &[LinkDangling]),
        ("into a file", leads("l", "dir/file/x"), &[LinkDangling]),
        ("to itself", leads("l", "l"), &[LinkDangling]),
        ("without text", leads("l", ""), &[LinkInvalid]),
        ("with NUL", leads("l", "a\0b"), &[LinkInvalid]),
        ("with a long text", leads("l", &"x/".repeat(3000)), &[LinkInvalid]),
        ("something below", of([link("l", "dir"), file("dir/a", b"x"), file("l/b", b"y")]), &[EntryBelowLink]),
        (
            "out by way of a link",
            of([file("a/b/c", b"x"), link("l", "a/b"), link("m", "l/../../../x")]),
            &[LinkLeavesPackage],
        ),
        ("in by way of a link", of([file("a/b/c", b"x"), link("l", "a/b"), link("m", "l/../b/c")]), &[]),
        ("through too many", of(chain.chain([file("l60", b"x")])), &[LinkDangling]),
    ]);
}

#[test]
fn many_of_a_kind_are_counted() {
    let found = inspected(&of((0..500).map(|n| file(format!("{n}\n"), b"x"))).bytes());
    assert_eq!(found.entries.len(), 500);
    assert_eq!(found.problems.len(), 101);
    let last = found.problems.last().unwrap();
    assert_eq!((last.entry.as_deref(), &last.message[..25]), (None, "The archive has 400 more "));
}
