//! What is declared beside what is deployed: what differs, and how that is told.

use super::{CapacityProvider, Durable, FileSystem, Logging, Settings, TEXT_LOGS, Vpc};
use crate::deploy::plan::Change;

impl Settings {
    /// What differs from what is deployed, as it is to be sent, with a line in `changes` for each. The environment,
    /// the architecture, the tags, tenancy and code signing are compared elsewhere: see [`crate::deploy::plan`].
    #[must_use]
    pub fn differing(&self, deployed: &Self, changes: &mut Vec<Change>) -> Self {
        let mut compare = Compare(changes);
        Self {
            runtime: compare.one("runtime", self.runtime.as_ref(), deployed.runtime.as_ref()),
            handler: compare.one("handler", self.handler.as_ref(), deployed.handler.as_ref()),
            role: compare.one("role", self.role.as_ref(), deployed.role.as_ref()),
            description: compare.one("description", self.description.as_ref(), deployed.description.as_ref()),
            memory_size: compare.one("memorySize", self.memory_size.as_ref(), deployed.memory_size.as_ref()),
            timeout: compare.one("timeout", self.timeout.as_ref(), deployed.timeout.as_ref()),
            kms_key_arn: compare.one("kmsKeyArn", self.kms_key_arn.as_ref(), deployed.kms_key_arn.as_ref()),
            layers: compare.one("layers", self.layers.as_ref(), deployed.layers.as_ref()),
            vpc_config: compare.one("vpcConfig", self.vpc_config.as_ref(), deployed.vpc_config.as_ref()),
            dead_letter_target: compare.one(
                "deadLetterConfig.targetArn",
                self.dead_letter_target.as_ref(),
                deployed.dead_letter_target.as_ref(),
            ),
            tracing_mode: compare.one("tracingConfig.mode", self.tracing_mode.as_ref(), deployed.tracing_mode.as_ref()),
            file_systems: compare.one("fileSystemConfigs", self.file_systems.as_ref(), deployed.file_systems.as_ref()),
            ephemeral_storage: compare.one(
                "ephemeralStorage.size",
                self.ephemeral_storage.as_ref(),
                deployed.ephemeral_storage.as_ref(),
            ),
            snap_start: compare.one("snapStart.applyOn", self.snap_start.as_ref(), deployed.snap_start.as_ref()),
            logging: compare.one("loggingConfig", self.logging.as_ref(), deployed.logging.as_ref()),
            durable: compare.one("durableConfig", self.durable.as_ref(), deployed.durable.as_ref()),
            capacity_provider: compare.one(
                "capacityProviderConfig",
                self.capacity_provider.as_ref(),
                deployed.capacity_provider.as_ref(),
            ),
            environment: None,
            architecture: None,
            tags: None,
            tenant_isolation: None,
            code_signing_config: None,
        }
    }
}

struct Compare<'c>(&'c mut Vec<Change>);

impl Compare<'_> {
    /// The setting as it is to be sent, if that makes a difference.
    fn one<T: Setting>(&mut self, field: &str, declared: Option<&T>, deployed: Option<&T>) -> Option<T> {
        // Of a function that is to be made nothing is deployed, and all that is declared is told.
        let before = deployed.cloned().unwrap_or_default();
        let after = declared?.over(&before);
        if deployed.is_some() && before == after {
            return None;
        }
        after.tell(&before, field, self.0);
        Some(after)
    }
}

/// A setting that can be compared.
pub trait Setting: Clone + Default + PartialEq {
    /// The setting with what it leaves open as it is deployed.
    fn over(&self, _deployed: &Self) -> Self {
        self.clone()
    }

    /// A line for what differs; several where it has parts.
    fn tell(&self, before: &Self, field: &str, changes: &mut Vec<Change>);
}

impl Setting for String {
    fn tell(&self, before: &Self, field: &str, changes: &mut Vec<Change>) {
        let shown = |text: &Self| Some(text.clone()).filter(|text| !text.is_empty());
        changes.push(Change { field: field.to_owned(), before: shown(before), after: shown(self) });
    }
}

impl Setting for i32 {
    fn tell(&self, before: &Self, field: &str, changes: &mut Vec<Change>) {
        let shown = |number: Self| Some(number).filter(|number| *number != 0).map(|number| number.to_string());
        changes.push(Change { field: field.to_owned(), before: shown(*before), after: shown(*self) });
    }
}

impl Setting for bool {
    fn tell(&self, before: &Self, field: &str, changes: &mut Vec<Change>) {
        let (before, after) = (Some(before.to_string()), Some(self.to_string()));
        changes.push(Change { field: field.to_owned(), before, after });
    }
}

impl Setting for Vec<String> {
    fn tell(&self, before: &Self, field: &str, changes: &mut Vec<Change>) {
        self.join(", ").tell(&before.join(", "), field, changes);
    }
}

impl Setting for Vec<FileSystem> {
    fn over(&self, deployed: &Self) -> Self {
        let one = |one: &FileSystem| {
            let is_it = |other: &&FileSystem| other.arn == one.arn && other.local_mount_path == one.local_mount_path;
            let before = deployed.iter().find(is_it).and_then(|before| before.direct_s3_read.clone());
            FileSystem { direct_s3_read: one.direct_s3_read.clone().or(before), ..one.clone() }
        };
        self.iter().map(one).collect()
    }

    fn tell(&self, before: &Self, field: &str, changes: &mut Vec<Change>) {
        let shown = |all: &Self| {
            let one = |one: &FileSystem| format!("{} at {}", one.arn, one.local_mount_path);
            all.iter().map(one).collect::<Vec<_>>()
        };
        shown(self).tell(&shown(before), field, changes);
    }
}

/// A part of a setting: its own lines, if it differs.
pub fn part<T: Setting>(after: Option<&T>, before: Option<&T>, field: &str, name: &str, changes: &mut Vec<Change>) {
    let (after, before) = (after.cloned().unwrap_or_default(), before.cloned().unwrap_or_default());
    if after != before {
        after.tell(&before, &format!("{field}.{name}"), changes);
    }
}

impl Setting for Vpc {
    fn over(&self, deployed: &Self) -> Self {
        Self {
            subnet_ids: self.subnet_ids.clone().or_else(|| deployed.subnet_ids.clone()),
            security_group_ids: self.security_group_ids.clone().or_else(|| deployed.security_group_ids.clone()),
            ipv6_allowed_for_dual_stack: self.ipv6_allowed_for_dual_stack.or(deployed.ipv6_allowed_for_dual_stack),
        }
    }

    fn tell(&self, before: &Self, field: &str, changes: &mut Vec<Change>) {
        let (groups, groups_before) = (self.security_group_ids.as_ref(), before.security_group_ids.as_ref());
        let (ipv6, ipv6_before) =
            (self.ipv6_allowed_for_dual_stack.as_ref(), before.ipv6_allowed_for_dual_stack.as_ref());
        part(self.subnet_ids.as_ref(), before.subnet_ids.as_ref(), field, "subnetIds", changes);
        part(groups, groups_before, field, "securityGroupIds", changes);
        part(ipv6, ipv6_before, field, "ipv6AllowedForDualStack", changes);
    }
}

impl Setting for Logging {
    fn over(&self, deployed: &Self) -> Self {
        let log_format = self.log_format.clone().or_else(|| deployed.log_format.clone());
        // Text has no levels: those of JSON, which is deployed, go with it.
        let has_levels = log_format.as_deref() != Some(TEXT_LOGS);
        let level = |own: &Option<String>, before: &Option<String>| {
            own.clone().or_else(|| before.clone().filter(|_| has_levels))
        };
        Self {
            application_log_level: level(&self.application_log_level, &deployed.application_log_level),
            system_log_level: level(&self.system_log_level, &deployed.system_log_level),
            log_group: self.log_group.clone().or_else(|| deployed.log_group.clone()),
            log_format,
        }
    }

    fn tell(&self, before: &Self, field: &str, changes: &mut Vec<Change>) {
        let (level, level_before) = (self.application_log_level.as_ref(), before.application_log_level.as_ref());
        part(self.log_format.as_ref(), before.log_format.as_ref(), field, "logFormat", changes);
        part(level, level_before, field, "applicationLogLevel", changes);
        part(self.system_log_level.as_ref(), before.system_log_level.as_ref(), field, "systemLogLevel", changes);
        part(self.log_group.as_ref(), before.log_group.as_ref(), field, "logGroup", changes);
    }
}

impl Setting for Durable {
    fn over(&self, deployed: &Self) -> Self {
        Self {
            kms_key_arn: self.kms_key_arn.clone().or_else(|| deployed.kms_key_arn.clone()),
            execution_timeout: self.execution_timeout.or(deployed.execution_timeout),
            retention_period_in_days: self.retention_period_in_days.or(deployed.retention_period_in_days),
        }
    }

    fn tell(&self, before: &Self, field: &str, changes: &mut Vec<Change>) {
        let (days, days_before) = (self.retention_period_in_days.as_ref(), before.retention_period_in_days.as_ref());
        part(self.kms_key_arn.as_ref(), before.kms_key_arn.as_ref(), field, "kmsKeyArn", changes);
        part(self.execution_timeout.as_ref(), before.execution_timeout.as_ref(), field, "executionTimeout", changes);
        part(days, days_before, field, "retentionPeriodInDays", changes);
    }
}

impl Setting for CapacityProvider {
    fn over(&self, deployed: &Self) -> Self {
        Self {
            arn: self.arn.clone(),
            per_environment_concurrency: self.per_environment_concurrency.or(deployed.per_environment_concurrency),
            memory_gib_per_processor: self.memory_gib_per_processor.or(deployed.memory_gib_per_processor),
        }
    }

    fn tell(&self, before: &Self, field: &str, changes: &mut Vec<Change>) {
        let (count, count_before) = (self.per_environment_concurrency, before.per_environment_concurrency);
        let ratio = |memory: Option<f64>| memory.map(|memory| memory.to_string()).unwrap_or_default();
        let (memory, memory_before) = (ratio(self.memory_gib_per_processor), ratio(before.memory_gib_per_processor));
        let field = format!("{field}.lambdaManagedInstancesCapacityProviderConfig");
        part(Some(&self.arn), Some(&before.arn), &field, "capacityProviderArn", changes);
        let name = "perExecutionEnvironmentMaxConcurrency";
        part(count.as_ref(), count_before.as_ref(), &field, name, changes);
        part(Some(&memory), Some(&memory_before), &field, "executionEnvironmentMemoryGiBPerVCpu", changes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(declared: &Settings, deployed: &Settings) -> (Settings, Vec<String>) {
        let mut changes = Vec::new();
        let settings = declared.differing(deployed, &mut changes);
        let shown = |change: Change| {
            let text = |side: Option<String>| side.unwrap_or_else(|| "-".to_owned());
            format!("{}: {} > {}", change.field, text(change.before), text(change.after))
        };
        (settings, changes.into_iter().map(shown).collect())
    }

    #[test]
    fn what_a_part_leaves_open_stays_as_it_is() {
        let list = |text: &str| Some(vec![text.to_owned()]);
        let deployed = Settings {
            vpc_config: Some(Vpc { subnet_ids: list("s-1"), security_group_ids: list("g-1"), ..Vpc::none() }),
            logging: Some(Logging { log_format: Some("JSON".to_owned()), ..Logging::usual("f") }),
            ..Settings::default()
        };
        let same = Settings {
            vpc_config: Some(Vpc { subnet_ids: list("s-1"), ..Vpc::default() }),
            logging: Some(Logging { log_group: Some("/aws/lambda/f".to_owned()), ..Logging::default() }),
            ..Settings::default()
        };
        assert_eq!(compared(&same, &deployed), (Settings::default(), vec![]));
        let other = Settings {
            vpc_config: Some(Vpc { subnet_ids: list("s-2"), ..Vpc::default() }),
            logging: Some(Logging { log_group: Some("/mine".to_owned()), ..Logging::default() }),
            ..Settings::default()
        };
        let (sent, told) = compared(&other, &deployed);
        assert_eq!(told, ["vpcConfig.subnetIds: s-1 > s-2", "loggingConfig.logGroup: /aws/lambda/f > /mine"]);
        assert_eq!(sent.vpc_config.unwrap().security_group_ids, list("g-1"));
        assert_eq!(sent.logging.unwrap().log_format.as_deref(), Some("JSON"));
    }

    #[test]
    fn logs_in_text_have_no_levels() {
        let info = || Some("INFO".to_owned());
        let json = Logging {
            log_format: Some("JSON".to_owned()),
            application_log_level: info(),
            system_log_level: info(),
            ..Logging::usual("f")
        };
        let text = Logging { log_format: Some("Text".to_owned()), ..Logging::default() };
        assert_eq!(text.over(&json), Logging::usual("f"));
        let json_alone = Logging { log_format: Some("JSON".to_owned()), ..Logging::default() };
        assert_eq!(json_alone.over(&json), json);
    }

    #[test]
    fn a_setting_that_is_cleared_is_told_without_an_after() {
        let deployed = Settings {
            dead_letter_target: Some("arn:q".to_owned()),
            layers: Some(vec!["arn:l".to_owned()]),
            ..Settings::default()
        };
        let cleared =
            Settings { dead_letter_target: Some(String::new()), layers: Some(Vec::new()), ..Settings::default() };
        let (_, told) = compared(&cleared, &deployed);
        assert_eq!(told, ["layers: arn:l > -", "deadLetterConfig.targetArn: arn:q > -"]);
    }
}
