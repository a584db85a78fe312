//! Who may call: every credential of every tenant, by its digest.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::Definitions;
use store::key::TenantId;

/// SHA-256 of a credential.
pub type Digest = [u8; 32];

/// Who is calling, as a credential tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Whoever has a team's API key.
    Team {
        /// The tenant.
        tenant: TenantId,
        /// The team's number.
        team: u32,
        /// The team's name.
        name: Arc<str>,
        /// The key's id.
        key: Arc<str>,
    },
    /// A user or a service.
    User {
        /// The tenant.
        tenant: TenantId,
        /// The user's id.
        id: Arc<str>,
        /// The user's login.
        login: Arc<str>,
        /// The user's scopes.
        scopes: Arc<[String]>,
        /// What the user presents.
        credential: UserCredential,
        /// The `api-clientId` that belongs to the user.
        client_id: Option<Arc<str>>,
    },
}

/// What a user presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserCredential {
    /// The access token of this id.
    Token(Arc<str>),
    /// The sign-in of this id.
    SignIn(Arc<str>),
}

struct Entry {
    caller: Caller,
    /// Microseconds since the epoch.
    expires_at: Option<i64>,
}

/// Every credential of every tenant.
#[derive(Default)]
pub struct Directory(RwLock<Entries>);

#[derive(Default)]
struct Entries {
    by_digest: HashMap<Digest, Entry>,
    of_tenant: HashMap<TenantId, Vec<Digest>>,
}

impl Directory {
    /// Who has the credential of this digest, where it is valid at `now` (microseconds since the epoch).
    pub fn find(&self, digest: &Digest, now: i64) -> Option<Caller> {
        let entries = self.0.read();
        let entry = entries.by_digest.get(digest)?;
        let expired = entry.expires_at.is_some_and(|end| end <= now);
        (!expired).then(|| entry.caller.clone())
    }

    /// Takes over a tenant's credentials as they are now. A suspended tenant has none.
    pub fn publish(&self, tenant: TenantId, definitions: &Definitions) {
        let is_suspended = definitions.tenant().is_none_or(|tenant| tenant.suspended);
        let current = if is_suspended {
            Vec::new()
        } else {
            credentials(tenant, definitions)
        };
        let mut entries = self.0.write();
        for digest in entries.of_tenant.remove(&tenant).unwrap_or_default() {
            entries.by_digest.remove(&digest);
        }
        let digests = current.iter().map(|(digest, _)| *digest).collect();
        entries.of_tenant.insert(tenant, digests);
        entries.by_digest.extend(current);
    }
}

fn credentials(tenant: TenantId, definitions: &Definitions) -> Vec<(Digest, Entry)> {
    let keys = definitions.api_keys.iter().filter_map(|key| {
        let team = definitions.teams.get(&key.team)?;
        let caller = Caller::Team {
            tenant,
            team: team.id,
            name: key.team.as_str().into(),
            key: key.id.as_str().into(),
        };
        let expires_at = key.expires_at;
        Some((key.digest, Entry { caller, expires_at }))
    });
    let of_user = |user: &str, credential: UserCredential, expires_at: Option<i64>| {
        let user = definitions.users.get(user).filter(|user| !user.disabled)?;
        let caller = Caller::User {
            tenant,
            id: user.id.as_str().into(),
            login: user.login.as_str().into(),
            scopes: user.scopes.clone().into(),
            credential,
            client_id: user.client_id.as_deref().map(Arc::from),
        };
        Some(Entry { caller, expires_at })
    };
    let tokens = definitions.tokens.iter().filter_map(|token| {
        let credential = UserCredential::Token(token.id.as_str().into());
        let entry = of_user(&token.user, credential, token.expires_at)?;
        Some((token.digest, entry))
    });
    let sign_ins = definitions.sign_ins.iter().filter_map(|sign_in| {
        let credential = UserCredential::SignIn(sign_in.id.as_str().into());
        let entry = of_user(&sign_in.user, credential, Some(sign_in.expires_at))?;
        Some((sign_in.digest, entry))
    });
    keys.chain(tokens).chain(sign_ins).collect()
}
