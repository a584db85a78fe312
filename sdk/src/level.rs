//! Severities and priorities.

use std::fmt;

use crate::serde::{Deserialize, Serialize};

/// A severity or a priority. In a configuration it is written in lower case.
///
/// ```
/// use vervet_sdk::Level;
///
/// assert!(Level::High > Level::Low);
/// assert_eq!(Level::Medium.to_string(), "medium");
/// ```
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Deserialize,
    Serialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Least.
    Low,
    /// The usual.
    Medium,
    /// Most.
    High,
}

impl Level {
    /// As it is written: `low`, `medium`, `high`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}
