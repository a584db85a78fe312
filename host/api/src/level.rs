//! Severities and priorities, as the API writes them.

use domain::rule::Level;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A severity or a priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Level")]
pub(super) enum LevelBody {
    Low,
    Medium,
    High,
}

impl From<Level> for LevelBody {
    fn from(level: Level) -> Self {
        match level {
            Level::Low => Self::Low,
            Level::Medium => Self::Medium,
            Level::High => Self::High,
        }
    }
}

impl From<LevelBody> for Level {
    fn from(level: LevelBody) -> Self {
        match level {
            LevelBody::Low => Self::Low,
            LevelBody::Medium => Self::Medium,
            LevelBody::High => Self::High,
        }
    }
}
