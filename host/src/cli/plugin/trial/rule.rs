//! Transactions through a rule, in batches, with real windows.

use std::sync::Arc;

use anyhow::bail;
use domain::column::Values;
use domain::payload::{PayloadSchema, Transaction};
use domain::rule::{Finding, Plan};
use domain::window::{BoundPlan, InputLimits, Inputs};

use super::material::{Before, DirectoryLists, Refused, Transactions};
use crate::alert::EvidenceValue;
use crate::plugin::rule::{Batch, RowOutcome, RulePlugin};

/// Transactions that are judged at once, as a lane under load does.
const BATCH: usize = 256;
/// Transactions by which a rule's purity is checked.
const SAMPLES: usize = 64;

/// A rule that is installed, with its plan.
pub(super) struct Trial<'t> {
    rule: &'t RulePlugin,
    plan: Plan,
    bound: Arc<BoundPlan>,
    row_fuel: u64,
    lists: &'t DirectoryLists,
}

/// What became of all transactions.
pub(super) struct TrialOutcome {
    pub(super) rule: String,
    pub(super) version: String,
    /// How many transactions were judged.
    pub(super) judged: usize,
    pub(super) refused: Vec<Refused>,
    pub(super) found: Vec<Found>,
    pub(super) failures: Vec<Unjudged>,
}

/// A transaction in which the rule found something.
pub(super) struct Found {
    pub(super) txn_id: String,
    pub(super) customer_id: String,
    pub(super) findings: Vec<Finding>,
    pub(super) fuel: u64,
    pub(super) evidence: Vec<(String, EvidenceValue)>,
}

/// A transaction that the rule could not judge.
pub(super) struct Unjudged {
    pub(super) txn_id: String,
    pub(super) reason: String,
}

impl<'t> Trial<'t> {
    /// Does what installing does: asks for the plan, and checks it against schema and lists.
    pub(super) fn prepare(
        rule: &'t RulePlugin,
        config: &str,
        schema: &PayloadSchema,
        row_fuel: u64,
        lists: &'t DirectoryLists,
    ) -> anyhow::Result<Self> {
        let plan = rule.prepare(config)?;
        let bound = BoundPlan::bind(&plan, schema).map_err(|faults| {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            anyhow::anyhow!(faults.join("; "))
        })?;
        if let Some(list) = bound.lists().into_iter().find(|list| !lists.has(list)) {
            bail!(
                "it reads the list '{list}'; put {list}.txt into a folder, and give that with --lists"
            );
        }
        Ok(Self {
            rule,
            plan,
            bound: Arc::new(bound),
            row_fuel,
            lists,
        })
    }

    pub(super) fn run(&self, transactions: Transactions) -> anyhow::Result<TrialOutcome> {
        let manifest = &self.rule.manifest().common;
        let mut outcome = TrialOutcome {
            rule: manifest.name.to_string(),
            version: manifest.version.to_string(),
            judged: transactions.accepted.len(),
            refused: transactions.refused,
            found: Vec::new(),
            failures: Vec::new(),
        };
        let all = transactions.accepted;
        let mut inputs = Inputs::new(std::slice::from_ref(&self.bound), InputLimits::default());
        inputs.begin_fill(None);
        for begin in (0..all.len()).step_by(BATCH) {
            let end = all.len().min(begin + BATCH);
            self.judge(&mut inputs, &all, begin..end, &mut outcome)?;
        }
        Ok(outcome)
    }

    fn judge(
        &self,
        inputs: &mut Inputs,
        all: &[Transaction],
        rows: std::ops::Range<usize>,
        outcome: &mut TrialOutcome,
    ) -> anyhow::Result<()> {
        let mut batch = inputs.begin();
        for row in rows.clone() {
            let sequence = row as u64 + 1;
            inputs.observe(
                sequence,
                &all[row],
                self.lists,
                &Before(&all[..row]),
                &mut batch,
            )?;
        }
        let columns = batch.select(inputs.columns_of(0));
        let columns: Vec<&Values> = columns.iter().map(|column| &**column).collect();
        let sequences: Vec<u64> = rows.clone().map(|row| row as u64 + 1).collect();
        let batch = Batch {
            prepared: &self.plan.prepared,
            inputs: &columns,
            sequences: &sequences,
            row_fuel: self.row_fuel,
        };
        if rows.start == 0 {
            self.check_purity(&batch)?;
        }
        for (index, said) in self.rule.evaluate(&batch).into_iter().enumerate() {
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
        self.rule.check_purity(&Batch {
            inputs: &samples,
            sequences: &batch.sequences[..rows.len()],
            ..*batch
        })?;
        Ok(())
    }

    fn evidence(&self, columns: &[&Values], row: usize) -> Vec<(String, EvidenceValue)> {
        let inputs = self.plan.inputs.iter().zip(columns);
        inputs
            .map(|(input, column)| (input.name.clone(), column.evidence(row).into()))
            .collect()
    }
}
