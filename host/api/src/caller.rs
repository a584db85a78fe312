//! Who is calling, and whether they may.

use std::ops::Deref;
use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response, StatusCode};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::http::{Presented, Problem};
use app::App;
use app::caller::{Admitted, Caller, Forbidden};
use tenant::credential::CredentialKind;
use tenant::directory;

/// A user or a service of a tenant, as a request presents them.
pub(super) struct UserCaller(pub(super) Caller);

impl Deref for UserCaller {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

/// Whoever has a team's API key, as a request presents it.
pub(super) struct TeamCaller(pub(super) app::caller::TeamCaller);

impl Deref for TeamCaller {
    type Target = app::caller::TeamCaller;

    fn deref(&self) -> &app::caller::TeamCaller {
        &self.0
    }
}

/// The administrator of the host.
pub(super) struct Administrator(pub(super) app::caller::Administrator);

/// Whoever it is.
pub(super) enum AnyCaller {
    User(UserCaller),
    Team(TeamCaller),
    Administrator(Administrator),
}

impl From<Forbidden> for Problem {
    fn from(Forbidden(permission): Forbidden) -> Self {
        Self::forbidden(permission.as_str())
    }
}

impl FromRequestParts<Arc<App>> for AnyCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Presented(credential) = Presented::from_request_parts(parts, app).await?;
        let now = app.services.clock.now().as_micros();
        let digest = credential.digest();
        if credential.kind() == CredentialKind::HostToken {
            let administrator = app.administrator(digest.as_bytes());
            let administrator = administrator.ok_or_else(Problem::unauthorized)?;
            return Ok(Self::Administrator(Administrator(administrator)));
        }
        let found = app.services.directory.find(digest.as_bytes(), now);
        let caller = found.ok_or_else(Problem::unauthorized)?;
        let (directory::Caller::Team { tenant, .. } | directory::Caller::User { tenant, .. }) =
            caller;
        let lane = app.lane(tenant).ok_or_else(Problem::unauthorized)?;
        Ok(match caller {
            directory::Caller::User {
                id,
                login,
                scopes,
                credential,
                client_id,
                ..
            } => Self::User(UserCaller(Caller {
                tenant,
                lane,
                id,
                login,
                scopes,
                credential,
                client_id,
                admitted: Admitted::default(),
            })),
            directory::Caller::Team {
                team, name, key, ..
            } => Self::Team(TeamCaller(app::caller::TeamCaller {
                lane,
                team,
                name,
                key,
            })),
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
            AnyCaller::Administrator(_) => Err(Problem::forbidden(
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
            AnyCaller::Administrator(_) => Err(Problem::forbidden(
                "of a team; the administrator has no tenant",
            )),
        }
    }
}

impl FromRequestParts<Arc<App>> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        match AnyCaller::from_request_parts(parts, app).await? {
            AnyCaller::Administrator(administrator) => Ok(administrator),
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
