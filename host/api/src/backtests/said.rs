//! What the rule of a backtest said, in the order of the transactions.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::super::blocking::blocking;
use super::super::caller::UserCaller;
use super::super::finding::EvidenceBody;
use super::super::listing::Nothing;
use super::{BacktestPath, find};
use crate::http::{List, Page, Params, Problem, WireTime};
use app::App;
use app::backtest::said_in;
use app::request::PageRequest;
use engine::alert::{Disclosure, Origin, SeenFinding};
use engine::judgement::{JudgedRow, Judgement, Kept, KeptFinding};
use store::StoreError;
use tenant::Permission;

/// What the rule said of one transaction in which it found something.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BacktestFound")]
pub(super) struct FoundBody {
    /// The transaction's id.
    transaction: String,
    /// The transaction's place in its team.
    sequence: u64,
    /// When it happened.
    date_time: WireTime,
    /// What judging it alone took, in units of fuel; null where the reader may not see it.
    fuel: Option<u64>,
    /// Name and value of every input, as the rule was given them.
    evidence: Vec<EvidenceBody>,
    /// At least one.
    findings: Vec<FindingBody>,
}

/// One finding.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BacktestFinding")]
struct FindingBody {
    title: String,
    /// That its alert would have.
    severity: String,
    score: Option<f64>,
    labels: Vec<String>,
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    info: Option<Box<RawValue>>,
}

/// A transaction that the rule could not judge.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BacktestFailure")]
pub(super) struct FailureBody {
    /// The transaction's id.
    transaction: String,
    /// The transaction's place in its team.
    sequence: u64,
    /// When it happened.
    date_time: WireTime,
    /// The sort of failure.
    kind: String,
    /// What happened.
    reason: String,
}

pub(super) async fn list_findings(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<BacktestPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<FoundBody>>, Problem> {
    let disclosure = caller.disclosure();
    let is_found = |row: &JudgedRow| !row.is_failed();
    let page = rows(&app, &caller, &path, &page, "findings", is_found).await?;
    Ok(Json(
        page.map(|row| FoundBody::of(row, path.team(), &disclosure)),
    ))
}

pub(super) async fn list_failures(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<BacktestPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<FailureBody>>, Problem> {
    let page = rows(
        &app,
        &caller,
        &path,
        &page,
        "failures",
        JudgedRow::is_failed,
    )
    .await?;
    let disclosure = caller.disclosure();
    let plugin = find(&app, &caller, &path).await?.record.trial.plugin;
    let team = path.team();
    Ok(Json(page.map(|row| {
        FailureBody::of(row, team, &plugin, &disclosure)
    })))
}

/// A page of those that are meant, by sequence.
async fn rows(
    app: &Arc<App>,
    caller: &UserCaller,
    path: &BacktestPath,
    page: &PageRequest,
    what: &str,
    is_meant: fn(&JudgedRow) -> bool,
) -> Result<Page<JudgedRow>, Problem> {
    caller.require(Permission::RuleRead)?;
    find(app, caller, path).await?;
    let (tenant, id) = (caller.tenant, path.backtest);
    let list = [&*tenant.0.to_string(), "backtest", &id.to_string(), what];
    let after = page.position(&app.cursors, &list)?;
    let after = after.and_then(|bytes| Some(u64::from_be_bytes(bytes.try_into().ok()?)));
    let (store, limit) = (app.services.store.clone(), page.limit() + 1);
    let read = move || -> Result<Vec<JudgedRow>, StoreError> {
        let said = said_in(&store, tenant, id, after.unwrap_or(0));
        let meant = said.filter(|row| row.as_ref().map_or(true, is_meant));
        meant.take(limit).collect()
    };
    let rows = blocking(read).await??;
    Ok(Page::of(rows, page, &app.cursors, &list, |last| {
        last.sequence.to_be_bytes().to_vec()
    }))
}

impl FoundBody {
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
                evidence = EvidenceBody::all(&seen.evidence);
                findings.push(FindingBody::of(seen, severity));
            }
        }
        Self {
            transaction: row.txn_id,
            sequence: row.sequence,
            date_time: WireTime(Timestamp::from_micros(row.date_time)),
            fuel,
            evidence,
            findings,
        }
    }
}

impl FindingBody {
    fn of(seen: SeenFinding<'_>, severity: String) -> Self {
        let said = seen.said;
        let info = said.as_ref().map(|said| said.info.clone());
        Self {
            title: seen.title.into_owned(),
            severity,
            score: seen.score,
            labels: said.map_or_else(Vec::new, |said| said.labels.clone()),
            info: info.and_then(|info| RawValue::from_string(info).ok()),
        }
    }
}

impl FailureBody {
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
            transaction: row.txn_id,
            sequence: row.sequence,
            date_time: WireTime(Timestamp::from_micros(row.date_time)),
            kind,
            reason,
        }
    }
}
