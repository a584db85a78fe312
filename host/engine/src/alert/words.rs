//! Words of a rule outside of findings: reasons of failures, titles in receipts.

use serde::{Deserialize, Serialize};

/// Words of a rule. What is seen of them [`Disclosure`](super::Disclosure) says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct RuleWords {
    text: String,
    /// Whether the rule reads masked fields; none if the team has none, or where an earlier release kept the words.
    reads_masked: Option<bool>,
}

/// As the store has them.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Unmarked(String),
    Marked { text: String, reads_masked: bool },
}

impl RuleWords {
    /// Words of a rule of which it is known whether it reads masked fields.
    pub fn new(text: impl Into<String>, reads_masked: Option<bool>) -> Self {
        Self {
            text: text.into(),
            reads_masked,
        }
    }

    /// The words, and their mark.
    pub(crate) fn in_full(&self) -> (&str, Option<bool>) {
        (&self.text, self.reads_masked)
    }
}

impl From<Stored> for RuleWords {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Unmarked(text) => Self::new(text, None),
            Stored::Marked { text, reads_masked } => Self::new(text, Some(reads_masked)),
        }
    }
}

impl From<RuleWords> for Stored {
    fn from(RuleWords { text, reads_masked }: RuleWords) -> Self {
        match reads_masked {
            None => Self::Unmarked(text),
            Some(reads_masked) => Self::Marked { text, reads_masked },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_an_earlier_release_are_read_and_have_no_mark() {
        let check = |words: RuleWords, expect: &str| {
            let stored = serde_json::to_string(&words).expect("JSON");
            assert_eq!(stored, expect);
            let again: RuleWords = serde_json::from_str(&stored).expect("words");
            assert_eq!(again, words);
        };
        check(RuleWords::new("no rate", None), r#""no rate""#);
        check(
            RuleWords::new("no rate", Some(true)),
            r#"{"text":"no rate","reads_masked":true}"#,
        );
    }
}
