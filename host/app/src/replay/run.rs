//! The work of replaying all alerts of a period.

use std::convert::Infallible;
use std::sync::Arc;

use domain::alert::AlertId;
use domain::time::Timestamp;
use parking_lot::Mutex;
use uuid::Uuid;

use super::judge::{Found, Replayer, find};
use super::record::{Counts, Period, ReplayRecord, ReplayState};
use super::what_if::WhatIf;
use engine::alert::AlertRecord;
use engine::lane::{Actor, Change, Lane, LaneError, Services};
use jobs::{Job, JobRecord, Run, Runner, TurnFor, Turns, Unfinished, WorkError};
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};
use tenant::{Authority, PermissionSet};

/// The most findings that are told one by one, where they are not as they were; all are counted.
pub const MAX_ODD: usize = 100;
/// The most replays of a tenant that are not done.
pub const MAX_UNDER_WAY: usize = 8;
/// So many findings are read and judged together; an alert's are not divided.
const PAGE: usize = 256;
/// After so many alerts what came of them is kept, so that a stop costs no more than their work.
const KEPT_EVERY: u64 = 10_000;

/// Why a replay is not begun.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum AskError {
    #[error("{MAX_UNDER_WAY} replays are under way; wait until one of them is done")]
    TooMany,
}

/// Replays of all alerts of a period, of which each goes on from the alert that its record names.
pub struct ReplayJob;

/// Stores in a change what is to be replayed; it [starts](Runner::start_stored) when the change is durable.
///
/// # Errors
/// Where too many are under way.
pub(super) fn note(
    replays: &Runner<ReplayJob>,
    services: &Services,
    change: &mut Change<'_>,
    (actor, needs): (Actor, PermissionSet),
    period: Period,
) -> Result<ReplayRecord, AskError> {
    if replays.unfinished_in(change) >= MAX_UNDER_WAY {
        return Err(AskError::TooMany);
    }
    let record = ReplayRecord {
        id: Uuid::now_v7(),
        state: ReplayState::Running,
        actor,
        needs,
        stopped: None,
        period,
        position: change.position(),
        after: None,
        counts: Counts::default(),
        odd: Vec::new(),
        made_by: services.made_by(),
        asked_at: change.at().as_micros(),
        finished_at: None,
    };
    record.put(change, &record.id);
    change.audit(&record.actor, "alert.replay", record.id.to_string());
    Ok(record)
}

/// A replay, as far as it is. Blocks.
///
/// # Errors
/// Where the store cannot be read.
pub(super) fn get(
    replays: &Runner<ReplayJob>,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<ReplayRecord>, StoreError> {
    let replay = replays.read_with_progress(tenant, &id)?;
    Ok(replay.map(|(kept, progress)| match progress {
        Some(progress) => progress.lock().clone(),
        None => kept,
    }))
}

impl Job for ReplayJob {
    type Key = Uuid;
    type Record = ReplayRecord;
    /// The record as far as the replay is.
    type Progress = Mutex<ReplayRecord>;
    type Output = ();
    type Fault = Infallible;

    const NAME: &'static str = "replay";
    const TURNS: Turns = Turns {
        at_once: 2,
        at_once_per_tenant: 1,
        turn_for: TurnFor::Job,
    };

    fn unfinished(&self, services: &Services, lane: &Lane) -> Result<Unfinished<Self>, StoreError> {
        ReplayRecord::unfinished(&services.store, lane.tenant())
    }

    fn read(
        &self,
        services: &Services,
        lane: &Lane,
        id: &Uuid,
    ) -> Result<Option<ReplayRecord>, StoreError> {
        ReplayRecord::read_unfinished(&services.store, lane.tenant(), id)
    }

    fn progress(&self, record: &ReplayRecord) -> Mutex<ReplayRecord> {
        Mutex::new(record.clone())
    }

    async fn work(
        &self,
        run: &Arc<Run<Self>>,
        mut record: ReplayRecord,
    ) -> Result<(), WorkError<Infallible>> {
        run.progress.lock().clone_from(&record);
        let (services, tenant) = (run.services(), run.tenant());
        let definitions = run.lane.definitions();
        let mut replayer = Replayer::new(services.clone(), tenant, definitions, WhatIf::default());
        let by = record.actor.authority(record.needs);
        let mut kept = record.counts.alerts;
        loop {
            run.lane.check(&by).map_err(LaneError::from)?;
            let store = services.store.clone();
            let replay = move |_: &_| {
                let page = Page::read(&store, tenant, &record)?;
                record.counts.alerts += page.alerts;
                record.after = page.last.or(record.after);
                record.count(replayer.replay(page.found));
                Ok::<_, StoreError>((replayer, record, page.is_last))
            };
            let is_last;
            (replayer, record, is_last) = run.background("replay", replay).await??;
            run.progress.lock().clone_from(&record);
            if is_last {
                return Ok(());
            }
            if record.counts.alerts - kept >= KEPT_EVERY {
                let so_far = record.clone();
                let keep = move |_: &mut Change<'_>, stored: &mut ReplayRecord| {
                    *stored = so_far;
                    Ok(())
                };
                run.keep(&by, keep).await?;
                kept = record.counts.alerts;
            }
            if run.is_stopped() {
                return Err(WorkError::Stopped);
            }
        }
    }

    async fn end(
        &self,
        run: &Arc<Run<Self>>,
        end: Result<(), String>,
    ) -> Result<(), WorkError<Infallible>> {
        let so_far = run.progress.lock().clone();
        let keep = move |change: &mut Change<'_>, record: &mut ReplayRecord| {
            *record = so_far;
            record.state = match end {
                Ok(()) => ReplayState::Done,
                Err(_) => ReplayState::Stopped,
            };
            record.stopped = end.err();
            record.finished_at = Some(change.at().as_micros());
            let id = record.id.to_string();
            change.audit(&record.actor, "alert.replay_finished", id);
            Ok(())
        };
        run.keep(&Authority::Host, keep).await
    }
}

/// Alerts that are read together, by id.
struct Page {
    found: Vec<Found>,
    /// How many alerts of the period there are among them.
    alerts: u64,
    /// The last that was looked at.
    last: Option<AlertId>,
    is_last: bool,
}

impl Page {
    fn read(store: &Store, tenant: TenantId, record: &ReplayRecord) -> Result<Self, StoreError> {
        let mut page = Self {
            found: Vec::new(),
            alerts: 0,
            last: None,
            is_last: false,
        };
        let range = match record.after {
            Some(after) => KeyRange::alerts_after(tenant, after.into_bytes()),
            None => KeyRange::alerts(tenant),
        };
        // The newest version so far of the alert that is being read.
        let mut newest: Option<(AlertId, Vec<u8>)> = None;
        for entry in store.range(range, Direction::Forward) {
            let (key, value) = entry?;
            let Some((_, Record::Alert { alert, position })) = Key::parse(&key) else {
                continue;
            };
            if position > record.position {
                continue;
            }
            let id = AlertId::from_bytes(alert);
            if let Some((before, value)) = newest.replace((id, value))
                && before != id
            {
                page.take(store, tenant, &record.period, before, &value)?;
                if page.found.len() >= PAGE {
                    return Ok(page);
                }
            }
        }
        if let Some((id, value)) = newest {
            page.take(store, tenant, &record.period, id, &value)?;
        }
        page.is_last = true;
        Ok(page)
    }

    fn take(
        &mut self,
        store: &Store,
        tenant: TenantId,
        period: &Period,
        id: AlertId,
        value: &[u8],
    ) -> Result<(), StoreError> {
        self.last = Some(id);
        let alert = AlertRecord::read(value)
            .map_err(|error| StoreError::damaged(format!("alert {id}"), error.to_string()))?;
        if !period.holds(alert.created_at, &alert.team) {
            return Ok(());
        }
        self.alerts += 1;
        let mut found = find(store, tenant, &alert, usize::MAX)?;
        found.retain(|found| period.is_of(&found.record.rule));
        self.found.extend(found);
        Ok(())
    }
}

impl Period {
    fn holds(&self, created_at: Timestamp, team: &str) -> bool {
        let at = created_at.as_micros();
        self.from.is_none_or(|from| at >= from)
            && self.to.is_none_or(|to| at < to)
            && self.team.as_ref().is_none_or(|of| of == team)
    }

    fn is_of(&self, rule: &str) -> bool {
        self.rule.as_ref().is_none_or(|of| of == rule)
    }
}
