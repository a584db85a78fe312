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
use super::idempotency::{Answer, Repeatable};
use super::listing::{Nothing, page_of};
use super::teams::{TeamPath, find_team};
use super::tokens::{check_expiry, check_name, wire_expiry};
use crate::http::{Created, List, Page, Params, Problem, WireName, WireTime};
use app::App;
use engine::lane::Change;
use tenant::credential::{Credential, CredentialKind};
use tenant::{ApiKey, Permission, Team};

/// The longest overlap when keys are regenerated: 30 days.
const MAX_OVERLAP_SECONDS: u64 = 30 * 24 * 60 * 60;

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
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
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

impl Answer for NewKeyBody {
    fn without_secrets(&self) -> Self {
        Self {
            id: self.id.clone(),
            key: None,
            prefix: self.prefix.clone(),
            created_at: self.created_at,
            expires_at: self.expires_at,
            command: None,
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

/// Puts a new key of the team.
fn issue(
    change: &mut Change<'_>,
    team: &Team,
    name: Option<String>,
    expires_at: Option<WireTime>,
    url: &str,
) -> NewKeyBody {
    let credential = Credential::generate(CredentialKind::TeamKey);
    let key = change.put(ApiKey {
        id: Uuid::now_v7().to_string(),
        team: team.name.clone(),
        name,
        prefix: credential.recognizable().to_owned(),
        digest: *credential.digest().as_bytes(),
        created_at: change.at().as_micros(),
        expires_at: expires_at.map(|WireTime(at)| at.as_micros()),
    });
    NewKeyBody {
        id: key.id.clone(),
        key: Some(credential.expose().to_owned()),
        prefix: key.prefix.clone(),
        created_at: WireTime(change.at()),
        expires_at,
        command: command(team, &credential, change.at(), url),
    }
}

/// A curl line that posts an example. Its `txn_id` is new with each key, so
/// that it is accepted whatever was posted before.
fn command(team: &Team, key: &Credential, at: Timestamp, url: &str) -> Option<String> {
    let mut example = ingest::example(&*team.schema()?);
    example["txn_id"] = format!("example-{}", at.as_micros()).into();
    example["date_time"] = at.to_string().into();
    // In single quotes a shell reads all as it is, but for the quote itself.
    let example = example.to_string().replace('\'', r"'\''");
    Some(format!(
        "curl -sS '{url}/v1/transactions' -H 'Authorization: Bearer {}' -H 'Content-Type: application/json' -d '{example}'",
        key.expose()
    ))
}

async fn create_key(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    Repeatable { body: new, once }: Repeatable<NewKey>,
) -> Result<Created<NewKeyBody>, Problem> {
    caller.require(Permission::TeamWrite)?;
    new.name.as_deref().map_or(Ok(()), check_name)?;
    let (actor, url) = (caller.actor(), app.config.url());
    let create = move |change: &mut Change<'_>| {
        let team = find_team(change.definitions(), path.name())?;
        check_expiry(new.expires_at, change.at())?;
        let made = issue(change, &team, new.name, new.expires_at, &url);
        change.audit(
            &actor,
            "api_key.create",
            format!("{}/{}", team.name, made.prefix),
        );
        Ok(made)
    };
    once.create(&caller, create).await
}

async fn regenerate(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    Repeatable { body, once }: Repeatable<Regenerate>,
) -> Result<Created<NewKeyBody>, Problem> {
    caller.require(Permission::TeamWrite)?;
    if body.overlap_seconds > MAX_OVERLAP_SECONDS {
        let detail = format!("'overlap_seconds' may be {MAX_OVERLAP_SECONDS} at most");
        return Err(Problem::unprocessable(detail, Vec::new()));
    }
    let (actor, url) = (caller.actor(), app.config.url());
    let regenerate = move |change: &mut Change<'_>| {
        let team = find_team(change.definitions(), path.name())?;
        let keys = change.definitions().api_keys.iter();
        let others: Vec<Arc<ApiKey>> = keys.filter(|key| key.team == team.name).cloned().collect();
        for other in others {
            if body.overlap_seconds == 0 {
                change.remove::<ApiKey>(&other.id);
                continue;
            }
            let end = change.at().plus_seconds(body.overlap_seconds).as_micros();
            let end = other.expires_at.map_or(end, |earlier| earlier.min(end));
            change.put(ApiKey {
                expires_at: Some(end),
                ..ApiKey::clone(&other)
            });
        }
        let made = issue(change, &team, None, None, &url);
        change.audit(
            &actor,
            "api_key.regenerate",
            format!("{}/{}", team.name, made.prefix),
        );
        Ok(made)
    };
    once.create(&caller, regenerate).await
}

async fn list_keys(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<KeyBody>>, Problem> {
    caller.require(Permission::TeamRead)?;
    let definitions = caller.definitions();
    let team = find_team(&definitions, path.name())?;
    let list = ["api-keys", &team.name];
    let belongs = |key: &ApiKey| key.team == team.name;
    let keys = &definitions.api_keys;
    page_of(
        &app,
        caller.tenant,
        &list,
        &page,
        keys,
        belongs,
        KeyBody::of,
    )
}

async fn revoke_key(
    caller: UserCaller,
    Params(path): Params<KeyPath>,
) -> Result<NoContent, Problem> {
    caller.require(Permission::TeamWrite)?;
    let actor = caller.actor();
    let revoke = move |change: &mut Change<'_>| {
        let team = find_team(change.definitions(), path.team.0.as_str())?;
        let id = path.key.to_string();
        let key = change.definitions().api_keys.get(&id).cloned();
        let key = key.filter(|key| key.team == team.name);
        let key = key.ok_or_else(|| Problem::not_found(&format!("API key {id} of this team")))?;
        change.remove::<ApiKey>(&id);
        change.audit(
            &actor,
            "api_key.revoke",
            format!("{}/{}", team.name, key.prefix),
        );
        Ok(())
    };
    caller.change(revoke).await?;
    Ok(NoContent)
}
