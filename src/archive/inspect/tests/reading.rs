//! Files that are not there, that change, and calls that are ended.

use std::cell::Cell;
use std::io;
use std::path::Path;

use super::super::source::ReadAt;
use super::super::{inspect, inspect_bytes};
use super::build::{file, of};
use crate::archive::summarize;
use crate::cancel::Cancel;
use crate::error::Error;

/// Does something when it has been read from so many times.
struct Eventful<'a, F> {
    bytes: &'a [u8],
    left: Cell<u32>,
    event: F,
}

impl<F: Fn() -> Option<io::Result<usize>>> ReadAt for Eventful<'_, F> {
    fn size(&self) -> io::Result<u64> {
        self.bytes.size()
    }

    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        self.left.set(self.left.get().wrapping_sub(1));
        let event = if self.left.get() == 0 { (self.event)() } else { None };
        event.unwrap_or_else(|| self.bytes.read_at(buffer, at))
    }
}

fn reads(bytes: &[u8]) -> u32 {
    let counted = Eventful { bytes, left: Cell::new(0), event: || None };
    inspect_bytes(&counted, &Cancel::new()).unwrap();
    0_u32.wrapping_sub(counted.left.get())
}

fn archive() -> Vec<u8> {
    of([file("a", b"text"), file("b", &[1; 5000]).with_descriptor(true)]).bytes()
}

#[test]
fn a_call_ends_soon_after_the_flag_is_raised() {
    let bytes = archive();
    for count in 1..=reads(&bytes) {
        let cancel = Cancel::new();
        let raised = || {
            cancel.cancel();
            None
        };
        let source = Eventful { bytes: &bytes, left: Cell::new(count), event: raised };
        assert!(matches!(inspect_bytes(&source, &cancel), Err(Error::Aborted)), "{count}");
    }
}

#[test]
fn a_file_that_gets_shorter_or_cannot_be_read_is_an_error_and_no_problem() {
    let bytes = archive();
    for count in 1..=reads(&bytes) {
        let shorter = Eventful { bytes: &bytes, left: Cell::new(count), event: || Some(Ok(0)) };
        assert!(matches!(inspect_bytes(&shorter, &Cancel::new()), Err(Error::ReadFailed { .. })), "{count}");
        let failing = || Some(Err(io::Error::other("the disk is gone")));
        let failing = Eventful { bytes: &bytes, left: Cell::new(count), event: failing };
        assert!(matches!(inspect_bytes(&failing, &Cancel::new()), Err(Error::ReadFailed { .. })), "{count}");
        let interrupted = || Some(Err(io::ErrorKind::Interrupted.into()));
        let interrupted = Eventful { bytes: &bytes, left: Cell::new(count), event: interrupted };
        assert_eq!(inspect_bytes(&interrupted, &Cancel::new()).unwrap().problems, []);
    }
}

#[test]
fn what_is_no_file_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let (cancel, missing) = (Cancel::new(), folder.path().join("missing.zip"));
    assert!(matches!(inspect(&missing, &cancel), Err(Error::PackageNotFound { .. })));
    assert!(matches!(summarize(&missing, &cancel), Err(Error::PackageNotFound { .. })));
    assert!(matches!(inspect(folder.path(), &cancel), Err(Error::InvalidArchive { .. })));
    assert!(matches!(summarize(folder.path(), &cancel), Err(Error::InvalidArchive { .. })));
}

#[test]
fn a_summary_is_what_an_inspection_has_and_refuses_what_is_no_archive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zip");
    let summary = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        summarize(&path, &Cancel::new())
    };
    let refused = |bytes: &[u8]| match summary(bytes) {
        Err(Error::InvalidArchive { problem, .. }) => problem,
        other => panic!("{other:?}"),
    };
    assert_eq!(summary(&archive()).unwrap(), inspect(&path, &Cancel::new()).unwrap().summary);
    assert_eq!(summary(&[b"#!/bin/sh\n", &archive()[..], b"\n"].concat()).unwrap().file_count, 2);
    assert_eq!(refused(b"text"), "it has no end record; it is no ZIP archive, or a part of one");
    assert_eq!(refused(&archive()[1..]), "it lacks 1 bytes before its central directory");
    assert_eq!(refused(&of([]).bytes()), "it holds no file");
    let cancel = Cancel::new();
    cancel.cancel();
    assert!(matches!(summarize(Path::new(&path), &cancel), Err(Error::Aborted)));
}
