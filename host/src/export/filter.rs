//! Which alerts an export holds.

use domain::alert::Alert;

use crate::tenant::ExportFilter;

/// Whether an alert passes a filter: of each member, any of its values; none means all.
pub fn matches(filter: &ExportFilter, alert: &Alert) -> bool {
    let is = |wanted: &[String], value: &str| wanted.is_empty() || has(wanted, value);
    let may_be = |wanted: &[String], value: Option<&String>| {
        wanted.is_empty() || value.is_some_and(|value| has(wanted, value))
    };
    let has_label = |wanted: &String| alert.labels.iter().any(|label| label.as_str() == wanted);
    is(&filter.team, &alert.team)
        && is(&filter.incident_type, &alert.incident_type)
        && is(&filter.state, &alert.state)
        && is(&filter.severity, alert.severity.as_str())
        && is(&filter.priority, alert.priority.as_str())
        && may_be(&filter.rule, alert.rule.as_ref())
        && may_be(&filter.dprofile_id, alert.dprofile_id.as_ref())
        && may_be(&filter.user_id, alert.user_id.as_ref())
        && (filter.label.is_empty() || filter.label.iter().any(has_label))
        && filter
            .created_from
            .is_none_or(|from| alert.created_at >= from)
        && filter.created_to.is_none_or(|to| alert.created_at < to)
}

fn has(wanted: &[String], value: &str) -> bool {
    wanted.iter().any(|wanted| wanted == value)
}

#[cfg(test)]
mod tests {
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
            title: "Much".to_owned(),
            incident_type: "trx_aml_alert".to_owned(),
            state: "open".to_owned(),
            severity: Level::High,
            priority: Level::Low,
            due_date: None,
            labels: vec![Label::new("cash").expect("a label")],
            info: "{}".to_owned(),
            txn_ids: vec!["t1".to_owned()],
            rule: Some("structuring".to_owned()),
            score: None,
            findings: 1,
            created_at: Timestamp::from_micros(1_767_225_600_000_000),
            updated_at: Timestamp::from_micros(1_767_225_600_000_000),
            closed_at: None,
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
            assert_eq!(matches(&read, &alert()), expect, "{filter}");
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
            ("severity", "high"),
            ("priority", "low"),
            ("rule", "structuring"),
            ("dprofile_id", "anna"),
        ] {
            check(json!({ member: [value] }), true);
            check(json!({ member: ["other", value] }), true);
            check(json!({ member: ["other"] }), false);
            check(json!({ "team": ["aml"], member: ["other"] }), false);
        }
        check(json!({ "user_id": ["anna"] }), false);
        check(json!({ "created_from": "2026-01-01T00:00:00Z" }), true);
        check(
            json!({ "created_from": "2026-01-01T00:00:00.000001Z" }),
            false,
        );
        check(json!({ "created_to": "2026-01-01T01:00:00+01:00" }), false);
        check(json!({ "created_to": "2026-01-01T01:00:01+01:00" }), true);
    }
}
