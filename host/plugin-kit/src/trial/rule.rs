//! Transactions through a rule, in batches, with real windows.

use anyhow::bail;
use domain::column::Values;
use domain::payload::PayloadSchema;
use domain::rule::{Finding, Level};
use domain::window::{InputLimits, Inputs, TableHistory};

use super::material::{DirectoryLists, Refused, Transactions};
use app::backtest::Tested;
use engine::alert::EvidenceValue;
use runtime::rule::{Batch, FailureKind, RowOutcome, RulePlugin};

/// Transactions that are judged at once, as a lane under load does.
const BATCH: usize = 256;
/// Transactions by which a rule's purity is checked.
const SAMPLES: usize = 64;

/// A rule that is installed, with its plan.
pub(super) struct Trial<'t> {
    rule: Tested,
    lists: &'t DirectoryLists,
}

/// What became of all transactions.
pub(crate) struct TrialOutcome {
    pub(crate) rule: String,
    pub(crate) version: String,
    /// Of findings that say none.
    pub(crate) severity: Level,
    /// How many transactions were judged.
    pub(crate) judged: usize,
    pub(crate) refused: Vec<Refused>,
    pub(crate) found: Vec<Found>,
    pub(crate) failures: Vec<Unjudged>,
}

/// Why a trial is not all well. Each has an exit code of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// The payload schema refused some transactions.
    #[error("the payload schema refused {}", transactions(*.0))]
    Refused(usize),
    /// The rule could not judge some.
    #[error("the rule could not judge {}", transactions(*.0))]
    Failed(usize),
    /// The file has none.
    #[error("there was no transaction to judge")]
    Nothing,
}

fn transactions(count: usize) -> String {
    match count {
        1 => "1 transaction".to_owned(),
        count => format!("{count} transactions"),
    }
}

impl Ended {
    /// As `vervet plugin test --help` lists them.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Refused(_) => 3,
            Self::Failed(_) => 4,
            Self::Nothing => 5,
        }
    }
}

impl TrialOutcome {
    /// Why not every transaction was judged; none if each was.
    pub(crate) fn ended(&self) -> Option<Ended> {
        match (self.failures.len(), self.refused.len(), self.judged) {
            (0, 0, 0) => Some(Ended::Nothing),
            (0, 0, _) => None,
            (0, refused, _) => Some(Ended::Refused(refused)),
            (failed, ..) => Some(Ended::Failed(failed)),
        }
    }
}

/// A transaction in which the rule found something.
pub(crate) struct Found {
    pub(crate) txn_id: String,
    pub(crate) customer_id: String,
    pub(crate) findings: Vec<Finding>,
    pub(crate) fuel: u64,
    pub(crate) evidence: Vec<(String, EvidenceValue)>,
}

/// A transaction that the rule could not judge.
pub(crate) struct Unjudged {
    pub(crate) txn_id: String,
    pub(crate) kind: FailureKind,
    pub(crate) reason: String,
}

impl<'t> Trial<'t> {
    /// Does what installing does: asks for the plan, and checks it against schema and lists.
    pub(super) fn prepare(
        rule: &RulePlugin,
        config: &str,
        schema: &PayloadSchema,
        lists: &'t DirectoryLists,
    ) -> anyhow::Result<Self> {
        let rule = Tested::prepare(rule.clone(), config, schema, rule.row_limits())?;
        if let Some(list) = rule.bound.lists().into_iter().find(|list| !lists.has(list)) {
            bail!(
                "it reads the list '{list}'; put {list}.txt into a folder, and give that with --lists"
            );
        }
        Ok(Self { rule, lists })
    }

    pub(super) fn run(
        &self,
        transactions: Transactions,
        judged: &mut dyn FnMut(usize, usize),
    ) -> anyhow::Result<TrialOutcome> {
        let manifest = self.rule.plugin.manifest();
        let mut outcome = TrialOutcome {
            rule: manifest.common.name.to_string(),
            version: manifest.common.version.to_string(),
            severity: manifest.severity,
            judged: transactions.accepted.len(),
            refused: transactions.refused,
            found: Vec::new(),
            failures: Vec::new(),
        };
        let all = transactions.accepted;
        let mut inputs = Inputs::new(
            std::slice::from_ref(&self.rule.bound),
            InputLimits::default(),
        );
        inputs.begin_at_the_first();
        let earlier = TableHistory::new(&inputs, &all);
        for begin in (0..all.len()).step_by(BATCH) {
            let end = all.len().min(begin + BATCH);
            self.judge(&mut inputs, &earlier, begin..end, &mut outcome)?;
            judged(end, all.len());
        }
        Ok(outcome)
    }

    fn judge(
        &self,
        inputs: &mut Inputs,
        earlier: &TableHistory<'_>,
        rows: std::ops::Range<usize>,
        outcome: &mut TrialOutcome,
    ) -> anyhow::Result<()> {
        let all = earlier.transactions();
        let mut batch = inputs.begin();
        for row in rows.clone() {
            let sequence = row as u64;
            inputs.observe(sequence, &all[row], self.lists, earlier, &mut batch)?;
        }
        let columns = batch.select(inputs.columns_of(0));
        let sequences: Vec<u64> = rows.clone().map(|row| row as u64 + 1).collect();
        let batch = Batch {
            prepared: &self.rule.plan.prepared,
            inputs: &columns,
            sequences: &sequences,
            limits: self.rule.limits,
        };
        if rows.start == 0 {
            self.check_purity(&batch)?;
        }
        for (index, said) in self.rule.plugin.evaluate(&batch).into_iter().enumerate() {
            let transaction = &all[rows.start + index];
            let txn_id = transaction.txn_id.to_string();
            match said {
                RowOutcome::Clear => {}
                RowOutcome::Findings { findings, fuel } => outcome.found.push(Found {
                    txn_id,
                    customer_id: transaction.customer_id.to_string(),
                    findings,
                    fuel,
                    evidence: self.evidence(&columns, index),
                }),
                RowOutcome::Failed(failure) => outcome.failures.push(Unjudged {
                    txn_id,
                    kind: failure.kind,
                    reason: failure.to_string(),
                }),
            }
        }
        Ok(())
    }

    fn check_purity(&self, batch: &Batch<'_>) -> anyhow::Result<()> {
        let rows: Vec<usize> = (0..batch.len().min(SAMPLES)).collect();
        let samples: Vec<Values> = batch
            .inputs
            .iter()
            .map(|input| input.select(&rows))
            .collect();
        let samples: Vec<&Values> = samples.iter().collect();
        self.rule.plugin.check_purity(&Batch {
            inputs: &samples,
            sequences: &batch.sequences[..rows.len()],
            ..*batch
        })?;
        Ok(())
    }

    fn evidence(&self, columns: &[&Values], row: usize) -> Vec<(String, EvidenceValue)> {
        let inputs = self.rule.plan.inputs.iter().zip(columns);
        inputs
            .map(|(input, column)| (input.name.clone(), column.evidence(row).into()))
            .collect()
    }
}
