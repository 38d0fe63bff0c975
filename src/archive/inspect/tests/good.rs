//! What makers of archives make has no errors, and is told as it is.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::super::{EntryKind, EntryMethod, InspectedEntry, Inspection};
use super::{errors, inspected};
use crate::archive::{Header, Method, Writer, inspect};
use crate::cancel::Cancel;

fn writer() -> (Writer, Arc<File>) {
    let file = Arc::new(tempfile::tempfile().unwrap());
    (Writer::new(Arc::clone(&file), &Cancel::new()), file)
}

fn bytes_of(file: &File) -> Vec<u8> {
    use std::io::Seek;
    let (mut file, mut bytes) = (file, Vec::new());
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn our_own_archives_have_no_problems_and_are_told_as_they_are() {
    let (mut writer, file) = writer();
    let deflated = super::build::deflated(b"text, text, text");
    let mut put = |name, mode, method, content: &[u8], stored: &[u8]| {
        let (crc, size) = (crc32fast::hash(content), content.len() as u64);
        let header = Header { name, mode, method, crc, size, stored: stored.len() as u64 };
        writer.entry(&header, stored).unwrap();
    };
    put("bin/run", 0o100_755, Method::Stored, b"#!", b"#!");
    put("empty/", 0o040_755, Method::Stored, b"", b"");
    put("index.js", 0o100_644, Method::Deflated, b"text, text, text", &deflated);
    put("日本.txt", 0o120_777, Method::Stored, b"index.js", b"index.js");
    let made = writer.finish().unwrap();
    let found = inspected(&bytes_of(&file));
    assert_eq!(found.problems, []);
    assert_eq!((found.summary.sha256, found.summary.size), (made.sha256, made.size));
    assert_eq!((found.summary.unzipped_size, found.summary.file_count), (2 + 16 + 8, 3));
    let target = Some("index.js".to_owned());
    let told = |entry: &InspectedEntry| (entry.name.clone(), entry.kind.clone(), entry.mode, entry.method);
    assert_eq!(
        found.entries.iter().map(told).collect::<Vec<_>>(),
        [
            ("bin/run".to_owned(), EntryKind::File, Some(0o755), EntryMethod::Stored),
            ("empty/".to_owned(), EntryKind::Folder, Some(0o755), EntryMethod::Stored),
            ("index.js".to_owned(), EntryKind::File, Some(0o644), EntryMethod::Deflated),
            ("日本.txt".to_owned(), EntryKind::Link { target }, Some(0o777), EntryMethod::Stored),
        ]
    );
    let text = &found.entries[2];
    assert_eq!((text.size, text.compressed_size), (16, deflated.len() as u64));
    assert_eq!(text.crc32, crc32fast::hash(b"text, text, text"));
}

#[test]
fn our_own_archives_of_many_entries_have_no_problems() {
    let (mut writer, file) = writer();
    for n in 0..70_000 {
        let name = &format!("{:02}/{n}", n % 100);
        let (mode, method, crc) = (0o100_644, Method::Stored, crc32fast::hash(b"x"));
        let header = Header { name, mode, method, crc, size: 1, stored: 1 };
        writer.entry(&header, b"x").unwrap();
    }
    writer.finish().unwrap();
    let found = inspected(&bytes_of(&file));
    assert_eq!(found.problems, []);
    assert_eq!(found.entries.len(), 70_000);
}

fn tree(root: &Path) {
    std::fs::create_dir_all(root.join("lib/empty")).unwrap();
    std::fs::write(root.join("index.js"), "exports.handler = async () => 'hello'\n".repeat(50)).unwrap();
    std::fs::write(
        root.join("lib/noise"),
        (0..40_000_u32).flat_map(|n| n.wrapping_mul(n).to_le_bytes()).collect::<Vec<_>>(),
    )
    .unwrap();
    std::fs::write(root.join("lib/nothing"), "").unwrap();
    std::fs::write(root.join("lib/é.txt"), "é").unwrap();
    #[cfg(unix)]
    for (text, name) in [("index.js", "link"), ("../index.js", "lib/up"), ("lib", "folder")] {
        std::os::unix::fs::symlink(text, root.join(name)).unwrap();
    }
}

/// Nothing when the tool is not there.
fn made_by(tool: &str, arguments: &[&str]) -> Option<Inspection> {
    let folder = tempfile::tempdir().unwrap();
    let (root, out) = (folder.path().join("root"), folder.path().join("out.zip"));
    tree(&root);
    let arguments = arguments.iter().map(|argument| argument.replace("OUT", &out.to_string_lossy()));
    let ran =
        Command::new(tool).args(arguments).current_dir(&root).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !ran.ok()?.success() {
        return None;
    }
    Some(inspect(&out, &Cancel::new()).unwrap())
}

#[test]
fn archives_by_other_tools_have_no_errors() {
    let python = "import os, zipfile\n\
        with zipfile.ZipFile(r'OUT', 'w', zipfile.ZIP_DEFLATED) as out:\n \
        for folder, _, files in os.walk('.'):\n  \
        for name in files: out.write(os.path.join(folder, name))\n";
    let table: &[(&str, &[&str])] = &[
        ("zip", &["-qr", "OUT", "."]),
        ("zip", &["-qry", "OUT", "."]),
        ("zip", &["-qr0", "OUT", "."]),
        ("zip", &["-qr", "-fd", "OUT", "."]),
        ("zip", &["-qr", "-fz", "OUT", "."]),
        ("python3", &["-c", python]),
        ("jar", &["cf", "OUT", "."]),
        ("jar", &["cf0M", "OUT", "."]),
    ];
    for (tool, arguments) in table {
        let Some(found) = made_by(tool, arguments) else { continue };
        assert_eq!(errors(&found), [""; 0], "{tool} {arguments:?}");
        assert!(found.entries.len() >= 4, "{tool} {arguments:?}");
    }
}
