//! On whose authority something is done.
//!
//! A request is admitted when it arrives, and what it asks for takes its place in the tenant's order later: after
//! its body was read, or a background job had its turn. [`Authority::check`] is asked again at that place, so that
//! nothing is sequenced after the revocation of the credential that asked for it.

use std::sync::Arc;

use domain::time::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Definitions, Permission, SignIn};

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PermissionSet(u64);

const _: () = assert!(Permission::ALL.len() <= u64::BITS as usize);

impl PermissionSet {
    /// The set of one permission.
    pub fn of(permission: Permission) -> Self {
        Self(1 << permission as u64)
    }

    /// The permissions of both sets.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set as bits, for an atomic cell.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// The set of [`bits`](Self::bits).
    pub fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// All of them, in the order of [`Permission::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        let all = Permission::ALL.iter().copied();
        all.filter(move |permission| self.0 & Self::of(*permission).0 != 0)
    }
}

/// Stored as a list of names.
impl Serialize for PermissionSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Permission::as_str))
    }
}

impl<'de> Deserialize<'de> for PermissionSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        names.iter().try_fold(Self::default(), |set, name| {
            let permission = Permission::parse(name);
            let permission = permission
                .ok_or_else(|| D::Error::custom(format!("there is no permission '{name}'")))?;
            Ok(set.union(Self::of(permission)))
        })
    }
}

/// On whose authority something is done.
#[derive(Clone, Debug)]
pub enum Authority {
    /// The host itself, or its administrator: never revoked.
    Host,
    /// A team's API key.
    Key {
        /// The key's id.
        id: Arc<str>,
    },
    /// A user's access token.
    Token {
        /// The token's id.
        id: Arc<str>,
        /// The user's id.
        user: Arc<str>,
        /// What the request was admitted for.
        needs: PermissionSet,
    },
    /// A browser in which a user is signed in.
    SignIn {
        /// The sign-in's id.
        id: Arc<str>,
        /// The user's id.
        user: Arc<str>,
        /// What the request was admitted for.
        needs: PermissionSet,
    },
    /// A user whose work goes on without a request.
    User {
        /// The user's id.
        id: Arc<str>,
        /// What the work was admitted for.
        needs: PermissionSet,
    },
}

/// Why an authority no longer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Revoked {
    /// The tenant is suspended.
    #[error("the tenant is suspended")]
    Tenant,
    /// The key or token was revoked, or has expired.
    #[error("the credential was revoked or has expired")]
    Credential,
    /// The user was disabled.
    #[error("the user was disabled")]
    User,
    /// The user's scopes permit it no more.
    #[error("the user no longer has the permission '{0}'")]
    Permission(Permission),
}

impl Authority {
    /// Checks that the authority still holds at this moment, by the definitions as they are then.
    ///
    /// # Errors
    /// Where the tenant, the credential, the user or a permission was taken away.
    pub fn check(&self, definitions: &Definitions, at: Timestamp) -> Result<(), Revoked> {
        if matches!(self, Self::Host) {
            return Ok(());
        }
        if definitions.tenant().is_none_or(|tenant| tenant.suspended) {
            return Err(Revoked::Tenant);
        }
        let is_live = |end: Option<i64>| end.is_none_or(|end| at.as_micros() < end);
        match self {
            Self::Host => Ok(()),
            Self::Key { id } => {
                let key = definitions.api_keys.get(id);
                let key = key.filter(|key| is_live(key.expires_at));
                key.map(|_| ()).ok_or(Revoked::Credential)
            }
            Self::Token { id, user, needs } => {
                let token = definitions.tokens.get(id);
                let token =
                    token.filter(|token| *token.user == **user && is_live(token.expires_at));
                token.ok_or(Revoked::Credential)?;
                check_user(definitions, user, *needs)
            }
            Self::SignIn { id, user, needs } => {
                let sign_in = definitions.sign_ins.get(id);
                let is_good =
                    |sign_in: &&Arc<SignIn>| *sign_in.user == **user && !sign_in.has_expired(at);
                sign_in.filter(is_good).ok_or(Revoked::Credential)?;
                check_user(definitions, user, *needs)
            }
            Self::User { id, needs } => check_user(definitions, id, *needs),
        }
    }
}

fn check_user(definitions: &Definitions, user: &str, needs: PermissionSet) -> Result<(), Revoked> {
    let user = definitions.users.get(user).filter(|user| !user.disabled);
    let user = user.ok_or(Revoked::User)?;
    let mut needs = needs.iter();
    match needs.find(|permission| !definitions.permit(&user.scopes, *permission)) {
        None => Ok(()),
        Some(missing) => Err(Revoked::Permission(missing)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ApiKey, Tenant, Token, User};

    fn definitions() -> Definitions {
        let mut definitions = Definitions::default();
        definitions.tenants.put(Arc::new(Tenant {
            id: 1,
            name: "athora".into(),
            title: String::new(),
            timezone: "UTC".into(),
            created_at: 0,
            suspended: false,
            hash_key: [0; 32],
        }));
        definitions.users.put(Arc::new(User {
            id: "u".into(),
            login: "anna".into(),
            password: None,
            scopes: vec!["Watcher".into()],
            client_id: None,
            teams: Vec::new(),
            current_team: None,
            preferences: Default::default(),
            password_code: None,
            disabled: false,
            created_at: 0,
            version: 1,
        }));
        definitions.tokens.put(Arc::new(Token {
            id: "t".into(),
            user: "u".into(),
            name: String::new(),
            prefix: String::new(),
            digest: [0; 32],
            created_at: 0,
            expires_at: Some(10),
            parent: None,
        }));
        definitions.api_keys.put(Arc::new(ApiKey {
            id: "k".into(),
            team: "fraud".into(),
            name: None,
            prefix: String::new(),
            digest: [1; 32],
            created_at: 0,
            expires_at: Some(10),
        }));
        definitions
    }

    fn needs(permission: Permission) -> PermissionSet {
        PermissionSet::of(permission)
    }

    fn token(permission: Permission) -> Authority {
        Authority::Token {
            id: "t".into(),
            user: "u".into(),
            needs: needs(permission),
        }
    }

    #[test]
    fn an_authority_holds_until_something_of_it_is_taken_away() {
        let check = |authority: &Authority, at: i64, change: &dyn Fn(&mut Definitions)| {
            let mut definitions = definitions();
            change(&mut definitions);
            authority.check(&definitions, Timestamp::from_micros(at))
        };
        let nothing = |_: &mut Definitions| {};
        let key = Authority::Key { id: "k".into() };
        let user = Authority::User {
            id: "u".into(),
            needs: needs(Permission::AlertRead),
        };
        let token_of = token(Permission::AlertRead);
        for authority in [&key, &user, &token_of, &Authority::Host] {
            assert_eq!(check(authority, 9, &nothing), Ok(()), "{authority:?}");
        }
        for authority in [&key, &token_of] {
            let expired = check(authority, 10, &nothing);
            assert_eq!(expired, Err(Revoked::Credential), "{authority:?}");
        }
        assert_eq!(check(&user, 10, &nothing), Ok(()));
        let revoke = |definitions: &mut Definitions| {
            definitions.tokens.remove("t");
            definitions.api_keys.remove("k");
        };
        assert_eq!(check(&key, 9, &revoke), Err(Revoked::Credential));
        assert_eq!(check(&token_of, 9, &revoke), Err(Revoked::Credential));
        let change_user = |change: fn(&mut User)| {
            move |definitions: &mut Definitions| {
                let mut user = User::clone(definitions.users.get("u").expect("a user"));
                change(&mut user);
                definitions.users.put(Arc::new(user));
            }
        };
        let disable = change_user(|user| user.disabled = true);
        let demote = change_user(|user| user.scopes = vec!["Integrator".into()]);
        for authority in [&user, &token_of] {
            assert_eq!(check(authority, 9, &disable), Err(Revoked::User));
            let missing = Revoked::Permission(Permission::AlertRead);
            assert_eq!(check(authority, 9, &demote), Err(missing));
        }
        let suspend = |definitions: &mut Definitions| {
            let mut tenant = Tenant::clone(definitions.tenant().expect("a tenant"));
            tenant.suspended = true;
            definitions.tenants.put(Arc::new(tenant));
        };
        for authority in [&key, &user, &token_of] {
            assert_eq!(check(authority, 9, &suspend), Err(Revoked::Tenant));
        }
        assert_eq!(check(&Authority::Host, 9, &suspend), Ok(()));
    }

    #[test]
    fn a_set_of_permissions_is_stored_by_name() {
        let set = needs(Permission::AuditRead).union(needs(Permission::AlertRead));
        let stored = serde_json::to_string(&set).expect("a list");
        assert_eq!(stored, r#"["incident_case:read","audit:read"]"#);
        let read: PermissionSet = serde_json::from_str(&stored).expect("a set");
        assert_eq!(read, set);
        assert_eq!(PermissionSet::from_bits(set.bits()), set);
        assert!(serde_json::from_str::<PermissionSet>(r#"["x:read"]"#).is_err());
    }
}
