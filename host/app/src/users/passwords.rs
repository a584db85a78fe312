//! Hashing passwords, a few at a time: each takes 19 MiB of memory and tens of milliseconds of a core.

use crate::App;
use crate::blocking::{Panicked, blocking};
use store::key::TenantId;
use tenant::credential::Password;

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
