//! Alerts, as the API writes them.

use std::sync::Arc;

use domain::alert::{AlertId, is_transaction_type};
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::super::level::LevelBody;
use super::outcome::OutcomeBody;
use crate::alert::{EvidenceValue, FindingRecord, WholeAlert, read_findings, with_transactions};
use crate::http::WireTime;
use crate::ingest::{Sensitive, render};
use crate::lane::TeamView;
use crate::store::key::TenantId;
use crate::store::{Store, StoreError};
use crate::tenant::Definitions;

/// What stands in place of what the reader may not see.
const MASKED: &str = "***";

/// An alert in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct AlertSummary {
    /// UUIDv7.
    id: String,
    /// The team's name.
    team: String,
    /// The customer's id; null where the alert is about no customer.
    dprofile_id: Option<String>,
    /// To whom it is assigned.
    user_id: Option<String>,
    title: String,
    /// The alert type.
    incident_type: String,
    state: String,
    severity: LevelBody,
    priority: LevelBody,
    due_date: Option<WireTime>,
    labels: Vec<String>,
    /// What the rule or people know besides.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    info: Box<RawValue>,
    /// Its transactions, oldest first.
    txn_ids: Vec<String>,
    /// The rule of its first finding.
    rule: Option<String>,
    /// The score of its first finding.
    score: Option<f64>,
    created_at: WireTime,
    updated_at: WireTime,
    closed_at: Option<WireTime>,
    /// What it was; null unless it is closed and somebody said so.
    outcome: Option<OutcomeBody>,
    /// 1 when made, rising by one with each change.
    version: u64,
    /// The alerts that were merged into it, oldest first.
    merged_from: Vec<String>,
    /// The alert that it was merged into.
    merged_into: Option<String>,
}

impl AlertSummary {
    pub(super) fn of(whole: &WholeAlert) -> Self {
        let alert = &whole.alert;
        let labels = alert.labels.iter().map(|label| label.as_str().to_owned());
        Self {
            id: alert.id.to_string(),
            team: alert.team.clone(),
            dprofile_id: alert.dprofile_id.clone(),
            user_id: alert.user_id.clone(),
            title: alert.title.clone(),
            incident_type: alert.incident_type.clone(),
            state: alert.state.clone(),
            severity: alert.severity.into(),
            priority: alert.priority.into(),
            due_date: alert.due_date.map(WireTime),
            labels: labels.collect(),
            info: RawValue::from_string(alert.info.clone())
                .expect("an alert's info is read from JSON"),
            txn_ids: alert.txn_ids.clone(),
            rule: alert.rule.clone(),
            score: alert.score,
            created_at: WireTime(alert.created_at),
            updated_at: WireTime(alert.updated_at),
            closed_at: alert.closed_at().map(WireTime),
            outcome: alert.outcome().map(OutcomeBody::from),
            version: alert.version,
            merged_from: whole.originals.iter().map(AlertId::to_string).collect(),
            merged_into: alert.merged_into.map(|into| into.alert.to_string()),
        }
    }
}

/// An alert with its findings.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Alert")]
pub(super) struct AlertBody {
    #[serde(flatten)]
    alert: AlertSummary,
    /// In the order in which they were made.
    findings: Vec<FindingBody>,
}

/// What a rule said, and why.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
struct FindingBody {
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
    /// Name and value of every input, as the rule was given them.
    evidence: Vec<EvidenceBody>,
}

/// One input of a finding.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Evidence")]
struct EvidenceBody {
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

impl AlertBody {
    /// The alert with its findings; what is masked is shown only to whom may see it.
    pub(super) fn whole(
        store: &Store,
        tenant: TenantId,
        definitions: &Definitions,
        view: Option<Arc<TeamView>>,
        mut whole: WholeAlert,
        may_see: bool,
    ) -> Result<Self, StoreError> {
        if may_see && is_transaction_type(&whole.alert.incident_type) {
            let mut payloads = Vec::with_capacity(whole.alert.txn_ids.len());
            for txn_id in &whole.alert.txn_ids {
                let found = view.as_ref().map(|view| view.find(txn_id)).transpose()?;
                if let Some(stored) = found.flatten() {
                    payloads.push(render(&stored.transaction, Sensitive::Shown));
                }
            }
            whole.alert.info = with_transactions(&whole.alert.info, &payloads);
        }
        let records = read_findings(store, tenant, &whole, usize::MAX)?;
        let findings = records.into_iter().map(|record| {
            let install = format!(
                "{}/{}/{:020}",
                whole.alert.team, record.rule, record.install
            );
            let install = definitions.rules.get(&install);
            let configuration = install.map(|install| install.config.clone());
            FindingBody::of(record, configuration, may_see)
        });
        Ok(Self {
            findings: findings.collect(),
            alert: AlertSummary::of(&whole),
        })
    }
}

impl FindingBody {
    fn of(record: FindingRecord, configuration: Option<serde_json::Value>, may_see: bool) -> Self {
        let evidence = record.evidence.into_iter().map(|item| EvidenceBody {
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
        Self {
            evidence: evidence.collect(),
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
        }
    }
}

fn evidence_value(value: &EvidenceValue) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}
