//! What is said of transactions within an alert, taken away.
//!
//! All else stays as the host wrote it, to the last digit of a number: pieces are cut out of the text, and most
//! texts have none. The host vouches that they are JSON.

use std::borrow::Cow;
use std::ops::Range;

use vervet_sdk::formatter::TextList;

use crate::json::{Malformed, Member, elements, members};

/// An alert's `info` without the payloads of transactions, its own and those of merged alerts.
pub(crate) fn without_transactions(info: &str) -> Result<Cow<'_, str>, String> {
    let mut cuts = Cuts::default();
    cuts.in_info(info, 0)
        .map_err(|Malformed(at)| not_json("info", at))?;
    Ok(cuts.apply(info))
}

/// Findings, each with its transaction's id alone, and with those inputs in its evidence that are no rows of other
/// transactions, as a JSON array; none if all of them are so already.
pub(crate) fn without_rows(findings: TextList<'_>) -> Result<Option<String>, String> {
    let mut stripped = Vec::with_capacity(findings.len());
    for finding in findings {
        let mut cuts = Cuts::default();
        cuts.in_finding(finding)
            .map_err(|Malformed(at)| not_json("a finding", at))?;
        stripped.push(cuts.apply(finding));
    }
    let is_whole = |finding: &Cow<'_, str>| matches!(finding, Cow::Borrowed(_));
    Ok((!stripped.iter().all(is_whole)).then(|| format!("[{}]", stripped.join(","))))
}

fn not_json(what: &str, at: usize) -> String {
    format!("{what} is no JSON object, at byte {at}")
}

/// What is cut out of a text, in its order.
#[derive(Default)]
struct Cuts(Vec<Range<usize>>);

impl Cuts {
    /// Marks the transactions of an info, which begins at `at` of the whole text.
    fn in_info(&mut self, info: &str, at: usize) -> Result<(), Malformed> {
        self.members(info, at, |cuts, member| {
            if member.is("merged") && member.value.starts_with('[') {
                for part in elements(member.value) {
                    let (from, part) = part?;
                    // A part that is no object holds no transactions.
                    if part.starts_with('{') {
                        cuts.in_info(part, at + member.value_at + from)?;
                    }
                }
            }
            Ok(!member.is("transactions"))
        })
    }

    fn in_finding(&mut self, finding: &str) -> Result<(), Malformed> {
        self.members(finding, 0, |cuts, member| {
            if member.value.starts_with('{') {
                if member.is("transaction") {
                    return cuts.all_but_id(member.value, member.value_at);
                }
                if member.is("evidence") {
                    cuts.members(member.value, member.value_at, |_, input| {
                        Ok(!input.value.starts_with('['))
                    })?;
                }
            }
            Ok(true)
        })
    }

    /// Leaves the id of a transaction in its place; answers whether it has one.
    fn all_but_id(&mut self, transaction: &str, at: usize) -> Result<bool, Malformed> {
        for member in members(transaction) {
            let member = member?;
            if member.is("txn_id") {
                let id = at + member.value_at;
                self.0.push(at..id);
                self.0.push(id + member.value.len()..at + transaction.len());
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Marks those members of an object that are not to be kept, each with one of its commas.
    fn members<'j>(
        &mut self,
        object: &'j str,
        at: usize,
        mut keep: impl FnMut(&mut Self, &Member<'j>) -> Result<bool, Malformed>,
    ) -> Result<(), Malformed> {
        // The end of the last one that was kept, and the beginning of those that go before the first.
        let (mut kept_to, mut gone_from, mut end) = (None, None, at);
        for member in members(object) {
            let member = member?;
            let start = at + member.name_at;
            end = at + member.value_at + member.value.len();
            let before = self.0.len();
            if keep(self, &member)? {
                if let Some(from) = gone_from.take() {
                    // Before what was cut within this one.
                    self.0.insert(before, from..start);
                }
                kept_to = Some(end);
            } else if let Some(before) = &mut kept_to {
                self.0.push(*before..end);
                *before = end;
            } else {
                gone_from.get_or_insert(start);
            }
        }
        if let Some(from) = gone_from {
            self.0.push(from..end);
        }
        Ok(())
    }

    fn apply(self, text: &str) -> Cow<'_, str> {
        if self.0.is_empty() {
            return Cow::Borrowed(text);
        }
        let (mut left, mut from) = (String::with_capacity(text.len()), 0);
        for cut in self.0 {
            left.push_str(&text[from..cut.start]);
            from = cut.end;
        }
        left.push_str(&text[from..]);
        Cow::Owned(left)
    }
}

#[cfg(test)]
mod tests {
    use vervet_sdk::testing::AlertsBuilder;

    use super::*;

    #[test]
    fn transactions_go_wherever_they_stand() {
        let check = |info: &str, expect: &str| {
            let left = without_transactions(info).expect("it is JSON");
            assert_eq!(left, expect);
        };
        check("{}", "{}");
        check(r#"{"a":1}"#, r#"{"a":1}"#);
        check(r#"{"transactions":[{"a":1}]}"#, "{}");
        check(r#"{"transactions":[],"z":1.50}"#, r#"{"z":1.50}"#);
        check(r#"{"a":1,"transactions":[]}"#, r#"{"a":1}"#);
        check(
            r#"{ "a" : 1 , "transactions" : [ ] , "z" : 2 }"#,
            r#"{ "a" : 1 , "z" : 2 }"#,
        );
        check(
            r#"{"a":"\"transactions\":[","b":{"transactions":1},"transactions":"]}\\"}"#,
            r#"{"a":"\"transactions\":[","b":{"transactions":1}}"#,
        );
        check(r#"{"\u0074ransactions":[1],"é":"€"}"#, r#"{"é":"€"}"#);
        check(
            r#"{"merged":[{"transactions":[7],"alert":"1"},5,{"b":2}],"transactions":[8],"transactions":[9]}"#,
            r#"{"merged":[{"alert":"1"},5,{"b":2}]}"#,
        );
        check(
            r#"{"transactions":[1],"merged":[{"transactions":[2],"a":1}],"z":1}"#,
            r#"{"merged":[{"a":1}],"z":1}"#,
        );
        check(
            r#"{"merged":{"transactions":[7]}}"#,
            r#"{"merged":{"transactions":[7]}}"#,
        );
    }

    #[test]
    fn rows_of_other_transactions_go_and_ids_stay() {
        let check = |findings: &[&str], expect: Option<&str>| {
            let alerts = AlertsBuilder::new().alert(|alert| {
                alert.findings = findings.iter().map(|&finding| finding.into()).collect();
            });
            let alerts = alerts.build();
            let alert = alerts.iter().next().expect("an alert");
            let left = without_rows(alert.findings()).expect("it is JSON");
            assert_eq!(left.as_deref(), expect);
        };
        check(&[], None);
        check(&[r#"{"transaction":"t","evidence":{"sum":7}}"#], None);
        check(
            &[
                r#"{"evidence":{"rows":[["BE74"]],"sum":7.0},"transaction":{"iban":"BE73","txn_id":"t","x":{}},"z":[1]}"#,
                "{}",
            ],
            Some(r#"[{"evidence":{"sum":7.0},"transaction":"t","z":[1]},{}]"#),
        );
        check(&[r#"{"transaction":{"iban":"BE73"}}"#], Some("[{}]"));
    }

    #[test]
    fn what_is_not_json_is_an_error() {
        for info in [
            "",
            "[]",
            "{",
            r#"{"a""#,
            r#"{"a":"#,
            r#"{"a":1"#,
            r#"{"a":"b}"#,
            "{}x",
            r#"{"a":1 "b":2}"#,
        ] {
            let error = without_transactions(info).expect_err(info);
            assert!(error.starts_with("info is no JSON object"), "{error}");
        }
    }
}
