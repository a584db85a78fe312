//! Switching a rule off and on: the newest install again, in another mode.

use super::install::{InstallRuleError, NewRule, install_over};
use super::view::PutRule;
use super::{NoSuchRule, RuleName};
use crate::App;
use crate::caller::{Caller, Forbidden};
use crate::request::{Expected, Stale};
use tenant::{Mode, Permission};

/// Why the mode of a rule was not set.
#[derive(Debug, thiserror::Error)]
pub enum SetModeError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such rule.
    #[error(transparent)]
    NoSuchRule(#[from] NoSuchRule),
    /// Its newest install is not the one that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The rule cannot be installed again.
    #[error(transparent)]
    Install(#[from] InstallRuleError),
}

/// Installs the newest install of a rule again, in another mode and with all else that it had.
///
/// # Errors
/// Where the caller may not, there is no such rule, its newest install is not the one that the change is meant for, or it
/// cannot be installed again.
pub async fn set_mode(
    app: &App,
    caller: &Caller,
    rule: RuleName,
    expected: Expected,
    mode: Mode,
) -> Result<PutRule, SetModeError> {
    caller.require(Permission::RuleWrite)?;
    let newest = rule.newest(&caller.definitions())?;
    newest.check(&expected)?;
    let (again, over) = (NewRule::again(&newest.install), newest.install.number);
    let new = NewRule { mode, ..again };
    let action = "rule.install";
    Ok(install_over(app, caller, rule, expected, new, action, Some(over)).await?)
}
