//! The list of exports.

use std::sync::Arc;

use app::App;
use app::exports::read::{self, ExportView};
use app::request::PageRequest;
use axum::extract::State;
use axum::http::Uri;
use maud::{Markup, html};
use tenant::Permission;

use super::words;
use crate::browser::SignedIn;
use crate::elements::{cursor_of, empty, pages, permitted};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::EN;
use crate::when::Zone;

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    uri: Uri,
) -> Result<Markup, Failure> {
    let text = &EN.exports;
    let cursor = cursor_of(&uri);
    let rows = usize::from(caller.preferences().rows.count());
    let page = PageRequest::new(rows, cursor.clone());
    let listed = read::list(&app, &caller, &page).await?;
    let zone = Zone::of(&caller);
    let content = html! {
        div.headed {
            h1 { (text.title) }
            (permitted(&caller, Permission::ExportWrite, text.new, || html! {
                a.button.primary href="/new-export" { (text.new) }
            }))
        }
        p.note { (text.hint) }
        @if listed.items.is_empty() { (empty(text.none, text.none_hint)) } @else { (table(&listed.items, &zone)) }
        (pages("/exports", cursor.is_some(), listed.next_cursor.as_deref()))
    };
    Ok(frame::page(&caller, Part::Exports, text.title, &content))
}

fn table(exports: &[ExportView], zone: &Zone) -> Markup {
    let text = &EN.exports;
    html! {
        div.wide {
            table.queue {
                thead {
                    tr {
                        th scope="col" { (text.name) }
                        th scope="col" { (text.formatter) }
                        th scope="col" { (text.schedule) }
                        th scope="col" { (text.next) }
                        th scope="col" { (text.places) }
                    }
                }
                tbody {
                    @for ExportView { export, next_run_at, .. } in exports {
                        tr {
                            th scope="row" { a href={ "/exports/" (export.name) } { (export.name) } }
                            td { (export.formatter.plugin) " " (export.formatter.version) }
                            td { (words::schedule(export.schedule.as_ref())) }
                            td {
                                @match next_run_at {
                                    Some(at) => (zone.time(*at)),
                                    None if export.paused => (text.paused),
                                    None => "–",
                                }
                            }
                            td.number { (export.deliveries.len()) }
                        }
                    }
                }
            }
        }
    }
}
