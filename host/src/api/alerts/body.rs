//! Alerts, as the API writes them.

use std::sync::Arc;

use domain::alert::{AlertId, is_transaction_type};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::super::finding::FindingBody;
use super::super::level::LevelBody;
use super::outcome::OutcomeBody;
use crate::alert::{WholeAlert, read_findings, with_transactions};
use crate::http::WireTime;
use crate::ingest::{Sensitive, render};
use crate::lane::TeamView;
use crate::store::key::TenantId;
use crate::store::{Store, StoreError};
use crate::tenant::Definitions;

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
            let install = definitions.install(&whole.alert.team, &record.rule, record.install);
            let configuration = install.map(|install| install.config.clone());
            FindingBody::of(record, configuration, may_see)
        });
        Ok(Self {
            findings: findings.collect(),
            alert: AlertSummary::of(&whole),
        })
    }
}
