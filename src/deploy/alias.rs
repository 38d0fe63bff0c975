//! Points an alias at a version, and waits while AWS is busy with it.

use crate::cancel::Cancel;
use crate::deploy::cloud::{Alias, Cloud};
use crate::deploy::wait::{self, Pause};
use crate::error::{AwsKind, Error};

/// Where an alias is to point.
pub struct Target<'a> {
    /// The function's name or ARN.
    pub name: &'a str,
    /// The alias.
    pub alias: &'a str,
    /// The version.
    pub version: &'a str,
}

impl Target<'_> {
    /// Whether an alias points there, with all of its calls.
    pub fn is_reached(&self, at: &Alias) -> bool {
        !at.shares() && at.version == self.version
    }

    /// Points an alias that was `seen` so; it is made when there was none. With `over`, whatever somebody else has done to it
    /// meanwhile.
    ///
    /// # Errors
    /// [`Error::FunctionChanged`] when somebody else has made or moved it, [`Error::Aborted`], and what AWS answers.
    pub async fn reach(&self, cloud: &Cloud, seen: Option<&Alias>, over: bool, cancel: &Cancel) -> Result<(), Error> {
        let Self { name, alias, version } = *self;
        let mut pause = Pause::new(wait::DEADLINE);
        let mut seen = seen.cloned();
        loop {
            let pointed = match &seen {
                Some(at) => {
                    let revision = at.revision_id.clone().filter(|_| !over);
                    cancel.guard(cloud.update_alias(name, alias, version, at.shares() || over, revision)).await?
                }
                None => cancel.guard(cloud.create_alias(name, alias, version)).await?,
            };
            let error = match pointed {
                Err(Error::Aws(error)) if matches!(error.kind, AwsKind::PreconditionFailed | AwsKind::Conflict) => {
                    error
                }
                pointed => return pointed,
            };
            // It points there if it was our own first attempt whose answer was lost.
            let now = cancel.guard(cloud.alias(name, alias)).await??;
            if now.as_ref().is_some_and(|at| self.is_reached(at)) {
                return Ok(());
            }
            if over && now != seen && pause.wait(cancel).await? {
                seen = now;
                continue;
            }
            // Another change is under way, of which nothing is to be seen yet.
            if error.kind != AwsKind::Conflict || now != seen {
                let changed = vec![format!("alias {alias}")];
                return Err(Error::FunctionChanged { function_name: name.to_owned(), changed });
            }
            if !pause.wait(cancel).await? {
                return Err(Error::Aws(error));
            }
        }
    }
}
