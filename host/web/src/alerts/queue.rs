//! The queue: the alerts of a view, what narrows it, and what is done with them.

use std::sync::Arc;

use app::App;
use app::alerts::search;
use app::alerts::take_next;
use app::caller::Caller;
use app::request::{Once, PageRequest};
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Redirect;
use domain::time::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::Permission;

use super::filter::Filter;
use super::saved::{self, TypedView};
use super::view::{Tab, View};
use super::{table, tools};
use crate::browser::{Absent, SignedIn};
use crate::elements::pages;
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::once::once;
use crate::text::{EN, grouped};
use crate::when::moment;

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
    let wanted = filter.filters();
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
    render(&app, &caller, query, None).await
}

/// The queue; with what was typed to save a view, and why it was not saved.
pub(super) async fn render(
    app: &Arc<App>,
    caller: &Caller,
    query: &str,
    refused: Option<(&Failure, &TypedView)>,
) -> Result<Markup, Failure> {
    let filter = Filter::read(query, caller)?;
    let place: Place = serde_html_form::from_str(query).unwrap_or_default();
    let rows = usize::from(caller.preferences().rows.count());
    let page = PageRequest::new(rows, place.cursor.clone());
    // What is made from now on is announced.
    let now = app.services.clock.now();
    let found = search::search(app, caller, &filter.filters(), filter.sort(), &page).await?;
    let tabs = tabs(app, caller, &filter).await;
    let mut counts = tabs.iter().filter(|(tab, _)| tab.view == filter.view());
    let matching = counts.next().and_then(|(_, count)| *count);
    let list = format!("/alerts?{}", filter.query());
    let content = html! {
        div.headed {
            h1 { (EN.queue.title) }
            (buttons(caller, &filter))
        }
        @if let Some((refused, _)) = refused { (frame::alarm(refused.detail())) }
        @if place.took == Some(Took::Nothing) { p.done role="status" { (EN.queue.nothing_to_take) } }
        (views(caller, &filter, &tabs))
        div.tools {
            (tools::form(caller, &filter)?)
            (tools::export(app, caller, &filter).await?)
        }
        (saved::manage(caller, &filter, refused.map(|(_, typed)| typed))?)
        @if let Some(incomplete) = &found.incomplete {
            p.alarm role="status" { ((EN.queue.incomplete)(incomplete.searched, incomplete.of)) }
        }
        (announcement(&filter, now))
        (table::show(caller, &filter, &found, matching, now))
        (pages(&list, place.cursor.is_some(), found.page.next_cursor.as_deref()))
    };
    Ok(frame::page(caller, Part::Alerts, EN.queue.title, &content))
}

/// Where new alerts are announced: scripts ask for them now and then.
fn announcement(filter: &Filter, shown_at: Timestamp) -> Markup {
    let address = format!("/parts/new-alerts?{}&since={shown_at}", filter.query());
    html! {
        div role="status" hx-get=(address) hx-trigger="every 30s" hx-select=".fresh" hx-swap="innerHTML" {}
    }
}

/// From when on alerts are new.
#[derive(Debug, Deserialize)]
struct Since {
    since: String,
}

/// Says how many alerts the queue has that were made since it was shown.
pub(crate) async fn fresh(
    State(app): State<Arc<App>>,
    Absent { caller, .. }: Absent,
    uri: Uri,
) -> Result<Markup, Failure> {
    let query = uri.query().unwrap_or_default();
    let filter = Filter::read(query, &caller)?;
    let since: Result<Since, _> = serde_html_form::from_str(query);
    let since = since.ok().and_then(|place| moment(&place.since));
    if since.is_none() {
        return Err(Failure::new(StatusCode::BAD_REQUEST, EN.failure.no_address));
    }
    let mut wanted = filter.filters();
    wanted.created_from = wanted.created_from.max(since);
    let count = search::count_list(&app, &caller, &wanted).await?;
    Ok(html! {
        @if count > 0 {
            a.fresh href={ "/alerts?" (filter.query()) } { ((EN.queue.fresh)(count)) }
        }
    })
}

/// The views of the caller, each with how many alerts it has with the same filters, where they could be counted.
async fn tabs(app: &Arc<App>, caller: &Caller, filter: &Filter) -> Vec<(Tab, Option<u64>)> {
    let tabs = Tab::all(caller);
    let lists: Vec<_> = tabs
        .iter()
        .map(|tab| filter.in_view(tab, caller).filters())
        .collect();
    let counts = search::count_lists(app, caller, &lists).await;
    let counts = counts.unwrap_or_default().into_iter();
    let counts = counts.chain(std::iter::repeat(None));
    tabs.into_iter().zip(counts).collect()
}

fn views(caller: &Caller, filter: &Filter, tabs: &[(Tab, Option<u64>)]) -> Markup {
    html! {
        nav.views aria-label=(EN.queue.views) {
            ul {
                @for (number, (tab, count)) in tabs.iter().enumerate() {
                    @let key = (number < 9).then_some(number + 1);
                    li {
                        a href={ "/alerts?" (filter.in_view(tab, caller).query()) } data-key=[key]
                            aria-current=[(tab.view == filter.view()).then_some("page")] {
                            bdi { (tab.title) }
                            @if let Some(count) = count { " " span.count { (grouped(*count)) } }
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
                @if filter.view() != View::Closed {
                    form action=(once(&format!("/alerts/take-next?{}", filter.query()))) method="post" {
                        button.primary type="submit" data-key="n" { (EN.queue.take_next) }
                    }
                }
            }
        }
    }
}
