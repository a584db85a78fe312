//! What a rule says of a transaction.

use std::fmt::Display;

use crate::Level;
use crate::serde::Serialize;
use crate::serde_json::{Map, Value};

/// What a rule says of one transaction; in live mode it becomes an alert.
///
/// What is not set here comes from the team's install of the rule, the tenant's
/// alert type, or the rule's manifest. The evidence, which is the value of every
/// input, is kept with the alert by the host and need not be repeated.
///
/// ```
/// use vervet_sdk::{Finding, Level};
///
/// let finding = Finding::new("Cash of 14 200.00 within a day")
///     .severity(Level::High)
///     .score(0.92)
///     .label("cash")
///     .info("limit", 10_000);
/// assert_eq!(finding.info["limit"], 10_000);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// One line for people: 1 to 500 characters.
    pub title: String,
    /// Where the rule sets it for this finding.
    pub severity: Option<Level>,
    /// Where the rule sets it for this finding.
    pub priority: Option<Level>,
    /// Any finite number; what it means is the rule's matter.
    pub score: Option<f64>,
    /// Labels for the alert, each of 2 to 20 characters.
    pub labels: Vec<String>,
    /// The alert's additional information.
    pub info: Map<String, Value>,
}

impl Finding {
    /// A finding with a title of 1 to 500 characters.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            severity: None,
            priority: None,
            score: None,
            labels: Vec::new(),
            info: Map::new(),
        }
    }

    /// Sets the severity of this finding.
    pub fn severity(mut self, level: Level) -> Self {
        self.severity = Some(level);
        self
    }

    /// Sets the priority of this finding.
    pub fn priority(mut self, level: Level) -> Self {
        self.priority = Some(level);
        self
    }

    /// Sets the score, a finite number.
    pub fn score(mut self, score: f64) -> Self {
        self.score = Some(score);
        self
    }

    /// Adds a label of 2 to 20 characters.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.labels.push(label.into());
        self
    }

    /// Adds a member to the additional information; `null` where the value is not JSON.
    pub fn info(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let value = crate::serde_json::to_value(value).unwrap_or(Value::Null);
        self.info.insert(name.into(), value);
        self
    }
}

/// What the function under `#[rule]` may answer: none, one or many findings, or
/// a sentence that says why it could not judge.
///
/// ```
/// use vervet_sdk::{Finding, IntoFindings};
///
/// assert!(None::<Finding>.into_findings().unwrap().is_empty());
/// let judged: Result<Option<Finding>, String> = Err("no rate for XAU".into());
/// assert_eq!(judged.into_findings().unwrap_err(), "no rate for XAU");
/// ```
pub trait IntoFindings {
    /// The findings, or why there can be none.
    fn into_findings(self) -> Result<Vec<Finding>, String>;
}

impl IntoFindings for Finding {
    fn into_findings(self) -> Result<Vec<Finding>, String> {
        Ok(vec![self])
    }
}

impl IntoFindings for Option<Finding> {
    fn into_findings(self) -> Result<Vec<Finding>, String> {
        Ok(self.map_or_else(Vec::new, |finding| vec![finding]))
    }
}

impl IntoFindings for Vec<Finding> {
    fn into_findings(self) -> Result<Vec<Finding>, String> {
        Ok(self)
    }
}

impl<T: IntoFindings, E: Display> IntoFindings for Result<T, E> {
    fn into_findings(self) -> Result<Vec<Finding>, String> {
        self.map_err(|error| error.to_string())?.into_findings()
    }
}
