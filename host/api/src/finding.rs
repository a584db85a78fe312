//! Findings, as the API writes them.

use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::http::WireTime;
use engine::alert::{Disclosure, EvidenceItem, EvidenceValue, FindingRecord};
use json::{JsonValue, to_json};

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
    configuration: JsonValue,
    /// A neutral one where the rule reads masked fields and the reader may not see those.
    title: String,
    /// Null where the rule gave none, or the reader may not see it.
    score: Option<f64>,
    /// What judging the transaction alone, in a fresh instance, took; null where the reader may not see it.
    fuel: Option<u64>,
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
    value: JsonValue,
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
    /// What is shown of a finding of a team.
    pub(super) fn of(
        record: &FindingRecord,
        team: &str,
        configuration: Option<JsonValue>,
        disclosure: &Disclosure,
    ) -> Self {
        let seen = disclosure.finding(team, record);
        Self {
            evidence: EvidenceBody::all(&seen.evidence),
            rule: record.rule.clone(),
            install: record.install,
            plugin: record.plugin.clone(),
            version: record.version.clone(),
            digest: record.digest.clone(),
            configuration: configuration.unwrap_or_default(),
            title: seen.title.into_owned(),
            score: seen.score,
            fuel: seen.fuel,
            transaction: record.txn_id.clone(),
            found_at: WireTime(Timestamp::from_micros(record.found_at)),
            late: record.late,
        }
    }
}

impl EvidenceBody {
    /// All inputs of a finding, as they are shown.
    pub(super) fn all(evidence: &[EvidenceItem]) -> Vec<Self> {
        let items = evidence.iter().map(|item| Self {
            value: evidence_value(&item.value),
            name: item.name.clone(),
            list: item.list.as_ref().map(|(name, version)| ListVersion {
                name: name.clone(),
                version: *version,
            }),
        });
        items.collect()
    }
}

fn evidence_value(value: &EvidenceValue) -> JsonValue {
    to_json(value).expect("evidence is JSON")
}
