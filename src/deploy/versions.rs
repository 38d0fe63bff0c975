//! What was published: told, gone back to, and removed when it is of no use any more.

use std::collections::BTreeMap;

use crate::cancel::Cancel;
use crate::deploy::alias::Target;
use crate::deploy::cloud::Cloud;
use crate::deploy::function::Function;
use crate::error::{AwsKind, Error};
use crate::progress::{Event, Phase, Reporter};

/// A version, and who uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// As AWS describes it.
    pub function: Function,
    /// The aliases that point at it, or give it a share of their calls.
    pub aliases: Vec<String>,
}

impl Version {
    fn number(&self) -> u64 {
        self.function.version_number()
    }
}

/// Where an alias pointed, and points now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollback {
    /// The version before.
    pub before: String,
    /// The version now.
    pub after: String,
}

/// All versions of a function, the newest first.
///
/// # Errors
/// [`Error::NoSuchFunction`], and what AWS answers.
pub async fn versions(
    cloud: &Cloud,
    name: &str,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Vec<Version>, Error> {
    reporter.report(Event::phase(Phase::Inspect));
    let versions = cancel.guard(cloud.versions(name)).await??;
    if versions.is_empty() {
        exists(cloud, name, cancel).await?;
    }
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (alias, at) in cancel.guard(cloud.aliases(name)).await?? {
        for version in at.versions() {
            users.entry(version.to_owned()).or_default().push(alias.clone());
        }
    }
    let mut versions: Vec<_> = versions
        .into_iter()
        .map(|function| {
            let aliases = function.version.as_ref().and_then(|version| users.remove(version)).unwrap_or_default();
            Version { function, aliases }
        })
        .collect();
    versions.sort_by_key(|version| std::cmp::Reverse(version.number()));
    Ok(versions)
}

async fn exists(cloud: &Cloud, name: &str, cancel: &Cancel) -> Result<(), Error> {
    match cancel.guard(cloud.function(name, None)).await?? {
        Some(_) => Ok(()),
        None => Err(Error::NoSuchFunction { function_name: name.to_owned() }),
    }
}

/// Points an alias at the version before the one that it points at, or at `to`. One that shares its calls goes back to
/// its own version, and shares them no longer.
///
/// # Errors
/// [`Error::NoSuchFunction`], [`Error::AliasNotFound`], [`Error::VersionNotFound`], [`Error::FunctionChanged`] when somebody else moves it meanwhile,
/// and what AWS answers.
pub async fn rollback(
    cloud: &Cloud,
    name: &str,
    alias: &str,
    to: Option<&str>,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Rollback, Error> {
    reporter.report(Event::phase(Phase::Inspect));
    let function_name = || name.to_owned();
    let Some(at) = cancel.guard(cloud.alias(name, alias)).await?? else {
        exists(cloud, name, cancel).await?;
        return Err(Error::AliasNotFound { function_name: function_name(), alias: alias.to_owned() });
    };
    let versions = cancel.guard(cloud.versions(name)).await??;
    let version = if let Some(to) = to {
        versions.iter().find(|version| version.version.as_deref() == Some(to))
    } else if at.shares() {
        // It is on its way to another version, and back means to the one that it has come from.
        versions.iter().find(|version| version.version.as_ref() == Some(&at.version))
    } else {
        let now: u64 = at.version.parse().unwrap_or(u64::MAX);
        let before = versions.iter().filter(|version| version.version_number() < now);
        before.max_by_key(|version| version.version_number())
    };
    let Some(after) = version.and_then(|version| version.version.clone()) else {
        let version = to.map_or_else(|| format!("before {}", at.version), ToOwned::to_owned);
        return Err(Error::VersionNotFound { function_name: function_name(), version });
    };
    if at.version != after || at.shares() {
        reporter.report(Event::message(Phase::Release, format!("pointing {alias} at version {after}")));
        Target { name, alias, version: &after }.reach(cloud, Some(&at), false, cancel).await?;
    }
    Ok(Rollback { before: at.version, after })
}

/// What a removal has come to, each the newest first.
#[derive(Debug, Default)]
pub struct Pruned {
    /// What went, or in a dry run would go.
    pub removed: Vec<Version>,
    /// What stays.
    pub kept: Vec<Version>,
    /// What AWS has refused to remove, with its reason. They stay too, and are not among `kept`.
    pub refused: Vec<(Version, Error)>,
}

/// Removes versions that are older than the `keep` newest ones and that no alias uses. One that AWS does not let go, like
/// those that Lambda@Edge still has copies of, holds up no other.
///
/// # Errors
/// [`Error::NoSuchFunction`], [`Error::PruneStopped`] with what was removed, [`Error::Aborted`], and what AWS answers.
pub async fn prune(
    cloud: &Cloud,
    name: &str,
    keep: usize,
    dry_run: bool,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Pruned, Error> {
    let versions = versions(cloud, name, reporter, cancel).await?;
    let (kept, unused) = to_prune(versions, keep);
    if dry_run {
        return Ok(Pruned { removed: unused, kept, refused: Vec::new() });
    }
    let (mut removed, mut refused) = (Vec::new(), Vec::new());
    // The oldest first: should it end on the way, what is left is what was used last.
    for version in unused.into_iter().rev() {
        let number = version.function.version.clone().unwrap_or_default();
        reporter.report(Event::message(Phase::Release, format!("removing version {number}")));
        match cancel.guard(cloud.delete_version(name, &number)).await {
            Ok(Ok(())) => removed.insert(0, version),
            Ok(Err(Error::Aws(error))) if is_refusal(error.kind) => refused.insert(0, (version, Error::Aws(error))),
            Ok(Err(why)) | Err(why) => {
                let ended = stopped(why, removed);
                // Whoever aborts gets the reason of the abort instead.
                reporter.report(Event::message(Phase::Release, ended.to_string()));
                return Err(ended);
            }
        }
    }
    Ok(Pruned { removed, kept, refused })
}

/// Whether it says something of that version, and nothing of what is asked of the next.
fn is_refusal(kind: AwsKind) -> bool {
    matches!(kind, AwsKind::Other | AwsKind::Conflict | AwsKind::PreconditionFailed | AwsKind::AccessDenied)
}

/// The reason of an end on the way, with the versions that were removed by then.
fn stopped(why: Error, removed: Vec<Version>) -> Error {
    if removed.is_empty() {
        return why;
    }
    let removed = removed.into_iter().filter_map(|version| version.function.version).collect();
    Error::PruneStopped { why: Box::new(why), removed }
}

/// What stays and what goes of versions, the newest first.
fn to_prune(versions: Vec<Version>, keep: usize) -> (Vec<Version>, Vec<Version>) {
    let (mut kept, mut removed) = (Vec::new(), Vec::new());
    for (index, version) in versions.into_iter().enumerate() {
        if index < keep || !version.aliases.is_empty() { kept.push(version) } else { removed.push(version) }
    }
    (kept, removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_alias_uses_is_never_removed() {
        let version = |number: u64, aliases: &[&str]| Version {
            function: Function { version: Some(number.to_string()), ..Function::default() },
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        };
        let all =
            || vec![version(5, &[]), version(4, &["next"]), version(3, &[]), version(2, &["live"]), version(1, &[])];
        let numbers = |versions: Vec<Version>| versions.iter().map(Version::number).collect::<Vec<_>>();
        let pruned = |keep| {
            let (kept, removed) = to_prune(all(), keep);
            (numbers(kept), numbers(removed))
        };
        assert_eq!(pruned(2), (vec![5, 4, 2], vec![3, 1]));
        assert_eq!(pruned(0), (vec![4, 2], vec![5, 3, 1]));
        assert_eq!(pruned(9), (vec![5, 4, 3, 2, 1], vec![]));
    }
}
