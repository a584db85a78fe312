//! An earlier install of a rule is installed again: `/v1/teams/{team}/rules/{rule}/rollback`.

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::caller::UserCaller;
use super::super::problem_from::problem_from;
use super::RulePath;
use super::body::{RuleBody, put_body};
use crate::http::{JsonBody, Params, Preconditions, Problem, Put};
use app::App;
use app::rules::roll_back::{self, RollBackRuleError};

/// What to bring back.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct NewRollback {
    /// Which install; the last one before the newest where nothing is said. While an install is being prepared, it is the newest.
    to: Option<u64>,
}

problem_from!(RollBackRuleError {
    Forbidden, NoSuchRule, Stale, Install;
    Conflict: NoEarlierInstall, NoSuchInstall
});

pub(super) async fn roll_back_rule(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
    preconditions: Preconditions,
    JsonBody(new): JsonBody<NewRollback>,
) -> Result<Put<RuleBody>, Problem> {
    let expected = preconditions.expected();
    let put = roll_back::roll_back(&app, &caller, path.into(), expected, new.to).await?;
    Ok(put_body(put))
}
