//! The versions of a watchlist, and the difference between two of them.

use std::sync::Arc;

use app::App;
use app::request::{Page, PageRequest};
use app::watchlists::versions;
use axum::extract::State;
use axum::http::Uri;
use domain::name::Name;
use domain::time::Timestamp;
use engine::lane::Actor;
use engine::list::{ListDiff, ListVersion};
use maud::{Markup, html};
use serde::Deserialize;

use super::head::{self, Tab};
use super::{ListPath, address};
use crate::browser::{Named, SignedIn};
use crate::elements::pages;
use crate::failure::Failure;
use crate::text::{EN, grouped};
use crate::when::Zone;

/// So many entries of a difference are shown, of those that were added and of those that were removed.
const SHOWN: usize = 500;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    /// The versions whose difference is wanted.
    from: Option<u64>,
    to: Option<u64>,
    cursor: Option<String>,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(ListPath(list)): Named<ListPath>,
    uri: Uri,
) -> Result<Markup, Failure> {
    let query = uri.query().unwrap_or_default();
    let wanted: Wanted = serde_html_form::from_str(query).unwrap_or_default();
    let rows = usize::from(caller.preferences().rows.count());
    let page = PageRequest::new(rows, wanted.cursor.clone());
    let found = versions::list(&app, &caller, &list, &page).await?;
    let mut refused = None;
    let mut difference = None;
    if let (Some(from), Some(to)) = (wanted.from, wanted.to) {
        match versions::compare(&app, &caller, &list, from, to).await {
            Ok(diff) => difference = Some((from, to, diff)),
            Err(error) => refused = Some(Failure::from(error)),
        }
    }
    let first = Tab::Versions.address(&list);
    let content = html! {
        (choose(&list, &found, &wanted))
        @if let Some((from, to, diff)) = &difference { (changes(*from, *to, diff)) }
        (table(&list, &found, &Zone::of(&caller)))
        (pages(&first, wanted.cursor.is_some(), found.next_cursor.as_deref()))
    };
    Ok(head::page(
        &caller,
        &list,
        Tab::Versions,
        refused.as_ref(),
        &content,
    ))
}

/// The form that asks for a difference: of the newest two versions where nothing is said.
fn choose(list: &Name, found: &Page<ListVersion>, wanted: &Wanted) -> Markup {
    let text = &EN.watchlists;
    let newest = |at: usize| found.items.get(at).map(|version| version.version);
    let to = wanted.to.or_else(|| newest(0));
    let from = wanted.from.or_else(|| newest(1)).or(to);
    let field = |id: &str, title: &str, value: Option<u64>| {
        html! {
            div {
                label for=(id) { (title) }
                input id=(id) name=(id) inputmode="numeric" pattern="[0-9]+" required size="8" value=[value];
            }
        }
    };
    html! {
        form.filters action=(Tab::Versions.address(list)) method="get" {
            (field("from", text.from, from))
            (field("to", text.to, to))
            button type="submit" { (text.compare) }
        }
    }
}

fn changes(from: u64, to: u64, diff: &ListDiff) -> Markup {
    let text = &EN.watchlists;
    let side = |sign: &str, title: &str, entries: &[String]| {
        html! {
            @if !entries.is_empty() {
                h3 { (title) " " span.note { ((text.count)(entries.len())) } }
                ul.plain {
                    @for entry in entries.iter().take(SHOWN) { li { span aria-hidden="true" { (sign) } " " code { (entry) } } }
                }
                @if entries.len() > SHOWN { p.note { ((text.more)(entries.len() - SHOWN)) } }
            }
        }
    };
    html! {
        section.card aria-labelledby="difference" {
            h2 #difference { ((text.difference)(from, to)) }
            @if diff.is_empty() { p.empty { (text.same) } }
            (side("+", text.added, &diff.added))
            (side("−", text.removed, &diff.removed))
        }
    }
}

fn table(list: &Name, found: &Page<ListVersion>, zone: &Zone) -> Markup {
    let text = &EN.watchlists;
    html! {
        div.wide tabindex="0" {
            table.queue {
                thead {
                    tr {
                        th scope="col" { (text.version) }
                        th scope="col" { (text.when) }
                        th scope="col" { (text.by) }
                        th.number scope="col" { (text.added) }
                        th.number scope="col" { (text.removed) }
                        th.number scope="col" { (text.entries) }
                        th scope="col" { (text.note) }
                    }
                }
                tbody { @for version in &found.items { (row(list, version, zone)) } }
            }
        }
    }
}

fn row(list: &Name, version: &ListVersion, zone: &Zone) -> Markup {
    let text = &EN.watchlists;
    let by = match &version.by {
        Some(Actor::User { login, .. }) => login,
        Some(_) => text.host,
        None => "–",
    };
    html! {
        tr {
            th scope="row" {
                @if version.deleted {
                    (version.version) " " span.late { (text.deleted) }
                } @else {
                    a href={ (address(list)) "?version=" (version.version) } { (version.version) }
                }
            }
            td { (zone.time(Timestamp::from_micros(version.at))) }
            td { (by) }
            td.number { "+" (grouped(version.added)) }
            td.number { "−" (grouped(version.removed)) }
            td.number { (grouped(version.count)) }
            td.value { (version.note.as_deref().unwrap_or_default()) }
        }
    }
}
