//! The files of the archive that is deployed beside those of the one that would be.

use std::collections::BTreeMap;

use crate::archive::{self, ListedFile, Listing, Summary, Tail};
use crate::cancel::Cancel;
use crate::deploy::cloud::Cloud;
use crate::deploy::function::Function;
use crate::deploy::location::Remote;
use crate::deploy::options::DeployOptions;
use crate::error::Error;
use crate::warning::{Severity, Warning, WarningCode};

/// Bytes of a central directory that are asked for at most; more than that no reader here takes.
const MOST: u64 = 32 << 20;
/// The end, then the directory: whoever needs more requests leads us about.
const REQUESTS: usize = 4;

/// Which files differ, each list by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeChanges {
    /// Files that are not deployed.
    pub added: Vec<CodeFile>,
    /// Files that are deployed and would go.
    pub removed: Vec<CodeFile>,
    /// Files that would be others.
    pub changed: Vec<CodeFile>,
    /// How many files stay as they are.
    pub unchanged_count: u64,
}

/// A file or link that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeFile {
    /// Its path in the package.
    pub path: String,
    /// Bytes as it is deployed, unzipped.
    pub size_before: Option<u64>,
    /// Bytes as it would be.
    pub size_after: Option<u64>,
    /// Permission bits as it is deployed, where they differ.
    pub mode_before: Option<u32>,
    /// Permission bits as it would be, where they differ.
    pub mode_after: Option<u32>,
}

/// Which files of the code would be others, or a warning why nobody can tell.
pub(super) async fn changes(
    cloud: &Cloud,
    options: &DeployOptions,
    deployed: Option<&Function>,
    archive: &Summary,
    cancel: &Cancel,
) -> Result<(Option<CodeChanges>, Option<Warning>), Error> {
    let sha256 = deployed.and_then(|deployed| deployed.code_sha256.as_deref());
    if sha256 == Some(&archive.sha256_base64()) {
        return Ok((None, None));
    }
    let compared = Box::pin(compare(cloud, deployed, options, cancel)).await?;
    Ok(match compared {
        Ok(changes) => (Some(changes), None),
        Err(warning) => (None, Some(warning)),
    })
}

/// Compares the archive of `options` with what is deployed; with nothing where the function is to be made. That nobody
/// can tell is no failure: the plan is as good without.
///
/// # Errors
/// See [`Cancel::error`].
async fn compare(
    cloud: &Cloud,
    deployed: Option<&Function>,
    options: &DeployOptions,
    cancel: &Cancel,
) -> Result<Result<CodeChanges, Warning>, Error> {
    match compared(cloud, deployed, options, cancel).await {
        Ok(changes) => Ok(Ok(changes)),
        Err(error) => {
            // Not the comparison alone has ended then.
            cancel.check()?;
            Ok(Err(Warning {
                code: WarningCode::CodeNotCompared,
                severity: Severity::Note,
                message: format!("The files that differ are not told. {error}."),
                path: None,
            }))
        }
    }
}

async fn compared(
    cloud: &Cloud,
    deployed: Option<&Function>,
    options: &DeployOptions,
    cancel: &Cancel,
) -> Result<CodeChanges, Error> {
    let (own, flag) = (options.package.clone(), cancel.clone());
    let own = tokio::task::spawn_blocking(move || archive::list(&own, &flag));
    let after = cancel.guard(own).await?.map_err(|ended| Error::Internal(ended.to_string()))??;
    let before = match deployed {
        Some(deployed) => deployed_files(cloud, deployed, &options.function_name, cancel).await?,
        None => Vec::new(),
    };
    Ok(differences(before, after))
}

/// The files that are deployed, by as little of the archive as tells them.
async fn deployed_files(
    cloud: &Cloud,
    deployed: &Function,
    function_name: &str,
    cancel: &Cancel,
) -> Result<Vec<ListedFile>, Error> {
    let unavailable =
        |reason: &str| Error::CodeUnavailable { function_name: function_name.to_owned(), reason: reason.to_owned() };
    let Some(location) = &deployed.code_location else { return Err(unavailable("AWS does not tell where it is")) };
    let remote = Remote::new(cloud, location, function_name, cancel);
    let (bytes, size) = remote.last(Tail::LONGEST_END).await?;
    if u64::try_from(deployed.code_size).is_ok_and(|told| told != size) {
        return Err(unavailable("it is not as large as AWS says"));
    }
    let mut tail = Tail::new(size, bytes).ok_or_else(|| unavailable("it is longer than it says"))?;
    for _ in 0..REQUESTS {
        match tail.list(cancel)? {
            Listing::Files(files) => return Ok(files),
            Listing::Unreadable(problem) => return Err(unavailable(&problem)),
            Listing::NeedsFrom(at) if size - at > MOST => break,
            Listing::NeedsFrom(at) => {
                let before = remote.part(at..tail.start(), size).await?;
                tail = tail.with(before).ok_or_else(|| unavailable("it is longer than it says"))?;
            }
        }
    }
    Err(unavailable("its central directory is too long, or not where it should be"))
}

/// What differs. A file is another one by its size, CRC-32 or kind, or by its permission bits where both are known.
fn differences(before: Vec<ListedFile>, after: Vec<ListedFile>) -> CodeChanges {
    let by_name = |files: Vec<ListedFile>| -> BTreeMap<String, ListedFile> {
        files.into_iter().map(|file| (file.name.clone(), file)).collect()
    };
    let mut before = by_name(before);
    let mut changes = CodeChanges::default();
    for (path, new) in by_name(after) {
        let size_after = Some(new.size);
        let Some(old) = before.remove(&path) else {
            changes.added.push(CodeFile { path, size_before: None, size_after, mode_before: None, mode_after: None });
            continue;
        };
        // The mode of a link means nothing.
        let modes = old.mode.zip(new.mode).filter(|(before, after)| before != after && !old.is_link && !new.is_link);
        let same = (old.size, old.crc32, old.is_link) == (new.size, new.crc32, new.is_link);
        if same && modes.is_none() {
            changes.unchanged_count += 1;
            continue;
        }
        let (mode_before, mode_after) = modes.unzip();
        changes.changed.push(CodeFile { path, size_before: Some(old.size), size_after, mode_before, mode_after });
    }
    changes.removed = before
        .into_values()
        .map(|old| CodeFile {
            path: old.name,
            size_before: Some(old.size),
            size_after: None,
            mode_before: None,
            mode_after: None,
        })
        .collect();
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, content: &str, mode: Option<u32>) -> ListedFile {
        let (size, crc32) = (content.len() as u64, crc32fast::hash(content.as_bytes()));
        ListedFile { name: name.to_owned(), is_link: false, size, crc32, mode }
    }

    fn told(files: &[CodeFile]) -> Vec<(&str, Option<u64>, Option<u64>)> {
        files.iter().map(|file| (file.path.as_str(), file.size_before, file.size_after)).collect()
    }

    #[test]
    fn files_are_added_removed_changed_or_the_same() {
        let mode = Some(0o644);
        let before =
            vec![file("z", "1", mode), file("same", "s", mode), file("gone", "12", mode), file("b", "x", mode)];
        let after = vec![file("b", "y", mode), file("z", "123", mode), file("new", "", mode), file("same", "s", mode)];
        let changes = differences(before, after);
        assert_eq!(told(&changes.added), [("new", None, Some(0))]);
        assert_eq!(told(&changes.removed), [("gone", Some(2), None)]);
        assert_eq!(told(&changes.changed), [("b", Some(1), Some(1)), ("z", Some(1), Some(3))]);
        assert_eq!(changes.unchanged_count, 1);
    }

    #[test]
    fn modes_count_where_both_are_known() {
        let one = |mode| vec![file("run", "1", mode)];
        let changes = differences(one(Some(0o644)), one(Some(0o755)));
        let modes = changes.changed.iter().map(|file| (file.mode_before, file.mode_after)).collect::<Vec<_>>();
        assert_eq!(modes, [(Some(0o644), Some(0o755))]);
        assert_eq!(differences(one(None), one(Some(0o755))).unchanged_count, 1);
        let link = |mode| vec![ListedFile { is_link: true, ..file("run", "1", mode) }];
        assert_eq!(differences(link(Some(0o777)), link(Some(0o755))).unchanged_count, 1);
        assert_eq!(differences(one(Some(0o644)), link(Some(0o644))).changed.len(), 1);
    }
}
