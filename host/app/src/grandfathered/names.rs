//! Logins and scopes that people cannot tell apart, or cannot see wholly.

use std::collections::HashMap;

use super::Grandfathered;
use base::naming;
use tenant::{Definitions, Scope};

/// Logins that a new user could not have.
pub(super) fn logins(definitions: &Definitions) -> Vec<Grandfathered> {
    let all = || definitions.users.iter().map(|user| user.login.as_str());
    let looks = Looks::of(all());
    let faults = all().filter_map(|login| {
        let reason = match naming::login(login) {
            Err(fault) => fault.to_string(),
            Ok(_) => looks.reason(login)?,
        };
        Some(Grandfathered {
            kind: "login",
            name: login.to_owned(),
            reason,
        })
    });
    faults.collect()
}

/// Names of the tenant's scopes that a new scope could not have.
pub(super) fn scopes(definitions: &Definitions) -> Vec<Grandfathered> {
    let own = || definitions.scopes.iter().map(|own| own.name.as_str());
    let defaults = Scope::DEFAULTS.iter().map(|scope| scope.name);
    let looks = Looks::of(own().chain(defaults));
    let faults = own().filter_map(|name| {
        let reason = match naming::check(name) {
            Err(fault) => fault.to_string(),
            Ok(()) => looks.reason(name)?,
        };
        Some(Grandfathered {
            kind: "scope",
            name: name.to_owned(),
            reason,
        })
    });
    faults.collect()
}

/// Names by what they look like.
struct Looks<'n>(HashMap<String, Vec<&'n str>>);

impl<'n> Looks<'n> {
    fn of(names: impl Iterator<Item = &'n str>) -> Self {
        let mut looks: HashMap<String, Vec<&str>> = HashMap::new();
        for name in names {
            looks.entry(naming::look(name)).or_default().push(name);
        }
        Self(looks)
    }

    /// Which other name looks the same, if any does.
    fn reason(&self, name: &str) -> Option<String> {
        let alike = self.0.get(&naming::look(name))?;
        let other = alike.iter().find(|other| **other != name)?;
        Some(format!("it looks the same as '{other}'"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use tenant::{OwnScope, User};

    #[test]
    fn names_that_a_new_one_could_not_have_are_found() {
        let mut definitions = Definitions::default();
        for (id, login) in ["Anna", "anna", "bert", "an\u{202E}a"].iter().enumerate() {
            definitions.users.put(Arc::new(User {
                id: id.to_string(),
                login: (*login).into(),
                password: None,
                scopes: Vec::new(),
                client_id: None,
                teams: Vec::new(),
                current_team: None,
                preferences: Default::default(),
                password_code: None,
                disabled: false,
                created_at: 0,
                version: 1,
            }));
        }
        for name in ["Night shift", "watcher"] {
            definitions.scopes.put(Arc::new(OwnScope {
                name: name.into(),
                description: String::new(),
                permissions: Vec::new(),
                created_at: 0,
                version: 1,
            }));
        }
        let pair = |found: Grandfathered| (found.name, found.reason);
        let found: Vec<_> = logins(&definitions).into_iter().map(pair).collect();
        let expect = [
            ("Anna", "it looks the same as 'anna'"),
            ("anna", "it looks the same as 'Anna'"),
            ("an\u{202E}a", "the character U+202E is not allowed"),
        ];
        assert_eq!(
            found,
            expect.map(|(name, reason)| (name.into(), reason.into()))
        );
        let found: Vec<_> = scopes(&definitions).into_iter().map(pair).collect();
        let expect = ("watcher".into(), "it looks the same as 'Watcher'".into());
        assert_eq!(found, [expect]);
    }
}
