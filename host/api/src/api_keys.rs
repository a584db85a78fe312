//! A team's API keys: `/v1/teams/{team}/api-keys`.

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
use super::idempotency::Repeatable;
use super::listing::Nothing;
use super::problem_from::problem_from;
use super::teams::TeamPath;
use super::tokens::wire_expiry;
use crate::http::{Created, List, Page, Params, Problem, WireName, WireTime};
use app::App;
use app::teams::api_keys::{self, IssueApiKeyError, IssuedApiKey, NewApiKey, RevokeApiKeyError};
use tenant::ApiKey;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/teams/{team}/api-keys",
            post_with(create_key, |op| {
                op.summary("Create an API key")
                    .description("It posts and reads its team's transactions, nothing else.")
                    .tag("API keys")
            })
            .get_with(list_keys, |op| {
                op.summary("List the API keys of a team").tag("API keys")
            }),
        )
        .api_route(
            "/v1/teams/{team}/api-keys/regenerate",
            post_with(regenerate, |op| {
                op.summary("Make a new API key, and revoke all others")
                    .description("At once, or after an overlap in which both are good.")
                    .tag("API keys")
            }),
        )
        .api_route(
            "/v1/teams/{team}/api-keys/{key}",
            delete_with(revoke_key, |op| {
                op.summary("Revoke an API key").tag("API keys")
            }),
        )
}

/// An API key to create.
#[derive(Debug, Deserialize, JsonSchema)]
struct NewKey {
    /// For people: 1 to 200 characters.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// From then on it is refused.
    #[serde(default)]
    expires_at: Option<WireTime>,
}

/// How to regenerate.
#[derive(Debug, Deserialize, JsonSchema)]
struct Regenerate {
    /// Seconds for which the other keys stay good: none unless told, and 30 days at most.
    #[serde(default)]
    #[schemars(range(max = 2_592_000))]
    overlap_seconds: u64,
}

/// A new API key.
#[derive(Debug, Serialize, JsonSchema)]
struct NewKeyBody {
    id: String,
    /// Shown once: null in the answer to a request that came again.
    key: Option<String>,
    /// Its first characters, for recognition.
    prefix: String,
    created_at: WireTime,
    expires_at: Option<WireTime>,
    /// A curl line, ready to copy, that posts an example to this host. It
    /// holds the key, and is shown as often; null while the team has no payload schema.
    command: Option<String>,
}

/// An API key, without the key.
#[derive(Debug, Serialize, JsonSchema)]
struct KeyBody {
    id: String,
    name: Option<String>,
    /// Its first characters, for recognition.
    prefix: String,
    created_at: WireTime,
    expires_at: Option<WireTime>,
}

/// The path of an API key.
#[derive(Debug, Deserialize, JsonSchema)]
struct KeyPath {
    /// The team's name.
    team: WireName,
    /// The key's id.
    key: Uuid,
}

impl From<IssuedApiKey> for NewKeyBody {
    fn from(issued: IssuedApiKey) -> Self {
        Self {
            id: issued.id,
            key: issued.key,
            prefix: issued.prefix,
            created_at: WireTime(issued.created_at),
            expires_at: issued.expires_at.map(WireTime),
            command: issued.command,
        }
    }
}

impl KeyBody {
    fn of(key: &ApiKey) -> Self {
        Self {
            id: key.id.clone(),
            name: key.name.clone(),
            prefix: key.prefix.clone(),
            created_at: WireTime(Timestamp::from_micros(key.created_at)),
            expires_at: wire_expiry(key.expires_at),
        }
    }
}

problem_from!(IssueApiKeyError {
    Forbidden,
    NoSuchTeam,
    Invalid,
    Repeat,
    Lane
});
problem_from!(RevokeApiKeyError { Forbidden, NoSuchTeam, Lane; NotFound: NoSuchKey });

async fn create_key(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    Repeatable { body: new, once }: Repeatable<NewKey>,
) -> Result<Created<NewKeyBody>, Problem> {
    let new = NewApiKey {
        name: new.name,
        expires_at: new.expires_at.map(|WireTime(at)| at),
    };
    let made = api_keys::create(&caller, path.name(), new, app.config.url(), once).await?;
    Ok(Created(made.into()))
}

async fn regenerate(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    Repeatable { body, once }: Repeatable<Regenerate>,
) -> Result<Created<NewKeyBody>, Problem> {
    let (overlap, url) = (body.overlap_seconds, app.config.url());
    let made = api_keys::regenerate(&caller, path.name(), overlap, url, once).await?;
    Ok(Created(made.into()))
}

async fn list_keys(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<KeyBody>>, Problem> {
    let page = api_keys::list(&app.cursors, &caller, path.name(), &page)?;
    Ok(Json(page.map(|key| KeyBody::of(&key)).into()))
}

async fn revoke_key(
    caller: UserCaller,
    Params(path): Params<KeyPath>,
) -> Result<NoContent, Problem> {
    api_keys::revoke(&caller, path.team.0.as_str(), path.key).await?;
    Ok(NoContent)
}
