//! Alerts as a formatter gets them: one value for each in every column.

use domain::alert::{AlertId, AlertOutcome, Content, Part};
use domain::column::{Texts, time_to_column};
use serde_json::json;

use super::snapshot::SnapshotAlert;
use engine::alert::{Disclosure, EvidenceItem, FindingRecord, MASKED};
use runtime::formatter::AlertColumns;

/// Appends an alert, with what is disclosed of its findings.
pub fn push(columns: &mut AlertColumns, snapshot: &SnapshotAlert, disclosure: &Disclosure) {
    let (alert, content) = (&snapshot.alert, &snapshot.content);
    columns.id.push(&alert.id.to_string());
    columns.team.push(&alert.team);
    columns
        .dprofile_id
        .push(alert.dprofile_id.as_deref().unwrap_or_default());
    columns
        .user_id
        .push(alert.user_id.as_deref().unwrap_or_default());
    columns.title.push(&content.title);
    columns.incident_type.push(&alert.incident_type);
    columns.state.push(&alert.state);
    columns.severity.push(alert.severity);
    columns.priority.push(alert.priority);
    columns.due_date.push(time_to_column(alert.due_date));
    columns
        .labels
        .push(content.labels.iter().map(|label| label.as_str()));
    columns.rule.push(alert.rule.as_deref().unwrap_or_default());
    columns.score.push(content.score.unwrap_or(f64::NAN));
    columns
        .txn_ids
        .push(alert.txn_ids.iter().map(String::as_str));
    columns.info.push(&content.info);
    let findings: Vec<String> = {
        let findings = snapshot.findings.iter();
        let seen = findings.map(|record| finding(&alert.team, record, disclosure));
        seen.collect()
    };
    columns.findings.push(findings.iter().map(String::as_str));
    let comments: Vec<String> = snapshot.comments.iter().filter_map(comment).collect();
    columns.comments.push(comments.iter().map(String::as_str));
    columns
        .created_at
        .push(time_to_column(Some(alert.created_at)));
    columns
        .updated_at
        .push(time_to_column(Some(alert.updated_at)));
    columns.closed_at.push(time_to_column(alert.closed_at()));
    if columns.more.is_empty() {
        let names = ["version", "merged_from", "outcome"];
        columns.more = names.map(|name| (name.to_owned(), Texts::default())).into();
    }
    let merged_from: Vec<String> = snapshot
        .merged_from
        .iter()
        .map(AlertId::to_string)
        .collect();
    let outcome = alert.outcome().map(AlertOutcome::as_str);
    let more = [
        alert.version.to_string(),
        json!(merged_from).to_string(),
        json!(outcome).to_string(),
    ];
    for ((_, texts), value) in columns.more.iter_mut().zip(more) {
        texts.push(&value);
    }
}

/// None of a part that is no comment.
fn comment(part: &Part) -> Option<String> {
    let Content::Comment(comment) = &part.content else {
        return None;
    };
    let written = json!({
        "author": part.author.login,
        "written_at": part.created_at.to_string(),
        "text": comment.text,
    });
    Some(written.to_string())
}

fn finding(team: &str, finding: &FindingRecord, disclosure: &Disclosure) -> String {
    let seen = disclosure.finding(team, finding);
    let evidence: serde_json::Map<String, serde_json::Value> =
        seen.evidence.iter().map(evidence).collect();
    json!({
        "rule": finding.rule,
        "version": finding.version,
        "digest": finding.digest,
        "score": seen.score,
        "transaction": finding.txn_id,
        "evidence": evidence,
    })
    .to_string()
}

/// Values of masked fields are in no file: exports leave the house.
fn evidence(item: &EvidenceItem) -> (String, serde_json::Value) {
    let value = if item.sensitive {
        MASKED.into()
    } else {
        serde_json::to_value(&item.value).unwrap_or_default()
    };
    (item.name.clone(), value)
}
