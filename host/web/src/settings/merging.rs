//! Settings → Merging: when a new alert joins an older one.

use app::caller::Caller;
use app::request::Expected;
use app::settings::{self, Current, PutSettingError};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{ActiveMerging, Condition, MergingParameters, Period, Permission};

use crate::browser::{SignedIn, Typed};
use crate::elements::permitted;
use crate::failure::{Failure, failures};
use crate::frame::{self, Part};
use crate::once::once;
use crate::settings::tabs;
use crate::text::EN;

failures! {
    PutSettingError {
        FORBIDDEN: Forbidden,
        PRECONDITION_FAILED: Stale,
        SERVICE_UNAVAILABLE: Lane,
    }
}

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedMerging {
    version: u64,
    /// Empty where new alerts join no other.
    period: String,
    condition: Option<Condition>,
}

pub(super) async fn show(SignedIn { caller, .. }: SignedIn, uri: Uri) -> Result<Markup, Failure> {
    let current = settings::read::<MergingParameters>(&caller)?;
    Ok(page(&caller, &current, None, uri.query() == Some("saved")))
}

pub(super) async fn put(
    SignedIn { caller, .. }: SignedIn,
    Typed(typed): Typed<TypedMerging>,
) -> Result<Response, Failure> {
    caller.require(Permission::MergeConfigure)?;
    let current = settings::read::<MergingParameters>(&caller)?;
    let active = match typed.period.as_str() {
        "" => None,
        text => {
            let period = PERIODS.into_iter().find(|one| period_name(*one) == text);
            let period = period.ok_or_else(|| Failure::no_choice(EN.merging.period, text))?;
            let no_condition = || Failure::no_choice(EN.merging.condition, "");
            let condition = typed.condition.ok_or_else(no_condition)?;
            Some(ActiveMerging { period, condition })
        }
    };
    let expected = Expected::version(typed.version);
    // What new alerts must have in common is kept for the next time.
    let last = current.last.zip(typed.condition);
    let last = last.map(|(last, condition)| ActiveMerging { condition, ..last });
    match settings::put::<MergingParameters>(&caller, expected, active, last).await {
        Ok(_) => Ok(Redirect::to("/settings/merging?saved").into_response()),
        Err(error) => {
            let refused = Failure::from(error);
            let current = settings::read::<MergingParameters>(&caller)?;
            let last = active.or(last).or(current.last);
            let typed = Current {
                active,
                last,
                ..current
            };
            let page = page(&caller, &typed, Some(&refused), false);
            Ok((refused.status(), page).into_response())
        }
    }
}

const PERIODS: [Period; 4] = [Period::Hour, Period::Day, Period::Week, Period::Month];

fn period_name(period: Period) -> &'static str {
    match period {
        Period::Hour => "hour",
        Period::Day => "day",
        Period::Week => "week",
        Period::Month => "month",
    }
}

fn page(
    caller: &Caller,
    current: &Current<ActiveMerging>,
    refused: Option<&Failure>,
    was_saved: bool,
) -> Markup {
    let text = &EN.merging;
    let detail = refused.map(|refused| match refused.status() {
        StatusCode::PRECONDITION_FAILED => EN.elements.changed,
        _ => refused.detail(),
    });
    let content = html! {
        (tabs(caller, text.title))
        h1 { (text.title) }
        @if let Some(detail) = detail { (frame::alarm(detail)) }
        @if was_saved { p.done role="status" { (text.saved) } }
        section.card {
            p { (text.hint) }
            form.stack action=(once("/settings/merging")) method="post" {
                input type="hidden" name="version" value=(current.version);
                (choices(current, !caller.may(Permission::MergeConfigure)))
                (permitted(caller, Permission::MergeConfigure, EN.elements.save, || html! {
                    button.primary type="submit" { (EN.elements.save) }
                }))
            }
        }
    };
    frame::page(caller, Part::Settings, text.title, &content)
}

fn choices(current: &Current<ActiveMerging>, is_fixed: bool) -> Markup {
    let text = &EN.merging;
    let Current { active, last, .. } = *current;
    let period = |period: Period| match period {
        Period::Hour => text.hour,
        Period::Day => text.day,
        Period::Week => text.week,
        Period::Month => text.month,
    };
    let conditions = [
        ("incident_type", Condition::IncidentType, text.same_type),
        ("rule", Condition::Rule, text.same_rule),
        ("always", Condition::Always, text.always),
    ];
    html! {
        label for="period" { (text.period) }
        select #period name="period" disabled[is_fixed] {
            option value="" selected[active.is_none()] { (text.off) }
            @for one in PERIODS {
                option value=(period_name(one)) selected[active.is_some_and(|active| active.period == one)] { (period(one)) }
            }
        }
        label for="condition" { (text.condition) }
        select #condition name="condition" disabled[is_fixed] {
            @for (name, one, title) in conditions {
                option value=(name) selected[last.is_some_and(|last| last.condition == one)] { (title) }
            }
        }
    }
}
