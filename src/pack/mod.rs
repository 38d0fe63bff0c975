//! A function folder -> one deterministic deployment ZIP.
//!
//! This file alone knows the order: [`select`] looks at the disk, [`plan`] decides, [`compress`] does, and
//! [`output`] puts the result in its place.

mod compress;
mod dependencies;
mod file;
mod names;
mod options;
mod output;
mod plan;
mod rules;
mod scratch;
mod select;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::archive::Summary;
use crate::cancel::Cancel;
use crate::error::Error;
use crate::limits;
use crate::progress::{Event, Phase, Reporter};
use crate::warning::{Severity, Warning, WarningCode};
pub use options::{DEFAULT_LEVEL, DEFAULT_OUT, Mode, PackOptions, Symlinks};
pub use rules::{Excluded, Reason};
pub use scratch::Scratch;

/// What a pack made.
#[derive(Debug, Clone)]
pub struct PackReport {
    /// The archive, absolute.
    pub path: PathBuf,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// Its bytes.
    pub size: u64,
    /// Bytes of all files in it, unzipped.
    pub unzipped_size: u64,
    /// Files and links in it.
    pub file_count: u64,
    /// What stayed out.
    pub excluded: Vec<Excluded>,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// How long it took.
    pub duration: Duration,
}

impl PackReport {
    /// What a deployment needs to know of the archive.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let Self { sha256, size, unzipped_size, file_count, .. } = *self;
        Summary { sha256, size, unzipped_size, file_count }
    }
}

/// Packs a folder.
///
/// # Errors
/// See [`Error`]; whatever is at `out` stays as it was.
pub fn pack(options: PackOptions, reporter: &dyn Reporter, cancel: &Cancel) -> Result<PackReport, Error> {
    let started = Instant::now();
    let options = options.validate()?;
    let root = existing_folder(&options.root)?;
    let output = output::Output::new(&options.out)?;
    reporter.report(Event::phase(Phase::Select));
    let selection = select::select(&root, &options, output.real(), cancel)?;
    let plan = plan::plan(selection, &options.prefix, &options.root)?;
    let cores = available_threads();
    let threads = options.threads.map_or(cores, NonZeroUsize::get).min(cores * MOST_THREADS_PER_CORE);
    let temporary = output.start()?;
    let finished = compress::compress(&plan, options.level, threads, &temporary, reporter, cancel)?;
    cancel.check()?;
    temporary.commit()?;
    let mut warnings = plan.warnings;
    warnings.extend(size_warning(finished.size));
    Ok(PackReport {
        path: std::path::absolute(&options.out).unwrap_or(options.out),
        sha256: finished.sha256,
        size: finished.size,
        unzipped_size: plan.unzipped_size,
        file_count: plan.file_count,
        excluded: plan.excluded,
        warnings,
        duration: started.elapsed(),
    })
}

fn existing_folder(root: &Path) -> Result<PathBuf, Error> {
    let not_found = |problem: &str| Error::RootNotFound { path: root.to_owned(), problem: problem.to_owned() };
    let real = root.canonicalize().map_err(|cause| match cause.kind() {
        std::io::ErrorKind::NotFound => not_found("does not exist"),
        _ => Error::ReadFailed { path: root.to_owned(), cause },
    })?;
    if real.is_dir() { Ok(real) } else { Err(not_found("is not a folder")) }
}

/// More only take memory.
const MOST_THREADS_PER_CORE: usize = 4;

/// The cores that this process may use, cgroups and affinity considered.
fn available_threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// What the archive's size means for the ways to Lambda.
fn size_warning(size: u64) -> Option<Warning> {
    let warning = |code, severity, message: String| Some(Warning { code, severity, message, path: None });
    if size > limits::DIRECT_UPLOAD {
        let limit = limits::DIRECT_UPLOAD;
        let message = format!("The archive has {size} bytes; over {limit} it must go through S3 (`s3: {{ bucket }}`).");
        warning(WarningCode::NeedsS3, Severity::Warning, message)
    } else if size > limits::CONSOLE_EDITOR {
        let limit = limits::CONSOLE_EDITOR;
        let message =
            format!("The archive has {size} bytes; over {limit} the console's editor does not show the code.");
        warning(WarningCode::NoConsoleEditor, Severity::Note, message)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sizes_that_change_the_way_are_told_at_the_byte() {
        let code = |size| size_warning(size).map(|warning| warning.code);
        assert_eq!(code(limits::CONSOLE_EDITOR), None);
        assert_eq!(code(limits::CONSOLE_EDITOR + 1), Some(WarningCode::NoConsoleEditor));
        assert_eq!(code(limits::DIRECT_UPLOAD), Some(WarningCode::NoConsoleEditor));
        assert_eq!(code(limits::DIRECT_UPLOAD + 1), Some(WarningCode::NeedsS3));
    }
}
