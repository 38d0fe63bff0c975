//! Who may invoke a function: statements of its policy, each named by a hash of its content. So those that are no longer
//! declared are known without a record of what was declared before, and statements of others are left alone.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Action;
use crate::deploy::arn;
use crate::deploy::plan::Change;
use crate::error::Error;

/// What the names of declared statements begin with.
pub const OWN: Kind = Kind { prefix: "lambda-pack-permission-", field: "permissions" };
/// What the names of those begin with that come with a URL.
pub const OF_URL: Kind = Kind { prefix: "lambda-pack-url-", field: "functionUrl.permissions" };
/// Digits of the hash in a name: 80 bits.
const DIGITS: usize = 20;
/// Characters of a token.
const TOKEN_LENGTH: usize = 256;

/// Whom statements come from.
#[derive(Clone, Copy)]
pub struct Kind {
    prefix: &'static str,
    field: &'static str,
}

/// What a statement allows. The names are those of `AddPermission`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Permission {
    /// Like `lambda:InvokeFunction`.
    pub action: String,
    /// A service, an account, an ARN, or `*`.
    pub principal: String,
    /// ARN of what invokes it.
    pub source_arn: Option<String>,
    /// The account of what invokes it.
    pub source_account: Option<String>,
    /// The organisation that all who may must be of.
    pub principal_org_id: Option<String>,
    /// What the invoker must send along.
    pub event_source_token: Option<String>,
    /// The URL's kind of authorisation that it is for.
    pub function_url_auth_type: Option<String>,
    /// Whether it is for invocations through the URL alone.
    pub invoked_via_function_url: Option<bool>,
}

/// Without the token, which lets those in who know it.
impl std::fmt::Debug for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.told())
    }
}

impl Permission {
    /// Checks what the types cannot. An empty value comes from a variable that is not set more often than from a wish, and
    /// would let more in than was meant.
    ///
    /// # Errors
    /// [`Error::InvalidOption`].
    pub(super) fn validate(&self, option: &str) -> Result<(), Error> {
        let is_text = |text: &str| !text.trim().is_empty();
        let is_organisation = |text: &str| text.len() > 2 && text.starts_with("o-");
        let some = "a value that is not empty";
        let check = |name: &str, value: Option<&str>, fits: fn(&str) -> bool, expected: &str| match value {
            Some(value) if !fits(value) => {
                Err(Error::option(&format!("{option}.{name}"), expected, format!("'{value}'")))
            }
            _ => Ok(()),
        };
        check("action", Some(&self.action), is_text, some)?;
        check("principal", Some(&self.principal), is_text, some)?;
        check("sourceArn", self.source_arn.as_deref(), arn::is_arn, "an ARN")?;
        check("sourceAccount", self.source_account.as_deref(), arn::is_account, "an account's 12 digits")?;
        let organisation = "an organisation like 'o-a1b2c3d4e5'";
        check("principalOrgId", self.principal_org_id.as_deref(), is_organisation, organisation)?;
        // Nothing of a token is told, and AWS would tell one that does not fit.
        let fits = |token: &String| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            (1..=TOKEN_LENGTH).contains(&token.len()) && token.bytes().all(is_plain)
        };
        if self.event_source_token.as_ref().is_some_and(|token| !fits(token)) {
            let expected = format!("1 to {TOKEN_LENGTH} letters, digits, '.', '_' and '-'");
            return Err(Error::option(&format!("{option}.eventSourceToken"), expected, "something else"));
        }
        Ok(())
    }

    /// Its name: the same for the same content, and another one for each alias.
    pub(super) fn id(&self, kind: Kind, alias: Option<&str>) -> String {
        let parts = [
            Some(self.action.as_str()),
            Some(self.principal.as_str()),
            self.source_arn.as_deref(),
            self.source_account.as_deref(),
            self.principal_org_id.as_deref(),
            self.event_source_token.as_deref(),
            self.function_url_auth_type.as_deref(),
            self.invoked_via_function_url.map(|via| if via { "true" } else { "false" }),
            alias,
        ];
        let mut hash = Sha256::new();
        for part in parts {
            // The length tells where each ends, and nothing is another thing than an empty text.
            hash.update(part.map_or(u64::MAX, |part| part.len() as u64).to_le_bytes());
            hash.update(part.unwrap_or_default());
        }
        let digest = hash.finalize();
        let digits: String = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(hex).take(DIGITS).collect();
        format!("{}{digits}", kind.prefix)
    }

    fn told(&self) -> String {
        let conditions = [
            self.source_arn.as_deref(),
            self.source_account.as_deref(),
            self.principal_org_id.as_deref(),
            self.event_source_token.as_ref().map(|_| TOKEN),
            self.function_url_auth_type.as_deref(),
            self.invoked_via_function_url.map(via_url),
        ];
        sentence(&self.action, &self.principal, &conditions)
    }
}

fn hex(digit: u8) -> char {
    char::from_digit(digit.into(), 16).unwrap_or('0')
}

/// What is told of a token, which lets those in who know it.
const TOKEN: &str = "a token";

fn via_url(via: bool) -> &'static str {
    if via { "by its URL" } else { "not by its URL" }
}

/// A line of a change. The name is that of all the content: what looks the same and is not has another one.
fn line(told: &str, id: &str) -> String {
    format!("{told}, {id}")
}

fn sentence(action: &str, principal: &str, conditions: &[Option<&str>]) -> String {
    let who = if principal == "*" { "everybody" } else { principal };
    let conditions: Vec<_> = conditions.iter().flatten().copied().collect();
    if conditions.is_empty() {
        format!("{action} for {who}")
    } else {
        format!("{action} for {who} ({})", conditions.join(", "))
    }
}

/// A statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    id: String,
    told: String,
}

impl Statement {
    /// Those of a policy that are about the function itself, or about one of its aliases.
    pub fn all(policy: &str, alias: Option<&str>) -> Vec<Self> {
        let policy: Value = serde_json::from_str(policy).unwrap_or_default();
        let statements = policy["Statement"].as_array().map(Vec::as_slice).unwrap_or_default();
        statements.iter().filter(|one| is_about(one, alias)).filter_map(Self::of).collect()
    }

    /// Whether it has that name.
    pub fn is(&self, id: &str) -> bool {
        self.id == id
    }

    fn of(statement: &Value) -> Option<Self> {
        let id = statement["Sid"].as_str()?.to_owned();
        let principal = &statement["Principal"];
        let principal = [&principal["Service"], &principal["AWS"], principal].into_iter().find_map(Value::as_str);
        let action = statement["Action"].as_str().unwrap_or_default();
        let condition = |key: &str| condition(statement, key);
        let via = condition("lambda:InvokedViaFunctionUrl").map(|via| via_url(via == "true"));
        let conditions = [
            condition("aws:SourceArn"),
            condition("aws:SourceAccount"),
            condition("aws:PrincipalOrgID"),
            condition("lambda:EventSourceToken").map(|_| TOKEN),
            condition("lambda:FunctionUrlAuthType"),
            via,
        ];
        let told = sentence(action, principal.unwrap_or("others"), &conditions);
        Some(Self { id, told })
    }
}

/// What a statement asks for by that key, whose case means nothing.
fn condition<'a>(statement: &'a Value, key: &str) -> Option<&'a str> {
    let operators = statement["Condition"].as_object()?.values().filter_map(Value::as_object);
    operators.flatten().find(|(name, _)| name.eq_ignore_ascii_case(key)).and_then(|(_, value)| value.as_str())
}

/// An ARN of a function has seven parts, and an eighth where it names an alias.
fn is_about(statement: &Value, alias: Option<&str>) -> bool {
    statement["Resource"].as_str().is_none_or(|arn| arn.split(':').nth(7) == alias)
}

/// What is to be added, and what then goes of what was added by an earlier declaration.
pub fn differing(
    declared: &[Permission],
    kind: Kind,
    found: &[Statement],
    alias: Option<&str>,
    changes: &mut Vec<Change>,
) -> (Vec<Action>, Vec<Action>) {
    let mut change = |before: Option<String>, after: Option<String>| {
        changes.push(Change { field: kind.field.to_owned(), before, after });
    };
    let (mut ids, mut added) = (Vec::new(), Vec::new());
    for permission in declared {
        let id = permission.id(kind, alias);
        if ids.contains(&id) {
            continue;
        }
        if !found.iter().any(|statement| statement.is(&id)) {
            change(None, Some(line(&permission.told(), &id)));
            added.push(Action::AddPermission(id.clone(), permission.clone()));
        }
        ids.push(id);
    }
    let is_gone = |statement: &&Statement| statement.id.starts_with(kind.prefix) && !ids.contains(&statement.id);
    let removed = found.iter().filter(is_gone).map(|statement| {
        change(Some(line(&statement.told, &statement.id)), None);
        Action::RemovePermission(statement.id.clone())
    });
    (added, removed.collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn bucket(name: &str) -> Permission {
        Permission {
            action: "lambda:InvokeFunction".to_owned(),
            principal: "s3.amazonaws.com".to_owned(),
            source_arn: Some(format!("arn:aws:s3:::{name}")),
            ..Permission::default()
        }
    }

    fn policy(ids: &[&str]) -> String {
        let statement = |id: &&str| {
            serde_json::json!({
                "Sid": id, "Effect": "Allow", "Principal": { "Service": "s3.amazonaws.com" },
                "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f",
            })
        };
        serde_json::json!({ "Statement": ids.iter().map(statement).collect::<Vec<_>>() }).to_string()
    }

    #[test]
    fn names_depend_on_the_whole_content_and_on_the_alias() {
        let id = |permission: &Permission, alias| permission.id(OWN, alias);
        assert_eq!(id(&bucket("a"), None), id(&bucket("a"), None));
        let others = [
            bucket("b"),
            Permission { source_account: Some("1".to_owned()), ..bucket("a") },
            Permission { principal_org_id: Some("1".to_owned()), ..bucket("a") },
            Permission { event_source_token: Some("1".to_owned()), ..bucket("a") },
            Permission { invoked_via_function_url: Some(true), ..bucket("a") },
            Permission { source_arn: None, source_account: bucket("a").source_arn, ..bucket("a") },
        ];
        for other in others {
            assert_ne!(id(&bucket("a"), None), id(&other, None), "{other:?}");
        }
        assert_ne!(id(&bucket("a"), None), id(&bucket("a"), Some("live")));
    }

    #[test]
    fn statements_of_others_are_left_alone() {
        let (kept, gone) = (bucket("kept").id(OWN, None), bucket("gone").id(OWN, None));
        let found = Statement::all(&policy(&[&kept, &gone, "console", "lambda-pack-url-1"]), None);
        let mut changes = Vec::new();
        let (added, removed) = differing(&[bucket("kept"), bucket("new")], OWN, &found, None, &mut changes);
        assert_eq!(added, [Action::AddPermission(bucket("new").id(OWN, None), bucket("new"))]);
        assert_eq!(removed, [Action::RemovePermission(gone.clone())]);
        let told: Vec<_> = changes.into_iter().map(|change| change.after.or(change.before).unwrap()).collect();
        let new = bucket("new").id(OWN, None);
        assert_eq!(
            told,
            [
                format!("lambda:InvokeFunction for s3.amazonaws.com (arn:aws:s3:::new), {new}"),
                format!("lambda:InvokeFunction for s3.amazonaws.com, {gone}"),
            ]
        );
    }

    #[test]
    fn statements_that_differ_in_anything_look_different_when_added_and_when_removed() {
        let token = |token: &str| Permission { event_source_token: Some(token.to_owned()), ..bucket("a") };
        let via = |via| Permission { invoked_via_function_url: Some(via), ..bucket("a") };
        let auth = |auth: &str| Permission { function_url_auth_type: Some(auth.to_owned()), ..bucket("a") };
        let all = [bucket("a"), token("1"), token("2"), via(true), via(false), auth("NONE"), auth("AWS_IAM")];
        let mut added = Vec::new();
        let _ = differing(&all, OWN, &[], None, &mut added);
        let ids: Vec<_> = all.iter().map(|one| one.id(OWN, None)).collect();
        let found = Statement::all(&policy(&ids.iter().map(String::as_str).collect::<Vec<_>>()), None);
        let mut removed = Vec::new();
        let _ = differing(&[], OWN, &found, None, &mut removed);
        for changes in [added, removed] {
            let lines: BTreeSet<_> = changes.into_iter().map(|change| change.after.or(change.before)).collect();
            assert_eq!(lines.len(), all.len(), "{lines:?}");
        }
    }

    #[test]
    fn a_statement_is_told_as_it_was_declared() {
        let permission = Permission {
            source_account: Some("123456789012".to_owned()),
            principal_org_id: Some("o-a1b2c3d4e5".to_owned()),
            event_source_token: Some("s3cret".to_owned()),
            function_url_auth_type: Some("NONE".to_owned()),
            invoked_via_function_url: Some(true),
            ..bucket("a")
        };
        let statement = Statement::of(&serde_json::json!({
            "Sid": "x", "Effect": "Allow", "Principal": { "Service": "s3.amazonaws.com" },
            "Action": "lambda:InvokeFunction",
            "Condition": {
                "ArnLike": { "AWS:SourceArn": "arn:aws:s3:::a" },
                "Bool": { "lambda:InvokedViaFunctionUrl": "true" },
                "StringEquals": {
                    "AWS:SourceAccount": "123456789012", "aws:PrincipalOrgID": "o-a1b2c3d4e5",
                    "lambda:EventSourceToken": "s3cret", "lambda:FunctionUrlAuthType": "NONE",
                },
            },
        }));
        assert_eq!(statement.unwrap().told, permission.told());
        assert!(!permission.told().contains("s3cret"));
    }

    #[test]
    fn statements_of_an_alias_are_its_own() {
        let of_alias = policy(&["a"]).replace("function:f", "function:f:live");
        assert_eq!(Statement::all(&of_alias, Some("live")).len(), 1);
        for other in [None, Some("next")] {
            assert_eq!(Statement::all(&of_alias, other), []);
        }
        assert_eq!(Statement::all("not JSON", None), []);
    }

    #[test]
    fn empty_conditions_are_refused() {
        let some = |text: &str| Some(text.to_owned());
        bucket("a").validate("permissions").unwrap();
        let bad = [
            ("action", Permission { action: String::new(), ..bucket("a") }),
            ("principal", Permission { principal: " ".to_owned(), ..bucket("a") }),
            ("sourceArn", Permission { source_arn: some(""), ..bucket("a") }),
            ("sourceArn", Permission { source_arn: some("uploads"), ..bucket("a") }),
            ("sourceAccount", Permission { source_account: some(""), ..bucket("a") }),
            ("sourceAccount", Permission { source_account: some("12345678901"), ..bucket("a") }),
            ("principalOrgId", Permission { principal_org_id: some(""), ..bucket("a") }),
            ("eventSourceToken", Permission { event_source_token: some(""), ..bucket("a") }),
        ];
        for (name, permission) in bad {
            match permission.validate("permissions") {
                Err(Error::InvalidOption { option, .. }) => assert_eq!(option, format!("permissions.{name}")),
                other => panic!("{name}: {other:?}"),
            }
        }
    }

    #[test]
    fn tokens_are_not_printed() {
        let permission = Permission { event_source_token: Some("s3cret".to_owned()), ..bucket("a") };
        assert!(!format!("{permission:?}").contains("s3cret"));
    }
}
