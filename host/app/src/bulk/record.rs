//! What is kept of a change of many alerts.

use domain::alert::{AlertId, Viewer};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use engine::alert::WITHHELD;
use engine::lane::{Actor, Change};
use jobs::JobRecord;
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{MAX_DELETES, Store, StoreError};
use tenant::PermissionSet;

/// What errors call what is kept.
const WHAT: &str = "a change of many alerts";
/// The most failures that are told one by one; all are counted.
pub const MAX_FAILURES: usize = 1_000;

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum BulkState {
    Running,
    Done,
    /// It ended before its end, because whoever asked for it may not do it any more, or the host cannot go on.
    Stopped,
}

/// A change of many alerts. Times are microseconds since the epoch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BulkRecord {
    /// UUIDv7.
    pub id: Uuid,
    /// How far it is.
    pub state: BulkState,
    /// Who asked for it.
    pub actor: Actor,
    /// What the caller was admitted for; checked again at each alert.
    #[serde(default)]
    pub needs: PermissionSet,
    /// Why it ended before its end.
    #[serde(default)]
    pub stopped: Option<String>,
    /// What is done to each alert, in the words of whoever does it.
    pub change: serde_json::Value,
    /// How many alerts there are.
    pub of: u64,
    /// How many of them were tried.
    pub done: u64,
    /// How many of those could not be changed.
    pub failed: u64,
    /// The first of those, up to [`MAX_FAILURES`].
    pub failures: Vec<BulkFailure>,
    /// When it was asked for.
    pub asked_at: i64,
    /// When it ended.
    pub finished_at: Option<i64>,
}

/// An alert that could not be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkFailure {
    /// Which.
    pub alert: AlertId,
    /// What the call for one alert would have answered.
    pub status: u16,
    detail: String,
    /// Why, for who may not see masked fields, where that differs. None if an earlier release kept it, which is told
    /// apart by `is_decided`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    neutral: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_decided: bool,
}

/// Why one of the alerts is not changed. The numbers are kept, and are those that the API answers to a change of one
/// alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum RefusalKind {
    /// The workflow's condition does not let it through.
    Denied = 403,
    /// The alert is not there.
    NotFound = 404,
    /// The alert is not in a state for it.
    Conflict = 409,
    /// The alert cannot be changed so.
    Invalid = 422,
    /// The host failed.
    Failed = 500,
    /// The store failed.
    Unavailable = 503,
}

impl BulkFailure {
    /// An alert that could not be changed, and why; `neutral` says so to who may not see masked fields.
    pub fn new(alert: AlertId, kind: RefusalKind, detail: String, neutral: Option<String>) -> Self {
        Self {
            alert,
            status: kind as u16,
            neutral: neutral.filter(|neutral| *neutral != detail),
            detail,
            is_decided: true,
        }
    }

    /// Why it could not be changed. What an earlier release kept of a condition may quote what the viewer may not see.
    pub fn detail(&self, viewer: Viewer) -> &str {
        match (viewer, &self.neutral) {
            (Viewer::Full, _) => &self.detail,
            (Viewer::Masked, Some(neutral)) => neutral,
            (Viewer::Masked, None) if self.is_decided || self.status != DENIED => &self.detail,
            (Viewer::Masked, None) => WITHHELD,
        }
    }
}

/// What a condition denied.
const DENIED: u16 = RefusalKind::Denied as u16;

impl JobRecord for BulkRecord {
    type Key = Uuid;
    const WHAT: &'static str = WHAT;

    fn place(bulk: &Uuid) -> Record {
        let bulk = bulk.into_bytes();
        Record::Bulk { bulk }
    }

    fn key(place: Record) -> Option<Uuid> {
        match place {
            Record::Bulk { bulk } => Some(Uuid::from_bytes(bulk)),
            _ => None,
        }
    }

    fn places(tenant: TenantId) -> KeyRange {
        KeyRange::bulks(tenant)
    }

    fn has_ended(&self) -> bool {
        self.state != BulkState::Running
    }

    /// Those too of which not all is removed that was needed on the way. Which alerts there are is removed last.
    fn unfinished(store: &Store, tenant: TenantId) -> Result<Vec<(Uuid, Self)>, StoreError> {
        let mut unfinished = Vec::new();
        for entry in store.range(KeyRange::bulk_alerts(tenant), Direction::Forward) {
            let (key, _) = entry?;
            if let Some((_, Record::BulkAlerts { bulk })) = Key::parse(&key) {
                let id = Uuid::from_bytes(bulk);
                unfinished.extend(Self::read(store, tenant, &id)?.map(|record| (id, record)));
            }
        }
        Ok(unfinished)
    }
}

/// The alerts that are to be changed, in the order in which they are.
pub(super) fn put_alerts(change: &mut Change<'_>, bulk: Uuid, alerts: &[AlertId]) {
    let bytes = alerts.iter().flat_map(|alert| *alert.as_bytes()).collect();
    change.put_record(&alerts_record(bulk), bytes);
}

pub(super) fn read_alerts(
    store: &Store,
    tenant: TenantId,
    bulk: Uuid,
) -> Result<Vec<AlertId>, StoreError> {
    let value = store.get(&Key::new(tenant, &alerts_record(bulk)))?;
    let value = value.unwrap_or_default();
    let ids = value.as_chunks().0.iter();
    Ok(ids.map(|bytes| AlertId::from_bytes(*bytes)).collect())
}

fn alerts_record(bulk: Uuid) -> Record {
    Record::BulkAlerts {
        bulk: bulk.into_bytes(),
    }
}

/// What came of one alert: a failure, or none.
pub(super) fn put_outcome(
    change: &mut Change<'_>,
    bulk: Uuid,
    number: u32,
    failure: Option<&BulkFailure>,
) {
    let value = serde_json::to_vec(&failure).expect("a failure has only string keys");
    change.put_record(&outcome_record(bulk, number), value);
}

pub(super) fn read_outcomes(
    store: &Store,
    tenant: TenantId,
    bulk: Uuid,
) -> Result<Vec<(u32, Option<BulkFailure>)>, StoreError> {
    let outcomes = KeyRange::bulk_outcomes(tenant, bulk.into_bytes());
    let mut read = Vec::new();
    for entry in store.range(outcomes, Direction::Forward) {
        let (key, value) = entry?;
        if let Some((_, Record::BulkOutcome { number, .. })) = Key::parse(&key) {
            let failure = serde_json::from_slice(&value)
                .map_err(|error| StoreError::damaged(WHAT, error.to_string()))?;
            read.push((number, failure));
        }
    }
    Ok(read)
}

/// What is forgotten of what was needed on the way, once it is over: outcomes from a number on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Forgetting {
    pub(super) bulk: Uuid,
    pub(super) from: u32,
    pub(super) of: u32,
}

impl Forgetting {
    /// Nothing is forgotten yet of a change of so many alerts.
    pub(super) fn of(bulk: Uuid, alerts: u64) -> Self {
        Self {
            bulk,
            from: 0,
            of: u32::try_from(alerts).unwrap_or(u32::MAX),
        }
    }

    /// Forgets some outcomes: many at once would keep all that is read waiting. With the last of them it forgets which alerts
    /// there were, which says that there is something to forget. Returns what is left.
    pub(super) fn step(self, change: &mut Change<'_>) -> Option<Self> {
        let to = self.of.min(self.from.saturating_add(MAX_DELETES as u32));
        for number in self.from..to {
            change.delete_record(&outcome_record(self.bulk, number));
        }
        if to < self.of {
            return Some(Self { from: to, ..self });
        }
        change.delete_record(&alerts_record(self.bulk));
        None
    }
}

fn outcome_record(bulk: Uuid, number: u32) -> Record {
    Record::BulkOutcome {
        bulk: bulk.into_bytes(),
        number,
    }
}
