//! The members `transactions`, `merged` and `merged_left_out` of an alert's info, which the host alone writes.
//!
//! Members are cut out as texts, so that what a rule wrote stays as it is, however deep and however many digits.

use domain::alert::AlertId;
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

const TRANSACTIONS: &str = "transactions";

/// The texts of an info's members, by name.
type Members<'i> = IndexMap<String, &'i RawValue>;

/// Puts payloads, each the text of a JSON object, under `transactions` of an info.
pub fn with_transactions(info: &str, payloads: &[String]) -> String {
    let mut members = members(info);
    members.shift_remove(TRANSACTIONS);
    let payloads = format!("[{}]", payloads.join(","));
    let payloads = RawValue::from_string(payloads).expect("payloads are rendered as JSON");
    members.insert(TRANSACTIONS.to_owned(), &payloads);
    written(&members)
}

/// Members that the host writes to the alert that says that a rule could not judge, beside the rule's words.
const OF_FAILURES: [&str; 4] = ["rule", "failures", "failures_at_least", "last_txn_id"];

/// What the host wrote of an info, without what the rule did: the transactions, which are stored masked; and of the
/// alert that says that a rule could not judge, what it counts.
pub(super) fn of_the_host(info: &str, is_of_failures: bool) -> String {
    let mut members = members(info);
    members.retain(|name, _| {
        name == TRANSACTIONS || (is_of_failures && OF_FAILURES.contains(&name.as_str()))
    });
    written(&members)
}

/// What merged alerts are to those at work: the info of the one that holds the others, the transactions of all, and
/// under `merged` each original's own info. Where some are left out, `merged_left_out` says how many.
pub(super) fn merged_info(own: &str, originals: &[(AlertId, String)], left_out: u32) -> String {
    let mut whole = members(own);
    let has_transactions = whole.contains_key(TRANSACTIONS);
    let mut transactions = taken_from(&mut whole);
    let mut parts = Vec::with_capacity(originals.len());
    for (original, info) in originals {
        let mut info = members(info);
        transactions.extend(taken_from(&mut info));
        let alert = original.to_string();
        parts.push(Part { alert, info });
    }
    let parts = to_raw_value(&parts).expect("infos have only string keys");
    whole.insert("merged".to_owned(), &parts);
    let left_out = (left_out > 0).then(|| to_raw_value(&left_out).expect("a number is JSON"));
    if let Some(left_out) = &left_out {
        whole.insert("merged_left_out".to_owned(), left_out);
    }
    let transactions = to_raw_value(&transactions).expect("a list of JSON is JSON");
    if has_transactions {
        whole.insert(TRANSACTIONS.to_owned(), &transactions);
    }
    written(&whole)
}

/// Puts the transactions of one info, where it has any, into another.
pub fn with_transactions_of(info: &str, other: &str) -> String {
    let mut info = members(info);
    if let Some(transactions) = members(other).shift_remove(TRANSACTIONS) {
        info.insert(TRANSACTIONS.to_owned(), transactions);
    }
    written(&info)
}

/// # Panics
/// If the info is no JSON object. What is given is read as one, and so is what is stored
/// ([`AlertRecord::read`](super::AlertRecord::read)).
fn members(info: &str) -> Members<'_> {
    serde_json::from_str(info).expect("an info is a JSON object")
}

fn written(members: &Members<'_>) -> String {
    serde_json::to_string(members).expect("an info has only string keys")
}

/// The transactions of an info; none if it has none.
fn taken_from<'i>(info: &mut Members<'i>) -> Vec<&'i RawValue> {
    let taken = info.shift_remove(TRANSACTIONS);
    taken.map_or_else(Vec::new, |all| {
        serde_json::from_str(all.get()).unwrap_or_else(|_| vec![all])
    })
}

/// The info of an alert that was merged into another.
#[derive(Serialize)]
struct Part<'i> {
    alert: String,
    info: Members<'i>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transactions_stand_beside_the_rules_own_info() {
        let check = |info: &str, expect: &str| {
            assert_eq!(
                with_transactions(info, &[r#"{"amount":1.50}"#.into()]),
                expect
            );
        };
        check("{}", r#"{"transactions":[{"amount":1.50}]}"#);
        check(
            r#" {"transactions": 1, "limit": 10.0} "#,
            r#"{"limit":10.0,"transactions":[{"amount":1.50}]}"#,
        );
        // Whatever stands there stays as it is: private names of readers, digits, depth, order.
        let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
        let odd = format!(
            r#"{{"$serde_json::private::RawValue":18446744073709551616,"b":1.50,"a":{deep}"#
        );
        check(
            &format!("{odd}}}"),
            &format!(r#"{odd},"transactions":[{{"amount":1.50}}]}}"#),
        );
    }

    #[test]
    fn what_the_host_wrote_is_told_from_what_the_rule_did() {
        let check = |info: &str, is_of_failures: bool, expect: &str| {
            assert_eq!(of_the_host(info, is_of_failures), expect);
        };
        let of_rule = r#"{"rule":"r","limit":9,"transactions":[{"amount":"***"}]}"#;
        check(of_rule, false, r#"{"transactions":[{"amount":"***"}]}"#);
        let of_failures = r#"{"failures":2,"last_reason":"9 is odd","rule":"r"}"#;
        check(of_failures, true, r#"{"failures":2,"rule":"r"}"#);
    }

    #[test]
    fn other_info_keeps_the_transactions() {
        let before = r#"{"limit":1,"transactions":[{"amount":1.50}]}"#;
        let expect = r#"{"limit":2,"transactions":[{"amount":1.50}]}"#;
        assert_eq!(with_transactions_of(r#"{"limit":2}"#, before), expect);
        assert_eq!(with_transactions_of("{}", "{}"), "{}");
    }

    #[test]
    fn merged_alerts_show_all_that_each_has() {
        let deep = format!("{}1.0{}", "[".repeat(300), "]".repeat(300));
        let own = format!(r#"{{"a":{deep},"transactions":[{{"n":1}}]}}"#);
        let other =
            r#"{"transactions":[{"n":18446744073709551616}],"$serde_json::private::RawValue":2}"#;
        let id = AlertId::nil();
        let merged = merged_info(&own, &[(id, other.to_owned())], 0);
        let expect = format!(
            r#"{{"a":{deep},"merged":[{{"alert":"{id}","info":{{"$serde_json::private::RawValue":2}}}}],"transactions":[{{"n":1}},{{"n":18446744073709551616}}]}}"#
        );
        assert_eq!(merged, expect);
    }
}
