//! Texts as numbers, and what Python takes for a blank.

/// What `strip` and `split` take away.
pub(super) fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&letter)
}

/// The digits of a number, without blanks around and single underscores between them.
fn digits(text: &str) -> Option<String> {
    let text = text.trim_matches(is_blank);
    let bytes = text.as_bytes();
    let is_digit = |place: Option<usize>| {
        let byte = place.and_then(|place| bytes.get(place));
        byte.is_some_and(u8::is_ascii_digit)
    };
    let between_digits =
        |(place, _): (usize, &str)| is_digit(place.checked_sub(1)) && is_digit(Some(place + 1));
    let is_good = text.match_indices('_').all(between_digits);
    is_good.then(|| text.replace('_', ""))
}

/// Why a text is no integer of 64 bits.
pub(super) enum NoInteger {
    Malformed,
    TooLong,
}

/// The integer that a text says.
pub(super) fn integer(text: &str) -> Result<i64, NoInteger> {
    let digits = digits(text).ok_or(NoInteger::Malformed)?;
    digits.parse().map_err(|error: std::num::ParseIntError| {
        use std::num::IntErrorKind::{NegOverflow, PosOverflow};
        match error.kind() {
            PosOverflow | NegOverflow => NoInteger::TooLong,
            _ => NoInteger::Malformed,
        }
    })
}

/// The number that a text says.
pub(super) fn float(text: &str) -> Option<f64> {
    digits(text)?.parse().ok()
}

/// Lines, as `splitlines` cuts them.
pub(super) fn lines(text: &str) -> Vec<&str> {
    let is_end = |letter: char| {
        matches!(
            letter,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'
                ..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
    };
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(is_end) {
        lines.push(&rest[..end]);
        let tail = &rest[end..];
        let mut letters = tail.chars();
        letters.next();
        rest = tail.strip_prefix("\r\n").unwrap_or(letters.as_str());
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}
