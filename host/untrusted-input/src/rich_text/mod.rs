//! Rich text: a subset of HTML in which nothing can be executed.
//!
//! What people send is made harmless once, on its way in, and kept so. The result is a fixed point:
//! made harmless again it stays as it is, so a browser reads what was checked here.
//!
//! What this module does not know: what the text is for, and who wrote it.

mod markup;
mod plain;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

pub use plain::plain;

/// The longest HTML that is taken, in bytes.
pub const MAX_BYTES: usize = 64 << 10;

/// The most characters that people see of a text.
pub const MAX_VISIBLE: usize = 10_000;

/// The most tags of a text. An HTML parser repeats what was not closed in all that follows, so
/// what it makes of a text can be as large as the square of this.
pub const MAX_TAGS: usize = 1_000;

/// The tags that are left. All others are taken away, and what is between them stays; text that only looks like a
/// tag, such as `<ann@example.org>`, stays as text.
pub const TAGS: [&str; 18] = [
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "em",
    "h3",
    "h4",
    "i",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "strong",
    "u",
    "ul",
    "del",
];

/// Where links may lead.
pub const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// What every link is given: the page that it leads to learns nothing of ours.
const LINK_REL: &str = "noopener noreferrer nofollow";

/// How often a text is made harmless until it must stay as it is.
const MAX_ROUNDS: usize = 8;

/// Why a text is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum RichTextError {
    #[error("has {0} bytes of HTML, and may have {MAX_BYTES}")]
    TooLong(usize),
    #[error("shows {0} characters, and may show {MAX_VISIBLE}")]
    TooManyCharacters(usize),
    #[error("has more than {MAX_TAGS} tags")]
    TooManyTags,
    #[error("says nothing that could be shown")]
    Empty,
    #[error(
        "is HTML that reads otherwise each time it is read; close every tag where it was opened"
    )]
    Unstable,
}

/// A text that is harmless wherever it is shown as HTML, and says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RichText(String);

impl RichText {
    /// Makes HTML harmless. Takes time with the tags of the text: most take less than a millisecond, and the most
    /// tangled some hundreds.
    ///
    /// # Errors
    /// Where nothing is left, or there is too much of it.
    pub fn new(html: &str) -> Result<Self, RichTextError> {
        if html.len() > MAX_BYTES {
            return Err(RichTextError::TooLong(html.len()));
        }
        if html.bytes().filter(|byte| *byte == b'<').count() > MAX_TAGS {
            return Err(RichTextError::TooManyTags);
        }
        let harmless = harmless(html)?;
        let visible = plain(&harmless);
        if !visible.chars().any(is_seen) {
            return Err(RichTextError::Empty);
        }
        match visible.chars().count() {
            count if count > MAX_VISIBLE => Err(RichTextError::TooManyCharacters(count)),
            _ => Ok(Self(harmless)),
        }
    }

    /// As HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As HTML.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Makes HTML harmless until that changes nothing any more.
fn harmless(html: &str) -> Result<String, RichTextError> {
    static SANITIZER: LazyLock<Builder<'static>> = LazyLock::new(sanitizer);
    let mut text = html.to_owned();
    for _ in 0..MAX_ROUNDS {
        let markup = markup::keep_text(&without_tricks(&text));
        let next = without_tricks(&SANITIZER.clean(&markup).to_string());
        if next == text {
            return Ok(text);
        }
        text = next;
    }
    Err(RichTextError::Unstable)
}

fn sanitizer() -> Builder<'static> {
    let mut sanitizer = Builder::new();
    sanitizer
        .tags(HashSet::from(TAGS))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]))
        .generic_attributes(HashSet::new())
        .url_schemes(HashSet::from(SCHEMES))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some(LINK_REL))
        .strip_comments(true)
        .clean_content_tags(HashSet::from(["script", "style"]));
    sanitizer
}

/// Takes away what shows a text otherwise than it is written: control characters, and those that turn
/// the direction of what follows. A line break at the beginning of `pre`, which each reading would take one
/// more of, goes too.
fn without_tricks(html: &str) -> String {
    let is_trick = |letter: char| {
        let is_turn = matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        is_turn || (letter.is_control() && !matches!(letter, '\n' | '\t'))
    };
    let mut text: String = html.chars().filter(|letter| !is_trick(*letter)).collect();
    while text.contains("<pre>\n") {
        text = text.replace("<pre>\n", "<pre>");
    }
    text
}

/// Whether a character leaves anything to see. What is white or has no width does not.
fn is_seen(letter: char) -> bool {
    let has_no_width = matches!(
        letter,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{206F}'
            | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{E0000}'..='\u{E0FFF}'
    );
    !letter.is_whitespace() && !letter.is_control() && !has_no_width
}
