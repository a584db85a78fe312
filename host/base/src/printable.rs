//! Text of strangers as one line that shows what it is.

use std::fmt::{self, Write};

/// A text as one printable line: characters that end lines, command terminals or reorder what is shown are written as
/// `\u{…}`.
pub struct Printable<'t>(pub &'t str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        PrintableWriter(out).write_str(self.0)
    }
}

/// Writes text as [`Printable`] does.
pub struct PrintableWriter<W>(pub W);

impl<W: Write> Write for PrintableWriter<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(is_unprintable) {
            let (before, from) = rest.split_at(at);
            self.0.write_str(before)?;
            let mut chars = from.chars();
            if let Some(unprintable) = chars.next() {
                write!(self.0, "{}", unprintable.escape_unicode())?;
            }
            rest = chars.as_str();
        }
        self.0.write_str(rest)
    }
}

/// Control characters (those of ANSI sequences among them), the two line separators, marks and controls of
/// bidirectional text, characters without width, and tags.
fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_printable_line() {
        let check = |text: &str, expect: &str| assert_eq!(Printable(text).to_string(), expect);
        check("", "");
        check("Zażółć 1 234,56 € 𝔅", "Zażółć 1 234,56 € 𝔅");
        check("a\nb\r\tc\0", r"a\u{a}b\u{d}\u{9}c\u{0}");
        check("\u{1b}[31mred\u{9b}0m", r"\u{1b}[31mred\u{9b}0m");
        check("a\u{2028}b\u{2029}c\u{85}", r"a\u{2028}b\u{2029}c\u{85}");
        check("\u{202e}gnp.exe\u{2066}", r"\u{202e}gnp.exe\u{2066}");
        check("pay\u{200b}pal\u{feff}", r"pay\u{200b}pal\u{feff}");
    }
}
