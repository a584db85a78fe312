//! Trying a condition: `POST /v1/workflow/try`.

use axum::Json;
use domain::guard::{Fault, Guard};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Any;

use super::super::blocking::blocking;
use super::super::caller::UserCaller;
use super::super::guard_value::{of_object, to_json};
use crate::http::{JsonBody, Problem, ProblemError};
use json::JsonObject;
use tenant::Permission;

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
    caller.require(Permission::WorkflowConfigure)?;
    blocking(move || trial.evaluate()).await?.map(Json)
}

impl Trial {
    fn evaluate(self) -> Result<TrialBody, Problem> {
        let guard = Guard::new(&self.condition).map_err(|refusal| {
            let error = ProblemError {
                field: "condition".to_owned(),
                reason: "invalid_condition".to_owned(),
                detail: refusal.to_string(),
            };
            Problem::unprocessable(format!("'condition', {refusal}"), vec![error])
        })?;
        let [alert, security] = [self.alert, self.security].map(|members| of_object(&members));
        Ok(match guard.evaluate(&alert, &security) {
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
        })
    }
}
