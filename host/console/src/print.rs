//! What commands tell people: results on standard output, all else on standard error.

use std::fmt::Display;
use std::io::{self, Write};

pub use base::grouped::grouped;

/// Writes a line to standard output.
///
/// # Errors
/// Where nobody reads it any more.
pub fn line(text: impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Writes a line to standard error, where somebody reads it.
pub fn error(text: impl Display) {
    // There is nowhere left to say that this failed.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
