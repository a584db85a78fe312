//! Users of the tenant: `/v1/users`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::caller::UserCaller;
use super::listing::Nothing;
use super::problem_from::{problem_from, problem_kind};
use crate::http::{
    Created, ETag, JsonBody, List, MergePatch, Page, Params, Preconditions, Problem, ProblemKind,
    Tagged, WireTime, problems,
};
use app::App;
use app::users::passwords::HashError;
use app::users::{
    self, ChangeUserError, CheckUserError, ClientIdRefused, CreateUserError, ListUsersError,
    NewUser, NoSuchUser, ReadUserError, UserFields,
};
use tenant::User;

/// Seconds after which another try to hash a password is worthwhile.
const RETRY_SECONDS: u64 = 1;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/users",
            post_with(create_user, |op| {
                op.summary("Create a user or a service")
                    .description("Scopes are given by an Administrator, or by whoever has `user:write` and holds them.")
                    .tag("Users")
                    .with(problems(&[ProblemKind::Conflict]))
            })
            .get_with(list_users, |op| op.summary("List the users").tag("Users")),
        )
        .api_route(
            "/v1/users/{user}",
            get_with(read_user, |op| op.summary("Read a user").tag("Users")).patch_with(
                change_user,
                |op| {
                    op.summary("Change a user's scopes or client id, or disable the user")
                        .description("An Administrator changes everybody else; whoever has `user:write` changes those who have only scopes that they hold, too, and gives and takes no others. Nobody gives a scope to themself. A tenant keeps at least one enabled Administrator.")
                        .tag("Users")
                        .with(problems(&[ProblemKind::Conflict]))
                },
            ),
        )
}

/// A user to create.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "NewUser")]
pub(super) struct NewUserBody {
    /// Unique within the tenant: 1 to 200 characters, no spaces, as RFC 8265 has user names. Logins that differ only in
    /// case, width or composition, or in letters that look alike, are the same login.
    #[schemars(length(min = 1, max = 200))]
    login: String,
    /// At least 12 characters; none for a service, which has tokens alone.
    #[serde(default)]
    password: Option<String>,
    /// What the user may, such as `AML Analyst`.
    scopes: Vec<String>,
    /// The `api-clientId` under which the user starts sessions; set by an Administrator alone.
    #[serde(default)]
    client_id: Option<String>,
    /// The names of the teams that the user is a member of. Members make and revoke their teams' API keys, where their
    /// scopes permit `team:key`.
    #[serde(default)]
    teams: Vec<String>,
}

/// A user or a service.
#[derive(Debug, Serialize, JsonSchema)]
struct UserBody {
    id: String,
    login: String,
    scopes: Vec<String>,
    /// The `api-clientId` under which the user starts sessions.
    client_id: Option<String>,
    /// The names of the teams that the user is a member of.
    teams: Vec<String>,
    disabled: bool,
    /// Whether the user can sign in on the web pages.
    has_password: bool,
    created_at: WireTime,
}

/// What can be changed of a user.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct UserChange {
    scopes: Vec<String>,
    /// The `api-clientId` under which the user starts sessions, such as `santander`; set by an Administrator alone.
    #[serde(default)]
    client_id: Option<String>,
    /// The names of the teams that the user is a member of; one's own are changed by an Administrator alone.
    #[serde(default)]
    teams: Vec<String>,
    disabled: bool,
}

/// The path of a user.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct UserPath {
    /// The user's id.
    pub(super) user: Uuid,
}

impl From<NewUserBody> for NewUser {
    fn from(body: NewUserBody) -> Self {
        Self {
            login: body.login,
            password: body.password,
            scopes: body.scopes,
            client_id: body.client_id,
            teams: body.teams,
        }
    }
}

impl From<UserFields> for UserChange {
    fn from(fields: UserFields) -> Self {
        Self {
            scopes: fields.scopes,
            client_id: fields.client_id,
            teams: fields.teams,
            disabled: fields.disabled,
        }
    }
}

impl From<UserChange> for UserFields {
    fn from(change: UserChange) -> Self {
        Self {
            scopes: change.scopes,
            client_id: change.client_id,
            teams: change.teams,
            disabled: change.disabled,
        }
    }
}

impl UserBody {
    fn of(user: &User) -> Self {
        Self {
            id: user.id.clone(),
            login: user.login.clone(),
            scopes: user.scopes.clone(),
            client_id: user.client_id.clone(),
            teams: user.teams.clone(),
            disabled: user.disabled,
            has_password: user.password.is_some(),
            created_at: WireTime(Timestamp::from_micros(user.created_at)),
        }
    }
}

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy(_) => Self::unavailable(error.to_string(), RETRY_SECONDS),
            HashError::Panicked(panicked) => panicked.into(),
        }
    }
}

impl From<ClientIdRefused> for Problem {
    fn from(_: ClientIdRefused) -> Self {
        Self::forbidden("of an Administrator: only they say which client id belongs to whom")
    }
}

problem_kind!(NoSuchUser: NotFound);
problem_from!(CheckUserError { Invalid, Hash });
problem_from!(CreateUserError { Forbidden, Grant, ClientId, Check, Lane; Conflict: LoginTaken });
problem_from!(ReadUserError {
    Forbidden,
    NoSuchUser
});
problem_from!(ListUsersError {
    Forbidden,
    NoSuchUser,
    ForeignCursor
});
problem_from!(ChangeUserError {
    Forbidden, NoSuchUser, Stale, Invalid, Grant, ClientId, Lane;
    Forbidden: OwnTeams;
    Conflict: LastAdministrator
});

async fn create_user(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    JsonBody(new): JsonBody<NewUserBody>,
) -> Result<Created<UserBody>, Problem> {
    let user = users::create(&app, &caller, new.into()).await?;
    Ok(Created(UserBody::of(&user)))
}

async fn list_users(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<UserBody>>, Problem> {
    let page = users::list(&app, &caller, &page)?;
    Ok(Json(page.map(|user| UserBody::of(&user)).into()))
}

async fn read_user(
    caller: UserCaller,
    Params(path): Params<UserPath>,
    preconditions: Preconditions,
) -> Result<Tagged<UserBody>, Problem> {
    let user = users::read(&caller, path.user)?;
    let etag = ETag::of_version(user.version);
    Ok(Tagged::get(etag, UserBody::of(&user), &preconditions))
}

async fn change_user(
    caller: UserCaller,
    Params(path): Params<UserPath>,
    preconditions: Preconditions,
    patch: MergePatch,
) -> Result<Tagged<UserBody>, Problem> {
    let edit = patch.edit::<UserChange, _>();
    let user = users::change(&caller, path.user, preconditions.expected(), edit).await?;
    let etag = ETag::of_version(user.version);
    Ok(Tagged::changed(etag, UserBody::of(&user)))
}
