//! Jobs handed to threads, and their results handed back in order.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::deflate::{Deflater, Made, Shared};
use super::job::Job;
use super::seen::{Seen, Unit};
use super::{Record, deflate};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::pack::cache::Store;
use crate::pack::content::Level;
use crate::pack::plan::Entry;
use crate::pack::secret::Secret;

/// Input bytes of jobs that are under way or wait for their turn to be written. However many threads there are:
/// memory does not grow with them, and no more of them work on files of megabytes than fit in.
const WINDOW: u64 = 12 << 20;

/// The last jobs, up to this many input bytes, are taken largest first, so that the threads end together. They must
/// fit into the window, as they are not taken in the order in which they are written.
const TAIL: u64 = WINDOW / 2;

/// How often a waiting writer looks at the cancel flag.
const LOOK: Duration = Duration::from_millis(10);

/// The jobs of one archive. Threads share it, and may outlive the call that has given them up.
pub struct Queue {
    pub entries: Arc<Vec<Entry>>,
    pub records: Vec<Option<Record>>,
    pub jobs: Vec<Job>,
    pub level: Level,
    pub secret: Secret,
    pub store: Option<Arc<Store>>,
    /// The first unit of each entry.
    pub units: Vec<usize>,
    /// The jobs for threads, in the order in which they are taken.
    order: Vec<usize>,
    seen: Seen,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The next of `order` that nobody has taken.
    next: usize,
    /// Input bytes of jobs taken and not yet written.
    under_way: u64,
    done: HashMap<usize, Made>,
    /// The first failure, until the writer has seen it.
    failure: Option<Error>,
    stopped: bool,
}

impl Queue {
    /// All jobs, none taken.
    pub fn new(
        entries: Arc<Vec<Entry>>,
        records: Vec<Option<Record>>,
        jobs: Vec<Job>,
        (level, secret): (Level, Secret),
        store: Option<Arc<Store>>,
    ) -> Self {
        let order = order(&entries, &jobs);
        let first = |next: &mut usize, entry: &Entry| {
            let unit = *next;
            *next += deflate::units(entry);
            Some(unit)
        };
        let units = entries.iter().scan(0, first).collect();
        let (seen, state, changed) = (Seen::default(), Mutex::default(), Condvar::new());
        Self { entries, records, jobs, level, secret, store, units, order, seen, state, changed }
    }

    /// How many jobs there are for threads.
    pub fn thread_jobs(&self) -> usize {
        self.order.len()
    }

    /// Takes jobs and does them until there are none, one fails, or [`Queue::stop`].
    pub fn work(&self, cancel: &Cancel) {
        // A panic must not leave the writer waiting.
        let guard = StopOnPanic(self);
        if let Err(error) = self.work_until_done(cancel) {
            self.fail(error);
        }
        std::mem::forget(guard);
    }

    fn work_until_done(&self, cancel: &Cancel) -> Result<(), Error> {
        let shared = Shared { level: self.level, secret: self.secret, store: self.store.as_deref(), seen: &self.seen };
        let mut deflater = Deflater::new(shared);
        while let Some(index) = self.claim() {
            match &self.jobs[index] {
                Job::Files(range) => {
                    for index in range.clone() {
                        cancel.check()?;
                        deflater.entry(&self.entries[index], self.record(index), Unit(self.units[index]))?;
                    }
                }
                Job::Piece(piece) => {
                    cancel.check()?;
                    let unit = Unit(self.units[piece.entry] + piece.index);
                    deflater.piece(&self.entries[piece.entry], piece, self.record(piece.entry), unit)?;
                }
                Job::Copy(..) => {}
            }
            let made = deflater.take();
            self.lock().done.insert(index, made);
            self.changed.notify_all();
        }
        Ok(())
    }

    /// What is known of an entry whose file has not changed.
    pub fn record(&self, entry: usize) -> Option<&Record> {
        self.records.get(entry).and_then(Option::as_ref)
    }

    /// The next job, once there is room for its result.
    fn claim(&self) -> Option<usize> {
        let mut state = self.lock();
        while !state.stopped && state.under_way >= WINDOW {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.stopped {
            return None;
        }
        let index = *self.order.get(state.next)?;
        state.next += 1;
        state.under_way += self.jobs[index].weight(&self.entries);
        Some(index)
    }

    /// The result of job `index`, waiting for it. Called for each job of the threads once, in order.
    ///
    /// # Errors
    /// The first failure of any job; [`Error::Aborted`].
    pub fn take(&self, index: usize, cancel: &Cancel) -> Result<Made, Error> {
        let mut state = self.lock();
        loop {
            cancel.check()?;
            if let Some(made) = state.done.remove(&index) {
                state.under_way -= self.jobs[index].weight(&self.entries);
                drop(state);
                self.changed.notify_all();
                return Ok(made);
            }
            if let Some(failure) = state.failure.take() {
                return Err(failure);
            }
            if state.stopped {
                return Err(Error::Internal("a thread ended before its work".to_owned()));
            }
            state = self.changed.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Ends all waits.
    pub fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    fn fail(&self, error: Error) {
        let mut state = self.lock();
        state.failure.get_or_insert(error);
        state.stopped = true;
        drop(state);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// In the archive's order, but for the tail.
fn order(entries: &[Entry], jobs: &[Job]) -> Vec<usize> {
    let mut order: Vec<_> = (0..jobs.len()).filter(|index| !matches!(jobs[*index], Job::Copy(..))).collect();
    let mut tail_bytes = 0;
    let in_tail = |index: &&usize| {
        tail_bytes += jobs[**index].weight(entries);
        tail_bytes <= TAIL
    };
    let tail = order.len() - order.iter().rev().take_while(in_tail).count();
    order[tail..].sort_by_key(|index| std::cmp::Reverse(jobs[*index].weight(entries)));
    order
}

struct StopOnPanic<'a>(&'a Queue);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::compress::job::jobs;
    use crate::pack::file::Stamp;
    use crate::pack::plan::Source;

    #[test]
    fn the_last_jobs_are_taken_largest_first() {
        let entry = |size| Entry {
            name: "x".to_owned(),
            mode: 0,
            source: Source::Disk { path: "x".into(), stamp: Stamp::of_size(size), runs: false },
        };
        // The first one is no longer among the last 6 MiB.
        let entries: Vec<_> = [4, 1, 4, 1, 3, 2].map(|halves: u64| entry(halves << 19)).into();
        assert_eq!(order(&entries, &jobs(&entries, &[], None)), [0, 2, 4, 5, 1, 3]);
    }
}
