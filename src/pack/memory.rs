//! What a pack trusts of what the last one has left, and what it leaves for the next one.

use std::fs::File;
use std::sync::Arc;
use std::thread::Builder;

use sha2::{Digest, Sha256};

use super::cache::{Archive, Cache, Entries, Keeper, Manifest, Part, Past, Slot};
use super::compress::Record;
use super::file::Stamp;
use super::known::{self, Home};
use super::plan::{Entry, Plan};
use super::trail::{Changed, Packed, Trail};
use super::{Made, Pack, PackOptions};
use crate::archive::State;
use crate::cancel::Hold;
use crate::error::Error;

impl Pack<'_> {
    /// The plan of the last pack with what has changed in its files, if nothing else has.
    pub(super) fn plan_again<'t>(
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

    /// The archive of the last pack, if it still is what it was.
    pub(super) fn intact(&self, archive: &Archive) -> Result<Option<(File, Stamp)>, Error> {
        let intact = if self.options.transient { None } else { self.output.intact(archive, self.cancel)? };
        Ok(intact.map(|file| (file, archive.stamp)))
    }

    /// All is as it was, and what the last pack has left serves once more.
    pub(super) fn use_again(&self, last: &mut Manifest, past: Past) {
        // What is used every day is not swept, though nothing is ever taken from it.
        if let Some(cache) = self.cache.as_ref().filter(|_| past.is_to_be_noted())
            && let Some(bytes) = past.part(Part::Entries)
            && let Some(entries) = Entries::from_bytes(&bytes)
        {
            cache.keep(&self.slot(), entries.lines.iter().flat_map(|line| &line.record.keys));
        }
        self.trust(last, past);
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

    /// Does `commit`, and meanwhile `learn` and writes down what the next pack wants to know, and lets go of it, as the
    /// disk takes its time.
    pub(super) fn remember<'h>(
        &self,
        trail: Option<Trail<'_>>,
        (entries, records, states): (Arc<Vec<Entry>>, Vec<Record>, Vec<State>),
        learn: impl FnOnce(&Cache) + Send + 'static,
        commit: impl FnOnce() -> Result<(Made, Option<Hold<'h>>), Error>,
    ) -> Result<(Made, Option<Hold<'h>>), Error> {
        let Some(cache) = &self.cache else { return commit() };
        let draft = cache.draft();
        let is_wanted = draft.is_some();
        let (keeper, kept) = Keeper::start(cache, self.slot(), draft, learn);
        let committed = std::thread::scope(|scope| {
            let put = |part, bytes: Option<Vec<u8>>| bytes.into_iter().for_each(|bytes| keeper.part(part, bytes));
            let entries = move || put(Part::Entries, self.lines(&entries, &records, &states));
            let trail = move || put(Part::Trail, trail.map_or(Some(Vec::new()), Packed::bytes_of));
            // What cannot be kept is not made either. Where the system gives no threads nothing is learned, and nothing
            // else fails.
            let entries = is_wanted.then(|| Builder::new().spawn_scoped(scope, entries).ok());
            let trail = is_wanted.then(|| Builder::new().spawn_scoped(scope, trail).ok());
            let committed = commit();
            for part in [entries, trail].into_iter().flatten().flatten() {
                let _ = part.join();
            }
            committed
        });
        let manifest = committed.as_ref().ok().map(|(made, _)| Manifest {
            options: self.options_in_short(),
            level: self.options.level,
            clock: self.clock,
            archive: made.archive.clone(),
            report: made.report.clone(),
        });
        keeper.finish(manifest);
        kept.wait(self.cancel);
        committed
    }

    /// The entries as the next pack wants to know them.
    fn lines(&self, entries: &[Entry], records: &[Record], states: &[State]) -> Option<Vec<u8>> {
        let lines = entries.iter().zip(records).map(|(entry, record)| known::line(self.home(), entry, record));
        Entries::to_bytes(lines, states)
    }

    /// Where names are taken from.
    fn home(&self) -> Home<'_> {
        Home { root: &self.root, prefix: &self.options.prefix }
    }

    /// What is remembered is of one root that is packed to one archive.
    pub(super) fn slot(&self) -> Slot {
        Slot::new(&self.root, (!self.options.transient).then(|| self.output.real()))
    }

    /// All that a selection depends on beside the disk.
    pub(super) fn options_in_short(&self) -> [u8; 32] {
        let PackOptions { include, ignore, executable, mode, prefix, symlinks, .. } = self.options;
        // With the slot: what lies under the name of another one is none.
        let all = (include, ignore, executable, mode, prefix, symlinks, self.options.level, self.slot());
        Sha256::digest(format!("{all:?}")).into()
    }
}
