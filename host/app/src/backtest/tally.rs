//! What came of the transactions that were judged so far.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fuel::Spread;
use engine::judgement::{JudgedRow, Judgement};

/// The most transactions with findings that are kept with their evidence; all are counted.
pub const MAX_FOUND: u64 = 50_000;
/// The most transactions that the rule could not judge that are kept; all are counted.
pub const MAX_FAILED: u64 = 10_000;

/// What came of the transactions that were judged so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// All transactions up to this place are judged.
    pub reach: u64,
    /// How many were judged.
    pub rows: u64,
    /// How many of them have findings.
    pub found: u64,
    /// Findings, by severity.
    pub findings: BTreeMap<String, u64>,
    /// How many could not be judged, by the sort of failure.
    pub failures: BTreeMap<String, u64>,
    /// Units of fuel of all calls.
    pub fuel: u64,
    /// Units of fuel of transactions alone: the first ones and one in a thousand of the others, whatever was said of them.
    pub fuel_of_rows: Spread,
    /// Units of fuel of transactions with findings, alone.
    pub fuel_of_found: Spread,
    /// Processor time of the rule, in nanoseconds.
    pub rule_nanos: u64,
    /// Processor time of computing its inputs, in nanoseconds.
    pub inputs_nanos: u64,
    /// The place from which on something is not kept, because there was too much.
    pub cut_at: Option<u64>,
}

impl Tally {
    /// How many could not be judged.
    pub fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    /// Counts a transaction of which the rule said something; whether it is to be kept.
    pub(super) fn count(&mut self, row: &JudgedRow) -> bool {
        let is_kept = match &row.said {
            Judgement::Found(findings) => {
                self.found += 1;
                for finding in findings {
                    *self.findings.entry(finding.severity.clone()).or_default() += 1;
                }
                self.found <= MAX_FOUND
            }
            Judgement::Failed { kind, .. } => {
                *self.failures.entry(kind.clone()).or_default() += 1;
                self.failed() <= MAX_FAILED
            }
        };
        if !is_kept {
            self.cut_at.get_or_insert(row.sequence);
        }
        is_kept
    }

    /// Adds what judging and what went before it took.
    pub(super) fn took(&mut self, rule: Duration, inputs: Duration) {
        let nanos = |took: Duration| u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.rule_nanos = self.rule_nanos.saturating_add(nanos(rule));
        self.inputs_nanos = self.inputs_nanos.saturating_add(nanos(inputs));
    }
}
