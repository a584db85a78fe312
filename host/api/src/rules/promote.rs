//! A shadow rule becomes live: `/v1/teams/{team}/rules/{rule}/promote`.

use std::sync::Arc;

use axum::extract::State;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::blocking::blocking;
use super::super::caller::UserCaller;
use super::RulePath;
use super::body::RuleBody;
use super::compared::{Compared, Period};
use super::standing::Standing;
use crate::http::{ETag, JsonBody, Params, Preconditions, Problem, ProblemError, Tagged, WireName};
use app::App;
use app::teams::find_team;
use engine::judgement::Comparison;
use engine::lane::Change;
use tenant::{ActiveGate, Definitions, Mode, Permission, RuleInstall};

/// How a shadow rule becomes live.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct NewPromotion {
    /// The rule whose place it takes: that one gets another install, and the shadow is removed. Without it, the rule itself goes live.
    replace: Option<WireName>,
    /// Why it is promoted although the tenant's gate says no; it is audited.
    override_reason: Option<String>,
}

/// The most characters of a reason.
const MAX_REASON: usize = 1_000;

pub(super) async fn promote_rule(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
    preconditions: Preconditions,
    JsonBody(new): JsonBody<NewPromotion>,
) -> Result<Tagged<RuleBody>, Problem> {
    caller.require(Permission::RuleWrite)?;
    let reason = new.override_reason.map(|reason| reason.trim().to_owned());
    if let Some(reason) = &reason
        && !(1..=MAX_REASON).contains(&reason.chars().count())
    {
        return Err(refuse(
            "override_reason",
            "invalid",
            format!("'override_reason' must have 1 to {MAX_REASON} characters"),
        ));
    }
    let replace = new.replace.map(|WireName(name)| name.as_str().to_owned());
    let definitions = caller.definitions();
    let promotion = Promotion::find(&definitions, &path, replace.as_deref())?;
    preconditions.check(Some(&ETag::of_version(promotion.shadow.number)))?;
    let gate = definitions.promotion_gate();
    let mut overridden = None;
    if let Some(gate) = gate {
        let unmet = unmet(&app, &caller, &definitions, &promotion, gate).await?;
        match (unmet.is_empty(), reason) {
            (true, _) => {}
            (false, Some(reason)) => overridden = Some(reason),
            (false, None) => {
                let detail = format!(
                    "rule '{}' has not shown what the promotion gate asks; wait, or give 'override_reason'",
                    promotion.shadow.rule
                );
                return Err(Problem::conflict(detail).with_errors(unmet));
            }
        }
    }

    let (actor, login) = (caller.actor(), caller.login.to_string());
    let promote = move |change: &mut Change<'_>| {
        let now = Promotion::find(change.definitions(), &path, replace.as_deref())?;
        if now.numbers() != promotion.numbers() || change.definitions().promotion_gate() != gate {
            return Err(Problem::conflict(
                "the rules or the gate changed meanwhile; look at the comparison again",
            ));
        }
        let Promotion { shadow, replaced } = now;
        let live = RuleInstall {
            rule: replaced.as_ref().unwrap_or(&shadow).rule.clone(),
            mode: Mode::Live,
            ..RuleInstall::clone(&shadow)
        };
        let subject = format!("{}/{}", live.team, live.rule);
        if let Some(reason) = overridden {
            change.audit(&actor, "rule.override_gate", format!("{subject}: {reason}"));
        }
        change.audit(&actor, "rule.promote", subject);
        let live = change.put_install(live, &login);
        if replaced.is_some() {
            let removed = RuleInstall {
                removed: true,
                ..RuleInstall::clone(&shadow)
            };
            change.put_install(removed, &login);
        }
        Ok(Standing::active(live))
    };
    let live = caller.change(promote).await?;
    Ok(Tagged::changed(live.etag(), live.body(&app, caller.tenant)))
}

fn refuse(field: &str, reason: &str, detail: String) -> Problem {
    let error = ProblemError {
        field: field.to_owned(),
        reason: reason.to_owned(),
        detail: detail.clone(),
    };
    Problem::unprocessable(detail, vec![error])
}

/// The rule that is promoted, and the one whose place it takes.
struct Promotion {
    shadow: Arc<RuleInstall>,
    replaced: Option<Arc<RuleInstall>>,
}

impl Promotion {
    fn find(
        definitions: &Definitions,
        path: &RulePath,
        replace: Option<&str>,
    ) -> Result<Self, Problem> {
        let shadow = path.find(definitions)?;
        path.check_not_preparing(definitions, path.rule())?;
        if let Some(replace) = replace {
            path.check_not_preparing(definitions, replace)?;
        }
        if shadow.mode != Mode::Shadow {
            return Err(Problem::conflict(format!(
                "rule '{}' is not in shadow; install it in mode 'shadow' first, and see what it finds",
                shadow.rule
            )));
        }
        let replaced = match replace {
            None => None,
            Some(name) if name == shadow.rule => None,
            Some(name) => {
                let replaced = definitions.rule_of(path.team(), name);
                let missing = || {
                    let detail = format!(
                        "'replace' is '{name}', and team '{}' has no such rule",
                        path.team()
                    );
                    refuse("replace", "unknown", detail)
                };
                Some(replaced.ok_or_else(missing)?)
            }
        };
        Ok(Self { shadow, replaced })
    }

    /// What tells whether it is still the same.
    fn numbers(&self) -> (u64, Option<u64>) {
        let replaced = self.replaced.as_ref();
        (self.shadow.number, replaced.map(|install| install.number))
    }
}

/// What the gate asks and the shadow has not shown.
async fn unmet(
    app: &Arc<App>,
    caller: &UserCaller,
    definitions: &Arc<Definitions>,
    promotion: &Promotion,
    gate: ActiveGate,
) -> Result<Vec<ProblemError>, Problem> {
    let shadow = promotion.shadow.clone();
    let team = find_team(definitions, &shadow.team)?;
    let durable = caller.lane.team(team.id).await?.durable();
    // Without a rule that it replaces, all that it finds is more: no rule is called "", so none said anything.
    let nothing = || {
        Arc::new(RuleInstall {
            rule: String::new(),
            ..RuleInstall::clone(&shadow)
        })
    };
    let live = promotion.replaced.clone().unwrap_or_else(nothing);
    let now = app.services.clock.now();
    let compared = Compared::new(
        caller.tenant,
        team.id,
        definitions,
        (live, Some(shadow.clone())),
        durable,
    );
    let transactions = compared.transactions();
    let app = app.clone();
    let comparison =
        blocking(move || compared.compare(&app.services.store, Period::default(), 0)).await??;
    Ok(faults(gate, &shadow, now, transactions, &comparison))
}

fn faults(
    gate: ActiveGate,
    shadow: &RuleInstall,
    now: Timestamp,
    transactions: u64,
    comparison: &Comparison,
) -> Vec<ProblemError> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, detail: String| {
        faults.push(ProblemError {
            field: field.to_owned(),
            reason: "gate".to_owned(),
            detail,
        });
    };
    let seconds = (now.as_micros() - shadow.installed_at).max(0) as u64 / 1_000_000;
    if seconds < gate.shadow_seconds {
        fault(
            "shadow_seconds",
            format!(
                "it was in shadow for {seconds} of {} seconds",
                gate.shadow_seconds
            ),
        );
    }
    if transactions < gate.transactions {
        fault(
            "transactions",
            format!(
                "both judged {transactions} of {} transactions",
                gate.transactions
            ),
        );
    }
    // The one is the live rule, the other the shadow.
    let (live, new) = (comparison.findings_one, comparison.findings_other);
    let (more, fewer) = (new.saturating_sub(live), live.saturating_sub(new));
    if let Some(most) = gate.max_more.filter(|most| more > *most) {
        fault(
            "max_more",
            format!(
                "it made {more} alerts more than the live rule, and may make {most}: {new} instead of {live}"
            ),
        );
    }
    if let Some(most) = gate.max_fewer.filter(|most| fewer > *most) {
        fault(
            "max_fewer",
            format!(
                "it made {fewer} alerts fewer than the live rule, and may make {most}: {new} instead of {live}"
            ),
        );
    }
    if comparison.failed_other > gate.max_failures {
        fault(
            "max_failures",
            format!(
                "it could not judge {} transactions, and {} are allowed",
                comparison.failed_other, gate.max_failures
            ),
        );
    }
    faults
}
