//! Alerts, as the API writes them.

use std::sync::Arc;

use domain::alert::{AlertContent, Viewer, is_transaction_type};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::super::finding::FindingBody;
use super::super::level::LevelBody;
use super::outcome::OutcomeBody;
use crate::http::WireTime;
use engine::alert::{Disclosure, WholeAlert, read_findings, with_transactions};
use engine::lane::TeamView;
use ingest::{Sensitive, render};
use store::key::TenantId;
use store::{Store, StoreError};
use tenant::Definitions;

/// In a list an alert has so many of those that were merged into it.
pub(super) const MERGED_IN_LIST: usize = 10;
/// An alert that is read by itself has so many of them.
pub(super) const MERGED_IN_ALERT: usize = 100;

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
    /// A neutral one where a rule wrote it that reads masked fields, and the reader may not see those.
    title: String,
    /// The alert type.
    incident_type: String,
    state: String,
    severity: LevelBody,
    priority: LevelBody,
    due_date: Option<WireTime>,
    /// Without those that a rule gave that reads masked fields, where the reader may not see those.
    labels: Vec<String>,
    /// What the rule or people know besides; without what a rule wrote that reads masked fields, where the reader may not
    /// see those. Under `merged` the info of those in `merged_from`; `merged_left_out` counts the others.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    info: Box<RawValue>,
    /// Its transactions, oldest first, and those of the alerts in `merged_from`.
    txn_ids: Vec<String>,
    /// The rule of its first finding.
    rule: Option<String>,
    /// The score of its first finding; null where it has none, or the reader may not see it.
    score: Option<f64>,
    created_at: WireTime,
    updated_at: WireTime,
    closed_at: Option<WireTime>,
    /// What it was; null unless it is closed and somebody said so.
    outcome: Option<OutcomeBody>,
    /// 1 when made, rising by one with each change.
    version: u64,
    /// How many alerts were merged into it, and into those.
    merged: u32,
    /// The newest of those, oldest first: 10 in a list, 100 of an alert that is read by itself.
    merged_from: Vec<String>,
    /// Where all of those are listed, if these are not all.
    originals: Option<String>,
    /// The alert that it was merged into.
    merged_into: Option<String>,
}

impl AlertSummary {
    pub(super) fn of(whole: &WholeAlert, disclosure: &Disclosure) -> Self {
        Self::with(whole, whole.content(disclosure).into_owned())
    }

    /// Of an alert whose content was disclosed.
    fn with(whole: &WholeAlert, content: AlertContent) -> Self {
        let alert = &whole.alert;
        let labels = content.labels.iter().map(|label| label.as_str().to_owned());
        Self {
            id: alert.id.to_string(),
            team: alert.team.clone(),
            dprofile_id: alert.dprofile_id.clone(),
            user_id: alert.user_id.clone(),
            title: content.title,
            incident_type: alert.incident_type.clone(),
            state: alert.state.clone(),
            severity: alert.severity.into(),
            priority: alert.priority.into(),
            due_date: alert.due_date.map(WireTime),
            labels: labels.collect(),
            info: RawValue::from_string(content.info).expect("an alert's info is read from JSON"),
            txn_ids: alert.txn_ids.clone(),
            rule: alert.rule.clone(),
            score: content.score,
            created_at: WireTime(alert.created_at),
            updated_at: WireTime(alert.updated_at),
            closed_at: alert.closed_at().map(WireTime),
            outcome: alert.outcome().map(OutcomeBody::from),
            version: alert.version,
            merged: alert.merged,
            originals: (whole.left_out() > 0).then(|| format!("/v1/alerts/{}/originals", alert.id)),
            merged_from: whole
                .originals
                .iter()
                .map(|original| original.id.to_string())
                .collect(),
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
    /// In the order in which they were made: its own, and those of the alerts in `merged_from`.
    findings: Vec<FindingBody>,
}

impl AlertBody {
    /// The alert with its findings, as they are shown.
    pub(super) fn whole(
        store: &Store,
        tenant: TenantId,
        definitions: &Definitions,
        view: Option<Arc<TeamView>>,
        whole: WholeAlert,
        disclosure: &Disclosure,
    ) -> Result<Self, StoreError> {
        let mut content = whole.content(disclosure).into_owned();
        if disclosure.viewer() == Viewer::Full && is_transaction_type(&whole.alert.incident_type) {
            let mut payloads = Vec::with_capacity(whole.alert.txn_ids.len());
            for txn_id in &whole.alert.txn_ids {
                let found = view.as_ref().map(|view| view.find(txn_id)).transpose()?;
                if let Some(stored) = found.flatten() {
                    payloads.push(render(&stored.transaction, Sensitive::Shown));
                }
            }
            content.info = with_transactions(&content.info, &payloads);
        }
        let records = read_findings(store, tenant, &whole, usize::MAX)?;
        let findings = records.into_iter().map(|record| {
            let install = definitions.install(&whole.alert.team, &record.rule, record.install);
            let configuration = install.map(|install| install.config.clone());
            FindingBody::of(&record, &whole.alert.team, configuration, disclosure)
        });
        Ok(Self {
            findings: findings.collect(),
            alert: AlertSummary::with(&whole, content),
        })
    }
}
