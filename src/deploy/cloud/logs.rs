//! Calls about logs.

use aws_sdk_cloudwatchlogs::types::LogStream;

use super::{Cloud, NOT_FOUND, code_is};
use crate::deploy::failure::failure;
use crate::error::Error;

/// A log group.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its ARN, where the account is named that it is in: by its name alone it is the caller's.
    pub arn: Option<String>,
}

/// Which events of a log group.
#[derive(Debug, Clone, Default)]
pub struct LogQuery {
    /// The group.
    pub group: Group,
    /// Milliseconds since 1970 of the first event.
    pub from: i64,
    /// Of the last one.
    pub until: Option<i64>,
    /// CloudWatch's filter pattern.
    pub filter: Option<String>,
    /// Whether the newest come first.
    pub newest_first: bool,
}

/// One event of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogEvent {
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// When CloudWatch got it, by CloudWatch's clock.
    pub ingested: i64,
    /// The stream that it is in.
    pub stream: String,
    /// What was logged.
    pub message: String,
    /// AWS's id of it.
    pub id: String,
}

/// Some events, in their order.
#[derive(Debug, Default)]
pub struct LogPage {
    /// There may be none, and more of them after that.
    pub events: Vec<LogEvent>,
    /// Where to go on; nothing after the last page.
    pub token: Option<String>,
}

impl Cloud {
    /// A page of events; an empty last one when there is no such group, which Lambda makes when a function first runs.
    pub async fn log_events(&self, query: &LogQuery, token: Option<String>) -> Result<LogPage, Error> {
        let Group { name, arn } = &query.group;
        let request = self
            .logs
            .filter_log_events()
            .set_log_group_name(arn.is_none().then(|| name.clone()))
            .set_log_group_identifier(arn.clone())
            .start_time(query.from)
            .set_end_time(query.until)
            .set_filter_pattern(query.filter.clone())
            .set_start_from_head(query.newest_first.then_some(false))
            .set_next_token(token);
        match request.send().await {
            Ok(answer) => {
                let events = answer.events.unwrap_or_default().into_iter().map(|event| LogEvent {
                    timestamp: event.timestamp.unwrap_or_default(),
                    ingested: event.ingestion_time.unwrap_or_default(),
                    stream: event.log_stream_name.unwrap_or_default(),
                    message: event.message.unwrap_or_default(),
                    id: event.event_id.unwrap_or_default(),
                });
                Ok(LogPage { events: events.collect(), token: answer.next_token })
            }
            Err(error) if code_is(&error, NOT_FOUND) => Ok(LogPage::default()),
            Err(error) => Err(failure("FilterLogEvents", arn.as_ref().unwrap_or(name), &error)),
        }
    }

    /// The ARN of the caller's log group of that very name, if there is one.
    pub async fn log_group(&self, group: &str) -> Result<Option<String>, Error> {
        let mut pages = self.logs.describe_log_groups().log_group_name_prefix(group).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failure("DescribeLogGroups", group, &error))?;
            if let Some(found) = page.log_groups().iter().find(|one| one.log_group_name() == Some(group)) {
                return Ok(Some(found.arn().unwrap_or_default().to_owned()));
            }
        }
        Ok(None)
    }

    /// Whether a stream of a log group is one that `is` says; none is in a group that is not there.
    pub async fn any_log_stream(&self, group: &str, is: impl Fn(&str) -> bool) -> Result<bool, Error> {
        let mut pages = self.logs.describe_log_streams().log_group_name(group).into_paginator().send();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) if page.log_streams().iter().filter_map(LogStream::log_stream_name).any(&is) => {
                    return Ok(true);
                }
                Ok(_) => {}
                Err(error) if code_is(&error, NOT_FOUND) => break,
                Err(error) => return Err(failure("DescribeLogStreams", group, &error)),
            }
        }
        Ok(false)
    }

    /// Removes a log group with all its events, if it is there.
    pub async fn delete_log_group(&self, group: &str) -> Result<(), Error> {
        match self.logs.delete_log_group().log_group_name(group).send().await {
            Ok(_) => Ok(()),
            Err(error) if code_is(&error, NOT_FOUND) => Ok(()),
            Err(error) => Err(failure("DeleteLogGroup", group, &error)),
        }
    }
}
