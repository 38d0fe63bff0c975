//! What a pack leaves is written on a thread of its own, while the archive's disk takes its time. It holds up nobody who
//! wants to end: the pack is done without it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::Builder;
use std::time::Duration;

use super::{Cache, Draft, Manifest, Part, Slot};
use crate::cancel::Cancel;

/// How often it is asked whether somebody wants the call to end.
const LOOK: Duration = Duration::from_millis(50);
/// Beside the manifest itself.
const PARTS: usize = 2;

/// Takes what a pack leaves.
pub struct Keeper(Sender<Piece>);

/// Tells when all of it is kept.
pub struct Kept(Receiver<()>);

enum Piece {
    Part(Part, Vec<u8>),
    Whole(Box<Manifest>),
}

impl Keeper {
    /// Does `first`, and then keeps in `draft` what comes. Where the system gives no thread nothing is kept.
    pub fn start(
        cache: &Cache,
        slot: Slot,
        draft: Option<Draft>,
        first: impl FnOnce(&Cache) + Send + 'static,
    ) -> (Self, Kept) {
        let (pieces, received) = channel();
        let (end, ended) = channel();
        let cache = cache.clone();
        let work = move || {
            first(&cache);
            if let Some(draft) = draft {
                keep(&cache, &slot, draft, &received);
            }
            drop(end);
        };
        // Not joined: see [`Kept::wait`].
        let _ = Builder::new().name("lambda-pack-cache".to_owned()).spawn(work);
        (Self(pieces), Kept(ended))
    }

    /// A part of the manifest.
    pub fn part(&self, part: Part, bytes: Vec<u8>) {
        let _ = self.0.send(Piece::Part(part, bytes));
    }

    /// Keeps all of it as the manifest, or nothing.
    pub fn finish(self, manifest: Option<Manifest>) {
        if let Some(manifest) = manifest {
            let _ = self.0.send(Piece::Whole(Box::new(manifest)));
        }
    }
}

impl Kept {
    /// Waits for it, or until the call is to end: then it is done when the disk answers.
    pub fn wait(self, cancel: &Cancel) {
        while self.0.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) && !cancel.is_asked() {}
    }
}

fn keep(cache: &Cache, slot: &Slot, draft: Draft, pieces: &Receiver<Piece>) {
    let mut put = 0;
    for piece in pieces {
        match piece {
            Piece::Part(part, bytes) => put += usize::from(draft.put(part, &bytes).is_ok()),
            Piece::Whole(manifest) if put == PARTS => return cache.remember(slot, draft, &manifest),
            Piece::Whole(_) => return,
        }
    }
}
