//! The queue: the alerts of a view, the newest first; of those that are overdue, the one that waits longest.

use std::sync::Arc;

use app::App;
use app::alerts::search::{self, AlertPage};
use app::alerts::seen::SeenAlert;
use app::alerts::take_next;
use app::caller::Caller;
use app::published::formatters;
use app::request::{Once, PageRequest};
use app::users::login_of;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Redirect;
use domain::rule::Level;
use domain::time::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{Definitions, Permission};

use super::filter::{Filter, View};
use super::shapes;
use crate::browser::SignedIn;
use crate::elements::{denied, empty, pages};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::once::once;
use crate::text::{EN, grouped};
use crate::when::{Zone, apart};

/// What an address of the queue may say besides the filter.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Place {
    cursor: Option<String>,
    took: Option<Took>,
}

/// What taking the next alert led to, if not to an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Took {
    Nothing,
}

/// Takes the most urgent alert of the queue, and opens it.
pub(crate) async fn take(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    uri: Uri,
) -> Result<Redirect, Failure> {
    let filter = Filter::read(uri.query().unwrap_or_default(), &caller)?;
    let wanted = filter.filters(&caller);
    let taken = take_next::take_next(&app, &caller, &wanted, Once::unkeyed()).await?;
    Ok(Redirect::to(&match taken {
        Some(full) => format!("/alerts/{}?{}", full.alert.id, filter.query()),
        None => format!("/alerts?{}&took=nothing", filter.query()),
    }))
}

/// Leads back to the queue.
pub(crate) async fn back(uri: Uri) -> Redirect {
    let query = uri.query().map(|query| format!("?{query}"));
    Redirect::to(&format!("/alerts{}", query.unwrap_or_default()))
}

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    uri: Uri,
) -> Result<Markup, Failure> {
    let query = uri.query().unwrap_or_default();
    let filter = Filter::read(query, &caller)?;
    let place: Place = serde_html_form::from_str(query).unwrap_or_default();
    let rows = usize::from(caller.preferences().rows.count());
    let page = PageRequest::new(rows, place.cursor.clone());
    let sort = filter.order();
    let found = search::search(&app, &caller, &filter.filters(&caller), sort, &page).await?;
    let counts = counts(&app, &caller).await;
    let now = app.services.clock.now();
    let list = format!("/alerts?{}", filter.query());
    let content = html! {
        div.headed {
            h1 { (EN.queue.title) }
            (buttons(&caller, &filter))
        }
        @if place.took == Some(Took::Nothing) { p.done role="status" { (EN.queue.nothing_to_take) } }
        (views(&filter, &counts))
        div.tools {
            (form(&caller, &filter))
            (export(&caller, &filter))
        }
        @if let Some(incomplete) = &found.incomplete {
            p.alarm role="status" { ((EN.queue.incomplete)(incomplete.searched, incomplete.of)) }
        }
        (table(&caller, &filter, &found, now))
        (pages(&list, place.cursor.is_some(), found.page.next_cursor.as_deref()))
    };
    Ok(frame::page(&caller, Part::Alerts, EN.queue.title, &content))
}

/// How many alerts each view has, in their order; none where they cannot be counted now.
async fn counts(app: &Arc<App>, caller: &Caller) -> Vec<u64> {
    let of_view = |view| Filter::of_view(view).filters(caller);
    let views = View::ALL.map(of_view);
    let counted = search::count_lists(app, caller, &views).await;
    counted.unwrap_or_default()
}

fn views(filter: &Filter, counts: &[u64]) -> Markup {
    html! {
        nav.views aria-label=(EN.queue.views) {
            ul {
                @for (at, view) in View::ALL.into_iter().enumerate() {
                    li {
                        a href={ "/alerts?" (Filter::of_view(view).query()) }
                            aria-current=[(view == filter.view).then_some("page")] {
                            (view.title())
                            @if let Some(count) = counts.get(at) { " " span.count { (grouped(*count)) } }
                        }
                    }
                }
            }
        }
    }
}

/// What makes an alert, and what takes the most urgent one.
fn buttons(caller: &Caller, filter: &Filter) -> Markup {
    html! {
        @if caller.may(Permission::AlertWrite) {
            div.buttons {
                a.button href="/alerts/new" { (EN.new_alert.title) }
                @if filter.view != View::Closed {
                    form action=(once(&format!("/alerts/take-next?{}", filter.query()))) method="post" {
                        button.primary type="submit" data-key="n" { (EN.queue.take_next) }
                    }
                }
            }
        }
    }
}

fn form(caller: &Caller, filter: &Filter) -> Markup {
    let text = &EN.queue;
    let definitions = caller.definitions();
    let workflow = definitions.workflow();
    let within = filter.view.states(&workflow);
    let levels = match filter.view {
        View::High => &[Level::High][..],
        _ => &[Level::High, Level::Medium, Level::Low],
    };
    html! {
        form.filters action="/alerts" method="get" {
            input type="hidden" name="view" value=(view_name(filter.view));
            div {
                label for="words" { (text.words) }
                input #words type="search" name="q" maxlength="200" value=(filter.q);
            }
            div {
                label for="state" { (text.state) }
                select #state name="state" {
                    option value="" { (text.any) }
                    @for state in workflow.states().iter().filter(|state| within.contains(&state.name)) {
                        option value=(state.name) selected[state.name == filter.state] { (state.title) }
                    }
                }
            }
            div {
                label for="severity" { (text.severity) }
                select #severity name="severity" {
                    option value="" { (text.any) }
                    @for level in levels {
                        option value=(level.as_str()) selected[level.as_str() == filter.severity] { (level.as_str()) }
                    }
                }
            }
            div {
                label for="team" { (text.team) }
                select #team name="team" {
                    option value="" { (text.any) }
                    @for team in definitions.teams.iter() {
                        option value=(team.name) selected[team.name == filter.team] { (team.title) }
                    }
                }
            }
            button type="submit" { (text.filter) }
        }
    }
}

fn view_name(view: View) -> String {
    let query = Filter::of_view(view).query();
    query.trim_start_matches("view=").to_owned()
}

fn table(caller: &Caller, filter: &Filter, found: &AlertPage, now: Timestamp) -> Markup {
    let text = &EN.queue;
    if found.page.items.is_empty() {
        return empty(text.empty, text.empty_hint);
    }
    let (definitions, zone) = (caller.definitions(), Zone::of(caller));
    html! {
        div.wide {
            table.queue {
                thead {
                    tr {
                        th scope="col" { (text.severity) }
                        th scope="col" { (text.alert) }
                        th scope="col" { (text.customer) }
                        th scope="col" { (text.rule) }
                        th scope="col" { (text.state) }
                        th scope="col" { (text.assignee) }
                        th scope="col" { (text.due) }
                        th scope="col" { (text.created) }
                    }
                }
                tbody {
                    @for alert in &found.page.items {
                        (row(alert, filter, &definitions, &zone, now))
                    }
                }
            }
        }
    }
}

fn row(
    alert: &SeenAlert,
    filter: &Filter,
    definitions: &Definitions,
    zone: &Zone,
    now: Timestamp,
) -> Markup {
    let text = &EN.queue;
    let content = alert.content();
    let is_open = !definitions.workflow().is_closed(&alert.state);
    html! {
        tr {
            td { (shapes::level(alert.severity)) }
            th scope="row" {
                a href={ "/alerts/" (alert.id) "?" (filter.query()) } { (content.title) }
                @for label in &content.labels { " " span.label { (label.as_str()) } }
            }
            td { (alert.dprofile_id.as_deref().unwrap_or("–")) }
            td { (alert.rule.as_deref().unwrap_or("–")) }
            td { (shapes::state(definitions, &alert.state)) }
            td {
                @match &alert.user_id {
                    Some(user) => (login_of(definitions, user)),
                    None => span.note { (text.nobody) },
                }
            }
            td {
                @match alert.due_date {
                    Some(due) if is_open && due <= now => span.late { ((text.late)(&apart(due, now))) },
                    Some(due) if is_open => ((text.left)(&apart(now, due))),
                    Some(due) => (zone.time(due)),
                    None => "–",
                }
            }
            td { (zone.time(alert.created_at)) }
        }
    }
}

/// The Export button: the same alerts as a file, in a format of the tenant.
fn export(caller: &Caller, filter: &Filter) -> Markup {
    let text = &EN.queue;
    if !caller.may(Permission::ExportRead) {
        let needs = (EN.elements.needs)(Permission::ExportRead.as_str());
        return denied(text.export, &needs);
    }
    let formatters = formatters(&caller.definitions());
    if formatters.is_empty() {
        return html! { p.note { (text.no_formatter) } };
    }
    html! {
        form.export action="/alerts/export" method="get" {
            input type="hidden" name="view" value=(view_name(filter.view));
            @for (name, value) in [("q", &filter.q), ("state", &filter.state), ("severity", &filter.severity), ("team", &filter.team)] {
                @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
            div {
                label for="formatter" { (text.formatter) }
                select #formatter name="formatter" {
                    @for formatter in formatters { option value=(formatter) { (formatter) } }
                }
            }
            button type="submit" { (text.export) }
        }
    }
}
