//! The plan -> the archive: files are read and deflated on all cores, and written in the plan's order.
//!
//! The plan is cut into jobs: runs of small files, single files, and pieces of large ones. Threads take jobs in
//! order; results wait for their turn, and no more of them than a window holds. Where a job begins never depends
//! on the number of threads, so the bytes of the archive don't either.

mod deflate;
mod job;
mod join;
mod queue;

use std::fs::File;
use std::io;

use crate::archive::{Finished, Header, Method, Writer};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::pack::output::Temporary;
use crate::pack::plan::Plan;
use crate::progress::{Event, Phase, Reporter};
use job::{Job, Piece, jobs};
use queue::Queue;

/// Writes the archive of `plan` to `temporary`.
///
/// # Errors
/// [`Error::ReadFailed`], [`Error::FileChanged`], [`Error::WriteFailed`], [`Error::Aborted`].
pub fn compress(
    plan: &Plan,
    level: u8,
    threads: usize,
    temporary: &Temporary<'_>,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Finished<File>, Error> {
    let jobs = jobs(&plan.entries);
    let queue = Queue::new(&plan.entries, &jobs);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(jobs.len()) {
            scope.spawn(|| queue.work(level, cancel));
        }
        let mut sequence = Sequence { plan, jobs: &jobs, queue: &queue, reporter, cancel, done: start(plan) };
        let written = sequence.write(temporary).map_err(|failure| match failure {
            Failure::Own(error) => error,
            Failure::Write(cause) => temporary.failed(cause),
        });
        // Whatever the reason to stop, nobody may wait for this thread any longer.
        queue.stop();
        written
    })
}

fn start(plan: &Plan) -> Event {
    Event { total_files: plan.file_count, total_bytes: plan.unzipped_size, ..Event::phase(Phase::Compress) }
}

/// The results of the jobs, written one after the other.
struct Sequence<'a> {
    plan: &'a Plan,
    jobs: &'a [Job],
    queue: &'a Queue<'a>,
    reporter: &'a dyn Reporter,
    cancel: &'a Cancel,
    done: Event,
}

enum Failure {
    Own(Error),
    Write(io::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Own(error)
    }
}

impl From<io::Error> for Failure {
    fn from(cause: io::Error) -> Self {
        Self::Write(cause)
    }
}

impl Sequence<'_> {
    fn write(&mut self, temporary: &Temporary<'_>) -> Result<Finished<File>, Failure> {
        let mut writer = Writer::new(temporary.file().try_clone()?);
        self.reporter.report(self.done.clone());
        let mut next = 0;
        while next < self.jobs.len() {
            self.cancel.check()?;
            next += match &self.jobs[next] {
                Job::Files(range) => {
                    for (entry, stored) in self.plan.entries[range.clone()].iter().zip(self.queue.take(next)?) {
                        writer.entry(&stored.header(entry), &stored.bytes)?;
                        self.done.files += u64::from(!entry.name.ends_with('/'));
                        self.done.bytes += entry.size();
                    }
                    1
                }
                Job::Piece(piece) => self.pieces(&mut writer, next, piece)?,
            };
            self.reporter.report(self.done.clone());
        }
        Ok(writer.finish()?)
    }

    /// All pieces of a file, from the job `first` on; answers how many there were.
    fn pieces(&mut self, writer: &mut Writer<File>, first: usize, piece: &Piece) -> Result<usize, Failure> {
        let entry = &self.plan.entries[piece.entry];
        writer.entry_in_pieces(&entry.name, |sink| -> Result<_, Failure> {
            let mut crc = crc32fast::Hasher::new();
            let mut method = Method::Stored;
            for index in first..first + piece.of {
                self.cancel.check()?;
                for stored in self.queue.take(index)? {
                    sink(&stored.bytes)?;
                    crc.combine(&crc32fast::Hasher::new_with_initial_len(stored.crc, stored.size));
                    method = stored.method;
                    self.done.bytes += stored.size;
                }
                self.reporter.report(self.done.clone());
            }
            Ok(Header { name: "", mode: entry.mode, method, crc: crc.finalize(), size: entry.size() })
        })?;
        self.done.files += 1;
        Ok(piece.of)
    }
}
