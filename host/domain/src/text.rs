//! Characters that nobody sees, and the lines of texts.

/// Removes white space and invisible characters from both ends of a text.
///
/// Texts that were copied from web pages, PDF files and spreadsheets often end in a zero-width space or begin with a
/// byte order mark, which no one who compares them can see.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || is_invisible(character))
}

/// Whether a character has no shape of its own.
///
/// These are the default ignorable code points of Unicode, but for variation selectors and tags: those are the visible
/// part of an emoji.
pub fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
    )
}

/// Whether an invisible character has no purpose in any script, not even within a text.
///
/// Joiners and direction marks have one, so they are not among these.
pub fn is_stray(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// The lines of a text, without their ends, each with its number from 1.
///
/// A line ends with LF, CR LF or a lone CR, as editors have it.
pub fn lines(text: &str) -> impl Iterator<Item = (u64, &str)> {
    let mut rest = Some(text);
    let mut line = 0;
    std::iter::from_fn(move || {
        let text = rest.filter(|text| !text.is_empty())?;
        line += 1;
        let Some(end) = text.find(['\r', '\n']) else {
            rest = None;
            return Some((line, text));
        };
        let length = if text[end..].starts_with("\r\n") {
            2
        } else {
            1
        };
        rest = Some(&text[end + length..]);
        Some((line, &text[..end]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_trimmed_at_the_ends_alone() {
        let check = |text: &str, expect: &str| assert_eq!(trimmed(text), expect, "{text:?}");
        check(" IR\t", "IR");
        check("\u{feff}IR\u{200b}", "IR");
        check(" \u{200b} \u{2060}IR\u{a0}\u{200d}\u{ad} ", "IR");
        check("\u{202e}gnp", "gnp");
        check("\u{1f600}\u{200d}\u{1f600}", "\u{1f600}\u{200d}\u{1f600}");
        check("a\u{200b}b", "a\u{200b}b");
        check("\u{2764}\u{fe0f}", "\u{2764}\u{fe0f}");
        check("\u{200b}", "");
        check("e\u{301}", "e\u{301}");
    }

    #[test]
    fn lines_are_those_of_an_editor() {
        let check = |text: &str, expect: &[(u64, &str)]| {
            assert_eq!(lines(text).collect::<Vec<_>>(), expect, "{text:?}");
        };
        check("", &[]);
        check("a", &[(1, "a")]);
        check("a\n", &[(1, "a")]);
        check("a\rb\nc\r\nd", &[(1, "a"), (2, "b"), (3, "c"), (4, "d")]);
        check("\r\r\n\nx", &[(1, ""), (2, ""), (3, ""), (4, "x")]);
    }
}
