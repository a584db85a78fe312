//! What the rule of a backtest found, in the order of the transactions.

use std::sync::Arc;

use domain::time::Timestamp;

use super::kept::said_in;
use super::read::{BacktestName, FindBacktestError, find};
use crate::App;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::request::page::ForeignCursor;
use crate::request::{Page, PageRequest};
use engine::alert::{Disclosure, EvidenceItem, SeenFinding};
use engine::judgement::{JudgedRow, Judgement, Kept, KeptFinding};
use tenant::Permission;

/// What the rule of a backtest said of one transaction in which it found something.
#[derive(Clone, Debug)]
pub struct FoundTransaction {
    /// The transaction's id.
    pub txn_id: String,
    /// The transaction's place in its team.
    pub sequence: u64,
    /// When it happened.
    pub date_time: Timestamp,
    /// What judging it alone took, in units of fuel; none if the caller may not see it.
    pub fuel: Option<u64>,
    /// Name and value of every input, as the caller may see them.
    pub evidence: Vec<EvidenceItem>,
    /// At least one.
    pub findings: Vec<BacktestFinding>,
}

/// One finding of a backtest.
#[derive(Clone, Debug)]
pub struct BacktestFinding {
    /// What the rule said in one line.
    pub title: String,
    /// That its alert would have.
    pub severity: String,
    /// None if the rule gave none, or the caller may not see it.
    pub score: Option<f64>,
    /// That its alert would have.
    pub labels: Vec<String>,
    /// As JSON; none if the caller may not see it.
    pub info: Option<String>,
}

/// Why it cannot be listed what the rule of a backtest said.
#[derive(Debug, thiserror::Error)]
pub enum ListSaidError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such backtest.
    #[error(transparent)]
    Find(#[from] FindBacktestError),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A page of the transactions in which the rule of a backtest found something, in their order.
///
/// # Errors
/// Where the caller may not, there is no such backtest, or the cursor is none of this list.
pub async fn list(
    app: &Arc<App>,
    caller: &Caller,
    backtest: &BacktestName,
    page: &PageRequest,
) -> Result<Page<FoundTransaction>, ListSaidError> {
    let is_found = |row: &JudgedRow| !row.is_failed();
    let page = rows(app, caller, backtest, page, "findings", is_found).await?;
    let disclosure = caller.disclosure();
    Ok(page.map(|row| FoundTransaction::of(row, &backtest.team, &disclosure)))
}

/// A page of those rows that are meant, by sequence.
pub(super) async fn rows(
    app: &Arc<App>,
    caller: &Caller,
    backtest: &BacktestName,
    page: &PageRequest,
    what: &str,
    is_meant: fn(&JudgedRow) -> bool,
) -> Result<Page<JudgedRow>, ListSaidError> {
    caller.require(Permission::RuleRead)?;
    find(app, caller, backtest).await?;
    let (tenant, id) = (caller.tenant, backtest.id);
    let list = [&*tenant.0.to_string(), "backtest", &id.to_string(), what];
    let after = page.position(&app.cursors, &list)?;
    let after = after.and_then(|bytes| Some(u64::from_be_bytes(bytes.try_into().ok()?)));
    let limit = page.limit() + 1;
    let read = move |app: &App| {
        let said = said_in(&app.services.store, tenant, id, after.unwrap_or(0));
        let meant = said.filter(|row| row.as_ref().map_or(true, is_meant));
        meant.take(limit).collect()
    };
    let rows: Vec<JudgedRow> = on_disk(app, read).await?;
    Ok(Page::of(rows, page, &app.cursors, &list, |last| {
        last.sequence.to_be_bytes().to_vec()
    }))
}

impl FoundTransaction {
    fn of(row: JudgedRow, team: &str, disclosure: &Disclosure) -> Self {
        let kept = match row.said {
            Judgement::Found(kept) => kept,
            Judgement::Failed { .. } => Vec::new(),
        };
        let (mut fuel, mut evidence) = (None, Vec::new());
        let mut findings = Vec::with_capacity(kept.len());
        for KeptFinding { severity, kept, .. } in kept {
            // A backtest makes no alert, so its findings are here.
            if let Kept::Here(record) = kept {
                let seen = disclosure.finding(team, &record);
                fuel = seen.fuel;
                // All findings of a transaction have the same.
                evidence = seen.evidence.to_vec();
                findings.push(BacktestFinding::of(seen, severity));
            }
        }
        Self {
            txn_id: row.txn_id,
            sequence: row.sequence,
            date_time: Timestamp::from_micros(row.date_time),
            fuel,
            evidence,
            findings,
        }
    }
}

impl BacktestFinding {
    fn of(seen: SeenFinding<'_>, severity: String) -> Self {
        let said = seen.said;
        Self {
            title: seen.title.into_owned(),
            severity,
            score: seen.score,
            info: said.as_ref().map(|said| said.info.clone()),
            labels: said.map_or_else(Vec::new, |said| said.labels.clone()),
        }
    }
}
