//! A function -> nothing: itself with its versions, aliases and URLs, what calls it, and, when asked, its log.

use crate::cancel::Cancel;
use crate::deploy::cloud::{Cloud, EventSourceMapping};
use crate::deploy::function::Function;
use crate::deploy::logs::{is_of_another, log_group};
use crate::deploy::wait::{self, Pause, Subject};
use crate::error::{AwsError, AwsKind, Error};
use crate::progress::{Event, Phase, Reporter};

const DELETE_MAPPING: &str = "DeleteEventSourceMapping";
const DELETE_FUNCTION: &str = "DeleteFunction";
const DELETE_LOG_GROUP: &str = "DeleteLogGroup";

/// What is to go.
#[derive(Debug, Clone, Copy, Default)]
pub struct RemoveOptions {
    /// Whether the log goes too.
    pub logs: bool,
    /// Whether to remove nothing and only tell what would go.
    pub dry_run: bool,
}

/// What has gone, or in a dry run would go.
#[derive(Debug, Default)]
pub struct Removal {
    /// Whether there was a function.
    pub removed: bool,
    /// Its versions, the newest first.
    pub versions: Vec<String>,
    /// Its aliases.
    pub aliases: Vec<String>,
    /// Its URLs, and those of its aliases.
    pub urls: Vec<String>,
    /// What called it.
    pub mappings: Vec<EventSourceMapping>,
    /// Its log group.
    pub log_group: Option<String>,
    /// A log group that stays though the log was to go: others write to it, or may, or it is another account's.
    pub shared_log_group: Option<String>,
    /// AWS's names of the operations that it took, in their order.
    pub operations: Vec<&'static str>,
}

/// Removes a function. What calls it goes first: AWS keeps event source mappings, and events would be lost in them. Nothing
/// there is no failure, and what an earlier run has left is removed.
///
/// # Errors
/// [`Error::Stopped`] with what was done, [`Error::Aborted`], and what AWS answers.
pub async fn remove(
    cloud: &Cloud,
    name: &str,
    options: RemoveOptions,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Removal, Error> {
    reporter.report(Event::phase(Phase::Inspect));
    let removal = look(cloud, name, options, reporter, cancel).await?;
    if options.dry_run {
        return Ok(removal);
    }
    let mut done = Vec::new();
    match Box::pin(act(cloud, name, &removal, &mut done, reporter, cancel)).await {
        Ok(()) => Ok(removal),
        Err(why) if done.is_empty() => Err(why),
        Err(why) => {
            // They are done in their order.
            let not_done = removal.operations.iter().skip(done.len()).copied().collect();
            Err(Error::Stopped { why: Box::new(why), done, not_done })
        }
    }
}

/// What there is to remove.
async fn look(
    cloud: &Cloud,
    name: &str,
    options: RemoveOptions,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Removal, Error> {
    let function = cancel.guard(cloud.function(name, None)).await??;
    let mut removal = Removal { removed: function.is_some(), ..Removal::default() };
    if function.is_some() {
        let aliases = async {
            match cloud.aliases(name).await {
                Err(Error::NoSuchFunction { .. }) => Ok(Vec::new()),
                found => found,
            }
        };
        let looks = async { tokio::try_join!(cloud.versions(name), aliases, cloud.urls(name)) };
        let (mut versions, aliases, urls) = cancel.guard(looks).await??;
        versions.sort_by_key(|version| std::cmp::Reverse(version.version_number()));
        removal.versions = versions.into_iter().filter_map(|version| version.version).collect();
        removal.aliases = aliases.into_iter().map(|(alias, _)| alias).collect();
        removal.aliases.sort();
        removal.urls = urls;
    }
    removal.mappings = cancel.guard(cloud.event_source_mappings()).await??;
    let arn = function.as_ref().and_then(|function| function.arn.as_deref()).unwrap_or(name);
    removal
        .mappings
        .retain(|mapping| mapping.state.as_deref() != Some("Deleting") && is_of(&mapping.function_arn, arn));
    if options.logs {
        let bare = name.rsplit(':').next().unwrap_or(name).to_owned();
        let function = function.unwrap_or_else(|| Function { name: bare, ..Function::default() });
        (removal.log_group, removal.shared_log_group) = log(cloud, name, &function, reporter, cancel).await?;
    }
    let operations = [
        (DELETE_MAPPING, removal.mappings.len()),
        (DELETE_FUNCTION, usize::from(removal.removed)),
        (DELETE_LOG_GROUP, usize::from(removal.log_group.is_some())),
    ];
    removal.operations = operations.into_iter().flat_map(|(name, times)| std::iter::repeat_n(name, times)).collect();
    Ok(removal)
}

/// The function's log group: one that can go, or one that has to stay.
async fn log(
    cloud: &Cloud,
    name: &str,
    function: &Function,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<(Option<String>, Option<String>), Error> {
    let (group, is_own) = log_group(function);
    if !is_own {
        return Ok((None, Some(group)));
    }
    let Some(arn) = cancel.guard(cloud.log_group(&group)).await?? else { return Ok((None, None)) };
    // Groups are removed by their names, in the caller's account. The function may be in another.
    if account(name).is_some_and(|account| arn.split(':').nth(4) != Some(account)) {
        return Ok((None, Some(group)));
    }
    reporter.report(Event::message(Phase::Inspect, format!("looking for others that write to {group}")));
    let others = cloud.any_log_stream(&group, |stream| is_of_another(stream, &function.name));
    if cancel.guard(others).await?? { Ok((None, Some(group))) } else { Ok((Some(group), None)) }
}

/// The account that a function's ARN or partial ARN names.
fn account(function: &str) -> Option<&str> {
    function.split_once(":function:").and_then(|(before, _)| before.rsplit(':').next())
}

async fn act(
    cloud: &Cloud,
    name: &str,
    removal: &Removal,
    done: &mut Vec<&'static str>,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<(), Error> {
    for mapping in &removal.mappings {
        let source = mapping.event_source_arn.as_deref().unwrap_or(&mapping.uuid);
        reporter.report(Event::message(Phase::Release, format!("removing the event source mapping of {source}")));
        when_free(cancel, || cloud.delete_event_source_mapping(&mapping.uuid)).await?;
        done.push(DELETE_MAPPING);
    }
    if removal.removed {
        reporter.report(Event::message(Phase::Release, "removing the function"));
        delete_function(cloud, name, reporter, cancel).await?;
        done.push(DELETE_FUNCTION);
    }
    if let Some(group) = &removal.log_group {
        reporter.report(Event::message(Phase::Release, format!("removing the log group {group}")));
        when_free(cancel, || cloud.delete_log_group(group)).await?;
        done.push(DELETE_LOG_GROUP);
    }
    Ok(())
}

/// Removes the function; when a change of it is under way, waits for its end first.
async fn delete_function(cloud: &Cloud, name: &str, reporter: &dyn Reporter, cancel: &Cancel) -> Result<(), Error> {
    let mut pause = Pause::new(wait::DEADLINE);
    loop {
        let error = match cancel.guard(cloud.delete_function(name)).await? {
            Err(Error::Aws(error)) if matches!(error.kind, AwsKind::Conflict | AwsKind::ConnectionFailed) => error,
            done => return done,
        };
        // It has gone if only the answers were lost.
        if cancel.guard(cloud.function(name, None)).await??.is_none() {
            return Ok(());
        }
        if error.kind != AwsKind::Conflict {
            return Err(Error::Aws(error));
        }
        let what = "another change of the function";
        let subject = Subject { name, qualifier: None, what, is_new: false, old: None };
        match wait::until_settled(cloud, &subject, reporter, cancel).await {
            Err(Error::FunctionNotFound { .. }) => return Ok(()),
            settled => settled?,
        };
        if !pause.wait(cancel).await? {
            return Err(Error::Aws(error));
        }
    }
}

/// Does it, waiting for as long as AWS is at work on the same thing.
async fn when_free<F>(cancel: &Cancel, change: impl Fn() -> F) -> Result<(), Error>
where
    F: Future<Output = Result<(), Error>>,
{
    let mut pause = Pause::new(wait::DEADLINE);
    loop {
        match cancel.guard(change()).await? {
            Err(Error::Aws(error)) if is_in_use(&error) => {
                if !pause.wait(cancel).await? {
                    return Err(Error::Aws(error));
                }
            }
            done => return done,
        }
    }
}

fn is_in_use(error: &AwsError) -> bool {
    let codes = ["ResourceInUseException", "ResourceConflictException", "OperationAbortedException"];
    error.aws_code.as_deref().is_some_and(|code| codes.contains(&code))
}

/// Whether what a mapping calls is that function, or a version or alias of it. `function` is its ARN; of one that is not
/// there perhaps only its name, in the account and Region that the mappings are of.
fn is_of(mapped: &str, function: &str) -> bool {
    let rest = match mapped.split_once(":function:") {
        Some((_, own)) if !function.contains(":function:") => own.strip_prefix(function),
        Some((_, own)) if !function.starts_with("arn:") && account(mapped) == account(function) => {
            function.rsplit(':').next().and_then(|name| own.strip_prefix(name))
        }
        _ => mapped.strip_prefix(function),
    };
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_of_the_function_its_versions_and_aliases_are_its_own() {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:api";
        for function in [arn, "api", "123456789012:function:api"] {
            for own in [arn.to_owned(), format!("{arn}:live"), format!("{arn}:3")] {
                assert!(is_of(&own, function), "{own} {function}");
            }
            for other in [format!("{arn}-2"), arn.replace(":api", ":my-api"), String::new()] {
                assert!(!is_of(&other, function), "{other} {function}");
            }
        }
        for foreign in ["arn:aws:lambda:eu-west-1:210987654321:function:api", "210987654321:function:api"] {
            assert!(!is_of(arn, foreign), "{foreign}");
        }
    }
}
