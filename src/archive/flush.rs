//! Has the disk begin with what is written while the rest is made: at the end there is less to wait for.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

/// Bytes that are worth a flush of their own.
const STEP: u64 = 16 << 20;

/// Flushes a file from time to time, on a thread of its own.
pub struct Flush {
    file: Arc<File>,
    /// Where the last flush was asked for.
    asked: u64,
    thread: Option<(SyncSender<()>, JoinHandle<io::Result<()>>)>,
}

impl Flush {
    /// Of a file to which nothing is written yet.
    pub fn new(file: Arc<File>) -> Self {
        Self { file, asked: 0, thread: None }
    }

    /// The file is written up to `end`.
    pub fn written(&mut self, end: u64) {
        if end - self.asked < STEP {
            return;
        }
        if self.thread.is_none() {
            let (ask, asked) = sync_channel(1);
            let file = Arc::clone(&self.file);
            let work = move || asked.into_iter().try_for_each(|()| file.sync_data());
            // Without a thread all is flushed at the end.
            self.thread =
                Builder::new().name("lambda-pack-flush".to_owned()).spawn(work).ok().map(|thread| (ask, thread));
        }
        // While a flush is under way, the next one is asked for later.
        if self.thread.as_ref().is_some_and(|(ask, _)| ask.try_send(()).is_ok()) {
            self.asked = end;
        }
    }

    /// Waits for what was asked for. The system tells each failure once, so this is where it is told.
    ///
    /// # Errors
    /// What a flush has met.
    pub fn finish(self) -> io::Result<()> {
        let Some((ask, thread)) = self.thread else { return Ok(()) };
        drop(ask);
        thread.join().unwrap_or_else(|_| Err(io::Error::other("the flush has failed")))
    }
}
