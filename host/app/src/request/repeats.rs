//! Requests that a client may send again, by their `Idempotency-Key`.
//!
//! What was answered first is kept for a day in the tenant's records. That a request was carried out is written in the
//! same commit as what it changed ([`Mark`]), so it is never carried out twice. While a request is
//! under way its key is held here, so that it is not carried out twice at once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::App;
use crate::blocking::{ReadError, blocking};
use engine::lane::{LaneError, Mark};
use json::JsonValue;
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Batch, MAX_DELETES, Store, StoreError};

/// How long an answer is kept, in microseconds.
const KEPT_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// Keys of requests under way, in all tenants. Clones are the same.
#[derive(Clone, Default)]
pub struct Repeats(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Wakes those that wait for a request to end.
    ended: Notify,
}

#[derive(Default)]
struct State {
    under_way: HashSet<(TenantId, String)>,
    /// When answers too old to be kept were last looked for.
    swept_at: HashMap<TenantId, i64>,
}

/// A request that was carried out.
#[derive(Clone, Serialize, Deserialize)]
pub struct Answered {
    /// When, in microseconds since the epoch.
    pub at: i64,
    /// SHA-256 of the request.
    pub request: [u8; 32],
    /// What its handler makes the response of, without secrets; null where the response itself is kept.
    pub answer: JsonValue,
    /// What is kept of the response.
    #[serde(default)]
    pub response: KeptResponse,
}

/// What is kept of a response.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptResponse {
    /// Its handler makes it of the answer.
    #[default]
    Made,
    /// All of it, without secrets.
    Whole {
        /// The HTTP status.
        status: u16,
        /// Names and values of headers.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
    /// The host stopped before it was kept.
    Lost,
}

/// The same request is being worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IsUnderWay;

/// Holds a key until this is dropped.
pub struct UnderWay {
    repeats: Repeats,
    tenant: TenantId,
    key: String,
}

impl Answered {
    /// As it is kept.
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an answer has only string keys")
    }

    fn read(value: &[u8]) -> Result<Self, StoreError> {
        serde_json::from_slice(value)
            .map_err(|error| StoreError::damaged("the answer to a request", error.to_string()))
    }
}

impl Repeats {
    /// Begins a request of this key.
    ///
    /// # Errors
    /// Where the key is in use at this moment.
    pub fn begin(&self, tenant: TenantId, key: String) -> Result<UnderWay, IsUnderWay> {
        let mut state = self.0.state.lock();
        if !state.under_way.insert((tenant, key.clone())) {
            return Err(IsUnderWay);
        }
        Ok(UnderWay {
            repeats: self.clone(),
            tenant,
            key,
        })
    }

    /// Begins a request of this key once no other request of it is under way.
    pub async fn begin_in_turn(&self, tenant: TenantId, key: String) -> UnderWay {
        loop {
            let ended = self.0.ended.notified();
            tokio::pin!(ended);
            // What ends between the attempt and the wait wakes this, too.
            ended.as_mut().enable();
            if let Ok(under_way) = self.begin(tenant, key.clone()) {
                return under_way;
            }
            ended.await;
        }
    }

    /// Whether it is time to look for answers of the tenant that are too old: once a day.
    fn is_sweep_due(&self, tenant: TenantId, now: i64) -> bool {
        let swept_at = &mut self.0.state.lock().swept_at;
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
    /// Under which its answer is kept.
    fn record(&self) -> Key {
        let record = Record::Idempotency {
            key: self.key.clone(),
        };
        Key::new(self.tenant, &record)
    }

    /// What was answered, unless it was too long ago. Reads the store, so it may block.
    ///
    /// # Errors
    /// Where reading fails.
    fn look_up(&self, store: &Store, now: i64) -> Result<Option<Answered>, StoreError> {
        let stored = store.get(&self.record())?;
        let answered = stored.map(|value| Answered::read(&value)).transpose()?;
        Ok(answered.filter(|answered| now - answered.at <= KEPT_MICROS))
    }

    /// What removes the tenant's answers that are too old to be kept, where that was not done for a day; to be committed one
    /// after the other. Reads the store, so it may block.
    ///
    /// # Errors
    /// Where reading fails.
    fn sweep(&self, store: &Store, now: i64) -> Result<Vec<Batch>, StoreError> {
        if !self.repeats.is_sweep_due(self.tenant, now) {
            return Ok(Vec::new());
        }
        let mut batches: Vec<Batch> = Vec::new();
        let mut count = 0;
        for entry in store.range(KeyRange::idempotency(self.tenant), Direction::Forward) {
            let (key, value) = entry?;
            if now - Answered::read(&value)?.at > KEPT_MICROS
                && let Some((tenant, record)) = Key::parse(&key)
            {
                if count % MAX_DELETES == 0 {
                    batches.push(Batch::new());
                }
                count += 1;
                if let Some(batch) = batches.last_mut() {
                    batch.delete(Key::new(tenant, &record));
                }
            }
        }
        Ok(batches)
    }
}

/// Returns what a request of this key was answered before. Removes the tenant's answers that are too old to be kept, once a
/// day.
///
/// # Errors
/// Where the store cannot be read or written.
pub async fn known(
    app: &Arc<App>,
    under_way: &Arc<UnderWay>,
) -> Result<Option<Answered>, ReadError> {
    let (store, under_way) = (app.services.store.clone(), under_way.clone());
    let now = app.services.clock.now().as_micros();
    let read = move || {
        let known = under_way.look_up(&store, now)?;
        Ok::<_, StoreError>((known, under_way.sweep(&store, now)?))
    };
    let (known, outdated) = blocking(read).await??;
    for outdated in outdated {
        let removed = app.services.store.commit_wait(outdated).await;
        removed.map_err(LaneError::from)?;
    }
    Ok(known)
}

/// Keeps what a request was answered. If that fails, a repeat is answered that the answer was lost.
pub async fn keep(app: &App, mark: &Mark, answered: &Answered) {
    let mut batch = Batch::new();
    batch.put(mark.key().clone(), answered.write());
    if let Err(error) = app.services.store.commit_wait(batch).await {
        tracing::warn!(%error, "the answer to a request that may come again is not kept");
    }
}

/// A mark for a request of this key, as it is written with what the request changes: the answer is lost until it is
/// [kept](keep).
pub fn mark(app: &App, under_way: &UnderWay) -> Arc<Mark> {
    let lost = Answered {
        at: app.services.clock.now().as_micros(),
        request: [0; 32],
        answer: JsonValue::Null,
        response: KeptResponse::Lost,
    };
    Arc::new(Mark::new(under_way.record(), lost.write()))
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let key = (self.tenant, std::mem::take(&mut self.key));
        self.repeats.0.state.lock().under_way.remove(&key);
        self.repeats.0.ended.notify_waiters();
    }
}
