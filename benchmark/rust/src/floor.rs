//! The floor of every packer that trusts what the disk says of unchanged files: walk, `lstat`, sort, and nothing else.
//!
//! Threads take folders from a stack. Each folder is opened relative to its parent, read by `getdents64`, and its files
//! are looked at relative to it, so that the kernel resolves one name at a time. Each folder is sorted by the thread
//! that read it; with a slash at the end of folders' names, the folders one in another are then in the byte order of
//! the whole paths.

use std::{
    cmp::Ordering,
    error::Error,
    ffi::{CStr, CString},
    hint,
    mem::MaybeUninit,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed, Ordering::SeqCst},
    },
    thread,
    time::Instant,
};

use rustix::{
    fd::OwnedFd,
    fs::{AtFlags, CWD, FileType, Mode, OFlags, RawDir, openat, statat},
    io,
};

/// Prints the median of `repetitions` in milliseconds, after one that does not count. With `reads` each file is also opened
/// and read, which is the floor of a packer that knows the content and not the times.
pub fn report(folder: &str, repetitions: usize, reads: bool) -> Result<(), Box<dyn Error>> {
    let mut files = list(folder, reads)?.len();
    let mut times = Vec::new();
    for _ in 0..repetitions.max(1) {
        let start = Instant::now();
        let listing = list(folder, reads)?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        files = listing.len();
    }
    times.sort_unstable_by(f64::total_cmp);
    let middle = times.len() / 2;
    let median = if times.len() % 2 == 1 { times[middle] } else { f64::midpoint(times[middle - 1], times[middle]) };
    println!("{{ \"median\": {median:.3}, \"fastest\": {:.3}, \"files\": {files} }}", times[0]);
    Ok(())
}

/// What tells whether a file is as it was. All of it is read, though nothing here compares it.
#[expect(dead_code, reason = "to read the fields is the work that is measured")]
struct State {
    size: i64,
    modified: (i64, u64),
    changed: (i64, u64),
    inode: u64,
    mode: u32,
}

enum Kind {
    File(State),
    Folder(usize),
}

struct Entry {
    /// Where the name is in the names of the folder.
    start: u32,
    end: u32,
    kind: Kind,
}

#[derive(Default)]
struct Folder {
    names: Vec<u8>,
    entries: Vec<Entry>,
}

impl Folder {
    fn name(&self, entry: &Entry) -> &[u8] {
        &self.names[entry.start as usize..entry.end as usize]
    }
}

struct Job {
    parent: Option<Arc<OwnedFd>>,
    name: CString,
    id: usize,
}

struct Shared {
    jobs: Mutex<Vec<Job>>,
    /// Folders that are waiting or being read.
    open: AtomicUsize,
    /// Threads that have nothing to do.
    idle: AtomicUsize,
    next_id: AtomicUsize,
    /// Whether files are read.
    reads: bool,
}

/// The state of every file under `folder`, in the byte order of their paths.
fn list(folder: &str, reads: bool) -> Result<Vec<State>, Box<dyn Error>> {
    let root = Job { parent: None, name: CString::new(folder)?, id: 0 };
    let shared = Shared {
        jobs: Mutex::new(vec![root]),
        open: AtomicUsize::new(1),
        idle: AtomicUsize::new(0),
        next_id: AtomicUsize::new(1),
        reads,
    };
    let threads = thread::available_parallelism()?.get();
    let found = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(|| work(&shared))).collect();
        let mut found = work(&shared)?;
        for other in others {
            found.extend(other.join().map_err(|_| io::Errno::IO)??);
        }
        Ok::<_, io::Errno>(found)
    })?;
    let mut folders: Vec<Folder> = Vec::new();
    folders.resize_with(found.len(), Folder::default);
    for (id, folder) in found {
        folders[id] = folder;
    }
    let mut listing = Vec::new();
    collect(&mut folders, 0, &mut listing);
    Ok(listing)
}

/// Reads folders until none is left.
fn work(shared: &Shared) -> io::Result<Vec<(usize, Folder)>> {
    let mut found = Vec::new();
    let mut own: Vec<Job> = Vec::new();
    let mut buffer = vec![MaybeUninit::uninit(); 64 << 10];
    loop {
        let Some(job) = own.pop().or_else(|| wait(shared)) else { return Ok(found) };
        let id = job.id;
        let read = read(&job, shared, &mut own, &mut buffer);
        if read.is_err() {
            // Nobody may wait for what will not come.
            shared.open.store(0, SeqCst);
        }
        found.push((id, read?));
        shared.open.fetch_sub(1, SeqCst);
        if own.len() > 1 && shared.idle.load(Relaxed) > 0 {
            // The oldest are nearest to the root, and so mostly the largest.
            let half = own.len() / 2;
            lock(shared).extend(own.drain(..half));
        }
    }
}

fn lock(shared: &Shared) -> std::sync::MutexGuard<'_, Vec<Job>> {
    shared.jobs.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A job of another thread, or none when all is done.
fn wait(shared: &Shared) -> Option<Job> {
    shared.idle.fetch_add(1, SeqCst);
    let job = loop {
        if let Some(job) = lock(shared).pop() {
            break Some(job);
        }
        if shared.open.load(SeqCst) == 0 {
            break None;
        }
        for _ in 0..64 {
            hint::spin_loop();
        }
    };
    shared.idle.fetch_sub(1, SeqCst);
    job
}

fn read(job: &Job, shared: &Shared, own: &mut Vec<Job>, buffer: &mut [MaybeUninit<u8>]) -> io::Result<Folder> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let fd = match &job.parent {
        Some(parent) => openat(parent, &job.name, flags, Mode::empty())?,
        None => openat(CWD, &job.name, flags, Mode::empty())?,
    };
    let fd = Arc::new(fd);
    let mut folder = Folder::default();
    let mut directory = RawDir::new(&*fd, buffer);
    while let Some(entry) = directory.next() {
        let entry = entry?;
        let name = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        let kind = match entry.file_type() {
            FileType::Directory => enter(&fd, name, shared, own),
            FileType::Unknown => match look(&fd, name)? {
                (FileType::Directory, _) => enter(&fd, name, shared, own),
                (_, state) => Kind::File(state),
            },
            kind => {
                let state = look(&fd, name)?.1;
                if shared.reads && kind == FileType::RegularFile {
                    read_file(&fd, name, state.size as usize)?;
                }
                Kind::File(state)
            }
        };
        let start = folder.names.len() as u32;
        folder.names.extend_from_slice(name.to_bytes());
        if matches!(kind, Kind::Folder(_)) {
            folder.names.push(b'/');
        }
        folder.entries.push(Entry { start, end: folder.names.len() as u32, kind });
    }
    let mut entries = std::mem::take(&mut folder.entries);
    entries.sort_unstable_by(|a, b| -> Ordering { folder.name(a).cmp(folder.name(b)) });
    folder.entries = entries;
    Ok(folder)
}

fn enter(parent: &Arc<OwnedFd>, name: &CStr, shared: &Shared, own: &mut Vec<Job>) -> Kind {
    let id = shared.next_id.fetch_add(1, Relaxed);
    shared.open.fetch_add(1, SeqCst);
    own.push(Job { parent: Some(Arc::clone(parent)), name: name.to_owned(), id });
    Kind::Folder(id)
}

fn look(fd: &OwnedFd, name: &CStr) -> io::Result<(FileType, State)> {
    let stat = statat(fd, name, AtFlags::SYMLINK_NOFOLLOW)?;
    let state = State {
        size: stat.st_size,
        modified: (stat.st_mtime, stat.st_mtime_nsec),
        changed: (stat.st_ctime, stat.st_ctime_nsec),
        inode: stat.st_ino,
        mode: stat.st_mode,
    };
    Ok((FileType::from_raw_mode(stat.st_mode), state))
}

/// Reads a file whole, as nobody can know its content otherwise.
fn read_file(fd: &OwnedFd, name: &CStr, size: usize) -> io::Result<()> {
    let file = openat(fd, name, OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW, Mode::empty())?;
    CONTENT.with_borrow_mut(|content| {
        content.resize(content.len().max(size), 0);
        let mut left = &mut content[..size];
        while !left.is_empty() {
            let length = rustix::io::read(&file, &mut *left)?;
            if length == 0 {
                break;
            }
            left = &mut left[length..];
        }
        hint::black_box(&*content);
        Ok(())
    })
}

std::thread_local! {
    /// What was read last.
    static CONTENT: std::cell::RefCell<Vec<u8>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Folders one in another: the order of the whole paths.
fn collect(folders: &mut Vec<Folder>, id: usize, listing: &mut Vec<State>) {
    for entry in std::mem::take(&mut folders[id].entries) {
        match entry.kind {
            Kind::File(state) => listing.push(state),
            Kind::Folder(id) => collect(folders, id, listing),
        }
    }
}
