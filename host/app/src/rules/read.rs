//! Reading rules and their installs.

use std::sync::Arc;

use super::view::{InstallStatus, InstallView};
use super::{NoSuchRule, RuleName};
use crate::App;
use crate::caller::{Caller, Forbidden};
use crate::request::page::ForeignCursor;
use crate::request::{Page, PageRequest};
use crate::teams::{NoSuchTeam, find_team};
use domain::name::Name;
use tenant::{Permission, RuleInstall};

/// Why rules, or the installs of one, cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListRulesError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
}

/// Why a rule cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadRuleError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such rule.
    #[error(transparent)]
    NoSuchRule(#[from] NoSuchRule),
}

/// A page of a team's rules, by name: the newest install of each, which is the one being prepared, else the one in
/// force.
///
/// # Errors
/// Where the caller may not, there is no such team, or the cursor is none of this list.
pub fn list(
    app: &App,
    caller: &Caller,
    team: &Name,
    page: &PageRequest,
) -> Result<Page<InstallView>, ListRulesError> {
    caller.require(Permission::RuleRead)?;
    let definitions = caller.definitions();
    find_team(&definitions, team.as_str())?;
    let list = [&*caller.tenant.0.to_string(), "rules", team.as_str()];
    let after = page.position(&app.cursors, &list)?.unwrap_or_default();
    let rules = definitions.newest_installs_of(team.as_str()).into_iter();
    let rules = rules.filter(|install| install.rule.as_bytes() > &*after);
    let rules = rules.take(page.limit() + 1).collect();
    let page = Page::of(rules, page, &app.cursors, &list, |install| {
        install.rule.clone().into_bytes()
    });
    let view = |install| InstallStatus::of(&definitions, install).view(app, caller);
    Ok(page.map(view))
}

/// A page of the rules of all teams, by team and name: the newest install of each. With `team` only those of that team.
///
/// # Errors
/// Where the caller may not, there is no such team, or the cursor is none of this list.
pub fn list_all(
    app: &App,
    caller: &Caller,
    team: Option<&Name>,
    page: &PageRequest,
) -> Result<Page<InstallView>, ListRulesError> {
    caller.require(Permission::RuleRead)?;
    let definitions = caller.definitions();
    if let Some(team) = team {
        find_team(&definitions, team.as_str())?;
    }
    let only = team.map_or("", Name::as_str);
    let list = [&*caller.tenant.0.to_string(), "all rules", only];
    // A name has no '/'.
    let key = |install: &RuleInstall| format!("{}/{}", install.team, install.rule);
    let after = page.position(&app.cursors, &list)?.unwrap_or_default();
    let after = String::from_utf8_lossy(&after);
    let (last_team, last_rule) = after.split_once('/').unwrap_or_default();
    let teams = definitions.teams.iter();
    let teams = teams.filter(|one| only.is_empty() || one.name == only);
    let teams = teams.filter(|one| &*one.name >= last_team);
    let rules = teams.flat_map(|one| definitions.newest_installs_of(&one.name));
    let rules = rules.filter(|install| install.team != last_team || &*install.rule > last_rule);
    let rules: Vec<Arc<RuleInstall>> = rules.take(page.limit() + 1).collect();
    let page = Page::of(rules, page, &app.cursors, &list, |install| {
        key(install).into_bytes()
    });
    let view = |install| InstallStatus::of(&definitions, install).view(app, caller);
    Ok(page.map(view))
}

/// Reads the newest install of a rule: the one that is being prepared, else the one in force.
///
/// # Errors
/// Where the caller may not, or there is no such rule.
pub fn read(app: &App, caller: &Caller, rule: &RuleName) -> Result<InstallView, ReadRuleError> {
    caller.require(Permission::RuleRead)?;
    let newest = rule.newest(&caller.definitions())?;
    Ok(newest.view(app, caller))
}

/// A page of the installs of a rule, newest first, with the one that is being prepared. Installs that were replaced
/// before they took effect are left out.
///
/// # Errors
/// Where the caller may not, there is no such team, or the cursor is none of this list.
pub fn list_installs(
    app: &App,
    caller: &Caller,
    rule: &RuleName,
    page: &PageRequest,
) -> Result<Page<InstallView>, ListRulesError> {
    caller.require(Permission::RuleRead)?;
    let definitions = caller.definitions();
    find_team(&definitions, rule.team())?;
    let list = [
        &*caller.tenant.0.to_string(),
        "installs",
        rule.team(),
        rule.rule(),
    ];
    let after = page.position(&app.cursors, &list)?;
    let before = after.and_then(|bytes| Some(u64::from_be_bytes(bytes.try_into().ok()?)));
    let mut installs = rule.installs(&definitions);
    installs.reverse();
    installs.retain(|install| before.is_none_or(|before| install.number < before));
    installs.truncate(page.limit() + 1);
    let page = Page::of(installs, page, &app.cursors, &list, |install| {
        install.number.to_be_bytes().to_vec()
    });
    let view = |install| InstallStatus::of(&definitions, install).view(app, caller);
    Ok(page.map(view))
}
