//! An event as the outbox keeps it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Something to deliver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outgoing {
    /// An event of a session, for RabbitMQ.
    SessionEvent(SessionEvent),
}

/// An event of a session. All its ids are fixed when it is made: sent again, it is the same message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionEvent {
    /// By which readers know a repeat.
    pub message_id: Uuid,
    /// The same for all events of the session.
    pub conversation_id: Uuid,
    /// Of the step that caused it.
    pub execution_id: Uuid,
    /// For whoever looks into the hub's log.
    pub log_id: Uuid,
    /// Such as `AccountsSyncStarted`.
    pub event: String,
    /// The session's id.
    pub session: Uuid,
    /// By which the client calls the session.
    pub external_id: String,
    /// By which the hub calls the user.
    pub hub_user: Uuid,
    /// By which the client calls the user.
    pub user: String,
    /// The consent's id.
    pub consent: Uuid,
    /// How many months of history were wanted, where the event speaks of them.
    pub months: Option<u32>,
    /// When it was made, in microseconds since the epoch.
    pub made_at: i64,
}

impl Outgoing {
    /// The bytes that the outbox keeps.
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an event has only string keys")
    }

    /// Reads what [`write`](Self::write) wrote.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}
