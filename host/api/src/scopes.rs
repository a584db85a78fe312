//! Scopes, the roles of users: `/v1/scopes`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, put_with};
use axum::Json;
use axum::response::NoContent;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::{UserCaller, user_in};
use crate::http::{
    ETag, JsonBody, Params, Preconditions, Problem, ProblemError, ProblemKind, Put, Tagged,
    WireTime, problems,
};
use app::App;
use base::naming;
use engine::lane::Change;
use tenant::grant::check_scope;
use tenant::{Definitions, OwnScope, Permission, Scope, User};

/// The most scopes that a tenant makes.
const MAX_SCOPES: usize = 100;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/scopes",
            get_with(list_scopes, |op| {
                op.summary("List the scopes")
                    .description("Those that every tenant has, and the tenant's own.")
                    .tag("Users")
            }),
        )
        .api_route(
            "/v1/scopes/{scope}",
            put_with(put_scope, |op| {
                op.summary("Make a scope, or change it")
                    .description("A change counts at once for all who have the scope. An Administrator makes and changes any; whoever has `user:write` makes scopes of what they may do themselves, and changes those that they hold. Making a scope gives it to nobody, not even to whoever makes it.")
                    .tag("Users")
                    .with(problems(&[ProblemKind::Conflict]))
            })
            .get_with(read_scope, |op| op.summary("Read a scope").tag("Users"))
            .delete_with(delete_scope, |op| {
                op.summary("Delete a scope")
                    .description("Refused while a user has it.")
                    .tag("Users")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
}

/// A scope to make.
#[derive(Debug, Deserialize, JsonSchema)]
struct NewScope {
    #[serde(default)]
    description: String,
    /// Such as `incident_case:read`; `GET /v1/scopes` shows those of the default scopes.
    permissions: Vec<String>,
}

/// A role of users.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Scope")]
struct ScopeBody {
    name: String,
    description: String,
    permissions: Vec<String>,
    /// Whether every tenant has it; such scopes cannot be changed.
    default: bool,
    created_at: Option<WireTime>,
}

/// All scopes.
#[derive(Debug, Serialize, JsonSchema)]
struct ScopesBody {
    items: Vec<ScopeBody>,
}

/// The path of a scope.
#[derive(Debug, Deserialize, JsonSchema)]
struct ScopePath {
    /// The scope's name.
    scope: String,
}

impl ScopeBody {
    fn of_default(scope: &Scope) -> Self {
        let permitted = Permission::ALL.iter().filter(|one| scope.permits(**one));
        Self {
            name: scope.name.to_owned(),
            description: String::new(),
            permissions: permitted.map(|one| one.as_str().to_owned()).collect(),
            default: true,
            created_at: None,
        }
    }

    fn of(scope: &OwnScope) -> Self {
        Self {
            name: scope.name.clone(),
            description: scope.description.clone(),
            permissions: scope.permissions.clone(),
            default: false,
            created_at: Some(WireTime(Timestamp::from_micros(scope.created_at))),
        }
    }
}

async fn list_scopes(caller: UserCaller) -> Result<Json<ScopesBody>, Problem> {
    caller.require(Permission::UserRead)?;
    let definitions = caller.definitions();
    let defaults = Scope::DEFAULTS.iter().map(ScopeBody::of_default);
    let own = definitions.scopes.iter().map(|own| ScopeBody::of(own));
    Ok(Json(ScopesBody {
        items: defaults.chain(own).collect(),
    }))
}

async fn read_scope(
    caller: UserCaller,
    Params(path): Params<ScopePath>,
    preconditions: Preconditions,
) -> Result<Tagged<ScopeBody>, Problem> {
    caller.require(Permission::UserRead)?;
    let (etag, body) = match Scope::find(&path.scope) {
        Some(default) => (ETag::of_version(0), ScopeBody::of_default(default)),
        None => {
            let own = find(&caller.definitions(), &path.scope)?;
            (ETag::of_version(own.version), ScopeBody::of(&own))
        }
    };
    Ok(Tagged::get(etag, body, &preconditions))
}

fn find(definitions: &Definitions, name: &str) -> Result<Arc<OwnScope>, Problem> {
    let own = definitions.scopes.get(name).cloned();
    own.ok_or_else(|| Problem::not_found(&format!("scope '{name}'")))
}

fn refuse_default(name: &str) -> Result<(), Problem> {
    match Scope::find(name) {
        None => Ok(()),
        Some(_) => Err(Problem::conflict(format!(
            "every tenant has the scope '{name}' as it is; make another one"
        ))),
    }
}

async fn put_scope(
    caller: UserCaller,
    Params(path): Params<ScopePath>,
    preconditions: Preconditions,
    JsonBody(new): JsonBody<NewScope>,
) -> Result<Put<ScopeBody>, Problem> {
    caller.require(Permission::UserWrite)?;
    refuse_default(&path.scope)?;
    new.check(&path.scope)?;
    let (actor, by) = (caller.actor(), caller.id.clone());
    let put = move |change: &mut Change<'_>| {
        let current = change.definitions().scopes.get(&path.scope).cloned();
        let version = current.as_ref().map(|own| own.version);
        preconditions.check(version.map(ETag::of_version).as_ref())?;
        if current.is_none() {
            refuse_alike(change.definitions(), &path.scope)?;
        }
        if current.is_none() && change.definitions().scopes.len() == MAX_SCOPES {
            let detail = format!("a tenant may make at most {MAX_SCOPES} scopes");
            return Err(Problem::conflict(detail));
        }
        let by = user_in(change.definitions(), &by)?;
        let name = current.as_ref().map(|own| own.name.as_str());
        let before = current.as_ref().map_or(&[][..], |own| &own.permissions);
        check_scope(change.definitions(), &by, name, before)?;
        check_scope(change.definitions(), &by, name, &new.permissions)?;
        change.audit(&actor, "scope.put", &path.scope);
        let scope = change.put(OwnScope {
            name: path.scope.clone(),
            description: new.description,
            permissions: new.permissions,
            created_at: current.map_or(change.at().as_micros(), |own| own.created_at),
            version: version.unwrap_or(0) + 1,
        });
        let (etag, body) = (ETag::of_version(scope.version), ScopeBody::of(&scope));
        Ok(match version {
            None => Put::Created(etag, body),
            Some(_) => Put::Replaced(etag, body),
        })
    };
    Ok(caller.change(put).await?)
}

/// Refuses the name of a new scope that people cannot tell from another, or cannot see wholly.
fn refuse_alike(definitions: &Definitions, name: &str) -> Result<(), Problem> {
    naming::check(name).map_err(|fault| {
        let error = ProblemError {
            field: "scope".to_owned(),
            reason: "invalid".to_owned(),
            detail: fault.to_string(),
        };
        Problem::unprocessable(format!("the scope's name: {fault}"), vec![error])
    })?;
    let defaults = Scope::DEFAULTS.iter().map(|scope| scope.name);
    let own = definitions.scopes.iter().map(|own| own.name.as_str());
    let look = naming::look(name);
    match defaults
        .chain(own)
        .find(|other| naming::look(other) == look)
    {
        None => Ok(()),
        Some(other) => Err(Problem::conflict(format!(
            "there is a scope '{other}' already, and names that look the same are one"
        ))),
    }
}

impl NewScope {
    fn check(&self, name: &str) -> Result<(), Problem> {
        let refuse = |field: &str, detail: String| {
            let error = ProblemError {
                field: field.to_owned(),
                reason: "invalid".to_owned(),
                detail: detail.clone(),
            };
            Err(Problem::unprocessable(detail, vec![error]))
        };
        let is_plain = |letter: char| letter.is_alphanumeric() || " -_".contains(letter);
        if !(1..=40).contains(&name.chars().count())
            || !name.chars().all(is_plain)
            || name.trim() != name
        {
            let detail = "a scope's name has 1 to 40 letters, digits, spaces, '-' and '_', and no space at its ends";
            return refuse("scope", detail.to_owned());
        }
        if self.description.chars().count() > 500 {
            let detail = "'description' may have at most 500 characters".to_owned();
            return refuse("description", detail);
        }
        let mut seen = std::collections::BTreeSet::new();
        for (index, name) in self.permissions.iter().enumerate() {
            let field = format!("permissions[{index}]");
            if Permission::parse(name).is_none() {
                let known: Vec<_> = Permission::ALL.iter().map(|one| one.as_str()).collect();
                let detail = format!(
                    "there is no permission '{name}'; there are: {}",
                    known.join(", ")
                );
                return refuse(&field, detail);
            }
            if !seen.insert(name) {
                return refuse(&field, format!("'permissions' names '{name}' twice"));
            }
        }
        Ok(())
    }
}

async fn delete_scope(
    caller: UserCaller,
    Params(path): Params<ScopePath>,
    preconditions: Preconditions,
) -> Result<NoContent, Problem> {
    caller.require(Permission::UserWrite)?;
    refuse_default(&path.scope)?;
    let (actor, by) = (caller.actor(), caller.id.clone());
    let delete = move |change: &mut Change<'_>| {
        let scope = find(change.definitions(), &path.scope)?;
        preconditions.check(Some(&ETag::of_version(scope.version)))?;
        // It is not deleted while anybody holds it, so holding it is not asked.
        let by = user_in(change.definitions(), &by)?;
        check_scope(change.definitions(), &by, None, &scope.permissions)?;
        let has_it = |user: &&Arc<User>| user.scopes.contains(&path.scope);
        if let Some(user) = change.definitions().users.iter().find(has_it) {
            let detail = format!(
                "user '{}' has the scope '{}'; change the users first",
                user.login, path.scope
            );
            return Err(Problem::conflict(detail));
        }
        change.audit(&actor, "scope.delete", &path.scope);
        change.remove::<OwnScope>(&path.scope);
        Ok(())
    };
    caller.change(delete).await?;
    Ok(NoContent)
}
