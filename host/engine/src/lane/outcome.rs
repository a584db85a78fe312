//! What came of a transaction, as it is answered and as the store keeps it.

use serde::{Deserialize, Serialize};

use crate::alert::{Disclosure, Origin, RuleWords, WITHHELD};

/// What came of a transaction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The alerts that it led to, as they were then.
    pub alerts: Vec<AlertBrief>,
    /// What each rule said.
    pub rules: Vec<RuleOutcome>,
}

/// An alert in few words.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertBrief {
    /// The alert's id.
    pub id: uuid::Uuid,
    /// One line.
    pub title: RuleWords,
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
#[derive(Clone, Debug, PartialEq)]
pub struct RuleOutcome {
    /// The rule's name.
    pub rule: String,
    /// The plugin's version.
    pub version: String,
    said: Said,
    /// In shadow: whoever posts transactions is not told.
    pub shadow: bool,
    /// Whether the rule reads masked fields; none if that does not matter or the team has none, or where an earlier
    /// release kept the outcome.
    reads_masked: Option<bool>,
}

/// What a viewer sees of what a rule said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SeenSaid {
    Clear,
    /// Fuel is none if it is withheld.
    Alert {
        fuel: Option<u64>,
    },
    Failed {
        reason: String,
    },
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

impl RuleOutcome {
    /// What a rule said, which reads masked fields or does not.
    pub fn new(
        rule: String,
        version: String,
        said: Said,
        shadow: bool,
        reads_masked: Option<bool>,
    ) -> Self {
        Self {
            rule,
            version,
            said,
            shadow,
            reads_masked,
        }
    }

    /// What is shown of what it said.
    pub fn seen_by(&self, disclosure: &Disclosure, team: &str, at: i64) -> SeenSaid {
        let origin = Origin {
            team,
            rule: &self.rule,
            install: None,
            at,
        };
        let is_shown = disclosure.shows(self.reads_masked, &origin);
        match &self.said {
            Said::Clear => SeenSaid::Clear,
            Said::Alert { fuel } => SeenSaid::Alert {
                fuel: is_shown.then_some(*fuel),
            },
            Said::Failed { reason } => SeenSaid::Failed {
                reason: match is_shown {
                    true => reason.clone(),
                    false => WITHHELD.to_owned(),
                },
            },
        }
    }
}

/// An outcome as the store has it, but for its marks.
#[derive(Serialize, Deserialize)]
struct Stored {
    alerts: Vec<StoredBrief>,
    rules: Vec<StoredRule>,
}

#[derive(Serialize, Deserialize)]
struct StoredBrief {
    id: uuid::Uuid,
    title: String,
    incident_type: String,
    severity: String,
    priority: String,
    rule: String,
}

#[derive(Serialize, Deserialize)]
struct StoredRule {
    rule: String,
    version: String,
    said: Said,
    shadow: bool,
}

/// Which alerts and rules of an outcome tell of masked fields, in their order.
#[derive(Default, Serialize, Deserialize)]
struct Marks {
    alerts: Vec<Option<bool>>,
    rules: Vec<Option<bool>>,
}

impl Marks {
    fn are_none(&self) -> bool {
        let mut marks = self.alerts.iter().chain(&self.rules);
        marks.all(Option::is_none)
    }
}

impl Outcome {
    /// The bytes of an outcome. The first is the version of the format: 2 where marks follow.
    pub fn write(&self) -> Vec<u8> {
        let (mut marks, mut alerts) = (Marks::default(), Vec::with_capacity(self.alerts.len()));
        for brief in &self.alerts {
            let (title, mark) = brief.title.in_full();
            marks.alerts.push(mark);
            alerts.push(StoredBrief {
                id: brief.id,
                title: title.to_owned(),
                incident_type: brief.incident_type.clone(),
                severity: brief.severity.clone(),
                priority: brief.priority.clone(),
                rule: brief.rule.clone(),
            });
        }
        let rules = self.rules.iter().map(|rule| {
            marks.rules.push(rule.reads_masked);
            StoredRule {
                rule: rule.rule.clone(),
                version: rule.version.clone(),
                said: rule.said.clone(),
                shadow: rule.shadow,
            }
        });
        let rules = rules.collect();
        let stored = Stored { alerts, rules };
        let is_marked = !marks.are_none();
        let bytes = vec![if is_marked { 2 } else { 1 }];
        let mut bytes = postcard::to_extend(&stored, bytes).expect("an outcome is plain data");
        if is_marked {
            bytes = postcard::to_extend(&marks, bytes).expect("marks are plain data");
        }
        bytes
    }

    /// Reads what [`write`](Self::write) wrote; `None` where it is something else.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (stored, rest): (Stored, _) = postcard::take_from_bytes(rest).ok()?;
        let marks = match version {
            1 => Marks::default(),
            2 => postcard::from_bytes(rest).ok()?,
            _ => return None,
        };
        Some(stored.with(&marks))
    }
}

impl Stored {
    fn with(self, marks: &Marks) -> Outcome {
        let mark = |marks: &[Option<bool>], index: usize| marks.get(index).copied().flatten();
        let alerts = self.alerts.into_iter().enumerate();
        let alerts = alerts.map(|(index, brief)| AlertBrief {
            id: brief.id,
            title: RuleWords::new(brief.title, mark(&marks.alerts, index)),
            incident_type: brief.incident_type,
            severity: brief.severity,
            priority: brief.priority,
            rule: brief.rule,
        });
        let rules = self.rules.into_iter().enumerate();
        let rules = rules.map(|(index, rule)| RuleOutcome {
            rule: rule.rule,
            version: rule.version,
            said: rule.said,
            shadow: rule.shadow,
            reads_masked: mark(&marks.rules, index),
        });
        Outcome {
            alerts: alerts.collect(),
            rules: rules.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_read_as_it_was_written() {
        let mut outcome = Outcome {
            alerts: vec![AlertBrief {
                id: uuid::Uuid::now_v7(),
                title: RuleWords::new("Cash adds up", None),
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
                    reads_masked: None,
                },
                RuleOutcome {
                    rule: "new".into(),
                    version: "0.1.0".into(),
                    said: Said::Failed {
                        reason: "out of fuel after 5 000 000".into(),
                    },
                    shadow: true,
                    reads_masked: None,
                },
            ],
        };
        // Without marks it is written as by earlier releases.
        assert_eq!(outcome.write()[0], 1);
        assert_eq!(Outcome::read(&outcome.write()), Some(outcome.clone()));
        outcome.alerts[0].title = RuleWords::new("Cash adds up", Some(true));
        outcome.rules[1].reads_masked = Some(true);
        assert_eq!(Outcome::read(&outcome.write()), Some(outcome));
        assert_eq!(Outcome::read(&[]), None);
        assert_eq!(Outcome::read(&[9, 0]), None);
    }
}
