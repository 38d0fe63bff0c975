//! Whose the credentials are.

use super::Cloud;
use crate::deploy::failure::failure;
use crate::error::Error;

impl Cloud {
    /// The account of the credentials. AWS asks no right for it.
    pub async fn account(&self) -> Result<String, Error> {
        let answer = self.sts.get_caller_identity().send().await;
        let answer = answer.map_err(|error| failure("GetCallerIdentity", "the credentials", &error))?;
        answer.account.ok_or_else(|| Error::Internal("the credentials have no account".to_owned()))
    }
}
