//! What the types of settings cannot check.

use std::collections::BTreeMap;

use super::{CapacityProvider, FileSystem, Settings, Vpc};
use crate::deploy::arn;
use crate::error::Error;
use crate::limits;

impl Settings {
    /// Checks them, and brings what has no order into one.
    ///
    /// # Errors
    /// [`Error::InvalidOption`].
    pub fn validate(&mut self) -> Result<(), Error> {
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
        if let Some(tags) = &self.tags {
            check_tags(tags)?;
        }
        if let Some(vpc) = &mut self.vpc_config {
            check_vpc(vpc)?;
        }
        self.file_systems.iter().flatten().try_for_each(check_file_system)?;
        self.capacity_provider.as_ref().map_or(Ok(()), check_capacity_provider)?;
        if let Some(group) = self.logging.as_ref().and_then(|logging| logging.log_group.as_ref()) {
            check_log_group(group)?;
        }
        Ok(())
    }

    /// An empty value comes from a variable that is not set more often than from a wish. To be asked of what was given,
    /// before anything of it is cleared.
    ///
    /// # Errors
    /// [`Error::InvalidOption`].
    pub fn refuse_empty(&self) -> Result<(), Error> {
        let values = [
            ("runtime", &self.runtime),
            ("role", &self.role),
            ("kmsKeyArn", &self.kms_key_arn),
            ("deadLetterConfig.targetArn", &self.dead_letter_target),
        ];
        let layers = self.layers.iter().flatten().map(|layer| ("layers", layer));
        let values = values.into_iter().filter_map(|(option, value)| Some((option, value.as_ref()?)));
        match values.chain(layers).find(|(_, value)| value.trim().is_empty()) {
            Some((option, value)) => Err(Error::option(option, "a value that is not empty", format!("'{value}'"))),
            None => Ok(()),
        }
    }
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
    let size = limits::environment_size(environment);
    if size > limits::ENVIRONMENT {
        let expected = format!("variables of at most {} bytes in all, as JSON,", limits::ENVIRONMENT);
        return Err(Error::option("environment", expected, format!("{size} bytes")));
    }
    Ok(())
}

fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), Error> {
    if tags.len() > limits::TAGS {
        return Err(Error::option("tags", format!("at most {} tags", limits::TAGS), tags.len().to_string()));
    }
    for (name, value) in tags {
        let is_reserved = name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
        let is_long = name.chars().count() > limits::TAG_NAME || value.chars().count() > limits::TAG_VALUE;
        if name.is_empty() || is_reserved || is_long {
            let (name_limit, value_limit) = (limits::TAG_NAME, limits::TAG_VALUE);
            let expected = format!(
                "names of 1 to {name_limit} characters without 'aws:' before them, and values of at most {value_limit},"
            );
            return Err(Error::option("tags", expected, format!("'{name}'")));
        }
    }
    Ok(())
}

fn check_vpc(vpc: &mut Vpc) -> Result<(), Error> {
    let lists = [
        ("vpcConfig.subnetIds", &mut vpc.subnet_ids, limits::SUBNETS),
        ("vpcConfig.securityGroupIds", &mut vpc.security_group_ids, limits::SECURITY_GROUPS),
    ];
    for (option, list, limit) in lists {
        let Some(ids) = list else { continue };
        if ids.len() > limit {
            return Err(Error::option(option, format!("at most {limit} identifiers"), ids.len().to_string()));
        }
        if ids.iter().any(|id| id.trim().is_empty()) {
            return Err(Error::option(option, "identifiers that are not empty", "''"));
        }
        ids.sort();
        ids.dedup();
    }
    Ok(())
}

fn check_file_system(one: &FileSystem) -> Result<(), Error> {
    let path = &one.local_mount_path;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_name = |name: &str| !name.is_empty() && name.chars().all(plain);
    if !path.strip_prefix("/mnt/").is_some_and(is_name) {
        let expected = "a folder of letters, digits, '-', '_' and '.' in /mnt, like '/mnt/data',";
        return Err(Error::option("fileSystemConfigs.localMountPath", expected, format!("'{path}'")));
    }
    if !one.arn.starts_with("arn:") {
        let expected = "the ARN of an access point";
        return Err(Error::option("fileSystemConfigs.arn", expected, format!("'{}'", one.arn)));
    }
    Ok(())
}

fn check_capacity_provider(provider: &CapacityProvider) -> Result<(), Error> {
    let option = |name: &str| format!("capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig.{name}");
    let CapacityProvider { arn, memory_gib_per_processor, .. } = provider;
    if !arn::is_of_lambda(arn, "capacity-provider") {
        let expected = "the ARN of a capacity provider";
        return Err(Error::option(&option("capacityProviderArn"), expected, format!("'{arn}'")));
    }
    // What is no number is in no range.
    if let Some(memory) = memory_gib_per_processor.filter(|memory| !limits::GIB_PER_PROCESSOR.contains(memory)) {
        let (least, most) = (limits::GIB_PER_PROCESSOR.start(), limits::GIB_PER_PROCESSOR.end());
        let name = option("executionEnvironmentMemoryGiBPerVCpu");
        return Err(Error::option(&name, format!("a number from {least} to {most}"), memory.to_string()));
    }
    Ok(())
}

fn check_log_group(group: &str) -> Result<(), Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '#');
    if group.is_empty() || group.len() > limits::LOG_GROUP || !group.chars().all(plain) {
        let expected = format!("letters, digits and '.-_/#', at most {}", limits::LOG_GROUP);
        return Err(Error::option("loggingConfig.logGroup", expected, format!("'{group}'")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::settings::Logging;

    #[test]
    fn values_over_lambdas_limits_are_refused() {
        let environment = |name: &str, value: &str| Some(BTreeMap::from([(name.to_owned(), value.to_owned())]));
        let file_system = |arn: &str, path: &str| {
            Some(vec![FileSystem { arn: arn.to_owned(), local_mount_path: path.to_owned(), direct_s3_read: None }])
        };
        let ids = |count: usize| Some(vec!["x".to_owned(); count]);
        let none = Settings::default;
        let bad = [
            Settings { handler: Some("a b".to_owned()), ..none() },
            Settings { handler: Some("h".repeat(129)), ..none() },
            Settings { description: Some("d".repeat(257)), ..none() },
            Settings { layers: Some(vec!["l".to_owned(); 6]), ..none() },
            Settings { environment: environment("1A", ""), ..none() },
            Settings { environment: environment("A-B", ""), ..none() },
            Settings { environment: environment("AB", &"v".repeat(4088)), ..none() },
            Settings { role: Some(String::new()), ..none() },
            Settings { kms_key_arn: Some(String::new()), ..none() },
            Settings { dead_letter_target: Some(String::new()), ..none() },
            Settings { layers: Some(vec![" ".to_owned()]), ..none() },
            Settings { vpc_config: Some(Vpc { subnet_ids: ids(17), ..Vpc::default() }), ..none() },
            Settings { vpc_config: Some(Vpc { security_group_ids: ids(6), ..Vpc::default() }), ..none() },
            Settings { tags: environment("aws:x", ""), ..none() },
            Settings { tags: environment("", ""), ..none() },
            Settings { tags: environment(&"t".repeat(129), ""), ..none() },
            Settings { tags: environment("t", &"v".repeat(257)), ..none() },
            Settings { file_systems: file_system("arn:x", "/data"), ..none() },
            Settings { file_systems: file_system("arn:x", "/mnt/a/b"), ..none() },
            Settings { file_systems: file_system("x", "/mnt/a"), ..none() },
            Settings { logging: Some(Logging { log_group: Some("a b".to_owned()), ..Logging::default() }), ..none() },
        ];
        for (index, mut settings) in bad.into_iter().enumerate() {
            let checked = settings.refuse_empty().and_then(|()| settings.validate());
            assert!(matches!(checked, Err(Error::InvalidOption { .. })), "{index}");
        }
        let mut good = Settings {
            environment: environment("AB", &"v".repeat(4087)),
            file_systems: file_system("arn:x", "/mnt/data"),
            vpc_config: Some(Vpc { subnet_ids: Some(vec!["b".to_owned(), "a".to_owned()]), ..Vpc::default() }),
            ..none()
        };
        good.validate().unwrap();
        assert_eq!(good.vpc_config.unwrap().subnet_ids.unwrap(), ["a", "b"]);
    }

    #[test]
    fn capacity_providers_are_arns_and_their_memory_is_within_the_limits() {
        let checked = |arn: &str, memory: Option<f64>| {
            let provider = CapacityProvider {
                arn: arn.to_owned(),
                memory_gib_per_processor: memory,
                per_environment_concurrency: None,
            };
            Settings { capacity_provider: Some(provider), ..Settings::default() }.validate()
        };
        let arn = "arn:aws:lambda:eu-central-1:123456789012:capacity-provider:p";
        for good in [None, Some(2.0), Some(2.5), Some(8.0)] {
            checked(arn, good).unwrap();
        }
        for bad in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1.9, 8.1] {
            assert!(checked(arn, Some(bad)).is_err(), "{bad}");
        }
        for bad in ["", "arn:", "p", "arn:aws:lambda:eu-central-1:123456789012:function:p"] {
            assert!(checked(bad, None).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_value_of_the_environment_is_in_no_message() {
        let secret = "s3cret".repeat(1000);
        let environment = Some(BTreeMap::from([("TOKEN".to_owned(), secret)]));
        let error = Settings { environment, ..Settings::default() }.validate().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
}
