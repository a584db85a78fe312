//! Signing in to the pages, and out again.
//!
//! A sign-in is a credential of its own kind, new each time, of which the SHA-256 is kept. It ends with a sign-out, when
//! the user is disabled, after 30 minutes in which nothing was asked with it, and in any case after 12 hours.
//! [`attempts`] makes guessing passwords slow.

pub mod attempts;
mod idle;

use std::net::IpAddr;
use std::sync::Arc;

use secrecy::SecretString;
use uuid::Uuid;

use super::passwords::{HashError, verify};
use crate::App;
use crate::caller::{Admitted, Caller, refusal};
use attempts::{Delay, Login};
use domain::time::Timestamp;
use engine::lane::{Actor, Change, Lane, LaneError};
use store::key::TenantId;
use tenant::credential::{Credential, CredentialKind, PasswordHash};
use tenant::directory::{self, Digest, UserCredential};
use tenant::{SignIn, User};

pub use idle::Idle;

/// How long a sign-in is good in any case, in seconds.
const LONGEST_SECONDS: u64 = 12 * 60 * 60;

/// The most browsers in which a user is signed in at the same time; the oldest sign-in ends for a new one.
const MAX_PER_USER: usize = 20;

/// The longest login and organisation that are looked at, in characters: none is longer, and texts that strangers send cost
/// time to compare.
const LONGEST_NAME: usize = 200;

/// Who wants to sign in.
pub struct SignInRequest {
    /// The tenant's name; none if the host has one tenant.
    pub organisation: Option<String>,
    /// The user's login, however it is written.
    pub login: String,
    /// The user's password.
    pub password: SecretString,
    /// From where the request comes, where that is known.
    pub address: Option<IpAddr>,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Organisation, login or password is wrong; it is not said which.
    #[error("this organisation, login and password do not go together")]
    Refused,
    /// The login failed too often.
    #[error(transparent)]
    Delayed(#[from] Delay),
    /// The password could not be verified now.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Signs a user in; answers the credential, which the browser is given once.
///
/// # Errors
/// Where the password is wrong, or too many were tried.
pub async fn sign_in(app: &App, request: SignInRequest) -> Result<Credential, SignInError> {
    if is_long(&request.login) || request.organisation.as_deref().is_some_and(is_long) {
        return Err(SignInError::Refused);
    }
    let now = app.services.clock.now();
    let lane = organisation(app, request.organisation.as_deref());
    let tenant = lane.as_ref().map_or(TenantId::HOST, |lane| lane.tenant());
    let login = Login::new(tenant, &request.login);
    let wait = app.sign_in_attempts.begin(&login, request.address, now)?;
    let user = lane.as_ref().and_then(|lane| person(lane, &request.login));
    let hash = user.as_ref().and_then(|user| user.password.as_deref());
    let hash = hash.and_then(|hash| PasswordHash::parse(hash).ok());
    let verified = verify(app, tenant, hash, request.password).await;
    if verified.is_err() {
        app.sign_in_attempts.withdraw(&login);
    }
    let (Some(lane), Some(user), true) = (&lane, &user, verified?) else {
        if let Some(delay) = wait {
            tracing::warn!(
                tenant = tenant.0,
                seconds = delay.seconds,
                "a login has to wait"
            );
            note_delay(lane.as_ref(), user.as_deref()).await?;
        }
        return Err(SignInError::Refused);
    };
    app.sign_in_attempts.succeeded(&login);
    issue(lane, user).await
}

/// The user who is signed in with a credential, where it is good now. Asking keeps it from ending for idleness.
pub fn caller(app: &App, credential: &Credential) -> Option<Caller> {
    find(app, credential, Idle::is_used)
}

/// The same for what a page asks by itself: nobody need be there, so it ends for idleness all the same.
pub fn absent_caller(app: &App, credential: &Credential) -> Option<Caller> {
    find(app, credential, Idle::is_good)
}

fn find(
    app: &App,
    credential: &Credential,
    is_good: fn(&Idle, &Digest, Timestamp) -> bool,
) -> Option<Caller> {
    if credential.kind() != CredentialKind::SignIn {
        return None;
    }
    let now = app.services.clock.now();
    let digest = *credential.digest().as_bytes();
    let found = app.services.directory.find(&digest, now.as_micros())?;
    let directory::Caller::User {
        tenant,
        id,
        login,
        scopes,
        credential,
        client_id,
    } = found
    else {
        return None;
    };
    if !is_good(&app.idle_sign_ins, &digest, now) {
        return None;
    }
    Some(Caller {
        tenant,
        lane: app.lane(tenant)?,
        id,
        login,
        scopes,
        credential,
        client_id,
        admitted: Admitted::default(),
    })
}

/// Until when a sign-in is good.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// It ends where nothing is asked with it for so long.
    pub idle_seconds: u64,
    /// It ends then in any case.
    pub expires_at: Timestamp,
}

/// Until when the caller is signed in; none if the caller presents something else than a sign-in.
pub fn limits(caller: &Caller) -> Option<Limits> {
    let UserCredential::SignIn(id) = &caller.credential else {
        return None;
    };
    let sign_in = caller.definitions().sign_ins.get(id).cloned()?;
    Some(Limits {
        idle_seconds: idle::LONGEST_PAUSE_SECONDS,
        expires_at: Timestamp::from_micros(sign_in.expires_at),
    })
}

/// Signs the caller out of this browser.
///
/// # Errors
/// Where the lane cannot make the change.
pub async fn sign_out(caller: &Caller) -> Result<(), LaneError> {
    let UserCredential::SignIn(id) = &caller.credential else {
        return Ok(());
    };
    let (id, actor) = (id.clone(), caller.actor());
    let end = move |change: &mut Change<'_>| {
        if change.remove::<SignIn>(&id) {
            change.audit(&actor, "user.sign_out", id.to_string());
        }
        Ok(())
    };
    caller.change(end).await
}

/// Whether no login and no organisation is as long as this text.
pub(super) fn is_long(text: &str) -> bool {
    text.len() > 4 * LONGEST_NAME || text.chars().count() > LONGEST_NAME
}

/// The tenant of this name; where none is named, the only one.
pub(super) fn organisation(app: &App, name: Option<&str>) -> Option<Arc<Lane>> {
    match name.map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => app.lane(app.tenant_named(name)?),
        None => match app.tenants().as_slice() {
            [(_, lane)] => Some(lane.clone()),
            _ => None,
        },
    }
}

/// The user of this login, where the tenant lets users in.
pub(super) fn person(lane: &Lane, login: &str) -> Option<Arc<User>> {
    let definitions = lane.definitions();
    let is_open = definitions.tenant().is_some_and(|tenant| !tenant.suspended);
    let user = definitions.user_named(login.trim()).cloned();
    user.filter(|user| is_open && !user.disabled)
}

/// Notes in the audit of a tenant that a login has to wait.
pub(super) async fn note_delay(
    lane: Option<&Arc<Lane>>,
    user: Option<&User>,
) -> Result<(), LaneError> {
    let (Some(lane), Some(user)) = (lane, user) else {
        return Ok(());
    };
    let login = user.login.clone();
    let note = move |change: &mut Change<'_>| {
        change.audit(&Actor::Host, "user.sign_in_delayed", login);
        Ok::<_, LaneError>(())
    };
    lane.change(note).await.map_err(refusal)
}

async fn issue(lane: &Arc<Lane>, user: &User) -> Result<Credential, SignInError> {
    let actor = Actor::User {
        id: user.id.clone(),
        login: user.login.clone(),
    };
    let user = user.id.clone();
    let put = move |change: &mut Change<'_>| {
        let (id, credential) = put_sign_in(change, &user);
        change.audit(&actor, "user.sign_in", id);
        Ok::<_, LaneError>(credential)
    };
    let put = lane.change(put).await;
    Ok(put.map_err(refusal::<LaneError>)?)
}

/// A new sign-in of a user, as a part of another change.
pub(super) fn new_sign_in(change: &mut Change<'_>, user: &str) -> Credential {
    put_sign_in(change, user).1
}

fn put_sign_in(change: &mut Change<'_>, user: &str) -> (String, Credential) {
    for ended in ended(change, user) {
        change.remove::<SignIn>(&ended);
    }
    let credential = Credential::generate(CredentialKind::SignIn);
    let sign_in = change.put(SignIn {
        id: Uuid::now_v7().to_string(),
        user: user.to_owned(),
        digest: *credential.digest().as_bytes(),
        created_at: change.at().as_micros(),
        expires_at: change.at().plus_seconds(LONGEST_SECONDS).as_micros(),
    });
    (sign_in.id.clone(), credential)
}

/// Signs a user out of every browser, as a part of another change.
pub(super) fn end_all(change: &mut Change<'_>, user: &str) {
    let all = change.definitions().sign_ins.iter();
    let own = all.filter(|sign_in| sign_in.user == user);
    let own: Vec<String> = own.map(|sign_in| sign_in.id.clone()).collect();
    for id in own {
        change.remove::<SignIn>(&id);
    }
}

/// Sign-ins that a new one of a user takes the place of: those of the tenant that have expired, and the user's oldest.
fn ended(change: &Change<'_>, user: &str) -> Vec<String> {
    let at: Timestamp = change.at();
    let all = change.definitions().sign_ins.iter();
    let (expired, good): (Vec<_>, Vec<_>) = all.partition(|sign_in| sign_in.has_expired(at));
    let of_user: Vec<_> = good.iter().filter(|sign_in| sign_in.user == user).collect();
    let too_many = (of_user.len() + 1).saturating_sub(MAX_PER_USER);
    let oldest = of_user.into_iter().take(too_many).copied();
    let ended = expired.into_iter().chain(oldest);
    ended.map(|sign_in| sign_in.id.clone()).collect()
}
