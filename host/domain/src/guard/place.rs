//! Where in a condition something is, and why a condition is refused.

use std::fmt;

use super::limits::EXCERPT_CHARS;

/// A place in a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The line, or what is around the place where the line is long.
    excerpt: String,
    /// What stands under the excerpt before the caret.
    indent: String,
}

impl Place {
    /// The place of a byte of the source, or of the character that it belongs to.
    pub(super) fn of(source: &str, byte: u32) -> Self {
        let byte = source.floor_char_boundary((byte as usize).min(source.len()));
        let start = source[..byte].rfind('\n').map_or(0, |found| found + 1);
        let end = source[byte..]
            .find(['\n', '\r'])
            .map_or(source.len(), |found| byte + found);
        let before: Vec<char> = source[start..byte].chars().collect();
        let skipped = before.len().saturating_sub(EXCERPT_CHARS);
        let shown = &before[skipped..];
        let mut after = source[byte..end].chars();
        let behind: String = after.by_ref().take(EXCERPT_CHARS).collect();
        let begin = if skipped > 0 { "…" } else { "" };
        let end = if after.next().is_some() { "…" } else { "" };
        let excerpt = format!("{begin}{}{behind}{end}", String::from_iter(shown));
        // A tab stays one, so that the caret stands where the place is.
        let blank = |letter: &char| if *letter == '\t' { '\t' } else { ' ' };
        let indent = begin.chars().chain(shown.iter().copied());
        Self {
            line: source[..start].matches('\n').count() + 1,
            column: before.len() + 1,
            excerpt,
            indent: indent.map(|letter| blank(&letter)).collect(),
        }
    }
}

/// The line, and a caret under the place.
impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}\n{}^", self.excerpt, self.indent)
    }
}

/// Why a text is no guard. Shown, it has the line with a caret under the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {reason}\n{place}", place.line, place.column)]
pub struct Refusal {
    /// What is wrong, and the way out.
    pub reason: String,
    /// Where.
    pub place: Place,
}

impl Refusal {
    pub(super) fn new(source: &str, at: u32, reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            place: Place::of(source, at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caret_stands_under_the_place() {
        let check = |source: &str, byte: u32, expect: &str| {
            let place = Place::of(source, byte);
            assert_eq!(
                format!("{} {}\n{place}", place.line, place.column),
                expect,
                "{source:?} {byte}"
            );
        };
        check("a + b", 4, "1 5\na + b\n    ^");
        check("é + b", 5, "1 5\né + b\n    ^");
        check("é", 1, "1 1\né\n^");
        check("(a\r\n+\tb)", 6, "2 3\n+\tb)\n \t^");
        check("a", 9, "1 2\na\n ^");
        check("", 0, "1 1\n\n^");
        let long = "x".repeat(200);
        let some = "x".repeat(60);
        let indent = " ".repeat(61);
        check(&long, 100, &format!("1 101\n…{some}{some}…\n{indent}^"));
    }
}
