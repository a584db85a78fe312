//! Who may give scopes to whom.
//!
//! Scopes are protected by name, not only by what they permit: conditions of the workflow ask for names. So nobody
//! gives a scope to themself, and nobody but an Administrator gives, takes or touches a scope that they do not hold.

use super::{Definitions, Permission, Scope, User};

/// Why somebody may not give, take or change a scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantRefusal {
    /// A user changes their own scopes.
    #[error(
        "nobody changes their own scopes, but for an Administrator who gives scopes up; ask somebody else"
    )]
    OwnScopes,
    /// Somebody who is no Administrator lets others set passwords.
    #[error("only an Administrator makes links with which passwords are set")]
    OthersPassword,
    /// The scope is not held by whoever acts.
    #[error(
        "you do not hold the scope '{0}': only an Administrator, or whoever holds it and has user:write, may do this"
    )]
    NotHeld(String),
    /// The scope permits what whoever acts may not do.
    #[error(
        "the scope permits '{0}', and you may not do that yourself: only an Administrator may do this"
    )]
    Beyond(Permission),
    /// A credential of somebody else.
    #[error("only an Administrator makes a token for somebody else")]
    OthersToken,
}

/// Whether the scopes make an Administrator.
pub fn is_administrator(scopes: &[String]) -> bool {
    scopes.iter().any(|scope| scope == Scope::ADMINISTRATOR)
}

/// Checks that a user may give these scopes to a new user, or act on a user who has them.
///
/// # Errors
/// Where one of them is not held.
pub fn check_holds(by: &User, scopes: &[String]) -> Result<(), GrantRefusal> {
    if is_administrator(&by.scopes) {
        return Ok(());
    }
    match scopes.iter().find(|scope| !by.scopes.contains(scope)) {
        None => Ok(()),
        Some(scope) => Err(GrantRefusal::NotHeld(scope.clone())),
    }
}

/// Checks that a user may change another user, or themself, to have these scopes.
///
/// # Errors
/// Where they are their own, or one that the other user has or is to have is not held.
pub fn check_change(by: &User, of: &User, scopes: &[String]) -> Result<(), GrantRefusal> {
    if by.id != of.id {
        check_holds(by, &of.scopes)?;
        return check_holds(by, scopes);
    }
    let gains = scopes.iter().any(|scope| !of.scopes.contains(scope));
    let loses = of.scopes.iter().any(|scope| !scopes.contains(scope));
    if gains || (loses && !is_administrator(&by.scopes)) {
        return Err(GrantRefusal::OwnScopes);
    }
    Ok(())
}

/// Checks that a user may make, change or delete a scope of the tenant. `name` is that of a scope that exists, and
/// that others may hold; `permits` is everything that it permits, or is to permit.
///
/// # Errors
/// Where it is not held, or permits what the user may not do.
pub fn check_scope(
    definitions: &Definitions,
    by: &User,
    name: Option<&str>,
    permits: &[String],
) -> Result<(), GrantRefusal> {
    if is_administrator(&by.scopes) {
        return Ok(());
    }
    if let Some(name) = name
        && !by.scopes.iter().any(|held| held == name)
    {
        return Err(GrantRefusal::NotHeld(name.to_owned()));
    }
    let mut permits = permits.iter().filter_map(|name| Permission::parse(name));
    match permits.find(|permission| !definitions.permit(&by.scopes, *permission)) {
        None => Ok(()),
        Some(beyond) => Err(GrantRefusal::Beyond(beyond)),
    }
}

/// Checks that a user may have a token of this user.
///
/// # Errors
/// Where it is somebody else's, and the user is no Administrator.
pub fn check_token(by: &User, of: &User) -> Result<(), GrantRefusal> {
    if by.id == of.id || is_administrator(&by.scopes) {
        return Ok(());
    }
    Err(GrantRefusal::OthersToken)
}

/// Checks that a user may let this user set a password: who sets it, acts as that user from then on.
///
/// # Errors
/// Where the user is no Administrator.
pub fn check_password_link(by: &User) -> Result<(), GrantRefusal> {
    match is_administrator(&by.scopes) {
        true => Ok(()),
        false => Err(GrantRefusal::OthersPassword),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::OwnScope;

    fn user(id: &str, scopes: &[&str]) -> User {
        User {
            id: id.into(),
            login: id.into(),
            password: None,
            scopes: scopes.iter().map(|scope| (*scope).into()).collect(),
            client_id: None,
            teams: Vec::new(),
            current_team: None,
            preferences: Default::default(),
            password_code: None,
            disabled: false,
            created_at: 0,
            version: 1,
        }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).into()).collect()
    }

    fn not_held(scope: &str) -> Result<(), GrantRefusal> {
        Err(GrantRefusal::NotHeld(scope.into()))
    }

    const ADMINISTRATOR: &[&str] = &["Administrator"];
    /// Has `user:write` from a scope of the tenant.
    const MANAGER: &[&str] = &["Manager", "Watcher"];

    #[test]
    fn scopes_are_given_by_administrators_and_by_holders() {
        let check = |by: &[&str], scopes: &[&str], expect: Result<(), GrantRefusal>| {
            assert_eq!(
                check_holds(&user("a", by), &names(scopes)),
                expect,
                "{by:?}"
            );
        };
        check(ADMINISTRATOR, &["Administrator", "Approver"], Ok(()));
        check(MANAGER, &["Watcher"], Ok(()));
        check(MANAGER, &["Watcher", "Approver"], not_held("Approver"));
        check(MANAGER, &["Administrator"], not_held("Administrator"));
    }

    #[test]
    fn nobody_gives_a_scope_to_themself() {
        let check = |by: &[&str], scopes: &[&str], expect: Result<(), GrantRefusal>| {
            let by = user("a", by);
            assert_eq!(check_change(&by, &by, &names(scopes)), expect, "{by:?}");
        };
        let own = || Err(GrantRefusal::OwnScopes);
        check(ADMINISTRATOR, &["Administrator", "Approver"], own());
        check(ADMINISTRATOR, &["Approver"], own());
        check(&["Administrator", "Watcher"], &["Administrator"], Ok(()));
        check(MANAGER, &["Manager", "Watcher", "Approver"], own());
        // A condition may ask that somebody does not have a scope.
        check(MANAGER, &["Manager"], own());
        check(MANAGER, &["Watcher", "Manager"], Ok(()));
    }

    #[test]
    fn whoever_has_a_scope_is_changed_by_holders_alone() {
        let check = |by: &[&str], of: &[&str], scopes: &[&str], expect| {
            let changed = check_change(&user("a", by), &user("b", of), &names(scopes));
            assert_eq!(changed, expect, "{by:?} {of:?} {scopes:?}");
        };
        check(ADMINISTRATOR, &["Watcher"], &["Approver"], Ok(()));
        check(MANAGER, &["Watcher"], &["Watcher", "Manager"], Ok(()));
        check(MANAGER, &["Watcher"], &["Approver"], not_held("Approver"));
        // Neither taken away, nor disabled, nor enabled again.
        check(MANAGER, &["Approver"], &["Watcher"], not_held("Approver"));
        check(MANAGER, &["Approver"], &["Approver"], not_held("Approver"));
    }

    #[test]
    fn a_scope_is_changed_by_administrators_and_by_holders_within_what_they_may() {
        let mut definitions = Definitions::default();
        definitions.scopes.put(Arc::new(OwnScope {
            name: "Manager".into(),
            description: String::new(),
            permissions: names(&["user:write"]),
            created_at: 0,
            version: 1,
        }));
        let check = |by: &[&str], name: Option<&str>, permits: &[&str], expect| {
            let checked = check_scope(&definitions, &user("a", by), name, &names(permits));
            assert_eq!(checked, expect, "{by:?} {name:?} {permits:?}");
        };
        let beyond = || Err(GrantRefusal::Beyond(Permission::AuditRead));
        check(ADMINISTRATOR, Some("Approver"), &["audit:read"], Ok(()));
        check(MANAGER, None, &[], Ok(()));
        check(MANAGER, None, &["user:write", "rule:read"], Ok(()));
        check(MANAGER, None, &["audit:read"], beyond());
        check(MANAGER, Some("Manager"), &["rule:read"], Ok(()));
        check(MANAGER, Some("Manager"), &["audit:read"], beyond());
        check(MANAGER, Some("Approver"), &[], not_held("Approver"));
    }

    #[test]
    fn tokens_of_others_are_for_administrators() {
        let (manager, other) = (user("a", MANAGER), user("b", &["Watcher"]));
        assert_eq!(check_token(&manager, &manager), Ok(()));
        assert_eq!(
            check_token(&manager, &other),
            Err(GrantRefusal::OthersToken)
        );
        assert_eq!(check_token(&user("c", ADMINISTRATOR), &other), Ok(()));
    }
}
