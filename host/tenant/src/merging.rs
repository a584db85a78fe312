//! By which parameters new alerts join older ones.

use domain::alert::{AlertMerging, MergeCondition, MergePeriod};
use serde::{Deserialize, Serialize};

use super::Definitions;

/// The one set of parameters of automatic merging.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MergingParameters {
    /// None: new alerts join no other.
    pub active: Option<ActiveMerging>,
    /// What was in force last, or was typed for the next time; none in what an earlier release stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<ActiveMerging>,
    /// Rises with each change; the `ETag`.
    pub version: u64,
}

/// Automatic merging, as the API writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActiveMerging {
    /// How far back: rolling; an hour, 24 hours, 7 days, 30 days.
    pub period: Period,
    /// What alerts have in common, besides team and customer.
    pub condition: Condition,
}

/// How far back an alert may be that a new one joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Period {
    Hour,
    Day,
    Week,
    Month,
}

/// What alerts must have in common to join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "MergingCondition")]
#[allow(missing_docs)]
pub enum Condition {
    IncidentType,
    Rule,
    Always,
}

impl MergingParameters {
    /// There is one set at any time.
    pub(super) const KEY: &'static str = "";

    pub(super) fn definition_key(&self) -> String {
        Self::KEY.to_owned()
    }
}

impl From<ActiveMerging> for AlertMerging {
    fn from(active: ActiveMerging) -> Self {
        Self {
            period: match active.period {
                Period::Hour => MergePeriod::Hour,
                Period::Day => MergePeriod::Day,
                Period::Week => MergePeriod::Week,
                Period::Month => MergePeriod::Month,
            },
            condition: match active.condition {
                Condition::IncidentType => MergeCondition::IncidentType,
                Condition::Rule => MergeCondition::Rule,
                Condition::Always => MergeCondition::Always,
            },
        }
    }
}

impl Definitions {
    /// By what new alerts join older ones; none if they do not.
    pub fn alert_merging(&self) -> Option<AlertMerging> {
        let parameters = self.alert_merging.get(MergingParameters::KEY)?;
        parameters.active.map(AlertMerging::from)
    }
}
