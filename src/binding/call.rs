//! What every call shares: its cancel flag, its progress, its own thread, and panics that do not end the process.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{Function, PromiseRaw, ToNapiValue};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status};
use napi_derive::napi;

use super::outcome::{Outcome, outcome};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::progress::{Event, Phase, Reporter, Throttle};

/// What a cancelled call may take to end before it is settled; what it tidies up at AWS may take longer. A system call that hangs, in a disk that does not
/// answer, cannot be ended; the call then ends after it, with nothing left and nothing replaced.
const LONGEST_END: Duration = Duration::from_millis(50);
/// The same for a call whose time is over: nobody is in a hurry, and what it has done is worth to be told.
const LATE_END: Duration = Duration::from_secs(5);

/// What a running call is doing.
#[napi(string_enum = "camelCase")]
pub enum ProgressPhase {
    /// Finding the files that go in.
    Select,
    /// Reading and compressing them.
    Compress,
    /// Asking what is deployed.
    Inspect,
    /// Sending the archive.
    Upload,
    /// Changing the function's configuration.
    Configure,
    /// Waiting for Lambda to finish a change.
    Wait,
    /// Publishing a version, pointing the alias at it.
    Release,
}

/// One report of a running call. Counts are totals so far; the final truth is in the result.
#[napi(object, object_from_js = false)]
pub struct ProgressEvent {
    /// What the call is doing.
    pub phase: ProgressPhase,
    /// Files done.
    pub files: f64,
    /// Files in all; 0 while not known.
    pub total_files: f64,
    /// Bytes done, before compression.
    pub bytes: f64,
    /// Bytes in all; 0 while not known.
    pub total_bytes: f64,
    /// What is being done or waited for, in words.
    pub message: Option<String>,
}

impl From<Event> for ProgressEvent {
    fn from(event: Event) -> Self {
        let phase = match event.phase {
            Phase::Select => ProgressPhase::Select,
            Phase::Compress => ProgressPhase::Compress,
            Phase::Inspect => ProgressPhase::Inspect,
            Phase::Upload => ProgressPhase::Upload,
            Phase::Configure => ProgressPhase::Configure,
            Phase::Wait => ProgressPhase::Wait,
            Phase::Release => ProgressPhase::Release,
        };
        Self {
            phase,
            files: event.files as f64,
            total_files: event.total_files as f64,
            bytes: event.bytes as f64,
            total_bytes: event.total_bytes as f64,
            message: event.message,
        }
    }
}

/// Weak: a call that is under way keeps Node.js alive by its promise, not by its reports.
type Callback = ThreadsafeFunction<ProgressEvent, (), ProgressEvent, Status, false, true>;

struct Progress {
    callback: Option<Callback>,
    cancel: Cancel,
}

impl Reporter for Progress {
    fn report(&self, event: Event) {
        self.cancel.note(event.doing());
        if let Some(callback) = &self.callback {
            callback.call(event.into(), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}

/// One call. `index.js` makes it and cancels it.
/// @internal
#[napi]
pub struct Call {
    cancel: Cancel,
    progress: Arc<dyn Reporter>,
}

#[napi]
impl Call {
    /// A call that reports to `on_progress`, which must not throw.
    #[napi(constructor)]
    pub fn new(on_progress: Option<Function<'_, ProgressEvent, ()>>) -> napi::Result<Self> {
        let callback: Option<Callback> =
            on_progress.map(|callback| callback.build_threadsafe_function().weak::<true>().build()).transpose()?;
        let cancel = Cancel::new();
        let progress = Progress { callback, cancel: cancel.clone() };
        Ok(Self { cancel, progress: Arc::new(Throttle::new(progress)) })
    }

    /// Ends the call at its next look.
    #[napi]
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Tells that the call has settled. `index.js` keeps the object until then.
    #[napi]
    #[allow(clippy::unused_self, reason = "what matters is that the object is there")]
    pub fn end(&self) {}

    /// Runs `work` on the runtime's threads and resolves to its outcome.
    pub(super) fn run<'env, T, Work>(
        &self,
        env: &'env Env,
        work: impl FnOnce(Arc<dyn Reporter>, Cancel) -> Work,
    ) -> napi::Result<PromiseRaw<'env, Outcome<T>>>
    where
        T: ToNapiValue + Send + 'static,
        Work: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let cancel = self.cancel.clone();
        let work = work(Arc::clone(&self.progress), cancel.clone());
        env.spawn_future(async move {
            // A task of its own: a panic in it is an answer, not the end of the process.
            let mut task = tokio::spawn(work);
            let late = async {
                cancel.cancelled().await;
                tokio::time::sleep(if cancel.is_late() { LATE_END } else { LONGEST_END }).await;
                cancel.tidied().await
            };
            let ended = tokio::select! {
                ended = &mut task => Some(ended),
                // What was tidied up is worth to be told too.
                tidied = late => {
                    if tidied { tokio::time::timeout(LONGEST_END, &mut task).await.ok() } else { None }
                }
            };
            Ok(outcome(match ended {
                Some(done) => done.unwrap_or_else(|ended| Err(Error::Internal(ended.to_string()))),
                None => Err(cancel.error()),
            }))
        })
    }
}

/// The object is dropped after its call, or before its end with the environment that made it: a worker that is
/// terminated. Then nobody waits for the call any longer.
impl Drop for Call {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// Runs `work`, which computes or waits for the disk, on a thread of its own.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|ended| Err(Error::Internal(ended.to_string())))
}
