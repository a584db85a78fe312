//! A team's API keys. A key posts and reads its team's transactions, nothing else.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ListTeamsError, NoSuchTeam, find_team};
use crate::caller::{Caller, Forbidden};
use crate::request::cursors::Cursors;
use crate::request::invalid::{check_caption, check_expiry};
use crate::request::once::RepeatError;
use crate::request::page::page_of;
use crate::request::{Invalid, Once, Page, PageRequest, Replayable, rfc3339};
use crate::users::acting_user;
use domain::time::Timestamp;
use engine::lane::{Change, LaneError};
use tenant::credential::{Credential, CredentialKind};
use tenant::{ApiKey, Definitions, Permission, Team, User};

/// The longest overlap when keys are regenerated: 30 days.
const MAX_OVERLAP_SECONDS: u64 = 30 * 24 * 60 * 60;

/// An API key to create.
#[derive(Clone, Debug, Default)]
pub struct NewApiKey {
    /// For people: 1 to 200 characters.
    pub name: Option<String>,
    /// From then on it is refused.
    pub expires_at: Option<Timestamp>,
}

/// A new API key. It is kept in this form for requests that come again, without what is shown once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IssuedApiKey {
    /// The key's id.
    pub id: String,
    /// The key itself: shown once, and none in the answer to a request that came again.
    pub key: Option<String>,
    /// Its first characters, for recognition.
    pub prefix: String,
    /// When it was made.
    #[serde(with = "rfc3339")]
    pub created_at: Timestamp,
    /// From then on it is refused.
    #[serde(with = "rfc3339::option")]
    pub expires_at: Option<Timestamp>,
    /// A curl line, ready to copy, that posts an example to this host. It holds the key, and is shown as often; none
    /// while the team has no payload schema.
    pub command: Option<String>,
}

/// Why no API key was made.
#[derive(Debug, thiserror::Error)]
pub enum IssueApiKeyError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
    /// Name, expiry or overlap cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The request came again, and cannot be answered.
    #[error(transparent)]
    Repeat(#[from] RepeatError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Why an API key was not revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeApiKeyError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
    /// The team has no such key.
    #[error("there is no API key {0} of this team")]
    NoSuchKey(Uuid),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

impl Replayable for IssuedApiKey {
    fn without_secrets(&self) -> Self {
        Self {
            key: None,
            command: None,
            ..self.clone()
        }
    }
}

/// Whether somebody may make and revoke keys of a team: whoever may change teams, and members of the team who have the
/// permission `team:key`.
pub fn may_manage(definitions: &Definitions, user: &User, team: &str) -> bool {
    let may = |permission| definitions.permit(&user.scopes, permission);
    let is_member = user.teams.iter().any(|of_user| of_user == team);
    may(Permission::TeamWrite) || (is_member && may(Permission::TeamKey))
}

/// Refuses who may not manage the keys of a team.
fn check_may_manage(definitions: &Definitions, user: &User, team: &str) -> Result<(), Forbidden> {
    match may_manage(definitions, user, team) {
        true => Ok(()),
        false => Err(Forbidden(Permission::TeamWrite)),
    }
}

/// Admits a caller who may manage the keys of a team.
fn admit(caller: &Caller, team: &str) -> Result<(), Forbidden> {
    let definitions = caller.definitions();
    if caller.may(Permission::TeamWrite) {
        return caller.require(Permission::TeamWrite);
    }
    match definitions.users.get(&caller.id) {
        Some(user) => check_may_manage(&definitions, user, team)?,
        None => return Err(Forbidden(Permission::TeamWrite)),
    }
    caller.require(Permission::TeamKey)
}

/// Makes an API key of a team. `url` is where the host is reached, for the command.
///
/// # Errors
/// Where the caller may not, there is no such team, or name or expiry cannot be taken.
pub async fn create(
    caller: &Caller,
    team: &str,
    new: NewApiKey,
    url: String,
    once: Once,
) -> Result<IssuedApiKey, IssueApiKeyError> {
    admit(caller, team)?;
    if let Some(name) = &new.name {
        check_caption("name", name)?;
    }
    let (actor, by, team) = (caller.actor(), caller.id.clone(), team.to_owned());
    let create = move |change: &mut Change<'_>| {
        let team = find_team(change.definitions(), &team)?;
        let by = acting_user(change.definitions(), &by)?;
        check_may_manage(change.definitions(), &by, &team.name)?;
        check_expiry(new.expires_at, change.at())?;
        let made = issue(change, &team, new, &url);
        change.audit(&actor, "api_key.create", subject(&team, &made.prefix));
        Ok(made)
    };
    once.make(caller, create).await
}

/// Makes an API key of a team, and revokes all others: at once, or after an overlap in which both are good.
///
/// # Errors
/// Where the caller may not, there is no such team, or the overlap is too long.
pub async fn regenerate(
    caller: &Caller,
    team: &str,
    overlap_seconds: u64,
    url: String,
    once: Once,
) -> Result<IssuedApiKey, IssueApiKeyError> {
    admit(caller, team)?;
    if overlap_seconds > MAX_OVERLAP_SECONDS {
        let detail = format!("'overlap_seconds' may be {MAX_OVERLAP_SECONDS} at most");
        return Err(Invalid::new(detail).into());
    }
    let (actor, by, team) = (caller.actor(), caller.id.clone(), team.to_owned());
    let regenerate = move |change: &mut Change<'_>| {
        let team = find_team(change.definitions(), &team)?;
        let by = acting_user(change.definitions(), &by)?;
        check_may_manage(change.definitions(), &by, &team.name)?;
        let keys = change.definitions().api_keys.iter();
        let others: Vec<Arc<ApiKey>> = keys.filter(|key| key.team == team.name).cloned().collect();
        for other in others {
            if overlap_seconds == 0 {
                change.remove::<ApiKey>(&other.id);
                continue;
            }
            let end = change.at().plus_seconds(overlap_seconds).as_micros();
            let end = other.expires_at.map_or(end, |earlier| earlier.min(end));
            change.put(ApiKey {
                expires_at: Some(end),
                ..ApiKey::clone(&other)
            });
        }
        let made = issue(change, &team, NewApiKey::default(), &url);
        change.audit(&actor, "api_key.regenerate", subject(&team, &made.prefix));
        Ok(made)
    };
    once.make(caller, regenerate).await
}

/// A page of a team's API keys, oldest first.
///
/// # Errors
/// Where the caller may not, there is no such team, or the cursor is none of this list.
pub fn list(
    cursors: &Cursors,
    caller: &Caller,
    team: &str,
    page: &PageRequest,
) -> Result<Page<Arc<ApiKey>>, ListTeamsError> {
    caller.require(Permission::TeamRead)?;
    let definitions = caller.definitions();
    let team = find_team(&definitions, team)?;
    let list = ["api-keys", &team.name];
    let belongs = |key: &ApiKey| key.team == team.name;
    let keys = &definitions.api_keys;
    Ok(page_of(cursors, caller.tenant, &list, page, keys, belongs)?)
}

/// Revokes an API key of a team.
///
/// # Errors
/// Where the caller may not, or there is no such team or key.
pub async fn revoke(caller: &Caller, team: &str, key: Uuid) -> Result<(), RevokeApiKeyError> {
    admit(caller, team)?;
    let (actor, by, team) = (caller.actor(), caller.id.clone(), team.to_owned());
    let revoke = move |change: &mut Change<'_>| {
        let team = find_team(change.definitions(), &team)?;
        let by = acting_user(change.definitions(), &by)?;
        check_may_manage(change.definitions(), &by, &team.name)?;
        let id = key.to_string();
        let stored = change.definitions().api_keys.get(&id).cloned();
        let stored = stored.filter(|stored| stored.team == team.name);
        let stored = stored.ok_or(RevokeApiKeyError::NoSuchKey(key))?;
        change.remove::<ApiKey>(&id);
        change.audit(&actor, "api_key.revoke", subject(&team, &stored.prefix));
        Ok(())
    };
    caller.change(revoke).await
}

/// How the audit names a key.
fn subject(team: &Team, prefix: &str) -> String {
    format!("{}/{prefix}", team.name)
}

/// Puts a new key of the team.
fn issue(change: &mut Change<'_>, team: &Team, new: NewApiKey, url: &str) -> IssuedApiKey {
    let credential = Credential::generate(CredentialKind::TeamKey);
    let key = change.put(ApiKey {
        id: Uuid::now_v7().to_string(),
        team: team.name.clone(),
        name: new.name,
        prefix: credential.recognizable().to_owned(),
        digest: *credential.digest().as_bytes(),
        created_at: change.at().as_micros(),
        expires_at: new.expires_at.map(Timestamp::as_micros),
    });
    IssuedApiKey {
        id: key.id.clone(),
        key: Some(credential.expose().to_owned()),
        prefix: key.prefix.clone(),
        created_at: change.at(),
        expires_at: new.expires_at,
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
