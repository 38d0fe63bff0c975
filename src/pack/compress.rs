//! The plan -> the archive: files are read and deflated on all cores, and written in the plan's order.
//!
//! The plan is cut into jobs: runs of small files, single files, and pieces of large ones. Threads take jobs in
//! order; results wait for their turn, and no more of them than a window holds. What a job makes depends on its
//! content alone, so the bytes of the archive depend neither on the number of threads nor on what was known before.

mod deflate;
mod job;
mod queue;
mod seen;

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::archive::{Finished, Header, Method, Old, Writer};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::pack::cache::{Additions, Store};
use crate::pack::content::{Form, Key, Keys, Level};
use crate::pack::file;
use crate::pack::output::Temporary;
use crate::pack::plan::{self, Entry, Source};
use crate::pack::secret::Secret;
use crate::positioned::read_exact_at;
use crate::progress::{Event, Phase, Reporter};
use deflate::{Data, Made, Part, Stored};
use job::{Job, Piece, jobs, pieces};
use queue::Queue;
use seen::Unit;

/// What the archive has of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Where its local header is.
    pub at: u64,
    /// How it is stored.
    pub method: Method,
    /// CRC-32 before compression.
    pub crc: u32,
    /// Bytes as they are stored.
    pub stored: u64,
    /// What its content is known by.
    pub keys: Keys,
}

/// What to write, and what is known of it.
pub struct Work {
    /// The plan's entries.
    pub entries: Arc<Vec<Entry>>,
    /// For each entry that is as it was: what the old archive had of it. Empty when nothing is known.
    pub records: Vec<Option<Record>>,
    /// The old archive, if it can be copied from.
    pub old: Option<Old>,
    /// What earlier packs have compressed.
    pub store: Option<Arc<Store>>,
    /// How much time goes into it.
    pub level: Level,
    /// What keys are made with.
    pub secret: Secret,
    /// How many threads compress.
    pub threads: usize,
}

/// What was written.
pub struct Written {
    /// The archive.
    pub finished: Finished,
    /// For each entry.
    pub records: Vec<Record>,
    /// How many files had to be compressed; those with the same content are one.
    pub compressed: u64,
}

/// Writes the archive to `temporary`, and what it took work to make to `additions`.
///
/// # Errors
/// [`Error::ReadFailed`], [`Error::FileChanged`], [`Error::WriteFailed`], [`Error::Aborted`].
pub fn compress(
    work: Work,
    temporary: &Temporary<'_>,
    additions: Option<&mut Additions>,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Written, Error> {
    let Work { entries, records, old, store, level, secret, threads } = work;
    let jobs = jobs(&entries, &records, old.as_ref().map(|old| old.size));
    let queue = Arc::new(Queue::new(entries, records, jobs, (level, secret), store));
    for started in 0..threads.min(queue.thread_jobs()) {
        // Not joined: a thread in the middle of a large file must not hold up an abort. It ends after that file.
        let (queue, cancel) = (Arc::clone(&queue), cancel.clone());
        let thread = std::thread::Builder::new().name("lambda-pack".to_owned());
        match thread.spawn(move || queue.work(&cancel)) {
            Err(cause) if started == 0 => return Err(Error::Internal(format!("no thread: {cause}"))),
            // Those that there are can do all of it.
            Err(_) => break,
            Ok(_) => {}
        }
    }
    let sequence = Sequence::new(&queue, temporary, additions, reporter, cancel);
    let written = sequence.write(old.as_ref()).map_err(|failure| match failure {
        Failure::Own(error) => error,
        Failure::Write(_) if cancel.is_cancelled() => Error::Aborted,
        Failure::Write(cause) => temporary.failed(cause),
    });
    // Whatever the reason to stop, nobody may wait for this thread any longer.
    queue.stop();
    written
}

/// Where the bytes of a unit are in the archive, and what they are.
#[derive(Clone)]
struct Place {
    range: Range<u64>,
    method: Method,
    crc: u32,
}

/// What took work to make.
struct Fresh<'a> {
    additions: Option<&'a mut Additions>,
    keys: HashSet<Key>,
}

impl Fresh<'_> {
    /// Keeps a part for later packs. Answers whether it is the first one of its content: two threads that meet the same
    /// content at once both compress it, and how often that happens is nobody's business.
    fn add(&mut self, part: &Part, stored: Stored, bytes: &[u8]) -> bool {
        let Some(key) = part.key.filter(|key| stored.fresh && self.keys.insert(*key)) else { return false };
        if let Some(additions) = &mut self.additions {
            additions.add(key, stored.method, stored.crc, bytes);
        }
        true
    }
}

/// The results of the jobs, written one after the other.
struct Sequence<'a> {
    queue: &'a Queue,
    file: Arc<File>,
    writer: Writer,
    fresh: Fresh<'a>,
    reporter: &'a dyn Reporter,
    cancel: &'a Cancel,
    done: Event,
    /// For each unit that was written.
    places: Vec<Place>,
    records: Vec<Record>,
    compressed: u64,
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

impl<'a> Sequence<'a> {
    fn new(
        queue: &'a Queue,
        temporary: &Temporary<'_>,
        additions: Option<&'a mut Additions>,
        reporter: &'a dyn Reporter,
        cancel: &'a Cancel,
    ) -> Self {
        let entries = &*queue.entries;
        let done = Event {
            total_files: entries.iter().filter(|entry| is_file(entry)).count() as u64,
            total_bytes: plan::total(entries),
            ..Event::phase(Phase::Compress)
        };
        Self {
            queue,
            file: Arc::clone(temporary.file()),
            writer: Writer::new(Arc::clone(temporary.file()), cancel),
            fresh: Fresh { additions, keys: HashSet::new() },
            reporter,
            cancel,
            done,
            places: Vec::with_capacity(entries.len()),
            records: Vec::with_capacity(entries.len()),
            compressed: 0,
        }
    }

    fn write(mut self, old: Option<&Old>) -> Result<Written, Failure> {
        self.reporter.report(self.done.clone());
        let mut next = 0;
        while let Some(job) = self.queue.jobs.get(next) {
            self.cancel.check()?;
            next += match (job, old) {
                (Job::Files(entries), _) => self.files(next, entries.clone())?,
                (Job::Piece(piece), _) => self.pieces(next, piece)?,
                (Job::Copy(entries, bytes), Some(old)) => self.copy(old, entries.clone(), bytes.clone())?,
                (Job::Copy(..), None) => return Err(Error::Internal("nothing to copy from".to_owned()).into()),
            };
            self.reporter.report(self.done.clone());
        }
        let Self { writer, records, compressed, .. } = self;
        Ok(Written { finished: writer.finish()?, records, compressed })
    }

    /// The entries of one job. These functions answer how many jobs they have taken.
    fn files(&mut self, job: usize, entries: Range<usize>) -> Result<usize, Failure> {
        let Made { bytes, parts } = self.queue.take(job, self.cancel)?;
        let (mut rest, mut earlier) = (&bytes[..], Vec::new());
        for (entry, part) in self.queue.entries[entries].iter().zip(parts) {
            let (method, crc, stored) = match part.data {
                Data::Here(stored) => {
                    let (own, after) = rest.split_at(stored.length);
                    rest = after;
                    self.compressed += u64::from(self.fresh.add(&part, stored, own));
                    (stored.method, stored.crc, own)
                }
                Data::Same(unit) => {
                    let place = self.place(unit)?;
                    self.writer.read_back(place.range, &mut earlier)?;
                    (place.method, place.crc, &earlier[..])
                }
            };
            let size = entry.size();
            let header = Header { name: &entry.name, mode: entry.mode, method, crc, size, stored: stored.len() as u64 };
            let at = self.writer.entry(&header, stored)?;
            let start = at + header.local_size();
            self.places.push(Place { range: start..start + header.stored, method, crc });
            let keys = part.key.into_iter().collect();
            self.records.push(Record { at, method, crc, stored: header.stored, keys });
            self.count(entry);
        }
        Ok(1)
    }

    /// All pieces of a file, from the job `first` on.
    fn pieces(&mut self, first: usize, piece: &Piece) -> Result<usize, Failure> {
        let Self { queue, file, writer, fresh, cancel, places, records, done, reporter, .. } = self;
        let entry = &queue.entries[piece.entry];
        let (mut crc, mut method, mut keys) = (crc32fast::Hasher::new(), Method::Stored, Keys::new());
        let (mut is_fresh, mut end) = (false, 0);
        let told = |sink: &mut dyn FnMut(&[u8]) -> io::Result<u64>| -> Result<_, Failure> {
            let mut earlier = Vec::new();
            for job in first..first + piece.of {
                let Made { bytes, parts } = queue.take(job, cancel)?;
                for part in parts {
                    let (stored, own) = match part.data {
                        Data::Here(stored) => {
                            is_fresh |= fresh.add(&part, stored, &bytes);
                            ((stored.method, stored.crc), &bytes)
                        }
                        Data::Same(unit) => {
                            let Place { range, method, crc } = place(places, unit)?;
                            earlier.resize(usize::try_from(range.end - range.start).unwrap_or(0), 0);
                            read_exact_at(file, &mut earlier, range.start)?;
                            ((method, crc), &earlier)
                        }
                    };
                    let at = sink(own)?;
                    end = at + own.len() as u64;
                    places.push(Place { range: at..end, method: stored.0, crc: stored.1 });
                    crc.combine(&crc32fast::Hasher::new_with_initial_len(stored.1, part.size));
                    method = stored.0;
                    keys.extend(part.key);
                    done.bytes += part.size;
                }
                reporter.report(done.clone());
            }
            Ok(Header {
                name: "",
                mode: entry.mode,
                method,
                crc: crc.clone().finalize(),
                size: entry.size(),
                stored: 0,
            })
        };
        let at = writer.entry_in_pieces(&entry.name, told)?;
        let header = Header { name: &entry.name, mode: entry.mode, method, crc: 0, size: 0, stored: 0 };
        let stored = end - at - header.local_size();
        records.push(Record { at, method, crc: crc.finalize(), stored, keys });
        self.compressed += u64::from(is_fresh);
        self.done.files += 1;
        Ok(piece.of)
    }

    /// Entries that the old archive has.
    fn copy(&mut self, old: &Old, entries: Range<usize>, bytes: Range<u64>) -> Result<usize, Failure> {
        let queue = self.queue;
        let known = |index: usize| queue.record(index).map(|record| (&queue.entries[index], record));
        let headers = entries.clone().filter_map(known).map(|(entry, record)| record.header(entry));
        let moved_to = self.writer.copy(old, bytes.clone(), headers)?;
        for (entry, record) in entries.filter_map(known) {
            let at = record.at - bytes.start + moved_to;
            let start = at + record.header(entry).local_size();
            // Nobody asks for a piece of what was copied: no thread has seen it.
            let place = Place { range: start..start + record.stored, method: record.method, crc: record.crc };
            self.places.extend(std::iter::repeat_n(place, deflate::units(entry)));
            self.records.push(Record { at, ..record.clone() });
            self.count(entry);
        }
        Ok(1)
    }

    fn place(&self, unit: Unit) -> Result<Place, Error> {
        place(&self.places, unit)
    }

    fn count(&mut self, entry: &Entry) {
        self.done.files += u64::from(is_file(entry));
        self.done.bytes += entry.size();
    }
}

/// Whether the file of an entry has the content that `record` was made of.
///
/// # Errors
/// [`Error::ReadFailed`], [`Error::FileChanged`].
pub fn has_content(entry: &Entry, record: &Record, level: Level, secret: Secret) -> Result<bool, Error> {
    let Source::Disk { path, stamp, .. } = &entry.source else { return Ok(false) };
    let of = pieces(stamp.size);
    if record.keys.len() != of {
        return Ok(false);
    }
    let file = file::open(path)?;
    let mut content = Vec::new();
    let mut is_same = true;
    for (index, key) in record.keys.iter().enumerate() {
        let range = if of == 1 { 0..stamp.size } else { job::piece_range(index, stamp.size) };
        let known = if record.method == Method::Deflated { job::known_before(index) } else { 0 };
        content.resize(usize::try_from(known + range.end - range.start).unwrap_or(usize::MAX), 0);
        file::read_at(&file, path, &mut content, range.start - known)?;
        is_same &= Key::of(&content, usize::try_from(known).unwrap_or(0), form(index, of), level, secret) == *key;
    }
    file::verify(&file, path, stamp)?;
    Ok(is_same)
}

/// How much of an entry the piece `index` of `of` is.
fn form(index: usize, of: usize) -> Form {
    match index + 1 {
        1 if of == 1 => Form::Whole,
        last if last == of => Form::Last,
        _ => Form::Open,
    }
}

fn is_file(entry: &Entry) -> bool {
    !entry.name.ends_with('/')
}

fn place(places: &[Place], unit: Unit) -> Result<Place, Error> {
    places.get(unit.0).cloned().ok_or_else(|| Error::Internal("content is asked for before it is written".to_owned()))
}
