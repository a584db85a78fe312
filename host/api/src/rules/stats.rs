//! What a rule has done, and how right it was: `/v1/teams/{team}/rules/{rule}/stats`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::caller::UserCaller;
use super::super::problem_from::problem_from;
use super::RulePath;
use crate::http::{Params, Problem, WireTime};
use app::App;
use app::rules::stats::{
    self, Figures, InstallStats, MeasuredQuantiles, ReadStatsError, RuleStats,
};
use tenant::Mode;

/// What a rule has done.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RuleStats")]
pub(super) struct StatsBody {
    /// Of all its installs together.
    #[serde(flatten)]
    all: FiguresBody,
    /// Why the newest failure failed.
    last_failure: Option<String>,
    /// Whether the install in force could not judge the last ten transactions, or more. It is asked on all the same.
    failing: bool,
    /// How many it could not judge in a row, up to now. Of those before the host started 10,000 are counted at most.
    failures_in_a_row: u64,
    /// When the first of these was judged; null where there is none.
    failing_since: Option<WireTime>,
    /// Findings whose info was not what the schema of the alert type asks for, since the host started. Their alerts were
    /// made.
    refused_infos: u64,
    /// What was wrong with the newest of them.
    last_refused: Option<String>,
    /// Each of its installs, newest first: the newest hundred.
    versions: Vec<VersionBody>,
}

/// What one install of a rule has done.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RuleVersionStats")]
struct VersionBody {
    /// Which of the rule's installs.
    install: u64,
    plugin: String,
    /// The plugin's version.
    version: String,
    mode: Mode,
    installed_at: WireTime,
    #[serde(flatten)]
    own: FiguresBody,
}

/// What installs have done.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RuleFigures")]
struct FiguresBody {
    /// Transactions that were judged, or could not be. Of an install that an earlier release of the host made this is not
    /// known: null, and in no sum.
    evaluations: Option<u64>,
    /// Transactions in which something was found. What is caught up with later is counted among the alerts alone.
    findings: u64,
    /// Transactions that could not be judged.
    failures: u64,
    /// What became of the alerts that were made.
    alerts: OutcomesBody,
    /// The share of true positives among the alerts that were closed as true or as false positives; null where there are
    /// none.
    precision: Option<f64>,
    /// Units of fuel, of the latest findings since the host started.
    fuel: QuantilesBody,
    /// Nanoseconds for one transaction, in the latest batches since the host started.
    nanoseconds: QuantilesBody,
}

/// Alerts, by what became of them. Alerts that are merged count as the one that they are.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AlertOutcomes")]
struct OutcomesBody {
    /// In no closed state.
    open: u64,
    true_positive: u64,
    false_positive: u64,
    inconclusive: u64,
    /// Closed, and nobody said what they were.
    none: u64,
}

/// Quantiles of the latest measurements; null where there are none.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Quantiles")]
struct QuantilesBody {
    p50: Option<u64>,
    p90: Option<u64>,
    p99: Option<u64>,
}

impl From<MeasuredQuantiles> for QuantilesBody {
    fn from(quantiles: MeasuredQuantiles) -> Self {
        Self {
            p50: quantiles.p50,
            p90: quantiles.p90,
            p99: quantiles.p99,
        }
    }
}

impl From<Figures> for FiguresBody {
    fn from(figures: Figures) -> Self {
        Self {
            evaluations: figures.evaluations,
            findings: figures.findings,
            failures: figures.failures,
            precision: figures.precision,
            alerts: OutcomesBody {
                open: figures.alerts.open,
                true_positive: figures.alerts.true_positive,
                false_positive: figures.alerts.false_positive,
                inconclusive: figures.alerts.inconclusive,
                none: figures.alerts.unsaid,
            },
            fuel: figures.fuel.into(),
            nanoseconds: figures.nanoseconds.into(),
        }
    }
}

impl From<InstallStats> for VersionBody {
    fn from(InstallStats { install, own }: InstallStats) -> Self {
        Self {
            install: install.number,
            plugin: install.plugin.clone(),
            version: install.version.clone(),
            mode: install.mode,
            installed_at: WireTime(Timestamp::from_micros(install.installed_at)),
            own: own.into(),
        }
    }
}

impl From<RuleStats> for StatsBody {
    fn from(stats: RuleStats) -> Self {
        Self {
            all: stats.all.into(),
            last_failure: stats.last_failure,
            failing: stats.failing,
            failures_in_a_row: stats.failures_in_a_row,
            failing_since: stats.failing_since.map(WireTime),
            refused_infos: stats.refused_infos,
            last_refused: stats.last_refused,
            versions: stats.versions.into_iter().map(VersionBody::from).collect(),
        }
    }
}

problem_from!(ReadStatsError {
    Forbidden,
    NoSuchRule,
    Read,
    Lane
});

pub(super) async fn read_stats(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
) -> Result<Json<StatsBody>, Problem> {
    let stats = stats::read(&app, &caller, path.into()).await?;
    Ok(Json(stats.into()))
}
