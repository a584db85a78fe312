//! Hashing passwords, a few at a time: each takes 19 MiB of memory and tens of milliseconds of a core.

use super::blocking::blocking;
use crate::http::Problem;
use app::App;
use store::key::TenantId;
use tenant::credential::Password;

/// Seconds after which another try is worthwhile.
const RETRY_SECONDS: u64 = 1;

/// Hashes a password when it is the tenant's turn.
///
/// # Errors
/// 503 where as many passwords of the tenant wait as may.
pub(super) async fn hash(
    app: &App,
    tenant: TenantId,
    password: Password,
) -> Result<String, Problem> {
    let turn = app.passwords.turn(tenant).await.map_err(|waiting| {
        let detail = format!(
            "{} passwords of this tenant wait to be hashed; try again",
            waiting.0
        );
        Problem::unavailable(detail, RETRY_SECONDS)
    })?;
    // The turn is over when the hash is made, even if nobody waits for it any more.
    blocking(move || {
        let _turn = turn;
        password.hash().to_string()
    })
    .await
}
