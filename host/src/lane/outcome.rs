//! What came of a transaction, as it is answered and as the store keeps it.

use serde::{Deserialize, Serialize};

/// What came of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The alerts that it led to, as they were then.
    pub alerts: Vec<AlertBrief>,
    /// What each rule said.
    pub rules: Vec<RuleOutcome>,
}

/// An alert in few words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertBrief {
    /// The alert's id.
    pub id: uuid::Uuid,
    /// One line.
    pub title: String,
    /// The alert type.
    pub incident_type: String,
    /// `low`, `medium`, `high`.
    pub severity: String,
    /// `low`, `medium`, `high`.
    pub priority: String,
    /// The rule that found it.
    pub rule: String,
}

/// What one rule said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleOutcome {
    /// The rule's name.
    pub rule: String,
    /// The plugin's version.
    pub version: String,
    /// What it said.
    pub said: Said,
    /// In shadow: whoever posts transactions is not told.
    pub shadow: bool,
}

/// What a rule says of a transaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Said {
    /// Nothing.
    Clear,
    /// It found something; judging the transaction alone took so much fuel.
    Alert {
        /// Units of fuel.
        fuel: u64,
    },
    /// It could not judge.
    Failed {
        /// Why.
        reason: String,
    },
}

impl Outcome {
    /// The bytes of an outcome. The first is the version of the format.
    pub fn write(&self) -> Vec<u8> {
        let bytes = vec![1];
        postcard::to_extend(self, bytes).expect("an outcome is plain data")
    }

    /// Reads what [`write`](Self::write) wrote; `None` where it is something else.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first()? {
            (1, rest) => postcard::from_bytes(rest).ok(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_read_as_it_was_written() {
        let outcome = Outcome {
            alerts: vec![AlertBrief {
                id: uuid::Uuid::now_v7(),
                title: "Cash adds up".into(),
                incident_type: "trx_aml_alert".into(),
                severity: "high".into(),
                priority: "low".into(),
                rule: "structuring".into(),
            }],
            rules: vec![
                RuleOutcome {
                    rule: "structuring".into(),
                    version: "1.0.0".into(),
                    said: Said::Alert { fuel: 1234 },
                    shadow: false,
                },
                RuleOutcome {
                    rule: "new".into(),
                    version: "0.1.0".into(),
                    said: Said::Failed {
                        reason: "out of fuel after 5 000 000".into(),
                    },
                    shadow: true,
                },
            ],
        };
        assert_eq!(Outcome::read(&outcome.write()), Some(outcome));
        assert_eq!(Outcome::read(&[]), None);
        assert_eq!(Outcome::read(&[9, 0]), None);
    }
}
