//! A finding as the store keeps it, with its evidence.

use std::borrow::Cow;

use domain::column::{Cell, Evidence};
use serde::{Deserialize, Serialize};

use super::disclosure::SeenFinding;

/// A finding of an alert. Times are microseconds since the epoch.
///
/// What the rule said is reached only through a [`Disclosure`](super::Disclosure).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingRecord {
    /// The rule's name.
    pub rule: String,
    /// Which of the rule's installs: its configuration is found there.
    pub install: u64,
    /// The plugin's name.
    pub plugin: String,
    /// The plugin's version.
    pub version: String,
    /// SHA-256 of its component, in hex.
    pub digest: String,
    title: String,
    score: Option<f64>,
    fuel: u64,
    /// The transaction's id.
    pub txn_id: String,
    /// The transaction's place in its team.
    pub sequence: u64,
    /// When it was found.
    pub found_at: i64,
    /// The transaction was accepted before, and judged when the rule caught up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    evidence: Vec<EvidenceItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    said: Option<SaidRecord>,
    /// What ran the rule; none if an earlier release kept the finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<MadeBy>,
    /// Whether the rule read masked fields; none if the team had none, or where an earlier release kept the finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reads_masked: Option<bool>,
}

/// Where a finding comes from: what everybody may see of it. Times are microseconds since the epoch.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct FindingOrigin {
    pub rule: String,
    pub install: u64,
    pub plugin: String,
    pub version: String,
    pub digest: String,
    pub txn_id: String,
    pub sequence: u64,
    pub found_at: i64,
    pub late: bool,
    pub made_by: Option<MadeBy>,
}

/// What a rule said of a transaction, and what it was given.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// What the rule said in one line.
    pub title: String,
    /// Where the rule gave one.
    pub score: Option<f64>,
    /// Name and value of every input.
    pub evidence: Vec<EvidenceItem>,
    /// What else the rule said; none if an earlier release kept the finding.
    pub said: Option<SaidRecord>,
}

impl FindingRecord {
    /// A finding that took so much fuel: what judging the transaction alone, in a fresh instance, took. `reads_masked` says
    /// whether the rule reads masked fields; none if the team has none.
    pub fn new(
        origin: FindingOrigin,
        output: Output,
        fuel: u64,
        reads_masked: Option<bool>,
    ) -> Self {
        Self {
            rule: origin.rule,
            install: origin.install,
            plugin: origin.plugin,
            version: origin.version,
            digest: origin.digest,
            title: output.title,
            score: output.score,
            fuel,
            txn_id: origin.txn_id,
            sequence: origin.sequence,
            found_at: origin.found_at,
            late: origin.late,
            evidence: output.evidence,
            said: output.said,
            made_by: origin.made_by,
            reads_masked,
        }
    }

    /// Whether the rule read masked fields; none if the team had none, or where an earlier release kept the finding.
    pub fn reads_masked(&self) -> Option<bool> {
        self.reads_masked
    }

    /// All of it, and the mark.
    pub(super) fn in_full(&self) -> (SeenFinding<'_>, Option<bool>) {
        let seen = SeenFinding {
            title: Cow::Borrowed(&self.title),
            score: self.score,
            evidence: Cow::Borrowed(&self.evidence),
            said: self.said.as_ref().map(Cow::Borrowed),
            fuel: Some(self.fuel),
            is_withheld: false,
        };
        (seen, self.reads_masked)
    }
}

/// What a rule said beside title and score, as it said it: the alert may differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidRecord {
    /// Which of the rule's findings of the transaction it is, from 0.
    pub place: u32,
    /// How many there are.
    pub of: u32,
    /// Where the rule set it: `low`, `medium`, `high`.
    pub severity: Option<String>,
    /// Where the rule set it: `low`, `medium`, `high`.
    pub priority: Option<String>,
    /// Without duplicates.
    pub labels: Vec<String>,
    /// The text of a JSON object.
    pub info: String,
}

/// What ran a rule: its fuel is comparable where this is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeBy {
    /// The host's release.
    pub host: String,
    /// The release of wasmtime.
    pub wasmtime: String,
    /// The version of the table of what instructions cost.
    pub fuel_costs: u32,
    /// The engine with all its settings, in 16 hexadecimal digits.
    pub engine: String,
}

impl MadeBy {
    /// Whether fuel means the same to both.
    pub fn has_fuel_of(&self, other: &Self) -> bool {
        self.wasmtime == other.wasmtime
            && self.fuel_costs == other.fuel_costs
            && self.engine == other.engine
    }
}

/// One input of a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceItem {
    /// As the rule's plan calls it.
    pub name: String,
    /// What the rule was given.
    pub value: EvidenceValue,
    /// It was computed from a masked field.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// The list and its version, where the input is a membership.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<(String, u64)>,
}

/// What a rule was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum EvidenceValue {
    /// A truth.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A number; `null` where there was none. Those without end are texts, `inf` and `-inf`.
    Float(Option<f64>),
    /// A text, or a moment as RFC 3339; a moment that was unknown is `""`.
    Text(String),
    /// Rows, newest first.
    Rows(Vec<Vec<EvidenceValue>>),
}

impl From<Cell> for EvidenceValue {
    fn from(cell: Cell) -> Self {
        match cell {
            Cell::Text(text) => Self::Text(text),
            Cell::Float(number) if number.is_infinite() => Self::Text(number.to_string()),
            Cell::Float(number) => Self::Float((!number.is_nan()).then_some(number)),
            Cell::Integer(integer) => Self::Integer(integer),
            Cell::Boolean(truth) => Self::Boolean(truth),
            Cell::Time(moment) => {
                Self::Text(moment.map_or_else(String::new, |moment| moment.to_string()))
            }
        }
    }
}

impl From<Evidence> for EvidenceValue {
    fn from(evidence: Evidence) -> Self {
        match evidence {
            Evidence::Cell(cell) => cell.into(),
            Evidence::Rows(rows) => Self::Rows(
                rows.into_iter()
                    .map(|row| row.into_iter().map(Self::from).collect())
                    .collect(),
            ),
        }
    }
}
