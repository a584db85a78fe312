//! What people said of an alert, and what became of it.

use app::alerts::history::HistoryEntry;
use app::caller::Caller;
use engine::lane::Actor;
use maud::{Markup, PreEscaped, html};
use tenant::Permission;

use super::page::{Listed, Notice, Shown};
use crate::text::EN;
use crate::when::Zone;

/// The comments, and the form for a new one.
pub(super) fn comments(
    shown: &Shown<'_>,
    caller: &Caller,
    zone: &Zone,
    notice: Option<&Notice<'_>>,
) -> Markup {
    let text = &EN.alert;
    let Some(comments) = &shown.comments else {
        return html! {};
    };
    html! {
        section.card aria-labelledby="comments" {
            h2 #comments { (text.comments) }
            @if comments.items.is_empty() { p.empty { (text.no_comments) } }
            @for comment in &comments.items {
                article.comment {
                    p.note { strong { (comment.author.login) } " · " (zone.time(comment.created_at)) }
                    // It was made harmless when it was written.
                    div { (PreEscaped(&comment.text)) }
                }
            }
            @if comments.has_more() { p.note { (text.more) } }
            @if shown.full.alert.merged_into.is_some() {
            } @else if caller.may(Permission::CommentWrite) {
                form.stack action=(shown.action("comment")) method="post" {
                    label for="comment" { (text.comment) }
                    textarea #comment name="text" rows="4" required data-key="c" { (notice.map_or("", |notice| notice.kept.comment)) }
                    button type="submit" { (text.put_comment) }
                }
            } @else {
                p.note { ((EN.elements.needs)(Permission::CommentWrite.as_str())) }
            }
        }
    }
}

/// What became of the alert, and who did it.
pub(super) fn history(history: &Listed<HistoryEntry>, zone: &Zone) -> Markup {
    let text = &EN.alert;
    html! {
        section.card aria-labelledby="history" {
            h2 #history { (text.history) }
            ol.history {
                @for entry in &history.items {
                    li {
                        (zone.time(entry.at)) " "
                        strong { (actor(entry.actor.as_ref())) } " "
                        code { (entry.action.as_deref().unwrap_or_default()) }
                        @for change in &entry.changes {
                            @if let (Some(from), Some(to)) = (&change.from, &change.to) {
                                div.note { (change.field) ": " (from) " → " (to) }
                            }
                        }
                    }
                }
            }
            @if history.has_more() { p.note { (text.more) } }
        }
    }
}

fn actor(actor: Option<&Actor>) -> String {
    match actor {
        Some(Actor::User { login, .. }) => login.clone(),
        Some(Actor::Rule { rule, .. }) => rule.clone(),
        Some(Actor::Administrator) => "administrator".to_owned(),
        Some(Actor::Host) | None => "host".to_owned(),
    }
}
