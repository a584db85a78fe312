//! What a rule says of one transaction.

use std::fmt;

use unicode_segmentation::UnicodeSegmentation;

/// A severity or a priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Level {
    Low,
    Medium,
    High,
}

impl Level {
    /// All levels, from low to high.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// As it is written: `low`, `medium`, `high`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// Reads what [`as_str`](Self::as_str) writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// What a rule says of one transaction; in live mode it becomes an alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// One line for people: 1 to 500 characters.
    pub title: String,
    /// Where the rule sets it for this finding.
    pub severity: Option<Level>,
    /// Where the rule sets it for this finding.
    pub priority: Option<Level>,
    /// Any finite number.
    pub score: Option<f64>,
    /// Labels for the alert, without duplicates.
    pub labels: Vec<Label>,
    /// The text of a JSON object.
    pub info: String,
}

/// A transaction of a batch that a rule could not judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFailure {
    /// Which transaction of the batch.
    pub row: u32,
    /// Why, in the rule's words.
    pub reason: String,
}

/// What a rule says of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Row and finding, in the order of rows; of no row, or several of one.
    pub findings: Vec<(u32, Finding)>,
    /// Rows that the rule could not judge.
    pub failures: Vec<RowFailure>,
}

/// A tag of an alert: 2 to 20 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(String);

/// Why a text is no [`Label`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a label has 2 to 20 characters and no control characters")]
pub struct LabelError;

impl Label {
    /// Checks a text, of which white space at both ends does not count.
    /// Characters are counted as a person counts them: extended grapheme clusters.
    pub fn new(text: &str) -> Result<Self, LabelError> {
        let text = text.trim();
        // A cluster may be of any length in bytes; a label may not.
        if text.len() > 400 {
            return Err(LabelError);
        }
        if (2..=20).contains(&text.graphemes(true).count()) && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(LabelError)
        }
    }

    /// The label as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
