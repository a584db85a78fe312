//! Who is calling, and whether they may.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response, StatusCode};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::alert::{Person, Viewer};

use crate::http::{Presented, Problem};
use app::App;
use engine::alert::Disclosure;
use engine::lane::{Actor, Change, ChangeError, Lane};
use store::key::TenantId;
use tenant::credential::CredentialKind;
use tenant::directory::Caller;
use tenant::{Authority, Definitions, Permission, PermissionSet, User};

/// A user or a service of a tenant.
pub(super) struct UserCaller {
    pub(super) tenant: TenantId,
    pub(super) lane: Arc<Lane>,
    /// The user's id.
    pub(super) id: Arc<str>,
    pub(super) login: Arc<str>,
    pub(super) scopes: Arc<[String]>,
    /// The id of the token that the request presents.
    pub(super) token: Arc<str>,
    /// The `api-clientId` that belongs to the user.
    pub(super) client_id: Option<Arc<str>>,
    /// What the request was admitted for, as the bits of a [`PermissionSet`].
    needs: AtomicU64,
}

/// Whoever has a team's API key.
pub(super) struct TeamCaller {
    pub(super) lane: Arc<Lane>,
    /// The team's number.
    pub(super) team: u32,
    /// The team's name.
    pub(super) name: Arc<str>,
    /// The id of the key.
    pub(super) key: Arc<str>,
}

/// The administrator of the host.
pub(super) struct Administrator;

/// Whoever it is.
pub(super) enum AnyCaller {
    User(UserCaller),
    Team(TeamCaller),
    Administrator,
}

impl UserCaller {
    /// Refuses a caller whose scopes do not permit it. What the caller changes is refused, too, where the permission
    /// was taken away before the change takes its place in the lane.
    ///
    /// # Errors
    /// 403, naming the permission.
    pub(super) fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.may(permission) {
            let needed = PermissionSet::of(permission).bits();
            self.needs.fetch_or(needed, Ordering::Relaxed);
            Ok(())
        } else {
            Err(Problem::forbidden(permission.as_str()))
        }
    }

    /// Whether the caller's scopes permit it.
    pub(super) fn may(&self, permission: Permission) -> bool {
        self.definitions().permit(&self.scopes, permission)
    }

    /// Whether the caller may see masked fields, and what rules made of them.
    pub(super) fn viewer(&self) -> Viewer {
        match self.may(Permission::TransactionSensitive) {
            true => Viewer::Full,
            false => Viewer::Masked,
        }
    }

    /// What the caller sees of what rules wrote.
    pub(super) fn disclosure(&self) -> Disclosure {
        Disclosure::new(self.viewer(), self.definitions())
    }

    /// What the tenant has defined.
    pub(super) fn definitions(&self) -> Arc<Definitions> {
        self.lane.definitions()
    }

    /// Up to which position the tenant is durable. A lane that was not read yet is read first, since
    /// how far it reaches is known only then.
    ///
    /// # Errors
    /// 503 where it cannot be read.
    pub(super) async fn position(&self) -> Result<u64, Problem> {
        if self.lane.position() == 0 {
            self.lane.load().await?;
        }
        Ok(self.lane.position())
    }

    /// As the audit names the caller.
    pub(super) fn actor(&self) -> Actor {
        Actor::User {
            id: self.id.to_string(),
            login: self.login.to_string(),
        }
    }
}

impl UserCaller {
    /// On whose authority the request acts, with every permission that it was admitted for so far.
    pub(super) fn authority(&self) -> Authority {
        Authority::Token {
            id: self.token.clone(),
            user: self.id.clone(),
            needs: self.needs(),
        }
    }

    /// The permissions that the request was admitted for so far.
    pub(super) fn needs(&self) -> PermissionSet {
        PermissionSet::from_bits(self.needs.load(Ordering::Relaxed))
    }

    /// Makes a change in the tenant's lane, unless the caller's authority was revoked before its turn.
    ///
    /// # Errors
    /// Where the change refuses itself, the lane cannot make it, or the authority was revoked.
    pub(super) async fn change<T, E, F>(&self, change: F) -> Result<T, ChangeError<E>>
    where
        F: FnOnce(&mut Change<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        self.lane.change_as(self.authority(), change).await
    }

    /// As [`change`](Self::change), but before everything that waits in the lane, transactions too.
    ///
    /// # Errors
    /// Where the change refuses itself, the lane cannot make it, or the authority was revoked.
    pub(super) async fn change_ahead<T, E, F>(&self, change: F) -> Result<T, ChangeError<E>>
    where
        F: FnOnce(&mut Change<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        self.lane.change_ahead(self.authority(), change).await
    }

    /// Checks that nothing of the caller's authority was revoked since the request arrived.
    ///
    /// # Errors
    /// 401, or 403 where the scopes permit it no more.
    pub(super) fn check_again(&self) -> Result<(), Problem> {
        Ok(self.lane.check(&self.authority())?)
    }
}

/// The user that an id of a caller is of, as a change finds it in the lane.
///
/// # Errors
/// 401 where there is no such user any more.
pub(super) fn user_in(definitions: &Definitions, id: &str) -> Result<Arc<User>, Problem> {
    let user = definitions.users.get(id).cloned();
    user.ok_or_else(Problem::unauthorized)
}

impl TeamCaller {
    /// On whose authority the request acts.
    pub(super) fn authority(&self) -> Authority {
        Authority::Key {
            id: self.key.clone(),
        }
    }
}

impl UserCaller {
    /// As what the caller writes names the caller.
    pub(super) fn person(&self) -> Person {
        Person {
            id: self.id.to_string(),
            login: self.login.to_string(),
        }
    }
}

impl FromRequestParts<Arc<App>> for AnyCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Presented(credential) = Presented::from_request_parts(parts, app).await?;
        let now = app.services.clock.now().as_micros();
        let digest = credential.digest();
        if credential.kind() == CredentialKind::HostToken {
            let is_known = app.is_administrator(digest.as_bytes());
            return is_known
                .then_some(Self::Administrator)
                .ok_or_else(Problem::unauthorized);
        }
        let found = app.services.directory.find(digest.as_bytes(), now);
        let caller = found.ok_or_else(Problem::unauthorized)?;
        let (Caller::Team { tenant, .. } | Caller::User { tenant, .. }) = caller;
        let lane = app.lane(tenant).ok_or_else(Problem::unauthorized)?;
        Ok(match caller {
            Caller::User {
                id,
                login,
                scopes,
                token,
                client_id,
                ..
            } => Self::User(UserCaller {
                tenant,
                lane,
                id,
                login,
                scopes,
                token,
                client_id,
                needs: AtomicU64::default(),
            }),
            Caller::Team {
                team, name, key, ..
            } => Self::Team(TeamCaller {
                lane,
                team,
                name,
                key,
            }),
        })
    }
}

impl FromRequestParts<Arc<App>> for UserCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        match AnyCaller::from_request_parts(parts, app).await? {
            AnyCaller::User(caller) => Ok(caller),
            AnyCaller::Team(_) => Err(Problem::forbidden(
                "of a user: a team's API key posts and reads its team's transactions, nothing else",
            )),
            AnyCaller::Administrator => Err(Problem::forbidden(
                "of a user of a tenant; the administrator has no tenant",
            )),
        }
    }
}

impl FromRequestParts<Arc<App>> for TeamCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        match AnyCaller::from_request_parts(parts, app).await? {
            AnyCaller::Team(caller) => Ok(caller),
            AnyCaller::User(_) => Err(Problem::forbidden(
                "of a team: transactions are posted with a team's API key; users read them under /v1/teams/{team}/transactions",
            )),
            AnyCaller::Administrator => Err(Problem::forbidden(
                "of a team; the administrator has no tenant",
            )),
        }
    }
}

impl FromRequestParts<Arc<App>> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        match AnyCaller::from_request_parts(parts, app).await? {
            AnyCaller::Administrator => Ok(Self),
            AnyCaller::User(_) | AnyCaller::Team(_) => {
                Err(Problem::forbidden("of the host's administrator"))
            }
        }
    }
}

macro_rules! documented_as_presented {
    ($($caller:ident)*) => {$(
        impl OperationInput for $caller {
            fn operation_input(context: &mut GenContext, operation: &mut Operation) {
                Presented::operation_input(context, operation);
            }

            fn inferred_early_responses(
                context: &mut GenContext,
                operation: &mut Operation,
            ) -> Vec<(Option<StatusCode>, Response)> {
                Presented::inferred_early_responses(context, operation)
            }
        }
    )*};
}

documented_as_presented!(UserCaller TeamCaller Administrator AnyCaller);
