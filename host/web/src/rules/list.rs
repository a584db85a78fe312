//! All rules, of all teams or of one.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::request::PageRequest;
use app::rules::RuleName;
use app::rules::read;
use app::rules::stats::{self, RuleStats};
use app::rules::view::InstallView;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use domain::name::Name;
use maud::{Markup, html};
use serde::Deserialize;

use super::{shapes, statistics};
use crate::browser::SignedIn;
use crate::by_team;
use crate::elements::{empty, pages};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::EN;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    /// Only rules of this team; empty for all.
    team: String,
    cursor: Option<String>,
}

/// A rule, and what it has done where that can be read.
struct Listed {
    view: InstallView,
    stats: Option<RuleStats>,
}

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    uri: Uri,
) -> Result<Markup, Failure> {
    let query = uri.query().unwrap_or_default();
    let wanted: Wanted = serde_html_form::from_str(query).unwrap_or_default();
    let team = match &*wanted.team {
        "" => None,
        team => Some(
            Name::new(team)
                .map_err(|error| Failure::new(StatusCode::NOT_FOUND, error.to_string()))?,
        ),
    };
    let rows = usize::from(caller.preferences().rows.count());
    let page = PageRequest::new(rows, wanted.cursor.clone());
    let found = read::list_all(&app, &caller, team.as_ref(), &page)?;
    let mut listed = Vec::with_capacity(found.items.len());
    for view in found.items {
        let stats = match name_of(&view) {
            Some(rule) => stats::read(&app, &caller, rule).await.ok(),
            None => None,
        };
        listed.push(Listed { view, stats });
    }
    let list = match &*wanted.team {
        "" => "/rules".to_owned(),
        team => format!("/rules?team={team}"),
    };
    let content = html! {
        div.headed {
            h1 { (EN.rules.title) }
            (by_team::forms(&caller, EN.rules.new, EN.rules.new_for, |team| format!("/new-rule/{team}")))
        }
        (by_team::teams(&caller, "/rules", &wanted.team))
        @if listed.is_empty() {
            (empty(EN.rules.none, EN.rules.none_hint))
        } @else {
            (table(&caller, &listed))
            p.note { (EN.rules.precision_hint) }
        }
        (pages(&list, wanted.cursor.is_some(), found.next_cursor.as_deref()))
    };
    Ok(frame::page(&caller, Part::Rules, EN.rules.title, &content))
}

/// The name of an install's rule.
pub(crate) fn name_of(view: &InstallView) -> Option<RuleName> {
    let team = Name::new(&view.install.team).ok()?;
    let rule = Name::new(&view.install.rule).ok()?;
    Some(RuleName { team, rule })
}

fn table(caller: &Caller, listed: &[Listed]) -> Markup {
    let text = &EN.rules;
    let definitions = caller.definitions();
    html! {
        div.wide tabindex="0" {
            table.queue {
                thead {
                    tr {
                        th scope="col" { (text.rule) }
                        th scope="col" { (EN.queue.team) }
                        th scope="col" { (text.mode) }
                        th scope="col" { (text.plugin) }
                        th.number scope="col" { (text.evaluations) }
                        th.number scope="col" { (text.findings) }
                        th.number scope="col" { (text.open_alerts) }
                        th.number scope="col" { (text.precision) }
                        th.number scope="col" { (text.failures) }
                    }
                }
                tbody {
                    @for Listed { view, stats } in listed {
                        @let install = &view.install;
                        @let all = stats.as_ref().map(|stats| &stats.all);
                        tr {
                            th scope="row" {
                                a href={ "/rules/" (install.team) "/" (install.rule) } { (install.rule) }
                                @if stats.as_ref().is_some_and(|stats| stats.failing) {
                                    " " span.late { "! " (text.failing) }
                                }
                            }
                            td { (definitions.teams.get(&install.team).map_or(&install.team, |team| &team.title)) }
                            td { (shapes::standing(view)) }
                            td { code { (install.plugin) " " (install.version) } }
                            td.number { (statistics::count(all.and_then(|all| all.evaluations))) }
                            td.number { (statistics::count(all.map(|all| all.findings))) }
                            td.number { (statistics::count(all.map(|all| all.alerts.open))) }
                            td.number { (statistics::share(all.and_then(|all| all.precision))) }
                            td.number { (statistics::count(all.map(|all| all.failures))) }
                        }
                    }
                }
            }
        }
    }
}
