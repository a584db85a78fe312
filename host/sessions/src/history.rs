//! What an account's history holds already, and what a page adds to it.
//!
//! A history lists each transaction once, by the bank's id of it. What comes again with the same content, in a page under
//! another number or in one that overlaps, is a repeat; what comes again with other content is told of and not listed,
//! and so is what cannot be read.

use std::collections::{BTreeSet, HashMap};

use domain::session::Digest;
use serde::{Deserialize, Serialize};

use super::fetched::FetchedTransaction;

/// A transaction of a page that is not in the account's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unlisted {
    /// The account's id.
    pub account: String,
    /// The page's number.
    pub page: u32,
    /// Where in the page it is, from 0.
    pub index: u32,
    /// The bank's id of it, where that can be read.
    pub transaction: Option<String>,
    /// Why it is not listed: field, reason, detail.
    pub faults: Vec<(String, String, String)>,
}

/// What a transaction is to a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The history does not hold it.
    New,
    /// The history holds it, with the same content.
    Repeat,
    /// The history holds one of the same id, with other content.
    Differs,
}

/// What the history of an account holds, as far as it is durable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The numbers of the pages that it was read from.
    pub(super) pages: BTreeSet<u32>,
    /// The content of each transaction, by the bank's id.
    transactions: HashMap<String, Digest>,
}

impl Held {
    /// Adds a page that is kept, and answers what each of its transactions is to what was there before.
    pub(super) fn add(&mut self, page: u32, transactions: &[FetchedTransaction]) -> Vec<Standing> {
        self.pages.insert(page);
        let mut standings = Vec::with_capacity(transactions.len());
        for transaction in transactions {
            let content = transaction.content();
            let known = self.transactions.get(&transaction.id).copied();
            if known.is_none() {
                self.transactions.insert(transaction.id.clone(), content);
            }
            standings.push(Standing::of(known, content));
        }
        standings
    }

    /// What each transaction of a new page is to the history and to those before it in the page.
    pub fn compare(&self, transactions: &[FetchedTransaction]) -> Vec<Standing> {
        let mut within: HashMap<&str, Digest> = HashMap::new();
        let standings = transactions.iter().map(|transaction| {
            let content = transaction.content();
            let id = transaction.id.as_str();
            let known = self.transactions.get(id).or_else(|| within.get(id));
            let known = known.copied();
            if known.is_none() {
                within.insert(id, content);
            }
            Standing::of(known, content)
        });
        standings.collect()
    }
}

impl Standing {
    fn of(known: Option<Digest>, content: Digest) -> Self {
        match known {
            None => Self::New,
            Some(known) if known == content => Self::Repeat,
            Some(_) => Self::Differs,
        }
    }
}

impl Unlisted {
    /// One that the history holds with other content.
    pub fn differing(account: &str, page: u32, index: usize, transaction: &str) -> Self {
        let detail =
            "the account's history has a transaction of this id with other content; that one stays";
        Self {
            account: account.to_owned(),
            page,
            index: u32::try_from(index).unwrap_or(u32::MAX),
            transaction: Some(transaction.to_owned()),
            faults: vec![(
                "transactionId".to_owned(),
                "differs".to_owned(),
                detail.to_owned(),
            )],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use json::JsonObject;

    fn transaction(id: &str, amount: &str, booked_at: Option<&str>) -> FetchedTransaction {
        FetchedTransaction {
            id: id.to_owned(),
            booked_on: "2024-02-29".to_owned(),
            booked_at: booked_at.map(str::to_owned),
            value_on: None,
            amount: amount.to_owned(),
            currency: "PLN".to_owned(),
            description: None,
            counterparty_name: None,
            counterparty_iban: None,
            kind: None,
            details: JsonObject::default(),
        }
    }

    #[test]
    fn what_comes_again_is_known_by_id_and_compared_by_value() {
        use Standing::{Differs, New, Repeat};
        let mut held = Held::default();
        let first = [
            transaction("a", "-1.5", None),
            transaction("b", "2", Some("2024-02-29T10:00:00Z")),
        ];
        assert_eq!(held.compare(&first), [New, New]);
        assert_eq!(held.add(1, &first), [New, New]);
        let second = [
            transaction("a", "-1.50", None),
            transaction("b", "2.0", Some("2024-02-29T11:00:00+01:00")),
            transaction("b", "3", Some("2024-02-29T10:00:00Z")),
            transaction("c", "1", None),
            transaction("c", "1.0", None),
            transaction("c", "1", Some("2024-02-29T10:00:00Z")),
        ];
        let expect = [Repeat, Repeat, Differs, New, Repeat, Differs];
        assert_eq!(held.compare(&second), expect);
        assert_eq!(held.add(2, &second), expect, "as a page that is kept");
        assert_eq!(held.pages, BTreeSet::from([1, 2]));
    }
}
