//! Installing another version or configuration of a rule.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::published::newest_first;
use app::rules::{RuleName, install as installs, read};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use runtime::publish::PluginKind;
use tenant::Permission;

use super::form::{self, Refused, TypedRule};
use super::{RulePath, address, expected, written};
use crate::browser::{Named, SignedIn, Typed};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::once::once;
use crate::text::EN;

pub(super) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(RulePath(rule)): Named<RulePath>,
) -> Result<Markup, Failure> {
    caller.require(Permission::RuleWrite)?;
    let newest = read::read(&app, &caller, &rule)?;
    let typed = TypedRule::of(&newest.install, written(newest.version()));
    Ok(page(&caller, &rule, &typed, None))
}

pub(super) async fn install(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(RulePath(rule)): Named<RulePath>,
    Typed(typed): Typed<TypedRule>,
) -> Result<Response, Failure> {
    caller.require(Permission::RuleWrite)?;
    let refused = match make(&app, &caller, &rule, &typed).await {
        Ok(()) => return Ok(Redirect::to(&address(&rule)).into_response()),
        Err(refused) => refused,
    };
    if refused.failure.status() == StatusCode::NOT_FOUND {
        return Err(refused.failure);
    }
    let page = page(&caller, &rule, &typed, Some(&refused));
    Ok((refused.failure.status(), page).into_response())
}

async fn make(
    app: &App,
    caller: &Caller,
    rule: &RuleName,
    typed: &TypedRule,
) -> Result<(), Refused> {
    let expected = expected(&typed.version)?;
    let new = typed.read()?;
    installs::install(app, caller, rule.clone(), expected, new).await?;
    Ok(())
}

fn page(caller: &Caller, rule: &RuleName, typed: &TypedRule, refused: Option<&Refused>) -> Markup {
    let text = &EN.rules;
    let definitions = caller.definitions();
    let title = (text.change_title)(rule.rule.as_str());
    let plugins = newest_first(&definitions, PluginKind::Rule);
    let content = html! {
        nav.crumbs aria-label=(EN.alert.place) {
            a href=(address(rule)) data-key="u" { (rule.rule) }
        }
        h1 { (title) }
        @if let Some(refused) = refused { (refused.alarm()) }
        section.card {
            form.stack action=(once(&format!("{}/change", address(rule)))) method="post" {
                input type="hidden" name="version" value=(typed.version);
                label for="plugin" { (text.plugin) }
                select #plugin name="plugin" {
                    @for plugin in &plugins {
                        @let key = form::key(plugin);
                        option value=(key) selected[key == typed.plugin] { (plugin.name) " " (plugin.version) }
                    }
                }
                (form::fields(caller, typed))
                button.primary type="submit" { (text.submit_change) }
            }
        }
    };
    frame::page(caller, Part::Rules, &title, &content)
}
