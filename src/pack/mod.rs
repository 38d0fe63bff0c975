//! A function folder -> one deterministic deployment ZIP.
//!
//! This file alone knows the order: [`select`] looks at the disk, [`plan`] decides, [`known`] tells what the last pack
//! knows of it, [`compress`] does the rest, [`output`] puts the result in its place, and [`memory`] remembers it.

mod cache;
mod compress;
mod content;
mod dependencies;
mod file;
mod folders;
mod known;
mod list;
mod memory;
mod names;
mod options;
mod output;
mod plan;
mod report;
mod rules;
mod scratch;
mod secret;
mod select;
mod trail;
mod twins;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::archive::{Finished, Old};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::parallel;
use crate::progress::{Event, Phase, Reporter};
use cache::{Additions, Archive, Cache, Entries, Part, Past, Report};
use compress::{Record, Work, compress};
use file::Stamp;
use known::Known;
use output::Output;
use plan::Plan;
use secret::Secret;
use select::Ours;
use trail::{Changed, Clock, Packed, Trail};

pub use cache::Place as CachePlace;
pub use content::Level;
pub use options::{DEFAULT_OUT, Mode, PackOptions, Symlinks};
pub use report::PackReport;
pub use rules::{Excluded, Reason};
pub use scratch::Scratch;

/// Packs a folder.
///
/// # Errors
/// See [`Error`]; whatever is at `out` stays as it was.
pub fn pack(options: PackOptions, reporter: &dyn Reporter, cancel: &Cancel) -> Result<PackReport, Error> {
    let started = Instant::now();
    // Before anything is looked at: what changes from now on is not trusted.
    let clock = Clock::now();
    let options = options.validate()?;
    let root = existing_folder(&options.root)?;
    let output = Output::new(&options.out)?;
    reporter.report(Event::phase(Phase::Select));
    let (cache, mut notes) = match Cache::open(&options.cache, &root, output.real()) {
        Ok(cache) => (cache, Vec::new()),
        Err((folder, cause)) => (None, vec![report::cache_unusable(&folder, &cause)]),
    };
    let secret = match &cache {
        Some(cache) => cache.secret(),
        None => Secret::random().map_err(|cause| Error::Internal(format!("no random numbers: {cause}")))?,
    };
    let threads = threads(&options);
    let made = Pack { options: &options, root, output, cache, secret, clock, threads, reporter, cancel }.run()?;
    let mut warnings = made.report.warnings;
    warnings.extend(report::size_warning(made.archive.size));
    warnings.append(&mut notes);
    Ok(PackReport {
        path: std::path::absolute(&options.out).unwrap_or_else(|_| options.out.clone()),
        sha256: made.archive.sha256,
        size: made.archive.size,
        unzipped_size: made.report.unzipped_size,
        file_count: made.report.file_count,
        compressed_count: made.compressed,
        reused: made.reused,
        excluded: made.report.excluded,
        warnings,
        duration: started.elapsed(),
    })
}

/// One pack under way.
struct Pack<'a> {
    options: &'a PackOptions,
    root: PathBuf,
    output: Output,
    cache: Option<Cache>,
    secret: Secret,
    clock: Clock,
    threads: usize,
    reporter: &'a dyn Reporter,
    cancel: &'a Cancel,
}

/// What a pack comes to.
struct Made {
    archive: Archive,
    report: Report,
    reused: bool,
    compressed: u64,
}

impl Pack<'_> {
    fn run(&self) -> Result<Made, Error> {
        let past = self.cache.as_ref().and_then(|cache| cache.past(&self.slot()));
        let mut last = past.as_ref().and_then(Past::manifest);
        let trail = match (&past, &last) {
            (Some(past), Some(last)) if last.options == self.options_in_short() => past.part(Part::Trail),
            _ => None,
        };
        let trail = trail.as_deref().and_then(Packed::from_bytes);
        let changed = match &trail {
            Some(trail) => trail::verify(trail, self.output.real(), self.threads, self.cancel)?,
            None => None,
        };
        if let (Some(last), Some(true)) = (&mut last, changed.as_ref().map(Changed::is_empty))
            && self.intact(&last.archive)?.is_some()
        {
            if let Some(past) = past {
                self.use_again(last, past);
            }
            return Ok(Made::again(last.archive.clone(), last.report.clone()));
        }
        let entries = past.as_ref().and_then(|past| past.part(Part::Entries));
        drop(past);
        let entries = entries.as_deref().and_then(Entries::from_bytes);
        let (plan, trail) = match self.plan_again(last.as_ref(), trail.as_ref(), entries.as_ref(), changed.as_ref())? {
            Some(again) => again,
            None => self.select()?,
        };
        let mut known = Known::default();
        let mut states = Vec::new();
        let mut old = None;
        if let (Some(last), Some(entries)) = (last.filter(|last| last.level == self.options.level), entries) {
            states = entries.states;
            known =
                known::known(&plan, entries.lines, last.clock, (last.level, self.secret), self.threads, self.cancel)?;
            old = if known.records.iter().any(Option::is_some) { self.intact(&last.archive)? } else { None };
            if known.is_all && old.is_some() {
                let report = plan.report();
                let records: Vec<_> = known.records.into_iter().flatten().collect();
                let keys: Vec<_> = records.iter().flat_map(|record| &record.keys).copied().collect();
                let slot = self.slot();
                let keep = move |cache: &Cache| cache.keep(&slot, keys.iter());
                let again = || Ok((Made::again(last.archive, report), None));
                let (made, _) = self.remember(trail, (Arc::new(plan.entries), records, states), keep, again)?;
                return Ok(made);
            }
        }
        self.write(plan, trail, known.records, old.map(|(file, stamp)| (Old { file, size: stamp.size, states }, stamp)))
    }

    fn select(&self) -> Result<(Plan, Option<Trail<'static>>), Error> {
        let ours = Ours {
            out: self.output.real(),
            cache: self.cache.as_ref().map(Cache::folder),
            clock: self.cache.as_ref().map(|_| self.clock),
            threads: self.threads,
        };
        let mut selection = select::select(&self.root, self.options, &ours, self.cancel)?;
        let trail = selection.trail.take();
        let plan = plan::plan(selection, &self.options.prefix, &self.options.root)?;
        Ok((plan, trail))
    }

    /// Writes the archive.
    fn write(
        &self,
        plan: Plan,
        trail: Option<Trail<'_>>,
        records: Vec<Option<Record>>,
        old: Option<(Old, Stamp)>,
    ) -> Result<Made, Error> {
        let (old, old_stamp) = old.unzip();
        let copied_from = old.as_ref().map(|old| old.file.try_clone()).transpose();
        let copied_from = copied_from.map_err(Error::read(self.output.real()))?;
        let report = plan.report();
        let entries = Arc::new(plan.entries);
        let needs_store = old.is_none() || records.iter().any(Option::is_none);
        let store = self.cache.as_ref().filter(|_| needs_store).map(Cache::store).map(Arc::new);
        let mut additions = self.cache.as_ref().map(Cache::additions);
        let temporary = self.output.start()?;
        let work = Work {
            entries: Arc::clone(&entries),
            records,
            old,
            store: store.clone(),
            level: self.options.level,
            secret: self.secret,
            threads: self.threads,
        };
        let written = compress(work, &temporary, additions.as_mut(), self.reporter, self.cancel)?;
        if let (Some(file), Some(stamp)) = (&copied_from, &old_stamp) {
            // What was copied was what it is thought to be if nobody has written to it meanwhile. That another pack has
            // put its own archive in its place is no matter.
            let now = file.metadata().map_err(Error::read(self.output.real()))?;
            if !Stamp::of(&now).has_content_of(stamp) {
                return Err(Error::FileChanged { path: self.output.real().to_owned() });
            }
        }
        // Windows replaces no file that is open.
        drop(copied_from);
        let Finished { sha256, size, states } = written.finished;
        let keys: Vec<_> = written.records.iter().flat_map(|record| &record.keys).copied().collect();
        let learn = move |cache: &Cache| {
            if let Some(store) = &store {
                store.note(keys.iter());
            }
            if additions.is_some_and(Additions::finish) {
                cache.sweep(store.as_deref());
            }
        };
        let commit = || {
            let (stamp, hold) = temporary.commit(self.clock, self.cancel)?;
            let archive = Archive { stamp, is_trusted: self.clock.has_marked(&stamp), sha256, size };
            Ok((Made { archive, report, reused: false, compressed: written.compressed }, Some(hold)))
        };
        let (made, _hold) = self.remember(trail, (entries, written.records, states), learn, commit)?;
        Ok(made)
    }
}

impl Made {
    /// The archive that was there already.
    fn again(archive: Archive, report: Report) -> Self {
        Self { archive, report, reused: true, compressed: 0 }
    }
}

/// More threads only take memory.
const MOST_THREADS_PER_CORE: usize = 4;

fn threads(options: &PackOptions) -> usize {
    let cores = parallel::cores();
    options.threads.map_or(cores, NonZeroUsize::get).min(cores * MOST_THREADS_PER_CORE)
}

fn existing_folder(root: &Path) -> Result<PathBuf, Error> {
    let not_found = |problem: &str| Error::RootNotFound { path: root.to_owned(), problem: problem.to_owned() };
    let real = root.canonicalize().map_err(|cause| match cause.kind() {
        std::io::ErrorKind::NotFound => not_found("does not exist"),
        _ => Error::ReadFailed { path: root.to_owned(), cause },
    })?;
    if real.is_dir() { Ok(real) } else { Err(not_found("is not a folder")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_cache_nobody_writes_down_what_was_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::write(root.join("index.js"), "").unwrap();
        let out = root.join("function.zip");
        for place in [CachePlace::Nowhere, CachePlace::Folder(root.join("cache"))] {
            let cache = Cache::open(&place, &root, &out).unwrap();
            let (options, cancel) = (PackOptions::default(), Cancel::new());
            let (output, clock, reporter) = (Output::new(&out).unwrap(), Clock::now(), &crate::progress::Silent);
            let pack = Pack {
                options: &options,
                root: root.clone(),
                output,
                cache,
                secret: Secret::random().unwrap(),
                clock,
                threads: 1,
                reporter,
                cancel: &cancel,
            };
            let (plan, trail) = pack.select().unwrap();
            assert_eq!(plan.entries.len(), 1);
            assert_eq!(trail.is_some(), place != CachePlace::Nowhere);
        }
    }
}
