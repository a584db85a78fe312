//! Alerts, as the API writes them.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::super::finding::FindingBody;
use super::super::level::LevelBody;
use super::outcome::OutcomeBody;
use crate::http::WireTime;
use app::alerts::seen::{FullAlert, SeenAlert};

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
    pub(super) fn of(alert: &SeenAlert) -> Self {
        let content = alert.content().into_owned();
        let labels = content.labels.iter().map(|label| label.as_str().to_owned());
        let originals = alert.originals.iter().map(|original| original.to_string());
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
            originals: (alert.left_out > 0).then(|| format!("/v1/alerts/{}/originals", alert.id)),
            merged_from: originals.collect(),
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

impl From<FullAlert> for AlertBody {
    fn from(full: FullAlert) -> Self {
        Self {
            alert: AlertSummary::of(&full.alert),
            findings: full.findings.into_iter().map(FindingBody::from).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::alert::{Alert, AlertContent, AlertId, GuardedContent};
    use domain::rule::Level;
    use domain::time::Timestamp;

    use super::*;
    use app::alerts::history::fields;
    use engine::alert::{Disclosure, WholeAlert};

    #[test]
    fn the_history_tells_of_every_field_that_the_api_writes() {
        let at = Timestamp::from_micros(1);
        let alert = Alert {
            id: AlertId::from_u128(1),
            team: "fraud".to_owned(),
            dprofile_id: None,
            user_id: None,
            content: GuardedContent::open(AlertContent {
                title: "title".to_owned(),
                labels: Vec::new(),
                info: "{}".to_owned(),
                score: None,
            }),
            incident_type: "general".to_owned(),
            state: "open".to_owned(),
            severity: Level::Low,
            priority: Level::High,
            due_date: Some(at),
            txn_ids: Vec::new(),
            rule: None,
            install: None,
            findings: 0,
            created_at: at,
            updated_at: at,
            closed: None,
            version: 1,
            merged: 0,
            merged_into: None,
            own: None,
        };
        let whole = WholeAlert::of(alert, Vec::new());
        let seen = SeenAlert::of(whole, &Disclosure::full());
        let written = serde_json::to_value(AlertSummary::of(&seen)).expect("JSON");
        let told: serde_json::Value =
            serde_json::from_str(&fields(&seen).to_string()).expect("JSON");
        let names = |value: &serde_json::Value| -> BTreeSet<String> {
            value
                .as_object()
                .expect("an object")
                .keys()
                .cloned()
                .collect()
        };
        assert_eq!(names(&written), names(&told));
        assert_eq!(written, told);
    }
}
