//! What can be done with an alert: moves, assignment, levels and labels.

use app::alerts::transitions::PossibleMove;
use app::caller::Caller;
use app::users::login_of;
use domain::alert::AlertOutcome;
use domain::rule::Level;
use maud::{Markup, html};
use tenant::Permission;

use super::answer::Notice;
use super::shapes;
use super::shown::Shown;
use crate::text::EN;
use crate::when::Zone;

/// The moves of the workflow, each with why it is denied.
pub(super) fn moves(shown: &Shown<'_>, caller: &Caller, notice: Option<&Notice<'_>>) -> Markup {
    let text = &EN.alert;
    html! {
        section.card aria-labelledby="moves" {
            h2 #moves { (text.moves) }
            @if shown.moves.transitions.is_empty() { p.empty { (text.no_moves) } }
            @for (number, possible) in shown.moves.transitions.iter().enumerate() {
                (one_move(shown, possible, number, caller, notice))
            }
        }
    }
}

fn one_move(
    shown: &Shown<'_>,
    possible: &PossibleMove,
    number: usize,
    caller: &Caller,
    notice: Option<&Notice<'_>>,
) -> Markup {
    let text = &EN.alert;
    let title = (text.move_to)(&possible.title);
    let alert = &shown.full.alert;
    let comment = format!("move-comment-{number}");
    let typed = notice.and_then(|notice| notice.kept.moved);
    let typed = typed.filter(|typed| typed.to == possible.to);
    // The key that makes the move, of those that ask for nothing.
    let key = (!possible.closes).then_some("s");
    html! {
        @if let Some(reason) = &possible.reason {
            div.denied {
                button type="button" disabled { (title) }
                p.note { (reason) }
            }
        } @else {
            form.stack action=(shown.action("move")) method="post" {
                input type="hidden" name="version" value=(alert.version);
                input type="hidden" name="to" value=(possible.to);
                @if possible.closes {
                    (outcomes(typed.map_or("", |typed| &typed.outcome), &comment))
                    @if caller.may(Permission::CommentWrite) {
                        label for=(comment) { (text.comment) }
                        textarea id=(comment) name="comment" rows="2" { (typed.map_or("", |typed| &typed.comment)) }
                    }
                }
                button.primary type="submit" data-key=[key] { (title) }
                @if possible.closes && shown.beside.next.is_some() {
                    button type="submit" name="then" value="next" { ((text.move_and_next)(&possible.title)) }
                }
            }
        }
    }
}

/// The choice of what the alert was. A key chooses each, and leads on to the comment.
fn outcomes(typed: &str, comment: &str) -> Markup {
    let choice = |value: &str, title: &str, key: &str, then: Option<&str>| {
        html! {
            label.tick {
                input type="radio" name="outcome" value=(value) data-key=(key) data-key-then=[then]
                    checked[value == typed];
                " " (title)
            }
        }
    };
    html! {
        fieldset.plain.outcomes {
            legend { (EN.alert.outcome) }
            (choice("", EN.alert.unsaid, "e", None))
            @for (number, one) in (1_u8..).zip(OUTCOMES) {
                (choice(one.as_str(), outcome_title(one), &number.to_string(), Some(comment)))
            }
        }
    }
}

/// What an alert can have been.
pub(super) const OUTCOMES: [AlertOutcome; 3] = [
    AlertOutcome::TruePositive,
    AlertOutcome::FalsePositive,
    AlertOutcome::Inconclusive,
];

pub(super) fn outcome_title(outcome: AlertOutcome) -> &'static str {
    match outcome {
        AlertOutcome::TruePositive => EN.alert.true_positive,
        AlertOutcome::FalsePositive => EN.alert.false_positive,
        AlertOutcome::Inconclusive => EN.alert.inconclusive,
    }
}

/// Who has the alert, and to whom it is given.
pub(super) fn assignment(shown: &Shown<'_>, caller: &Caller) -> Markup {
    let text = &EN.alert;
    let alert = &shown.full.alert;
    let definitions = caller.definitions();
    let is_mine = alert.user_id.as_deref() == Some(&*caller.id);
    let to = shown.action("assign");
    let button = |user: &str, title: &str, key: Option<&str>| {
        html! {
            form action=(to) method="post" {
                input type="hidden" name="version" value=(alert.version);
                input type="hidden" name="user" value=(user);
                button type="submit" data-key=[key] { (title) }
            }
        }
    };
    html! {
        section.card aria-labelledby="assignment" {
            h2 #assignment { (text.assignment) }
            p {
                @match &alert.user_id {
                    Some(user) => strong { (login_of(&definitions, user)) },
                    None => (EN.queue.nobody),
                }
            }
            @if !caller.may(Permission::AlertWrite) {
                p.note { ((EN.elements.needs)(Permission::AlertWrite.as_str())) }
            } @else {
                div.buttons {
                    @if !is_mine { (button(&caller.id, text.take, Some("i"))) }
                    @if alert.user_id.is_some() { (button("", text.release, None)) }
                }
                form.row action=(to) method="post" {
                    input type="hidden" name="version" value=(alert.version);
                    label for="assignee" { (text.assign_to) }
                    select #assignee name="user" data-key="a" required {
                        option value="" {}
                        @for person in &shown.people {
                            @if alert.user_id.as_ref() != Some(&person.id) {
                                option value=(person.id) { (person.login) }
                            }
                        }
                    }
                    button type="submit" { (text.assign) }
                }
            }
        }
    }
}

/// Its levels, dates and labels, and the form that changes them.
pub(super) fn about(
    shown: &Shown<'_>,
    caller: &Caller,
    zone: &Zone,
    notice: Option<&Notice<'_>>,
) -> Markup {
    let (text, queue) = (&EN.alert, &EN.queue);
    let alert = &shown.full.alert;
    let content = alert.content();
    let definitions = caller.definitions();
    let team = definitions.teams.get(&alert.team);
    let kind = definitions.alert_type(&alert.incident_type);
    html! {
        section.card aria-labelledby="about" {
            h2 #about { (text.about) }
            dl {
                dt { (queue.team) } dd { (team.map_or(&alert.team, |team| &team.title)) }
                dt { (text.kind) } dd { (kind.as_ref().map_or(&alert.incident_type, |kind| &kind.title)) }
                dt { (text.priority) } dd { (shapes::level(alert.priority)) }
                dt { (queue.created) } dd { (zone.time(alert.created_at)) }
                @if let Some(due) = alert.due_date { dt { (queue.due) } dd { (zone.time(due)) } }
                @if !content.labels.is_empty() {
                    dt { (text.labels) }
                    dd { @for label in &content.labels { span.label { (label.as_str()) } " " } }
                }
                dt { "Id" } dd { code.id { (alert.id) } }
            }
            @if caller.may(Permission::AlertWrite) && alert.merged_into.is_none() { (edit(shown, zone, notice)) }
        }
    }
}

/// The form that changes levels, labels and the due date, with what was typed into it if that was refused.
fn edit(shown: &Shown<'_>, zone: &Zone, notice: Option<&Notice<'_>>) -> Markup {
    let text = &EN.alert;
    let alert = &shown.full.alert;
    let content = alert.content();
    let labels: Vec<&str> = content.labels.iter().map(|label| label.as_str()).collect();
    let kept = notice.and_then(|notice| notice.kept.fields);
    let severity = kept.map_or(alert.severity.as_str(), |typed| &typed.severity);
    let priority = kept.map_or(alert.priority.as_str(), |typed| &typed.priority);
    let labels = kept.map_or_else(|| labels.join(", "), |typed| typed.labels.clone());
    let due = match kept.and_then(|typed| typed.due.clone()) {
        Some(typed) => typed,
        None => alert
            .due_date
            .map(|due| zone.in_field(due))
            .unwrap_or_default(),
    };
    let level = |name: &str, title: &str, current: &str| {
        html! {
            label for=(name) { (title) }
            select id=(name) name=(name) {
                @for one in [Level::High, Level::Medium, Level::Low] {
                    option value=(one.as_str()) selected[one.as_str() == current] { (one.as_str()) }
                }
            }
        }
    };
    html! {
        details open[kept.is_some()] {
            summary { (text.edit) }
            form.stack action=(shown.action("fields")) method="post" {
                input type="hidden" name="version" value=(alert.version);
                (level("severity", EN.queue.severity, severity))
                (level("priority", text.priority, priority))
                label for="labels" { (text.labels) }
                input #labels name="labels" data-key="l" aria-describedby="labels-hint" value=(labels);
                p.note #labels-hint { (text.labels_hint) }
                label for="due" { (EN.tasks.due_in) " (" (zone.name()) ")" }
                input #due name="due" type="datetime-local" value=(due);
                button type="submit" { (text.save) }
            }
        }
    }
}
