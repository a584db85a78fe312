//! A session as the store keeps it.

use domain::session::{Digest, EventType, Session};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::form;
use store::StoreError;
use store::key::{PageKey, Record};

/// A session as the store keeps it. Times are microseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionRecord {
    /// UUIDv7.
    pub id: Uuid,
    /// The same in all its events.
    pub conversation: Uuid,
    /// The consent that it used.
    pub consent: Uuid,
    /// The `api-clientId` under which it was started.
    pub client: String,
    /// The bank's id.
    pub bank: String,
    /// By which the client calls the user.
    pub user: String,
    /// By which the hub calls the user.
    pub hub_user: Uuid,
    /// By which the client calls the session; a refresh may have none.
    pub external_id: Option<String>,
    /// The session context.
    pub context: Option<String>,
    /// Of all that the client asked for.
    pub request: Digest,
    /// Whether it makes events.
    pub announces: bool,
    /// When it was started.
    pub started_at: i64,
    /// When something last happened.
    pub changed_at: i64,
    /// How far it is.
    #[serde(with = "form")]
    pub state: Session,
    /// The pages that it fetched.
    pub pages: Vec<PageMark>,
    /// The events that it made, oldest first.
    pub events: Vec<EventMark>,
}

/// Where a page is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageMark {
    /// The account's place among those of the session.
    pub account: u32,
    /// The page's number.
    pub page: u32,
    /// How many records hold its transactions.
    pub parts: u32,
    /// Whether none of its transactions is in a page of the account that was taken before. Pages of version 0.1.0 do not
    /// say so: their transactions are told apart when they are read.
    #[serde(default)]
    pub is_distinct: bool,
}

/// An event that a session made. Times are microseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventMark {
    /// Such as `AccountsSyncStarted`.
    pub event: String,
    /// The id of its message.
    pub message_id: Uuid,
    /// When it was made.
    pub made_at: i64,
    /// When the broker confirmed it.
    pub delivered_at: Option<i64>,
}

impl SessionRecord {
    /// Under which it is kept.
    pub(super) fn key(id: Uuid) -> Record {
        Record::Session {
            session: id.into_bytes(),
        }
    }

    /// Under which its page is kept.
    pub(super) fn page_key(&self, account: u32, page: u32) -> PageKey {
        PageKey {
            session: self.id.into_bytes(),
            account,
            page,
        }
    }

    /// Whether it made this event.
    pub fn made(&self, event: EventType) -> bool {
        self.events.iter().any(|mark| mark.event == event.as_str())
    }

    /// The events that the broker has not confirmed, oldest first.
    pub fn waiting_events(&self) -> impl Iterator<Item = &EventMark> {
        self.events
            .iter()
            .filter(|mark| mark.delivered_at.is_none())
    }

    pub(super) fn write(&self) -> Vec<u8> {
        write(self)
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        read("a session", bytes)
    }
}

/// The bytes of what the store keeps.
pub(super) fn write<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("what is kept has only string keys")
}

/// Reads what [`write`] wrote; `what` is for whoever looks into damage.
pub(super) fn read<T: for<'de> Deserialize<'de>>(
    what: &str,
    bytes: &[u8],
) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|error| StoreError::damaged(what, error.to_string()))
}
