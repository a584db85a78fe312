//! Who is calling, and whether they may.

use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response, StatusCode};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::app::App;
use crate::credential::CredentialKind;
use crate::directory::Caller;
use crate::http::{Presented, Problem};
use crate::lane::{Actor, Lane};
use crate::store::key::TenantId;
use crate::tenant::{Definitions, Permission, scopes_permit};

/// A user or a service of a tenant.
pub(super) struct UserCaller {
    pub(super) tenant: TenantId,
    pub(super) lane: Arc<Lane>,
    /// The user's id.
    pub(super) id: Arc<str>,
    pub(super) login: Arc<str>,
    pub(super) scopes: Arc<[String]>,
}

/// Whoever has a team's API key.
pub(super) struct TeamCaller {
    pub(super) lane: Arc<Lane>,
    /// The team's number.
    pub(super) team: u32,
    /// The team's name.
    pub(super) name: Arc<str>,
}

/// The administrator of the host.
pub(super) struct Administrator;

impl UserCaller {
    /// Refuses a caller whose scopes do not permit it.
    ///
    /// # Errors
    /// 403, naming the permission.
    pub(super) fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.may(permission) {
            Ok(())
        } else {
            Err(Problem::forbidden(permission.as_str()))
        }
    }

    /// Whether the caller's scopes permit it.
    pub(super) fn may(&self, permission: Permission) -> bool {
        scopes_permit(&self.scopes, permission)
    }

    /// What the tenant has defined.
    pub(super) fn definitions(&self) -> Arc<Definitions> {
        self.lane.definitions()
    }

    /// As the audit names the caller.
    pub(super) fn actor(&self) -> Actor {
        Actor::User {
            id: self.id.to_string(),
            login: self.login.to_string(),
        }
    }
}

async fn caller(parts: &mut Parts, app: &Arc<App>) -> Result<(Caller, Arc<Lane>), Problem> {
    let Presented(credential) = Presented::from_request_parts(parts, app).await?;
    let now = app.services.clock.now().as_micros();
    let digest = credential.digest();
    if credential.kind() == CredentialKind::HostToken {
        let known = app.is_administrator(digest.as_bytes());
        return Err(if known {
            Problem::forbidden("of a tenant's user or team; the administrator has no tenant")
        } else {
            Problem::unauthorized()
        });
    }
    let found = app.services.directory.find(digest.as_bytes(), now);
    let caller = found.ok_or_else(Problem::unauthorized)?;
    let tenant = match &caller {
        Caller::Team { tenant, .. } | Caller::User { tenant, .. } => *tenant,
    };
    let lane = app.lane(tenant).ok_or_else(Problem::unauthorized)?;
    Ok((caller, lane))
}

impl FromRequestParts<Arc<App>> for UserCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        match caller(parts, app).await? {
            (
                Caller::User {
                    tenant,
                    id,
                    login,
                    scopes,
                },
                lane,
            ) => Ok(Self {
                tenant,
                lane,
                id,
                login,
                scopes,
            }),
            (Caller::Team { .. }, _) => Err(Problem::forbidden(
                "of a user: a team's API key posts and reads its team's transactions, nothing else",
            )),
        }
    }
}

impl FromRequestParts<Arc<App>> for TeamCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        match caller(parts, app).await? {
            (Caller::Team { team, name, .. }, lane) => Ok(Self { lane, team, name }),
            (Caller::User { .. }, _) => Err(Problem::forbidden(
                "of a team: transactions are posted with a team's API key; users read them under /v1/teams/{team}/transactions",
            )),
        }
    }
}

impl FromRequestParts<Arc<App>> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Presented(credential) = Presented::from_request_parts(parts, app).await?;
        if credential.kind() == CredentialKind::HostToken {
            return if app.is_administrator(credential.digest().as_bytes()) {
                Ok(Self)
            } else {
                Err(Problem::unauthorized())
            };
        }
        // Whoever has another credential of this host is known, and may not; all others are not known.
        caller(parts, app).await?;
        Err(Problem::forbidden("of the host's administrator"))
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

documented_as_presented!(UserCaller TeamCaller Administrator);
