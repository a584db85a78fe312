//! Requests that a client may send again, by their `Idempotency-Key`.
//!
//! What was answered first is kept for a day in the tenant's records, written
//! in the same commit as what the request changed. While a request is under
//! way its key is held here, so that it cannot be done twice at once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::lane::Change;
use crate::store::backend::{Direction, KeyRange};
use crate::store::key::{Key, Record, TenantId};
use crate::store::{Store, StoreError};

/// How long an answer is kept, in microseconds.
const KEPT_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// Keys of requests under way, in all tenants. Clones are the same.
#[derive(Clone, Default)]
pub struct Repeats(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    under_way: HashSet<(TenantId, String)>,
    /// When answers too old to be kept were last looked for.
    swept_at: HashMap<TenantId, i64>,
}

/// What was answered first.
#[derive(Serialize, Deserialize)]
struct Answered {
    /// Microseconds since the epoch.
    at: i64,
    /// SHA-256 of the request.
    request: [u8; 32],
    /// Without secrets.
    answer: serde_json::Value,
}

/// What is known of a request.
pub enum Known {
    /// It has not come yet, or so long ago that it is forgotten.
    New(UnderWay),
    /// It came before; this was answered, without secrets.
    Answered(serde_json::Value),
    /// Another request had the same key.
    Other,
}

/// The same request is being worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IsUnderWay;

/// Holds a key until what it changed is durable, or was not changed: it must
/// be moved into the change, and come out of it beside the answer.
pub struct UnderWay {
    repeats: Repeats,
    tenant: TenantId,
    key: String,
    request: [u8; 32],
    outdated: Vec<Record>,
}

impl Repeats {
    /// Begins a request of this key; `request` is the SHA-256 of all that tells it from others.
    ///
    /// # Errors
    /// Where the key is in use at this moment.
    pub fn begin(
        &self,
        tenant: TenantId,
        key: String,
        request: [u8; 32],
    ) -> Result<UnderWay, IsUnderWay> {
        if !self.0.lock().under_way.insert((tenant, key.clone())) {
            return Err(IsUnderWay);
        }
        Ok(UnderWay {
            repeats: self.clone(),
            tenant,
            key,
            request,
            outdated: Vec::new(),
        })
    }

    /// Whether it is time to look for answers of the tenant that are too old: once a day.
    fn is_sweep_due(&self, tenant: TenantId, now: i64) -> bool {
        let swept_at = &mut self.0.lock().swept_at;
        let is_due = swept_at
            .get(&tenant)
            .is_none_or(|at| now - at > KEPT_MICROS);
        if is_due {
            swept_at.insert(tenant, now);
        }
        is_due
    }
}

impl UnderWay {
    /// Looks the key up. Reads the store, so it may block.
    ///
    /// # Errors
    /// Where reading fails.
    pub fn look_up(mut self, store: &Store, now: i64) -> Result<Known, StoreError> {
        if self.repeats.is_sweep_due(self.tenant, now) {
            self.outdated = outdated(store, self.tenant, now)?;
        }
        let stored = store.get(&Key::new(self.tenant, &self.record()))?;
        let answered = stored.map(|value| read(&value)).transpose()?;
        Ok(match answered {
            Some(answered) if now - answered.at > KEPT_MICROS => Known::New(self),
            Some(answered) if answered.request != self.request => Known::Other,
            Some(answered) => Known::Answered(answered.answer),
            None => Known::New(self),
        })
    }

    /// Keeps the answer, which must be without secrets, as part of the change.
    pub fn keep(&self, change: &mut Change<'_>, answer: serde_json::Value) {
        for record in &self.outdated {
            change.delete_record(record);
        }
        let answered = Answered {
            at: change.at().as_micros(),
            request: self.request,
            answer,
        };
        let value = serde_json::to_vec(&answered).expect("an answer has only string keys");
        change.put_record(&self.record(), value);
    }

    fn record(&self) -> Record {
        Record::Idempotency {
            key: self.key.clone(),
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let key = (self.tenant, std::mem::take(&mut self.key));
        self.repeats.0.lock().under_way.remove(&key);
    }
}

fn read(value: &[u8]) -> Result<Answered, StoreError> {
    serde_json::from_slice(value)
        .map_err(|error| StoreError::damaged("the answer to a request", error.to_string()))
}

/// The tenant's answers that are too old to be kept.
fn outdated(store: &Store, tenant: TenantId, now: i64) -> Result<Vec<Record>, StoreError> {
    let mut outdated = Vec::new();
    for entry in store.range(KeyRange::idempotency(tenant), Direction::Forward) {
        let (key, value) = entry?;
        if now - read(&value)?.at > KEPT_MICROS {
            outdated.extend(Key::parse(&key).map(|(_, record)| record));
        }
    }
    Ok(outdated)
}
