//! Backtests: stored, at work, cancelled and deleted.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use uuid::Uuid;

use super::record::{BacktestRecord, End, Extent, Trial};
use super::running::{Next, Pace, Running};
use super::tally::Tally;
use super::work::{BacktestFault, Work};
use engine::lane::{Actor, Change, ChangeError, Lane, LaneError, Services};
use jobs::{Job, JobRecord, Run, Runner, TurnFor, Turns, Unfinished, WorkError};
use store::StoreError;
use store::key::TenantId;
use tenant::{Authority, PermissionSet};

/// The most backtests of a tenant that have not ended. One is at work, the others wait for it.
pub const MAX_UNDER_WAY: usize = 3;
/// The most backtests that are at work at the same time, of all tenants, which take turns.
pub const MAX_AT_WORK: usize = 2;

/// Why a backtest is not begun.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum AskError {
    #[error(
        "{MAX_UNDER_WAY} backtests are under way; wait until one of them is done, or cancel one"
    )]
    TooMany,
    #[error("plugin {0} {1} was deleted meanwhile; publish it again first")]
    NotPublished(String, String),
}

/// Why a backtest is not cancelled.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum CancelError {
    #[error("the backtest has ended")]
    Ended,
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Why a backtest is not deleted.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum DeleteError {
    #[error("the backtest is under way; cancel it first")]
    UnderWay,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// How far a backtest is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stage {
    /// Others go before it.
    Queued,
    /// It judges transactions, or fills windows before it begins to.
    Running {
        /// How fast.
        pace: Pace,
    },
    /// The record says how it ended.
    Ended,
}

/// A backtest, as far as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenBacktest {
    /// What is kept of it, with what came of it by now.
    pub record: BacktestRecord,
    /// How far it is.
    pub stage: Stage,
}

/// Backtests, each of which goes on from the transaction that its record names.
pub struct BacktestJob;

/// Stores in a change what is to be tried; it [starts](Runner::start_stored) when the change is durable. With `beside`,
/// the trial is compared with that one over the same history; it is stored, too, and runs after it.
///
/// # Errors
/// Where too many are under way, or the plugin was deleted.
pub(super) fn note(
    backtests: &Runner<BacktestJob>,
    services: &Services,
    change: &mut Change<'_>,
    by: (Actor, PermissionSet),
    mut trial: Trial,
    beside: Option<Trial>,
    extent: Option<Extent>,
) -> Result<BacktestRecord, AskError> {
    let more = 1 + usize::from(beside.is_some());
    if backtests.unfinished_in(change) + more > MAX_UNDER_WAY {
        return Err(AskError::TooMany);
    }
    for trial in std::iter::once(&trial).chain(&beside) {
        let published = change.definitions().plugin(&trial.plugin, &trial.version);
        if published.is_none_or(|published| published.digest != trial.digest) {
            let (plugin, version) = (trial.plugin.clone(), trial.version.clone());
            return Err(AskError::NotPublished(plugin, version));
        }
    }
    if let Some(beside) = beside {
        let noted = put(services, change, by.clone(), beside, extent);
        trial.compared_backtest = Some(noted.id);
    }
    Ok(put(services, change, by, trial, extent))
}

fn put(
    services: &Services,
    change: &mut Change<'_>,
    (actor, needs): (Actor, PermissionSet),
    trial: Trial,
    extent: Option<Extent>,
) -> BacktestRecord {
    let record = BacktestRecord {
        id: Uuid::now_v7(),
        actor,
        needs,
        trial,
        extent,
        made_by: services.made_by(),
        purity: None,
        tally: Tally::default(),
        asked_at: change.at().as_micros(),
        finished_at: None,
        end: None,
    };
    record.put(change, &record.id);
    change.audit(&record.actor, "backtest.start", record.id.to_string());
    record
}

/// A backtest, as far as it is. Blocks.
///
/// # Errors
/// Where the store cannot be read.
pub(super) fn get(
    backtests: &Runner<BacktestJob>,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<SeenBacktest>, StoreError> {
    let backtest = backtests.read_with_progress(tenant, &id)?;
    Ok(backtest.map(|(record, running)| SeenBacktest::of(record, running.as_deref())))
}

/// The backtests of a team, or of all, that were asked for before this one, newest first; so many at most. Blocks.
///
/// # Errors
/// Where the store cannot be read.
pub(super) fn list(
    backtests: &Runner<BacktestJob>,
    services: &Services,
    tenant: TenantId,
    team: Option<&str>,
    before: Option<Uuid>,
    limit: usize,
) -> Result<Vec<SeenBacktest>, StoreError> {
    let records = BacktestRecord::list(&services.store, tenant, team, before, limit)?;
    let seen = records.into_iter().map(|record| {
        let running = backtests.find(tenant, &record.id);
        SeenBacktest::of(record, running.as_deref())
    });
    Ok(seen.collect())
}

impl SeenBacktest {
    fn of(mut record: BacktestRecord, running: Option<&Running>) -> Self {
        let running = running.filter(|_| record.end.is_none());
        let pace = running.and_then(|running| running.write(&mut record));
        let stage = match pace {
            _ if record.end.is_some() => Stage::Ended,
            Some(pace) => Stage::Running { pace },
            None => Stage::Queued,
        };
        Self { record, stage }
    }
}

/// Ends a backtest that is under way and keeps its findings so far. Returns once that is durable.
///
/// # Errors
/// Where it has ended, or the lane fails.
pub(super) async fn cancel(
    backtests: &Runner<BacktestJob>,
    lane: &Arc<Lane>,
    id: Uuid,
    (by, authority): (Actor, Authority),
) -> Result<(), CancelError> {
    let cancel = move |change: &mut Change<'_>, record: &mut BacktestRecord| {
        change.audit(&by, "backtest.cancel", record.id.to_string());
        record.end = Some(End::Cancelled { by });
        record.finished_at = Some(change.at().as_micros());
    };
    let cancelled = backtests.cancel(lane, authority, id, cancel).await;
    cancelled.map(drop).map_err(|error| match error {
        jobs::CancelError::Ended => CancelError::Ended,
        jobs::CancelError::Store(error) => LaneError::from(error).into(),
        jobs::CancelError::Lane(error) => error.into(),
    })
}

/// Takes a backtest that has ended away, with all that its rule said. Answers when that is durable.
///
/// # Errors
/// Where it is under way, or the lane fails.
pub(super) async fn delete(
    services: &Services,
    lane: &Arc<Lane>,
    id: Uuid,
    (by, authority): (Actor, Authority),
) -> Result<(), DeleteError> {
    let store = services.store.clone();
    let delete = move |change: &mut Change<'_>| {
        let record = BacktestRecord::in_change(change, &id)?;
        if record.is_some_and(|record| !record.has_ended()) {
            return Err(DeleteError::UnderWay);
        }
        Ok(BacktestRecord::delete(&store, change, id, &by)?)
    };
    let deleted = lane.change_as(authority, delete).await;
    deleted.map_err(|error| match error {
        ChangeError::Refused(error) => error,
        ChangeError::Lane(error) => error.into(),
    })
}

impl Job for BacktestJob {
    type Key = Uuid;
    type Record = BacktestRecord;
    type Progress = Running;
    type Output = Next;
    type Fault = BacktestFault;

    const NAME: &'static str = "backtest";
    const TURNS: Turns = Turns {
        at_once: MAX_AT_WORK,
        at_once_per_tenant: 1,
        turn_for: TurnFor::Job,
    };
    const AT_WORK: Option<&'static str> = Some("vervet_backtests_running");

    fn unfinished(&self, services: &Services, lane: &Lane) -> Result<Unfinished<Self>, StoreError> {
        BacktestRecord::unfinished(&services.store, lane.tenant())
    }

    fn read(
        &self,
        services: &Services,
        lane: &Lane,
        id: &Uuid,
    ) -> Result<Option<BacktestRecord>, StoreError> {
        BacktestRecord::read_unfinished(&services.store, lane.tenant(), id)
    }

    fn progress(&self, _record: &BacktestRecord) -> Running {
        Running::default()
    }

    fn is_transient(fault: &BacktestFault) -> bool {
        fault.is_transient()
    }

    async fn work(
        &self,
        run: &Arc<Run<Self>>,
        record: BacktestRecord,
    ) -> Result<Next, WorkError<BacktestFault>> {
        let work = Work {
            view: run.lane.team(record.trial.team_id).await?,
            run: run.clone(),
        };
        let work = move |stop: &_| work.work(record, stop);
        run.background("backtest", work).await?
    }

    async fn end(
        &self,
        run: &Arc<Run<Self>>,
        end: Result<Next, String>,
    ) -> Result<(), WorkError<BacktestFault>> {
        let keep = move |change: &mut Change<'_>, record: &mut BacktestRecord| {
            record.end = Some(match end {
                Ok(next) => {
                    next.put(change, record);
                    End::Done
                }
                // What its rule said so far stays.
                Err(reason) => End::Failed { reason },
            });
            record.finished_at = Some(change.at().as_micros());
            change.audit(&record.actor, "backtest.finish", record.id.to_string());
            Ok(())
        };
        run.keep(&Authority::Host, keep).await
    }
}
