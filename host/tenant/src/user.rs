//! Tenants and their users.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Definitions;
use super::credential::Credential;
use super::preferences::Preferences;
use base::naming;
use domain::time::Timestamp;
use subtle::ConstantTimeEq;

/// An organisation; owns everything else that is defined.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tenant {
    /// Rising; the first part of each of its keys in the store.
    pub id: u64,
    /// By which the administrator calls it.
    pub name: String,
    /// For people.
    pub title: String,
    /// IANA name.
    pub timezone: String,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// A suspended tenant's credentials are refused; nothing of it is lost.
    pub suspended: bool,
    /// Random, for the keyed hashes of sensitive fields; never shown.
    pub hash_key: [u8; 32],
}

impl Tenant {
    pub(super) fn definition_key(&self) -> String {
        self.name.clone()
    }
}

/// A person or a service of the tenant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    /// UUIDv7.
    pub id: String,
    /// Unique within the tenant.
    pub login: String,
    /// argon2id in PHC form; none for a service.
    pub password: Option<String>,
    /// Lets the user set a password once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_code: Option<PasswordCode>,
    /// Roles such as `AML Analyst`.
    pub scopes: Vec<String>,
    /// The `api-clientId` under which the user's calls of sessions are; nobody can claim another.
    #[serde(default)]
    pub client_id: Option<String>,
    /// The names of the teams that the user is a member of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
    /// The team that the user is working for now; one of `teams`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_team: Option<String>,
    /// How the user likes the pages to be.
    #[serde(default, skip_serializing_if = "Preferences::is_default")]
    pub preferences: Preferences,
    /// A disabled user's tokens are refused.
    pub disabled: bool,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// Rises with each change; the `ETag`.
    pub version: u64,
}

/// A code with which a user sets a password, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordCode {
    /// SHA-256 of the code.
    pub digest: [u8; 32],
    /// From then on it is refused; microseconds since the epoch.
    pub expires_at: i64,
}

impl PasswordCode {
    /// Whether this is the code, and it is good at this moment.
    pub fn admits(&self, code: &Credential, at: Timestamp) -> bool {
        let is_same: bool = code.digest().as_bytes().ct_eq(&self.digest).into();
        is_same && at.as_micros() < self.expires_at
    }
}

impl User {
    pub(super) fn definition_key(&self) -> String {
        self.id.clone()
    }
}

impl User {
    /// The team that the user is working for now: the one that the user chose, or else the first.
    pub fn current_team(&self) -> Option<&str> {
        let chosen = self.current_team.as_ref();
        let chosen = chosen.filter(|chosen| self.teams.contains(chosen));
        chosen.or(self.teams.first()).map(String::as_str)
    }
}

impl Definitions {
    /// The user of a login, however it is written: the one who has exactly this login, or else the only one whose login
    /// looks the same.
    pub fn user_named(&self, login: &str) -> Option<&Arc<User>> {
        let exact = self.users.iter().find(|user| user.login == login);
        exact.or_else(|| {
            let look = naming::look(login);
            let mut alike = self
                .users
                .iter()
                .filter(|user| naming::look(&user.login) == look);
            let only = alike.next()?;
            alike.next().is_none().then_some(only)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_found_as_it_is_or_by_its_look_where_that_is_one() {
        let mut definitions = Definitions::default();
        for (id, login) in [("1", "Anna"), ("2", "anna"), ("3", "Bert")] {
            definitions.users.put(Arc::new(User {
                id: id.into(),
                login: login.into(),
                password: None,
                password_code: None,
                scopes: Vec::new(),
                client_id: None,
                teams: Vec::new(),
                current_team: None,
                preferences: Preferences::default(),
                disabled: false,
                created_at: 0,
                version: 1,
            }));
        }
        let check = |login: &str, expect: Option<&str>| {
            let found = definitions.user_named(login).map(|user| user.id.as_str());
            assert_eq!(found, expect, "{login}");
        };
        check("Anna", Some("1"));
        check("anna", Some("2"));
        check("ANNA", None);
        check("BERT", Some("3"));
        check("ｂｅｒｔ", Some("3"));
        check("carl", None);
    }
}
