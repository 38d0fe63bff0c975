//! `logs()`: its options and its result as JavaScript sees them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use napi::Env;
use napi::bindgen_prelude::{Buffer, Either, PromiseRaw};
use napi_derive::napi;
use serde::Serialize;
use tokio::sync::Mutex;

use super::call::Call;
use super::options::whole;
use super::outcome::{Outcome, list};
use crate::cancel::Cancel;
use crate::deploy::{self, Connection, Tail, When};
use crate::error::Error;
use crate::progress::Reporter;

const MOST_EVENTS: i32 = 1_000_000;
/// Without somebody who takes them one by one, events are kept in memory.
const USUAL_LIMIT: i32 = 10_000;

/// Which events of which function's log.
#[napi(object, object_to_js = false)]
pub struct LogsOptions {
    /// The function's name or ARN, without a version or alias.
    pub function_name: String,
    /// A version's number, an alias, `$LATEST` or `$LATEST.PUBLISHED`: only what these log, of an alias the versions that it
    /// has when the call begins. **Default** all.
    pub qualifier: Option<String>,
    /// The time from which on: a span before now like `10m` (s, m, h, d, w), a time of ISO 8601 with its zone, a day
    /// (`2026-04-30`, in UTC), or milliseconds since 1970. **Default** `10m`.
    #[napi(ts_type = "string | number")]
    pub since: Option<Either<String, f64>>,
    /// The time up to which, in the same forms. **Default** now, by the clock of AWS.
    #[napi(ts_type = "string | number")]
    pub until: Option<Either<String, f64>>,
    /// CloudWatch's filter pattern, like `ERROR` or `{ $.level = "error" }`. **Default** all events.
    pub filter: Option<String>,
    /// Whether to go on with the events that come, until the signal ends it; a call from JavaScript needs `onEvent` for that.
    /// **Default** `false`.
    pub follow: Option<bool>,
    /// At most so many events of those that are there, the newest, from 1 to 1,000,000.
    /// **Default** 10,000 where they are told as one result, else all.
    pub limit: Option<f64>,
    /// Is given each event in turn, instead of `events` in the result; the next one waits for a promise that it answers.
    /// When it throws or rejects, the call ends and rejects with that. **Default** none.
    // index.js keeps the function, and tells here whether there is one.
    #[napi(ts_type = "(event: LogEvent) => void | Promise<void>")]
    pub on_event: Option<bool>,
    /// AWS Region. **Default** the SDK's chain: `AWS_REGION`, then the profile.
    pub region: Option<String>,
    /// Profile of the shared AWS configuration files; its credentials then come before those of the environment.
    /// **Default** the SDK's chain.
    pub profile: Option<String>,
    /// URL of another endpoint than AWS's, for Lambda and CloudWatch. **Default** the SDK's chain: `AWS_ENDPOINT_URL` and the
    /// rest.
    pub endpoint: Option<String>,
}

/// A function's log.
#[napi(object, object_from_js = false)]
pub struct LogsResult {
    /// The function, as it was named.
    pub function_name: String,
    /// The log group that was read.
    pub log_group: String,
    /// The oldest first; none with `onEvent`.
    #[napi(ts_type = "Array<LogEvent>")]
    pub events: Buffer,
    /// Whether there were more events than `limit`.
    pub more: bool,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
}

/// One event of a log.
#[napi(object, object_from_js = false)]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogEvent {
    /// When it was logged, in milliseconds since 1970.
    pub timestamp: f64,
    /// The stream that it is in: one for each environment of the function.
    pub log_stream: String,
    /// What was logged, mostly with a line end.
    pub message: String,
    /// CloudWatch's id of it.
    pub event_id: String,
}

/// A log that `logs()` reads, part by part.
/// @internal
#[napi]
#[derive(Default)]
pub struct LogReader {
    tail: Arc<Mutex<Option<Tail>>>,
    done: Arc<AtomicBool>,
}

#[napi]
impl LogReader {
    #[napi(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether all was told.
    #[napi(getter)]
    pub fn done(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }
}

/// Tells what a function has logged, and goes on with what it logs when that is asked for.
///
/// Rejects with `LambdaPackError`; the codes are in docs/errors.md.
// One part at a time, until the reader is done: so the next one waits until this one was taken.
#[napi(ts_args_type = "options: LogsOptions", ts_return_type = "Promise<LogsResult>")]
pub fn logs<'env>(
    env: &'env Env,
    options: LogsOptions,
    reader: &LogReader,
    call: &Call,
) -> napi::Result<PromiseRaw<'env, Outcome<LogsResult>>> {
    let (tail, done) = (Arc::clone(&reader.tail), Arc::clone(&reader.done));
    call.run(env, move |reporter, cancel| async move {
        let started = Instant::now();
        let function_name = options.function_name.clone();
        let mut open = tail.lock().await;
        let tail = match &mut *open {
            Some(tail) => tail,
            none => none.insert(Box::pin(begin(options, &*reporter, &cancel)).await?),
        };
        let events = tail.next(&*reporter, &cancel).await?;
        done.store(tail.is_done(), Ordering::Release);
        Ok(LogsResult {
            function_name,
            log_group: tail.group().to_owned(),
            events: list(events.into_iter().map(LogEvent::from)),
            more: tail.more,
            duration_ms: started.elapsed().as_secs_f64() * 1000.0,
        })
    })
}

async fn begin(options: LogsOptions, reporter: &dyn Reporter, cancel: &Cancel) -> Result<Tail, Error> {
    let LogsOptions { function_name, qualifier, since, until, filter, follow, limit, .. } = options;
    let LogsOptions { on_event, region, profile, endpoint, .. } = options;
    let (follow, listens) = (follow.unwrap_or(false), on_event.unwrap_or(false));
    if follow && !listens {
        return Err(Error::option("follow", "`onEvent` beside it", "none"));
    }
    let limit = limit.map(|limit| whole("limit", limit, 1..=MOST_EVENTS)).transpose()?;
    let limit = limit.or((!listens).then_some(USUAL_LIMIT)).and_then(|limit| usize::try_from(limit).ok());
    let when = |given: Option<Either<String, f64>>| {
        given.map(|given| match given {
            Either::A(text) => When::Text(text),
            Either::B(number) => When::Milliseconds(number),
        })
    };
    let cloud = deploy::reach_for_long(
        &function_name,
        Connection { region, profile, endpoint, ..Connection::default() },
        cancel,
    )
    .await?;
    let options = deploy::LogsOptions { qualifier, since: when(since), until: when(until), filter, follow, limit };
    Tail::open(cloud, &function_name, options, reporter, cancel).await
}

impl From<deploy::LogEvent> for LogEvent {
    fn from(event: deploy::LogEvent) -> Self {
        let deploy::LogEvent { timestamp, stream, message, id, .. } = event;
        Self { timestamp: timestamp as f64, log_stream: stream, message, event_id: id }
    }
}
