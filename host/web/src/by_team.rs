//! Lists of what teams have: of all teams or of one, with a form for each team that makes one more.

use app::caller::Caller;
use maud::{Markup, html};
use tenant::Permission;

use crate::elements::denied;
use crate::text::EN;

/// Links to the list at `list`: of all teams, and of each alone.
pub(crate) fn teams(caller: &Caller, list: &str, wanted: &str) -> Markup {
    let definitions = caller.definitions();
    html! {
        nav.views aria-label=(EN.teams.title) {
            ul {
                li { a href=(list) aria-current=[wanted.is_empty().then_some("page")] { (EN.rules.all_teams) } }
                @for team in definitions.teams.iter() {
                    li {
                        a href={ (list) "?team=" (team.name) } aria-current=[(team.name == wanted).then_some("page")] {
                            (team.title)
                        }
                    }
                }
            }
        }
    }
}

/// Links to the form of each team, which needs `rule:write`; `address` is that of a team's form.
pub(crate) fn forms(
    caller: &Caller,
    title: &str,
    title_for: fn(&str) -> String,
    address: impl Fn(&str) -> String,
) -> Markup {
    let definitions = caller.definitions();
    let mut teams = definitions.teams.iter().peekable();
    if !caller.may(Permission::RuleWrite) {
        return denied(title, &(EN.elements.needs)(Permission::RuleWrite.as_str()));
    }
    if teams.peek().is_none() {
        return denied(title, EN.rules.no_team);
    }
    html! {
        div.buttons {
            @for team in teams { a.button href=(address(&team.name)) { (title_for(&team.title)) } }
        }
    }
}
