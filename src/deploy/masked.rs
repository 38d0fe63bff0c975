//! Values of variables in a plan: hidden, and yet two of them can be told apart.
//!
//! A plan is kept, looked at by others, and done on another machine, so no key can be had that its readers lack. What
//! stands for a value is therefore a hash that is slow to make: whoever wants to find a value by trying has to pay for
//! each try. SECURITY.md tells what that keeps out and what it does not.

use argon2::{Algorithm, Argon2, Params, Version};
use sha2::{Digest, Sha256};

use crate::cancel::Cancel;
use crate::deploy::function::{Environment, Function};
use crate::deploy::options::DeployOptions;
use crate::deploy::plan::Change;
use crate::error::Error;
use crate::parallel;

/// Stands for a value that is not to be compared.
pub const HIDDEN: &str = "(hidden)";
const VARIABLE: &str = "environment.";

/// What OWASP asks for at least to keep passwords by: Argon2id with 19 MiB, passed over twice. It takes some 20 ms.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Bytes that are told: two values look alike once in four thousand million, and no more of a value is given away.
const TOLD: usize = 4;
const SALT: usize = 16;
/// Each thread takes the memory.
const MOST_THREADS: usize = 4;

/// Says of each variable that differs which value it had and would have, in the form `(hidden, 1f2e3d4c)`.
///
/// # Errors
/// [`Error::Aborted`].
pub async fn tell(
    changes: &mut [Change],
    deployed: Option<&Function>,
    options: &DeployOptions,
    region: Option<&str>,
    cancel: &Cancel,
) -> Result<(), Error> {
    let scope = Scope::of(deployed, options, region);
    let before = match deployed.map(|deployed| &deployed.environment) {
        Some(Environment::Variables(variables)) => Some(variables),
        _ => None,
    };
    let mut tasks = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        let Some(name) = change.field.strip_prefix(VARIABLE) else { continue };
        let sides = [
            (Side::Before, change.before.as_ref().and(before).and_then(|all| all.get(name))),
            (
                Side::After,
                change.after.as_ref().and(options.settings.environment.as_ref()).and_then(|all| all.get(name)),
            ),
        ];
        for (side, value) in sides {
            tasks.extend(value.map(|value| (index, side, name.to_owned(), value.clone())));
        }
    }
    if tasks.is_empty() {
        return Ok(());
    }
    let flag = cancel.clone();
    let work = tokio::task::spawn_blocking(move || {
        let threads = parallel::cores().min(MOST_THREADS).min(tasks.len());
        parallel::grow(threads, tasks, |(index, side, name, value), _| {
            flag.check()?;
            Ok((index, side, scope.masked(&name, &value)?))
        })
    });
    let told = cancel.guard(work).await?.map_err(|ended| Error::Internal(ended.to_string()))?;
    for one in told {
        let (index, side, text) = one?;
        let Some(change) = changes.get_mut(index) else { continue };
        match side {
            Side::Before => change.before = Some(text),
            Side::After => change.after = Some(text),
        }
    }
    Ok(())
}

/// Whether a change is the one that a plan tells. A plan that hides values without telling them apart means any value.
pub fn is_same(planned: &Change, now: &Change) -> bool {
    let side = |planned: &Option<String>, now: &Option<String>| match (planned, now) {
        (Some(planned), Some(_)) if planned == HIDDEN => true,
        _ => planned == now,
    };
    let is_variable = planned.field.starts_with(VARIABLE);
    planned == now
        || is_variable
            && planned.field == now.field
            && side(&planned.before, &now.before)
            && side(&planned.after, &now.after)
}

#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

/// Where a value is one thing: the same value elsewhere looks like another one. It is the same for all machines that deploy
/// the function, before it is made and after.
struct Scope {
    account: String,
    region: String,
    function_name: String,
}

impl Scope {
    fn of(deployed: Option<&Function>, options: &DeployOptions, region: Option<&str>) -> Self {
        // A function's role is of its own account, so a function that is not there yet has the same one.
        let arn = deployed.and_then(|deployed| deployed.arn.as_deref()).or(options.settings.role.as_deref());
        let account = arn.and_then(|arn| arn.split(':').nth(4)).unwrap_or_default().to_owned();
        let own_name = options.function_name.rsplit(':').next().unwrap_or_default().to_owned();
        Self { account, region: region.unwrap_or_default().to_owned(), function_name: own_name }
    }

    fn masked(&self, name: &str, value: &str) -> Result<String, Error> {
        let mut salt = Sha256::new();
        for part in ["lambda-pack-native variable 1", &self.account, &self.region, &self.function_name, name] {
            salt.update((part.len() as u64).to_le_bytes());
            salt.update(part);
        }
        let salt: [u8; 32] = salt.finalize().into();
        let mut told = [0; TOLD];
        let failed = |error: argon2::Error| Error::Internal(error.to_string());
        let params = Params::new(MEMORY_KIB, PASSES, 1, Some(TOLD)).map_err(failed)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(value.as_bytes(), &salt[..SALT], &mut told)
            .map_err(failed)?;
        Ok(format!("(hidden, {:08x})", u32::from_be_bytes(told)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::deploy::settings::Settings;

    fn scope(function_name: &str) -> Scope {
        let (account, region) = ("123456789012".to_owned(), "eu-central-1".to_owned());
        Scope { account, region, function_name: function_name.to_owned() }
    }

    fn change(field: &str, before: Option<&str>, after: Option<&str>) -> Change {
        let text = |side: Option<&str>| side.map(ToOwned::to_owned);
        Change { field: field.to_owned(), before: text(before), after: text(after) }
    }

    #[test]
    fn what_stands_for_a_value_is_argon2id_of_it_and_of_its_place() {
        // By argon2-cffi, which is the reference implementation: hash_secret_raw(b"s3cret", salt, 2, 19456, 1, 4, ID).
        assert_eq!(scope("f").masked("TOKEN", "s3cret").unwrap(), "(hidden, c27cedc7)");
        let others = [("g", "TOKEN", "s3cret"), ("f", "OTHER", "s3cret"), ("f", "TOKEN", "s3creT"), ("f", "TOKEN", "")];
        for (function, name, value) in others {
            let other = scope(function).masked(name, value).unwrap();
            assert_ne!(other, "(hidden, c27cedc7)", "{function} {name} {value}");
        }
    }

    #[test]
    fn the_place_is_the_same_before_the_function_is_made_and_after() {
        let settings = Settings { role: Some("arn:aws:iam::123456789012:role/r".to_owned()), ..Settings::default() };
        let options = DeployOptions { function_name: "f".to_owned(), settings, ..DeployOptions::default() };
        let arn = "arn:aws:lambda:eu-central-1:123456789012:function:f".to_owned();
        let deployed = Function { arn: Some(arn.clone()), ..Function::default() };
        let by_arn = DeployOptions { function_name: arn, ..DeployOptions::default() };
        let all = [
            Scope::of(None, &options, Some("eu-central-1")),
            Scope::of(Some(&deployed), &options, Some("eu-central-1")),
            Scope::of(Some(&deployed), &by_arn, Some("eu-central-1")),
        ];
        for scope in all {
            let place = (scope.account.as_str(), scope.region.as_str(), scope.function_name.as_str());
            assert_eq!(place, ("123456789012", "eu-central-1", "f"));
        }
    }

    #[tokio::test]
    async fn only_variables_are_told_and_no_value_is() {
        let variables = |value: &str| BTreeMap::from([("A".to_owned(), value.to_owned())]);
        let deployed = Function { environment: Environment::Variables(variables("old")), ..Function::default() };
        let settings = Settings { environment: Some(variables("new")), ..Settings::default() };
        let options = DeployOptions { function_name: "f".to_owned(), settings, ..DeployOptions::default() };
        let mut changes = vec![
            change("timeout", Some("3"), Some("4")),
            change("environment.A", Some(HIDDEN), Some(HIDDEN)),
            change("environment.B", Some(HIDDEN), None),
        ];
        tell(&mut changes, Some(&deployed), &options, None, &Cancel::new()).await.unwrap();
        assert_eq!(changes[0], change("timeout", Some("3"), Some("4")));
        let told = |side: &Option<String>| side.clone().unwrap();
        assert!(told(&changes[1].before).starts_with("(hidden, ") && told(&changes[1].after).starts_with("(hidden, "));
        assert_ne!(changes[1].before, changes[1].after);
        // Of what cannot be read nothing is told.
        assert_eq!(changes[2], change("environment.B", Some(HIDDEN), None));
        let cancelled = Cancel::new();
        cancelled.cancel();
        assert!(matches!(tell(&mut changes, Some(&deployed), &options, None, &cancelled).await, Err(Error::Aborted)));
    }

    #[test]
    fn a_plan_that_does_not_tell_values_apart_means_any() {
        let told = change("environment.A", Some("(hidden, 1)"), Some("(hidden, 2)"));
        let same = |planned: &Change| is_same(planned, &told);
        assert!(same(&told) && same(&change("environment.A", Some(HIDDEN), Some(HIDDEN))));
        for other in [
            change("environment.A", Some("(hidden, 1)"), Some("(hidden, 3)")),
            change("environment.A", None, Some(HIDDEN)),
            change("environment.A", Some(HIDDEN), None),
            change("environment.B", Some(HIDDEN), Some(HIDDEN)),
        ] {
            assert!(!same(&other), "{other:?}");
        }
        let description = change("description", Some("a"), Some("b"));
        assert!(!is_same(&change("description", Some(HIDDEN), Some("b")), &description));
    }
}
