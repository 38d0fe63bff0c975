//! The variables of a function: those that it has, and those that are declared.

use std::collections::{BTreeMap, BTreeSet};

use crate::deploy::function::{Environment, Function};
use crate::deploy::masked::HIDDEN;
use crate::deploy::options::{DeployOptions, Unnamed};
use crate::deploy::plan::{Change, changed};
use crate::error::Error;
use crate::limits;

/// The variables that the function is to have, when that makes a difference.
///
/// # Errors
/// [`Error::EnvironmentUnreadable`], and [`Error::InvalidOption`] when there are too many.
pub fn environment(
    deployed: &Function,
    options: &DeployOptions,
    changes: &mut Vec<Change>,
) -> Result<Option<BTreeMap<String, String>>, Error> {
    let replaces = options.environment_mode == Unnamed::Go;
    let Some(declared) = options.settings.environment.as_ref().filter(|declared| replaces || !declared.is_empty())
    else {
        return Ok(None);
    };
    let none = BTreeMap::new();
    let before = match &deployed.environment {
        Environment::Variables(variables) => variables,
        // What is replaced need not be read.
        Environment::Unreadable(_) if replaces => &none,
        Environment::Unreadable(reason) => {
            let function_name = options.function_name.clone();
            return Err(Error::EnvironmentUnreadable { function_name, reason: reason.clone() });
        }
    };
    let mut after = if replaces { BTreeMap::new() } else { before.clone() };
    after.extend(declared.clone());
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for name in names {
        let (old, new) = (before.get(name), after.get(name));
        if old != new {
            changes.push(variable(name, old, new));
        }
    }
    let size = limits::environment_size(&after);
    if size > limits::ENVIRONMENT {
        let expected =
            format!("at most {} bytes as JSON, those of the deployed variables included,", limits::ENVIRONMENT);
        return Err(Error::option("environment", expected, format!("{size} bytes")));
    }
    let is_readable = matches!(deployed.environment, Environment::Variables(_));
    Ok((after != *before || !is_readable).then_some(after))
}

/// A variable that differs. Its values may be secrets, so that there is one is all that is told.
pub fn variable(name: &str, before: Option<&String>, after: Option<&String>) -> Change {
    let hidden = |value: Option<&String>| value.map(|_| HIDDEN.to_owned());
    changed(&format!("environment.{name}"), hidden(before), hidden(after))
}
