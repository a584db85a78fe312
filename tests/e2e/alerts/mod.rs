//! Alerts, as people work on them.

pub(crate) mod bulk;
mod comments;
mod documents;
mod filling;
mod history;
mod merging;
mod outcomes;
mod search;
mod tasks;
mod transitions;
mod types;
mod views;
mod work;
mod workflow;

use serde_json::Value;

use crate::payments::{Payments, payment};

/// A payment that the rule `large-amount` finds something in; answers the path of the alert.
pub(crate) async fn alert_of(payments: &Payments, txn_id: &str) -> String {
    let answer = payments.post(payment(txn_id, "anna", 20_000.0)).await;
    let answer = answer.expect(201);
    format!("/v1/alerts/{}", text(&answer["alerts"][0]["id"]))
}

/// A text in an answer.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}
