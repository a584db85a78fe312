//! What a rule has done, and how right it was: `/v1/teams/{team}/rules/{rule}/stats`.
//!
//! What it said is counted from what is kept, and so is the same after a restart; what judging took is measured since
//! the host started.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::blocking::blocking;
use super::super::caller::UserCaller;
use super::RulePath;
use crate::http::{Params, Problem, WireTime};
use app::App;
use app::teams::find_team;
use engine::alert::{AlertIndex, Disclosure, FoundBy, OutcomeCounts};
use engine::lane::{Measured, SaidCounts, Sample, Streak, Taken, Tally};
use store::StoreError;
use store::key::TeamId;
use tenant::{Definitions, Mode, Permission, RuleInstall};

/// The most installs that are told one by one: the newest.
const MAX_VERSIONS: usize = 100;

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

impl QuantilesBody {
    fn of(sample: &Sample) -> Self {
        Self {
            p50: sample.quantile(50),
            p90: sample.quantile(90),
            p99: sample.quantile(99),
        }
    }
}

impl FiguresBody {
    fn of(
        evaluations: Option<u64>,
        said: SaidCounts,
        alerts: OutcomeCounts,
        taken: &Taken,
    ) -> Self {
        Self {
            evaluations,
            findings: said.findings,
            failures: said.failures,
            precision: alerts.precision(),
            alerts: OutcomesBody {
                open: alerts.open,
                true_positive: alerts.true_positive,
                false_positive: alerts.false_positive,
                inconclusive: alerts.inconclusive,
                none: alerts.unsaid,
            },
            fuel: QuantilesBody::of(&taken.fuel),
            nanoseconds: QuantilesBody::of(&taken.nanos),
        }
    }
}

/// An install of a rule, and how many transactions met it.
struct Installed {
    install: Arc<RuleInstall>,
    evaluations: Option<u64>,
}

impl Installed {
    /// The installs of a rule, oldest first, up to the team's transaction `until`.
    fn all(definitions: &Definitions, path: &RulePath, until: u64) -> Vec<Self> {
        let prefix = format!("{}/{}/", path.team(), path.rule());
        let installs = definitions.rules.under(&prefix);
        let installed = installs.filter(|install| !install.removed).map(|install| {
            let met = definitions.sequences_of(install);
            let evaluations = match (install.mode, met.start) {
                (Mode::Off, _) => Some(0),
                // An earlier release did not keep it.
                (_, 0) => None,
                (_, first) => Some(met.end.min(until.saturating_add(1)).saturating_sub(first)),
            };
            Self {
                install: install.clone(),
                evaluations,
            }
        });
        installed.collect()
    }

    fn found_by(&self) -> FoundBy<'_> {
        FoundBy {
            team: &self.install.team,
            rule: &self.install.rule,
            install: self.install.number,
        }
    }
}

/// All that is known of a rule, but what became of its alerts.
struct Known {
    installs: Vec<Installed>,
    tally: Tally,
    measured: Measured,
    streak: Streak,
    closed_states: Vec<String>,
}

impl Known {
    fn body(self, index: &AlertIndex, path: &RulePath, disclosure: &Disclosure) -> StatsBody {
        let last_failure = self.tally.last_failure.as_ref().map(|last| {
            let origin = path.origin(last.install, last.at);
            disclosure.reason(&last.reason, &origin)
        });
        // Nothing of it is older than the host's start, so that all of it is marked.
        let origin = path.origin(0, i64::MAX);
        let last_refused = self.measured.last_refused.as_ref();
        let last_refused = last_refused.map(|reason| disclosure.reason(reason, &origin));
        let outcomes = |installs: &[Installed]| {
            let found_by = installs.iter().map(Installed::found_by);
            index.outcomes(found_by, &self.closed_states)
        };
        let evaluations = self.installs.iter().filter_map(|one| one.evaluations).sum();
        let not_taken = Taken::default();
        let version = |one: &Installed| {
            let install = &one.install;
            let said = self.tally.of(install.number);
            let taken = self.measured.by_install.get(&install.number);
            let alerts = outcomes(std::slice::from_ref(one));
            VersionBody {
                install: install.number,
                plugin: install.plugin.clone(),
                version: install.version.clone(),
                mode: install.mode,
                installed_at: WireTime(Timestamp::from_micros(install.installed_at)),
                own: FiguresBody::of(one.evaluations, said, alerts, taken.unwrap_or(&not_taken)),
            }
        };
        let newest = self.installs.iter().rev().take(MAX_VERSIONS);
        StatsBody {
            all: FiguresBody::of(
                Some(evaluations),
                self.tally.of_all(),
                outcomes(&self.installs),
                &self.measured.taken,
            ),
            failing: self.streak.is_failing(),
            failures_in_a_row: self.streak.failures,
            failing_since: self.streak.since.map(WireTime),
            refused_infos: self.measured.refused_infos,
            versions: newest.map(version).collect(),
            last_failure,
            last_refused,
        }
    }
}

pub(super) async fn read_stats(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
) -> Result<Json<StatsBody>, Problem> {
    caller.require(Permission::RuleRead)?;
    let team = TeamId(find_team(&caller.definitions(), path.team())?.id);
    let until = caller.lane.team(team.0).await?.durable();
    // In this order: whoever has the later definitions knows which install met each of these transactions.
    let definitions = caller.definitions();
    // A first install that is being prepared has no figures yet.
    let in_force = definitions.rule_of(path.team(), path.rule());
    let in_force =
        in_force.map_or_else(|| path.find_newest(&definitions).map(|it| it.install), Ok)?;
    let in_force = in_force.number;
    let (lane, tenant) = (caller.lane.clone(), caller.tenant);
    let disclosure = caller.disclosure();
    let read = move || {
        let stats = lane.rule_stats(path.team(), path.rule());
        let store = &app.services.store;
        let known = Known {
            installs: Installed::all(&definitions, &path, until),
            tally: stats.tally(store, tenant, team, path.rule(), until)?,
            measured: stats.measured(),
            streak: stats.streak(in_force),
            closed_states: definitions.workflow().closed_states(),
        };
        Ok::<_, StoreError>(Json(
            lane.search(|index| known.body(index, &path, &disclosure)),
        ))
    };
    Ok(blocking(read).await??)
}
