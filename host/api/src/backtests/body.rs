//! What is told of a backtest.

use std::collections::BTreeMap;

use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::replays::MadeByBody;
use crate::http::WireTime;
use app::backtest::{
    BacktestRecord, CompareOver, End, ListsMode, MAX_FAILED, MAX_FOUND, Purity, Quantiles,
    SeenBacktest, Stage, Tally,
};
use engine::lane::Actor;
use json::JsonValue;

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "BacktestState")]
pub(super) enum StateBody {
    /// Others go before it.
    Queued,
    /// It fills windows, then judges.
    Running,
    /// All was judged.
    Done,
    /// It cannot go on; `failure` says why.
    Failed,
    /// Somebody did not want it any more.
    Cancelled,
}

/// A rule over stored transactions.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Backtest")]
pub(super) struct BacktestBody {
    pub(super) id: String,
    pub(super) state: StateBody,
    plugin: String,
    /// The plugin's version.
    version: String,
    /// SHA-256 of the plugin's component, in hex.
    digest: String,
    config: JsonValue,
    /// Of transactions that happened then or later.
    from: Option<WireTime>,
    /// Of transactions that happened before.
    to: Option<WireTime>,
    /// Which lists the transactions meet.
    lists: ListsMode,
    /// The rule of the team with which it is compared.
    compare_with: Option<String>,
    /// Over what they are compared.
    #[serde(default)]
    compare_over: CompareOver,
    /// Where they are compared over history, the backtest that runs that rule.
    #[serde(default)]
    pub(super) compared_backtest: Option<String>,
    progress: ProgressBody,
    /// Transactions with findings.
    found: u64,
    /// Findings, by severity: that which their alerts would have.
    findings: BTreeMap<String, u64>,
    /// Transactions that could not be judged, by sort of failure: `out_of_fuel`, `trapped`, `reported`, `broken`,
    /// `impure`, `machine`.
    failures: BTreeMap<String, u64>,
    /// Why it failed.
    failure: Option<String>,
    /// Whether the rule says the same of a transaction alone and in any company; null before it was looked at.
    pure: Option<bool>,
    /// Where it does not, how that was seen.
    impurity: Option<String>,
    fuel: FuelBody,
    cost: Option<CostBody>,
    kept: KeptBody,
    /// What judged.
    made_by: MadeByBody,
    asked_by: Option<String>,
    asked_at: WireTime,
    cancelled_by: Option<String>,
    finished_at: Option<WireTime>,
}

/// How far it is.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BacktestProgress")]
pub(super) struct ProgressBody {
    /// Transactions judged.
    rows: u64,
    /// Of how many.
    of: u64,
    /// Transactions in a second, since it was begun or taken up; null while it does not run.
    rate: Option<f64>,
    /// About how many seconds are left, where that can be told.
    seconds_left: Option<f64>,
}

/// What transactions took in units of fuel, each judged alone.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BacktestFuel")]
struct FuelBody {
    /// For one transaction; what takes more fails.
    limit: u64,
    /// Of the first transactions, and of one in a thousand of all, whatever was said of them.
    sampled: Option<Quantiles>,
    /// Of transactions with findings.
    found: Option<Quantiles>,
}

/// What a million transactions like these cost when they are judged many at once, as under load.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BacktestCost")]
struct CostBody {
    /// Units of fuel, those of confirming findings included.
    fuel_per_million: u64,
    /// Processor seconds of the rule, on this machine.
    rule_seconds_per_million: f64,
    /// Processor seconds of computing its inputs, on this machine; live, rules share what they have in common.
    inputs_seconds_per_million: f64,
}

/// How much is kept to be read.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BacktestKept")]
struct KeptBody {
    /// The most transactions whose findings are kept with their evidence.
    most_found: u64,
    /// The most transactions that could not be judged which are kept.
    most_failed: u64,
    /// Whether there were more than that: then all are counted, and the first are kept.
    is_cut: bool,
}

impl BacktestBody {
    pub(super) fn of(seen: SeenBacktest) -> Self {
        let SeenBacktest { record, stage } = seen;
        let BacktestRecord {
            id,
            actor,
            needs: _,
            trial,
            extent,
            made_by,
            purity,
            tally,
            asked_at,
            finished_at,
            end,
        } = record;
        let time = |micros| WireTime(Timestamp::from_micros(micros));
        let (rate, seconds_left) = match stage {
            Stage::Running { pace } => (Some(pace.rate), pace.seconds_left),
            Stage::Queued | Stage::Ended => (None, None),
        };
        let state = match (&end, stage) {
            (Some(End::Done), _) => StateBody::Done,
            (Some(End::Failed { .. }), _) => StateBody::Failed,
            (Some(End::Cancelled { .. }), _) => StateBody::Cancelled,
            (None, Stage::Running { .. }) => StateBody::Running,
            (None, _) => StateBody::Queued,
        };
        let (failure, cancelled_by) = match end {
            Some(End::Failed { reason }) => (Some(reason), None),
            Some(End::Cancelled { by }) => (None, login(&by)),
            _ => (None, None),
        };
        let (pure, impurity) = match purity {
            None => (None, None),
            Some(Purity::Pure) => (Some(true), None),
            Some(Purity::Impure { reason }) => (Some(false), Some(reason)),
        };
        Self {
            id: id.to_string(),
            state,
            plugin: trial.plugin,
            version: trial.version,
            digest: trial.digest,
            config: trial.config,
            from: trial.from.map(time),
            to: trial.to.map(time),
            lists: trial.lists,
            compare_with: trial.compare_with,
            compare_over: match trial.compared_backtest {
                None => CompareOver::Live,
                Some(_) => CompareOver::History,
            },
            compared_backtest: trial.compared_backtest.map(|id| id.to_string()),
            progress: ProgressBody {
                rows: tally.rows,
                of: extent.map_or(0, |extent| extent.rows),
                rate,
                seconds_left,
            },
            fuel: FuelBody {
                limit: trial.row_fuel,
                sampled: tally.fuel_of_rows.quantiles(),
                found: tally.fuel_of_found.quantiles(),
            },
            cost: CostBody::of(&tally),
            kept: KeptBody {
                most_found: MAX_FOUND,
                most_failed: MAX_FAILED,
                is_cut: tally.cut_at.is_some(),
            },
            found: tally.found,
            findings: tally.findings,
            failures: tally.failures,
            failure,
            pure,
            impurity,
            made_by: MadeByBody::of(&made_by),
            asked_by: login(&actor),
            asked_at: time(asked_at),
            cancelled_by,
            finished_at: finished_at.map(time),
        }
    }
}

fn login(actor: &Actor) -> Option<String> {
    match actor {
        Actor::User { login, .. } => Some(login.clone()),
        _ => None,
    }
}

impl CostBody {
    fn of(tally: &Tally) -> Option<Self> {
        let millions = tally.rows as f64 / 1e6;
        let seconds = |nanos: u64| nanos as f64 / 1e9 / millions;
        (tally.rows > 0).then(|| Self {
            fuel_per_million: (tally.fuel as f64 / millions) as u64,
            rule_seconds_per_million: seconds(tally.rule_nanos),
            inputs_seconds_per_million: seconds(tally.inputs_nanos),
        })
    }
}
