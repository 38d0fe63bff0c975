//! What a caller may ask of a deployment, checked once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::error::Error;
use crate::limits;

/// What to deploy, and where. Of the function's settings only those that are given are managed.
#[derive(Debug, Clone, Default)]
pub struct DeployOptions {
    /// The function's name or ARN.
    pub function_name: String,
    /// The archive.
    pub package: PathBuf,
    /// Lambda's name of the runtime.
    pub runtime: Option<String>,
    /// `file.export`.
    pub handler: Option<String>,
    /// The execution role's ARN; needed to create.
    pub role: Option<String>,
    /// The instruction set.
    pub architecture: Option<Architecture>,
    /// Megabytes.
    pub memory_size: Option<i32>,
    /// Seconds.
    pub timeout: Option<i32>,
    /// Variables to set; others that the function has stay.
    pub environment: Option<BTreeMap<String, String>>,
    /// The function's description.
    pub description: Option<String>,
    /// ARNs of layer versions, in their order.
    pub layers: Option<Vec<String>>,
    /// Whether to publish a version.
    pub publish: bool,
    /// The alias to point at the published version.
    pub alias: Option<String>,
    /// Where packages go that are too large to be sent directly.
    pub s3: Option<S3Options>,
    /// How to reach AWS.
    pub connection: Connection,
    /// Whether to change nothing and only tell what would be done.
    pub dry_run: bool,
}

/// A bucket for packages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct S3Options {
    /// The bucket's name.
    pub bucket: String,
    /// What the keys begin with.
    pub prefix: String,
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
}

/// An instruction set that Lambda offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// 64-bit x86.
    X86_64,
    /// 64-bit ARM.
    Arm64,
}

impl Architecture {
    /// Lambda's name of it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }
}

impl DeployOptions {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// [`Error::InvalidOption`].
    pub fn validate(mut self) -> Result<Self, Error> {
        check_function_name(&self.function_name)?;
        self.connection.region = self.region_of_function()?;
        self.refuse_empty()?;
        if let Some(handler) = &self.handler
            && (handler.is_empty()
                || handler.chars().count() > limits::HANDLER
                || handler.contains(char::is_whitespace))
        {
            let expected = format!("'file.export', at most {} characters and no spaces,", limits::HANDLER);
            return Err(Error::option("handler", expected, format!("'{handler}'")));
        }
        if let Some(description) = &self.description
            && description.chars().count() > limits::DESCRIPTION
        {
            let received = format!("{} characters", description.chars().count());
            return Err(Error::option("description", format!("at most {} characters", limits::DESCRIPTION), received));
        }
        if let Some(layers) = &self.layers
            && layers.len() > limits::LAYERS
        {
            return Err(Error::option(
                "layers",
                format!("at most {} layers", limits::LAYERS),
                layers.len().to_string(),
            ));
        }
        if let Some(environment) = &self.environment {
            check_environment(environment)?;
        }
        if let Some(alias) = &self.alias {
            let plain = alias.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
            let number = alias.chars().all(|c| c.is_ascii_digit());
            if alias.is_empty() || alias.len() > 128 || !plain || number {
                let expected = "letters, digits, '-' and '_', not a number alone, at most 128";
                return Err(Error::option("alias", expected, format!("'{alias}'")));
            }
        }
        self.connection.validate()?;
        if let Some(S3Options { bucket, .. }) = &self.s3 {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(plain) {
                let expected = "a bucket's name of 3 to 63 letters, digits, '-', '_' and '.',";
                return Err(Error::option("s3.bucket", expected, format!("'{bucket}'")));
            }
        }
        Ok(self)
    }

    /// A function's ARN has its Region; another one beside it would be another function.
    fn region_of_function(&self) -> Result<Option<String>, Error> {
        let given = self.connection.region.clone();
        let own = self.function_name.strip_prefix("arn:").and_then(|arn| arn.split(':').nth(2));
        match (own, given) {
            (Some(own), Some(given)) if own != given => {
                let expected = format!("'{own}', the Region of `functionName`,");
                Err(Error::option("region", expected, format!("'{given}'")))
            }
            (own, given) => Ok(given.or(own.map(ToOwned::to_owned))),
        }
    }

    /// An empty value comes from a variable that is not set more often than from a wish.
    fn refuse_empty(&self) -> Result<(), Error> {
        let values = [("runtime", &self.runtime), ("role", &self.role)];
        let layers = self.layers.iter().flatten().map(|layer| ("layers", layer));
        let values = values.into_iter().filter_map(|(option, value)| Some((option, value.as_ref()?)));
        match values.chain(layers).find(|(_, value)| value.trim().is_empty()) {
            Some((option, value)) => Err(Error::option(option, "a value that is not empty", format!("'{value}'"))),
            None => Ok(()),
        }
    }
}

impl Connection {
    fn validate(&self) -> Result<(), Error> {
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
        Ok(())
    }
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

fn check_environment(environment: &BTreeMap<String, String>) -> Result<(), Error> {
    for name in environment.keys() {
        let mut characters = name.chars();
        let starts = characters.next().is_some_and(|first| first.is_ascii_alphabetic());
        let rest = characters.all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !starts || !rest || name.len() < 2 {
            let expected = "names of a letter and then letters, digits and '_', at least two characters,";
            return Err(Error::option("environment", expected, format!("'{name}'")));
        }
    }
    let size: usize = environment.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > limits::ENVIRONMENT {
        let expected = format!("names and values of at most {} bytes in all", limits::ENVIRONMENT);
        return Err(Error::option("environment", expected, format!("{size} bytes")));
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
        let environment = |name: &str, value: &str| Some(BTreeMap::from([(name.to_owned(), value.to_owned())]));
        let bad = [
            DeployOptions { handler: Some("a b".to_owned()), ..base() },
            DeployOptions { handler: Some("h".repeat(129)), ..base() },
            DeployOptions { description: Some("d".repeat(257)), ..base() },
            DeployOptions { layers: Some(vec!["l".to_owned(); 6]), ..base() },
            DeployOptions { environment: environment("1A", ""), ..base() },
            DeployOptions { environment: environment("A-B", ""), ..base() },
            DeployOptions { environment: environment("AB", &"v".repeat(4095)), ..base() },
            DeployOptions { alias: Some("12".to_owned()), ..base() },
            DeployOptions { role: Some(String::new()), ..base() },
            DeployOptions { layers: Some(vec![" ".to_owned()]), ..base() },
            DeployOptions { s3: Some(S3Options { bucket: "bk".to_owned(), prefix: String::new() }), ..base() },
            connected(|connection| connection.endpoint = Some("localhost:1".to_owned())),
            connected(|connection| connection.endpoint = Some("http://".to_owned())),
            connected(|connection| connection.region = Some(String::new())),
            connected(|connection| connection.region = Some("not a region".to_owned())),
            connected(|connection| connection.profile = Some(String::new())),
        ];
        for (index, options) in bad.into_iter().enumerate() {
            assert!(matches!(options.validate(), Err(Error::InvalidOption { .. })), "{index}");
        }
        assert!(DeployOptions { environment: environment("AB", &"v".repeat(4094)), ..base() }.validate().is_ok());
    }

    #[test]
    fn a_value_of_the_environment_is_in_no_message() {
        let secret = "s3cret".repeat(1000);
        let environment = Some(BTreeMap::from([("TOKEN".to_owned(), secret)]));
        let error = DeployOptions { environment, ..named("f") }.validate().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
}
