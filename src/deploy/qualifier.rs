//! A version or alias of a function, by one name.

use crate::cancel::Cancel;
use crate::deploy::cloud::Cloud;
use crate::error::Error;

/// What is deployed, whether it is published or not.
pub const LATEST: &str = "$LATEST";

/// Whether it is a version's number.
pub fn is_version(qualifier: &str) -> bool {
    !qualifier.is_empty() && qualifier.bytes().all(|byte| byte.is_ascii_digit())
}

/// A version's number, an alias, or `$LATEST`.
///
/// # Errors
/// [`Error::InvalidOption`].
pub fn check_qualifier(qualifier: &str) -> Result<(), Error> {
    let plain = qualifier.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if qualifier == LATEST || (plain && (1..=128).contains(&qualifier.len())) {
        return Ok(());
    }
    Err(Error::option("qualifier", "a version's number, an alias, or '$LATEST'", format!("'{qualifier}'")))
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
        for good in ["1", "120", "live", "a-b_C", LATEST] {
            assert!(check_qualifier(good).is_ok(), "{good}");
        }
        for bad in ["", "$latest", "a:b", "a b", &"x".repeat(129)] {
            assert!(check_qualifier(bad).is_err(), "{bad}");
        }
        assert!(is_version("12") && !is_version("") && !is_version("1a"));
    }
}
