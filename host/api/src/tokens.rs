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

use crate::caller::UserCaller;
use crate::http::{Created, List, Page, Params, Problem, ProblemKind, WireTime, problems};
use crate::idempotency::Repeatable;
use crate::listing::Nothing;
use crate::problem_from::{problem_from, problem_kind};
use crate::users::UserPath;
use app::App;
use app::users::tokens::{
    self, CreateTokenError, IssuedToken, NewToken, NoSuchToken, RevokeTokenError, RotateTokenError,
    TooManyTokens,
};
use tenant::Token;

pub(crate) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/users/{user}/tokens",
            post_with(create_token, |op| {
                op.summary("Create an access token")
                    .description("Users mint their own. Such a token is a child of the one that the request presents: it expires no later, and is revoked with it. Only an Administrator makes a token for somebody else; it stands on its own. A user has at most 100 tokens that have not expired.")
                    .tag("Users")
                    .with(problems(&[ProblemKind::Conflict]))
            })
            .get_with(list_tokens, |op| {
                op.summary("List a user's access tokens").tag("Users")
            })
            .delete_with(revoke_tokens, |op| {
                op.summary("Revoke all access tokens of a user")
                    .description("Their own among them, where users revoke theirs. Needs `user:write` for somebody else.")
                    .tag("Users")
            }),
        )
        .api_route(
            "/v1/users/{user}/tokens/{token}",
            delete_with(revoke_token, |op| {
                op.summary("Revoke an access token")
                    .description("With all tokens that were minted with it, and with those.")
                    .tag("Users")
            }),
        )
        .api_route(
            "/v1/users/{user}/tokens/{token}/rotate",
            post_with(rotate_token, |op| {
                op.summary("Replace an access token")
                    .description("The new token expires when the one it replaces would have, and takes over its children. The former one is good until the overlap ends, or until the new one is revoked. With a token users replace that token and those that descend from it; an Administrator replaces tokens of others.")
                    .tag("Users")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
}

/// An access token to create.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "NewToken")]
struct NewTokenRequest {
    /// For people: 1 to 200 characters.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// From then on it is refused. A user's own token expires no later than the one it is minted with, and at the same
    /// time unless told.
    #[serde(default)]
    expires_at: Option<WireTime>,
}

/// How to replace an access token.
#[derive(Debug, Deserialize, JsonSchema)]
struct Rotation {
    /// Seconds for which the former token stays good: none unless told, and 30 days at most.
    #[serde(default)]
    #[schemars(range(max = 2_592_000))]
    overlap_seconds: u64,
}

/// A new access token in place of another.
#[derive(Debug, Serialize, JsonSchema)]
struct RotatedTokenBody {
    #[serde(flatten)]
    token: NewTokenBody,
    /// Until then the former token is good, too; null where it was revoked at once.
    former_until: Option<WireTime>,
}

/// A new access token.
#[derive(Debug, Serialize, JsonSchema)]
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
    /// The id of the token with which it ends; null for one that stands on its own.
    parent: Option<String>,
}

/// The path of a token.
#[derive(Debug, Deserialize, JsonSchema)]
struct TokenPath {
    /// The user's id.
    user: Uuid,
    /// The token's id.
    token: Uuid,
}

impl TokenBody {
    fn of(token: &Token) -> Self {
        Self {
            id: token.id.clone(),
            name: token.name.clone(),
            prefix: token.prefix.clone(),
            created_at: WireTime(Timestamp::from_micros(token.created_at)),
            expires_at: wire_expiry(token.expires_at),
            parent: token.parent.clone(),
        }
    }
}

impl From<IssuedToken> for NewTokenBody {
    fn from(issued: IssuedToken) -> Self {
        Self {
            id: issued.id,
            token: issued.token,
            name: issued.name,
            prefix: issued.prefix,
            expires_at: issued.expires_at.map(WireTime),
        }
    }
}

problem_kind!(NoSuchToken: NotFound, TooManyTokens: Conflict);
problem_from!(CreateTokenError {
    Forbidden,
    NoSuchUser,
    Grant,
    Invalid,
    TooMany,
    Repeat,
    Lane
});
problem_from!(RevokeTokenError {
    Forbidden,
    NoSuchUser,
    NoSuchToken,
    Grant,
    Lane
});
problem_from!(RotateTokenError {
    Forbidden, NoSuchUser, NoSuchToken, Grant, Invalid, TooMany, Repeat, Lane;
    Forbidden: NotDescended;
    Conflict: Expired
});

/// An expiry as the API shows it.
pub(crate) fn wire_expiry(expires_at: Option<i64>) -> Option<WireTime> {
    expires_at.map(|at| WireTime(Timestamp::from_micros(at)))
}

async fn create_token(
    caller: UserCaller,
    Params(path): Params<UserPath>,
    Repeatable { body: new, once }: Repeatable<NewTokenRequest>,
) -> Result<Created<NewTokenBody>, Problem> {
    let new = NewToken {
        name: new.name,
        expires_at: new.expires_at.map(|WireTime(at)| at),
    };
    let issued = tokens::create(&caller, path.user, new, once).await?;
    Ok(Created(issued.into()))
}

async fn list_tokens(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<UserPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<TokenBody>>, Problem> {
    let page = tokens::list(&app, &caller, path.user, &page)?;
    Ok(Json(page.map(|token| TokenBody::of(&token)).into()))
}

async fn rotate_token(
    caller: UserCaller,
    Params(path): Params<TokenPath>,
    Repeatable { body, once }: Repeatable<Rotation>,
) -> Result<Created<RotatedTokenBody>, Problem> {
    let overlap = body.overlap_seconds;
    let rotated = tokens::rotate(&caller, path.user, path.token, overlap, once).await?;
    Ok(Created(RotatedTokenBody {
        token: rotated.token.into(),
        former_until: rotated.former_until.map(WireTime),
    }))
}

async fn revoke_token(
    caller: UserCaller,
    Params(path): Params<TokenPath>,
) -> Result<NoContent, Problem> {
    tokens::revoke(&caller, path.user, path.token).await?;
    Ok(NoContent)
}

async fn revoke_tokens(
    caller: UserCaller,
    Params(path): Params<UserPath>,
) -> Result<NoContent, Problem> {
    tokens::revoke_all(&caller, path.user).await?;
    Ok(NoContent)
}
