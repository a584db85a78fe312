//! What the rule of a backtest said, beside what a rule of the team said of the same transactions: when they came, or in a
//! backtest of its own.

use std::ops::Range;
use std::sync::Arc;

use domain::time::Timestamp;

use super::kept::said_in;
use super::read::{BacktestName, FindBacktestError, find};
use super::record::{BacktestRecord, CompareOver};
use crate::App;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::rules::compare::{TooManySamples, sample_count};
use crate::rules::compared::{Period, day_in};
use crate::rules::samples::{ComparedTransaction, Samples};
use engine::alert::{Disclosure, FindingRecord};
use engine::judgement::{Comparison, JudgedRow, judgements_of};
use store::key::{TeamId, TenantId};
use store::{Store, StoreError};
use tenant::{Definitions, Permission, RuleInstall};

/// What the rule of a backtest, the one, and a rule of the team, the other, said of the same transactions.
#[derive(Clone, Debug)]
pub struct BacktestComparison {
    /// The rule of the team.
    pub with: String,
    /// Over what they are compared.
    pub over: CompareOver,
    /// The places of the transactions that both judged and that are compared, first and last, stretch by stretch.
    pub sequences: Vec<[u64; 2]>,
    /// Whether a backtest kept only what it found first, so that only as many transactions are compared.
    pub is_cut: bool,
    /// How what they said differs, without its samples.
    pub counts: Comparison,
    /// The newest transactions of each kind, oldest first.
    pub samples: Vec<ComparedTransaction>,
}

/// Why a backtest cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareBacktestError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such backtest.
    #[error(transparent)]
    Find(#[from] FindBacktestError),
    /// It names no rule with which it is compared.
    #[error("the backtest is compared with no rule; begin one with 'compare_with'")]
    ComparedWithNothing,
    /// More samples are asked for than there may be.
    #[error(transparent)]
    TooManySamples(#[from] TooManySamples),
    /// What the rules said cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Compares what the rule of a backtest said with what the rule said that the backtest names, with `samples` of each kind;
/// 5 if there is none.
///
/// # Errors
/// Where the caller may not, there is no such backtest, it names no rule, or too many samples are asked for.
pub async fn compare(
    app: &Arc<App>,
    caller: &Caller,
    backtest: &BacktestName,
    samples: Option<usize>,
) -> Result<BacktestComparison, CompareBacktestError> {
    caller.require(Permission::RuleRead)?;
    let record = find(app, caller, backtest).await?.record;
    let with = record.trial.compare_with.clone();
    let with = with.ok_or(CompareBacktestError::ComparedWithNothing)?;
    let samples = sample_count(samples)?;
    let definitions = caller.definitions();
    let other = match record.trial.compared_backtest {
        None => None,
        Some(id) => {
            let team = backtest.team.clone();
            Some(find(app, caller, &BacktestName { team, id }).await?.record)
        }
    };
    let sequences = match &other {
        None => judged(&definitions, &record, &with),
        Some(other) => judged_by_both(&record, other),
    };
    let beside = Beside {
        tenant: caller.tenant,
        sequences,
        other,
        backtest: record,
        with,
        definitions,
    };
    let disclosure = caller.disclosure();
    let compare = move |app: &App| beside.compare(&app.services.store, samples, &disclosure);
    Ok(on_disk(app, compare).await?)
}

/// Counts what the rule of a backtest found and where it failed, beside nothing: whatever it found is counted as found by
/// the one only.
///
/// # Errors
/// Where the caller may not, or there is no such backtest.
pub async fn count(
    app: &Arc<App>,
    caller: &Caller,
    backtest: &BacktestName,
) -> Result<Comparison, CompareBacktestError> {
    caller.require(Permission::RuleRead)?;
    find(app, caller, backtest).await?;
    let (tenant, id) = (caller.tenant, backtest.id);
    let day = day_in(caller.definitions().time_zone());
    let count = move |app: &App| {
        let said = said_in(&app.services.store, tenant, id, 0);
        Comparison::of(said, std::iter::empty(), day, 0)
    };
    Ok(on_disk(app, count).await?)
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
    /// The backtest that it is compared with; none if that is what the rule said when the transactions came.
    other: Option<BacktestRecord>,
    with: String,
    definitions: Arc<Definitions>,
}

impl Beside {
    fn compare(
        &self,
        store: &Store,
        samples: usize,
        disclosure: &Disclosure,
    ) -> Result<BacktestComparison, StoreError> {
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
        Ok(BacktestComparison {
            with: self.with.clone(),
            over: match self.other {
                None => CompareOver::Live,
                Some(_) => CompareOver::History,
            },
            sequences: sequences
                .map(|range| [range.start, range.end - 1])
                .collect(),
            is_cut: [Some(&self.backtest), self.other.as_ref()]
                .into_iter()
                .flatten()
                .any(|backtest| backtest.tally.cut_at.is_some()),
            samples,
            counts: comparison,
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
