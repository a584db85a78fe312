//! What is to be changed of many alerts.

use app::bulk::MAX_ALERTS;
use app::caller::Caller;
use app::people;
use domain::rule::Level;
use maud::{Markup, html};
use tenant::Permission;

use super::chosen::Chosen;
use super::review;
use super::typed::TypedChange;
use crate::alerts::filter::NOBODY;
use crate::alerts::side::{OUTCOMES, outcome_title};
use crate::elements::{empty, permitted};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::{EN, grouped};

/// Asks what is to be changed, with what was typed and why it was refused.
pub(super) fn page(
    caller: &Caller,
    chosen: &Chosen,
    typed: &TypedChange,
    refused: Option<&Failure>,
) -> Result<Markup, Failure> {
    let text = &EN.bulk;
    let back = format!("/alerts?{}", chosen.filter.query());
    let title = (text.title)(chosen.count);
    let content = html! {
        p.crumbs { a href=(back) { (EN.alert.back) } }
        h1 { (title) }
        @if let Some(refused) = refused { (frame::alarm(refused.detail())) }
        @if chosen.count == 0 {
            (empty(text.none, text.none_hint))
        } @else if chosen.count > MAX_ALERTS as u64 {
            (empty(&(text.too_many)(&grouped(MAX_ALERTS as u64)), text.too_many_hint))
        } @else {
            section.card { h2 { (text.which) } (review::which(caller, chosen)) }
            section.card {
                h2 { (text.what) }
                p.note { (text.stays) }
                form.stack action=(chosen.address) method="post" {
                    (fields(caller, typed)?)
                    button.primary type="submit" name="step" value="review" { (text.review) }
                }
            }
        }
    };
    Ok(frame::page(caller, Part::Alerts, &title, &content))
}

fn fields(caller: &Caller, typed: &TypedChange) -> Result<Markup, Failure> {
    let (text, alert) = (&EN.bulk, &EN.alert);
    let mut people = vec![(NOBODY.to_owned(), EN.queue.nobody.to_owned())];
    let colleagues = people::list(caller)?.into_iter();
    people.extend(colleagues.map(|person| (person.id, person.login)));
    let levels = [Level::High, Level::Medium, Level::Low].map(Level::as_str);
    let levels = levels.map(|level| (level.to_owned(), level.to_owned()));
    let workflow = caller.definitions().workflow();
    let states = workflow.states().iter();
    let states: Vec<_> = states
        .map(|state| (state.name.clone(), state.title.clone()))
        .collect();
    let outcomes = OUTCOMES.map(|one| (one.as_str().to_owned(), outcome_title(one).to_owned()));
    let write = html! {
        (choice("assignee", alert.assign_to, &typed.assignee, &people))
        label for="add_labels" { (text.add_labels) }
        input #add_labels name="add_labels" aria-describedby="labels-hint" value=(typed.add_labels);
        label for="remove_labels" { (text.remove_labels) }
        input #remove_labels name="remove_labels" aria-describedby="labels-hint" value=(typed.remove_labels);
        p.note #labels-hint { (alert.labels_hint) }
        (choice("severity", EN.queue.severity, &typed.severity, &levels))
        (choice("priority", alert.priority, &typed.priority, &levels))
    };
    let moving = html! {
        (choice("to", text.move_to, &typed.to, &states))
        (choice("outcome", alert.outcome, &typed.outcome, &outcomes))
        p.note { (text.outcome_hint) }
    };
    let comment = html! {
        label for="comment" { (alert.comment) }
        textarea #comment name="comment" rows="3" { (typed.comment) }
    };
    Ok(html! {
        (permitted(caller, Permission::AlertWrite, text.fields, || write))
        (permitted(caller, Permission::AlertTransition, text.move_to, || moving))
        (permitted(caller, Permission::CommentWrite, alert.comment, || comment))
    })
}

fn choice(name: &str, title: &str, current: &str, options: &[(String, String)]) -> Markup {
    html! {
        label for=(name) { (title) }
        select id=(name) name=(name) {
            option value="" { (EN.bulk.unchanged) }
            @for (value, title) in options {
                option value=(value) selected[value == current] { (title) }
            }
        }
    }
}
