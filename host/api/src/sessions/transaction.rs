//! A transaction of an account, as the calls write it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::http::Problem;
use crate::http::body::parse;
use app::request::FieldFault;
use app::sessions::reported::{ReportedTransaction, UnreadableTransaction};
use json::{JsonObject, JsonValue};
use sessions::FetchedTransaction;

/// A transaction of an account.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AccountTransaction")]
pub(super) struct TransactionBody {
    /// The bank's id of it, unique within the account: 1 to 200 characters.
    transaction_id: String,
    /// The day on which it was booked.
    booking_date: String,
    /// The moment, where the bank tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    booked_at: Option<String>,
    /// The day from which it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value_date: Option<String>,
    /// A decimal, as a text; below zero where the account pays.
    amount: String,
    /// Three letters.
    currency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counterparty_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counterparty_iban: Option<String>,
    /// The bank's kind of transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    r#type: Option<String>,
    /// What else the bank tells: at most 8 KiB.
    #[serde(default, skip_serializing_if = "JsonObject::is_empty")]
    details: JsonObject,
}

/// Reads a transaction of a page.
pub(super) fn read(text: &RawValue) -> ReportedTransaction {
    match parse::<TransactionBody>(text.get().as_bytes()) {
        Ok(body) => Ok(body.into()),
        Err(problem) => Err(UnreadableTransaction {
            text: text.get().to_owned(),
            id: id_of(text),
            faults: faults_of(&problem),
        }),
    }
}

/// The bank's id of a transaction, where that can be read.
fn id_of(text: &RawValue) -> Option<String> {
    let value = JsonValue::read_stored(text.get()).ok()?;
    let id = value.get("transactionId")?.as_str()?;
    Some(id.to_owned())
}

fn faults_of(problem: &Problem) -> Vec<FieldFault> {
    if problem.errors().is_empty() {
        return vec![FieldFault {
            field: String::new(),
            reason: "malformed".to_owned(),
            detail: problem.detail().to_owned(),
        }];
    }
    let errors = problem.errors().iter();
    let faults = errors.map(|error| FieldFault {
        field: error.field.clone(),
        reason: error.reason.clone(),
        detail: error.detail.clone(),
    });
    faults.collect()
}

impl From<TransactionBody> for FetchedTransaction {
    fn from(body: TransactionBody) -> Self {
        Self {
            id: body.transaction_id,
            booked_on: body.booking_date,
            booked_at: body.booked_at,
            value_on: body.value_date,
            amount: body.amount,
            currency: body.currency,
            description: body.description,
            counterparty_name: body.counterparty_name,
            counterparty_iban: body.counterparty_iban,
            kind: body.r#type,
            details: body.details,
        }
    }
}

impl From<FetchedTransaction> for TransactionBody {
    fn from(fetched: FetchedTransaction) -> Self {
        Self {
            transaction_id: fetched.id,
            booking_date: fetched.booked_on,
            booked_at: fetched.booked_at,
            value_date: fetched.value_on,
            amount: fetched.amount,
            currency: fetched.currency,
            description: fetched.description,
            counterparty_name: fetched.counterparty_name,
            counterparty_iban: fetched.counterparty_iban,
            r#type: fetched.kind,
            details: fetched.details,
        }
    }
}
