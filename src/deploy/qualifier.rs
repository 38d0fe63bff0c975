//! A version or alias of a function, by one name.

use crate::cancel::Cancel;
use crate::deploy::cloud::Cloud;
use crate::error::Error;

/// What is deployed, whether it is published or not.
pub const LATEST: &str = "$LATEST";
/// The version without a number: the one that runs on instances of the account's own when none is named.
pub const LATEST_PUBLISHED: &str = "$LATEST.PUBLISHED";

/// Whether it names a published version.
pub fn is_version(qualifier: &str) -> bool {
    let is_number = !qualifier.is_empty() && qualifier.bytes().all(|byte| byte.is_ascii_digit());
    is_number || qualifier == LATEST_PUBLISHED
}

/// A version's number, an alias, `$LATEST`, or `$LATEST.PUBLISHED`.
///
/// # Errors
/// [`Error::InvalidOption`].
pub fn check_qualifier(qualifier: &str) -> Result<(), Error> {
    let plain = qualifier.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if [LATEST, LATEST_PUBLISHED].contains(&qualifier) || (plain && (1..=128).contains(&qualifier.len())) {
        return Ok(());
    }
    let expected = "a version's number, an alias, '$LATEST' or '$LATEST.PUBLISHED'";
    Err(Error::option("qualifier", expected, format!("'{qualifier}'")))
}

/// What AWS's "not found" is about: the function, or what was named of it.
///
/// # Errors
/// [`Error::Aborted`], and what AWS answers.
pub async fn missing(cloud: &Cloud, name: &str, qualifier: Option<&str>, cancel: &Cancel) -> Result<Error, Error> {
    let function_name = name.to_owned();
    let Some(qualifier) = qualifier else { return Ok(Error::NoSuchFunction { function_name }) };
    Ok(match cancel.guard(cloud.function(name, None)).await?? {
        None => Error::NoSuchFunction { function_name },
        Some(_) if is_version(qualifier) => Error::VersionNotFound { function_name, version: qualifier.to_owned() },
        Some(_) => Error::AliasNotFound { function_name, alias: qualifier.to_owned() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_aliases_and_latest_pass() {
        for good in ["1", "120", "live", "a-b_C", LATEST, LATEST_PUBLISHED] {
            assert!(check_qualifier(good).is_ok(), "{good}");
        }
        for bad in ["", "$latest", "$LATEST.", "a:b", "a b", &"x".repeat(129)] {
            assert!(check_qualifier(bad).is_err(), "{bad}");
        }
        assert!(
            is_version("12")
                && is_version(LATEST_PUBLISHED)
                && !is_version(LATEST)
                && !is_version("")
                && !is_version("1a")
        );
    }
}
