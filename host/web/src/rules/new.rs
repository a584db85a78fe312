//! Installing a rule: first its plugin, then what the plugin asks for.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::request::Expected;
use app::rules::{RuleName, install as installs};
use app::teams::find_team;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use domain::name::Name;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{Permission, Team};

use super::form::{self, Refused, TypedRule};
use super::{TeamPath, address};
use crate::browser::{Named, SignedIn, Typed};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::once::once;
use crate::text::EN;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Chosen {
    /// Name and version of a plugin; empty until one is chosen.
    plugin: String,
}

pub(super) async fn show(
    SignedIn { caller, .. }: SignedIn,
    Named(TeamPath(team)): Named<TeamPath>,
    uri: Uri,
) -> Result<Markup, Failure> {
    caller.require(Permission::RuleWrite)?;
    let team = team_of(&caller, &team)?;
    let query = uri.query().unwrap_or_default();
    let chosen: Chosen = serde_html_form::from_str(query).unwrap_or_default();
    let plugin = form::find(&caller.definitions(), &chosen.plugin);
    let typed = plugin.map(|plugin| TypedRule::suggested(&plugin));
    Ok(page(&caller, &team, typed.as_ref(), None))
}

pub(super) async fn install(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(TeamPath(team)): Named<TeamPath>,
    Typed(typed): Typed<TypedRule>,
) -> Result<Response, Failure> {
    caller.require(Permission::RuleWrite)?;
    let shown = team_of(&caller, &team)?;
    match make(&app, &caller, team, &typed).await {
        Ok(rule) => Ok(Redirect::to(&address(&rule)).into_response()),
        Err(refused) => {
            let page = page(&caller, &shown, Some(&typed), Some(&refused));
            Ok((refused.failure.status(), page).into_response())
        }
    }
}

async fn make(
    app: &App,
    caller: &Caller,
    team: Name,
    typed: &TypedRule,
) -> Result<RuleName, Refused> {
    let name = Name::new(typed.name.trim());
    let rule = name.map_err(|error| {
        Refused::from(Failure::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            error.to_string(),
        ))
    })?;
    let rule = RuleName { team, rule };
    let new = typed.read()?;
    let installed = installs::install(app, caller, rule.clone(), Expected::absent(), new);
    installed.await?;
    Ok(rule)
}

/// The team of a path.
pub(crate) fn team_of(caller: &Caller, name: &Name) -> Result<Arc<Team>, Failure> {
    let team = find_team(&caller.definitions(), name.as_str());
    team.map_err(|error| Failure::new(StatusCode::NOT_FOUND, error.to_string()))
}

fn page(
    caller: &Caller,
    team: &Team,
    typed: Option<&TypedRule>,
    refused: Option<&Refused>,
) -> Markup {
    let text = &EN.rules;
    let title = (text.new_for)(&team.title);
    let to = format!("/new-rule/{}", team.name);
    let content = html! {
        nav.crumbs aria-label=(EN.alert.place) {
            a href="/rules" data-key="u" { (text.title) }
            @if typed.is_some() { a href=(to) { (text.other_plugin) } }
        }
        h1 { (title) }
        @if let Some(refused) = refused { (refused.alarm()) }
        @match typed {
            None => (form::choose(&caller.definitions(), &to)),
            Some(typed) => section.card {
                form.stack action=(once(&to)) method="post" {
                    input type="hidden" name="plugin" value=(typed.plugin);
                    p { (text.plugin) ": " code { (typed.plugin) } }
                    label for="name" { (text.rule) }
                    input #name name="name" required maxlength="64" pattern="[a-z0-9][a-z0-9_\\-]*"
                        aria-describedby="name-hint" value=(typed.name);
                    p.note #name-hint { (text.name_hint) }
                    (form::fields(caller, typed))
                    button.primary type="submit" { (text.submit) }
                }
            },
        }
    };
    frame::page(caller, Part::Rules, &title, &content)
}
