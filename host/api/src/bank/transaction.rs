//! A transaction of an account, as the calls write it.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::check::Faults;
use crate::http::body::parse;
use json::{JsonObject, JsonValue};
use sessions::FetchedTransaction;

/// The longest id of a transaction, in characters.
const MAX_ID: usize = 200;
/// The longest text of a transaction, in characters.
const MAX_TEXT: usize = 2_000;
/// The most bytes of a transaction's details.
const MAX_DETAILS_BYTES: usize = 8 * 1024;

/// What is wrong with a transaction: field, reason, detail.
pub(super) type Fault = (String, String, String);

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

/// The bank's id of a transaction, where that can be read.
pub(super) fn id_of(text: &RawValue) -> Option<String> {
    let value = JsonValue::read_stored(text.get()).ok()?;
    let id = value.get("transactionId")?.as_str()?;
    Some(id.chars().take(MAX_ID).collect())
}

impl TransactionBody {
    /// The transaction, where it has the right shape, and what is wrong with it; no day may be after the last.
    pub(super) fn read(text: &RawValue, last: Date) -> (Option<FetchedTransaction>, Vec<Fault>) {
        match parse::<Self>(text.get().as_bytes()) {
            Ok(body) => {
                let mut faults = Faults::default();
                body.check(last, &mut faults);
                (Some(body.into()), faults.into_parts())
            }
            Err(problem) if problem.errors().is_empty() => {
                let fault = (
                    String::new(),
                    "malformed".to_owned(),
                    problem.detail().to_owned(),
                );
                (None, vec![fault])
            }
            Err(problem) => {
                let errors = problem.errors().iter();
                let faults = errors.map(|error| {
                    (
                        error.field.clone(),
                        error.reason.clone(),
                        error.detail.clone(),
                    )
                });
                (None, faults.collect())
            }
        }
    }

    fn check(&self, last: Date, faults: &mut Faults) {
        faults.text("transactionId", &self.transaction_id, MAX_ID);
        faults.past_day("bookingDate", &self.booking_date, last);
        if let Some(day) = &self.value_date {
            faults.day("valueDate", day);
        }
        if let Some(moment) = &self.booked_at {
            match moment.parse::<jiff::Timestamp>() {
                Err(_) => faults.add(
                    "bookedAt",
                    "invalid_date_time",
                    "must be a time with offset, such as 2024-09-25T10:45:30Z",
                ),
                Ok(moment) if moment.to_zoned(jiff::tz::TimeZone::UTC).date() > last => {
                    faults.add("bookedAt", "in_the_future", "must not be in the future");
                }
                Ok(_) => {}
            }
        }
        faults.decimal("amount", &self.amount);
        faults.currency("currency", &self.currency);
        for (member, text) in [
            ("description", &self.description),
            ("counterpartyName", &self.counterparty_name),
            ("counterpartyIban", &self.counterparty_iban),
            ("type", &self.r#type),
        ] {
            if text.as_deref().is_some_and(|text| !text.is_empty()) {
                faults.optional_text(member, text.as_deref(), MAX_TEXT);
            }
        }
        if !self.details.is_empty() {
            let bytes = self.details.to_string().len();
            if bytes > MAX_DETAILS_BYTES {
                let detail = format!("must have at most {MAX_DETAILS_BYTES} bytes");
                faults.add("details", "too_long", detail);
            }
        }
    }
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
