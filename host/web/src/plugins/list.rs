//! What is published, and the form that publishes more.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::plugins::read;
use app::plugins::uses::{self, PluginUse};
use app::request::PageRequest;
use axum::extract::State;
use axum::http::Uri;
use domain::time::Timestamp;
use maud::{Markup, html};
use tenant::{Definitions, Permission, PublishedPlugin};

use super::page::use_link;
use super::{address, contract, kind};
use crate::browser::SignedIn;
use crate::elements::{cursor_of, empty, pages, permitted};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::EN;
use crate::when::Zone;

/// So many uses are named in the list.
const USES: usize = 3;

pub(super) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    uri: Uri,
) -> Result<Markup, Failure> {
    render(&app, &caller, cursor_of(&uri), None)
}

/// The list, with what was refused of the form if something was.
pub(super) fn render(
    app: &App,
    caller: &Caller,
    cursor: Option<String>,
    refused: Option<&Failure>,
) -> Result<Markup, Failure> {
    let text = &EN.plugins;
    let rows = usize::from(caller.preferences().rows.count());
    let is_later = cursor.is_some();
    let found = read::list(&app.cursors, caller, &PageRequest::new(rows, cursor))?;
    let content = html! {
        h1 { (text.title) }
        @if let Some(refused) = refused { (frame::alarm(refused.detail())) }
        @if found.items.is_empty() {
            (empty(text.none, text.none_hint))
        } @else {
            (table(caller, &found.items))
        }
        (pages("/plugins", is_later, found.next_cursor.as_deref()))
        section.card aria-labelledby="upload" {
            h2 #upload { (text.upload) }
            p.note { (text.upload_hint) " " ((text.limit)(app.config.plugins.upload_bytes as u64)) }
            (permitted(caller, Permission::PluginWrite, text.publish, form))
        }
    };
    Ok(frame::page(caller, Part::Plugins, text.title, &content))
}

fn form() -> Markup {
    let text = &EN.plugins;
    html! {
        form.row action="/plugins" method="post" enctype="multipart/form-data" {
            label for="file" { (text.file) }
            input #file type="file" name="file" accept=".wasm,application/wasm" required;
            button.primary type="submit" { (text.publish) }
        }
    }
}

fn table(caller: &Caller, plugins: &[Arc<PublishedPlugin>]) -> Markup {
    let text = &EN.plugins;
    let (definitions, zone) = (caller.definitions(), Zone::of(caller));
    html! {
        div.wide tabindex="0" {
            table.queue {
                thead {
                    tr {
                        th scope="col" { (text.plugin) }
                        th scope="col" { (text.kind) }
                        th scope="col" { (text.contract) }
                        th scope="col" { (EN.rules.digest) }
                        th.number scope="col" { (text.size) }
                        th scope="col" { (text.used_by) }
                        th scope="col" { (text.published) }
                    }
                }
                tbody {
                    @for plugin in plugins {
                        tr {
                            th scope="row" { a href=(address(plugin)) { (plugin.name) " " (plugin.version) } }
                            td { (kind(plugin.kind)) }
                            td { (contract(plugin)) }
                            td { code title=(plugin.digest) { (plugin.digest.get(..12).unwrap_or(&plugin.digest)) "…" } }
                            td.number { ((text.bytes)(plugin.bytes)) }
                            td { (used_by(&definitions, plugin)) }
                            td {
                                (zone.time(Timestamp::from_micros(plugin.published_at)))
                                " " span.note { ((EN.rules.by)(&plugin.published_by)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The rules and exports that use a plugin now or used it before: a rule once, by its newest install.
fn used_by(definitions: &Definitions, plugin: &PublishedPlugin) -> Markup {
    let text = &EN.plugins;
    let mut uses = uses::defined(definitions, &plugin.name, &plugin.version);
    uses.reverse();
    let mut named: Vec<(&str, &str)> = Vec::new();
    let mut shown: Vec<&PluginUse> = Vec::new();
    for one in &uses {
        if let PluginUse::Install { team, rule, .. } = one {
            if named.contains(&(team, rule)) {
                continue;
            }
            named.push((team, rule));
        }
        shown.push(one);
    }
    html! {
        @if shown.is_empty() { span.note { (text.unused) } }
        ul.plain { @for one in shown.iter().take(USES) { li { (use_link(one)) } } }
        @if shown.len() > USES { a href=(address(plugin)) { ((text.more_uses)(shown.len() - USES)) } }
    }
}
