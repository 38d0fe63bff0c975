//! Hands jobs to threads in order, and their results to the writer in the same order.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::deflate::{Deflater, Stored};
use super::job::Job;
use crate::cancel::Cancel;
use crate::error::Error;
use crate::pack::plan::Entry;

/// Input bytes of jobs that are under way or wait for their turn to be written. However many threads there are:
/// memory does not grow with them, and no more of them work on files of megabytes than fit in.
const WINDOW: u64 = 12 << 20;

/// The jobs of one archive.
pub struct Queue<'a> {
    entries: &'a [Entry],
    jobs: &'a [Job],
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The next job that nobody has taken.
    next: usize,
    /// Input bytes of jobs taken and not yet written.
    under_way: u64,
    done: HashMap<usize, Vec<Stored>>,
    /// The first failure, until the writer has seen it.
    failure: Option<Error>,
    stopped: bool,
}

impl<'a> Queue<'a> {
    /// All jobs, none taken.
    pub fn new(entries: &'a [Entry], jobs: &'a [Job]) -> Self {
        Self { entries, jobs, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Takes jobs and does them until there are none, one fails, or [`Queue::stop`].
    pub fn work(&self, level: u8, cancel: &Cancel) {
        // A panic must not leave the writer waiting.
        let guard = StopOnPanic(self);
        if let Err(error) = self.work_until_done(level, cancel) {
            self.fail(error);
        }
        std::mem::forget(guard);
    }

    fn work_until_done(&self, level: u8, cancel: &Cancel) -> Result<(), Error> {
        let mut deflater = Deflater::new(level)?;
        while let Some(index) = self.claim() {
            cancel.check()?;
            let stored = match &self.jobs[index] {
                Job::Files(range) => {
                    self.entries[range.clone()].iter().map(|entry| deflater.entry(entry)).collect::<Result<_, _>>()?
                }
                Job::Piece(piece) => vec![deflater.piece(&self.entries[piece.entry], piece)?],
            };
            deflater.shrink_to_fit();
            self.lock().done.insert(index, stored);
            self.changed.notify_all();
        }
        Ok(())
    }

    /// The next job, once there is room for its result.
    fn claim(&self) -> Option<usize> {
        let mut state = self.lock();
        while !state.stopped && state.under_way >= WINDOW {
            state = self.wait(state);
        }
        if state.stopped || state.next == self.jobs.len() {
            return None;
        }
        let index = state.next;
        state.next += 1;
        state.under_way += self.jobs[index].weight(self.entries);
        Some(index)
    }

    /// The result of job `index`, waiting for it. Called for each job once, in order.
    ///
    /// # Errors
    /// The first failure of any job.
    pub fn take(&self, index: usize) -> Result<Vec<Stored>, Error> {
        let mut state = self.lock();
        loop {
            if let Some(stored) = state.done.remove(&index) {
                state.under_way -= self.jobs[index].weight(self.entries);
                drop(state);
                self.changed.notify_all();
                return Ok(stored);
            }
            if let Some(failure) = state.failure.take() {
                return Err(failure);
            }
            if state.stopped {
                return Err(Error::Internal("a thread ended before its work".to_owned()));
            }
            state = self.wait(state);
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

    fn wait<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }
}

struct StopOnPanic<'a>(&'a Queue<'a>);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}
