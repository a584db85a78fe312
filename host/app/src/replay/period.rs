//! Replays of all alerts of a period.

use std::sync::Arc;

use domain::alert::AlertId;
use domain::name::Name;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::compare::Difference;
use super::record::{Counts, Odd, Period, ReplayRecord, ReplayState};
use super::run::{AskError, get, note};
use crate::App;
use crate::alerts::{FilterError, check_known};
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::request::once::RepeatError;
use crate::request::{Once, Replayable, rfc3339};
use engine::alert::{AlertQuery, Disclosure, MadeBy};
use engine::lane::{Change, LaneError};
use tenant::Permission;

/// Which findings are judged again; all by default.
#[derive(Clone, Debug, Default)]
pub struct NewReplay {
    /// Of alerts that were created then or later.
    pub from: Option<Timestamp>,
    /// Of alerts that were created before.
    pub to: Option<Timestamp>,
    /// Of this team.
    pub team: Option<Name>,
    /// Of this rule.
    pub rule: Option<Name>,
}

/// A replay of all alerts of a period. It is kept in this form for requests that come again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReplayView {
    /// Its id.
    pub id: Uuid,
    /// How far it is.
    pub state: ReplayState,
    /// Why it ended before its end, if it did.
    pub reason: Option<String>,
    /// Of alerts that were created then or later.
    #[serde(with = "rfc3339::option")]
    pub from: Option<Timestamp>,
    /// Of alerts that were created before.
    #[serde(with = "rfc3339::option")]
    pub to: Option<Timestamp>,
    /// Of this team.
    pub team: Option<String>,
    /// Of this rule.
    pub rule: Option<String>,
    /// What judges them now.
    pub made_by: MadeBy,
    /// How many findings came to what.
    #[serde(flatten)]
    pub counts: Counts,
    /// The first findings that are not as they were, or could not be judged again.
    pub odd: Vec<OddFinding>,
    /// When it was asked for.
    #[serde(with = "rfc3339")]
    pub asked_at: Timestamp,
    /// When it ended.
    #[serde(with = "rfc3339::option")]
    pub finished_at: Option<Timestamp>,
}

/// A finding that is not as it was, as its reader sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OddFinding {
    /// The alert that has it.
    pub alert: AlertId,
    /// The alert's team.
    pub team: String,
    /// The rule that found it.
    pub rule: String,
    /// The transaction's id.
    pub transaction: String,
    /// What differs; `***` in place of what the reader may not see.
    pub differences: Vec<Difference>,
    /// Why it could not be judged again.
    pub failure: Option<String>,
}

/// Why a replay is not begun.
#[derive(Debug, thiserror::Error)]
pub enum StartReplayError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The team or the rule is not known.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// Too many are under way.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The request came again, and cannot be answered.
    #[error(transparent)]
    Repeat(#[from] RepeatError),
    /// What was noted cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Why a replay cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadReplayError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such replay.
    #[error("there is no replay {0}")]
    NoSuchReplay(Uuid),
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl Replayable for ReplayView {
    fn without_secrets(&self) -> Self {
        self.clone()
    }
}

/// Begins to judge the findings of all alerts of a period again, in the background.
///
/// # Errors
/// Where the caller may not, the team or the rule is not known, or too many replays are under way.
pub async fn start(
    app: &Arc<App>,
    caller: &Caller,
    new: NewReplay,
    once: Once,
) -> Result<ReplayView, StartReplayError> {
    caller.require(Permission::AlertRead)?;
    caller.require(Permission::RuleRead)?;
    let name = |name: Option<Name>| name.map(|name| name.to_string());
    let period = Period {
        from: new.from.map(Timestamp::as_micros),
        to: new.to.map(Timestamp::as_micros),
        team: name(new.team),
        rule: name(new.rule),
    };
    let asked = AlertQuery {
        team: period.team.iter().cloned().collect(),
        rule: period.rule.iter().cloned().collect(),
        ..AlertQuery::default()
    };
    check_known(caller, &asked).await?;
    let (actor, needs) = (caller.actor(), caller.needs());
    let disclosure = caller.disclosure();
    let (replays, services) = (app.jobs.replays.clone(), app.services.clone());
    let note = move |noting: &mut Change<'_>| {
        let record = note(&replays, &services, noting, (actor, needs), period)?;
        Ok(ReplayView::of(record, &disclosure))
    };
    let begun = once.make::<_, StartReplayError, _>(caller, note).await?;
    let (lane, id) = (caller.lane.clone(), begun.id);
    on_disk(app, move |app| app.jobs.replays.start_stored(&lane, id)).await?;
    Ok(begun)
}

/// Reads the progress and the results of a replay.
///
/// # Errors
/// Where the caller may not, or there is no such replay.
pub async fn read(
    app: &Arc<App>,
    caller: &Caller,
    id: Uuid,
) -> Result<ReplayView, ReadReplayError> {
    caller.require(Permission::AlertRead)?;
    caller.require(Permission::RuleRead)?;
    let record = find(app, caller, id).await?;
    let record = record.ok_or(ReadReplayError::NoSuchReplay(id))?;
    Ok(ReplayView::of(record, &caller.disclosure()))
}

async fn find(
    app: &Arc<App>,
    caller: &Caller,
    id: Uuid,
) -> Result<Option<ReplayRecord>, ReadError> {
    let tenant = caller.tenant;
    on_disk(app, move |app| get(&app.jobs.replays, tenant, id)).await
}

impl ReplayView {
    fn of(record: ReplayRecord, disclosure: &Disclosure) -> Self {
        let odd = record.odd.into_iter();
        Self {
            id: record.id,
            state: record.state,
            reason: record.stopped,
            from: record.period.from.map(Timestamp::from_micros),
            to: record.period.to.map(Timestamp::from_micros),
            team: record.period.team,
            rule: record.period.rule,
            made_by: record.made_by,
            counts: record.counts,
            odd: odd.map(|odd| OddFinding::of(odd, disclosure)).collect(),
            asked_at: Timestamp::from_micros(record.asked_at),
            finished_at: record.finished_at.map(Timestamp::from_micros),
        }
    }
}

impl OddFinding {
    fn of(odd: Odd, disclosure: &Disclosure) -> Self {
        let (differences, failure) = odd.seen_by(disclosure);
        Self {
            alert: odd.alert,
            team: odd.team,
            rule: odd.rule,
            transaction: odd.transaction,
            differences,
            failure,
        }
    }
}
