//! Calls for a look at a function as it is.

use std::collections::BTreeMap;

use aws_sdk_lambda::types::{LastUpdateStatusReasonCode, StateReasonCode};

use super::{Cloud, NOT_FOUND, code_is};
use crate::deploy::failure::failure;
use crate::deploy::function::Function;
use crate::error::Error;

/// A function in AWS's own words.
#[derive(Debug, Clone, Default)]
pub struct StatusLook {
    /// As a deployment sees it.
    pub function: Function,
    /// `State`.
    pub state: Option<String>,
    /// Why it is in that state.
    pub state_reason: Option<String>,
    /// AWS's code for that.
    pub state_reason_code: Option<String>,
    /// `LastUpdateStatus`.
    pub last_update_status: Option<String>,
    /// Why the last update ended so.
    pub last_update_status_reason: Option<String>,
    /// AWS's code for that.
    pub last_update_status_reason_code: Option<String>,
}

/// An alias, with the shares that it gives away.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusAlias {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Other versions, and their shares of its calls, from 0 to 1.
    pub weights: BTreeMap<String, f64>,
}

impl Cloud {
    /// The function, or what `qualifier` names of it; nothing when that does not exist.
    pub async fn look(&self, name: &str, qualifier: Option<&str>) -> Result<Option<StatusLook>, Error> {
        let request = self.lambda.get_function().function_name(name).set_qualifier(qualifier.map(ToOwned::to_owned));
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if code_is(&error, NOT_FOUND) => return Ok(None),
            Err(error) => return Err(failure("GetFunction", name, &error)),
        };
        let Some(from) = answer.configuration else { return Ok(None) };
        Ok(Some(StatusLook {
            state: from.state.as_ref().map(|one| one.as_str().to_owned()),
            state_reason: told(from.state_reason.as_deref()),
            state_reason_code: told(from.state_reason_code.as_ref().map(StateReasonCode::as_str)),
            last_update_status: from.last_update_status.as_ref().map(|one| one.as_str().to_owned()),
            last_update_status_reason: told(from.last_update_status_reason.as_deref()),
            last_update_status_reason_code: told(
                from.last_update_status_reason_code.as_ref().map(LastUpdateStatusReasonCode::as_str),
            ),
            function: Function::from(from).with(
                answer.tags_error.map_or(Ok(answer.tags), Err),
                answer.concurrency,
                answer.code,
            ),
        }))
    }

    /// All aliases with their shares; nothing when there is no such function.
    pub async fn weighted_aliases(&self, name: &str) -> Result<Option<Vec<StatusAlias>>, Error> {
        let mut pages = self.lambda.list_aliases().function_name(name).into_paginator().send();
        let mut aliases = Vec::new();
        while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                Err(error) if code_is(&error, NOT_FOUND) => return Ok(None),
                Err(error) => return Err(failure("ListAliases", name, &error)),
            };
            aliases.extend(page.aliases.unwrap_or_default().into_iter().map(|alias| {
                StatusAlias {
                    name: alias.name.unwrap_or_default(),
                    version: alias.function_version.unwrap_or_default(),
                    weights: alias
                        .routing_config
                        .and_then(|routing| routing.additional_version_weights)
                        .unwrap_or_default()
                        .into_iter()
                        .collect(),
                }
            }));
        }
        Ok(Some(aliases))
    }
}

/// A reason, where there is one: not all servers leave out what is empty.
fn told(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}
