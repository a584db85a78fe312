//! Trying a condition: `POST /v1/workflow/try`.

use axum::Json;
use domain::guard::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Any;

use super::super::caller::UserCaller;
use crate::http::{JsonBody, Problem};
use app::guard_value::{of_object, to_json};
use app::workflow;
use json::JsonObject;

/// A condition to try.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "ConditionTrial")]
pub(super) struct Trial {
    /// A Python expression.
    condition: String,
    /// What stands in for an alert; any members, none of them needed.
    #[serde(default)]
    alert: JsonObject,
    /// What stands in for whoever calls: `scope` is the list of scopes.
    #[serde(default)]
    security: JsonObject,
}

/// What came of a condition.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ConditionResult")]
pub(super) struct TrialBody {
    /// Whether a transition with this condition would be allowed.
    result: bool,
    /// The value of the expression, whose truth is the result; left out where there is none, or where
    /// it is too large to be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Any>,
    /// Why there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<FaultBody>,
}

/// Why a condition could not be evaluated.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ConditionFault")]
struct FaultBody {
    /// As Python calls it, such as `TypeError`.
    kind: &'static str,
    detail: String,
    /// From 1.
    line: usize,
    /// In characters, from 1.
    column: usize,
    /// The line, and under it a caret at the place.
    excerpt: String,
}

impl From<Fault> for FaultBody {
    fn from(fault: Fault) -> Self {
        Self {
            kind: fault.kind.as_str(),
            detail: fault.detail,
            line: fault.place.line,
            column: fault.place.column,
            excerpt: fault.place.to_string(),
        }
    }
}

/// Evaluates a condition over what stands in for an alert and a caller.
pub(super) async fn try_condition(
    caller: UserCaller,
    JsonBody(trial): JsonBody<Trial>,
) -> Result<Json<TrialBody>, Problem> {
    let stand_ins = move || [trial.alert, trial.security].map(|members| of_object(&members));
    let tried = workflow::try_condition(&caller, trial.condition, stand_ins).await?;
    Ok(Json(match tried {
        Ok(value) => TrialBody {
            result: value.is_true(),
            value: to_json(&value),
            fault: None,
        },
        Err(fault) => TrialBody {
            result: false,
            value: None,
            fault: Some(fault.into()),
        },
    }))
}
