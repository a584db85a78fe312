//! The member `transactions` of an alert's info, which the host alone writes.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

/// Puts payloads, each the text of a JSON object, under `transactions` of an info.
pub fn with_transactions(info: &str, payloads: &[String]) -> String {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(info).unwrap_or_default();
    let mut out = String::from("{");
    for (name, value) in members {
        if name != "transactions" {
            out += &format!("{}:{value},", Value::from(name));
        }
    }
    out += &format!("\"transactions\":[{}]}}", payloads.join(","));
    out
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
    }
}
