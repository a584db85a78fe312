//! Making a shadow rule live.

use std::sync::Arc;

use super::compared::{Compared, Period};
pub use super::gate::GateCondition;
use super::gate::{Shown, conditions, unmet};
use super::view::{InstallStatus, InstallView};
use super::{NoSuchRule, RuleName};
use crate::App;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::request::{Expected, FieldFault, Invalid, Stale, Version};
use crate::teams::find_team;
use domain::name::Name;
use engine::lane::{Change, LaneError};
use tenant::{ActiveGate, Definitions, Mode, Permission, RuleInstall};

/// The most characters of a reason.
const MAX_REASON: usize = 1_000;

/// How a shadow rule is made live.
#[derive(Clone, Debug, Default)]
pub struct PromoteRule {
    /// The rule whose place it takes: that one gets another install, and the shadow is removed. If there is none, the
    /// shadow itself goes live.
    pub replace: Option<Name>,
    /// Why it is promoted even if the tenant's gate says no: 1 to 1,000 characters. It is audited.
    pub override_reason: Option<String>,
}

/// Why a rule was not promoted.
#[derive(Debug, thiserror::Error)]
pub enum PromoteRuleError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// A value cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such rule.
    #[error(transparent)]
    NoSuchRule(#[from] NoSuchRule),
    /// Another install of one of the rules is being prepared.
    #[error(
        "install {install} of rule '{rule}' is being prepared; wait until it takes effect, or install another version"
    )]
    Preparing {
        /// The rule's name.
        rule: String,
        /// The install's number.
        install: u64,
    },
    /// The rule is not in shadow.
    #[error(
        "rule '{0}' is not in shadow; install it in mode 'shadow' first, and see what it finds"
    )]
    NotInShadow(String),
    /// Its install is not the one that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The shadow has not shown what the tenant's gate asks.
    #[error(
        "rule '{rule}' has not shown what the promotion gate asks; wait, or give 'override_reason'"
    )]
    Gate {
        /// The rule's name.
        rule: String,
        /// What the gate asks and the rule has not shown.
        unmet: Vec<FieldFault>,
    },
    /// The rules or the gate changed while it was checked.
    #[error("the rules or the gate changed meanwhile; look at the comparison again")]
    Changed,
    /// What the rules said cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Returns the conditions of the tenant's promotion gate, each with whether a shadow rule meets it as it is now; none if
/// the tenant has no gate. With `replace` it would take the place of another rule.
///
/// # Errors
/// Where the caller may not, there is no such rule, or it is not in shadow.
pub async fn check_gate(
    app: &Arc<App>,
    caller: &Caller,
    rule: &RuleName,
    replace: Option<&Name>,
) -> Result<Vec<GateCondition>, PromoteRuleError> {
    caller.require(Permission::RuleRead)?;
    let definitions = caller.definitions();
    let promotion = Promotion::find(&definitions, rule, replace)?;
    match definitions.promotion_gate() {
        None => Ok(Vec::new()),
        Some(gate) => promotion.conditions(app, caller, &definitions, gate).await,
    }
}

/// Makes a shadow rule live. With `replace` it takes the place of another rule, from one transaction to the next.
///
/// # Errors
/// Where the caller may not, the rule is not in shadow, or it has not shown what the tenant's promotion gate asks and no
/// reason overrides that.
pub async fn promote(
    app: &Arc<App>,
    caller: &Caller,
    rule: RuleName,
    expected: Expected,
    how: PromoteRule,
) -> Result<InstallView, PromoteRuleError> {
    caller.require(Permission::RuleWrite)?;
    let reason = how.override_reason;
    let reason = reason.map(|reason| reason.trim().to_owned());
    if let Some(reason) = &reason
        && !(1..=MAX_REASON).contains(&reason.chars().count())
    {
        let detail = format!("'override_reason' must have 1 to {MAX_REASON} characters");
        return Err(Invalid::field("override_reason", "invalid", detail).into());
    }
    let replace = how.replace;
    let definitions = caller.definitions();
    let promotion = Promotion::find(&definitions, &rule, replace.as_ref())?;
    expected.check(Some(Version::Number(promotion.shadow.number)))?;
    let gate = definitions.promotion_gate();
    let mut overridden = None;
    if let Some(gate) = gate {
        let unmet = unmet(
            promotion
                .conditions(app, caller, &definitions, gate)
                .await?,
        );
        match (unmet.is_empty(), reason) {
            (true, _) => {}
            (false, Some(reason)) => overridden = Some(reason),
            (false, None) => {
                let rule = promotion.shadow.rule.clone();
                return Err(PromoteRuleError::Gate { rule, unmet });
            }
        }
    }

    let (actor, login) = (caller.actor(), caller.login.to_string());
    let promote = move |change: &mut Change<'_>| {
        let now = Promotion::find(change.definitions(), &rule, replace.as_ref())?;
        if now.numbers() != promotion.numbers() || change.definitions().promotion_gate() != gate {
            return Err(PromoteRuleError::Changed);
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
        Ok(InstallStatus::active(live))
    };
    let live = caller.change(promote).await?;
    Ok(live.view(app, caller))
}

/// The rule that is promoted, and the one whose place it takes.
struct Promotion {
    shadow: Arc<RuleInstall>,
    replaced: Option<Arc<RuleInstall>>,
}

impl Promotion {
    fn find(
        definitions: &Definitions,
        rule: &RuleName,
        replace: Option<&Name>,
    ) -> Result<Self, PromoteRuleError> {
        let team = rule.team();
        let shadow = rule.in_force(definitions)?;
        check_not_preparing(definitions, team, rule.rule())?;
        if let Some(replace) = replace {
            check_not_preparing(definitions, team, replace.as_str())?;
        }
        if shadow.mode != Mode::Shadow {
            return Err(PromoteRuleError::NotInShadow(shadow.rule.clone()));
        }
        let other = replace.filter(|name| name.as_str() != shadow.rule);
        let replaced = other.map(|name| {
            let replaced = definitions.rule_of(team, name.as_str());
            replaced.ok_or_else(|| {
                let detail = format!("'replace' is '{name}', and team '{team}' has no such rule");
                Invalid::field("replace", "unknown", detail)
            })
        });
        Ok(Self {
            shadow,
            replaced: replaced.transpose()?,
        })
    }

    /// What tells whether it is still the same.
    fn numbers(&self) -> (u64, Option<u64>) {
        let replaced = self.replaced.as_ref();
        (self.shadow.number, replaced.map(|install| install.number))
    }

    /// The conditions of the gate, with what the shadow has shown.
    async fn conditions(
        &self,
        app: &Arc<App>,
        caller: &Caller,
        definitions: &Definitions,
        gate: ActiveGate,
    ) -> Result<Vec<GateCondition>, PromoteRuleError> {
        let shadow = self.shadow.clone();
        let team = find_team(definitions, &shadow.team).map_err(NoSuchRule::from)?;
        let durable = caller.lane.team(team.id).await?.durable();
        // Without a rule that it replaces, all that it finds is more: no rule is called "", so none said anything.
        let nothing = || {
            Arc::new(RuleInstall {
                rule: String::new(),
                ..RuleInstall::clone(&shadow)
            })
        };
        let live = self.replaced.clone().unwrap_or_else(nothing);
        let now = app.services.clock.now();
        let installs = (live, Some(shadow.clone()));
        let compared = Compared::new(caller.tenant, team.id, definitions, installs, durable);
        let transactions = compared.transactions();
        let compare = move |app: &App| compared.compare(&app.services.store, Period::default(), 0);
        let comparison = on_disk(app, compare).await?;
        let seconds = (now.as_micros() - shadow.installed_at).max(0) as u64 / 1_000_000;
        let shown = Shown {
            seconds,
            transactions,
            findings_live: comparison.findings_one,
            findings_shadow: comparison.findings_other,
            failures: comparison.failed_other,
        };
        Ok(conditions(gate, &shown))
    }
}

/// Refuses what is asked of the install in force while another one is being prepared.
fn check_not_preparing(
    definitions: &Definitions,
    team: &str,
    rule: &str,
) -> Result<(), PromoteRuleError> {
    match definitions.preparing_rule(team, rule) {
        None => Ok(()),
        Some(preparing) => Err(PromoteRuleError::Preparing {
            rule: rule.to_owned(),
            install: preparing.install.number,
        }),
    }
}
