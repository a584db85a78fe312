//! What commands tell people: results on standard output, all else on standard error.

use std::fmt::Display;
use std::io::{self, Write};

/// Writes a line to standard output.
///
/// # Errors
/// Where nobody reads it any more.
pub(super) fn line(text: impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Writes a line to standard error, where somebody reads it.
pub(super) fn error(text: impl Display) {
    // There is nowhere left to say that this failed.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// `1234567` as `1 234 567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}
