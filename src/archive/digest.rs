//! The SHA-256 of an archive, on a thread of its own while the archive is written; where the system gives none, on
//! that of the writer.
//!
//! On the way the state of the hash is kept at fixed distances, so that an archive that begins like another one is
//! hashed from where they part.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use serde::{Deserialize, Serialize};
use sha2::digest::common::hazmat::SerializableState;
use sha2::{Digest as _, Sha256};

use crate::cancel::Cancel;
use crate::positioned::read_exact_at;

/// How far the kept states are apart.
const DISTANCE: u64 = 1 << 20;
/// Parts that may wait for the thread; each is a buffer of the writer's.
const WAITING: usize = 4;
const BUFFER: u64 = 256 << 10;

/// The hash of the first `at` bytes of an archive, to go on from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// How many bytes it is of.
    pub at: u64,
    state: Vec<u8>,
}

/// The end of a hash.
#[derive(Debug)]
pub struct Hashed {
    /// The SHA-256.
    pub sha256: [u8; 32],
    /// States on the way, by their places.
    pub states: Vec<State>,
}

enum Part {
    Bytes(Vec<u8>),
    /// From where the hash is to this place of the file.
    FileTo(Arc<File>, u64),
}

/// A hash under way. Dropped before [`Digest::finish`], it ends without a result.
pub struct Digest(Place);

/// Where it is made.
enum Place {
    Thread {
        parts: SyncSender<Part>,
        thread: JoinHandle<io::Result<Hashed>>,
    },
    /// What has failed is kept for the end.
    Here {
        hash: io::Result<Hash>,
        cancel: Cancel,
    },
}

impl Digest {
    /// Starts at the beginning, or after the last of `states`. It ends early when `cancel` is raised.
    ///
    /// # Errors
    /// When a state is none.
    pub fn start(states: Vec<State>, cancel: &Cancel) -> io::Result<Self> {
        Self::start_on(Builder::new(), states, cancel)
    }

    fn start_on(thread: Builder, states: Vec<State>, cancel: &Cancel) -> io::Result<Self> {
        let (parts, received) = sync_channel(WAITING);
        let (hash, cancel) = (Hash::resume(states)?, cancel.clone());
        let work = {
            // A thread that is not to be had takes what it was given with it.
            let (hash, cancel) = (hash.clone(), cancel.clone());
            move || hash.all(&received, &cancel)
        };
        let thread = thread.name("lambda-pack-sha256".to_owned()).spawn(work);
        Ok(Self(match thread {
            Ok(thread) => Place::Thread { parts, thread },
            Err(_) => Place::Here { hash: Ok(hash), cancel },
        }))
    }

    /// Bytes that follow.
    pub fn bytes(&mut self, bytes: Vec<u8>) {
        self.add(Part::Bytes(bytes));
    }

    /// Bytes that follow are those of `file`, up to `end`.
    pub fn file_to(&mut self, file: &Arc<File>, end: u64) {
        self.add(Part::FileTo(Arc::clone(file), end));
    }

    fn add(&mut self, part: Part) {
        match &mut self.0 {
            Place::Thread { parts, .. } => {
                // A thread that has ended tells why in `finish`.
                let _ = parts.send(part);
            }
            Place::Here { hash, cancel } => {
                if let Err(cause) = hash.as_mut().map_or(Ok(()), |hash| hash.add(&part, cancel)) {
                    *hash = Err(cause);
                }
            }
        }
    }

    /// The hash of all that was given.
    ///
    /// # Errors
    /// What a file answered.
    pub fn finish(self) -> io::Result<Hashed> {
        match self.0 {
            Place::Thread { parts, thread } => {
                drop(parts);
                thread.join().unwrap_or_else(|_| Err(io::Error::other("the thread of the hash ended")))
            }
            Place::Here { hash, .. } => hash.map(Hash::end),
        }
    }
}

#[derive(Clone)]
struct Hash {
    sha256: Sha256,
    at: u64,
    states: Vec<State>,
    /// For parts of files.
    buffer: Vec<u8>,
}

impl Hash {
    fn resume(states: Vec<State>) -> io::Result<Self> {
        let buffer = Vec::new();
        let Some(last) = states.last() else { return Ok(Self { sha256: Sha256::new(), at: 0, states, buffer }) };
        let sha256 = last.state.as_slice().try_into().ok().and_then(|state| Sha256::deserialize(state).ok());
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the state of a hash is damaged");
        Ok(Self { sha256: sha256.ok_or_else(damaged)?, at: last.at, states, buffer })
    }

    fn all(mut self, parts: &Receiver<Part>, cancel: &Cancel) -> io::Result<Hashed> {
        parts.iter().try_for_each(|part| self.add(&part, cancel))?;
        Ok(self.end())
    }

    fn add(&mut self, part: &Part, cancel: &Cancel) -> io::Result<()> {
        match part {
            Part::Bytes(bytes) => self.update(bytes),
            Part::FileTo(file, end) => {
                let mut buffer = std::mem::take(&mut self.buffer);
                while self.at < *end {
                    if cancel.is_cancelled() {
                        return Err(io::Error::new(io::ErrorKind::Interrupted, "the hash was cancelled"));
                    }
                    let length = (end - self.at).min(BUFFER);
                    buffer.resize(usize::try_from(length).unwrap_or(0), 0);
                    read_exact_at(file, &mut buffer, self.at)?;
                    self.update(&buffer);
                }
                self.buffer = buffer;
            }
        }
        Ok(())
    }

    fn end(self) -> Hashed {
        Hashed { sha256: self.sha256.finalize().into(), states: self.states }
    }

    fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let to_mark = usize::try_from(DISTANCE - self.at % DISTANCE).unwrap_or(usize::MAX);
            let (now, rest) = bytes.split_at(to_mark.min(bytes.len()));
            self.sha256.update(now);
            self.at += now.len() as u64;
            if self.at.is_multiple_of(DISTANCE) {
                self.states.push(State { at: self.at, state: self.sha256.serialize().to_vec() });
            }
            bytes = rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thread as it is, and one with more memory than any system gives.
    fn threads() -> [Builder; 2] {
        [Builder::new(), Builder::new().stack_size(1 << 60)]
    }

    #[test]
    fn a_hash_goes_on_from_each_of_its_states_with_a_thread_and_without() {
        let bytes: Vec<u8> = (0..3_400_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let expected: [u8; 32] = Sha256::digest(&bytes).into();
        let file = tempfile::tempfile().unwrap();
        crate::positioned::write_all_at(&file, &bytes, 0).unwrap();
        let file = Arc::new(file);
        for (thread, is_here) in threads().into_iter().zip([false, true]) {
            let mut digest = Digest::start_on(thread, Vec::new(), &Cancel::new()).unwrap();
            assert_eq!(matches!(digest.0, Place::Here { .. }), is_here);
            for piece in bytes.chunks(70_001) {
                digest.bytes(piece.to_vec());
            }
            let whole = digest.finish().unwrap();
            assert_eq!(whole.sha256, expected);
            assert_eq!(whole.states.iter().map(|state| state.at).collect::<Vec<_>>(), [1 << 20, 2 << 20, 3 << 20]);
            for (count, thread) in (0..=3).flat_map(|count| threads().map(|thread| (count, thread))) {
                let mut digest = Digest::start_on(thread, whole.states[..count].to_vec(), &Cancel::new()).unwrap();
                digest.file_to(&file, bytes.len() as u64 - 5);
                digest.bytes(bytes[bytes.len() - 5..].to_vec());
                let resumed = digest.finish().unwrap();
                assert_eq!(resumed.sha256, expected);
                assert_eq!(resumed.states, whole.states);
            }
        }
    }

    #[test]
    fn what_a_file_answers_is_told_at_the_end() {
        let file = Arc::new(tempfile::tempfile().unwrap());
        for thread in threads() {
            let mut digest = Digest::start_on(thread, Vec::new(), &Cancel::new()).unwrap();
            digest.file_to(&file, 1);
            digest.bytes(vec![1]);
            assert_eq!(digest.finish().unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        }
    }

    #[test]
    fn a_damaged_state_is_an_error() {
        assert!(Digest::start(vec![State { at: 1 << 20, state: vec![1, 2, 3] }], &Cancel::new()).is_err());
    }
}
