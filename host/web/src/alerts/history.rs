//! What became of the alert, and who did it, in words.

use app::alerts::history::{Difference, HistoryEntry};
use app::caller::Caller;
use app::users::login_of;
use domain::alert::AlertOutcome;
use domain::time::Timestamp;
use engine::lane::Actor;
use json::JsonValue;
use maud::{Markup, html};

use super::answer::{Known, Notice};
use super::shown::{Listed, Shown};
use super::side;
use crate::text::EN;
use crate::when::Zone;

/// Why nothing was done. Where somebody else was faster: who changed what meanwhile, and when.
pub(super) fn notice(
    notice: &Notice<'_>,
    shown: &Shown<'_>,
    caller: &Caller,
    zone: &Zone,
) -> Markup {
    let Some(known) = notice.stale() else {
        return crate::frame::alarm(notice.failure.detail());
    };
    let entries = shown.history.items.iter();
    let since: Vec<&HistoryEntry> = entries
        .filter(|entry| is_since(entry, known, shown))
        .collect();
    html! {
        div.alarm role="alert" tabindex="-1" autofocus {
            p { (EN.alert.changed) }
            @if !since.is_empty() {
                ul { @for entry in since { li { (one_entry(entry, caller, zone)) } } }
            }
        }
    }
}

/// Whether a change was made behind the version that a form knew.
fn is_since(entry: &HistoryEntry, known: Known, shown: &Shown<'_>) -> bool {
    let is_of_it = match (entry.part, known.part) {
        (None, None) => entry.alert == shown.full.alert.id,
        (Some((_, part)), Some(known)) => part == known,
        _ => false,
    };
    is_of_it && entry.version > known.version
}

/// All changes, oldest first.
pub(super) fn section(history: &Listed<HistoryEntry>, caller: &Caller, zone: &Zone) -> Markup {
    let text = &EN.alert;
    html! {
        section.card aria-labelledby="history" {
            h2 #history { (text.history) }
            ol.history { @for entry in &history.items { li { (one_entry(entry, caller, zone)) } } }
            @if history.has_more() { p.note { (text.more) } }
        }
    }
}

fn one_entry(entry: &HistoryEntry, caller: &Caller, zone: &Zone) -> Markup {
    let text = &EN.history;
    let kind = entry.part.map(|(kind, _)| kind);
    let words = |field: &str, value: &JsonValue| in_words(field, value, caller, zone);
    // That it was deleted is said already.
    let mut changes = entry
        .changes
        .iter()
        .filter(|change| change.field != "deleted");
    html! {
        (zone.time(entry.at)) " "
        strong { (actor(entry.actor.as_ref())) } " "
        (text.action(entry.action.as_deref().unwrap_or_default()))
        @while let Some(Difference { field, from, to }) = changes.next() {
            div.note {
                (text.field(field, kind))
                @match (from, to) {
                    (Some(JsonValue::Null), Some(to)) => { ": " (words(field, to)) },
                    (Some(from), Some(to)) => { ": " (words(field, from)) " → " (words(field, to)) },
                    _ => { " " (text.changed) },
                }
            }
        }
    }
}

/// The value of a field as people read it.
fn in_words(field: &str, value: &JsonValue, caller: &Caller, zone: &Zone) -> Markup {
    let definitions = caller.definitions();
    let text = match value {
        JsonValue::Null => return html! { (EN.history.nothing) },
        JsonValue::Bool(truth) => return html! { (EN.history.truth(*truth)) },
        JsonValue::Array(items) => {
            let items = items.iter().map(|item| match item.as_str() {
                Some(text) => text.to_owned(),
                None => item.to_string(),
            });
            let items = items.collect::<Vec<String>>().join(", ");
            return html! { (if items.is_empty() { EN.history.nothing } else { &items }) };
        }
        other => match other.as_str() {
            Some(text) => text,
            None => return html! { (other.to_string()) },
        },
    };
    let workflow = definitions.workflow();
    match field {
        "state" => html! { (workflow.state(text).map_or(text, |state| &state.title)) },
        "user_id" => html! { (login_of(&definitions, text)) },
        "team" => html! { (definitions.teams.get(text).map_or(text, |team| &team.title)) },
        "incident_type" => {
            let kind = definitions.alert_type(text);
            html! { (kind.as_ref().map_or(text, |kind| &kind.title)) }
        }
        "outcome" => {
            html! { (AlertOutcome::parse(text).map_or(text, |outcome| side::outcome_title(outcome))) }
        }
        "media_type" => html! { (EN.documents.kind(text)) },
        "merged_into" => html! { a href={ "/alerts/" (text) } { (text) } },
        "due_date" | "closed_at" => match text.parse::<jiff::Timestamp>() {
            Ok(at) => zone.time(Timestamp::from_micros(at.as_microsecond())),
            Err(_) => html! { (text) },
        },
        _ => html! { (text) },
    }
}

/// Who made a change.
pub(super) fn actor(actor: Option<&Actor>) -> String {
    match actor {
        Some(Actor::User { login, .. }) => login.clone(),
        Some(Actor::Rule { rule, .. }) => (EN.history.rule)(rule),
        Some(Actor::Administrator) => EN.history.administrator.to_owned(),
        Some(Actor::Host) | None => EN.history.host.to_owned(),
    }
}
