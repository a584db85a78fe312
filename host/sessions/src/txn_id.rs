//! The `txn_id` of a fetched transaction.
//!
//! The id is `{bank}/{userId}/{account}/{currency}/{transactionId}`, each part percent-encoded, where `account` is the
//! IBAN or, for accounts without one, the account's id. It stays the same whichever session fetches the transaction.
//! The holder and the currency are part of it because a bank counts transactions within an account, and several holders
//! or currencies can share one IBAN.
//!
//! An id longer than a `txn_id` may be is replaced by `sha256-` and the SHA-256 of the long form in hexadecimal digits.
//! No short id looks like that: it has four slashes, and this has none.

use sha2::{Digest, Sha256};

use super::mapping::Origin;
use base::hex;

/// The longest `txn_id`, in characters.
const MAX_LENGTH: usize = 200;

/// The `txn_id` of the transaction that the bank calls `transaction`.
pub(super) fn txn_id(origin: Origin<'_>, transaction: &str) -> String {
    let account = origin.account;
    let parts = [
        origin.bank,
        origin.user,
        account.iban.as_deref().unwrap_or(&account.id),
        &account.currency,
        transaction,
    ];
    let id = parts.map(percent_encoded).join("/");
    if id.len() <= MAX_LENGTH {
        id
    } else {
        format!("sha256-{}", hex::encode(&Sha256::digest(&id)))
    }
}

/// The `txn_id` that version 0.1.0 gave the same transaction.
pub(super) fn txn_id_of_0_1_0(origin: Origin<'_>, transaction: &str) -> String {
    let account = origin.account;
    let account = account.iban.as_deref().unwrap_or(&account.id);
    let id = format!("{}/{account}/{transaction}", origin.bank);
    if id.chars().count() <= MAX_LENGTH {
        id
    } else {
        hex::encode(&Sha256::digest(&id))
    }
}

/// The text with every byte but RFC 3986's unreserved ones as `%` and two hexadecimal digits.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&hex::encode(&[byte]).to_ascii_uppercase());
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::session::Account;
    use proptest::prelude::*;

    use super::*;

    fn account(id: &str, iban: Option<&str>, currency: &str) -> Account {
        Account {
            id: id.to_owned(),
            iban: iban.map(str::to_owned),
            name: None,
            currency: currency.to_owned(),
            balances: Vec::new(),
        }
    }

    fn id(bank: &str, user: &str, account: &Account, transaction: &str) -> String {
        let origin = Origin {
            bank,
            user,
            account,
        };
        txn_id(origin, transaction)
    }

    #[test]
    fn an_id_names_bank_holder_account_currency_and_transaction() {
        let (with, without) = (
            account("a1", Some("PL61"), "PLN"),
            account("a/1", None, "EUR"),
        );
        assert_eq!(id("75", "anna", &with, "t1"), "75/anna/PL61/PLN/t1");
        assert_eq!(
            id("75", "an na", &without, "é%"),
            "75/an%20na/a%2F1/EUR/%C3%A9%25"
        );
    }

    #[test]
    fn holders_and_currencies_of_one_iban_are_told_apart() {
        let zloty = account("a1", Some("PL61"), "PLN");
        let euro = account("a1", Some("PL61"), "EUR");
        let ids = [
            id("75", "anna", &zloty, "t1"),
            id("75", "anna", &euro, "t1"),
            id("75", "bela", &zloty, "t1"),
            id("75", "bela", &euro, "t1"),
        ];
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    }

    #[test]
    fn an_id_that_is_too_long_is_hashed_and_looks_like_no_other() {
        let one = account("a1", None, "PLN");
        let fits = "x".repeat(MAX_LENGTH - "75/anna/a1/PLN/".len());
        assert_eq!(id("75", "anna", &one, &fits).len(), MAX_LENGTH);
        let long = id("75", "anna", &one, &format!("{fits}x"));
        assert!(long.starts_with("sha256-") && long.len() == 71, "{long}");
        assert!(!long.contains('/'));
        assert_ne!(long, id("75", "anna", &one, &format!("{fits}y")));
    }

    proptest! {
        #[test]
        fn different_parts_never_make_the_same_id(
            one in prop::array::uniform4("[a%/ .é]{1,3}"),
            other in prop::array::uniform4("[a%/ .é]{1,3}"),
        ) {
            let made = |[bank, user, account_id, transaction]: &[String; 4]| {
                id(bank, user, &account(account_id, None, "PLN"), transaction)
            };
            prop_assert_eq!(made(&one) == made(&other), one == other);
        }
    }
}
