//! Batches, judged so that a row's outcome is what that row alone gives.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::column::Values;

use super::verdict::RowVerdict;
use super::{Failure, FailureKind, JudgeError, Judged, RowOutcome, Runner};
use crate::CallError;
use crate::limits::RowLimits;

/// Of the rows in which a batch finds nothing, one in so many is judged alone, too.
const SAMPLED: u64 = 1_000;

/// So many rows are judged before it is known what a row takes.
const FIRST_ROWS: usize = 256;

/// So many rows in a row that the machine could not judge end a batch: it would
/// hold a thread for hours, and the rule is to be suspended anyhow.
const MACHINE_TROUBLES: u32 = 3;

/// Transactions for a rule, by column.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    /// The blob of the plan.
    pub prepared: &'a [u8],
    /// In the plan's order, each with one value for every row.
    pub inputs: &'a [&'a Values],
    /// The sequence number of each row: it decides which rows are sampled.
    pub sequences: &'a [u64],
    /// What one row may take, as recorded with the install.
    pub limits: RowLimits,
}

impl Batch<'_> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.sequences.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sequences.is_empty()
    }

    /// Judges some of the rows in one fresh instance.
    pub(super) fn judge(&self, runner: &Runner, rows: &[usize]) -> Result<Judged, JudgeError> {
        if rows.iter().copied().eq(0..self.len()) {
            let inputs = self.inputs.iter().copied();
            return runner.judge(self.prepared, rows.len(), inputs, self.limits);
        }
        let inputs: Vec<Values> = self.inputs.iter().map(|input| input.select(rows)).collect();
        runner.judge(self.prepared, rows.len(), inputs.iter(), self.limits)
    }

    /// Judges one row alone, which is what decides. An interrupted call is tried once more.
    pub(super) fn judge_alone(&self, runner: &Runner, row: usize) -> Result<Judged, JudgeError> {
        match self.judge(runner, &[row]) {
            Err(JudgeError::Call(CallError::Interrupted(_))) => self.judge(runner, &[row]),
            first => first,
        }
    }
}

/// What a rule says of a batch that nobody waits for, and what it took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tried {
    /// One for each row, the same as live.
    pub outcomes: Vec<RowOutcome>,
    /// Units of fuel of all calls, but of those that trapped.
    pub fuel: u64,
    /// Units of fuel of each row that was judged alone because its turn had come, whatever is said of it: one in a
    /// thousand.
    pub sampled: Vec<u64>,
}

pub(super) fn evaluate(runner: &Runner, batch: &Batch<'_>) -> Vec<RowOutcome> {
    Evaluation::new(runner, batch, None).all().outcomes
}

/// Judges as [`evaluate`] does, uncounted; once it is to stop, the rows that are left are not judged.
pub(super) fn try_out(runner: &Runner, batch: &Batch<'_>, stop: &AtomicBool) -> Tried {
    Evaluation::new(runner, batch, Some(stop)).all()
}

struct Evaluation<'a> {
    runner: &'a Runner,
    batch: &'a Batch<'a>,
    /// Rows are judged in order, so the outcomes are those of the rows from the first on.
    tried: Tried,
    /// How many of the last outcomes are the machine's trouble.
    machine_troubles: u32,
    /// Where nobody waits: says when to stop, and failures are not those of a live rule.
    stop: Option<&'a AtomicBool>,
}

impl<'a> Evaluation<'a> {
    fn new(runner: &'a Runner, batch: &'a Batch<'a>, stop: Option<&'a AtomicBool>) -> Self {
        Self {
            runner,
            batch,
            tried: Tried {
                outcomes: Vec::with_capacity(batch.len()),
                ..Tried::default()
            },
            machine_troubles: 0,
            stop,
        }
    }

    /// So many at once as are likely to need less than what they have together, the fuel of one row: where it is not
    /// enough, they are judged again in halves.
    fn all(mut self) -> Tried {
        let (rows, mut start, mut at_once) = (self.batch.len(), 0, FIRST_ROWS);
        while start < rows {
            let end = rows.min(start.saturating_add(at_once));
            let before = self.tried.fuel;
            self.rows(start..end);
            let of_row = (self.tried.fuel - before) / (end - start) as u64;
            let fits = self.batch.limits.fuel / 3 * 2 / of_row.max(1);
            at_once = usize::try_from(fits).map_or(rows, |fits| fits.max(1));
            start = end;
        }
        self.tried
    }

    fn rows(&mut self, rows: Range<usize>) {
        match rows.len() {
            0 => {}
            _ if self.machine_troubles >= MACHINE_TROUBLES || self.is_stopped() => {
                rows.for_each(|_| self.push(not_tried()));
            }
            1 => {
                let outcome = self.alone(rows.start, None);
                self.push(outcome);
            }
            count => match self
                .batch
                .judge(self.runner, &rows.clone().collect::<Vec<_>>())
            {
                Ok(judged) => {
                    self.tried.fuel += judged.fuel;
                    for (row, said) in rows.zip(judged.verdicts) {
                        let outcome = self.confirmed(row, said);
                        self.push(outcome);
                    }
                }
                Err(error) => {
                    self.tried.fuel += error.fuel();
                    let middle = rows.start + count / 2;
                    self.rows(rows.start..middle);
                    self.rows(middle..rows.end);
                }
            },
        }
    }

    /// The outcome of a row of which a batch said something.
    fn confirmed(&mut self, row: usize, said: RowVerdict) -> RowOutcome {
        if said == RowVerdict::Clear && !self.is_sampled(row) {
            return RowOutcome::Clear;
        }
        if self.machine_troubles >= MACHINE_TROUBLES || self.is_stopped() {
            return not_tried();
        }
        self.alone(row, Some(said))
    }

    /// The outcome of a row alone, which must say what the batch said.
    fn alone(&mut self, row: usize, said: Option<RowVerdict>) -> RowOutcome {
        let judged = self.batch.judge_alone(self.runner, row);
        let fuel = match &judged {
            Ok(judged) => judged.fuel,
            Err(error) => error.fuel(),
        };
        self.tried.fuel += fuel;
        if self.is_sampled(row) {
            self.tried.sampled.push(fuel);
        }
        let failure = match judged {
            Ok(Judged { mut verdicts, fuel }) => {
                let verdict = verdicts.pop().unwrap_or(RowVerdict::Clear);
                if said.is_none_or(|said| said == verdict) {
                    return RowOutcome::new(verdict, fuel);
                }
                Failure::impure()
            }
            Err(error) => match Failure::from(error) {
                failure if failure.kind == FailureKind::Machine || said.is_none() => failure,
                _ => Failure::impure(),
            },
        };
        RowOutcome::Failed(failure)
    }

    fn is_sampled(&self, row: usize) -> bool {
        self.batch.sequences[row].is_multiple_of(SAMPLED)
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }

    fn push(&mut self, outcome: RowOutcome) {
        self.machine_troubles = match &outcome {
            RowOutcome::Failed(failure) if failure.kind == FailureKind::Machine => {
                self.machine_troubles + 1
            }
            _ => 0,
        };
        if let (RowOutcome::Failed(failure), None) = (&outcome, self.stop) {
            let plugin = &*self.runner.writer.plugin;
            let labels = [
                ("plugin", plugin.to_owned()),
                ("kind", failure.kind.as_str().to_owned()),
            ];
            metrics::counter!("vervet_rule_failed_rows_total", &labels).increment(1);
            if failure.kind == FailureKind::Impure {
                let sequence = self.batch.sequences[self.tried.outcomes.len()];
                let tenant = self.runner.writer.tenant.unwrap_or_default();
                tracing::error!(
                    tenant,
                    plugin,
                    sequence,
                    "a rule is impure: it says one thing of a transaction alone and another in a batch"
                );
            }
        }
        self.tried.outcomes.push(outcome);
    }
}

fn not_tried() -> RowOutcome {
    RowOutcome::Failed(Failure {
        kind: FailureKind::Machine,
        reason: "not tried: the transactions before it were interrupted".into(),
    })
}
