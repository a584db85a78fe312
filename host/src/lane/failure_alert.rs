//! The alert that says that a rule could not judge: one open one for each rule, which counts.

use std::collections::BTreeMap;

use domain::alert::{Alert, AlertContent, GuardedContent, Marking, Viewer, Withheld, Workflow};
use domain::rule::Level;
use serde_json::{Value, json};
use uuid::Uuid;

use super::audit::Actor;
use super::change::Change;
use super::rule::LiveRule;
use super::sequence::Row;
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
            let counted = earlier
                .as_ref()
                .map_or(0, |alert| failures(&alert.seen_by(Viewer::Full).info));
            let info = json!({
                "rule": rule,
                "failures": counted + failed.count,
                "last_reason": failed.last.to_string(),
                "last_txn_id": failed.last_row.transaction.txn_id.as_str(),
            });
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

fn failures(info: &str) -> u64 {
    let info: Value = serde_json::from_str(info).unwrap_or_default();
    info["failures"].as_u64().unwrap_or_default()
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
