//! Transactions that sessions fetched, as the store keeps them.

use domain::session::{Decimal, Digest};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::record::{read, write};
use json::JsonObject;
use store::StoreError;

/// How many bytes of transactions one record holds, roughly: less than what the store must cut.
const PART_BYTES: usize = 64 * 1024;

/// A transaction of an account, as the bank told of it. All was checked when it came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FetchedTransaction {
    /// The bank's id of it.
    pub id: String,
    /// The day on which it was booked.
    pub booked_on: String,
    /// The moment, where the bank tells it: RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booked_at: Option<String>,
    /// The day from which it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_on: Option<String>,
    /// A decimal; below zero where the account pays.
    pub amount: String,
    /// Three letters.
    pub currency: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who is on the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty_name: Option<String>,
    /// The account on the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty_iban: Option<String>,
    /// The bank's kind of transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What else the bank tells.
    #[serde(default, skip_serializing_if = "JsonObject::is_empty")]
    pub details: JsonObject,
}

impl FetchedTransaction {
    /// The records of a page: some transactions each.
    pub fn write_parts<'t>(transactions: impl IntoIterator<Item = &'t Self>) -> Vec<Vec<u8>> {
        let mut parts = Vec::new();
        let mut part = Vec::new();
        for transaction in transactions {
            part.push(if part.is_empty() { b'[' } else { b',' });
            part.extend(write(transaction));
            if part.len() >= PART_BYTES {
                part.push(b']');
                parts.push(std::mem::take(&mut part));
            }
        }
        if !part.is_empty() {
            part.push(b']');
            parts.push(part);
        }
        parts
    }

    /// With its details in the form that equal ones share.
    #[must_use]
    pub fn with_canonical_details(&self) -> Self {
        let mut canonical = self.clone();
        canonical.details.make_canonical();
        canonical
    }

    /// SHA-256 of what it says: the same where amounts and the numbers in details have the same value and moments are
    /// the same.
    pub(super) fn content(&self) -> Digest {
        let mut canonical = self.with_canonical_details();
        if let Ok(amount) = Decimal::new(&self.amount) {
            canonical.amount = amount.canonical();
        }
        let moment = self.booked_at.as_deref();
        if let Some(Ok(moment)) = moment.map(str::parse::<jiff::Timestamp>) {
            canonical.booked_at = Some(moment.to_string());
        }
        Sha256::digest(write(&canonical)).into()
    }

    /// The transactions of one record.
    pub(super) fn read_part(bytes: &[u8]) -> Result<Vec<Self>, StoreError> {
        read("transactions of a session", bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_hold_all_transactions_in_order() {
        let transaction = |number: usize| FetchedTransaction {
            id: number.to_string(),
            booked_on: "2024-02-29".to_owned(),
            booked_at: None,
            value_on: None,
            amount: "-1.50".to_owned(),
            currency: "PLN".to_owned(),
            description: Some("x".repeat(500)),
            counterparty_name: None,
            counterparty_iban: None,
            kind: None,
            details: JsonObject::default(),
        };
        let check = |count: usize, parts: usize| {
            let all: Vec<_> = (0..count).map(transaction).collect();
            let written = FetchedTransaction::write_parts(&all);
            assert_eq!(written.len(), parts, "{count} transactions");
            let read = written
                .iter()
                .flat_map(|part| FetchedTransaction::read_part(part).expect("a part"));
            assert_eq!(read.collect::<Vec<_>>(), all);
        };
        check(0, 0);
        check(1, 1);
        check(300, 3);
    }
}
