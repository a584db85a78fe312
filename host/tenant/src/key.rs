//! Credentials of a tenant. None is kept: only its SHA-256 is.

use serde::{Deserialize, Serialize};

/// A team's API key: posts and reads its team's transactions, nothing else.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApiKey {
    /// UUIDv7.
    pub id: String,
    /// The team's name.
    pub team: String,
    /// For people.
    pub name: Option<String>,
    /// Its first characters, for recognition.
    pub prefix: String,
    /// SHA-256 of the key.
    pub digest: [u8; 32],
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// From then on it is refused: it expired, or another took its place.
    pub expires_at: Option<i64>,
}

impl ApiKey {
    pub(super) fn definition_key(&self) -> String {
        self.id.clone()
    }
}

/// An access token of a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Token {
    /// UUIDv7.
    pub id: String,
    /// The user's id.
    pub user: String,
    /// For people.
    pub name: String,
    /// Its first characters, for recognition.
    pub prefix: String,
    /// SHA-256 of the token.
    pub digest: [u8; 32],
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// From then on it is refused.
    pub expires_at: Option<i64>,
    /// The id of the token that its user minted it with. It ends with that one, and is revoked with it. None for a
    /// root: a token that stands on its own, because somebody else issued it or an earlier release did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
}

impl Token {
    pub(super) fn definition_key(&self) -> String {
        self.id.clone()
    }
}
