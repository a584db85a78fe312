//! Settings, a tab each.

pub(crate) mod password;
pub(crate) mod preferences;
pub(crate) mod schema;
pub(crate) mod teams;
pub(crate) mod tokens;

use app::caller::Caller;
use maud::{Markup, html};
use tenant::Permission;

use crate::text::EN;

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
