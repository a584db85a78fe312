//! Rules: plugins installed for a team, `/v1/teams/{team}/rules`.

mod body;
mod catch_up;
mod compared;
mod comparison;
mod install;
mod promote;
mod rollback;
mod standing;
mod stats;

pub(super) use compared::{Period, day_in};
pub(super) use comparison::{CountsBody, SampleBody, Samples};
pub(super) use install::{check_config, check_lists, does_not_fit, refused};

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with, put_with};
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::caller::UserCaller;
use super::listing::Nothing;
use super::teams::TeamPath;
use crate::http::{
    List, Page, Params, Preconditions, Problem, ProblemKind, Tagged, WireName, problems,
};
use app::App;
use app::teams::find_team;
use body::RuleBody;
use engine::alert::Origin;
use engine::lane::Change;
use standing::Standing;
use tenant::{Definitions, Permission, RuleInstall};

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

impl RulePath {
    fn team(&self) -> &str {
        self.team.0.as_str()
    }

    fn rule(&self) -> &str {
        self.rule.0.as_str()
    }

    /// Whose words something is.
    fn origin(&self, install: u64, at: i64) -> Origin<'_> {
        Origin {
            team: self.team(),
            rule: self.rule(),
            install: Some(install),
            at,
        }
    }

    /// The rule's install that is in force.
    fn find(&self, definitions: &Definitions) -> Result<Arc<RuleInstall>, Problem> {
        find_team(definitions, self.team())?;
        let install = definitions.rule_of(self.team(), self.rule());
        install.ok_or_else(|| {
            let rule = format!("rule '{}'", self.rule());
            let preparing = definitions.preparing_rule(self.team(), self.rule());
            Problem::not_found(&match preparing {
                None => rule,
                Some(_) => format!("install in force of {rule}, which is being prepared"),
            })
        })
    }

    /// The rule's newest install: the one that is being prepared, else the one in force.
    fn find_newest(&self, definitions: &Definitions) -> Result<Standing, Problem> {
        find_team(definitions, self.team())?;
        let newest = Standing::newest(definitions, self.team(), self.rule());
        newest.ok_or_else(|| Problem::not_found(&format!("rule '{}'", self.rule())))
    }

    /// Refuses what is asked of the install in force while another one is being prepared.
    fn check_not_preparing(&self, definitions: &Definitions, rule: &str) -> Result<(), Problem> {
        match definitions.preparing_rule(self.team(), rule) {
            None => Ok(()),
            Some(preparing) => Err(Problem::conflict(format!(
                "install {} of rule '{rule}' is being prepared; wait until it takes effect, or install another version",
                preparing.install.number
            ))),
        }
    }
}

async fn list_rules(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    List { page, .. }: List<Nothing>,
) -> Result<axum::Json<Page<RuleBody>>, Problem> {
    caller.require(Permission::RuleRead)?;
    let definitions = caller.definitions();
    find_team(&definitions, path.name())?;
    let list = [&*caller.tenant.0.to_string(), "rules", path.name()];
    let after = page.position(&app.cursors, &list)?.unwrap_or_default();
    let rules = definitions.newest_installs_of(path.name()).into_iter();
    let rules = rules.filter(|install| install.rule.as_bytes() > &*after);
    let rules = rules.take(page.limit() + 1).collect();
    let page = Page::of(rules, &page, &app.cursors, &list, |install| {
        install.rule.clone().into_bytes()
    });
    let body = |install| Standing::of(&definitions, install).body(&app, caller.tenant);
    Ok(axum::Json(page.map(body)))
}

async fn read_rule(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
    preconditions: Preconditions,
) -> Result<Tagged<RuleBody>, Problem> {
    caller.require(Permission::RuleRead)?;
    let newest = path.find_newest(&caller.definitions())?;
    let (etag, body) = (newest.etag(), newest.body(&app, caller.tenant));
    Ok(match newest.is_preparing() {
        // How far it is changes under the same tag.
        true => Tagged::changed(etag, body),
        false => Tagged::get(etag, body, &preconditions),
    })
}

async fn remove_rule(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
    preconditions: Preconditions,
) -> Result<axum::response::NoContent, Problem> {
    caller.require(Permission::RuleWrite)?;
    let (actor, login) = (caller.actor(), caller.login.to_string());
    let remove = move |change: &mut Change<'_>| {
        let newest = path.find_newest(change.definitions())?;
        newest.check(&preconditions)?;
        let in_force = change.definitions().rule_of(path.team(), path.rule());
        let removed = RuleInstall {
            removed: true,
            ..RuleInstall::clone(&in_force.unwrap_or(newest.install))
        };
        change.put_install(removed, &login);
        let subject = format!("{}/{}", path.team(), path.rule());
        change.audit(&actor, "rule.remove", subject);
        Ok::<_, Problem>(())
    };
    // Transactions that wait may wait because of this rule.
    caller.change_ahead(remove).await?;
    app.forget_unused_code();
    Ok(axum::response::NoContent)
}

async fn list_installs(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
    List { page, .. }: List<Nothing>,
) -> Result<axum::Json<Page<RuleBody>>, Problem> {
    caller.require(Permission::RuleRead)?;
    let definitions = caller.definitions();
    find_team(&definitions, path.team())?;
    let list = [
        &*caller.tenant.0.to_string(),
        "installs",
        path.team(),
        path.rule(),
    ];
    let after = page.position(&app.cursors, &list)?;
    let before = after.and_then(|bytes| Some(u64::from_be_bytes(bytes.try_into().ok()?)));
    let prefix = format!("{}/{}/", path.team(), path.rule());
    let mut installs: Vec<Arc<RuleInstall>> = definitions.rules.under(&prefix).cloned().collect();
    let preparing = definitions.preparing_rule(path.team(), path.rule());
    installs.extend(preparing.map(|preparing| Arc::new(preparing.install.clone())));
    installs.reverse();
    installs.retain(|install| before.is_none_or(|before| install.number < before));
    installs.truncate(page.limit() + 1);
    let page = Page::of(installs, &page, &app.cursors, &list, |install| {
        install.number.to_be_bytes().to_vec()
    });
    let body = |install| Standing::of(&definitions, install).body(&app, caller.tenant);
    Ok(axum::Json(page.map(body)))
}
