//! A plugin: what it says of itself, and what uses it.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::plugins::uses::{self, PluginUse};
use app::plugins::{delete as deletes, read, version as version_of};
use app::request::Expected;
use app::request::expected::Versions;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::name::Name;
use domain::time::Timestamp;
use json::JsonValue;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{Permission, PublishedPlugin};

use super::{address, contract, kind};
use crate::browser::{Named, SignedIn, Typed};
use crate::elements::{asking, denied, permitted};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::once::once;
use crate::rules::schema;
use crate::text::EN;
use crate::when::Zone;

/// So many uses are listed.
const USES: usize = 100;

/// The plugin to delete, by the digest of its bytes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedDigest {
    digest: String,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named((name, version)): Named<(String, String)>,
) -> Result<Markup, Failure> {
    render(&app, &caller, &name, &version, None).await
}

/// Leads from the address of a form to the plugin.
pub(super) async fn back(
    Named((name, version)): Named<(String, String)>,
) -> Result<Redirect, Failure> {
    // Both stand in an address: what cannot be a name leads to the list.
    Ok(Redirect::to(&match Name::new(&name) {
        Ok(name) if version.bytes().all(|byte| byte.is_ascii_graphic()) => {
            format!("/plugins/{name}/{version}")
        }
        _ => "/plugins".to_owned(),
    }))
}

pub(super) async fn delete(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named((name, version)): Named<(String, String)>,
    Typed(typed): Typed<TypedDigest>,
) -> Result<Response, Failure> {
    let plugin = read::read(&caller, &name, &version)?;
    // Another digest than that of the form is another plugin of this name.
    let expected = Expected {
        one_of: Some(Versions::These(match plugin.digest == typed.digest {
            true => vec![version_of(&plugin)],
            false => Vec::new(),
        })),
        none_of: None,
    };
    let of =
        Name::new(&name).map_err(|error| Failure::new(StatusCode::NOT_FOUND, error.to_string()))?;
    match deletes::delete(&app, &caller, of, version.clone(), expected).await {
        Ok(()) => Ok(Redirect::to("/plugins").into_response()),
        Err(error) => {
            let failure = Failure::from(error);
            let page = render(&app, &caller, &name, &version, Some(&failure)).await?;
            Ok((failure.status(), page).into_response())
        }
    }
}

async fn render(
    app: &Arc<App>,
    caller: &Caller,
    name: &str,
    version: &str,
    refused: Option<&Failure>,
) -> Result<Markup, Failure> {
    let text = &EN.plugins;
    let plugin = read::read(caller, name, version)?;
    let uses = uses::read(app, caller, name, version).await?;
    let zone = Zone::of(caller);
    let title = format!("{} {}", plugin.name, plugin.version);
    let described = plugin
        .manifest
        .get("description")
        .and_then(JsonValue::as_str);
    let content = html! {
        nav.crumbs aria-label=(EN.alert.place) { a href="/plugins" data-key="u" { (text.title) } }
        h1 { (title) }
        p.facts {
            (kind(plugin.kind))
            span { (text.contract) " " (contract(&plugin)) }
            span { ((text.bytes)(plugin.bytes)) }
        }
        @if let Some(refused) = refused { (frame::alarm(refused.detail())) }
        @if let Some(described) = described { p { (described) } }
        div.columns {
            div.column {
                section.card aria-labelledby="configuration" {
                    h2 #configuration { (EN.rules.config) }
                    (schema::table(&plugin))
                }
                (used_by(&uses))
            }
            aside.column aria-label=(EN.rules.about) {
                (about(&plugin, &zone))
                (remove(caller, &plugin, &uses))
            }
        }
    };
    Ok(frame::page(caller, Part::Plugins, &title, &content))
}

fn about(plugin: &PublishedPlugin, zone: &Zone) -> Markup {
    let text = &EN.plugins;
    let said = |member: &str| plugin.manifest.get(member).and_then(JsonValue::as_str);
    let members = [
        (EN.rules.alert_type, "alert_type"),
        (EN.queue.severity, "severity"),
        (EN.alert.priority, "priority"),
        (text.media_type, "media_type"),
    ];
    html! {
        section.card aria-labelledby="about" {
            h2 #about { (EN.rules.about) }
            dl {
                @for (title, member) in members {
                    @if let Some(value) = said(member) { dt { (title) } dd { (value) } }
                }
                dt { (text.published) }
                dd {
                    (zone.time(Timestamp::from_micros(plugin.published_at)))
                    " " ((EN.rules.by)(&plugin.published_by))
                }
                dt { (EN.rules.digest) } dd { code.id { (plugin.digest) } }
                @if !plugin.imports.is_empty() {
                    dt { (text.imports) }
                    dd { @for import in &plugin.imports { code.id { (import) } " " } }
                }
            }
        }
    }
}

fn used_by(uses: &[PluginUse]) -> Markup {
    let text = &EN.plugins;
    html! {
        section.card aria-labelledby="uses" {
            h2 #uses { (text.used_by) }
            @if uses.is_empty() { p.empty { (text.unused) } }
            ul.plain { @for one in uses.iter().take(USES) { li { (use_link(one)) } } }
            @if uses.len() > USES { p.note { ((text.more_uses)(uses.len() - USES)) } }
        }
    }
}

/// What uses a plugin, as a link where there is a page of it.
pub(super) fn use_link(one: &PluginUse) -> Markup {
    let text = &EN.plugins;
    match one {
        PluginUse::Install { team, rule, number } => html! {
            a href={ "/rules/" (team) "/" (rule) } { ((text.install)(*number, rule, team)) }
        },
        PluginUse::Backtest { team, backtest } => html! {
            a href={ "/backtests/" (team) "/" (backtest) } { ((text.backtest)(team)) }
        },
        PluginUse::Export(export) => html! { ((text.export)(export)) },
        PluginUse::Run { export, .. } => html! { ((text.run)(export)) },
    }
}

fn remove(caller: &Caller, plugin: &PublishedPlugin, uses: &[PluginUse]) -> Markup {
    let text = &EN.plugins;
    if !uses.is_empty() {
        return denied(text.delete, text.in_use);
    }
    permitted(caller, Permission::PluginWrite, text.delete, || {
        asking(
            text.delete,
            text.delete_question,
            &html! {
                form action=(once(&format!("{}/delete", address(plugin)))) method="post" {
                    input type="hidden" name="digest" value=(plugin.digest);
                    button.danger type="submit" { (text.delete) }
                }
            },
        )
    })
}
