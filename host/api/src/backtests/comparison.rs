//! What the rule of a backtest said, beside what a rule of the team said of the same transactions: when they came, or in a
//! backtest of its own.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::caller::UserCaller;
use super::super::problem_from::problem_from;
use super::super::rules::{CountsBody, SampleBody};
use super::BacktestPath;
use crate::http::{Filters, Params, Problem};
use app::App;
use app::backtest::CompareOver;
use app::backtest::compare::{self, BacktestComparison, CompareBacktestError};

/// How much is shown.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ComparisonQuery {
    /// How many samples of each kind, 100 at most; 5 where nothing is said.
    #[serde(default)]
    samples: Option<usize>,
}

/// What the rule of a backtest, the one, and a rule of the team, the other, said of the same transactions.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BacktestComparison")]
pub(super) struct ComparisonBody {
    /// The rule of the team.
    with: String,
    /// Whether it is compared with what that rule said when the transactions came, or with what it says of this history.
    over: CompareOver,
    /// The places of the transactions that both judged and that are compared, first and last, stretch by stretch: by
    /// one install of the rule after the other.
    sequences: Vec<[u64; 2]>,
    /// Findings of the backtest in those transactions.
    findings_one: u64,
    /// Findings of the rule of the team in those transactions.
    findings_other: u64,
    /// Whether the backtest kept only what it found first, so that only as many transactions are compared.
    is_cut: bool,
    #[serde(flatten)]
    counts: CountsBody,
    /// The newest of each kind, oldest first.
    samples: Vec<SampleBody>,
}

impl From<BacktestComparison> for ComparisonBody {
    fn from(compared: BacktestComparison) -> Self {
        let samples = compared.samples.into_iter();
        Self {
            with: compared.with,
            over: compared.over,
            sequences: compared.sequences,
            findings_one: compared.counts.findings_one,
            findings_other: compared.counts.findings_other,
            is_cut: compared.is_cut,
            samples: samples.map(SampleBody::from).collect(),
            counts: CountsBody::of(&compared.counts),
        }
    }
}

problem_from!(CompareBacktestError {
    Forbidden, Find, TooManySamples, Read;
    Conflict: ComparedWithNothing
});

pub(super) async fn compare_backtest(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<BacktestPath>,
    Filters(query): Filters<ComparisonQuery>,
) -> Result<Json<ComparisonBody>, Problem> {
    let compared = compare::compare(&app, &caller, &path.into(), query.samples).await?;
    Ok(Json(compared.into()))
}
