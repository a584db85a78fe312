//! A last look at which alerts are changed, and how.

use app::alerts::bulk::BulkChange;
use app::caller::Caller;
use app::users::login_of;
use maud::{Markup, html};
use tenant::Definitions;

use super::chosen::Chosen;
use super::typed::TypedChange;
use crate::alerts::filter::{Field, Filter, NOBODY};
use crate::alerts::side::outcome_title;
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::once::once;
use crate::text::EN;
use crate::when::Zone;

/// More alerts than these are changed only after somebody has typed how many they are.
pub(super) const MOST_WITHOUT_NUMBER: u64 = 500;

/// Says what is changed, and asks whether that is meant.
pub(super) fn page(
    caller: &Caller,
    chosen: &Chosen,
    typed: &TypedChange,
    change: &BulkChange,
    refused: Option<&Failure>,
) -> Markup {
    let text = &EN.bulk;
    let title = (text.title)(chosen.count);
    let content = html! {
        p.crumbs { a href={ "/alerts?" (chosen.filter.query()) } { (EN.alert.back) } }
        h1 { (title) }
        @if let Some(refused) = refused { (frame::alarm(refused.detail())) }
        section.card { h2 { (text.which) } (which(caller, chosen)) }
        section.card { h2 { (text.what) } (what(&caller.definitions(), change, Some(&typed.comment))) }
        form.card.stack action=(once(&chosen.address)) method="post" {
            @for (name, value) in typed.fields() { input type="hidden" name=(name) value=(value); }
            input type="hidden" name="count" value=(chosen.count);
            @if chosen.count > MOST_WITHOUT_NUMBER {
                label for="number" { ((text.type_number)(chosen.count)) }
                input #number name="number" inputmode="numeric" autocomplete="off";
            }
            div.buttons {
                button.primary type="submit" name="step" value="change" { (title) }
                button type="submit" name="step" value="edit" { (text.edit) }
            }
        }
    };
    frame::page(caller, Part::Alerts, &title, &content)
}

/// Which alerts are meant, in words.
pub(super) fn which(caller: &Caller, chosen: &Chosen) -> Markup {
    let text = &EN.bulk;
    match chosen.until {
        None => {
            let others = chosen.count.saturating_sub(chosen.titles.len() as u64);
            html! {
                p { ((text.these)(chosen.count)) }
                ul.titles {
                    @for title in &chosen.titles { li { (title) } }
                    @if others > 0 { li.note { ((text.others)(others)) } }
                }
            }
        }
        Some(until) => html! {
            p { ((text.all)(chosen.count)) }
            dl {
                dt { (text.view) } dd { (chosen.filter.tab.title) }
                @for (field, value) in chosen.filter.narrowing() {
                    dt { (field.title()) } dd { (shown(caller, &chosen.filter, field, value)) }
                }
                dt { (text.until) } dd { (Zone::of(caller).time(until)) }
            }
        },
    }
}

/// A value of a filter, as people call it.
fn shown(caller: &Caller, filter: &Filter, field: Field, value: &str) -> String {
    let definitions = caller.definitions();
    let title = match field {
        Field::State => {
            let workflow = definitions.workflow();
            workflow.state(value).map(|state| state.title.clone())
        }
        Field::Team => definitions.teams.get(value).map(|team| team.title.clone()),
        Field::Type => definitions.alert_type(value).map(|kind| kind.title),
        Field::Assignee if value == NOBODY => Some(EN.queue.nobody.to_owned()),
        Field::Assignee => Some(login_of(&definitions, value).to_owned()),
        Field::Words
        | Field::Severity
        | Field::Rule
        | Field::Customer
        | Field::Label
        | Field::From
        | Field::To => None,
    };
    title.unwrap_or_else(|| filter.get(field).to_owned())
}

/// What is changed, in words, with the comment as it was typed.
pub(super) fn what(
    definitions: &Definitions,
    change: &BulkChange,
    comment: Option<&str>,
) -> Markup {
    let text = &EN.bulk;
    let workflow = definitions.workflow();
    let state = |name: &str| {
        let state = workflow.state(name).map(|state| state.title.clone());
        state.unwrap_or_else(|| name.to_owned())
    };
    let comment = comment.filter(|_| change.comment.is_some());
    html! {
        ul.changes {
            @match change.user_id.as_deref() {
                None => {},
                Some("") => li { (text.unassigned) },
                Some(user) => li { ((text.assigned)(login_of(definitions, user))) },
            }
            @if !change.add_labels.is_empty() { li { ((text.labels_added)(&change.add_labels.join(", "))) } }
            @if !change.remove_labels.is_empty() { li { ((text.labels_removed)(&change.remove_labels.join(", "))) } }
            @if let Some(level) = change.severity { li { ((text.severity_set)(level.as_str())) } }
            @if let Some(level) = change.priority { li { ((text.priority_set)(level.as_str())) } }
            @if let Some(to) = &change.to { li { ((text.moved)(&state(to))) } }
            @if let Some(outcome) = change.outcome { li { ((text.outcome_set)(outcome_title(outcome))) } }
            @if change.comment.is_some() {
                li { (text.commented) @if let Some(comment) = comment { ": " q { (comment) } } }
            }
        }
    }
}
