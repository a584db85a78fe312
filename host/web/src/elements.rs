//! What many pages are made of: links to further rows, empty lists, what one may not do, questions, progress.

use app::caller::Caller;
use axum::http::Uri;
use maud::{Markup, html};
use tenant::Permission;

use crate::text::EN;

/// A list of which there is nothing to show: why, and what to do about it.
pub(crate) fn empty(why: &str, hint: &str) -> Markup {
    html! { div.empty { p { strong { (why) } } @if !hint.is_empty() { p { (hint) } } } }
}

/// The way through a list that is longer than its page: `list` is its address, `is_later` says whether this is another page
/// than the first, and `next` is the cursor of what follows.
pub(crate) fn pages(list: &str, is_later: bool, next: Option<&str>) -> Markup {
    let mark = if list.contains('?') { '&' } else { '?' };
    let next = next.map(|cursor| {
        let cursor = serde_html_form::to_string([("cursor", cursor)]).unwrap_or_default();
        format!("{list}{mark}{cursor}")
    });
    html! {
        @if is_later || next.is_some() {
            p.pages {
                @if is_later { a href=(list) { (EN.elements.first) } }
                @if let Some(next) = next { a rel="next" href=(next) { (EN.elements.next) } }
            }
        }
    }
}

/// The cursor in the address of a list.
pub(crate) fn cursor_of(uri: &Uri) -> Option<String> {
    let pairs: Vec<(String, String)> =
        serde_html_form::from_str(uri.query().unwrap_or_default()).unwrap_or_default();
    let mut cursors = pairs.into_iter().filter(|(name, _)| name == "cursor");
    cursors.next().map(|(_, cursor)| cursor)
}

/// What only those see who are permitted something; others see a disabled button of this title, and what it needs.
pub(crate) fn permitted(
    caller: &Caller,
    needs: Permission,
    title: &str,
    content: impl FnOnce() -> Markup,
) -> Markup {
    match caller.may(needs) {
        true => content(),
        false => denied(title, &(EN.elements.needs)(needs.as_str())),
    }
}

/// A button that cannot be used, and why.
pub(crate) fn denied(title: &str, why: &str) -> Markup {
    html! {
        div.denied {
            button type="button" disabled { (title) }
            p.note { (why) }
        }
    }
}

/// Something that cannot be undone: a button that asks before its form, which carries it out, is shown.
pub(crate) fn asking(title: &str, question: &str, form: &Markup) -> Markup {
    html! {
        details.asking {
            summary { (title) }
            div { p { (question) } (form) }
        }
    }
}

/// A part of the page at `address` that shows how far something is: while it is running, browsers with scripts renew it
/// every two seconds, and others have a link that loads the page anew.
pub(crate) fn live(id: &str, address: &str, is_running: bool, content: &Markup) -> Markup {
    html! {
        @if is_running {
            div id=(id) hx-get=(address) hx-trigger="every 2s" hx-select={ "#" (id) } hx-swap="outerHTML" {
                (content)
                noscript { p { a href=(address) { (EN.elements.renew) } } }
            }
        } @else {
            div id=(id) { (content) }
        }
    }
}

/// How much of a whole is done.
pub(crate) fn progress(label: &str, done: u64, of: u64) -> Markup {
    html! {
        p.progress {
            progress aria-label=(label) value=(done) max=(of.max(1)) {}
            " " ((EN.elements.done_of)(done, of))
        }
    }
}

/// One of the choices of which any may be ticked.
pub(crate) struct Choice<'c> {
    /// What the form sends.
    pub(crate) value: &'c str,
    /// What people read.
    pub(crate) title: &'c str,
    pub(crate) is_ticked: bool,
}

/// Choices of which any may be ticked, under a legend; each that is ticked sends `name`.
pub(crate) fn ticks<'c>(
    name: &str,
    legend: &str,
    choices: impl IntoIterator<Item = Choice<'c>>,
) -> Markup {
    html! {
        fieldset.ticks {
            legend { (legend) }
            @for choice in choices {
                label.tick {
                    input type="checkbox" name=(name) value=(choice.value) checked[choice.is_ticked];
                    " " (choice.title)
                }
            }
        }
    }
}

/// A secret that is shown once, in a field of this id, with a button that copies it.
pub(crate) fn copied(id: &str, label: &str, value: &str) -> Markup {
    html! {
        label for=(id) { (label) }
        div.copied {
            input id=(id) readonly spellcheck="false" value=(value);
            button type="button" hidden data-copies=(id) data-done=(EN.elements.copied) { (EN.elements.copy) }
        }
    }
}
