//! Access tokens of users: `/v1/users/{user}/tokens`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, post_with};
use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::caller::UserCaller;
use super::idempotency::{Answer, Repeatable};
use super::listing::{Nothing, page_of};
use super::users::{UserPath, find_user, require_rank};
use crate::app::App;
use crate::credential::{Credential, CredentialKind};
use crate::http::{Created, List, Page, Params, Problem, WireTime};
use crate::lane::Change;
use crate::tenant::{Permission, Token};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/users/{user}/tokens",
            post_with(create_token, |op| {
                op.summary("Create an access token")
                    .description("Users make their own; others need user:write.")
                    .tag("Users")
            })
            .get_with(list_tokens, |op| {
                op.summary("List a user's access tokens").tag("Users")
            }),
        )
        .api_route(
            "/v1/users/{user}/tokens/{token}",
            delete_with(revoke_token, |op| {
                op.summary("Revoke an access token").tag("Users")
            }),
        )
}

/// An access token to create.
#[derive(Debug, Deserialize, JsonSchema)]
struct NewToken {
    /// For people: 1 to 200 characters.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// From then on it is refused.
    #[serde(default)]
    expires_at: Option<WireTime>,
}

/// A new access token.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct NewTokenBody {
    id: String,
    /// Shown once: null in the answer to a request that came again.
    token: Option<String>,
    name: String,
    /// Its first characters, for recognition.
    prefix: String,
    expires_at: Option<WireTime>,
}

/// An access token, without the token.
#[derive(Debug, Serialize, JsonSchema)]
struct TokenBody {
    id: String,
    name: String,
    /// Its first characters, for recognition.
    prefix: String,
    created_at: WireTime,
    expires_at: Option<WireTime>,
}

/// The path of a token.
#[derive(Debug, Deserialize, JsonSchema)]
struct TokenPath {
    /// The user's id.
    user: Uuid,
    /// The token's id.
    token: Uuid,
}

impl Answer for NewTokenBody {
    fn without_secrets(&self) -> Self {
        Self {
            id: self.id.clone(),
            token: None,
            name: self.name.clone(),
            prefix: self.prefix.clone(),
            expires_at: self.expires_at,
        }
    }
}

impl TokenBody {
    fn of(token: &Token) -> Self {
        Self {
            id: token.id.clone(),
            name: token.name.clone(),
            prefix: token.prefix.clone(),
            created_at: WireTime(Timestamp::from_micros(token.created_at)),
            expires_at: wire_expiry(token.expires_at),
        }
    }
}

/// An expiry as the API shows it.
pub(super) fn wire_expiry(expires_at: Option<i64>) -> Option<WireTime> {
    expires_at.map(|at| WireTime(Timestamp::from_micros(at)))
}

/// Checks an expiry against now.
///
/// # Errors
/// 422 where it is past.
pub(super) fn check_expiry(expires_at: Option<WireTime>, now: Timestamp) -> Result<(), Problem> {
    match expires_at {
        Some(WireTime(at)) if at <= now => Err(Problem::unprocessable(
            "'expires_at' must be in the future",
            Vec::new(),
        )),
        _ => Ok(()),
    }
}

/// Checks a name for people: 1 to 200 characters.
///
/// # Errors
/// 422.
pub(super) fn check_name(name: &str) -> Result<(), Problem> {
    if (1..=200).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        return Ok(());
    }
    let detail = "'name' must have 1 to 200 characters and no control characters";
    Err(Problem::unprocessable(detail, Vec::new()))
}

/// A new token of a user, and the credential that is shown once.
pub(super) fn issue_token(
    user: &str,
    name: &str,
    expires_at: Option<Timestamp>,
    at: Timestamp,
) -> (Token, Credential) {
    let credential = Credential::generate(CredentialKind::AccessToken);
    let token = Token {
        id: Uuid::now_v7().to_string(),
        user: user.to_owned(),
        name: name.to_owned(),
        prefix: credential.recognizable().to_owned(),
        digest: *credential.digest().as_bytes(),
        created_at: at.as_micros(),
        expires_at: expires_at.map(Timestamp::as_micros),
    };
    (token, credential)
}

/// Users manage their own tokens; those of others need the permission.
fn require(caller: &UserCaller, user: Uuid, permission: Permission) -> Result<(), Problem> {
    if *caller.id == *user.to_string() {
        return Ok(());
    }
    caller.require(permission)
}

async fn create_token(
    caller: UserCaller,
    Params(path): Params<UserPath>,
    Repeatable { body: new, once }: Repeatable<NewToken>,
) -> Result<Created<NewTokenBody>, Problem> {
    require(&caller, path.user, Permission::UserWrite)?;
    check_name(&new.name)?;
    let (actor, rank) = (caller.actor(), caller.scopes.clone());
    let create = move |change: &mut Change<'_>| {
        let user = find_user(change.definitions(), &path)?;
        require_rank(change.definitions(), &rank, &user.scopes)?;
        check_expiry(new.expires_at, change.at())?;
        let expires_at = new.expires_at.map(|WireTime(at)| at);
        let (token, credential) = issue_token(&user.id, &new.name, expires_at, change.at());
        let token = change.put(token);
        change.audit(
            &actor,
            "token.create",
            format!("{}/{}", user.login, token.prefix),
        );
        Ok(NewTokenBody {
            id: token.id.clone(),
            token: Some(credential.expose().to_owned()),
            name: token.name.clone(),
            prefix: token.prefix.clone(),
            expires_at: new.expires_at,
        })
    };
    once.create(&caller, create).await
}

async fn list_tokens(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<UserPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<TokenBody>>, Problem> {
    require(&caller, path.user, Permission::UserRead)?;
    let definitions = caller.definitions();
    let user = find_user(&definitions, &path)?;
    let list = ["tokens", &user.id];
    let belongs = |token: &Token| token.user == user.id;
    let tokens = &definitions.tokens;
    page_of(
        &app,
        caller.tenant,
        &list,
        &page,
        tokens,
        belongs,
        TokenBody::of,
    )
}

async fn revoke_token(
    caller: UserCaller,
    Params(path): Params<TokenPath>,
) -> Result<NoContent, Problem> {
    require(&caller, path.user, Permission::UserWrite)?;
    let (actor, rank) = (caller.actor(), caller.scopes.clone());
    let revoke = move |change: &mut Change<'_>| {
        let user = find_user(change.definitions(), &UserPath { user: path.user })?;
        require_rank(change.definitions(), &rank, &user.scopes)?;
        let id = path.token.to_string();
        let token = change.definitions().tokens.get(&id).cloned();
        let token = token.filter(|token| token.user == user.id);
        let token = token.ok_or_else(|| Problem::not_found(&format!("token {id} of this user")))?;
        change.remove::<Token>(&id);
        change.audit(
            &actor,
            "token.revoke",
            format!("{}/{}", user.login, token.prefix),
        );
        Ok(())
    };
    caller.lane.change(revoke).await?;
    Ok(NoContent)
}
