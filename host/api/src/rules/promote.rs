//! A shadow rule becomes live: `/v1/teams/{team}/rules/{rule}/promote`.

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::caller::UserCaller;
use super::RulePath;
use super::body::RuleBody;
use crate::http::{ETag, JsonBody, Params, Preconditions, Problem, ProblemError, Tagged, WireName};
use app::App;
use app::rules::promote::{self, PromoteRule, PromoteRuleError};

/// How a shadow rule becomes live.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct NewPromotion {
    /// The rule whose place it takes: that one gets another install, and the shadow is removed. Without it, the rule itself goes live.
    replace: Option<WireName>,
    /// Why it is promoted although the tenant's gate says no; it is audited.
    override_reason: Option<String>,
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
