//! One backtest at work: what its rule says is counted and kept.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::column::Values;
use domain::rule::Level;
use domain::time::Timestamp;

use super::course::{Course, Tested};
use super::lists::ListsAsOf;
use super::record::{BacktestRecord, End, Purity, Trial};
use super::running::{Next, Running};
use super::stream::{Judged, Said, StreamError, stream};
use super::tally::Tally;
use engine::alert::RuleWords;
use engine::judgement::{JudgedRow, Judgement};
use engine::lane::{Change, FoundInRow, Lane, LaneError, MaskedReads, Services, TeamView};
use runtime::rule::{Batch, FailureKind, Impurity, RowOutcome};
use store::StoreError;
use store::key::TenantId;
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

/// Why the work stops before its end; it goes on from what is kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum WorkError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error(transparent)]
    Lane(#[from] LaneError),
}

impl WorkError {
    /// Whether the same may succeed later.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            Self::Stream(error) => error.is_transient(),
            Self::Lane(error) => error.is_transient(),
        }
    }
}

/// One backtest at work.
pub(super) struct Work {
    pub(super) services: Arc<Services>,
    pub(super) lane: Arc<Lane>,
    pub(super) tenant: TenantId,
    pub(super) running: Arc<Running>,
    pub(super) view: Arc<TeamView>,
}

impl Work {
    /// Works until all is judged, or it is to stop. Blocks.
    pub(super) fn work(&self) -> Result<(), WorkError> {
        let record = self.running.record();
        if record.end.is_some() {
            return Ok(());
        }
        if let Err(revoked) = self.lane.check(&self.authority()) {
            let reason = revoked.to_string();
            return self.end(End::Failed { reason });
        }
        let definitions = self.lane.definitions();
        let rule = match self.rule(&definitions, &record.trial) {
            Ok(rule) => rule,
            Err(reason) => return self.end(End::Failed { reason }),
        };
        let Some(extent) = record.extent else {
            return self.end(End::Done);
        };
        if record.tally.reach >= extent.last {
            return self.end(End::Done);
        }
        let rules = vec![rule.clone()];
        let lists = ListsAsOf::load(
            &self.services.store,
            self.tenant,
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
            limits: self.services.limits.inputs,
            fields,
        };
        let stop = &self.running.stop;
        self.running.begin();
        let team = definitions.teams.get(&record.trial.team);
        let masked = team.map_or_else(MaskedReads::default, |team| {
            MaskedReads::ever(&rule.plan, team)
        });
        let mut keeping = Keeping::new(self, &rule, masked, record);
        let mut failed = None;
        stream(course, stop, &mut |judged| {
            let taken = keeping.take(judged);
            taken.unwrap_or_else(|error| {
                failed = Some(error);
                ControlFlow::Break(())
            })
        })?;
        match failed {
            Some(error) => Err(error),
            // The last of them broke off, or others did.
            None if self.running.is_stopped() => Ok(()),
            None => keeping.keep(Some(End::Done)),
        }
    }

    /// The rule as it would be installed, or why it cannot be had.
    fn rule(&self, definitions: &Definitions, trial: &Trial) -> Result<Tested, String> {
        let (name, version) = (&trial.plugin, &trial.version);
        let published = definitions.plugins.get(&format!("{name}/{version}"));
        let published = published
            .filter(|published| published.digest == trial.digest)
            .ok_or_else(|| {
                format!(
                    "the component of plugin {name} {version} with digest {} is not kept",
                    trial.digest
                )
            })?;
        let loading = self.services.load_rule(self.tenant, published);
        let plugin = self.services.runtime.block_on(loading);
        let plugin = plugin.map_err(|error| error.to_string())?;
        let team = definitions.teams.get(&trial.team);
        let mut schemas = team.iter().flat_map(|team| &team.schemas);
        let schema = schemas.find(|schema| schema.version == trial.schema);
        let schema = schema.ok_or_else(|| {
            format!(
                "payload schema {} of team '{}' is not kept",
                trial.schema, trial.team
            )
        })?;
        Tested::prepare(
            plugin,
            &trial.config.to_string(),
            &schema.compiled(),
            trial.row_limits(),
        )
        .map_err(|error| error.to_string())
    }

    /// On whose authority it goes on.
    fn authority(&self) -> Authority {
        let record = self.running.record();
        record.actor.authority(record.needs)
    }

    fn end(&self, end: End) -> Result<(), WorkError> {
        self.keep(Next {
            tally: self.running.record().tally,
            rows: Vec::new(),
            purity: None,
            end: Some(end),
        })
    }

    /// Keeps all of it or nothing, and nothing where it was cancelled meanwhile.
    fn keep(&self, next: Next) -> Result<(), WorkError> {
        let running = self.running.clone();
        let keep = move |change: &mut Change<'_>| running.keep(change, next);
        let kept = self.lane.note_when_room(&Authority::Host, keep);
        Ok(self.services.runtime.block_on(kept)?)
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

    /// Takes in what the rule says of some transactions; breaks off where it is not worth going on.
    fn take(&mut self, judged: Judged) -> Result<ControlFlow<()>, WorkError> {
        if self.tally.rows == 0
            && let Err(reason) = self.check_purity(&judged)
        {
            tracing::error!(
                backtest = %self.record.id,
                plugin = self.record.trial.plugin,
                "the rule is impure; the backtest says at which transaction"
            );
            self.purity = Some(Purity::Impure {
                reason: reason.clone(),
            });
            self.keep(Some(End::Failed { reason }))?;
            return Ok(ControlFlow::Break(()));
        }
        if let Err(revoked) = self.work.lane.check(&self.authority) {
            let reason = revoked.to_string();
            self.keep(Some(End::Failed { reason }))?;
            return Ok(ControlFlow::Break(()));
        }
        let Some(Said { tried, took }) = judged.said.first() else {
            return Ok(ControlFlow::Continue(()));
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
        self.work.running.advance(&self.tally);
        metrics::counter!(ROWS).increment(judged.rows.len() as u64);
        let is_due = self.tally.rows - self.kept_rows >= KEPT_EVERY
            || self.rows.len() >= ROWS_KEPT
            || self.kept_at.elapsed() >= KEPT_AFTER;
        if is_due {
            self.keep(None)?;
        }
        Ok(ControlFlow::Continue(()))
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

    /// Shows the rule the first transactions one by one, all at once and shuffled; a sentence where it does not say the same.
    fn check_purity(&mut self, judged: &Judged) -> Result<(), String> {
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
                let txn_id = &judged.rows[row].transaction.txn_id;
                Err(format!(
                    "impure: what the rule says of transaction '{txn_id}' depends on the others in its batch: \
                     a rule must say the same of a transaction alone and in any company"
                ))
            }
            // The machine's trouble; each row is confirmed all the same.
            Err(Impurity::Machine(_)) => Ok(()),
        }
    }

    /// Keeps what there is.
    fn keep(&mut self, end: Option<End>) -> Result<(), WorkError> {
        let kept = self.work.keep(Next {
            tally: self.tally.clone(),
            rows: std::mem::take(&mut self.rows),
            purity: self.purity.take(),
            end,
        });
        self.kept_rows = self.tally.rows;
        self.kept_at = Instant::now();
        kept
    }
}
