//! The alert that says that a rule could not judge: one open one for each rule, which counts.

use std::collections::BTreeMap;

use domain::alert::{Alert, AlertContent, GuardedContent, Marking, Viewer, Withheld, Workflow};
use domain::rule::Level;
use serde_json::Value;
use uuid::Uuid;

use super::audit::Actor;
use super::change::Change;
use super::rule::LiveRule;
use super::sequence::Row;
use crate::json::{JsonObject, JsonValue};
use crate::plugin::rule::Failure;
use crate::store::StoreError;

/// What failed in one turn, by rule.
#[derive(Default)]
pub(super) struct FailureAlerts<'t>(BTreeMap<&'t str, Failed<'t>>);

struct Failed<'t> {
    count: u64,
    last: &'t Failure,
    last_row: &'t Row,
    /// Whether its words may tell of masked fields.
    reads_masked: bool,
}

impl<'t> FailureAlerts<'t> {
    /// A rule could not judge a row.
    pub(super) fn note(&mut self, rule: &'t LiveRule, failure: &'t Failure, row: &'t Row) {
        let failed = self.0.entry(&rule.install.rule).or_insert(Failed {
            count: 0,
            last: failure,
            last_row: row,
            reads_masked: rule.judge.masked().mark() == Some(true),
        });
        failed.count += 1;
        failed.last = failure;
        failed.last_row = row;
    }

    /// Makes the alerts, or counts on in those that are open.
    pub(super) fn raise(
        self,
        change: &mut Change<'_>,
        team: &str,
        workflow: &Workflow,
    ) -> Result<(), StoreError> {
        for (rule, failed) in self.0 {
            let actor = Actor::Rule {
                team: team.to_owned(),
                rule: rule.to_owned(),
            };
            let index = format!("{team}/{rule}");
            let earlier = open_alert(change, &index, workflow)?;
            // What people wrote there stays.
            let mut info = match &earlier {
                None => JsonObject::default(),
                Some(alert) => JsonObject::read_stored(&alert.seen_by(Viewer::Full).info)
                    .map_err(|fault| StoreError::damaged("an alert", fault.to_string()))?,
            };
            let counted = failures(&info) + failed.count;
            info.insert("rule", rule);
            info.insert("failures", Value::from(counted));
            info.insert("last_reason", failed.last.to_string());
            info.insert("last_txn_id", failed.last_row.transaction.txn_id.as_str());
            match earlier {
                Some(mut alert) => {
                    alert.set_info(info.to_string());
                    if failed.reads_masked {
                        let mut withheld = alert.withheld().into_owned();
                        withheld.details = true;
                        alert.content.decide(withheld);
                    }
                    alert.touch(change.at());
                    change.audit(&actor, "alert.count_failure", alert.id.to_string());
                    change.put_alert(alert);
                }
                None => {
                    let info = info.to_string();
                    let withheld = failed.reads_masked;
                    let alert = new_alert(change, team, rule, info, withheld, workflow);
                    change.audit(&actor, "alert.create", alert.id.to_string());
                    change.put_failure_alert(&index, alert);
                }
            }
        }
        Ok(())
    }
}

fn failures(info: &JsonObject) -> u64 {
    let failures = match info.get("failures") {
        Some(JsonValue::Number(failures)) => failures.as_i64(),
        _ => None,
    };
    // People may have changed it.
    failures.map_or(0, i64::unsigned_abs)
}

/// The newest failure alert of a rule, where it is open.
fn open_alert(
    change: &Change<'_>,
    index: &str,
    workflow: &Workflow,
) -> Result<Option<Alert>, StoreError> {
    let Some(id) = change.failure_alert(index)? else {
        return Ok(None);
    };
    let alert = change.alert(id)?;
    Ok(alert.filter(|alert| !workflow.is_closed(&alert.state)))
}

fn new_alert(
    change: &Change<'_>,
    team: &str,
    rule: &str,
    info: String,
    is_withheld: bool,
    workflow: &Workflow,
) -> Alert {
    let content = AlertContent {
        title: format!("Rule '{rule}' could not judge transactions"),
        info,
        ..AlertContent::default()
    };
    let withheld = Withheld {
        details: is_withheld,
        ..Withheld::default()
    };
    Alert {
        id: Uuid::now_v7(),
        team: team.to_owned(),
        dprofile_id: None,
        user_id: None,
        content: GuardedContent::new(content, Marking::Decided(withheld)),
        incident_type: "other".to_owned(),
        state: workflow.initial().to_owned(),
        severity: Level::High,
        priority: Level::High,
        due_date: None,
        txn_ids: Vec::new(),
        rule: Some(rule.to_owned()),
        install: None,
        findings: 0,
        created_at: change.at(),
        updated_at: change.at(),
        closed: None,
        version: 1,
        merged: 0,
        merged_into: None,
        own: None,
    }
}
