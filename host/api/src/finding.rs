//! Findings, as the API writes them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::http::WireTime;
use app::alerts::meanings::InputMeanings;
use app::alerts::seen::Finding;
use engine::alert::{EvidenceItem, EvidenceValue};
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
    /// What the value is, in words, such as `sum of amount, same customer_id, last 7 days`. Only of the findings of an
    /// alert, as long as their plugin is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<String>,
    /// The fields of each row, where the value is rows and `meaning` is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    columns: Option<Vec<String>>,
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

impl From<Finding> for FindingBody {
    fn from(finding: Finding) -> Self {
        Self {
            evidence: EvidenceBody::explained(&finding.evidence, &finding.meanings),
            rule: finding.rule,
            install: finding.install,
            plugin: finding.plugin,
            version: finding.version,
            digest: finding.digest,
            configuration: finding.configuration.unwrap_or_default(),
            title: finding.title,
            score: finding.score,
            fuel: finding.fuel,
            transaction: finding.txn_id,
            found_at: WireTime(finding.found_at),
            late: finding.late,
        }
    }
}

impl EvidenceBody {
    /// All inputs of a finding, as they are shown.
    pub(super) fn all(evidence: &[EvidenceItem]) -> Vec<Self> {
        Self::explained(evidence, &InputMeanings::default())
    }

    /// The same with what each means, as far as that is known.
    fn explained(evidence: &[EvidenceItem], meanings: &InputMeanings) -> Vec<Self> {
        let items = evidence.iter().map(|item| {
            let meaning = meanings.get(&item.name);
            Self {
                value: evidence_value(&item.value),
                name: item.name.clone(),
                meaning: meaning.map(|meaning| meaning.text.clone()),
                columns: meaning
                    .map(|meaning| meaning.columns.clone())
                    .filter(|columns| !columns.is_empty()),
                list: item.list.as_ref().map(|(name, version)| ListVersion {
                    name: name.clone(),
                    version: *version,
                }),
            }
        });
        items.collect()
    }
}

fn evidence_value(value: &EvidenceValue) -> JsonValue {
    to_json(value).expect("evidence is JSON")
}
