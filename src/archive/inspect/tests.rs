//! Archives made byte by byte, by others' tools, and by chance.

mod build;
mod good;
mod hostile;
mod random;
mod reading;

use std::collections::BTreeSet;

use super::{Inspection, ProblemCode, Severity, inspect_bytes};
use crate::cancel::Cancel;

fn inspected(bytes: &[u8]) -> Inspection {
    inspect_bytes(&bytes, &Cancel::new()).unwrap()
}

fn codes(found: &Inspection) -> BTreeSet<ProblemCode> {
    found.problems.iter().map(|problem| problem.code).collect()
}

fn errors(found: &Inspection) -> Vec<&str> {
    let errors = found.problems.iter().filter(|problem| problem.severity == Severity::Error);
    errors.map(|problem| problem.message.as_str()).collect()
}
