//! Browsers in which a user is signed in.

use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A browser in which a user is signed in. What it presents is a credential of a kind of its own, which pages take and
/// the API does not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignIn {
    /// UUIDv7.
    pub id: String,
    /// The user's id.
    pub user: String,
    /// SHA-256 of the credential.
    pub digest: [u8; 32],
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// From then on it is refused, whatever the user does.
    pub expires_at: i64,
}

impl SignIn {
    pub(super) fn definition_key(&self) -> String {
        self.id.clone()
    }

    /// Whether it is refused at this moment.
    pub fn has_expired(&self, at: Timestamp) -> bool {
        self.expires_at <= at.as_micros()
    }
}
