//! The work of replaying all alerts of a period.

use std::sync::Arc;

use domain::alert::AlertId;
use domain::time::Timestamp;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::judge::{Found, Replayer, find};
use super::record::{Counts, Period, ReplayRecord, ReplayState};
use super::what_if::WhatIf;
use base::background::{self, BackgroundError};
use engine::alert::AlertRecord;
use engine::lane::{Actor, Change, Lane, LaneError, Services};
use jobs::Jobs;
use jobs::retry::until_done;
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};
use tenant::{Authority, PermissionSet};

/// The most findings that are told one by one, where they are not as they were; all are counted.
pub const MAX_ODD: usize = 100;
/// The most replays of a tenant that are not done.
pub const MAX_UNDER_WAY: usize = 8;
/// The most replays that are at work at the same time, of all tenants, which take turns.
const MAX_AT_WORK: usize = 2;
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

/// The replays that are under way, in all tenants: the record of each as far as it is.
pub struct Replays {
    jobs: Arc<Jobs<Uuid, Mutex<ReplayRecord>>>,
}

impl Default for Replays {
    fn default() -> Self {
        Self {
            jobs: Arc::new(Jobs::new(MAX_AT_WORK)),
        }
    }
}

impl Replays {
    /// Notes in a change what is to be replayed; it begins when the change is durable and [`run`](Self::run) is called.
    ///
    /// # Errors
    /// Where too many are under way.
    pub fn note(
        &self,
        services: &Services,
        change: &mut Change<'_>,
        (actor, needs): (Actor, PermissionSet),
        period: Period,
    ) -> Result<ReplayRecord, AskError> {
        if self.jobs.count(change.tenant(), |_| true) >= MAX_UNDER_WAY {
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
        record.put(change);
        change.audit(&record.actor, "alert.replay", record.id.to_string());
        Ok(record)
    }

    /// Does what was noted, in the background.
    pub fn run(
        &self,
        services: &Arc<Services>,
        lane: &Arc<Lane>,
        tenant: TenantId,
        record: ReplayRecord,
    ) {
        let id = record.id;
        let record = Arc::new(Mutex::new(record));
        let work = Work {
            services: services.clone(),
            lane: lane.clone(),
            tenant,
            record: record.clone(),
            stopping: self.jobs.stopping().clone(),
        };
        self.jobs.start(tenant, id, record, async move {
            let (store, stopping) = (&work.services.store, &work.stopping);
            let what = "a replay cannot go on";
            until_done(store, stopping, what, || work.attempt()).await;
        });
    }

    /// Goes on with what a stop cut off.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn resume(
        &self,
        services: &Arc<Services>,
        lane: &Arc<Lane>,
        tenant: TenantId,
    ) -> Result<(), StoreError> {
        for record in ReplayRecord::running(&services.store, tenant)? {
            self.run(services, lane, tenant, record);
        }
        Ok(())
    }

    /// Begins no more, and waits until those at work have ended: the host stops, and they go on when it is started again.
    pub async fn stop(&self) {
        self.jobs.stop(|_| {}).await;
    }

    /// A replay, as far as it is.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn get(
        &self,
        services: &Services,
        tenant: TenantId,
        id: Uuid,
    ) -> Result<Option<ReplayRecord>, StoreError> {
        let Some(kept) = ReplayRecord::read(&services.store, tenant, id)? else {
            return Ok(None);
        };
        if kept.state == ReplayState::Running
            && let Some(running) = self.jobs.find(tenant, &id)
        {
            return Ok(Some(running.lock().clone()));
        }
        Ok(Some(kept))
    }
}

struct Work {
    services: Arc<Services>,
    lane: Arc<Lane>,
    tenant: TenantId,
    /// As far as it is.
    record: Arc<Mutex<ReplayRecord>>,
    stopping: CancellationToken,
}

/// Why the work stops before its end.
#[derive(Debug, thiserror::Error)]
enum WorkError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Lane(#[from] LaneError),
    #[error(transparent)]
    Background(#[from] BackgroundError),
}

impl WorkError {
    fn is_transient(&self) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            Self::Lane(error) => error.is_transient(),
            Self::Background(error) => error.is_transient(),
        }
    }
}

impl Work {
    /// Goes on from what is kept. Fails only with what may pass; what does not stops it for good.
    async fn attempt(&self) -> Result<(), WorkError> {
        let ended = match self.take_up().await {
            Ok(true) => self.work().await,
            Ok(false) => return Ok(()),
            Err(error) => Err(error),
        };
        match ended {
            Err(error) if !error.is_transient() => self.stop(&error).await,
            ended => ended,
        }
    }

    /// Goes back to what is kept; false where it has ended.
    async fn take_up(&self) -> Result<bool, WorkError> {
        let (services, tenant) = (self.services.clone(), self.tenant);
        let id = self.record.lock().id;
        let read = move || ReplayRecord::read(&services.store, tenant, id);
        let kept = tokio::task::spawn_blocking(read).await;
        let kept = kept.map_err(|_| BackgroundError::Panicked)??;
        let Some(kept) = kept.filter(|kept| kept.state == ReplayState::Running) else {
            return Ok(false);
        };
        *self.record.lock() = kept;
        Ok(true)
    }

    async fn work(&self) -> Result<(), WorkError> {
        let mut replayer = Replayer::new(
            self.services.clone(),
            self.tenant,
            self.lane.definitions(),
            WhatIf::default(),
        );
        let mut kept = self.record.lock().counts.alerts;
        let by = self.authority();
        loop {
            self.lane.check(&by).map_err(LaneError::from)?;
            let (services, tenant) = (self.services.clone(), self.tenant);
            let mut record = self.record.lock().clone();
            let (back, record, is_last) = background::run("replay", move || {
                let page = Page::read(&services.store, tenant, &record)?;
                record.counts.alerts += page.alerts;
                record.after = page.last.or(record.after);
                record.count(replayer.replay(page.found));
                Ok::<_, StoreError>((replayer, record, page.is_last))
            })
            .await??;
            replayer = back;
            let alerts = record.counts.alerts;
            *self.record.lock() = record;
            if is_last {
                return self.finish(None).await;
            }
            if alerts - kept >= KEPT_EVERY {
                self.keep().await?;
                kept = alerts;
            }
            if self.stopping.is_cancelled() {
                return Ok(());
            }
        }
    }

    /// On whose authority it goes on.
    fn authority(&self) -> Authority {
        let record = self.record.lock();
        record.actor.authority(record.needs)
    }

    /// Ends it before its end, since it cannot go on or whoever asked for it may not do it any more.
    async fn stop(&self, reason: &WorkError) -> Result<(), WorkError> {
        tracing::warn!(replay = %self.record.lock().id, %reason, "a replay was stopped");
        self.finish(Some(reason.to_string())).await
    }

    async fn keep(&self) -> Result<(), WorkError> {
        let record = self.record.lock().clone();
        let keep = move |change: &mut Change<'_>| record.put(change);
        Ok(self.lane.note_when_room(&self.authority(), keep).await?)
    }

    async fn finish(&self, stopped: Option<String>) -> Result<(), WorkError> {
        let mut record = self.record.lock().clone();
        record.state = match stopped {
            None => ReplayState::Done,
            Some(_) => ReplayState::Stopped,
        };
        record.stopped = stopped;
        let end = move |change: &mut Change<'_>| {
            record.finished_at = Some(change.at().as_micros());
            change.audit(
                &record.actor,
                "alert.replay_finished",
                record.id.to_string(),
            );
            record.put(change);
        };
        Ok(self.lane.note_when_room(&Authority::Host, end).await?)
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
