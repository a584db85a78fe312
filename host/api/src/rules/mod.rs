//! Rules: plugins installed for a team, `/v1/teams/{team}/rules`.

mod body;
mod catch_up;
mod comparison;
mod install;
mod promote;
mod rollback;
mod stats;

pub(super) use comparison::{CountsBody, SampleBody};

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with, put_with};
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::UserCaller;
use super::listing::Nothing;
use super::problem_from::{problem_from, problem_kind};
use super::teams::TeamPath;
use crate::http::{
    ETag, List, Page, Params, Preconditions, Problem, ProblemKind, Tagged, WireName, problems,
};
use app::App;
use app::rules::inputs::{self, RuleInput};
use app::rules::read::{self, ListRulesError, ReadRuleError};
use app::rules::remove::{self, RemoveRuleError};
use app::rules::{NoSuchRule, RuleName};
use body::RuleBody;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/teams/{team}/rules",
            get_with(list_rules, |op| {
                op.summary("List a team's rules")
                    .description("The newest install of each: the one that is being prepared, else the one in force.")
                    .tag("Rules")
            }),
        )
        .api_route(
            "/v1/teams/{team}/rules/{rule}",
            put_with(install::install_rule, |op| {
                op.summary("Install a rule")
                    .description("Each transaction is judged wholly by the install before or wholly by this one. Earlier installs are kept; rolling back is installing one again. A rule whose windows need an index of many stored transactions is answered at once with `state` `preparing`: the index is made in the background, and the rule takes effect when it is whole. Until then the install before it stays in force; a first one judges nothing. Whatever is installed next replaces an install that is being prepared. Switching a rule off does not wait for transactions that wait for their turn: once it is answered, the rule judges no further transaction. A rule whose inputs would cost the host more than it allows for a transaction is 422, and told which inputs cost what.")
                    .tag("Rules")
                    .with(problems(&[ProblemKind::Conflict]))
            })
            .get_with(read_rule, |op| {
                op.summary("Read a rule")
                    .description("The newest install: the one that is being prepared, else the one in force. `…/installs` has both.")
                    .tag("Rules")
            })
            .delete_with(remove_rule, |op| {
                op.summary("Remove a rule")
                    .description("Its installs and its alerts stay. An install that is being prepared never takes effect. The removal does not wait for transactions that wait for their turn: once it is answered, the rule judges no further transaction.")
                    .tag("Rules")
            }),
        )
        .api_route(
            "/v1/teams/{team}/rules/{rule}/comparison",
            get_with(comparison::compare_rules, |op| {
                op.summary("Compare what two rules, or two installs, said of the same transactions")
                    .description("Of the transactions that both judged, live or in shadow: those in which only the one found something, only the other, both the same, or both something else; by severity and day, with samples and their evidence.")
                    .tag("Rules")
            }),
        )
        .api_route(
            "/v1/teams/{team}/rules/{rule}/gate",
            get_with(promote::read_gate, |op| {
                op.summary("Read whether a shadow rule meets the tenant's promotion gate")
                    .description("Each condition, with what is asked and what was shown. Without a gate there is no condition.")
                    .tag("Rules")
                    .with(problems(&[ProblemKind::Conflict, ProblemKind::Unprocessable]))
            }),
        )
        .api_route(
            "/v1/teams/{team}/rules/{rule}/inputs",
            get_with(read_inputs, |op| {
                op.summary("Read what a rule reads of each transaction")
                    .description("The inputs of its newest install in words, by name.")
                    .tag("Rules")
            }),
        )
        .api_route(
            "/v1/teams/{team}/rules/{rule}/promote",
            post_with(promote::promote_rule, |op| {
                op.summary("Make a shadow rule live")
                    .description("With `replace` it takes the place of another rule, from one transaction to the next. What the tenant's promotion gate asks must have been shown.")
                    .tag("Rules")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/teams/{team}/rules/{rule}/rollback",
            post_with(rollback::roll_back_rule, |op| {
                op.summary("Install an earlier install of a rule again")
                    .description("The last one before the newest, or the one that `to` names; in its mode, with all that it had. A rule that was removed comes back. While an install is being prepared, the last one before it is the one in force: rolling back withdraws what is being prepared.")
                    .tag("Rules")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/teams/{team}/rules/{rule}/failures",
            get_with(catch_up::list_failures, |op| {
                op.summary("List the transactions that a rule could not judge, oldest first")
                    .tag("Rules")
            }),
        )
        .api_route(
            "/v1/teams/{team}/rules/{rule}/catch-up",
            get_with(catch_up::read_catch_up, |op| {
                op.summary("Read how far a rule has caught up").tag("Rules")
            })
            .post_with(catch_up::start_catch_up, |op| {
                op.summary("Judge what a rule could not judge, by the install that is in force")
                    .description("Each transaction is judged with the inputs that it had when it came. The findings of alerts that are made now say `late`. It goes on in the background; what a stop of the host cuts off goes on where it is asked for again.")
                    .tag("Rules")
                    .response_with::<202, axum::Json<catch_up::CatchUpBody>, _>(|response| {
                        response.description("It has begun")
                    })
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/teams/{team}/rules/{rule}/catch-up/cancel",
            post_with(catch_up::cancel_catch_up, |op| {
                op.summary("End a rule's catching up")
                    .description("What it judged stays. `…/catch-up` goes on with what still waits.")
                    .tag("Rules")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/teams/{team}/rules/{rule}/installs",
            get_with(list_installs, |op| {
                op.summary("List the installs of a rule, newest first")
                    .description("With the one that is being prepared. Those that were replaced before they took effect are left out; the audit has them.")
                    .tag("Rules")
            }),
        )
        .api_route(
            "/v1/teams/{team}/rules/{rule}/stats",
            get_with(stats::read_stats, |op| {
                op.summary("Read what a rule and each of its installs have done, and how right they were")
                    .description("Counted from what is kept; what judging took is measured since the host started.")
                    .tag("Rules")
            }),
        )
}

/// The path of a rule.
#[derive(Debug, Deserialize, JsonSchema)]
struct RulePath {
    /// The team's name.
    team: WireName,
    /// The rule's name.
    rule: WireName,
}

impl From<RulePath> for RuleName {
    fn from(path: RulePath) -> Self {
        Self {
            team: path.team.0,
            rule: path.rule.0,
        }
    }
}

problem_kind!(NoSuchRule: NotFound);
problem_from!(ListRulesError {
    Forbidden,
    NoSuchTeam,
    ForeignCursor
});
problem_from!(ReadRuleError {
    Forbidden,
    NoSuchRule
});
problem_from!(RemoveRuleError {
    Forbidden,
    NoSuchRule,
    Stale,
    Lane
});

async fn list_rules(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    List { page, .. }: List<Nothing>,
) -> Result<axum::Json<Page<RuleBody>>, Problem> {
    let page = read::list(&app, &caller, &path.team.0, &page)?;
    Ok(axum::Json(page.map(RuleBody::from).into()))
}

async fn read_rule(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
    preconditions: Preconditions,
) -> Result<Tagged<RuleBody>, Problem> {
    let newest = read::read(&app, &caller, &path.into())?;
    let (etag, is_preparing) = (ETag::of(newest.version()), newest.is_preparing());
    Ok(match is_preparing {
        // How far it is changes under the same tag.
        true => Tagged::changed(etag, newest.into()),
        false => Tagged::get(etag, newest.into(), &preconditions),
    })
}

async fn remove_rule(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
    preconditions: Preconditions,
) -> Result<axum::response::NoContent, Problem> {
    remove::remove(&app, &caller, path.into(), preconditions.expected()).await?;
    Ok(axum::response::NoContent)
}

/// What a rule reads of each transaction.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RuleInputs")]
struct InputsBody {
    /// By name; null where its plugin cannot be asked any more.
    items: Option<Vec<InputBody>>,
}

/// An input of a rule.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RuleInput")]
struct InputBody {
    /// As evidence names it.
    name: String,
    /// Such as `sum of amount, same customer_id, last 7 days`.
    meaning: String,
    /// The fields of each row, where its value is rows.
    columns: Vec<String>,
}

async fn read_inputs(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
) -> Result<axum::Json<InputsBody>, Problem> {
    let inputs = inputs::read(&app, &caller, &path.into()).await?;
    let body = |input: RuleInput| InputBody {
        name: input.name,
        meaning: input.meaning.text,
        columns: input.meaning.columns,
    };
    let items = inputs.map(|inputs| inputs.into_iter().map(body).collect());
    Ok(axum::Json(InputsBody { items }))
}

async fn list_installs(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
    List { page, .. }: List<Nothing>,
) -> Result<axum::Json<Page<RuleBody>>, Problem> {
    let page = read::list_installs(&app, &caller, &path.into(), &page)?;
    Ok(axum::Json(page.map(RuleBody::from).into()))
}
