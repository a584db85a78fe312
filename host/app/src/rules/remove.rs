//! Removing a rule.

use super::{NoSuchRule, RuleName};
use crate::App;
use crate::caller::{Caller, Forbidden};
use crate::request::{Expected, Stale};
use engine::lane::{Change, LaneError};
use tenant::{Permission, RuleInstall};

/// Why a rule was not removed.
#[derive(Debug, thiserror::Error)]
pub enum RemoveRuleError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such rule.
    #[error(transparent)]
    NoSuchRule(#[from] NoSuchRule),
    /// Its newest install is not the one that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Removes a rule, before any transaction that waits for its turn. Its installs and its alerts stay. An install that is
/// being prepared never takes effect.
///
/// # Errors
/// Where the caller may not, there is no such rule, or its newest install is not the one that the change is meant for.
pub async fn remove(
    app: &App,
    caller: &Caller,
    rule: RuleName,
    expected: Expected,
) -> Result<(), RemoveRuleError> {
    caller.require(Permission::RuleWrite)?;
    let (actor, login) = (caller.actor(), caller.login.to_string());
    let remove = move |change: &mut Change<'_>| {
        let newest = rule.newest(change.definitions())?;
        newest.check(&expected)?;
        let in_force = change.definitions().rule_of(rule.team(), rule.rule());
        let removed = RuleInstall {
            removed: true,
            ..RuleInstall::clone(&in_force.unwrap_or(newest.install))
        };
        change.put_install(removed, &login);
        change.audit(&actor, "rule.remove", rule.subject());
        Ok::<_, RemoveRuleError>(())
    };
    // Transactions that wait may wait because of this rule.
    caller.change_ahead(remove).await?;
    app.forget_unused_code();
    Ok(())
}
