//! The URL of a function, and who may call it.

use super::Action;
use super::policy::{self, OF_URL, Permission, Statement};
use crate::deploy::options::Declared;
use crate::deploy::plan::Change;
use crate::deploy::settings::{Setting, part};

const FIELD: &str = "functionUrl";
/// Anybody may call it.
const PUBLIC: &str = "NONE";
const USUAL_MODE: &str = "BUFFERED";

/// A URL. What is not set stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Url {
    /// `AWS_IAM` or `NONE`.
    pub auth_type: String,
    /// `BUFFERED` or `RESPONSE_STREAM`.
    pub invoke_mode: Option<String>,
    /// What browsers may do from other places.
    pub cors: Option<Cors>,
    /// Who may call it. When nothing is said: everybody, if it asks for no signature.
    pub permissions: Option<Vec<UrlPermission>>,
}

/// What browsers may do from other places. Empty when there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cors {
    /// Whether cookies and the like are sent along.
    pub allow_credentials: bool,
    /// Headers that a request may have.
    pub allow_headers: Vec<String>,
    /// Methods.
    pub allow_methods: Vec<String>,
    /// Origins.
    pub allow_origins: Vec<String>,
    /// Headers of the answer that may be read.
    pub expose_headers: Vec<String>,
    /// How long browsers may remember all this, in seconds.
    pub max_age: i32,
}

/// Who may call a URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UrlPermission {
    /// An account, an ARN, a service, or `*`.
    pub principal: String,
    /// ARN of what calls it.
    pub source_arn: Option<String>,
    /// The account of what calls it.
    pub source_account: Option<String>,
    /// The organisation that all who may must be of.
    pub principal_org_id: Option<String>,
}

/// A URL that was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundUrl {
    /// Where it is.
    pub url: String,
    /// As it is.
    pub is: Url,
}

impl Cors {
    /// In the form in which two can be compared: the order of lists means nothing, nor does the case of headers' names,
    /// which AWS tells in lower case.
    #[must_use]
    pub fn normal(mut self) -> Self {
        for headers in [&mut self.allow_headers, &mut self.expose_headers] {
            for name in headers {
                name.make_ascii_lowercase();
            }
        }
        let Self { allow_headers, allow_methods, allow_origins, expose_headers, .. } = &mut self;
        for list in [allow_headers, allow_methods, allow_origins, expose_headers] {
            list.sort();
            list.dedup();
        }
        self
    }
}

impl Url {
    /// AWS wants two statements for each: to call the URL, and to invoke the function, through the URL alone.
    pub(super) fn permissions(&self) -> Vec<Permission> {
        let everybody = [UrlPermission { principal: "*".to_owned(), ..UrlPermission::default() }];
        let usual: &[UrlPermission] = if self.auth_type == PUBLIC { &everybody } else { &[] };
        let who = self.permissions.as_deref().unwrap_or(usual);
        who.iter()
            .flat_map(|who| {
                let permission = |action: &str| Permission {
                    action: action.to_owned(),
                    principal: who.principal.clone(),
                    source_arn: who.source_arn.clone(),
                    source_account: who.source_account.clone(),
                    principal_org_id: who.principal_org_id.clone(),
                    ..Permission::default()
                };
                let auth_type = Some(self.auth_type.clone());
                [
                    Permission { function_url_auth_type: auth_type, ..permission("lambda:InvokeFunctionUrl") },
                    Permission { invoked_via_function_url: Some(true), ..permission("lambda:InvokeFunction") },
                ]
            })
            .collect()
    }
}

impl Setting for Url {
    fn over(&self, deployed: &Self) -> Self {
        let mode = self.invoke_mode.clone().or_else(|| deployed.invoke_mode.clone());
        Self {
            auth_type: self.auth_type.clone(),
            invoke_mode: mode.or_else(|| Some(USUAL_MODE.to_owned())),
            cors: self.cors.clone().or_else(|| deployed.cors.clone()),
            permissions: None,
        }
    }

    fn tell(&self, before: &Self, field: &str, changes: &mut Vec<Change>) {
        part(Some(&self.auth_type), Some(&before.auth_type), field, "authType", changes);
        part(self.invoke_mode.as_ref(), before.invoke_mode.as_ref(), field, "invokeMode", changes);
        let none = Cors::default();
        let (after, before) = (self.cors.as_ref().unwrap_or(&none), before.cors.as_ref().unwrap_or(&none));
        let lists = [
            ("allowHeaders", &after.allow_headers, &before.allow_headers),
            ("allowMethods", &after.allow_methods, &before.allow_methods),
            ("allowOrigins", &after.allow_origins, &before.allow_origins),
            ("exposeHeaders", &after.expose_headers, &before.expose_headers),
        ];
        let field = format!("{field}.cors");
        part(Some(&after.allow_credentials), Some(&before.allow_credentials), &field, "allowCredentials", changes);
        for (name, after, before) in lists {
            part(Some(after), Some(before), &field, name, changes);
        }
        part(Some(&after.max_age), Some(&before.max_age), &field, "maxAge", changes);
    }
}

/// What is to be done about it. Who may call it is added before and removed after: a URL that nobody may call answers
/// with an error.
pub fn differing(
    declared: &Declared<Url>,
    found: Option<&FoundUrl>,
    statements: &[Statement],
    alias: Option<&str>,
    changes: &mut Vec<Change>,
) -> Vec<Action> {
    let none = Url::default();
    let before = found.map_or(&none, |found| &found.is);
    let (change, permissions) = match declared {
        Declared::Nothing => return Vec::new(),
        Declared::None => {
            let change = found.map(|found| {
                let before = Some(found.url.clone());
                changes.push(Change { field: FIELD.to_owned(), before, after: None });
                Action::DeleteUrl
            });
            (change, Vec::new())
        }
        Declared::One(declared) => {
            let after = declared.over(before);
            let before = Url { permissions: None, ..before.clone() };
            let differs = found.is_none() || after != before;
            if differs {
                after.tell(&before, FIELD, changes);
            }
            let change = if found.is_some() { Action::UpdateUrl(after) } else { Action::CreateUrl(after) };
            (differs.then_some(change), declared.permissions())
        }
    };
    let (added, removed) = policy::differing(&permissions, OF_URL, statements, alias, changes);
    added.into_iter().chain(change).chain(removed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(auth_type: &str) -> Url {
        Url { auth_type: auth_type.to_owned(), ..Url::default() }
    }

    fn found(auth_type: &str, cors: Cors) -> FoundUrl {
        let is = Url { invoke_mode: Some(USUAL_MODE.to_owned()), cors: Some(cors), ..url(auth_type) };
        FoundUrl { url: "https://x.lambda-url.eu-west-1.on.aws/".to_owned(), is }
    }

    fn planned(declared: &Declared<Url>, found: Option<&FoundUrl>, statements: &[Statement]) -> Vec<&'static str> {
        let actions = differing(declared, found, statements, None, &mut Vec::new());
        actions.iter().map(Action::operation).collect()
    }

    fn statements(url: &Url) -> Vec<Statement> {
        let policy = |permission: &Permission| {
            let resource = "arn:aws:lambda:eu-west-1:123456789012:function:f";
            serde_json::json!({ "Sid": permission.id(OF_URL, None), "Action": "a", "Resource": resource })
        };
        let all: Vec<_> = url.permissions().iter().map(policy).collect();
        Statement::all(&serde_json::json!({ "Statement": all }).to_string(), None)
    }

    #[test]
    fn a_public_url_is_callable_from_the_beginning() {
        let added = planned(&Declared::One(url("NONE")), None, &[]);
        assert_eq!(added, ["AddPermission", "AddPermission", "CreateFunctionUrlConfig"]);
        assert_eq!(planned(&Declared::One(url("AWS_IAM")), None, &[]), ["CreateFunctionUrlConfig"]);
    }

    #[test]
    fn what_is_no_longer_public_is_closed_before_its_statements_go() {
        let (before, public) = (found("NONE", Cors::default()), statements(&url("NONE")));
        assert_eq!(planned(&Declared::One(url("NONE")), Some(&before), &public), [""; 0]);
        let closed = planned(&Declared::One(url("AWS_IAM")), Some(&before), &public);
        assert_eq!(closed, ["UpdateFunctionUrlConfig", "RemovePermission", "RemovePermission"]);
        let removed = planned(&Declared::None, Some(&before), &public);
        assert_eq!(removed, ["DeleteFunctionUrlConfig", "RemovePermission", "RemovePermission"]);
    }

    #[test]
    fn neither_the_case_of_headers_nor_the_order_of_lists_means_anything() {
        let cors = |headers: [&str; 3], origins: [&str; 2]| Cors {
            allow_headers: headers.map(ToOwned::to_owned).to_vec(),
            expose_headers: headers.map(ToOwned::to_owned).to_vec(),
            allow_origins: origins.map(ToOwned::to_owned).to_vec(),
            ..Cors::default()
        };
        let told = cors(["content-type", "x-a", "x-a"], ["https://a.example", "https://b.example"]).normal();
        assert_eq!(cors(["X-A", "Content-Type", "x-a"], ["https://b.example", "https://a.example"]).normal(), told);
        assert_eq!(told.allow_headers, ["content-type", "x-a"]);
        assert_ne!(cors(["X-B", "Content-Type", "x-a"], ["https://b.example", "https://a.example"]).normal(), told);
    }

    #[test]
    fn cors_that_is_not_declared_stays() {
        let open = Cors { allow_origins: vec!["*".to_owned()], ..Cors::default() };
        let before = found("AWS_IAM", open.clone());
        assert_eq!(planned(&Declared::One(url("AWS_IAM")), Some(&before), &[]), [""; 0]);
        let closed = Url { cors: Some(Cors::default()), ..url("AWS_IAM") };
        let mut changes = Vec::new();
        let actions = differing(&Declared::One(closed), Some(&before), &[], None, &mut changes);
        assert_eq!(actions.len(), 1);
        let origins =
            Change { field: "functionUrl.cors.allowOrigins".to_owned(), before: Some("*".to_owned()), after: None };
        assert_eq!(changes, [origins]);
        let same = Url { cors: Some(open), ..url("AWS_IAM") };
        assert_eq!(planned(&Declared::One(same), Some(&before), &[]), [""; 0]);
    }
}
