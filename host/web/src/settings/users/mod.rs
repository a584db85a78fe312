//! Settings → Users: who works here, what they may do, and to which teams they belong.

mod list;
mod one;

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::users::password_link::MakePasswordLinkError;
use app::users::passwords::HashError;
use app::users::scopes::{self, AnyScope};
use app::users::{ChangeUserError, CheckUserError, CreateUserError, ReadUserError};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use maud::{Markup, html};

use crate::elements::{Choice, ticks};
use crate::failure::{Failure, failures};
use crate::text::EN;

failures! {
    ReadUserError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchUser,
    }
    ChangeUserError {
        FORBIDDEN: Forbidden Grant ClientId OwnTeams,
        NOT_FOUND: NoSuchUser,
        PRECONDITION_FAILED: Stale,
        UNPROCESSABLE_ENTITY: Invalid,
        CONFLICT: LastAdministrator,
        SERVICE_UNAVAILABLE: Lane,
    }
    MakePasswordLinkError {
        FORBIDDEN: Forbidden Grant,
        NOT_FOUND: NoSuchUser,
        CONFLICT: Disabled Repeat,
        SERVICE_UNAVAILABLE: Lane,
    }
}

impl From<CreateUserError> for Failure {
    fn from(error: CreateUserError) -> Self {
        use CreateUserError as E;
        let status = match &error {
            E::Forbidden(_) | E::Grant(_) | E::ClientId(_) => StatusCode::FORBIDDEN,
            E::Check(CheckUserError::Invalid(_)) => StatusCode::UNPROCESSABLE_ENTITY,
            E::LoginTaken(_) => StatusCode::CONFLICT,
            E::Check(CheckUserError::Hash(HashError::Busy(_))) | E::Lane(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            E::Check(CheckUserError::Hash(_)) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

/// The pages of users.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/settings/users", get(list::show).post(list::create))
        .route("/settings/users/{user}", get(one::show).post(one::change))
        .route(
            "/settings/users/{user}/password-link",
            get(one::back).post(one::make_link),
        )
}

/// The scopes and teams that a user may have; those given are ticked.
fn choices(caller: &Caller, given: &[String], member_of: &[String]) -> Markup {
    let definitions = caller.definitions();
    let scopes = scopes::list(caller).unwrap_or_default();
    let names: Vec<&str> = scopes
        .iter()
        .map(|scope| match scope {
            AnyScope::Default(scope) => scope.name,
            AnyScope::Own(scope) => scope.name.as_str(),
        })
        .collect();
    let scopes = names.into_iter().map(|name| Choice {
        value: name,
        title: name,
        is_ticked: given.iter().any(|one| one == name),
    });
    let teams = definitions.teams.iter().map(|team| Choice {
        value: &team.name,
        title: &team.title,
        is_ticked: member_of.contains(&team.name),
    });
    html! {
        (ticks("scopes", EN.users.scopes, scopes))
        @if definitions.teams.iter().next().is_some() { (ticks("teams", EN.users.teams, teams)) }
    }
}
