//! One alert: why it was raised, what was said of it, and what can be done.

use std::sync::Arc;

use app::App;
use app::alerts::seen::FullAlert;
use app::caller::Caller;
use axum::response::Redirect;
use domain::alert::AlertId;
use maud::{Markup, html};

use super::answer::{Notice, OnAlert};
use super::origin::Origin;
use super::shown::Shown;
use super::{
    amounts, comments, details, documents, evidence, history, merged, seen_before, shapes, side,
    tasks,
};
use crate::customers;
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::rules::words;
use crate::text::EN;
use crate::when::Zone;

pub(crate) async fn show(on: OnAlert) -> Result<Markup, Failure> {
    render(&on.app, on.caller(), on.alert, None, &on.origin).await
}

/// Leads from the address of a form, as when its answer is reloaded, to the page.
pub(crate) async fn back(on: OnAlert) -> Redirect {
    Redirect::to(&on.page())
}

/// The page of an alert as it is now.
pub(crate) async fn render(
    app: &Arc<App>,
    caller: &Caller,
    alert: AlertId,
    notice: Option<&Notice<'_>>,
    origin: &Origin,
) -> Result<Markup, Failure> {
    let shown = Shown::read(app, caller, alert, origin).await?;
    Ok(whole(&shown, caller, notice, None))
}

/// The page with what a new comment will look like.
pub(super) async fn previewing(
    on: &OnAlert,
    typed: &str,
    preview: &Markup,
) -> Result<Markup, Failure> {
    let shown = Shown::read(&on.app, on.caller(), on.alert, &on.origin).await?;
    Ok(whole(&shown, on.caller(), None, Some((typed, preview))))
}

fn whole(
    shown: &Shown<'_>,
    caller: &Caller,
    notice: Option<&Notice<'_>>,
    preview: Option<(&str, &Markup)>,
) -> Markup {
    let title = shown.full.alert.content().title.clone();
    let zone = Zone::of(caller);
    let content = html! {
        (place(shown))
        (head(&shown.full, caller))
        @if let Some(notice) = notice { (history::notice(notice, shown, caller, &zone)) }
        (merged::away(shown, caller, &zone))
        div.columns {
            div.column {
                (evidence::findings(shown, caller, &zone))
                (amounts::placeholder(shown))
                (seen_before::section(&shown.before, &zone))
                (details::section(shown, caller, notice))
                (tasks::section(shown, caller, &zone, notice))
                (documents::section(shown, caller, &zone, notice))
                (comments::section(shown, caller, &zone, notice, preview))
                (history::section(&shown.history, caller, &zone))
            }
            aside.column aria-label=(EN.alert.moves) {
                @if shown.full.alert.merged_into.is_none() {
                    (side::moves(shown, caller, notice))
                    (side::assignment(shown, caller))
                }
                (side::about(shown, caller, &zone, notice))
                (merged::section(shown, caller, &zone))
            }
        }
    };
    frame::page(caller, Part::Alerts, &title, &content)
}

/// The way back to the queue, and to the alerts beside this one.
fn place(shown: &Shown<'_>) -> Markup {
    let text = &EN.alert;
    let to = |alert: AlertId| shown.origin.address(&format!("/alerts/{alert}"));
    html! {
        nav.crumbs aria-label=(text.place) {
            a href=(shown.origin.queue()) data-key="u" { (text.back) }
            @if let Some(previous) = shown.beside.previous {
                a rel="prev" href=(to(previous)) data-key="[" { (text.previous) }
            }
            @if let Some(next) = shown.beside.next {
                a rel="next" href=(to(next)) data-key="]" { (text.next) }
            }
        }
    }
}

fn head(full: &FullAlert, caller: &Caller) -> Markup {
    let alert = &full.alert;
    html! {
        h1 { (alert.content().title) }
        p.facts {
            (shapes::level(alert.severity))
            (shapes::state(&caller.definitions(), &alert.state))
            @if let Some(customer) = &alert.dprofile_id { span { (EN.queue.customer) " " (customers::link(caller, customer)) } }
            @if let Some(rule) = &alert.rule { span { (EN.queue.rule) " " (words::link(caller, &alert.team, rule)) } }
            @if let Some(outcome) = alert.outcome() { span { (side::outcome_title(outcome)) } }
        }
    }
}
