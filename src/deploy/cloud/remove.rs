//! Calls about what calls a function.

use super::{Cloud, NOT_FOUND, code_is};
use crate::deploy::failure::failure;
use crate::error::Error;

/// What reads events from somewhere and calls a function with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSourceMapping {
    /// AWS's id of it.
    pub uuid: String,
    /// The queue, stream or table.
    pub event_source_arn: Option<String>,
    /// The function, perhaps with a version or alias.
    pub function_arn: String,
    /// `Enabled`, `Deleting`, …
    pub state: Option<String>,
}

impl Cloud {
    /// All event source mappings of the account in the Region: asked for those of a function, AWS tells those of its
    /// versions and aliases only when these are named.
    pub async fn event_source_mappings(&self) -> Result<Vec<EventSourceMapping>, Error> {
        let mut pages = self.lambda.list_event_source_mappings().into_paginator().send();
        let mut mappings = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failure("ListEventSourceMappings", "the Region", &error))?;
            mappings.extend(page.event_source_mappings.unwrap_or_default().into_iter().map(|mapping| {
                EventSourceMapping {
                    uuid: mapping.uuid.unwrap_or_default(),
                    event_source_arn: mapping.event_source_arn,
                    function_arn: mapping.function_arn.unwrap_or_default(),
                    state: mapping.state,
                }
            }));
        }
        Ok(mappings)
    }

    /// Removes an event source mapping, if it is there. AWS takes some seconds for it afterwards.
    pub async fn delete_event_source_mapping(&self, uuid: &str) -> Result<(), Error> {
        match self.lambda.delete_event_source_mapping().uuid(uuid).send().await {
            Ok(_) => Ok(()),
            Err(error) if code_is(&error, NOT_FOUND) => Ok(()),
            Err(error) => Err(failure("DeleteEventSourceMapping", uuid, &error)),
        }
    }

    /// The function's URLs, its aliases' too.
    pub async fn urls(&self, name: &str) -> Result<Vec<String>, Error> {
        let mut pages = self.lambda.list_function_url_configs().function_name(name).into_paginator().send();
        let mut urls = Vec::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => urls.extend(page.function_url_configs.into_iter().map(|config| config.function_url)),
                Err(error) if code_is(&error, NOT_FOUND) => break,
                Err(error) => return Err(failure("ListFunctionUrlConfigs", name, &error)),
            }
        }
        Ok(urls)
    }
}
