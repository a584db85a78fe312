//! Scopes, the roles of users: `/v1/scopes`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, put_with};
use axum::Json;
use axum::response::NoContent;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::UserCaller;
use super::problem_from::{problem_from, problem_kind};
use crate::http::{
    ETag, JsonBody, Params, Preconditions, Problem, ProblemKind, Put, Tagged, WireTime, problems,
};
use app::App;
use app::users::scopes::{
    self, AnyScope, DefaultScope, DeleteScopeError, NewScope, NoSuchScope, PutScopeError,
    ReadScopeError,
};
use tenant::{OwnScope, Permission, Scope};

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
#[schemars(rename = "NewScope")]
struct NewScopeBody {
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

impl From<&AnyScope> for ScopeBody {
    fn from(scope: &AnyScope) -> Self {
        match scope {
            AnyScope::Default(default) => Self::of_default(default),
            AnyScope::Own(own) => Self::of(own),
        }
    }
}

problem_kind!(NoSuchScope: NotFound, DefaultScope: Conflict);
problem_from!(ReadScopeError {
    Forbidden,
    NoSuchScope
});
problem_from!(PutScopeError {
    Forbidden, Default, Invalid, Stale, Grant, Lane;
    Conflict: NameTaken, TooMany
});
problem_from!(DeleteScopeError {
    Forbidden, Default, NoSuchScope, Stale, Grant, Lane;
    Conflict: InUse
});

async fn list_scopes(caller: UserCaller) -> Result<Json<ScopesBody>, Problem> {
    let scopes = scopes::list(&caller)?;
    Ok(Json(ScopesBody {
        items: scopes.iter().map(ScopeBody::from).collect(),
    }))
}

async fn read_scope(
    caller: UserCaller,
    Params(path): Params<ScopePath>,
    preconditions: Preconditions,
) -> Result<Tagged<ScopeBody>, Problem> {
    let scope = scopes::read(&caller, &path.scope)?;
    let version = match &scope {
        AnyScope::Default(_) => 0,
        AnyScope::Own(own) => own.version,
    };
    let etag = ETag::of_version(version);
    Ok(Tagged::get(etag, ScopeBody::from(&scope), &preconditions))
}

async fn put_scope(
    caller: UserCaller,
    Params(path): Params<ScopePath>,
    preconditions: Preconditions,
    JsonBody(new): JsonBody<NewScopeBody>,
) -> Result<Put<ScopeBody>, Problem> {
    let new = NewScope {
        description: new.description,
        permissions: new.permissions,
    };
    let put = scopes::put(&caller, path.scope, preconditions.expected(), new).await?;
    let etag = ETag::of_version(put.scope.version);
    let body = ScopeBody::of(&put.scope);
    Ok(match put.is_new {
        true => Put::Created(etag, body),
        false => Put::Replaced(etag, body),
    })
}

async fn delete_scope(
    caller: UserCaller,
    Params(path): Params<ScopePath>,
    preconditions: Preconditions,
) -> Result<NoContent, Problem> {
    scopes::delete(&caller, path.scope, preconditions.expected()).await?;
    Ok(NoContent)
}
