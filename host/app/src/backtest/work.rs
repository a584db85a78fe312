//! One backtest at work: what its rule says is counted and kept.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use domain::column::Values;
use domain::rule::Level;
use domain::time::Timestamp;

use super::course::{Course, PrepareError, Tested};
use super::lists::ListsAsOf;
use super::record::{BacktestRecord, Purity, Trial};
use super::run::BacktestJob;
use super::running::Next;
use super::stream::{Judged, Said, StreamError, stream};
use super::tally::Tally;
use crate::prepared_rule::{AskPlanError, LoadKeptError, PreparedRule, ask_plan, load_kept};
use engine::alert::RuleWords;
use engine::judgement::{JudgedRow, Judgement};
use engine::lane::{Change, FoundInRow, LaneError, MaskedReads, TeamView};
use jobs::Run;
use runtime::rule::{Batch, FailureKind, Impurity, RowOutcome};
use tenant::{Authority, Definitions, RuleInstall};

/// Transactions by which a rule's purity is checked.
const SAMPLES: usize = 64;
/// After so many transactions what came of them is kept, so that a stop costs no more than their work.
const KEPT_EVERY: u64 = 65_536;
/// What came of transactions is kept after so long at the latest.
const KEPT_AFTER: Duration = Duration::from_secs(5);
/// From so many transactions of which the rule said something on they are kept.
const ROWS_KEPT: usize = 256;

/// Transactions that backtests judged.
const ROWS: &str = "vervet_backtest_rows_total";

/// Why a backtest cannot go on.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum BacktestFault {
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error("payload schema {schema} of team '{team}' is not kept")]
    SchemaNotKept { schema: u32, team: String },
    #[error(transparent)]
    Load(#[from] LoadKeptError),
    #[error(transparent)]
    AskPlan(#[from] AskPlanError),
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    #[error(
        "impure: what the rule says of transaction '{txn_id}' depends on the others in its batch: \
         a rule must say the same of a transaction alone and in any company"
    )]
    Impure { txn_id: String },
}

impl BacktestFault {
    /// Whether the same may succeed later.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Stream(error) => error.is_transient(),
            Self::SchemaNotKept { .. }
            | Self::Load(_)
            | Self::AskPlan(_)
            | Self::Prepare(_)
            | Self::Impure { .. } => false,
        }
    }
}

impl From<BacktestFault> for WorkError {
    fn from(fault: BacktestFault) -> Self {
        Self::Fault(fault)
    }
}

type WorkError = jobs::WorkError<BacktestFault>;

/// One backtest at work.
pub(super) struct Work {
    pub(super) run: Arc<Run<BacktestJob>>,
    pub(super) view: Arc<TeamView>,
}

impl Work {
    /// Works until all is judged, or it is to stop, and returns what is still to be kept. Blocks.
    pub(super) fn work(
        &self,
        record: BacktestRecord,
        stop: &AtomicBool,
    ) -> Result<Next, WorkError> {
        let (services, lane) = (self.run.services(), &self.run.lane);
        let authority = record.actor.authority(record.needs);
        lane.check(&authority).map_err(LaneError::from)?;
        let definitions = lane.definitions();
        let rule = self.rule(&definitions, &record.trial)?;
        let left = record
            .extent
            .filter(|extent| record.tally.reach < extent.last);
        let Some(extent) = left else {
            return Ok(Next {
                tally: record.tally,
                rows: Vec::new(),
                purity: None,
            });
        };
        let rules = vec![rule.clone()];
        let lists = ListsAsOf::load(
            &services.store,
            self.run.tenant(),
            record.trial.team_id,
            definitions.clone(),
            Course::lists_of(&rules),
            record.trial.lists,
        )?;
        let fields = Course::fields_of(&rules);
        let course = Course {
            view: self.view.clone(),
            rules,
            wanted: record.trial.wanted(),
            first: extent.first.max(record.tally.reach + 1),
            last: extent.last,
            lists,
            limits: services.limits.inputs,
            fields,
        };
        self.run.progress.begin(record.tally.clone());
        let team = definitions.teams.get(&record.trial.team);
        let masked = team.map_or_else(MaskedReads::default, |team| {
            MaskedReads::ever(&rule.plan, team)
        });
        let mut keeping = Keeping::new(self, &rule, masked, record);
        let mut failed = None;
        stream(course, stop, &mut |judged| {
            let taken = keeping.take(judged);
            match taken {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        })
        .map_err(BacktestFault::from)?;
        match failed {
            Some(error) => Err(error),
            None if self.run.is_stopped() => Err(WorkError::Stopped),
            None => Ok(keeping.next()),
        }
    }

    /// The rule as it would be installed.
    fn rule(&self, definitions: &Definitions, trial: &Trial) -> Result<Tested, BacktestFault> {
        let (services, tenant) = (self.run.services(), self.run.tenant());
        let plugin = (&*trial.plugin, &*trial.version);
        let loading = load_kept(services, tenant, definitions, plugin, &trial.digest);
        let plugin = services.runtime.block_on(loading)?;
        let team = definitions.teams.get(&trial.team);
        let mut schemas = team.iter().flat_map(|team| &team.schemas);
        let schema = schemas.find(|schema| schema.version == trial.schema);
        let schema = schema.ok_or_else(|| BacktestFault::SchemaNotKept {
            schema: trial.schema,
            team: trial.team.clone(),
        })?;
        let asking = ask_plan(services, plugin, &trial.config);
        let PreparedRule { plugin, plan } = services.runtime.block_on(asking)?;
        let limits = trial.row_limits();
        Ok(Tested::bind(plugin, plan, &schema.compiled(), limits)?)
    }

    /// Keeps all of it or nothing, and nothing if it was cancelled meanwhile.
    fn keep(&self, next: Next) -> Result<(), WorkError> {
        let keep = move |change: &mut Change<'_>, record: &mut BacktestRecord| {
            next.put(change, record);
            Ok(())
        };
        let kept = self.run.keep(&Authority::Host, keep);
        self.run.services().runtime.block_on(kept)
    }
}

/// What the rule says, counted, and gathered until it is kept.
struct Keeping<'w> {
    work: &'w Work,
    rule: &'w Tested,
    authority: Authority,
    /// Which masked fields the rule reads.
    masked: MaskedReads,
    record: BacktestRecord,
    /// As which the findings are kept.
    install: RuleInstall,
    type_severity: Option<Level>,
    tally: Tally,
    rows: Vec<JudgedRow>,
    purity: Option<Purity>,
    kept_rows: u64,
    kept_at: Instant,
}

impl<'w> Keeping<'w> {
    fn new(work: &'w Work, rule: &'w Tested, masked: MaskedReads, record: BacktestRecord) -> Self {
        let of_type = record.trial.type_severity.as_deref();
        Self {
            work,
            rule,
            authority: record.actor.authority(record.needs),
            masked,
            install: record.trial.install(),
            type_severity: of_type.and_then(Level::parse),
            tally: record.tally.clone(),
            rows: Vec::new(),
            purity: None,
            kept_rows: record.tally.rows,
            kept_at: Instant::now(),
            record,
        }
    }

    /// Takes in what the rule says of some transactions.
    ///
    /// # Errors
    /// Where it is not worth going on, or what there is cannot be kept.
    fn take(&mut self, judged: Judged) -> Result<(), WorkError> {
        if self.tally.rows == 0
            && let Err(impure) = self.check_purity(&judged)
        {
            tracing::error!(
                backtest = %self.record.id,
                plugin = self.record.trial.plugin,
                "the rule is impure; the backtest says at which transaction"
            );
            self.purity = Some(Purity::Impure {
                reason: impure.to_string(),
            });
            self.keep()?;
            return Err(impure.into());
        }
        if let Err(revoked) = self.work.run.lane.check(&self.authority) {
            self.keep()?;
            return Err(LaneError::from(revoked).into());
        }
        let Some(Said { tried, took }) = judged.said.first() else {
            return Ok(());
        };
        for (index, outcome) in tried.outcomes.iter().enumerate() {
            if let Some(said) = self.judgement(&judged, index, outcome) {
                let placed = &judged.rows[index];
                let row = JudgedRow {
                    sequence: placed.sequence,
                    txn_id: placed.transaction.txn_id.as_str().to_owned(),
                    date_time: placed.transaction.date_time.as_micros(),
                    judged_at: self.record.asked_at,
                    said,
                };
                if self.tally.count(&row) {
                    self.rows.push(row);
                }
            }
        }
        self.tally.reach = judged.reach;
        self.tally.rows += judged.rows.len() as u64;
        self.tally.fuel += tried.fuel;
        for &fuel in &tried.sampled {
            self.tally.fuel_of_rows.add(fuel);
        }
        self.tally.took(*took, judged.inputs_took);
        self.work.run.progress.advance(&self.tally);
        metrics::counter!(ROWS).increment(judged.rows.len() as u64);
        let is_due = self.tally.rows - self.kept_rows >= KEPT_EVERY
            || self.rows.len() >= ROWS_KEPT
            || self.kept_at.elapsed() >= KEPT_AFTER;
        if is_due {
            self.keep()?;
        }
        Ok(())
    }

    /// What is kept of an outcome; none if there is nothing to say.
    fn judgement(
        &mut self,
        judged: &Judged,
        index: usize,
        outcome: &RowOutcome,
    ) -> Option<Judgement> {
        match outcome {
            RowOutcome::Clear => None,
            RowOutcome::Findings { findings, fuel } => {
                self.tally.fuel_of_found.add(*fuel);
                let placed = &judged.rows[index];
                let found = FoundInRow {
                    install: &self.install,
                    manifest: self.rule.plugin.manifest(),
                    plan: &self.rule.plan,
                    masked: &self.masked,
                    columns: &judged.columns[0],
                    made_by: &self.record.made_by,
                    sequence: placed.sequence,
                    transaction: &placed.transaction,
                    batch: &judged.inputs,
                    index,
                    findings,
                    refused_infos: &[],
                    fuel: *fuel,
                    late: false,
                };
                let at = Timestamp::from_micros(self.record.asked_at);
                let version = |list: &str| {
                    let mut lists = judged.lists.iter();
                    let found = lists.find(|(name, _)| name == list);
                    found.map(|(_, version)| *version)
                };
                let kept = found.kept_here(at, self.type_severity, &version);
                Some(Judgement::Found(kept))
            }
            RowOutcome::Failed(failure) => {
                if failure.kind == FailureKind::Impure {
                    self.purity = Some(Purity::Impure {
                        reason: failure.to_string(),
                    });
                }
                Some(Judgement::Failed {
                    kind: failure.kind.as_str().to_owned(),
                    reason: RuleWords::new(failure.to_string(), self.masked.mark()),
                    caught_up: None,
                })
            }
        }
    }

    /// Shows the rule the first transactions one by one, all at once and shuffled: it must say the same.
    fn check_purity(&mut self, judged: &Judged) -> Result<(), BacktestFault> {
        let rows: Vec<usize> = (0..judged.rows.len().min(SAMPLES)).collect();
        let columns = judged.columns[0].iter();
        let samples: Vec<Values> = columns
            .map(|&at| judged.inputs.columns[at].select(&rows))
            .collect();
        let sequences = judged.rows.iter().map(|placed| placed.sequence);
        let checked = self.rule.plugin.check_purity(&Batch {
            prepared: &self.rule.plan.prepared,
            inputs: &samples.iter().collect::<Vec<_>>(),
            sequences: &sequences.take(rows.len()).collect::<Vec<u64>>(),
            limits: self.rule.limits,
        });
        match checked {
            Ok(fuel) => {
                fuel.into_iter()
                    .for_each(|fuel| self.tally.fuel_of_rows.add(fuel));
                self.purity = Some(Purity::Pure);
                Ok(())
            }
            Err(Impurity::Differs { row }) => {
                let txn_id = judged.rows[row].transaction.txn_id.as_str().to_owned();
                Err(BacktestFault::Impure { txn_id })
            }
            // The machine's trouble; each row is confirmed all the same.
            Err(Impurity::Machine(_)) => Ok(()),
        }
    }

    /// Keeps what there is.
    fn keep(&mut self) -> Result<(), WorkError> {
        let next = self.next();
        self.kept_rows = self.tally.rows;
        self.kept_at = Instant::now();
        self.work.keep(next)
    }

    /// What there is to keep.
    fn next(&mut self) -> Next {
        Next {
            tally: self.tally.clone(),
            rows: std::mem::take(&mut self.rows),
            purity: self.purity.take(),
        }
    }
}
