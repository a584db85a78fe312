//! What is done with a rule: switched off and on, changed, rolled back, removed.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::rules::view::InstallView;
use app::rules::{RuleName, remove as remove_rule, roll_back as roll_back_rule, set_mode as mode};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{Mode, Permission};

use super::{RulePath, address, expected, page, shapes, written};
use crate::browser::{Named, SignedIn, Typed};
use crate::elements::{asking, denied, permitted};
use crate::failure::Failure;
use crate::once::once;
use crate::text::EN;

/// A mode that was chosen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedMode {
    version: String,
    mode: Option<Mode>,
}

/// An install to return to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedInstall {
    version: String,
    to: u64,
}

/// A rule to remove.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedVersion {
    version: String,
}

pub(super) async fn set_mode(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(RulePath(rule)): Named<RulePath>,
    Typed(typed): Typed<TypedMode>,
) -> Result<Response, Failure> {
    caller.require(Permission::RuleWrite)?;
    let expected = expected(&typed.version)?;
    let no_mode = || Failure::no_choice(EN.rules.mode, "");
    let chosen = typed.mode.ok_or_else(no_mode)?;
    match mode::set_mode(&app, &caller, rule.clone(), expected, chosen).await {
        Ok(_) => Ok(Redirect::to(&address(&rule)).into_response()),
        Err(error) => page::refused(&app, &caller, &rule, error.into()).await,
    }
}

pub(super) async fn roll_back(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(RulePath(rule)): Named<RulePath>,
    Typed(typed): Typed<TypedInstall>,
) -> Result<Response, Failure> {
    caller.require(Permission::RuleWrite)?;
    let expected = expected(&typed.version)?;
    let to = Some(typed.to);
    match roll_back_rule::roll_back(&app, &caller, rule.clone(), expected, to).await {
        Ok(_) => Ok(Redirect::to(&address(&rule)).into_response()),
        Err(error) => page::refused(&app, &caller, &rule, error.into()).await,
    }
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(RulePath(rule)): Named<RulePath>,
    Typed(typed): Typed<TypedVersion>,
) -> Result<Response, Failure> {
    caller.require(Permission::RuleWrite)?;
    let expected = expected(&typed.version)?;
    match remove_rule::remove(&app, &caller, rule.clone(), expected).await {
        Ok(()) => Ok(Redirect::to("/rules").into_response()),
        Err(error) => page::refused(&app, &caller, &rule, error.into()).await,
    }
}

/// All that can be done; `earlier` are the installs that can be installed again.
pub(super) fn card(
    caller: &Caller,
    rule: &RuleName,
    newest: &InstallView,
    earlier: &[u64],
) -> Markup {
    let text = &EN.rules;
    html! {
        section.card aria-labelledby="actions" {
            h2 #actions { (text.actions) }
            (permitted(caller, Permission::RuleWrite, text.change, || html! {
                div.buttons {
                    @for mode in others(newest.install.mode) { (set(rule, newest, *mode)) }
                    a.button href={ (address(rule)) "/change" } { (text.change) }
                    a.button href={ "/backtests/" (rule.team) "/new?rule=" (rule.rule) } { (text.backtest) }
                }
                p.note { (text.switch_off_hint) }
                (back_to(rule, newest, earlier))
                (asking(text.remove, text.remove_question, &html! {
                    form action=(once(&format!("{}/remove", address(rule)))) method="post" {
                        input type="hidden" name="version" value=(written(newest.version()));
                        button.danger type="submit" { (text.remove) }
                    }
                }))
            }))
        }
    }
}

/// The modes into which a rule of this mode is switched here. A shadow rule goes live by promotion.
fn others(mode: Mode) -> &'static [Mode] {
    match mode {
        Mode::Off => &[Mode::Shadow, Mode::Live],
        Mode::Shadow | Mode::Live => &[Mode::Off],
    }
}

fn set(rule: &RuleName, newest: &InstallView, mode: Mode) -> Markup {
    let title = match mode {
        Mode::Off => EN.rules.switch_off,
        Mode::Shadow => EN.rules.run_in_shadow,
        Mode::Live => EN.rules.run_live,
    };
    html! {
        form action=(once(&format!("{}/mode", address(rule)))) method="post" {
            input type="hidden" name="version" value=(written(newest.version()));
            input type="hidden" name="mode" value=(shapes::mode_name(mode));
            button type="submit" { (title) }
        }
    }
}

fn back_to(rule: &RuleName, newest: &InstallView, earlier: &[u64]) -> Markup {
    let text = &EN.rules;
    if earlier.is_empty() {
        return denied(text.roll_back, text.no_earlier);
    }
    asking(
        text.roll_back,
        text.roll_back_question,
        &html! {
            form.row action=(once(&format!("{}/roll-back", address(rule)))) method="post" {
                input type="hidden" name="version" value=(written(newest.version()));
                label for="roll-back-to" { (text.roll_back_to) }
                select #roll-back-to name="to" {
                    @for number in earlier { option value=(number) { ((text.install)(*number)) } }
                }
                button.danger type="submit" { (text.roll_back) }
            }
        },
    )
}
