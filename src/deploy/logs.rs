//! A function's log: read, and followed as it grows.
//!
//! It is followed by asking again, as `StartLiveTail` costs money by the minute, ends after three hours, and leaves out
//! events when there are many. Events come late: one may be told by CloudWatch after others that are newer. So each look
//! goes back some way, and what was told is remembered for as long.

mod seen;
mod streams;
mod when;

use std::collections::VecDeque;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::cancel::Cancel;
use crate::deploy::cloud::{Cloud, Group, LogEvent, LogPage, LogQuery};
use crate::deploy::function::Function;
use crate::deploy::qualifier::{LATEST, check_qualifier, is_version, missing};
use crate::deploy::wait::{DEADLINE, Pause};
use crate::error::{AwsError, AwsKind, Error};
use crate::limits;
use crate::progress::{Event, Phase, Reporter};
use seen::Seen;
use streams::Streams;
pub use streams::is_of_another;
pub use when::When;

/// Between two looks: an account may ask five times each second in all.
const INTERVAL: Duration = Duration::from_secs(2);
/// As far as AWS's clocks may differ, and much more, in milliseconds.
const SKEW: i64 = 5 * 60 * 1000;
/// Answers tell whole seconds, in milliseconds.
const TICK: i64 = 1000;
/// 2024-01-01: of older events CloudWatch does not tell the newest first.
const NEWEST_FIRST_FROM: i64 = 1_704_067_200_000;

/// Which events.
#[derive(Debug, Clone, Default)]
pub struct LogsOptions {
    /// A version or alias.
    pub qualifier: Option<String>,
    /// The time of the first one.
    pub since: Option<When>,
    /// The time of the last one.
    pub until: Option<When>,
    /// CloudWatch's filter pattern.
    pub filter: Option<String>,
    /// Whether to go on with those that come.
    pub follow: bool,
    /// At most so many of those that are there, the newest; nothing for all.
    pub limit: Option<usize>,
}

/// A log that is being read.
#[derive(Debug)]
pub struct Tail {
    cloud: Cloud,
    query: LogQuery,
    streams: Streams,
    follow: bool,
    limit: Option<usize>,
    state: State,
    seen: Seen,
    /// Whether there were more than the limit.
    pub more: bool,
}

#[derive(Debug)]
enum State {
    /// What is there has not been read.
    Begin,
    /// A look goes on where the token says.
    Looking(Option<String>),
    /// All was read that was there.
    Pausing,
    Done,
}

impl Tail {
    /// Finds the log of a function.
    ///
    /// # Errors
    /// [`Error::InvalidOption`], [`Error::NoSuchFunction`], [`Error::AliasNotFound`], [`Error::VersionNotFound`], and what
    /// AWS answers.
    pub async fn open(
        cloud: Cloud,
        name: &str,
        options: LogsOptions,
        reporter: &dyn Reporter,
        cancel: &Cancel,
    ) -> Result<Self, Error> {
        let LogsOptions { qualifier, since, until, filter, follow, limit } = options;
        let since = since.unwrap_or_else(|| When::Text("10m".to_owned()));
        // What is wrong by any clock is told before anything is asked.
        span(&since, until.as_ref(), now())?;
        if until.is_some() && follow {
            return Err(Error::option("until", "no `follow` beside it", "both"));
        }
        if let Some(filter) = filter.as_ref().filter(|text| text.chars().count() > limits::FILTER_PATTERN) {
            let expected = format!("at most {} characters", limits::FILTER_PATTERN);
            return Err(Error::option("filter", expected, format!("{} characters", filter.chars().count())));
        }
        qualifier.as_deref().map_or(Ok(()), check_qualifier)?;
        reporter.report(Event::message(Phase::Inspect, "looking for the log"));
        let qualifier = qualifier.as_deref();
        let Some(function) = cancel.guard(cloud.function(name, qualifier)).await?? else {
            return Err(missing(&cloud, name, qualifier, cancel).await?);
        };
        let versions = versions(&cloud, name, qualifier, cancel).await?;
        let (from, until) = span(&since, until.as_ref(), cloud.now().unwrap_or_else(now))?;
        // Of a log that grows while it is read there would be no end. By our own clock it might be too early.
        let until = until.or_else(|| cloud.now().map(|now| now + TICK)).filter(|_| !follow);
        let (group, is_own_group) = log_group(&function);
        let arn = function.arn.as_deref().filter(|_| name.contains(':')).and_then(|arn| arn_of(&group, arn));
        let group = Group { name: group, arn };
        let streams = Streams { function: function.name, is_own_group, versions };
        let newest_first = limit.is_some() && from >= NEWEST_FIRST_FROM;
        let query = LogQuery { group, from, until, filter, newest_first };
        Ok(Self { cloud, query, streams, follow, limit, state: State::Begin, seen: Seen::default(), more: false })
    }

    /// The group that it is in.
    #[must_use]
    pub fn group(&self) -> &str {
        &self.query.group.name
    }

    /// Whether there is nothing more to tell.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// The next events in their order. When it is followed they are waited for; otherwise there may be none.
    ///
    /// # Errors
    /// What AWS answers, and [`Error::Aborted`]. A log that is followed outlasts refusals of some minutes.
    pub async fn next(&mut self, reporter: &dyn Reporter, cancel: &Cancel) -> Result<Vec<LogEvent>, Error> {
        loop {
            let events = match &mut self.state {
                State::Done => return Ok(Vec::new()),
                State::Begin => {
                    self.begin_look();
                    let Some(limit) = self.limit else { continue };
                    let newest = self.newest(limit, reporter, cancel).await?;
                    self.query.newest_first = false;
                    if self.follow {
                        let newest = self.seen.begin_with(newest, self.more);
                        self.pause();
                        newest
                    } else {
                        self.state = State::Done;
                        newest
                    }
                }
                State::Pausing => {
                    cancel.guard(tokio::time::sleep(INTERVAL)).await?;
                    self.begin_look();
                    continue;
                }
                State::Looking(token) => {
                    let token = token.take();
                    let LogPage { events, token } = self.page(token, reporter, cancel).await?;
                    let events = if self.follow { self.seen.unseen(events) } else { events };
                    match token {
                        Some(token) => self.state = State::Looking(Some(token)),
                        None if self.follow => self.pause(),
                        None => self.state = State::Done,
                    }
                    events
                }
            };
            if !events.is_empty() || self.is_done() {
                return Ok(events);
            }
        }
    }

    /// What arrives while it is read may be read or not. By our own clock, if it is ahead, nothing would be read any more.
    fn begin_look(&mut self) {
        if let Some(now) = self.cloud.now() {
            self.seen.begin_look(now - SKEW);
        }
        self.state = State::Looking(None);
    }

    fn pause(&mut self) {
        self.query.from = self.seen.go_on(self.query.from);
        self.state = State::Pausing;
    }

    /// The newest events of all that are there.
    async fn newest(&mut self, limit: usize, reporter: &dyn Reporter, cancel: &Cancel) -> Result<Vec<LogEvent>, Error> {
        let (mut newest, mut token) = (VecDeque::new(), None);
        loop {
            let page = self.page(token, reporter, cancel).await?;
            for event in page.events {
                if self.query.newest_first {
                    newest.push_front(event);
                } else {
                    newest.push_back(event);
                }
                if newest.len() > limit {
                    newest.pop_front();
                    self.more = true;
                }
            }
            token = page.token;
            if token.is_none() || (self.more && self.query.newest_first) {
                return Ok(newest.into());
            }
        }
    }

    /// One page, of the streams that count.
    async fn page(&self, token: Option<String>, reporter: &dyn Reporter, cancel: &Cancel) -> Result<LogPage, Error> {
        let mut pause = Pause::new(DEADLINE);
        loop {
            match cancel.guard(self.cloud.log_events(&self.query, token.clone())).await? {
                Ok(mut page) => {
                    page.events.retain(|event| self.streams.has(&event.stream));
                    return Ok(page);
                }
                Err(Error::Aws(error)) if self.follow && may_pass(&error) => {
                    reporter.report(Event::message(Phase::Wait, "waiting for CloudWatch"));
                    if !pause.wait(cancel).await? {
                        return Err(Error::Aws(error));
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// The versions that are asked for; nothing for all.
async fn versions(
    cloud: &Cloud,
    name: &str,
    qualifier: Option<&str>,
    cancel: &Cancel,
) -> Result<Option<Vec<String>>, Error> {
    let Some(qualifier) = qualifier else { return Ok(None) };
    if qualifier == LATEST || is_version(qualifier) {
        return Ok(Some(vec![qualifier.to_owned()]));
    }
    let alias = cancel.guard(cloud.alias(name, qualifier)).await??;
    match alias {
        Some(alias) => Ok(Some(alias.versions().map(ToOwned::to_owned).collect())),
        None => Err(missing(cloud, name, Some(qualifier), cancel).await?),
    }
}

/// The log group of a function, and whether it is one that nobody else writes to.
pub fn log_group(function: &Function) -> (String, bool) {
    let own = format!("/aws/lambda/{}", function.name);
    let told = function.settings.logging.as_ref().and_then(|logging| logging.log_group.clone());
    let group = told.unwrap_or_else(|| own.clone());
    let is_own = group == own;
    (group, is_own)
}

/// The ARN of a log group in the account and Region of a function.
fn arn_of(group: &str, function: &str) -> Option<String> {
    let mut parts = function.split(':');
    let (partition, region, account) = (parts.nth(1)?, parts.nth(1)?, parts.next()?);
    Some(format!("arn:{partition}:logs:{region}:{account}:log-group:{group}"))
}

/// From when to when.
fn span(since: &When, until: Option<&When>, now: i64) -> Result<(i64, Option<i64>), Error> {
    let from = since.milliseconds("since", now)?;
    let until = until.map(|until| until.milliseconds("until", now)).transpose()?;
    if until.is_some_and(|until| until < from) {
        return Err(Error::option("until", "a time after `since`", "an earlier one"));
    }
    Ok((from, until))
}

/// Whether a failure may be one for the moment.
fn may_pass(error: &AwsError) -> bool {
    matches!(error.kind, AwsKind::Throttled | AwsKind::ConnectionFailed)
        || error.status.is_some_and(|status| status >= 500)
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
