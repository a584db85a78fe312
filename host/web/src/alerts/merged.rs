//! What was merged: the alerts that are part of this one, and where this one went.

use app::alerts::history::HistoryEntry;
use app::alerts::merge::{self, MergeAlertsError, UnmergeAlertError};
use app::alerts::seen::SeenAlert;
use app::caller::Caller;
use app::request::Expected;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::alert::AlertId;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::Permission;

use super::answer::{Kept, Known, OnAlert};
use super::shown::Shown;
use super::{history, shapes};
use crate::browser::Typed;
use crate::elements::{asking, denied};
use crate::failure::{Failure, failures};
use crate::once::once;
use crate::text::EN;
use crate::when::Zone;

failures! {
    MergeAlertsError {
        FORBIDDEN: Forbidden,
        UNPROCESSABLE_ENTITY: Invalid Unmergeable,
        NOT_FOUND: NoSuchAlert,
        CONFLICT: Repeat,
        SERVICE_UNAVAILABLE: Lane,
    }
}

impl From<UnmergeAlertError> for Failure {
    fn from(error: UnmergeAlertError) -> Self {
        let detail = error.to_string();
        let status = match error {
            UnmergeAlertError::Target(error) => return error.into(),
            UnmergeAlertError::Read(error) => return error.into(),
            UnmergeAlertError::Forbidden(_) => StatusCode::FORBIDDEN,
            UnmergeAlertError::Invalid(_) | UnmergeAlertError::Unmergeable(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            UnmergeAlertError::Lane(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, detail)
    }
}

/// Which alert leaves another.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Leaving {
    /// Of the alert that holds it.
    version: u64,
    /// None: those of the last merge.
    leaves: Option<AlertId>,
    /// Whether the page of the one that left is shown afterwards.
    follow: bool,
}

pub(crate) async fn unmerge(on: OnAlert, Typed(typed): Typed<Leaving>) -> Response {
    let expected = Expected::version(typed.version);
    let leaving = typed.leaves.map(|alert| vec![alert]);
    let done = merge::unmerge(&on.app, on.caller(), on.alert, expected, leaving).await;
    match (done, typed.leaves.filter(|_| typed.follow)) {
        (Ok(_), Some(alert)) => Redirect::to(&format!("/alerts/{alert}")).into_response(),
        (done, _) => {
            let kept = Kept {
                known: Known::alert(typed.version),
                ..Kept::default()
            };
            on.answer(done.map_err(Failure::from), "#merged", kept)
                .await
        }
    }
}

/// Where the alert went; nothing where it was merged into no other.
pub(super) fn away(shown: &Shown<'_>, caller: &Caller, zone: &Zone) -> Markup {
    let text = &EN.merge;
    let Some(holder) = &shown.holder else {
        return html! {};
    };
    let own = shown.full.alert.id;
    html! {
        section.away aria-labelledby="away" {
            h2 #away { (text.away) }
            p {
                a href={ "/alerts/" (holder.id) } { (holder.content().title) } " "
                (shapes::state(&caller.definitions(), &holder.state))
            }
            @if let Some(entry) = joined(&shown.history.items, own) {
                p { (zone.time(entry.at)) " · " (history::actor(entry.actor.as_ref())) }
            }
            p.note { (text.away_note) }
            @if !holder.is_whole() {
            } @else if caller.may(Permission::MergeWrite) {
                (take_out(holder.id, holder.version, own, &shown.full.alert.content().title, true))
            } @else {
                (denied(text.take_out, &(EN.elements.needs)(Permission::MergeWrite.as_str())))
            }
        }
    }
}

/// The last time that the alert joined another.
fn joined(history: &[HistoryEntry], alert: AlertId) -> Option<&HistoryEntry> {
    let mut own = history
        .iter()
        .filter(|entry| entry.alert == alert && entry.part.is_none());
    own.rfind(|entry| {
        let mut changes = entry.changes.iter();
        changes.any(|change| change.field == "merged_into")
    })
}

/// The alerts that are part of this one, and the way to merge it with others.
pub(super) fn section(shown: &Shown<'_>, caller: &Caller, zone: &Zone) -> Markup {
    let text = &EN.merge;
    if !shown.is_whole() {
        return html! {};
    }
    let originals = &shown.originals;
    let may_merge = caller.may(Permission::MergeWrite);
    let alert = &shown.full.alert;
    html! {
        section.card aria-labelledby="merged" {
            h2 #merged { (text.title) }
            @if originals.items.is_empty() { p.empty { (text.nothing) } }
            @else {
                ul.plain {
                    @for original in &originals.items {
                        li { (one_original(shown, original, may_merge, zone)) }
                    }
                }
            }
            @if originals.has_more() { p.note { (EN.alert.more) } }
            @if !may_merge {
                (denied(text.merge, &(EN.elements.needs)(Permission::MergeWrite.as_str())))
            } @else if caller.definitions().workflow().is_closed(&alert.state) {
                p.note { (text.closed) }
            } @else if alert.dprofile_id.is_none() {
                p.note { (text.no_customer) }
            } @else {
                p { a.button href=(shown.address("merge")) { (text.merge) } }
            }
        }
    }
}

fn one_original(shown: &Shown<'_>, original: &SeenAlert, may_merge: bool, zone: &Zone) -> Markup {
    let holder = &shown.full.alert;
    let is_direct = original
        .merged_into
        .is_some_and(|into| into.alert == holder.id);
    let title = &original.content().title;
    html! {
        a href={ "/alerts/" (original.id) } { (title) }
        div.note { (zone.time(original.created_at)) }
        @if may_merge && is_direct {
            (take_out(holder.id, holder.version, original.id, title, false))
        }
    }
}

/// The question whether an alert is to leave the one that holds it.
fn take_out(holder: AlertId, version: u64, alert: AlertId, title: &str, follow: bool) -> Markup {
    let text = &EN.merge;
    let form = html! {
        form action=(once(&format!("/alerts/{holder}/unmerge"))) method="post" {
            input type="hidden" name="version" value=(version);
            input type="hidden" name="leaves" value=(alert);
            input type="hidden" name="follow" value=(follow);
            button.danger type="submit" { (text.take_out) }
        }
    };
    asking(text.take_out, &(text.take_out_question)(title), &form)
}
