//! A shadow rule becomes live: `/v1/teams/{team}/rules/{rule}/promote`.

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::caller::UserCaller;
use super::RulePath;
use super::body::RuleBody;
use crate::http::{
    ETag, Filters, JsonBody, Params, Preconditions, Problem, ProblemError, Tagged, WireName,
};
use app::App;
use app::rules::promote::{self, GateCondition, PromoteRule, PromoteRuleError};

/// How a shadow rule becomes live.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct NewPromotion {
    /// The rule whose place it takes: that one gets another install, and the shadow is removed. Without it, the rule itself goes live.
    replace: Option<WireName>,
    /// Why it is promoted although the tenant's gate says no; it is audited.
    override_reason: Option<String>,
}

/// Which promotion.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct GateQuery {
    /// The rule whose place it would take.
    #[serde(default)]
    replace: Option<WireName>,
}

/// The tenant's promotion gate, and what a shadow rule has shown.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RuleGate")]
pub(super) struct GateBody {
    /// Whether the rule can be promoted without a reason.
    is_met: bool,
    conditions: Vec<ConditionBody>,
}

/// A condition of the gate.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RuleGateCondition")]
struct ConditionBody {
    /// The member of the gate that asks for it.
    condition: String,
    is_met: bool,
    /// What is asked and what was shown.
    detail: String,
}

impl From<GateCondition> for ConditionBody {
    fn from(condition: GateCondition) -> Self {
        Self {
            condition: condition.member.to_owned(),
            is_met: condition.is_met,
            detail: condition.detail,
        }
    }
}

impl From<PromoteRuleError> for Problem {
    fn from(error: PromoteRuleError) -> Self {
        let detail = error.to_string();
        match error {
            PromoteRuleError::Forbidden(error) => error.into(),
            PromoteRuleError::Invalid(error) => error.into(),
            PromoteRuleError::NoSuchRule(error) => error.into(),
            PromoteRuleError::Stale(error) => error.into(),
            PromoteRuleError::Read(error) => error.into(),
            PromoteRuleError::Lane(error) => error.into(),
            PromoteRuleError::Gate { unmet, .. } => {
                let unmet = unmet.into_iter().map(ProblemError::from);
                Self::conflict(detail).with_errors(unmet.collect())
            }
            PromoteRuleError::Preparing { .. }
            | PromoteRuleError::NotInShadow(_)
            | PromoteRuleError::Changed => Self::conflict(detail),
        }
    }
}

pub(super) async fn promote_rule(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
    preconditions: Preconditions,
    JsonBody(new): JsonBody<NewPromotion>,
) -> Result<Tagged<RuleBody>, Problem> {
    let how = PromoteRule {
        replace: new.replace.map(|WireName(name)| name),
        override_reason: new.override_reason,
    };
    let expected = preconditions.expected();
    let live = promote::promote(&app, &caller, path.into(), expected, how).await?;
    Ok(Tagged::changed(ETag::of(live.version()), live.into()))
}

pub(super) async fn read_gate(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
    Filters(query): Filters<GateQuery>,
) -> Result<axum::Json<GateBody>, Problem> {
    let replace = query.replace.map(|WireName(name)| name);
    let conditions = promote::check_gate(&app, &caller, &path.into(), replace.as_ref()).await?;
    Ok(axum::Json(GateBody {
        is_met: conditions.iter().all(|condition| condition.is_met),
        conditions: conditions.into_iter().map(ConditionBody::from).collect(),
    }))
}
