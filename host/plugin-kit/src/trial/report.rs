//! What is printed of a trial.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;

use domain::rule::{Finding, Level};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::rule::{Ended, Found, TrialOutcome};
use console::print;
use engine::alert::EvidenceValue;

/// Rows of a `recent` input that are shown to people.
const SHOWN_ROWS: usize = 3;

/// For people.
pub(super) fn text(outcome: &TrialOutcome) -> io::Result<()> {
    for refused in &outcome.refused {
        let faults = refused.faults.join("; ");
        print::line(format_args!("line {}  refused: {faults}", refused.line))?;
    }
    for found in &outcome.found {
        for finding in &found.findings {
            print::line(format_args!(
                "{}  customer {}  {}{}",
                found.txn_id,
                found.customer_id,
                finding.title,
                remarks(finding)
            ))?;
        }
        for (name, value) in &found.evidence {
            print::line(format_args!("    {name} = {}", short(value)))?;
        }
        print::line(format_args!("    fuel {}", print::grouped(found.fuel)))?;
    }
    for failure in &outcome.failures {
        print::line(format_args!(
            "{}  failed: {}",
            failure.txn_id, failure.reason
        ))?;
    }
    let findings: usize = outcome.found.iter().map(|found| found.findings.len()).sum();
    let most = outcome.found.iter().map(|found| found.fuel).max();
    let most = most.map_or_else(String::new, |fuel| {
        format!("; at most {} fuel", print::grouped(fuel))
    });
    print::line(format_args!(
        "{} {}: judged {}, refused {}, failed {}; findings {findings}, in {} transactions{most}",
        outcome.rule,
        outcome.version,
        outcome.judged,
        outcome.refused.len(),
        outcome.failures.len(),
        outcome.found.len(),
    ))
}

fn remarks(finding: &Finding) -> String {
    let mut remarks = String::new();
    // Writing to a string cannot fail.
    if let Some(severity) = finding.severity {
        let _ = write!(remarks, "  severity {severity}");
    }
    if let Some(score) = finding.score {
        let _ = write!(remarks, "  score {score:.2}");
    }
    if !finding.labels.is_empty() {
        let labels: Vec<&str> = finding.labels.iter().map(|label| label.as_str()).collect();
        let _ = write!(remarks, "  [{}]", labels.join(", "));
    }
    remarks
}

fn short(value: &EvidenceValue) -> String {
    match value {
        EvidenceValue::Rows(rows) => {
            let shown: Vec<Value> = rows.iter().take(SHOWN_ROWS).map(|row| json!(row)).collect();
            let more = rows.len().saturating_sub(SHOWN_ROWS);
            let more = match more {
                0 => String::new(),
                more => format!(" and {more} rows more"),
            };
            format!("{}{more}", Value::from(shown))
        }
        EvidenceValue::Float(None) => "none".to_owned(),
        other => json!(other).to_string(),
    }
}

/// One document, for programs.
pub(super) fn json(outcome: &TrialOutcome) -> io::Result<()> {
    let refused = outcome.refused.iter();
    let refused = refused
        .map(|refused| json!({ "line": refused.line, "faults": refused.faults }))
        .collect();
    let failures = outcome.failures.iter();
    let failed = failures
        .map(|failure| json!({ "txn_id": failure.txn_id, "reason": failure.reason }))
        .collect();
    let document = Document {
        rule: &outcome.rule,
        version: &outcome.version,
        transactions: outcome.judged,
        exit_code: outcome.ended().map_or(0, Ended::exit_code),
        found: outcome.found.iter().map(FoundDocument::of).collect(),
        failed,
        refused,
    };
    print::line(serde_json::to_string_pretty(&document)?)
}

#[derive(Serialize)]
struct Document<'o> {
    rule: &'o str,
    version: &'o str,
    transactions: usize,
    exit_code: u8,
    found: Vec<FoundDocument<'o>>,
    failed: Vec<Value>,
    refused: Vec<Value>,
}

#[derive(Serialize)]
struct FoundDocument<'o> {
    txn_id: &'o str,
    customer_id: &'o str,
    fuel: u64,
    evidence: BTreeMap<&'o str, &'o EvidenceValue>,
    findings: Vec<FindingDocument<'o>>,
}

#[derive(Serialize)]
struct FindingDocument<'o> {
    title: &'o str,
    severity: Option<&'o str>,
    priority: Option<&'o str>,
    score: Option<f64>,
    labels: Vec<&'o str>,
    info: &'o RawValue,
}

impl<'o> FoundDocument<'o> {
    fn of(found: &'o Found) -> Self {
        let evidence = found.evidence.iter();
        Self {
            txn_id: &found.txn_id,
            customer_id: &found.customer_id,
            fuel: found.fuel,
            evidence: evidence
                .map(|(name, value)| (name.as_str(), value))
                .collect(),
            findings: found.findings.iter().map(FindingDocument::of).collect(),
        }
    }
}

impl<'o> FindingDocument<'o> {
    fn of(finding: &'o Finding) -> Self {
        Self {
            title: &finding.title,
            severity: finding.severity.map(Level::as_str),
            priority: finding.priority.map(Level::as_str),
            score: finding.score,
            labels: finding.labels.iter().map(|label| label.as_str()).collect(),
            info: serde_json::from_str(&finding.info).expect("what a rule says is checked"),
        }
    }
}
