//! How many transactions happened by day.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{DailySummary, SummaryError};
use crate::App;
use crate::blocking::{ReadError, blocking};
use crate::caller::Caller;
use crate::days::Days;
use domain::time::Timestamp;
use engine::lane::TeamView;
use store::StoreError;
use store::key::TenantId;

/// The most transactions of a team that are counted: the newest.
const MAX_COUNTED: usize = 2_000_000;

/// For how many seconds they are not counted again.
const FRESH_SECONDS: u64 = 60;

/// The most answers that are kept for later.
const MAX_KEPT: usize = 1_000;

/// Whose days, which team's, and how they are parted.
type Asked = (TenantId, Option<String>, Vec<Timestamp>);

/// What was counted lately.
#[derive(Debug, Default)]
pub struct DailyTransactions {
    counted: Mutex<HashMap<Asked, (Timestamp, Arc<DailySummary>)>>,
}

impl DailyTransactions {
    fn fresh(&self, asked: &Asked, now: Timestamp) -> Option<Arc<DailySummary>> {
        let counted = self.counted.lock();
        let (at, counts) = counted.get(asked)?;
        (now < at.plus_seconds(FRESH_SECONDS)).then(|| counts.clone())
    }

    fn keep(&self, asked: Asked, now: Timestamp, counts: Arc<DailySummary>) {
        let mut counted = self.counted.lock();
        counted.retain(|_, (at, _)| now < at.plus_seconds(FRESH_SECONDS));
        if counted.len() < MAX_KEPT {
            counted.insert(asked, (now, counts));
        }
    }
}

/// Counts the transactions of a team, or of all teams, by day. What was counted within the last minute is not counted again.
pub(super) async fn count(
    app: &App,
    caller: &Caller,
    team: Option<String>,
    views: Vec<Arc<TeamView>>,
    period: Days,
) -> Result<DailySummary, SummaryError> {
    let now = app.services.clock.now();
    let asked = (caller.tenant, team, period.bounds.clone());
    if let Some(counts) = app.daily_transactions.fresh(&asked, now) {
        return Ok(DailySummary::clone(&counts));
    }
    let counted = blocking(move || {
        let mut total = DailySummary::of_none(period);
        for view in views {
            let counts = view.count_in_spans(&total.period.bounds, MAX_COUNTED)?;
            for (day, count) in total.days.iter_mut().zip(counts.counts) {
                day.count += count;
            }
            let until = counts.incomplete_until.and_then(|at| total.date_of(at));
            total.incomplete_until = total.incomplete_until.max(until);
        }
        Ok::<_, StoreError>(total)
    });
    let counted = counted.await.map_err(ReadError::from)?;
    let counted = counted.map_err(ReadError::from)?;
    let kept = Arc::new(counted.clone());
    app.daily_transactions.keep(asked, now, kept);
    Ok(counted)
}
