//! Passwords: which may be chosen, and how users change their own. They are hashed a few at a time: each takes 19 MiB of memory and tens of milliseconds of a core.

use super::acting_user;
use super::sign_in::attempts::{Delay, Login};
use super::sign_in::{end_all, new_sign_in};
use crate::App;
use crate::blocking::{Panicked, blocking};
use crate::caller::Caller;
use crate::request::Invalid;
use engine::lane::{Change, LaneError};
use secrecy::{ExposeSecret, SecretString};
use store::key::TenantId;
use tenant::User;
use tenant::credential::{Credential, Password, PasswordHash};
use tenant::directory::UserCredential;

/// Why a password was not hashed or verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// As many passwords of the tenant wait as may.
    #[error("{0} passwords of this tenant wait to be hashed; try again")]
    Busy(usize),
    /// The work panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

/// Hashes a password when it is the tenant's turn.
///
/// # Errors
/// Where as many passwords of the tenant wait as may.
pub async fn hash_of(app: &App, tenant: TenantId, password: Password) -> Result<String, HashError> {
    let turn = app.passwords.turn(tenant).await;
    let turn = turn.map_err(|waiting| HashError::Busy(waiting.0))?;
    // The turn is over when the hash is made, even if nobody waits for it any more.
    let hash = blocking(move || {
        let _turn = turn;
        password.hash().to_string()
    });
    Ok(hash.await?)
}

/// Whether a password is the one of a hash, found out when it is the tenant's turn. It takes as long where there is no
/// hash.
///
/// # Errors
/// Where as many passwords of the tenant wait as may.
pub async fn verify(
    app: &App,
    tenant: TenantId,
    hash: Option<PasswordHash>,
    given: SecretString,
) -> Result<bool, HashError> {
    let turn = app.passwords.turn(tenant).await;
    let turn = turn.map_err(|waiting| HashError::Busy(waiting.0))?;
    let verified = blocking(move || {
        let _turn = turn;
        PasswordHash::verify(hash.as_ref(), &given)
    });
    Ok(verified.await?)
}

/// A user's own password, and the one that is to take its place.
pub struct ChangePassword {
    /// The password that the user has.
    pub current: SecretString,
    /// At least 12 characters, and none of the common ones.
    pub new: SecretString,
}

/// Why a password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The caller is a service, which has tokens alone.
    #[error("you have no password: services have tokens alone")]
    NoPassword,
    /// It is not the caller's password.
    #[error("this is not your current password")]
    Wrong,
    /// It was tried too often.
    #[error(transparent)]
    Delayed(#[from] Delay),
    /// The new one cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A password could not be hashed now.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Changes the caller's own password. All browsers are signed out in which the user is signed in; the one that asks is
/// given a new credential.
///
/// # Errors
/// Where the current password is wrong, or the new one cannot be taken.
pub async fn change_own(
    app: &App,
    caller: &Caller,
    asked: ChangePassword,
) -> Result<Option<Credential>, ChangePasswordError> {
    let definitions = caller.definitions();
    let user = acting_user(&definitions, &caller.id)?;
    let stored = user.password.clone();
    let stored = stored.ok_or(ChangePasswordError::NoPassword)?;
    let new = check(asked.new.expose_secret())?;
    // Whoever finds a browser signed in guesses no faster than whoever signs in.
    let login = Login::new(caller.tenant, &caller.login);
    let now = app.services.clock.now();
    app.sign_in_attempts.begin(&login, None, now)?;
    let hash = PasswordHash::parse(&stored).ok();
    if !verify(app, caller.tenant, hash, asked.current).await? {
        return Err(ChangePasswordError::Wrong);
    }
    app.sign_in_attempts.succeeded(&login);
    let new = hash_of(app, caller.tenant, new).await?;
    let (actor, by) = (caller.actor(), caller.id.clone());
    let is_browser = matches!(caller.credential, UserCredential::SignIn(_));
    let put = move |change: &mut Change<'_>| {
        let user = acting_user(change.definitions(), &by)?;
        // It may have been changed since it was verified.
        if user.password.as_ref() != Some(&stored) {
            return Err(ChangePasswordError::Wrong);
        }
        end_all(change, &user.id);
        change.audit(&actor, "user.change_password", &user.login);
        let user = change.put(User {
            password: Some(new),
            password_code: None,
            version: user.version + 1,
            ..User::clone(&user)
        });
        Ok(is_browser.then(|| new_sign_in(change, &user.id)))
    };
    caller.change(put).await
}

/// Passwords of 12 characters and more that many people choose. A login that is part of a password is no such list's affair.
const COMMON: &[&str] = &[
    "000000000000",
    "111111111111",
    "112233445566",
    "123412341234",
    "123456123456",
    "123456789012",
    "1234567890123",
    "12345678901234",
    "123456789abc",
    "123qweasdzxc",
    "1q2w3e4r5t6y",
    "1q2w3e4r5t6y7u",
    "1qaz2wsx3edc",
    "1qaz2wsx3edc4rfv",
    "987654321098",
    "abc123456789",
    "abcdefghijkl",
    "administrator",
    "administrator1",
    "aaaaaaaaaaaa",
    "asdfghjkl123",
    "asdfghjkl;'#",
    "changemeplease",
    "correct horse battery staple",
    "correcthorsebatterystaple",
    "football1234",
    "iloveyou1234",
    "iloveyouforever",
    "letmein12345",
    "letmeinplease",
    "passw0rd1234",
    "password1234",
    "password12345",
    "password123456",
    "password2024",
    "password2025",
    "password2026",
    "passwordpassword",
    "q1w2e3r4t5y6",
    "qazwsxedcrfv",
    "qwerty123456",
    "qwerty12345678",
    "qwertyqwerty",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiopasdf",
    "secretsecret",
    "trustno1trustno1",
    "welcome12345",
    "welcome123456",
    "zxcvbnm12345",
    "zxcvbnmasdfghjkl",
];

/// A password that a user may choose.
///
/// # Errors
/// Where it is too short or too long, or one of the common ones.
pub fn check(text: &str) -> Result<Password, Invalid> {
    let invalid = |detail: String| Invalid::field("password", "invalid", detail);
    let password = Password::new(text).map_err(|error| invalid(error.to_string()))?;
    match COMMON.contains(&text.trim().to_lowercase().as_str()) {
        true => Err(invalid(
            "this password is one of those that are guessed first; choose another".to_owned(),
        )),
        false => Ok(password),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guessed_first_is_refused() {
        for bad in ["short", "PasswordPassword", " qwerty123456", "aaaaaaaaaaaa"] {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert!(check("correct horse battery").is_ok());
        for common in COMMON {
            assert!(
                common.chars().count() >= Password::MIN_CHARACTERS,
                "{common}"
            );
            assert_eq!(common.to_lowercase(), *common);
        }
    }
}
