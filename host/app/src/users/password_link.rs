//! Links with which users set their first password, or another one in place of one that they forgot.
//!
//! A link is good once, for a day, until another one is made for the user. Its code stands behind a `#`, which browsers
//! send to nobody.

use std::net::IpAddr;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::passwords::{self, HashError};
use super::sign_in::attempts::{Delay, Login};
use super::sign_in::{end_all, is_long, new_sign_in, note_delay, organisation, person};
use super::{NoSuchUser, acting_user, find_user};
use crate::App;
use crate::caller::{Caller, Forbidden, refusal};
use crate::request::once::RepeatError;
use crate::request::{Invalid, Once, Replayable, rfc3339};
use domain::time::Timestamp;
use engine::lane::{Actor, Change, Lane, LaneError};
use store::key::TenantId;
use tenant::credential::{Credential, CredentialKind};
use tenant::grant::{GrantRefusal, check_password_link};
use tenant::{PasswordCode, Permission, User};

/// How long a link is good, in seconds.
const GOOD_SECONDS: u64 = 24 * 60 * 60;

/// A link that was made. It is kept in this form, without the code, for requests that come again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PasswordLink {
    /// The code, which the page asks for: shown once, and none in the answer to a request that came again.
    pub code: Option<String>,
    /// From then on it is refused.
    #[serde(with = "rfc3339")]
    pub expires_at: Timestamp,
}

impl Replayable for PasswordLink {
    fn without_secrets(&self) -> Self {
        Self {
            code: None,
            ..self.clone()
        }
    }
}

/// Why no link was made.
#[derive(Debug, thiserror::Error)]
pub enum MakePasswordLinkError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such user.
    #[error(transparent)]
    NoSuchUser(#[from] NoSuchUser),
    /// The caller is no Administrator.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// The user is disabled.
    #[error("the user '{0}' is disabled; enable the user first")]
    Disabled(String),
    /// The request came again, and cannot be answered.
    #[error(transparent)]
    Repeat(#[from] RepeatError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Makes a link with which a user sets a password. A link that was made for the user before is good no longer.
///
/// # Errors
/// Where the caller is no Administrator, or there is no such user.
pub async fn make(
    caller: &Caller,
    user: Uuid,
    once: Once,
) -> Result<PasswordLink, MakePasswordLinkError> {
    caller.require(Permission::UserWrite)?;
    let (actor, by) = (caller.actor(), caller.id.clone());
    let make = move |change: &mut Change<'_>| {
        let user = find_user(change.definitions(), user)?;
        check_password_link(&*acting_user(change.definitions(), &by)?)?;
        if user.disabled {
            return Err(MakePasswordLinkError::Disabled(user.login.clone()));
        }
        let code = Credential::generate(CredentialKind::PasswordCode);
        let expires_at = change.at().plus_seconds(GOOD_SECONDS);
        change.audit(&actor, "user.make_password_link", &user.login);
        change.put(User {
            password_code: Some(PasswordCode {
                digest: *code.digest().as_bytes(),
                expires_at: expires_at.as_micros(),
            }),
            version: user.version + 1,
            ..User::clone(&user)
        });
        Ok(PasswordLink {
            code: Some(code.expose().to_owned()),
            expires_at,
        })
    };
    once.make::<_, MakePasswordLinkError, _>(caller, make).await
}

/// Who sets a password with a code.
pub struct SetPassword {
    /// The tenant's name; none if the host has one tenant.
    pub organisation: Option<String>,
    /// The user's login, however it is written.
    pub login: String,
    /// The code of the link.
    pub code: SecretString,
    /// At least 12 characters, and none of the common ones.
    pub password: SecretString,
    /// From where the request comes, where that is known.
    pub address: Option<IpAddr>,
}

/// Why no password was set.
#[derive(Debug, thiserror::Error)]
pub enum SetPasswordError {
    /// Organisation, login or code is wrong, or the code is good no longer; it is not said which.
    #[error(
        "this login and code do not go together, or the code is good no longer; ask an administrator for a new link"
    )]
    Refused,
    /// The login failed too often.
    #[error(transparent)]
    Delayed(#[from] Delay),
    /// The password cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The password could not be hashed now.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Sets the password of a user who has a code, and signs the user in; answers the credential, which the browser is given
/// once. The user is signed out everywhere else.
///
/// # Errors
/// Where the code is wrong or good no longer, too many were tried, or the password cannot be taken.
pub async fn set(app: &App, asked: SetPassword) -> Result<Credential, SetPasswordError> {
    if is_long(&asked.login) || asked.organisation.as_deref().is_some_and(is_long) {
        return Err(SetPasswordError::Refused);
    }
    let password = passwords::check(asked.password.expose_secret())?;
    let now = app.services.clock.now();
    let lane = organisation(app, asked.organisation.as_deref());
    let tenant = lane.as_ref().map_or(TenantId::HOST, |lane| lane.tenant());
    let login = Login::new(tenant, &asked.login);
    let wait = app.sign_in_attempts.begin(&login, asked.address, now)?;
    let code = Credential::parse(asked.code.expose_secret().trim());
    let user = lane.as_ref().and_then(|lane| person(lane, &asked.login));
    let (Some(lane), Some(user), Ok(code)) = (&lane, &user, code) else {
        return refuse(wait, lane.as_ref(), user.as_deref()).await;
    };
    if !admits(user, &code, now) {
        return refuse(wait, Some(lane), Some(user)).await;
    }
    let user = user.id.clone();
    let hash = passwords::hash_of(app, tenant, password).await?;
    let put = move |change: &mut Change<'_>| {
        let user = change.definitions().users.get(&user).cloned();
        let user = user.filter(|user| !user.disabled && admits(user, &code, change.at()));
        let user = user.ok_or(SetPasswordError::Refused)?;
        end_all(change, &user.id);
        let actor = Actor::User {
            id: user.id.clone(),
            login: user.login.clone(),
        };
        change.audit(&actor, "user.set_password", &user.login);
        let user = change.put(User {
            password: Some(hash),
            password_code: None,
            version: user.version + 1,
            ..User::clone(&user)
        });
        Ok(new_sign_in(change, &user.id))
    };
    let put = lane.change(put).await;
    let credential = put.map_err(refusal::<SetPasswordError>)?;
    app.sign_in_attempts.succeeded(&login);
    Ok(credential)
}

/// Refuses a code. Where the login has to wait from now on, the audit says so.
async fn refuse(
    wait: Option<Delay>,
    lane: Option<&Arc<Lane>>,
    user: Option<&User>,
) -> Result<Credential, SetPasswordError> {
    if wait.is_some() {
        note_delay(lane, user).await?;
    }
    Err(SetPasswordError::Refused)
}

/// Whether the user has this code, and it is good.
fn admits(user: &User, code: &Credential, at: Timestamp) -> bool {
    let stored = user.password_code.as_ref();
    stored.is_some_and(|stored| stored.admits(code, at))
}
