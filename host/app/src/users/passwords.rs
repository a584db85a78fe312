//! Hashing passwords, a few at a time: each takes 19 MiB of memory and tens of milliseconds of a core.

use crate::App;
use crate::blocking::{Panicked, blocking};
use secrecy::SecretString;
use store::key::TenantId;
use tenant::credential::{Password, PasswordHash};

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
pub async fn hash(app: &App, tenant: TenantId, password: Password) -> Result<String, HashError> {
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
