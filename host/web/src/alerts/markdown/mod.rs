//! Markdown, as people type comments, and the HTML that is kept of them.
//!
//! What is no Markdown is shown as it was typed: a line break stays one, and HTML is text. The HTML goes through the
//! sanitiser of comments all the same.

mod read;
mod write;

pub(super) use read::html_of;
pub(super) use write::markdown_of;

/// A text in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
