//! Any bytes: `inspect` ends, does not panic, and answers something that holds together.

#![no_main]
#![allow(dead_code, unused_imports, reason = "the rest of the library is not here")]

#[path = "../../src/archive/mod.rs"]
mod archive;
#[path = "../../src/cancel.rs"]
mod cancel;
#[path = "../../src/error/mod.rs"]
mod error;
#[path = "../../src/limits.rs"]
mod limits;
#[path = "../../src/positioned.rs"]
mod positioned;
#[path = "../../src/regular.rs"]
mod regular;

use archive::inspect::{Severity, inspect_bytes};
use cancel::Cancel;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let found = inspect_bytes(&bytes, &Cancel::new()).expect("bytes in memory can be read");
    assert_eq!(found.summary.size, bytes.len() as u64);
    // A record of the central directory has 46 bytes or more.
    assert!(found.entries.len() <= bytes.len() / 46);
    let total = found.entries.iter().map(|entry| entry.size).fold(0, u64::saturating_add);
    assert_eq!(found.summary.unzipped_size, total);
    for problem in &found.problems {
        assert_eq!(problem.severity, problem.code.severity());
        assert!(problem.message.len() < 4096, "{}", problem.message);
    }
    // What has no error does not overlap: all of it is in the file.
    if found.problems.iter().all(|problem| problem.severity == Severity::Warning) {
        let stored = found.entries.iter().map(|entry| entry.compressed_size).sum::<u64>();
        assert!(stored <= bytes.len() as u64);
        assert!(!found.entries.is_empty());
    }
});
