//! Work on several threads, where more of it is found on the way.

use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;

/// The cores that this process may use, cgroups and affinity considered.
#[must_use]
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Does `work` on each of `tasks`, and on each task that it adds to its second argument. The results are in no order.
///
/// # Panics
/// When `work` does.
pub fn grow<T: Send, R: Send>(threads: usize, tasks: Vec<T>, work: impl Fn(T, &mut Vec<T>) -> R + Sync) -> Vec<R> {
    if tasks.is_empty() {
        return Vec::new();
    }
    let pool = Pool { state: Mutex::new(State { tasks, busy: 0 }), changed: Condvar::new() };
    let run = || {
        let mut results = Vec::new();
        while let Some(mut turn) = pool.take() {
            if let Some(task) = turn.task.take() {
                results.push(work(task, &mut turn.found));
            }
        }
        results
    };
    std::thread::scope(|scope| {
        // One of the threads is this one.
        // Where the system gives no more, those that there are do all of it.
        let others: Vec<_> = (1..threads).map_while(|_| Builder::new().spawn_scoped(scope, run).ok()).collect();
        let mut results = run();
        for other in others {
            match other.join() {
                Ok(more) => results.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}

struct Pool<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    tasks: Vec<T>,
    /// Tasks under way, from which more may come.
    busy: usize,
}

impl<T> Pool<T> {
    /// A task, waiting for one while any is under way.
    fn take(&self) -> Option<Turn<'_, T>> {
        let mut state = self.lock();
        loop {
            if let Some(task) = state.tasks.pop() {
                state.busy += 1;
                return Some(Turn { pool: self, task: Some(task), found: Vec::new() });
            }
            if state.busy == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task under way. Dropped, in a panic too, it hands over what was found.
struct Turn<'a, T> {
    pool: &'a Pool<T>,
    task: Option<T>,
    found: Vec<T>,
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        state.tasks.append(&mut self.found);
        state.busy -= 1;
        drop(state);
        self.pool.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_on_the_way_is_done_too() {
        for threads in [1, 2, 7] {
            // Each number leads to the two below it, as in a tree of 2^10 - 1 nodes.
            let results = grow(threads, vec![9_u32], |task, found| {
                if task > 0 {
                    found.extend([task - 1, task - 1]);
                }
                task
            });
            assert_eq!(results.len(), 1023);
            assert_eq!(results.into_iter().filter(|task| *task == 0).count(), 512);
        }
        assert!(grow(3, Vec::new(), |task: u32, _| task).is_empty());
    }

    #[test]
    fn a_panic_ends_all_threads() {
        let panicking = || grow(4, vec![1, 2, 3], |task, _| assert_ne!(task, 2));
        assert!(std::panic::catch_unwind(panicking).is_err());
    }
}
