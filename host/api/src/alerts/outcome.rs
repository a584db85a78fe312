//! What alerts were, as the API writes it.

use domain::alert::{AlertOutcome, NotClosed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::http::Problem;
use app::request::Invalid;

/// What an alert was, as whoever closed it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AlertOutcome")]
pub(super) enum OutcomeBody {
    /// What the rule looks for.
    TruePositive,
    /// Nothing of the kind.
    FalsePositive,
    /// It cannot be said.
    Inconclusive,
}

impl From<AlertOutcome> for OutcomeBody {
    fn from(outcome: AlertOutcome) -> Self {
        match outcome {
            AlertOutcome::TruePositive => Self::TruePositive,
            AlertOutcome::FalsePositive => Self::FalsePositive,
            AlertOutcome::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<OutcomeBody> for AlertOutcome {
    fn from(outcome: OutcomeBody) -> Self {
        match outcome {
            OutcomeBody::TruePositive => Self::TruePositive,
            OutcomeBody::FalsePositive => Self::FalsePositive,
            OutcomeBody::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<NotClosed> for Problem {
    fn from(error: NotClosed) -> Self {
        Invalid::field("outcome", "not_closed", format!("'outcome': {error}")).into()
    }
}
