//! What a running call tells about itself.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What the call is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Finding the files that go in.
    Select,
    /// Reading and compressing them into the archive.
    Compress,
    /// Asking what is deployed.
    Inspect,
    /// Sending the archive.
    Upload,
    /// Changing the function's configuration.
    Configure,
    /// Waiting for Lambda to finish a change.
    Wait,
    /// Publishing a version and pointing the alias at it.
    Release,
}

/// One report: totals so far, never differences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What the call is doing.
    pub phase: Phase,
    /// Files done.
    pub files: u64,
    /// Files in all; 0 while not known.
    pub total_files: u64,
    /// Bytes done, before compression.
    pub bytes: u64,
    /// Bytes in all; 0 while not known.
    pub total_bytes: u64,
    /// What is being waited for or done, for people.
    pub message: Option<String>,
}

impl Event {
    /// An event that only names the phase.
    #[must_use]
    pub fn phase(phase: Phase) -> Self {
        Self { phase, files: 0, total_files: 0, bytes: 0, total_bytes: 0, message: None }
    }

    /// An event with a sentence for people.
    #[must_use]
    pub fn message(phase: Phase, message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), ..Self::phase(phase) }
    }

    /// What the call is doing, in words.
    #[must_use]
    pub fn doing(&self) -> &str {
        self.message.as_deref().unwrap_or(match self.phase {
            Phase::Select => "finding the files",
            Phase::Compress => "compressing",
            Phase::Inspect => "asking what is deployed",
            Phase::Upload => "sending the archive",
            Phase::Configure => "changing the configuration",
            Phase::Wait => "waiting for Lambda",
            Phase::Release => "releasing",
        })
    }
}

/// Takes events. Called from the thread that does the work, so it must be quick.
pub trait Reporter: Send + Sync {
    /// Takes one event.
    fn report(&self, event: Event);
}

/// Takes events and forgets them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn report(&self, _event: Event) {}
}

/// How often counts within one phase are passed on.
const INTERVAL: Duration = Duration::from_millis(50);

/// Passes on each change of phase and each message, and counts at most every 50 ms.
pub struct Throttle<R> {
    inner: R,
    last: Mutex<Option<(Phase, Instant)>>,
}

impl<R: Reporter> Throttle<R> {
    /// Wraps `inner`.
    pub fn new(inner: R) -> Self {
        Self { inner, last: Mutex::new(None) }
    }
}

impl<R: Reporter> Reporter for Throttle<R> {
    fn report(&self, event: Event) {
        let now = Instant::now();
        let complete = event.total_files > 0 && event.bytes == event.total_bytes && event.files == event.total_files;
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let pass = match *last {
            Some((phase, at)) => phase != event.phase || event.message.is_some() || complete || now - at >= INTERVAL,
            None => true,
        };
        if pass {
            *last = Some((event.phase, now));
            drop(last);
            self.inner.report(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Log(Mutex<Vec<Event>>);
    impl Reporter for &Log {
        fn report(&self, event: Event) {
            self.0.lock().unwrap().push(event);
        }
    }

    #[test]
    fn counts_are_thinned_out_but_phases_messages_and_the_end_are_not() {
        let log = Log::default();
        let throttle = Throttle::new(&log);
        for bytes in 0..=1000 {
            throttle.report(Event {
                bytes,
                total_bytes: 1000,
                files: bytes / 1000,
                total_files: 1,
                ..Event::phase(Phase::Compress)
            });
        }
        throttle.report(Event::message(Phase::Wait, "a"));
        throttle.report(Event::message(Phase::Wait, "b"));
        let events = log.0.lock().unwrap();
        assert_eq!(events[0].bytes, 0);
        assert!(events.iter().any(|event| event.bytes == 1000), "the last count is always passed on");
        assert!(events.len() < 500, "a tight loop is thinned out");
        let messages: Vec<_> = events.iter().filter_map(|event| event.message.as_deref()).collect();
        assert_eq!(messages, ["a", "b"]);
    }
}
