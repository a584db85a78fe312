//! What people said of an alert: comments in Markdown, which are kept as HTML that can do no harm.

use app::alerts::comments::{self, CommentView};
use app::caller::Caller;
use app::request::{Edit, Expected, Once};
use axum::response::{IntoResponse, Response};
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;
use tenant::Permission;
use untrusted_input::rich_text::RichText;

use super::answer::{Kept, Known, Notice, OfPart, OnAlert};
use super::markdown::{html_of, markdown_of};
use super::page;
use super::shown::Shown;
use super::tasks::TypedVersion;
use crate::browser::{Named, SignedIn, Typed};
use crate::elements::asking;
use crate::failure::Failure;
use crate::text::EN;
use crate::when::Zone;

/// The fragment that shows what a text will look like.
pub(super) const PREVIEW: &str = "/parts/comments/preview";

/// A comment, as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedComment {
    /// None of a new one.
    version: Option<u64>,
    text: String,
}

pub(crate) async fn create(on: OnAlert, Typed(typed): Typed<TypedComment>) -> Response {
    let html = html_of(&typed.text);
    let done = comments::create(on.caller(), on.alert, html, Once::unkeyed()).await;
    let kept = Kept {
        comment: &typed.text,
        ..Kept::default()
    };
    on.answer(done.map_err(Failure::from), "", kept).await
}

pub(crate) async fn change(
    on: OnAlert,
    Named(OfPart { part }): Named<OfPart>,
    Typed(typed): Typed<TypedComment>,
) -> Response {
    let html = html_of(&typed.text);
    let edit = Edit::new(move |_| Ok(html.clone()));
    let version = typed.version.unwrap_or_default();
    let expected = Expected::version(version);
    let done = comments::change(&on.app, on.caller(), on.alert, part, expected, edit).await;
    let kept = Kept {
        edited: Some((part, &typed.text)),
        known: Known::part(part, version),
        ..Kept::default()
    };
    on.answer(done.map_err(Failure::from), "#comments", kept)
        .await
}

pub(crate) async fn delete(
    on: OnAlert,
    Named(OfPart { part }): Named<OfPart>,
    Typed(typed): Typed<TypedVersion>,
) -> Response {
    let expected = Expected::version(typed.version);
    let done = comments::delete(on.caller(), on.alert, part, expected).await;
    let done = done.map_err(Failure::from);
    on.answer_of(done, "#comments", part, typed.version).await
}

/// The page of the alert with what a new comment will look like, for browsers without scripts.
pub(crate) async fn preview(on: OnAlert, Typed(typed): Typed<TypedComment>) -> Response {
    let shown = previewed(&typed.text);
    let page = page::previewing(&on, &typed.text, &shown).await;
    page.into_response()
}

/// What a text will look like, as a fragment.
pub(crate) async fn preview_part(
    _: SignedIn,
    Typed(typed): Typed<TypedComment>,
) -> Result<Markup, Failure> {
    Ok(previewed(&typed.text))
}

/// What a text will look like once it is a comment, or why it cannot be one.
fn previewed(typed: &str) -> Markup {
    match RichText::new(&html_of(typed)) {
        Ok(text) => html! {
            div.preview #comment-preview role="status" aria-label=(EN.comments.preview) { (PreEscaped(text.as_str())) }
        },
        Err(error) => html! {
            div.preview #comment-preview role="status" { p.note { ((EN.comments.no_preview)(&error.to_string())) } }
        },
    }
}

/// The comments, and the form for a new one.
pub(super) fn section(
    shown: &Shown<'_>,
    caller: &Caller,
    zone: &Zone,
    notice: Option<&Notice<'_>>,
    preview: Option<(&str, &Markup)>,
) -> Markup {
    let text = &EN.alert;
    let Some(comments) = &shown.comments else {
        return html! {};
    };
    let typed = preview.map_or_else(
        || notice.map_or("", |notice| notice.kept.comment),
        |(typed, _)| typed,
    );
    html! {
        section.card aria-labelledby="comments" {
            h2 #comments { (text.comments) }
            @if comments.items.is_empty() { p.empty { (text.no_comments) } }
            @for (number, comment) in comments.items.iter().enumerate() {
                (one_comment(shown, caller, zone, notice, (number, comment)))
            }
            @if comments.has_more() { p.note { (text.more) } }
            @if !shown.is_whole() {
            } @else if caller.may(Permission::CommentWrite) {
                form.stack action=(shown.action("comment")) method="post" {
                    label for="comment" { (text.comment) }
                    (toolbar("comment"))
                    textarea #comment name="text" rows="4" required data-key="c" aria-describedby="comment-hint" { (typed) }
                    p.note #comment-hint { (EN.comments.hint) }
                    @if let Some((_, preview)) = preview { (preview) } @else { div #comment-preview {} }
                    div.buttons {
                        button type="submit" { (text.put_comment) }
                        button.quiet type="submit" formaction=(shown.address("comment/preview"))
                            hx-post=(PREVIEW) hx-target="#comment-preview" hx-select="#comment-preview" hx-swap="outerHTML ignoreTitle:true" {
                            (EN.comments.preview)
                        }
                    }
                }
            } @else {
                p.note { ((EN.elements.needs)(Permission::CommentWrite.as_str())) }
            }
        }
    }
}

/// Buttons that put Markdown into a text area; a script shows them.
fn toolbar(area: &str) -> Markup {
    let text = &EN.comments;
    html! {
        div.toolbar role="group" aria-label=(text.toolbar) aria-controls=(area) hidden {
            button.quiet type="button" data-around="**" aria-label=(text.bold) title=(text.bold) { b aria-hidden="true" { "B" } }
            button.quiet type="button" data-around="*" aria-label=(text.italic) title=(text.italic) { i aria-hidden="true" { "I" } }
            button.quiet type="button" data-before="- " { (text.list) }
            button.quiet type="button" data-link="https://" { (text.link) }
        }
    }
}

fn one_comment(
    shown: &Shown<'_>,
    caller: &Caller,
    zone: &Zone,
    notice: Option<&Notice<'_>>,
    (number, comment): (usize, &CommentView),
) -> Markup {
    let text = &EN.comments;
    let is_own = *comment.author.id == *caller.id;
    let may_change = is_own && caller.may(Permission::CommentWrite) && shown.is_whole();
    html! {
        article.comment {
            p.note {
                strong { (comment.author.login) } " · " (zone.time(comment.created_at))
                @if let Some(at) = comment.edited_at { " · " (text.edited) " " (zone.time(at)) }
            }
            // It was made harmless when it was written.
            div { (PreEscaped(&comment.text)) }
            @if may_change { (own(shown, comment, number, notice)) }
        }
    }
}

/// What only the author of a comment can do with it.
fn own(
    shown: &Shown<'_>,
    comment: &CommentView,
    number: usize,
    notice: Option<&Notice<'_>>,
) -> Markup {
    let text = &EN.comments;
    let (id, area) = (comment.id, format!("comment-{number}"));
    let typed = notice.and_then(|notice| notice.kept.edited);
    let typed = typed.filter(|(of, _)| *of == id).map(|(_, typed)| typed);
    html! {
        details open[typed.is_some()] {
            summary { (text.change) }
            form.stack action=(shown.action(&format!("comments/{id}"))) method="post" {
                input type="hidden" name="version" value=(comment.version);
                label for=(area) { (text.comment) }
                (toolbar(&area))
                textarea id=(area) name="text" rows="4" required {
                    @match typed {
                        Some(typed) => (typed),
                        None => (markdown_of(&comment.text)),
                    }
                }
                button type="submit" { (EN.alert.save) }
            }
            (asking(text.delete, text.delete_question, &html! {
                form action=(shown.action(&format!("comments/{id}/delete"))) method="post" {
                    input type="hidden" name="version" value=(comment.version);
                    button.danger type="submit" { (text.delete) }
                }
            }))
        }
    }
}
