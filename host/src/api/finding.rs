//! Findings, as the API writes them.

use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::alert::{EvidenceItem, EvidenceValue, FindingRecord};
use crate::http::WireTime;

/// What stands in place of what the reader may not see.
const MASKED: &str = "***";

/// What a rule said, and why.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub(super) struct FindingBody {
    /// The rule's name.
    rule: String,
    /// Which of the rule's installs.
    install: u64,
    plugin: String,
    /// The plugin's version.
    version: String,
    /// SHA-256 of the plugin's component, in hex.
    digest: String,
    /// As it was installed.
    configuration: serde_json::Value,
    title: String,
    score: Option<f64>,
    /// What judging the transaction alone, in a fresh instance, took.
    fuel: u64,
    /// The transaction's id.
    transaction: String,
    found_at: WireTime,
    /// The transaction was accepted before, and judged when the rule caught up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    late: bool,
    /// Name and value of every input, as the rule was given them.
    evidence: Vec<EvidenceBody>,
}

/// One input of a finding.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Evidence")]
pub(super) struct EvidenceBody {
    /// As the rule's plan calls it.
    name: String,
    /// `"***"` where the reader may not see it.
    value: serde_json::Value,
    /// The list and its version, where the input is a membership.
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<ListVersion>,
}

/// A version of a list.
#[derive(Debug, Serialize, JsonSchema)]
struct ListVersion {
    name: String,
    version: u64,
}

impl FindingBody {
    /// What is masked is shown only to whom may see it.
    pub(super) fn of(
        record: FindingRecord,
        configuration: Option<serde_json::Value>,
        may_see: bool,
    ) -> Self {
        Self {
            evidence: EvidenceBody::all(record.evidence, may_see),
            rule: record.rule,
            install: record.install,
            plugin: record.plugin,
            version: record.version,
            digest: record.digest,
            configuration: configuration.unwrap_or_default(),
            title: record.title,
            score: record.score,
            fuel: record.fuel,
            transaction: record.txn_id,
            found_at: WireTime(Timestamp::from_micros(record.found_at)),
            late: record.late,
        }
    }
}

impl EvidenceBody {
    /// All inputs of a finding; what is masked is shown only to whom may see it.
    pub(super) fn all(evidence: Vec<EvidenceItem>, may_see: bool) -> Vec<Self> {
        let items = evidence.into_iter().map(|item| Self {
            value: if item.sensitive && !may_see {
                MASKED.into()
            } else {
                evidence_value(&item.value)
            },
            name: item.name,
            list: item
                .list
                .map(|(name, version)| ListVersion { name, version }),
        });
        items.collect()
    }
}

fn evidence_value(value: &EvidenceValue) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}
