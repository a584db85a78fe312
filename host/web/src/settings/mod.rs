//! Settings, a tab each.

mod alert_types;
mod gate;
mod key_table;
mod merging;
mod password;
mod preferences;
mod schema;
mod scopes;
mod sessions;
mod teams;
mod tokens;
mod users;
mod workflow;

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use maud::{Markup, html};
use tenant::Permission;

use crate::browser::SignedIn;
use crate::text::EN;

/// The pages of the settings.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/settings", get(start))
        .route("/settings/tokens", get(tokens::show).post(tokens::create))
        .route(
            "/settings/tokens/{token}/revoke",
            get(tokens::back).post(tokens::revoke),
        )
        .route(
            "/settings/password",
            get(password::show).post(password::change),
        )
        .route(
            "/settings/preferences",
            get(preferences::show).post(preferences::change),
        )
        .route("/settings/teams", get(teams::show).post(teams::create))
        .route(
            "/settings/teams/{team}/current",
            get(teams::back).post(teams::choose),
        )
        .route(
            "/settings/teams/{team}/schema",
            get(schema::show).post(schema::put),
        )
        .route(
            "/settings/teams/{team}/keys",
            get(teams::back).post(teams::generate_key),
        )
        .route(
            "/settings/teams/{team}/keys/{key}/revoke",
            get(teams::back).post(teams::revoke_key),
        )
        .route("/settings/merging", get(merging::show).post(merging::put))
        .route("/settings/promotion", get(gate::show).post(gate::put))
        .route(
            "/settings/sessions",
            get(sessions::show).post(sessions::put),
        )
        .merge(users::routes())
        .merge(scopes::routes())
        .merge(alert_types::routes())
        .merge(workflow::routes())
}

/// Leads to the first tab that the caller may open.
async fn start(SignedIn { caller, .. }: SignedIn) -> Redirect {
    Redirect::to(match caller.may(Permission::TeamRead) {
        true => "/settings/teams",
        false => "/settings/preferences",
    })
}

/// The tabs that the caller may open; `title` is that of the one that is open.
pub(crate) fn tabs(caller: &Caller, title: &str) -> Markup {
    let needs = |permission| caller.may(permission);
    let tabs = [
        (
            needs(Permission::TeamRead),
            "/settings/teams",
            EN.teams.title,
        ),
        (
            needs(Permission::UserRead),
            "/settings/users",
            EN.users.title,
        ),
        (
            needs(Permission::UserRead),
            "/settings/scopes",
            EN.scopes.title,
        ),
        (
            needs(Permission::AlertRead),
            "/settings/alert-types",
            EN.alert_types.title,
        ),
        (
            needs(Permission::WorkflowRead),
            "/settings/workflow",
            EN.workflow.title,
        ),
        (
            needs(Permission::AlertRead),
            "/settings/merging",
            EN.merging.title,
        ),
        (
            needs(Permission::RuleRead),
            "/settings/promotion",
            EN.gate.title,
        ),
        (
            needs(Permission::SessionRead),
            "/settings/sessions",
            EN.session_settings.title,
        ),
        (true, "/settings/tokens", EN.tokens.title),
        (true, "/settings/preferences", EN.preferences.title),
        (true, "/settings/password", EN.password.title),
    ];
    html! {
        nav.views aria-label=(EN.frame.settings) {
            ul {
                @for (is_open, address, name) in tabs {
                    @if is_open {
                        li { a href=(address) aria-current=[(name == title).then_some("page")] { (name) } }
                    }
                }
            }
        }
    }
}
