//! What a caller may ask of a deployment, checked once.

use std::path::PathBuf;

use crate::deploy::attachments::Attachments;
use crate::deploy::plan::{Change, Upload};
use crate::deploy::settings::Settings;
use crate::error::Error;

/// What to deploy, and where. Of the function's settings only those that are given are managed.
#[derive(Debug, Clone, Default)]
pub struct DeployOptions {
    /// The function's name or ARN.
    pub function_name: String,
    /// The archive.
    pub package: PathBuf,
    /// The settings to manage. Of the environment the variables to set.
    pub settings: Settings,
    /// What becomes of variables that are not named.
    pub environment_mode: Unnamed,
    /// What becomes of tags that are not named, but for AWS's.
    pub tags_mode: Unnamed,
    /// How many executions at once are kept for the function, out of those of its account. With 0 it is never executed.
    pub reserved_concurrency: Declared<i32>,
    /// The key that encrypts the archive at AWS.
    pub source_kms_key: Declared<String>,
    /// What it has beside its configuration.
    pub attachments: Attachments,
    /// Whether to publish a version.
    pub publish: bool,
    /// Where else to publish it.
    pub publish_to: Option<PublishTo>,
    /// The alias to point at the published version.
    pub alias: Option<String>,
    /// Where packages go that are too large to be sent directly.
    pub s3: Option<S3Options>,
    /// How to reach AWS.
    pub connection: Connection,
    /// Whether to go over what somebody else changes meanwhile.
    pub force: bool,
    /// A plan that was made before, and that must still be what is to be done.
    pub expected: Option<Expected>,
    /// Whether to change nothing and only tell what would be done.
    pub dry_run: bool,
}

/// A version that is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishTo {
    /// The one that runs on instances of the account's own when none is named.
    LatestPublished,
}

/// What a plan says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The revision of the function that was seen; nothing when there was none.
    pub revision_id: Option<String>,
    /// The archive's SHA-256 in base64.
    pub code_sha256: String,
    /// What differed.
    pub changes: Vec<Change>,
    /// AWS's names of the operations.
    pub operations: Vec<String>,
    /// How the archive was to go.
    pub upload: Upload,
    /// The bucket that it was to go through.
    pub bucket: Option<String>,
    /// The function's Region.
    pub region: Option<String>,
    /// The alias that was to be pointed.
    pub alias: Option<String>,
}

/// Lambda makes a copy of the archive.
pub const COPY: &str = "COPY";

/// The archive stays in the bucket, and Lambda has no copy of it.
pub const REFERENCE: &str = "REFERENCE";

/// A bucket for packages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct S3Options {
    /// The bucket's name.
    pub bucket: String,
    /// What the keys begin with.
    pub prefix: String,
    /// The account that must own the bucket.
    pub owner: Option<String>,
    /// Whether archives go there that could be sent directly.
    pub always: bool,
    /// Whether Lambda reads the archive there each time, and keeps no copy: AWS's name of that.
    pub storage_mode: Option<String>,
    /// Whether to make the bucket when it is not there.
    pub create_bucket: bool,
}

/// How to reach AWS; what is not given comes from the SDK's default chain.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// AWS Region.
    pub region: Option<String>,
    /// Name of a profile in the shared configuration files.
    pub profile: Option<String>,
    /// URL of another endpoint than AWS's.
    pub endpoint: Option<String>,
    /// How long it may take.
    pub timeouts: Timeouts,
}

/// How long a call may take, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// All that it does at AWS.
    pub total: Option<u64>,
    /// One attempt of one request; of one that carries an archive, what comes on top of the time for its bytes.
    pub attempt: Option<u64>,
}

/// What is declared of something that a function has or has not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Declared<T> {
    /// Nothing: it is not managed.
    #[default]
    Nothing,
    /// That the function has none.
    None,
    /// That it has this one.
    One(T),
}

impl<T> Declared<T> {
    /// Whether it is managed.
    #[must_use]
    pub fn is_managed(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    /// What the function is to have; nothing also when that is not managed.
    #[must_use]
    pub fn one(&self) -> Option<&T> {
        match self {
            Self::One(one) => Some(one),
            Self::Nothing | Self::None => None,
        }
    }
}

/// What becomes of what the function has and is not named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unnamed {
    /// It stays.
    #[default]
    Stay,
    /// It goes.
    Go,
}

impl DeployOptions {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// [`Error::InvalidOption`].
    pub fn validate(mut self) -> Result<Self, Error> {
        self.connection = self.connection.validate(&self.function_name)?;
        self.settings.validate()?;
        self.attachments.validate()?;
        self.alias.as_deref().map_or(Ok(()), check_alias)?;
        if self.alias.is_none() && self.attachments.provisioned.is_managed() {
            let expected = "`alias`, to which it belongs,";
            return Err(Error::option("provisionedConcurrentExecutions", expected, "no `alias`"));
        }
        if self.source_kms_key.one().is_some_and(String::is_empty) {
            return Err(Error::option("sourceKmsKeyArn", "an ARN", "''"));
        }
        if let Some(S3Options { bucket, owner, storage_mode, create_bucket, .. }) = &self.s3 {
            if storage_mode.as_deref() == Some(REFERENCE) && *create_bucket {
                // Its archives go after some days, and the function would go with them.
                let expected = "no `s3.createBucket`, whose buckets keep no archive for ever,";
                return Err(Error::option("s3.objectStorageMode", expected, "both"));
            }
            let is_account = |owner: &String| owner.len() == 12 && owner.bytes().all(|byte| byte.is_ascii_digit());
            if let Some(other) = owner.as_ref().filter(|owner| !is_account(owner)) {
                return Err(Error::option("s3.expectedBucketOwner", "an account's 12 digits", format!("'{other}'")));
            }
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(plain) {
                let expected = "a bucket's name of 3 to 63 letters, digits, '-', '_' and '.',";
                return Err(Error::option("s3.bucket", expected, format!("'{bucket}'")));
            }
        }
        Ok(self)
    }
}

impl Connection {
    /// Checks the name of a function, and how it is to be reached. A function's ARN has its Region; another one beside it
    /// would be another function.
    ///
    /// # Errors
    /// [`Error::InvalidOption`].
    pub fn validate(mut self, function_name: &str) -> Result<Self, Error> {
        check_function_name(function_name)?;
        let own = function_name.strip_prefix("arn:").and_then(|arn| arn.split(':').nth(2));
        self.region = match (own, self.region.take()) {
            (Some(own), Some(given)) if own != given => {
                let expected = format!("'{own}', the Region of `functionName`,");
                return Err(Error::option("region", expected, format!("'{given}'")));
            }
            (own, given) => given.or(own.map(ToOwned::to_owned)),
        };
        if let Some(region) = &self.region {
            let label = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let inner = !region.starts_with('-') && !region.ends_with('-');
            if region.is_empty() || region.len() > 63 || !inner || !region.chars().all(label) {
                return Err(Error::option("region", "an AWS Region like 'eu-central-1'", format!("'{region}'")));
            }
        }
        if let Some(endpoint) = &self.endpoint {
            let host = endpoint.strip_prefix("http://").or_else(|| endpoint.strip_prefix("https://"));
            let begins = |host: &str| host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[');
            if !host.is_some_and(begins) || endpoint.contains(char::is_whitespace) {
                let expected = "a URL that begins with http:// or https:// and a host,";
                return Err(Error::option("endpoint", expected, format!("'{endpoint}'")));
            }
        }
        if self.profile.as_ref().is_some_and(|profile| profile.trim().is_empty()) {
            return Err(Error::option("profile", "the name of a profile", "''"));
        }
        Ok(self)
    }
}

/// The name of an alias, which no number alone is.
///
/// # Errors
/// [`Error::InvalidOption`].
pub fn check_alias(alias: &str) -> Result<(), Error> {
    let plain = alias.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let number = alias.chars().all(|c| c.is_ascii_digit());
    if alias.is_empty() || alias.len() > 128 || !plain || number {
        let expected = "letters, digits, '-' and '_', not a number alone, at most 128";
        return Err(Error::option("alias", expected, format!("'{alias}'")));
    }
    Ok(())
}

/// A name, `name` in an account, or an ARN. A version or alias at its end would be another function's code.
fn check_function_name(name: &str) -> Result<(), Error> {
    let received = || format!("'{name}'");
    let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let own = match name.split_once(":function:") {
        Some((before, own)) if before.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '-')) => own,
        Some(_) => return Err(Error::option("functionName", "a function's name or ARN", received())),
        None => name,
    };
    if own.contains(':') {
        return Err(Error::option("functionName", "a function without a version or alias (see `alias`)", received()));
    }
    if own.is_empty() || own.len() > 64 || !plain(own) {
        let expected = "1 to 64 letters, digits, '-' and '_', or an ARN,";
        return Err(Error::option("functionName", expected, received()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> DeployOptions {
        DeployOptions { function_name: name.to_owned(), ..DeployOptions::default() }
    }

    #[test]
    fn names_and_arns_pass_and_qualified_ones_do_not() {
        for good in
            ["f", "my-function_1", "arn:aws:lambda:eu-central-1:123456789012:function:f", "123456789012:function:f"]
        {
            assert!(named(good).validate().is_ok(), "{good}");
        }
        for bad in
            ["", "a b", "f:live", "arn:aws:lambda:eu-central-1:123456789012:function:f:1", "a/b", "../f:function:x"]
        {
            assert!(named(bad).validate().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_region_of_an_arn_is_the_one_that_counts() {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:f";
        assert_eq!(named(arn).validate().unwrap().connection.region.as_deref(), Some("eu-west-1"));
        let mut other = named(arn);
        other.connection.region = Some("us-east-1".to_owned());
        assert!(other.validate().is_err());
    }

    #[test]
    fn values_over_lambdas_limits_are_refused_before_any_call() {
        let base = || named("f");
        let connected = |change: fn(&mut Connection)| {
            let mut options = base();
            change(&mut options.connection);
            options
        };
        let bad = [
            DeployOptions { alias: Some("12".to_owned()), ..base() },
            DeployOptions { s3: Some(S3Options { bucket: "bk".to_owned(), ..S3Options::default() }), ..base() },
            connected(|connection| connection.endpoint = Some("localhost:1".to_owned())),
            connected(|connection| connection.endpoint = Some("http://".to_owned())),
            connected(|connection| connection.region = Some(String::new())),
            connected(|connection| connection.region = Some("not a region".to_owned())),
            connected(|connection| connection.profile = Some(String::new())),
        ];
        for (index, options) in bad.into_iter().enumerate() {
            assert!(matches!(options.validate(), Err(Error::InvalidOption { .. })), "{index}");
        }
    }
}
