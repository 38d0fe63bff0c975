//! Calls about versions and aliases.

use std::collections::HashMap;

use aws_sdk_lambda::types::{AliasRoutingConfiguration, FunctionVersionLatestPublished};

use super::{Cloud, NOT_FOUND, code_is};
use crate::deploy::failure::failure;
use crate::deploy::function::Function;
use crate::error::{AwsKind, Error};

/// Where an alias points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// Its version.
    pub version: String,
    /// Changes with every change of it.
    pub revision_id: Option<String>,
    /// The versions that it gives a share of its calls.
    pub weighted: Vec<String>,
}

impl Alias {
    /// Whether it gives a share of its calls to another version.
    #[must_use]
    pub fn shares(&self) -> bool {
        !self.weighted.is_empty()
    }

    /// All versions that it uses.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.version).chain(&self.weighted).map(String::as_str)
    }

    fn new(version: Option<String>, routing: Option<AliasRoutingConfiguration>, revision_id: Option<String>) -> Self {
        let weights = routing.and_then(|routing| routing.additional_version_weights).unwrap_or_default();
        Self { version: version.unwrap_or_default(), revision_id, weighted: weights.into_keys().collect() }
    }
}

impl Cloud {
    /// Publishes `$LATEST`, if its code still has that SHA-256 and it is still at `revision`, and tells the version's
    /// number, or the name of the one without a number.
    pub async fn publish_version(
        &self,
        name: &str,
        sha256: &str,
        revision: Option<String>,
        as_latest: bool,
    ) -> Result<String, Error> {
        let request = self
            .lambda
            .publish_version()
            .function_name(name)
            .code_sha256(sha256)
            .set_revision_id(revision)
            .set_publish_to(as_latest.then_some(FunctionVersionLatestPublished::LatestPublished));
        let answer = request.send().await.map_err(|error| match failure("PublishVersion", name, &error) {
            // AWS's way to say that the code is no longer the one whose hash was sent.
            Error::Aws(mut error) if error.message.contains("CodeSHA256") => {
                error.kind = AwsKind::PreconditionFailed;
                Error::Aws(error)
            }
            error => error,
        })?;
        answer.version.ok_or_else(|| Error::Internal("PublishVersion gave no version".to_owned()))
    }

    /// The version that was published last.
    pub async fn last_version(&self, name: &str) -> Result<Option<Function>, Error> {
        Ok(self.versions(name).await?.into_iter().max_by_key(Function::version_number))
    }

    /// All versions, in no order; none also when there is no such function.
    pub async fn versions(&self, name: &str) -> Result<Vec<Function>, Error> {
        let mut pages = self.lambda.list_versions_by_function().function_name(name).into_paginator().send();
        let mut versions = Vec::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => versions.extend(page.versions.unwrap_or_default().into_iter().map(Function::from)),
                Err(error) if code_is(&error, NOT_FOUND) => return Ok(Vec::new()),
                Err(error) => return Err(failure("ListVersionsByFunction", name, &error)),
            }
        }
        versions.retain(|version| version.version_number() > 0);
        Ok(versions)
    }

    /// All aliases, with their names.
    ///
    /// # Errors
    /// [`Error::NoSuchFunction`], and what AWS answers.
    pub async fn aliases(&self, name: &str) -> Result<Vec<(String, Alias)>, Error> {
        let mut pages = self.lambda.list_aliases().function_name(name).into_paginator().send();
        let mut aliases = Vec::new();
        while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                Err(error) if code_is(&error, NOT_FOUND) => {
                    return Err(Error::NoSuchFunction { function_name: name.to_owned() });
                }
                Err(error) => return Err(failure("ListAliases", name, &error)),
            };
            aliases.extend(page.aliases.unwrap_or_default().into_iter().map(|alias| {
                let at = Alias::new(alias.function_version, alias.routing_config, alias.revision_id);
                (alias.name.unwrap_or_default(), at)
            }));
        }
        Ok(aliases)
    }

    /// Removes a version, if it is there.
    pub async fn delete_version(&self, name: &str, version: &str) -> Result<(), Error> {
        match self.lambda.delete_function().function_name(name).qualifier(version).send().await {
            Ok(_) => Ok(()),
            Err(error) if code_is(&error, NOT_FOUND) => Ok(()),
            Err(error) => Err(failure("DeleteFunction", name, &error)),
        }
    }

    /// Where an alias points; nothing when there is no such alias.
    pub async fn alias(&self, name: &str, alias: &str) -> Result<Option<Alias>, Error> {
        match self.lambda.get_alias().function_name(name).name(alias).send().await {
            Ok(answer) => Ok(Some(Alias::new(answer.function_version, answer.routing_config, answer.revision_id))),
            Err(error) if code_is(&error, NOT_FOUND) => Ok(None),
            Err(error) => Err(failure("GetAlias", alias, &error)),
        }
    }

    /// Makes an alias.
    pub async fn create_alias(&self, name: &str, alias: &str, version: &str) -> Result<(), Error> {
        let request = self.lambda.create_alias().function_name(name).name(alias).function_version(version);
        request.send().await.map(drop).map_err(|error| failure("CreateAlias", alias, &error))
    }

    /// Points an alias at a version; where it `shares` its calls with others, at no other.
    pub async fn update_alias(
        &self,
        name: &str,
        alias: &str,
        version: &str,
        shares: bool,
        revision: Option<String>,
    ) -> Result<(), Error> {
        let none = AliasRoutingConfiguration::builder().set_additional_version_weights(Some(HashMap::new())).build();
        let request = self
            .lambda
            .update_alias()
            .function_name(name)
            .name(alias)
            .function_version(version)
            .set_routing_config(shares.then_some(none))
            .set_revision_id(revision);
        request.send().await.map(drop).map_err(|error| failure("UpdateAlias", alias, &error))
    }
}
