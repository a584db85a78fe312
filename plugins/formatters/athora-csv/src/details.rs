//! What is said of transactions within an alert, taken away.

use vervet_sdk::formatter::TextList;
use vervet_sdk::serde_json::{self, Value};

/// An alert's `info` without the payloads of transactions, its own and those of merged alerts.
pub(crate) fn without_transactions(info: &str) -> Result<String, String> {
    let mut info = parse(info)?;
    drop_transactions(&mut info);
    Ok(info.to_string())
}

fn drop_transactions(info: &mut Value) {
    let Value::Object(members) = info else {
        return;
    };
    members.remove("transactions");
    if let Some(Value::Array(parts)) = members.get_mut("merged") {
        parts.iter_mut().for_each(drop_transactions);
    }
}

/// Findings as a JSON array, each with its transaction's id alone, and with those inputs in
/// its evidence that are no rows of other transactions.
pub(crate) fn without_rows(findings: TextList<'_>) -> Result<String, String> {
    let findings: Vec<Value> = findings.map(finding).collect::<Result<_, _>>()?;
    Ok(Value::Array(findings).to_string())
}

fn finding(finding: &str) -> Result<Value, String> {
    let mut finding = parse(finding)?;
    if let Value::Object(members) = &mut finding {
        if let Some(transaction) = members.get_mut("transaction")
            && let Some(id) = transaction.get("txn_id").cloned()
        {
            *transaction = id;
        }
        if let Some(Value::Object(evidence)) = members.get_mut("evidence") {
            evidence.retain(|_, value| !value.is_array());
        }
    }
    Ok(finding)
}

fn parse(json: &str) -> Result<Value, String> {
    serde_json::from_str(json).map_err(|error| format!("not JSON: {error}"))
}
