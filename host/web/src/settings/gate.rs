//! Settings → Promotion: what a shadow rule must have shown before it goes live.

use app::caller::Caller;
use app::request::Expected;
use app::settings::{self, Current};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{ActiveGate, Permission, PromotionGate};

use crate::browser::{SignedIn, Typed};
use crate::elements::permitted;
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::once::once;
use crate::settings::tabs;
use crate::text::EN;

/// An hour, in seconds.
const HOUR_SECONDS: u64 = 60 * 60;

/// What was typed. An empty number is none.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedGate {
    version: u64,
    /// Browsers leave out what is not ticked.
    is_on: Option<String>,
    shadow_hours: String,
    transactions: String,
    max_more: String,
    max_fewer: String,
    max_failures: String,
}

impl TypedGate {
    /// The gate as it is; while it is off, the numbers of the last time stay in the form.
    fn of(current: &Current<ActiveGate>) -> Self {
        let version = current.version;
        let Some(gate) = current.last else {
            return Self {
                version,
                ..Self::default()
            };
        };
        let maybe = |number: Option<u64>| number.map(|number| number.to_string());
        Self {
            version,
            is_on: current.active.map(|_| "on".to_owned()),
            shadow_hours: gate.shadow_seconds.div_ceil(HOUR_SECONDS).to_string(),
            transactions: gate.transactions.to_string(),
            max_more: maybe(gate.max_more).unwrap_or_default(),
            max_fewer: maybe(gate.max_fewer).unwrap_or_default(),
            max_failures: gate.max_failures.to_string(),
        }
    }

    fn has_numbers(&self) -> bool {
        let numbers = [
            &self.shadow_hours,
            &self.transactions,
            &self.max_more,
            &self.max_fewer,
            &self.max_failures,
        ];
        numbers.iter().any(|number| !number.trim().is_empty())
    }

    /// The conditions that were typed, whether or not rules must meet them.
    fn read(&self) -> Result<ActiveGate, Failure> {
        let maybe = |text: &str| match text.trim() {
            "" => Ok(None),
            text => text.parse::<u64>().map(Some).map_err(|_| {
                let detail = EN.gate.no_number;
                Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
            }),
        };
        let number = |text: &str| Ok::<_, Failure>(maybe(text)?.unwrap_or(0));
        Ok(ActiveGate {
            shadow_seconds: number(&self.shadow_hours)?.saturating_mul(HOUR_SECONDS),
            transactions: number(&self.transactions)?,
            max_more: maybe(&self.max_more)?,
            max_fewer: maybe(&self.max_fewer)?,
            max_failures: number(&self.max_failures)?,
        })
    }
}

pub(super) async fn show(SignedIn { caller, .. }: SignedIn, uri: Uri) -> Result<Markup, Failure> {
    let current = settings::read::<PromotionGate>(&caller)?;
    let typed = TypedGate::of(&current);
    Ok(page(&caller, &typed, None, uri.query() == Some("saved")))
}

pub(super) async fn put(
    SignedIn { caller, .. }: SignedIn,
    Typed(typed): Typed<TypedGate>,
) -> Result<Response, Failure> {
    caller.require(Permission::RuleConfigure)?;
    let done = match typed.read() {
        Ok(gate) => {
            let expected = Expected::version(typed.version);
            let active = typed.is_on.as_ref().map(|_| gate);
            let last = Some(gate).filter(|_| typed.has_numbers());
            let done = settings::put::<PromotionGate>(&caller, expected, active, last).await;
            done.map(drop).map_err(Failure::from)
        }
        Err(refused) => Err(refused),
    };
    let Err(refused) = done else {
        return Ok(Redirect::to("/settings/promotion?saved").into_response());
    };
    let version = settings::read::<PromotionGate>(&caller)?.version;
    let typed = TypedGate { version, ..typed };
    let page = page(&caller, &typed, Some(&refused), false);
    Ok((refused.status(), page).into_response())
}

fn page(caller: &Caller, typed: &TypedGate, refused: Option<&Failure>, was_saved: bool) -> Markup {
    let text = &EN.gate;
    let detail = refused.map(|refused| match refused.status() {
        StatusCode::PRECONDITION_FAILED => EN.elements.changed,
        _ => refused.detail(),
    });
    let is_fixed = !caller.may(Permission::RuleConfigure);
    let number = |name: &str, title: &str, value: &str, none: &str| {
        html! {
            label for=(name) { (title) }
            input id=(name) name=(name) type="number" min="0" step="1" inputmode="numeric"
                placeholder=(none) disabled[is_fixed] value=(value);
        }
    };
    let content = html! {
        (tabs(caller, text.title))
        h1 { (text.title) }
        @if let Some(detail) = detail { (frame::alarm(detail)) }
        @if was_saved { p.done role="status" { (text.saved) } }
        section.card {
            p { (text.hint) }
            form.stack action=(once("/settings/promotion")) method="post" {
                input type="hidden" name="version" value=(typed.version);
                label.tick {
                    input type="checkbox" name="is_on" checked[typed.is_on.is_some()] disabled[is_fixed];
                    " " (text.is_on)
                }
                (number("shadow_hours", text.shadow_hours, &typed.shadow_hours, "0"))
                (number("transactions", text.transactions, &typed.transactions, "0"))
                (number("max_more", text.max_more, &typed.max_more, text.any))
                (number("max_fewer", text.max_fewer, &typed.max_fewer, text.any))
                (number("max_failures", text.max_failures, &typed.max_failures, "0"))
                (permitted(caller, Permission::RuleConfigure, EN.elements.save, || html! {
                    button.primary type="submit" { (EN.elements.save) }
                }))
            }
        }
    };
    frame::page(caller, Part::Settings, text.title, &content)
}
