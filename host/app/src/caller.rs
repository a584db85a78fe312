//! Who asks, and whether they may.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::alert::{Person, Viewer};

use subtle::ConstantTimeEq;

use crate::App;
use engine::alert::Disclosure;
use engine::lane::{Actor, Change, ChangeError, Lane, LaneError};
use store::key::TenantId;
use tenant::directory::{Digest, UserCredential};
use tenant::{Authority, Definitions, Permission, PermissionSet, Preferences, Revoked};

/// The scopes of the caller do not permit it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("your scopes do not permit {}", .0.as_str())]
pub struct Forbidden(pub Permission);

/// A user or a service of a tenant who asks for something.
pub struct Caller {
    /// The tenant.
    pub tenant: TenantId,
    /// The tenant's lane.
    pub lane: Arc<Lane>,
    /// The user's id.
    pub id: Arc<str>,
    /// The user's login.
    pub login: Arc<str>,
    /// The user's scopes, by name.
    pub scopes: Arc<[String]>,
    /// What the request presents.
    pub credential: UserCredential,
    /// The `api-clientId` that belongs to the user.
    pub client_id: Option<Arc<str>>,
    /// What was admitted so far.
    pub admitted: Admitted,
}

/// Whoever has a team's API key.
pub struct TeamCaller {
    /// The lane of the team's tenant.
    pub lane: Arc<Lane>,
    /// The team's number.
    pub team: u32,
    /// The team's name.
    pub name: Arc<str>,
    /// The id of the key.
    pub key: Arc<str>,
}

/// Whoever administers the host. Only [`App::administrator`] makes one.
#[derive(Clone, Copy, Debug)]
pub struct Administrator(());

impl App {
    /// The administrator, where this is the digest of the administrator token.
    pub fn administrator(&self, digest: &Digest) -> Option<Administrator> {
        let is_known: bool = self.administrator.ct_eq(digest).into();
        is_known.then_some(Administrator(()))
    }
}

/// The permissions that a request was admitted for so far.
#[derive(Debug, Default)]
pub struct Admitted(AtomicU64);

impl Caller {
    /// The same caller, admitted for what this one was so far: for work that outlives the request.
    pub fn again(&self) -> Self {
        Self {
            tenant: self.tenant,
            lane: self.lane.clone(),
            id: self.id.clone(),
            login: self.login.clone(),
            scopes: self.scopes.clone(),
            credential: self.credential.clone(),
            client_id: self.client_id.clone(),
            admitted: Admitted(AtomicU64::new(self.needs().bits())),
        }
    }

    /// Refuses a caller whose scopes do not permit it. What the caller changes is refused, too, where the permission
    /// was taken away before the change takes its place in the lane.
    ///
    /// # Errors
    /// Names the permission.
    pub fn require(&self, permission: Permission) -> Result<(), Forbidden> {
        if self.may(permission) {
            let needed = PermissionSet::of(permission).bits();
            self.admitted.0.fetch_or(needed, Ordering::Relaxed);
            Ok(())
        } else {
            Err(Forbidden(permission))
        }
    }

    /// Whether the caller's scopes permit it.
    pub fn may(&self, permission: Permission) -> bool {
        self.definitions().permit(&self.scopes, permission)
    }

    /// Whether the caller may see masked fields, and what rules made of them.
    pub fn viewer(&self) -> Viewer {
        match self.may(Permission::TransactionSensitive) {
            true => Viewer::Full,
            false => Viewer::Masked,
        }
    }

    /// What the caller sees of what rules wrote.
    pub fn disclosure(&self) -> Disclosure {
        Disclosure::new(self.viewer(), self.definitions())
    }

    /// What the tenant has defined.
    pub fn definitions(&self) -> Arc<Definitions> {
        self.lane.definitions()
    }

    /// How the caller likes the pages to be.
    pub fn preferences(&self) -> Preferences {
        let definitions = self.definitions();
        let user = definitions.users.get(&self.id);
        user.map(|user| user.preferences.clone())
            .unwrap_or_default()
    }

    /// Up to which position the tenant is durable. A lane that was not read yet is read first, since
    /// how far it reaches is known only then.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub async fn position(&self) -> Result<u64, LaneError> {
        if self.lane.position() == 0 {
            self.lane.load().await?;
        }
        Ok(self.lane.position())
    }

    /// As the audit names the caller.
    pub fn actor(&self) -> Actor {
        Actor::User {
            id: self.id.to_string(),
            login: self.login.to_string(),
        }
    }

    /// On whose authority the request acts, with every permission that it was admitted for so far.
    pub fn authority(&self) -> Authority {
        let (user, needs) = (self.id.clone(), self.needs());
        match &self.credential {
            UserCredential::Token(id) => {
                let id = id.clone();
                Authority::Token { id, user, needs }
            }
            UserCredential::SignIn(id) => {
                let id = id.clone();
                Authority::SignIn { id, user, needs }
            }
        }
    }

    /// The permissions that the request was admitted for so far.
    pub fn needs(&self) -> PermissionSet {
        PermissionSet::from_bits(self.admitted.0.load(Ordering::Relaxed))
    }

    /// Makes a change in the tenant's lane, unless the caller's authority was revoked before its turn.
    ///
    /// # Errors
    /// Where the change refuses itself, the lane cannot make it, or the authority was revoked.
    pub async fn change<T, E, F>(&self, change: F) -> Result<T, E>
    where
        F: FnOnce(&mut Change<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<LaneError> + Send + 'static,
    {
        let changed = self.lane.change_as(self.authority(), change).await;
        changed.map_err(refusal)
    }

    /// As [`change`](Self::change), but before everything that waits in the lane, transactions too.
    ///
    /// # Errors
    /// Where the change refuses itself, the lane cannot make it, or the authority was revoked.
    pub async fn change_ahead<T, E, F>(&self, change: F) -> Result<T, E>
    where
        F: FnOnce(&mut Change<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<LaneError> + Send + 'static,
    {
        let changed = self.lane.change_ahead(self.authority(), change).await;
        changed.map_err(refusal)
    }

    /// Checks that nothing of the caller's authority was revoked since the request arrived.
    ///
    /// # Errors
    /// What was revoked.
    pub fn check_again(&self) -> Result<(), Revoked> {
        self.lane.check(&self.authority())
    }

    /// As what the caller writes names the caller.
    pub fn person(&self) -> Person {
        Person {
            id: self.id.to_string(),
            login: self.login.to_string(),
        }
    }
}

impl TeamCaller {
    /// On whose authority the request acts.
    pub fn authority(&self) -> Authority {
        Authority::Key {
            id: self.key.clone(),
        }
    }
}

/// The error of a change, whoever refused it.
pub(crate) fn refusal<E: From<LaneError>>(error: ChangeError<E>) -> E {
    match error {
        ChangeError::Refused(error) => error,
        ChangeError::Lane(error) => error.into(),
    }
}
