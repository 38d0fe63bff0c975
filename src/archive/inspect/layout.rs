//! Where everything is in the file: each byte has to belong to one thing.

use super::bytes::{u16_at, u32_at};
use super::directory::Catalogue;
use super::local::{HEAD, LOCAL, Locals};
use super::problems::{ProblemCode, Problems, shown};
use super::source::Source;
use crate::error::Error;

/// Tells what shares bytes, and what bytes nothing has.
pub fn check(
    source: &Source<'_>,
    catalogue: &Catalogue,
    locals: &Locals,
    problems: &mut Problems,
) -> Result<(), Error> {
    let mut gaps = Vec::new();
    // The end of what came before, and whose it is.
    let mut end = 0;
    let mut last = None;
    for local in &locals.found {
        source.cancel.check()?;
        let Some(record) = catalogue.records.get(local.index) else { continue };
        if local.start < end {
            let other = last.map_or_else(String::new, |other| shown(catalogue.name(other)));
            problems.entry(ProblemCode::EntriesOverlap, record, || format!("shares bytes with the entry {other}"));
        } else if local.start > end {
            gaps.push((end, local.start));
        }
        if local.end > catalogue.at {
            let phrase = || "shares bytes with the central directory, or is behind it".to_owned();
            problems.entry(ProblemCode::EntriesOverlap, record, phrase);
        }
        if local.end >= end {
            (end, last) = (local.end, Some(record));
        }
    }
    if end < catalogue.at {
        gaps.push((end, catalogue.at));
    }
    if catalogue.end < catalogue.end_records {
        gaps.push((catalogue.end, catalogue.end_records));
    }
    // Without all entries there is no telling what belongs to nothing.
    if !locals.incomplete && catalogue.complete {
        for (from, to) in gaps {
            gap(source, from, to, problems)?;
        }
    }
    Ok(())
}

/// Bytes that nothing has. What reads the file from its beginning takes a local header there for an entry.
fn gap(source: &Source<'_>, from: u64, to: u64, problems: &mut Problems) -> Result<(), Error> {
    source.cancel.check()?;
    let length = to - from;
    let head = source.some(from, HEAD)?;
    if length >= HEAD as u64 && u32_at(&head, 0) == Some(LOCAL) {
        let name = source.some(from + HEAD as u64, u16_at(&head, 26).unwrap_or_default().into())?;
        let phrase = format!("has an entry {} at {from} that its central directory does not list", shown(&name));
        problems.archive(ProblemCode::HiddenEntry, phrase);
    } else if from == 0 {
        problems.archive(ProblemCode::LeadingBytes, format!("begins with {length} bytes that belong to nothing"));
    } else {
        problems.archive(ProblemCode::HiddenBytes, format!("has {length} bytes at {from} that belong to nothing"));
    }
    Ok(())
}
