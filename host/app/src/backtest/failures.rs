//! Transactions that the rule of a backtest could not judge.

use std::sync::Arc;

use domain::time::Timestamp;

use super::findings::{ListSaidError, rows};
use super::read::{BacktestName, find};
use crate::App;
use crate::caller::Caller;
use crate::request::{Page, PageRequest};
use engine::alert::{Disclosure, Origin};
use engine::judgement::{JudgedRow, Judgement};

/// A transaction that the rule of a backtest could not judge.
#[derive(Clone, Debug)]
pub struct BacktestFailure {
    /// The transaction's id.
    pub txn_id: String,
    /// The transaction's place in its team.
    pub sequence: u64,
    /// When it happened.
    pub date_time: Timestamp,
    /// The kind of failure, for programs, such as `out_of_fuel`.
    pub kind: String,
    /// The failure in words.
    pub reason: String,
}

/// A page of the transactions that the rule of a backtest could not judge, in their order.
///
/// # Errors
/// Where the caller may not, there is no such backtest, or the cursor is none of this list.
pub async fn list(
    app: &Arc<App>,
    caller: &Caller,
    backtest: &BacktestName,
    page: &PageRequest,
) -> Result<Page<BacktestFailure>, ListSaidError> {
    let is_failed = JudgedRow::is_failed;
    let page = rows(app, caller, backtest, page, "failures", is_failed).await?;
    let disclosure = caller.disclosure();
    let plugin = find(app, caller, backtest).await?.record.trial.plugin;
    Ok(page.map(|row| BacktestFailure::of(row, &backtest.team, &plugin, &disclosure)))
}

impl BacktestFailure {
    fn of(row: JudgedRow, team: &str, rule: &str, disclosure: &Disclosure) -> Self {
        let origin = Origin {
            team,
            rule,
            install: None,
            at: row.judged_at,
        };
        let (kind, reason) = match row.said {
            Judgement::Failed { kind, reason, .. } => (kind, disclosure.reason(&reason, &origin)),
            Judgement::Found(_) => Default::default(),
        };
        Self {
            txn_id: row.txn_id,
            sequence: row.sequence,
            date_time: Timestamp::from_micros(row.date_time),
            kind,
            reason,
        }
    }
}
