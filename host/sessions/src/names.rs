//! Consents, users and sessions under the names that clients give them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::record::{read, write};
use engine::lane::Change;
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};

/// Sessions by the `sessionExternalId` that the client gave them.
const EXTERNAL: u8 = 1;
/// Consents by the user that gave them.
const CONSENT: u8 = 2;
/// Users by the hub's id of them.
const HUB_USER: u8 = 3;
/// Sessions that have not ended.
pub(super) const OPEN: u8 = 4;

/// What is known under a client's `sessionExternalId` at a bank.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct External {
    /// Whose it is; it cannot become another's.
    pub(super) user: String,
    /// The last session of it.
    pub(super) session: Uuid,
}

/// A consent that a user gave at a bank, through a client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Consent {
    /// UUIDv7.
    pub id: Uuid,
    /// Whether the customer came back with a code.
    pub is_given: bool,
    /// The sessions that used it, oldest first.
    pub sessions: Vec<Uuid>,
}

/// Who the user of a client is within the hub.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HubUser {
    /// By which the hub calls the user.
    pub id: Uuid,
    /// By which the client calls the user.
    pub user: String,
    /// The banks at which the user gave consents.
    pub banks: BTreeSet<String>,
}

/// The key of what is known under a `sessionExternalId`.
fn external(client: &str, bank: &str, external_id: &str) -> Record {
    named(EXTERNAL, client, bank, external_id)
}

/// The key of a consent.
fn consent(client: &str, bank: &str, user: &str) -> Record {
    named(CONSENT, client, bank, user)
}

fn hub_user(client: &str, user: &str) -> Record {
    Record::HubUser {
        client: client.to_owned(),
        user: user.to_owned(),
    }
}

/// The key of a session among those that have not ended.
pub(super) fn open(session: Uuid) -> Record {
    named(OPEN, "", "", &session.to_string())
}

fn named(index: u8, client: &str, bank: &str, of: &str) -> Record {
    Record::SessionIndex {
        index,
        client: client.to_owned(),
        bank: bank.to_owned(),
        of: of.to_owned(),
    }
}

impl External {
    pub(super) fn find(
        change: &Change<'_>,
        client: &str,
        bank: &str,
        external_id: &str,
    ) -> Result<Option<Self>, StoreError> {
        let found = change.record(&external(client, bank, external_id))?;
        let found = found.map(|bytes| read("a sessionExternalId", &bytes));
        found.transpose()
    }

    pub(super) fn keep(
        &self,
        change: &mut Change<'_>,
        client: &str,
        bank: &str,
        external_id: &str,
    ) {
        change.keep_record(&external(client, bank, external_id), write(self));
    }
}

impl Consent {
    pub(super) fn find(
        change: &Change<'_>,
        client: &str,
        bank: &str,
        user: &str,
    ) -> Result<Option<Self>, StoreError> {
        let found = change.record(&consent(client, bank, user))?;
        found.map(|bytes| read("a consent", &bytes)).transpose()
    }

    pub(super) fn keep(&self, change: &mut Change<'_>, client: &str, bank: &str, user: &str) {
        change.keep_record(&consent(client, bank, user), write(self));
    }

    pub(super) fn drop(change: &mut Change<'_>, client: &str, bank: &str, user: &str) {
        change.drop_record(&consent(client, bank, user));
    }

    /// As far as it is durable.
    pub(super) fn durable(
        store: &Store,
        tenant: TenantId,
        client: &str,
        bank: &str,
        user: &str,
    ) -> Result<Option<Self>, StoreError> {
        let found = store.get(&Key::new(tenant, &consent(client, bank, user)))?;
        found.map(|bytes| read("a consent", &bytes)).transpose()
    }
}

impl HubUser {
    /// The user, who is known from now on.
    pub(super) fn find_or_make(
        change: &mut Change<'_>,
        client: &str,
        user: &str,
    ) -> Result<Self, StoreError> {
        let key = hub_user(client, user);
        if let Some(bytes) = change.record(&key)? {
            return read("a user of the hub", &bytes);
        }
        let made = Self {
            id: Uuid::now_v7(),
            user: user.to_owned(),
            banks: BTreeSet::new(),
        };
        let by_id = named(HUB_USER, client, "", &made.id.to_string());
        change.keep_record(&by_id, user.as_bytes().to_vec());
        Ok(made)
    }

    pub(super) fn keep(&self, change: &mut Change<'_>, client: &str) {
        change.keep_record(&hub_user(client, &self.user), write(self));
    }

    /// The user whom the client, or the hub, calls so; as far as that is durable.
    pub(super) fn durable(
        store: &Store,
        tenant: TenantId,
        client: &str,
        user: &str,
    ) -> Result<Option<Self>, StoreError> {
        let find = |user: &str| -> Result<Option<Self>, StoreError> {
            let found = store.get(&Key::new(tenant, &hub_user(client, user)))?;
            found
                .map(|bytes| read("a user of the hub", &bytes))
                .transpose()
        };
        if let Some(known) = find(user)? {
            return Ok(Some(known));
        }
        let Ok(id) = user.parse::<Uuid>() else {
            return Ok(None);
        };
        let by_id = named(HUB_USER, client, "", &id.to_string());
        match store.get(&Key::new(tenant, &by_id))? {
            None => Ok(None),
            Some(user) => find(&String::from_utf8_lossy(&user)),
        }
    }
}
