//! What a rule says of a batch, checked: what it found of each row, or why it could not.

use domain::rule::{Finding, Label, Level, RowFailure};
use serde_json::value::RawValue;

use base::grouped::grouped;

/// A finding as the plugin says it.
pub(crate) struct RawFinding {
    pub(crate) row: u32,
    pub(crate) title: String,
    pub(crate) severity: Option<Level>,
    pub(crate) priority: Option<Level>,
    pub(crate) score: Option<f64>,
    pub(crate) labels: Vec<String>,
    pub(crate) info: String,
}

/// A verdict as the plugin says it.
pub(crate) struct RawVerdict {
    pub(crate) findings: Vec<RawFinding>,
    pub(crate) failures: Vec<RowFailure>,
}

/// What a rule says of one row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RowVerdict {
    Clear,
    Findings(Vec<Finding>),
    /// The rule says that it could not judge the row.
    Reported(String),
    /// What it says of the row breaks the contract.
    Broken(String),
}

/// Says of each of `count` rows what the verdict says of it; an error where the
/// verdict breaks the contract and no row can be blamed.
pub(crate) fn by_row(
    verdict: RawVerdict,
    count: usize,
    max_findings: usize,
) -> Result<Vec<RowVerdict>, String> {
    let mut rows = vec![RowVerdict::Clear; count];
    let rows_of_findings = verdict.findings.iter().map(|finding| finding.row);
    in_order("findings", rows_of_findings, count)?;
    let rows_of_failures = verdict.failures.iter().map(|failure| failure.row);
    in_order("failures", rows_of_failures, count)?;

    for failure in verdict.failures {
        let row = &mut rows[failure.row as usize];
        *row = match row {
            RowVerdict::Clear => RowVerdict::Reported(shortened(failure.reason)),
            _ => RowVerdict::Broken("it reports two failures of one transaction".into()),
        };
    }
    for said in verdict.findings {
        let row = &mut rows[said.row as usize];
        match row {
            RowVerdict::Broken(_) => {}
            RowVerdict::Reported(_) => {
                *row = RowVerdict::Broken(
                    "it both judges a transaction and reports that it could not".into(),
                );
            }
            RowVerdict::Findings(findings) if findings.len() >= max_findings => {
                let limit = grouped(max_findings as u64);
                *row = RowVerdict::Broken(format!("more than {limit} findings of one transaction"));
            }
            RowVerdict::Clear | RowVerdict::Findings(_) => match (checked(said), row) {
                (Ok(finding), RowVerdict::Findings(findings)) => findings.push(finding),
                (Ok(finding), row) => *row = RowVerdict::Findings(vec![finding]),
                (Err(fault), row) => *row = RowVerdict::Broken(fault),
            },
        }
    }
    Ok(rows)
}

fn in_order(what: &str, rows: impl Iterator<Item = u32>, count: usize) -> Result<(), String> {
    let mut last = 0;
    for row in rows {
        if row as usize >= count {
            return Err(format!("{what} of row {row}, in a batch of {count}"));
        }
        if row < last {
            return Err(format!("{what} of row {row} after those of row {last}"));
        }
        last = row;
    }
    Ok(())
}

fn checked(said: RawFinding) -> Result<Finding, String> {
    let title = said.title.chars().take(501).count();
    if !(1..=500).contains(&title) {
        return Err("the title of a finding has 1 to 500 characters".into());
    }
    if said.score.is_some_and(|score| !score.is_finite()) {
        return Err("the score of a finding is a finite number".into());
    }
    check_info(&said.info)?;
    let mut labels = Vec::with_capacity(said.labels.len());
    for text in &said.labels {
        let label = Label::new(text).map_err(|error| error.to_string())?;
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    Ok(Finding {
        title: without_nul(said.title),
        severity: said.severity,
        priority: said.priority,
        score: said.score,
        labels,
        info: said.info,
    })
}

/// Whether it is an object by the grammar of JSON. What the host does not keep as JSON, such as a name that is there
/// twice, loses no finding: the info is set apart where its alert is made.
fn check_info(info: &str) -> Result<(), String> {
    let wanted = "the info of a finding is a JSON object";
    let info: &RawValue =
        serde_json::from_str(info).map_err(|error| format!("{wanted}: {error}"))?;
    match info.get().starts_with('{') {
        true => Ok(()),
        false => Err(wanted.to_owned()),
    }
}

/// A reason is kept with every transaction that failed.
fn shortened(mut reason: String) -> String {
    reason.truncate(reason.floor_char_boundary(500));
    without_nul(reason)
}

/// No stored text has the character U+0000; no finding is lost for it.
fn without_nul(text: String) -> String {
    match text.contains('\0') {
        true => text.replace('\0', "\u{fffd}"),
        false => text,
    }
}
