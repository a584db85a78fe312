//! What is said of transactions within an alert, taken away.
//!
//! All else stays as the host wrote it, to the last digit of a number.

use std::collections::BTreeMap;

use vervet_sdk::formatter::TextList;
use vervet_sdk::serde_json::value::{RawValue, to_raw_value};
use vervet_sdk::serde_json::{self, from_str};

/// The members of a JSON object, unread.
type Members = BTreeMap<String, Box<RawValue>>;

/// An alert's `info` without the payloads of transactions, its own and those of merged alerts.
pub(crate) fn without_transactions(info: &str) -> Result<String, String> {
    strip_info(info)
        .map(|info| info.get().to_owned())
        .map_err(|error| not_json("info", &error))
}

fn strip_info(info: &str) -> serde_json::Result<Box<RawValue>> {
    let mut members: Members = from_str(info)?;
    members.remove("transactions");
    if let Some(merged) = members.get_mut("merged")
        && let Ok(parts) = from_str::<Vec<&RawValue>>(merged.get())
    {
        // A part that is no object holds no transactions.
        let parts: Vec<_> = parts
            .into_iter()
            .map(|part| strip_info(part.get()).unwrap_or_else(|_| part.to_owned()))
            .collect();
        *merged = to_raw_value(&parts)?;
    }
    to_raw_value(&members)
}

/// Findings as a JSON array, each with its transaction's id alone, and with those inputs in
/// its evidence that are no rows of other transactions.
pub(crate) fn without_rows(findings: TextList<'_>) -> Result<String, String> {
    let findings: Vec<_> = findings
        .map(strip_finding)
        .collect::<serde_json::Result<_>>()
        .map_err(|error| not_json("a finding", &error))?;
    serde_json::to_string(&findings).map_err(|error| not_json("a finding", &error))
}

fn strip_finding(finding: &str) -> serde_json::Result<Box<RawValue>> {
    let mut members: Members = from_str(finding)?;
    if let Some(transaction) = members.get_mut("transaction")
        && let Ok(mut whole) = from_str::<Members>(transaction.get())
        && let Some(id) = whole.remove("txn_id")
    {
        *transaction = id;
    }
    if let Some(evidence) = members.get_mut("evidence")
        && let Ok(mut inputs) = from_str::<Members>(evidence.get())
    {
        inputs.retain(|_, value| !value.get().starts_with('['));
        *evidence = to_raw_value(&inputs)?;
    }
    to_raw_value(&members)
}

fn not_json(what: &str, error: &serde_json::Error) -> String {
    format!("{what} is no JSON object: {error}")
}
