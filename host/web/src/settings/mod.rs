//! Settings, a tab each.

mod password;
mod preferences;
mod schema;
mod teams;
mod tokens;

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
    let may_read_teams = caller.may(Permission::TeamRead);
    let tabs = [
        (may_read_teams, "/settings/teams", EN.teams.title),
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
