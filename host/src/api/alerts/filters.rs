//! Which alerts a search asks for.

use domain::alert::Alert;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::level::LevelBody;
use crate::http::WireTime;

/// Which alerts: of each parameter, any of its values.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct AlertFilters {
    /// States, such as `open`.
    state: Vec<String>,
    severity: Vec<LevelBody>,
    priority: Vec<LevelBody>,
    /// Alert types.
    incident_type: Vec<String>,
    /// Teams, by name.
    team: Vec<String>,
    /// Rules, by name.
    rule: Vec<String>,
    /// Customers.
    dprofile_id: Vec<String>,
    /// Assignees, by id.
    user_id: Vec<String>,
    label: Vec<String>,
    /// Transactions.
    txn_id: Vec<String>,
    /// Those made then or later.
    created_from: Option<WireTime>,
    /// Those made before.
    created_to: Option<WireTime>,
}

impl AlertFilters {
    /// Whether an alert is one of those asked for.
    pub(super) fn pass(&self, alert: &Alert) -> bool {
        let is = |wanted: &[String], value: &str| wanted.is_empty() || has(wanted, value);
        let may_be = |wanted: &[String], value: Option<&String>| {
            wanted.is_empty() || value.is_some_and(|value| has(wanted, value))
        };
        is(&self.state, &alert.state)
            && is(&self.incident_type, &alert.incident_type)
            && is(&self.team, &alert.team)
            && may_be(&self.rule, alert.rule.as_ref())
            && may_be(&self.dprofile_id, alert.dprofile_id.as_ref())
            && may_be(&self.user_id, alert.user_id.as_ref())
            && (self.severity.is_empty() || self.severity.contains(&alert.severity.into()))
            && (self.priority.is_empty() || self.priority.contains(&alert.priority.into()))
            && (self.label.is_empty()
                || alert
                    .labels
                    .iter()
                    .any(|label| has(&self.label, label.as_str())))
            && (self.txn_id.is_empty() || alert.txn_ids.iter().any(|id| has(&self.txn_id, id)))
            && self
                .created_from
                .is_none_or(|WireTime(from)| alert.created_at >= from)
            && self
                .created_to
                .is_none_or(|WireTime(to)| alert.created_at < to)
    }
}

fn has(wanted: &[String], value: &str) -> bool {
    wanted.iter().any(|wanted| wanted == value)
}
