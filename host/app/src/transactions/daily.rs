//! How many transactions happened by day.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;
use parking_lot::Mutex;

use crate::App;
use crate::blocking::{ReadError, blocking};
use crate::caller::{Caller, Forbidden};
use crate::days;
use crate::teams::{NoSuchTeam, find_team};
use domain::time::Timestamp;
use store::StoreError;
use store::key::TenantId;
use tenant::{Permission, Team};

/// The most transactions of a team that are counted: the newest.
const MAX_COUNTED: usize = 2_000_000;

/// For how many seconds they are not counted again.
const FRESH_SECONDS: u64 = 60;

/// The most answers that are kept for later.
const MAX_KEPT: usize = 1_000;

/// How many transactions happened on each of several days, by the clocks of the tenant's time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DailyCounts {
    /// Every day that was asked for, the oldest first, with how many there were.
    pub days: Vec<(Date, u64)>,
    /// Where there are too many to count: of this day and of earlier ones not all are counted.
    pub incomplete_until: Option<Date>,
}

/// Whose days, which teams', and how many.
type Asked = (TenantId, Option<String>, Vec<Date>);

/// What was counted lately.
#[derive(Debug, Default)]
pub struct DailyTransactions {
    counted: Mutex<HashMap<Asked, (Timestamp, Arc<DailyCounts>)>>,
}

/// Why transactions cannot be counted by day.
#[derive(Debug, thiserror::Error)]
pub enum DailyCountsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
    /// What is stored cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl DailyTransactions {
    fn fresh(&self, asked: &Asked, now: Timestamp) -> Option<Arc<DailyCounts>> {
        let counted = self.counted.lock();
        let (at, counts) = counted.get(asked)?;
        (now < at.plus_seconds(FRESH_SECONDS)).then(|| counts.clone())
    }

    fn keep(&self, asked: Asked, now: Timestamp, counts: Arc<DailyCounts>) {
        let mut counted = self.counted.lock();
        counted.retain(|_, (at, _)| now < at.plus_seconds(FRESH_SECONDS));
        if counted.len() < MAX_KEPT {
            counted.insert(asked, (now, counts));
        }
    }
}

/// Counts the transactions of a team, or of all teams, on days that follow one another. What was counted within the last
/// minute is not counted again.
///
/// # Errors
/// Where the caller may not read transactions, or there is no such team.
pub async fn count(
    app: &App,
    caller: &Caller,
    team: Option<&str>,
    days: Vec<Date>,
) -> Result<Arc<DailyCounts>, DailyCountsError> {
    caller.require(Permission::TransactionRead)?;
    let definitions = caller.definitions();
    let teams: Vec<Arc<Team>> = match team {
        Some(team) => vec![find_team(&definitions, team)?],
        None => definitions.teams.iter().cloned().collect(),
    };
    let now = app.services.clock.now();
    let asked = (caller.tenant, team.map(str::to_owned), days);
    if let Some(counts) = app.daily_transactions.fresh(&asked, now) {
        return Ok(counts);
    }
    let mut views = Vec::new();
    for team in teams.iter().filter(|team| team.schema().is_some()) {
        views.push(caller.lane.team(team.id).await.map_err(ReadError::from)?);
    }
    let (zone, days) = (days::zone_of(&definitions), asked.2.clone());
    let counted = blocking(move || {
        let bounds = days::bounds(&zone, &days);
        let mut total = DailyCounts {
            days: days.into_iter().map(|day| (day, 0)).collect(),
            incomplete_until: None,
        };
        for view in views {
            let counts = view.count_in_spans(&bounds, MAX_COUNTED)?;
            for ((_, sum), count) in total.days.iter_mut().zip(counts.counts) {
                *sum += count;
            }
            let until = counts.incomplete_until.map(|at| days::day_of(&zone, at));
            total.incomplete_until = total.incomplete_until.max(until);
        }
        Ok::<_, StoreError>(Arc::new(total))
    });
    let counted = counted.await.map_err(ReadError::from)?;
    let counted = counted.map_err(ReadError::from)?;
    app.daily_transactions.keep(asked, now, counted.clone());
    Ok(counted)
}
