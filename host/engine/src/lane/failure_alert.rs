//! The alert that says that a rule could not judge: one open one for each rule, which counts.
//!
//! A rule that fails on every transaction would otherwise write a version of the alert and an entry of the audit in every
//! turn. So the count is exact up to [`EXACT_UP_TO`]; from there on the alert says that it is a lower bound, which is
//! written when it has doubled, and else once a minute at most. What is not written yet is held in the lane and lost with
//! it. Judgements tell of each failure, and the rule's stats of how many there are.

use std::collections::BTreeMap;

use domain::alert::{
    Alert, AlertContent, AlertId, GuardedContent, Marking, Viewer, Withheld, Workflow,
};
use domain::rule::Level;
use domain::time::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::audit::Actor;
use super::change::Change;
use super::rule::LiveRule;
use super::sequence::Row;
use json::{JsonObject, JsonValue};
use runtime::rule::Failure;
use store::StoreError;

/// Up to so many failures the count is exact.
const EXACT_UP_TO: u64 = 10;
/// After so many microseconds a count that has changed is written, though it has not doubled.
const WRITE_AFTER: i64 = 60 * 1_000_000;

/// The newest failure alert of a rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct FailureAlert {
    pub(super) id: AlertId,
    /// Failures that the alert does not count yet.
    pub(super) unwritten: u64,
}

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
                Some((alert, _)) => JsonObject::read_stored(&alert.seen_by(Viewer::Full).info)
                    .map_err(|fault| StoreError::damaged("an alert", fault.to_string()))?,
            };
            let mut count = failed.count;
            if let Some((alert, unwritten)) = &earlier {
                let written = failures(&info);
                count += written + unwritten;
                if !is_to_be_written(written, count, alert.updated_at, change.at()) {
                    let unwritten = count - written;
                    let id = alert.id;
                    change.note_failure_alert(&index, FailureAlert { id, unwritten });
                    continue;
                }
            }
            info.insert("rule", rule);
            info.insert("failures", Value::from(count));
            info.insert("last_reason", failed.last.to_string());
            info.insert("last_txn_id", failed.last_row.transaction.txn_id.as_str());
            if count >= EXACT_UP_TO {
                info.insert("failures_at_least", Value::Bool(true));
            }
            match earlier {
                Some((mut alert, _)) => {
                    alert.set_info(info.to_string());
                    if failed.reads_masked {
                        let mut withheld = alert.withheld().into_owned();
                        withheld.details = true;
                        alert.content.decide(withheld);
                    }
                    alert.touch(change.at());
                    change.audit(&actor, "alert.count_failure", alert.id.to_string());
                    let (id, unwritten) = (alert.id, 0);
                    change.note_failure_alert(&index, FailureAlert { id, unwritten });
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

/// Whether a count that was written as `written` and is `count` now is written again.
fn is_to_be_written(written: u64, count: u64, written_at: Timestamp, now: Timestamp) -> bool {
    count <= EXACT_UP_TO
        || count >= 2 * written
        || now.as_micros() - written_at.as_micros() >= WRITE_AFTER
}

/// The newest failure alert of a rule, where it is open, and how many failures it does not count yet.
fn open_alert(
    change: &Change<'_>,
    index: &str,
    workflow: &Workflow,
) -> Result<Option<(Alert, u64)>, StoreError> {
    let Some(FailureAlert { id, unwritten }) = change.failure_alert(index)? else {
        return Ok(None);
    };
    let alert = change.alert(id)?;
    let open = alert.filter(|alert| !workflow.is_closed(&alert.state));
    Ok(open.map(|alert| (alert, unwritten)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_written_when_it_doubles_or_a_minute_has_passed() {
        let is_written = |written, count, seconds: i64| {
            let now = Timestamp::from_micros(seconds * 1_000_000);
            is_to_be_written(written, count, Timestamp::from_micros(0), now)
        };
        assert!(is_written(9, 10, 0));
        assert!(!is_written(10, 11, 0));
        assert!(is_written(10, 20, 59));
        assert!(!is_written(1_000, 1_999, 59));
        assert!(is_written(1_000, 1_001, 60));
        // Somebody replaced the alert's info.
        assert!(is_written(0, 1, 0));
    }
}
