//! Installing an earlier install of a rule again.

use super::install::{InstallRuleError, NewRule, install_over};
use super::view::{InstallStatus, PutRule};
use super::{NoSuchRule, RuleName};
use crate::App;
use crate::caller::{Caller, Forbidden};
use crate::request::{Expected, Stale};
use tenant::Permission;

/// Why a rule was not rolled back.
#[derive(Debug, thiserror::Error)]
pub enum RollBackRuleError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such rule.
    #[error(transparent)]
    NoSuchRule(#[from] NoSuchRule),
    /// Its newest install is not the one that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// No install is older than the newest one.
    #[error("rule '{0}' has no install before the one in force")]
    NoEarlierInstall(String),
    /// The install that was asked for is not there, or is not older than the newest one.
    #[error("rule '{rule}' has no install {number} before the one in force")]
    NoSuchInstall {
        /// The rule's name.
        rule: String,
        /// The number of the install.
        number: u64,
    },
    /// The earlier install cannot be installed again.
    #[error(transparent)]
    Install(#[from] InstallRuleError),
}

/// Installs an earlier install of a rule again, in its mode and with all that it had: the one with the number `to`, or
/// the last one before the newest. While an install is being prepared, that one is the newest, and is withdrawn.
///
/// # Errors
/// Where the caller may not, there is no such install, or it cannot be installed again.
pub async fn roll_back(
    app: &App,
    caller: &Caller,
    rule: RuleName,
    expected: Expected,
    to: Option<u64>,
) -> Result<PutRule, RollBackRuleError> {
    caller.require(Permission::RuleWrite)?;
    let definitions = caller.definitions();
    rule.find_team(&definitions)?;
    let installs = rule.installs(&definitions);
    let Some((newest, earlier)) = installs.split_last() else {
        return Err(NoSuchRule::Rule(rule.rule.to_string()).into());
    };
    InstallStatus::of(&definitions, newest.clone()).check(&expected)?;
    let mut earlier = earlier.iter().rev().filter(|install| !install.removed);
    let name = rule.rule.to_string();
    let back = match to {
        None => earlier
            .next()
            .ok_or(RollBackRuleError::NoEarlierInstall(name)),
        Some(number) => earlier
            .find(|install| install.number == number)
            .ok_or(RollBackRuleError::NoSuchInstall { rule: name, number }),
    };
    let (again, over) = (NewRule::again(back?), Some(newest.number));
    let action = "rule.roll_back";
    Ok(install_over(app, caller, rule, expected, again, action, over).await?)
}
