//! What the rule of a backtest said, in the order of the transactions.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::super::caller::UserCaller;
use super::super::finding::EvidenceBody;
use super::super::listing::Nothing;
use super::super::problem_from::problem_from;
use super::BacktestPath;
use crate::http::{List, Page, Params, Problem, WireTime};
use app::App;
use app::backtest::failures::{self, BacktestFailure};
use app::backtest::findings::{self, BacktestFinding, FoundTransaction, ListSaidError};

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

problem_from!(ListSaidError {
    Forbidden,
    Find,
    ForeignCursor,
    Read
});

pub(super) async fn list_findings(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<BacktestPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<FoundBody>>, Problem> {
    let page = findings::list(&app, &caller, &path.into(), &page).await?;
    Ok(Json(page.map(FoundBody::from).into()))
}

pub(super) async fn list_failures(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<BacktestPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<FailureBody>>, Problem> {
    let page = failures::list(&app, &caller, &path.into(), &page).await?;
    Ok(Json(page.map(FailureBody::from).into()))
}

impl From<FoundTransaction> for FoundBody {
    fn from(found: FoundTransaction) -> Self {
        let findings = found.findings.into_iter();
        Self {
            transaction: found.txn_id,
            sequence: found.sequence,
            date_time: WireTime(found.date_time),
            fuel: found.fuel,
            evidence: EvidenceBody::all(&found.evidence),
            findings: findings.map(FindingBody::from).collect(),
        }
    }
}

impl From<BacktestFinding> for FindingBody {
    fn from(finding: BacktestFinding) -> Self {
        let info = finding.info;
        Self {
            title: finding.title,
            severity: finding.severity,
            score: finding.score,
            labels: finding.labels,
            info: info.and_then(|info| RawValue::from_string(info).ok()),
        }
    }
}

impl From<BacktestFailure> for FailureBody {
    fn from(failure: BacktestFailure) -> Self {
        Self {
            transaction: failure.txn_id,
            sequence: failure.sequence,
            date_time: WireTime(failure.date_time),
            kind: failure.kind,
            reason: failure.reason,
        }
    }
}
