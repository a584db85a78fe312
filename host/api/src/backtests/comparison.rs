//! What the rule of a backtest said, beside what a rule of the team said of the same transactions: when they came, or in a
//! backtest of its own.

use std::ops::Range;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::blocking::blocking;
use super::super::caller::UserCaller;
use super::super::rules::{CountsBody, SampleBody};
use super::{BacktestPath, find};
use crate::http::{Filters, Params, Problem};
use app::App;
use app::backtest::{BacktestRecord, CompareOver, said_in};
use app::rules::compare::sample_count;
use app::rules::compared::{Period, day_in};
use app::rules::samples::Samples;
use engine::alert::{Disclosure, FindingRecord};
use engine::judgement::{Comparison, JudgedRow, judgements_of};
use store::key::{TeamId, TenantId};
use store::{Store, StoreError};
use tenant::{Definitions, Permission, RuleInstall};

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

pub(super) async fn compare_backtest(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<BacktestPath>,
    Filters(query): Filters<ComparisonQuery>,
) -> Result<Json<ComparisonBody>, Problem> {
    caller.require(Permission::RuleRead)?;
    let backtest = find(&app, &caller, &path).await?.record;
    let Some(with) = backtest.trial.compare_with.clone() else {
        return Err(Problem::conflict(
            "the backtest is compared with no rule; begin one with 'compare_with'",
        ));
    };
    let samples = sample_count(query.samples)?;
    let definitions = caller.definitions();
    let other = match backtest.trial.compared_backtest {
        None => None,
        Some(id) => {
            let path = BacktestPath {
                team: path.team,
                backtest: id,
            };
            Some(find(&app, &caller, &path).await?.record)
        }
    };
    let sequences = match &other {
        None => judged(&definitions, &backtest, &with),
        Some(other) => judged_by_both(&backtest, other),
    };
    let beside = Beside {
        tenant: caller.tenant,
        sequences,
        other,
        backtest,
        with,
        definitions,
    };
    let disclosure = caller.disclosure();
    let body = move || beside.body(&app.services.store, samples, &disclosure);
    Ok(Json(blocking(body).await??))
}

/// The places that a backtest judged, as far as what it found is kept.
fn reached(backtest: &BacktestRecord) -> Option<Range<u64>> {
    let tally = &backtest.tally;
    let end = tally.cut_at.unwrap_or(tally.reach + 1).min(tally.reach + 1);
    backtest.extent.map(|extent| extent.first.max(1)..end)
}

/// The places that both backtests judged.
fn judged_by_both(one: &BacktestRecord, other: &BacktestRecord) -> Vec<Range<u64>> {
    let (Some(one), Some(other)) = (reached(one), reached(other)) else {
        return Vec::new();
    };
    let both = one.start.max(other.start)..one.end.min(other.end);
    Some(both)
        .filter(|both| !both.is_empty())
        .into_iter()
        .collect()
}

/// The places that the backtest and some install of the rule judged.
fn judged(definitions: &Definitions, backtest: &BacktestRecord, rule: &str) -> Vec<Range<u64>> {
    let Some(reached) = reached(backtest) else {
        return Vec::new();
    };
    let prefix = format!("{}/{rule}/", backtest.trial.team);
    let installs = definitions.rules.under(&prefix);
    let of = |install: &Arc<RuleInstall>| {
        let sequences = definitions.sequences_of(install);
        sequences.start.max(reached.start)..sequences.end.min(reached.end)
    };
    installs.map(of).filter(|range| !range.is_empty()).collect()
}

/// A backtest beside a rule of its team.
struct Beside {
    tenant: TenantId,
    sequences: Vec<Range<u64>>,
    backtest: BacktestRecord,
    /// The backtest that it is compared with; none where that is what the rule said when the transactions came.
    other: Option<BacktestRecord>,
    with: String,
    definitions: Arc<Definitions>,
}

impl Beside {
    fn body(
        &self,
        store: &Store,
        samples: usize,
        disclosure: &Disclosure,
    ) -> Result<ComparisonBody, StoreError> {
        let trial = &self.backtest.trial;
        let day = day_in(self.definitions.time_zone());
        let one = self.said(store, &self.backtest);
        let mut comparison = match &self.other {
            None => Comparison::of(one, self.live(store), day, samples)?,
            Some(other) => Comparison::of(one, self.said(store, other), day, samples)?,
        };
        let config = |_: &FindingRecord| Some(trial.config.clone());
        let other_config = |record: &FindingRecord| match &self.other {
            Some(other) => Some(other.trial.config.clone()),
            None => {
                let (rule, number) = (&record.rule, record.install);
                let install = self.definitions.install(&trial.team, rule, number);
                install.map(|install| install.config.clone())
            }
        };
        let samples = Samples {
            store,
            tenant: self.tenant,
            configs: [&config, &other_config],
            rules: [&trial.plugin, &self.with],
            team: &trial.team,
            disclosure,
        };
        let samples = samples.take(&mut comparison)?;
        let sequences = self.sequences.iter();
        Ok(ComparisonBody {
            with: self.with.clone(),
            over: match self.other {
                None => CompareOver::Live,
                Some(_) => CompareOver::History,
            },
            sequences: sequences
                .map(|range| [range.start, range.end - 1])
                .collect(),
            findings_one: comparison.findings_one,
            findings_other: comparison.findings_other,
            is_cut: [Some(&self.backtest), self.other.as_ref()]
                .into_iter()
                .flatten()
                .any(|backtest| backtest.tally.cut_at.is_some()),
            samples: samples.into_iter().map(SampleBody::from).collect(),
            counts: CountsBody::of(&comparison),
        })
    }

    fn said<'s>(
        &'s self,
        store: &'s Store,
        backtest: &BacktestRecord,
    ) -> impl Iterator<Item = Result<JudgedRow, StoreError>> + use<'s> {
        let said = said_in(store, self.tenant, backtest.id, 0);
        said.filter(|row| match row {
            Ok(row) => {
                let mut ranges = self.sequences.iter();
                ranges.any(|range| range.contains(&row.sequence))
            }
            Err(_) => true,
        })
    }

    fn live<'s>(
        &'s self,
        store: &'s Store,
    ) -> impl Iterator<Item = Result<JudgedRow, StoreError>> + 's {
        let trial = &self.backtest.trial;
        let moment = |micros: Option<i64>| micros.map(Timestamp::from_micros);
        let period = Period {
            from: moment(trial.from),
            to: moment(trial.to),
        };
        let team = TeamId(trial.team_id);
        let ranges = self.sequences.iter().cloned();
        let said = ranges
            .flat_map(move |range| judgements_of(store, self.tenant, team, &self.with, range));
        said.filter_map(move |judged| match judged {
            Ok((_, row)) => period.holds(row.date_time).then_some(Ok(row)),
            Err(error) => Some(Err(error)),
        })
    }
}
