//! Judgements as the store keeps them. Times are microseconds since the epoch.

use domain::alert::AlertId;
use domain::rule::Level;
use serde::{Deserialize, Serialize};

use crate::alert::{FindingRecord, RuleWords};

/// What one install of a rule said of some transactions of its team, in sequence order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgements {
    /// Which of the rule's installs.
    pub install: u64,
    /// At least one.
    pub rows: Vec<JudgedRow>,
}

/// What it said of one transaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgedRow {
    /// The transaction's place in its team.
    pub sequence: u64,
    /// The transaction's id.
    pub txn_id: String,
    /// When the transaction happened.
    pub date_time: i64,
    /// When it was judged.
    pub judged_at: i64,
    /// What the rule said.
    pub said: Judgement,
}

/// What a rule said of a transaction, where it was not clear.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// It found something: at least one finding.
    Found(Vec<KeptFinding>),
    /// It could not judge.
    Failed {
        /// The sort of failure: `out_of_fuel`, `trapped`, `reported`, `broken`, `impure`, `machine`.
        kind: String,
        /// What happened, as it is recorded with the transaction.
        reason: RuleWords,
        /// When the transaction was judged after all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caught_up: Option<CaughtUp>,
    },
}

/// A finding, and where it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptFinding {
    /// That its alert has, or would have: `low`, `medium`, `high`.
    pub severity: String,
    /// What [`fingerprint`](super::fingerprint) makes of what the rule said.
    pub fingerprint: u64,
    /// Where it is.
    pub kept: Kept,
}

/// Where a finding is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// With the alert that it made, of which it is the first.
    Alert(AlertId),
    /// Here: it made no alert.
    Here(Box<FindingRecord>),
}

/// A transaction that a rule could not judge at first was judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaughtUp {
    /// When.
    pub at: i64,
    /// By which install of the rule.
    pub install: u64,
    /// What it found; nothing where the transaction is clear.
    pub found: Vec<KeptFinding>,
}

impl Judgements {
    /// The bytes of the record.
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("judgements have only string keys")
    }

    /// Reads what [`write`](Self::write) wrote.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

impl JudgedRow {
    /// The findings; none if the rule could not judge.
    pub fn findings(&self) -> &[KeptFinding] {
        match &self.said {
            Judgement::Found(findings) => findings,
            Judgement::Failed { .. } => &[],
        }
    }

    /// Whether the rule could not judge.
    pub fn is_failed(&self) -> bool {
        matches!(self.said, Judgement::Failed { .. })
    }

    /// Whether the rule could not judge, and has not caught up.
    pub fn is_waiting(&self) -> bool {
        matches!(
            self.said,
            Judgement::Failed {
                caught_up: None,
                ..
            }
        )
    }
}

impl KeptFinding {
    /// The severity; that of a record which says none that there is counts as high, so that it is not overlooked.
    pub fn level(&self) -> Level {
        Level::parse(&self.severity).unwrap_or(Level::High)
    }
}
