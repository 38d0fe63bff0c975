//! A function folder -> one deterministic deployment ZIP.
//!
//! This file alone knows the order: [`select`] looks at the disk, [`plan`] decides, [`known`] tells what the last pack
//! knows of it, [`compress`] does the rest, and [`output`] puts the result in its place.

mod cache;
mod compress;
mod content;
mod dependencies;
mod file;
mod folders;
mod known;
mod names;
mod options;
mod output;
mod plan;
mod rules;
mod scratch;
mod select;
mod trail;
mod twins;

use std::fs::File;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{Builder, ScopedJoinHandle};
use std::time::{Duration, Instant};

use crate::archive::{Finished, Old, State, Summary};
use crate::cancel::{Cancel, Hold};
use crate::error::Error;
use crate::limits;
use crate::parallel;
use crate::progress::{Event, Phase, Reporter};
use crate::warning::{Severity, Warning, WarningCode};
use cache::{Additions, Archive, Cache, Entries, Manifest, Part, Past, Report, Slot};
use compress::{Record, Work, compress};
use content::Key;
use file::Stamp;
use known::{Home, Known};
use output::Output;
use plan::{Entry, Plan};
use select::Ours;
use trail::{Changed, Clock, Packed, Trail};

pub use cache::Place as CachePlace;
pub use content::Level;
pub use options::{DEFAULT_OUT, Mode, PackOptions, Symlinks};
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
    /// Files that had to be compressed.
    pub compressed_count: u64,
    /// Whether the archive was there already.
    pub reused: bool,
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
    // Before anything is looked at: what changes from now on is not trusted.
    let clock = Clock::now();
    let options = options.validate()?;
    let root = existing_folder(&options.root)?;
    let output = Output::new(&options.out)?;
    reporter.report(Event::phase(Phase::Select));
    let (cache, mut notes) = match Cache::open(&options.cache, &root, output.real()) {
        Ok(cache) => (cache, Vec::new()),
        Err((folder, cause)) => (None, vec![cache_unusable(&folder, &cause)]),
    };
    let threads = threads(&options);
    let made = Pack { options: &options, root, output, cache, clock, threads, reporter, cancel }.run()?;
    let mut warnings = made.report.warnings;
    warnings.extend(size_warning(made.archive.size));
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
                if past.is_to_be_noted()
                    && let Some(bytes) = past.part(Part::Entries)
                    && let Some(entries) = Entries::from_bytes(&bytes)
                {
                    self.keep(entries.lines.iter().flat_map(|line| &line.record.keys));
                }
                self.trust(last, past);
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
            known = known::known(&plan, entries.lines, last.clock, last.level, self.threads, self.cancel)?;
            old = if known.records.iter().any(Option::is_some) { self.intact(&last.archive)? } else { None };
            if known.is_all && old.is_some() {
                let report = plan.report();
                let records: Vec<_> = known.records.into_iter().flatten().collect();
                let keys: Vec<_> = records.iter().flat_map(|record| &record.keys).copied().collect();
                let keep = || self.keep(&keys);
                let again = || Ok((Made::again(last.archive, report), None));
                let (made, _) = self.remember(trail, (Arc::new(plan.entries), records, states), keep, again)?;
                return Ok(made);
            }
        }
        self.write(plan, trail, known.records, old.map(|(file, stamp)| (Old { file, size: stamp.size, states }, stamp)))
    }

    /// The plan of the last pack with what has changed in its files, if nothing else has.
    fn plan_again<'t>(
        &self,
        last: Option<&Manifest>,
        trail: Option<&'t Packed<'t>>,
        entries: Option<&Entries<'_>>,
        changed: Option<&Changed>,
    ) -> Result<Option<(Plan, Option<Trail<'t>>)>, Error> {
        let (Some(last), Some(entries), Some(changed)) = (last, entries, changed) else { return Ok(None) };
        let Some(mut trail) = trail.and_then(Packed::unpack) else { return Ok(None) };
        trail.renew(changed, self.clock);
        let plan = known::plan(self.home(), &trail.reached(&self.root), entries, &last.report, changed)?;
        Ok(plan.map(|plan| (plan, Some(trail))))
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
        let mut has_added = false;
        let learn = || {
            if let Some(store) = &store {
                store.note(keys.iter());
            }
            has_added = additions.is_some_and(Additions::finish);
        };
        let commit = || {
            let (stamp, hold) = temporary.commit(self.clock, self.cancel)?;
            let archive = Archive { stamp, is_trusted: self.clock.has_marked(&stamp), sha256, size };
            Ok((Made { archive, report, reused: false, compressed: written.compressed }, Some(hold)))
        };
        let (made, _hold) = self.remember(trail, (entries, written.records, states), learn, commit)?;
        if let (Some(cache), true) = (&self.cache, has_added) {
            cache.sweep(store.as_deref());
        }
        Ok(made)
    }

    /// The archive of the last pack, if it still is what it was.
    fn intact(&self, archive: &Archive) -> Result<Option<(File, Stamp)>, Error> {
        let intact = if self.options.transient { None } else { self.output.intact(archive, self.cancel)? };
        Ok(intact.map(|file| (file, archive.stamp)))
    }

    /// An archive that was hashed because it was new is not hashed again.
    fn trust(&self, last: &mut Manifest, past: Past) {
        let is_sure = !last.archive.is_trusted && self.clock.trusts(&last.archive.stamp);
        let (Some(cache), true) = (&self.cache, is_sure) else { return };
        let copied = cache.draft().filter(|draft| {
            let copy = |part| past.part(part).is_some_and(|bytes| draft.put(part, &bytes).is_ok());
            copy(Part::Trail) && copy(Part::Entries)
        });
        // Windows replaces no file that is open.
        drop(past);
        if let Some(draft) = copied {
            last.archive.is_trusted = true;
            cache.remember(&self.slot(), draft, last);
        }
    }

    /// What is used every day is not swept, though nothing is ever taken from it.
    fn keep<'k>(&self, keys: impl IntoIterator<Item = &'k Key>) {
        if let Some(cache) = &self.cache {
            cache.keep(&self.slot(), keys.into_iter());
        }
    }

    /// Does `commit`, and meanwhile writes down what the next pack wants to know, and lets go of it, as the disk takes
    /// its time.
    fn remember<'h>(
        &self,
        trail: Option<Trail<'_>>,
        (entries, records, states): (Arc<Vec<Entry>>, Vec<Record>, Vec<State>),
        learn: impl FnOnce() + Send,
        commit: impl FnOnce() -> Result<(Made, Option<Hold<'h>>), Error>,
    ) -> Result<(Made, Option<Hold<'h>>), Error> {
        let Some(cache) = &self.cache else { return commit() };
        let draft = cache.draft();
        let (committed, is_whole) = std::thread::scope(|scope| {
            let draft = draft.as_ref();
            // What cannot be kept is not made either.
            let entries = move || draft?.put(Part::Entries, &self.lines(&entries, records, states)?).ok();
            let trail = move || {
                learn();
                draft?.put(Part::Trail, &trail.map_or(Some(Vec::new()), Packed::bytes_of)?).ok()
            };
            // Where the system gives no threads nothing is learned, and nothing else fails.
            let parts = [Builder::new().spawn_scoped(scope, entries), Builder::new().spawn_scoped(scope, trail)];
            let committed = commit();
            let is_put =
                |part: std::io::Result<ScopedJoinHandle<'_, _>>| part.is_ok_and(|it| matches!(it.join(), Ok(Some(()))));
            (committed, parts.into_iter().all(is_put))
        });
        let (made, hold) = committed?;
        if let (Some(draft), true) = (draft, is_whole) {
            let (options, level, clock) = (self.options_in_short(), self.options.level, self.clock);
            let (archive, report) = (made.archive.clone(), made.report.clone());
            cache.remember(&self.slot(), draft, &Manifest { options, level, clock, archive, report });
        }
        Ok((made, hold))
    }

    /// The entries as the next pack wants to know them.
    fn lines(&self, entries: &[Entry], records: Vec<Record>, states: Vec<State>) -> Option<Vec<u8>> {
        let lines = known::lines(self.home(), entries, records)?;
        Entries { lines, states }.to_bytes()
    }

    fn home(&self) -> Home<'_> {
        Home { root: &self.root, prefix: &self.options.prefix }
    }

    fn slot(&self) -> Slot {
        Slot::new(&self.root, (!self.options.transient).then(|| self.output.real()))
    }

    /// All that a selection depends on beside the disk.
    fn options_in_short(&self) -> [u8; 32] {
        let PackOptions { include, ignore, executable, mode, prefix, symlinks, .. } = self.options;
        // With the slot: what lies under the name of another one is none.
        let all = (include, ignore, executable, mode, prefix, symlinks, self.options.level, self.slot());
        *blake3::hash(format!("{all:?}").as_bytes()).as_bytes()
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

fn cache_unusable(folder: &Path, cause: &std::io::Error) -> Warning {
    let message = format!("The cache in {} cannot be used ({cause}), so nothing is remembered.", folder.display());
    let path = Some(folder.to_string_lossy().into_owned());
    Warning { code: WarningCode::CacheUnusable, severity: Severity::Note, message, path }
}

fn existing_folder(root: &Path) -> Result<PathBuf, Error> {
    let not_found = |problem: &str| Error::RootNotFound { path: root.to_owned(), problem: problem.to_owned() };
    let real = root.canonicalize().map_err(|cause| match cause.kind() {
        std::io::ErrorKind::NotFound => not_found("does not exist"),
        _ => Error::ReadFailed { path: root.to_owned(), cause },
    })?;
    if real.is_dir() { Ok(real) } else { Err(not_found("is not a folder")) }
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

    #[test]
    fn the_sizes_that_change_the_way_are_told_at_the_byte() {
        let code = |size| size_warning(size).map(|warning| warning.code);
        assert_eq!(code(limits::CONSOLE_EDITOR), None);
        assert_eq!(code(limits::CONSOLE_EDITOR + 1), Some(WarningCode::NoConsoleEditor));
        assert_eq!(code(limits::DIRECT_UPLOAD), Some(WarningCode::NoConsoleEditor));
        assert_eq!(code(limits::DIRECT_UPLOAD + 1), Some(WarningCode::NeedsS3));
    }
}
