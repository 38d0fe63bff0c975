//! What is worth knowing of what is asked for, though it is no failure.

use crate::deploy::options::DeployOptions;
use crate::limits;
use crate::warning::{Severity, Warning, WarningCode};

/// The day since which a runtime is deprecated, if it is.
#[must_use]
pub fn deprecated_since(runtime: &str) -> Option<&'static str> {
    let date = limits::deprecation_date(runtime)?;
    let today = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
    (days_of(date)? <= today.as_secs() / 86_400).then_some(date)
}

/// Says that a runtime is deprecated, if it is.
pub fn deprecation(runtime: &str) -> Option<Warning> {
    let date = deprecated_since(runtime)?;
    let message = format!("The runtime {runtime} is deprecated since {date}; {} is current.", limits::DEFAULT_RUNTIME);
    let path = None;
    Some(Warning { code: WarningCode::RuntimeDeprecated, severity: Severity::Warning, message, path })
}

/// Settings that Lambda takes only from functions on managed instances.
pub fn over_ordinary_limits(options: &DeployOptions) -> Vec<Warning> {
    let settings = [
        ("timeout", options.settings.timeout, limits::ORDINARY_TIMEOUT_SECONDS, "seconds"),
        ("memorySize", options.settings.memory_size, limits::ORDINARY_MEMORY_MEGABYTES, "megabytes"),
    ];
    let over = settings.into_iter().filter(|(_, value, limit, _)| value.is_some_and(|value| value > *limit));
    over.map(|(field, _, limit, unit)| Warning {
        code: WarningCode::OverOrdinaryLimit,
        severity: Severity::Warning,
        message: format!("`{field}` is over {limit} {unit}, which Lambda takes for managed instances alone."),
        path: None,
    })
    .collect()
}

/// Days from 1970-01-01 to a date of the form YYYY-MM-DD.
fn days_of(date: &str) -> Option<u64> {
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    days.checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        assert_eq!(days_of("1970-01-01"), Some(0));
        assert_eq!(days_of("2000-02-29"), Some(11_016));
        assert_eq!(days_of("2026-04-30"), Some(20_573));
        assert_eq!(days_of("x"), None);
    }

    #[test]
    fn only_a_runtime_whose_day_has_come_is_told() {
        assert!(deprecation("nodejs18.x").is_some());
        assert!(deprecation("nodejs99.x").is_none());
    }
}
