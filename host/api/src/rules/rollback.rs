//! An earlier install of a rule is installed again: `/v1/teams/{team}/rules/{rule}/rollback`.

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::caller::UserCaller;
use super::RulePath;
use super::body::RuleBody;
use super::install::{NewRule, install};
use super::standing::Standing;
use crate::http::{JsonBody, Params, Preconditions, Problem, Put};
use app::App;
use app::teams::find_team;
use tenant::{Permission, RuleInstall};

/// What to bring back.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct NewRollback {
    /// Which install; the last one before the newest where nothing is said. While an install is being prepared, it is the newest.
    to: Option<u64>,
}

pub(super) async fn roll_back_rule(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
    preconditions: Preconditions,
    JsonBody(new): JsonBody<NewRollback>,
) -> Result<Put<RuleBody>, Problem> {
    caller.require(Permission::RuleWrite)?;
    let definitions = caller.definitions();
    find_team(&definitions, path.team())?;
    let prefix = format!("{}/{}/", path.team(), path.rule());
    let mut installs: Vec<Arc<RuleInstall>> = definitions.rules.under(&prefix).cloned().collect();
    let preparing = definitions.preparing_rule(path.team(), path.rule());
    installs.extend(preparing.map(|preparing| Arc::new(preparing.install.clone())));
    let Some((newest, earlier)) = installs.split_last() else {
        return Err(Problem::not_found(&format!("rule '{}'", path.rule())));
    };
    Standing::of(&definitions, newest.clone()).check(&preconditions)?;
    let mut earlier = earlier.iter().rev().filter(|install| !install.removed);
    let back = match new.to {
        None => earlier.next(),
        Some(number) => earlier.find(|install| install.number == number),
    };
    let back = back.ok_or_else(|| {
        let wanted = new.to.map_or_else(
            || "no install before the one in force".to_owned(),
            |number| format!("no install {number} before the one in force"),
        );
        Problem::conflict(format!("rule '{}' has {wanted}", path.rule()))
    })?;
    let (again, newest) = (NewRule::again(back), newest.number);
    let action = "rule.roll_back";
    install(
        &app,
        &caller,
        path,
        preconditions,
        again,
        action,
        Some(newest),
    )
    .await
}
