//! Which alerts are written.

use domain::alert::{Alert, AlertContent};

use base::naming;
use engine::alert::AlertQuery;
use tenant::{ExportFilter, FilterLevel, assignee};

/// What an export's filter asks for.
pub fn query_of(filter: &ExportFilter) -> AlertQuery {
    let levels = |levels: &[FilterLevel]| levels.iter().map(|level| (*level).into()).collect();
    AlertQuery {
        team: filter.team.clone(),
        incident_type: filter.incident_type.clone(),
        state: filter.state.clone(),
        label: filter.label.clone(),
        outcome: filter
            .outcome
            .iter()
            .map(|outcome| (*outcome).into())
            .collect(),
        severity: levels(&filter.severity),
        priority: levels(&filter.priority),
        rule: filter.rule.clone(),
        dprofile_id: filter.dprofile_id.clone(),
        user_id: filter.user_id.iter().map(|id| assignee(id)).collect(),
        created_from: filter.created_from,
        created_to: filter.created_to,
        ..AlertQuery::default()
    }
}

/// Whether an alert, as it was at the moment of a snapshot and with the content that is shown, is one of those that are asked
/// for: of each member, any of its values; none means all. What a query has of words is not looked at.
pub fn passes(query: &AlertQuery, alert: &Alert, content: &AlertContent) -> bool {
    let is = |wanted: &[String], value: &str| wanted.is_empty() || has(wanted, value);
    let may_be = |wanted: &[String], value: Option<&String>| {
        wanted.is_empty() || value.is_some_and(|value| has(wanted, value))
    };
    let has_label = |wanted: &String| {
        let mut labels = content.labels.iter();
        labels.any(|label| naming::look_alike(label.as_str(), wanted))
    };
    let is_due = |before| alert.due_date.is_some_and(|due| due < before);
    is(&query.team, &alert.team)
        && is(&query.incident_type, &alert.incident_type)
        && is(&query.state, &alert.state)
        && (query.severity.is_empty() || query.severity.contains(&alert.severity))
        && (query.priority.is_empty() || query.priority.contains(&alert.priority))
        && may_be(&query.rule, alert.rule.as_ref())
        && may_be(&query.dprofile_id, alert.dprofile_id.as_ref())
        && (query.user_id.is_empty() || query.user_id.contains(&alert.user_id))
        && (query.label.is_empty() || query.label.iter().any(has_label))
        && (query.outcome.is_empty() || query.outcome.contains(&alert.outcome()))
        && (query.txn_id.is_empty() || alert.txn_ids.iter().any(|id| has(&query.txn_id, id)))
        && query
            .created_from
            .is_none_or(|from| alert.created_at >= from)
        && query.created_to.is_none_or(|to| alert.created_at < to)
        && query
            .closed_from
            .is_none_or(|from| alert.closed_at().is_some_and(|at| at >= from))
        && query
            .closed_to
            .is_none_or(|to| alert.closed_at().is_some_and(|at| at < to))
        && query.due_before.is_none_or(is_due)
        && query.overdue.as_ref().is_none_or(|overdue| {
            let is_closed = has(&overdue.closed_states, &alert.state);
            (is_due(overdue.now) && !is_closed) == overdue.is
        })
}

fn has(wanted: &[String], value: &str) -> bool {
    wanted.iter().any(|wanted| wanted == value)
}

#[cfg(test)]
mod tests {
    use domain::alert::{GuardedContent, Viewer};
    use domain::rule::{Label, Level};
    use domain::time::Timestamp;
    use serde_json::json;

    use super::*;

    fn alert() -> Alert {
        Alert {
            id: uuid::Uuid::nil(),
            team: "aml".to_owned(),
            dprofile_id: Some("anna".to_owned()),
            user_id: None,
            content: GuardedContent::open(AlertContent {
                title: "Much".to_owned(),
                labels: vec![Label::new("cash").expect("a label")],
                info: "{}".to_owned(),
                score: None,
            }),
            incident_type: "trx_aml_alert".to_owned(),
            state: "open".to_owned(),
            severity: Level::High,
            priority: Level::Low,
            due_date: None,
            txn_ids: vec!["t1".to_owned()],
            rule: Some("structuring".to_owned()),
            install: None,
            findings: 1,
            created_at: Timestamp::from_micros(1_767_225_600_000_000),
            updated_at: Timestamp::from_micros(1_767_225_600_000_000),
            closed: None,
            version: 1,
            merged: 0,
            merged_into: None,
            own: None,
        }
    }

    #[test]
    fn each_member_asks_for_any_of_its_values() {
        let check = |filter: serde_json::Value, expect: bool| {
            let read: ExportFilter = serde_json::from_value(filter.clone()).expect("a filter");
            let alert = alert();
            let content = alert.seen_by(Viewer::Masked);
            let passed = passes(&query_of(&read), &alert, &content);
            assert_eq!(passed, expect, "{filter}");
            let again = serde_json::to_value(&read).expect("JSON");
            let again: ExportFilter = serde_json::from_value(again).expect("a filter");
            assert_eq!(again, read);
        };
        check(json!({}), true);
        for (member, value) in [
            ("team", "aml"),
            ("incident_type", "trx_aml_alert"),
            ("state", "open"),
            ("label", "cash"),
            ("rule", "structuring"),
            ("dprofile_id", "anna"),
        ] {
            check(json!({ member: [value] }), true);
            check(json!({ member: ["other", value] }), true);
            check(json!({ member: ["other"] }), false);
            check(json!({ "team": ["aml"], member: ["other"] }), false);
        }
        check(
            json!({ "severity": ["high"], "priority": ["low", "medium"] }),
            true,
        );
        check(json!({ "severity": ["low", "medium"] }), false);
        check(json!({ "outcome": ["none"] }), true);
        check(
            json!({ "outcome": ["true_positive", "inconclusive"] }),
            false,
        );
        check(json!({ "priority": ["high"] }), false);
        check(json!({ "user_id": ["anna"] }), false);
        check(json!({ "user_id": ["anna", "none"] }), true);
        check(json!({ "created_from": "2026-01-01T00:00:00Z" }), true);
        check(
            json!({ "created_from": "2026-01-01T00:00:00.000001Z" }),
            false,
        );
        check(json!({ "created_to": "2026-01-01T01:00:00+01:00" }), false);
        check(json!({ "created_to": "2026-01-01T01:00:01+01:00" }), true);
    }
}
