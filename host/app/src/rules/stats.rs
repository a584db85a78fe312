//! What a rule has done, and how right it was.
//!
//! What it said is counted from what is kept, and so is the same after a restart; what judging took is measured since
//! the host started.

use std::sync::Arc;

use domain::time::Timestamp;

use super::{NoSuchRule, RuleName};
use crate::App;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use engine::alert::{AlertIndex, Disclosure, FoundBy, OutcomeCounts};
use engine::lane::{LaneError, Measured, SaidCounts, Sample, Streak, Taken, Tally};
use store::key::TeamId;
use tenant::{Definitions, Mode, Permission, RuleInstall};

/// The most installs that have figures of their own: the newest.
const MAX_VERSIONS: usize = 100;

/// What a rule has done.
#[derive(Clone, Debug)]
pub struct RuleStats {
    /// Of all its installs together.
    pub all: Figures,
    /// Why the newest failure failed.
    pub last_failure: Option<String>,
    /// Whether the install in force has failed so often in a row that it is shown as failing.
    pub failing: bool,
    /// How many transactions the install in force could not judge in a row, up to now.
    pub failures_in_a_row: u64,
    /// When the first of these was judged.
    pub failing_since: Option<Timestamp>,
    /// Findings since the host started whose info was not what the schema of the alert type asks for.
    pub refused_infos: u64,
    /// What was wrong with the newest of them.
    pub last_refused: Option<String>,
    /// Its installs, newest first: the newest hundred.
    pub versions: Vec<InstallStats>,
}

/// What one install of a rule has done.
#[derive(Clone, Debug)]
pub struct InstallStats {
    /// The install.
    pub install: Arc<RuleInstall>,
    /// What it has done.
    pub own: Figures,
}

/// What installs have done.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Transactions that were judged, or could not be; none if an earlier release of the host made the install.
    pub evaluations: Option<u64>,
    /// Transactions in which something was found.
    pub findings: u64,
    /// Transactions that could not be judged.
    pub failures: u64,
    /// What became of the alerts that were made.
    pub alerts: OutcomeCounts,
    /// The share of true positives among the alerts that were closed as true or as false positives, if there are any.
    pub precision: Option<f64>,
    /// Units of fuel, of the latest findings since the host started.
    pub fuel: MeasuredQuantiles,
    /// Nanoseconds for one transaction, in the latest batches since the host started.
    pub nanoseconds: MeasuredQuantiles,
}

/// Quantiles of the latest measurements; none if there are no measurements.
#[derive(Clone, Copy, Debug)]
pub struct MeasuredQuantiles {
    /// The median.
    pub p50: Option<u64>,
    /// 90 percent are not above it.
    pub p90: Option<u64>,
    /// 99 percent are not above it.
    pub p99: Option<u64>,
}

/// Why it cannot be read what a rule has done.
#[derive(Debug, thiserror::Error)]
pub enum ReadStatsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such rule.
    #[error(transparent)]
    NoSuchRule(#[from] NoSuchRule),
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The lane cannot be read.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Reads what a rule and each of its installs have done, and how right they were.
///
/// # Errors
/// Where the caller may not, or there is no such rule.
pub async fn read(
    app: &Arc<App>,
    caller: &Caller,
    rule: RuleName,
) -> Result<RuleStats, ReadStatsError> {
    caller.require(Permission::RuleRead)?;
    let team = TeamId(rule.find_team(&caller.definitions())?.id);
    let until = caller.lane.team(team.0).await?.durable();
    // Read after the durable sequence, so that they have the install that evaluated each transaction up to it.
    let definitions = caller.definitions();
    // A first install that is being prepared has no figures yet.
    let in_force = match definitions.rule_of(rule.team(), rule.rule()) {
        Some(in_force) => in_force.number,
        None => rule.newest(&definitions)?.install.number,
    };
    let (lane, tenant) = (caller.lane.clone(), caller.tenant);
    let disclosure = caller.disclosure();
    let read = move |app: &App| {
        let stats = lane.rule_stats(rule.team(), rule.rule());
        let store = &app.services.store;
        let known = Known {
            installs: Installed::all(&definitions, &rule, until),
            tally: stats.tally(store, tenant, team, rule.rule(), until)?,
            measured: stats.measured(),
            streak: stats.streak(in_force),
            closed_states: definitions.workflow().closed_states(),
        };
        Ok(lane.search(|index| known.stats(index, &rule, &disclosure)))
    };
    Ok(on_disk(app, read).await?)
}

/// An install of a rule, and how many transactions met it.
struct Installed {
    install: Arc<RuleInstall>,
    evaluations: Option<u64>,
}

impl Installed {
    /// The installs of a rule, oldest first, up to the team's transaction `until`.
    fn all(definitions: &Definitions, rule: &RuleName, until: u64) -> Vec<Self> {
        let prefix = format!("{}/{}/", rule.team, rule.rule);
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

/// All that is known of a rule, except what became of its alerts.
struct Known {
    installs: Vec<Installed>,
    tally: Tally,
    measured: Measured,
    streak: Streak,
    closed_states: Vec<String>,
}

impl Known {
    fn stats(self, index: &AlertIndex, rule: &RuleName, disclosure: &Disclosure) -> RuleStats {
        let last_failure = self.tally.last_failure.as_ref().map(|last| {
            let origin = rule.origin(last.install, last.at);
            disclosure.reason(&last.reason, &origin)
        });
        // Nothing of it is older than the host's start, so that all of it is marked.
        let origin = rule.origin(0, i64::MAX);
        let last_refused = self.measured.last_refused.as_ref();
        let last_refused = last_refused.map(|reason| disclosure.reason(reason, &origin));
        let outcomes = |installs: &[Installed]| {
            let found_by = installs.iter().map(Installed::found_by);
            index.outcomes(found_by, &self.closed_states)
        };
        let evaluations = self.installs.iter().filter_map(|one| one.evaluations).sum();
        let not_taken = Taken::default();
        let version = |one: &Installed| {
            let number = one.install.number;
            let taken = self.measured.by_install.get(&number);
            let taken = taken.unwrap_or(&not_taken);
            let alerts = outcomes(std::slice::from_ref(one));
            InstallStats {
                install: one.install.clone(),
                own: Figures::of(one.evaluations, self.tally.of(number), alerts, taken),
            }
        };
        let newest = self.installs.iter().rev().take(MAX_VERSIONS);
        RuleStats {
            all: Figures::of(
                Some(evaluations),
                self.tally.of_all(),
                outcomes(&self.installs),
                &self.measured.taken,
            ),
            failing: self.streak.is_failing(),
            failures_in_a_row: self.streak.failures,
            failing_since: self.streak.since,
            refused_infos: self.measured.refused_infos,
            versions: newest.map(version).collect(),
            last_failure,
            last_refused,
        }
    }
}

impl Figures {
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
            alerts,
            fuel: MeasuredQuantiles::of(&taken.fuel),
            nanoseconds: MeasuredQuantiles::of(&taken.nanos),
        }
    }
}

impl MeasuredQuantiles {
    fn of(sample: &Sample) -> Self {
        Self {
            p50: sample.quantile(50),
            p90: sample.quantile(90),
            p99: sample.quantile(99),
        }
    }
}
