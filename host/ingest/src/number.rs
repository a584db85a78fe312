//! The texts of numbers.

use std::fmt::Write;

use domain::payload::{Float, Reason};

/// The largest integer below which every integer is an f64 and is written in at most 15 digits.
const EXACT: f64 = 1e15;

/// Reads a JSON number as a float, and keeps the literal where [`write_float`] would write another.
pub(super) fn read_float(literal: &str) -> Result<Float, Reason> {
    let number: f64 = literal.parse().map_err(|_| Reason::WrongType)?;
    if number.is_infinite() {
        return Err(Reason::OutOfRange);
    }
    Ok(Float {
        number,
        sent: (!is_shortest(literal, number)).then(|| literal.into()),
    })
}

/// Reads a JSON number as an integer: no fraction, no exponent.
pub(super) fn read_integer(literal: &str) -> Result<i64, Reason> {
    let digits = literal.strip_prefix('-').unwrap_or(literal);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Reason::WrongType);
    }
    literal.parse().map_err(|_| Reason::OutOfRange)
}

/// Writes a float as it was sent, or else in the shortest text that reads as the same number.
pub(super) fn write_float(out: &mut String, float: &Float) {
    match &float.sent {
        Some(literal) => out.push_str(literal),
        None => write_shortest(out, float.number),
    }
}

fn write_shortest(out: &mut String, number: f64) {
    let whole = number.trunc() == number && number.abs() < EXACT;
    // Writing to a string cannot fail.
    let _ = if whole && !(number == 0.0 && number.is_sign_negative()) {
        write!(out, "{}", number as i64)
    } else if (1e-5..EXACT).contains(&number.abs()) {
        write!(out, "{number}")
    } else {
        write!(out, "{number:e}")
    };
}

fn is_shortest(literal: &str, number: f64) -> bool {
    // Most floats are posted as plain integers, which need no writing to compare.
    let digits = literal.strip_prefix('-').unwrap_or(literal);
    if digits.len() <= 15 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return literal != "-0";
    }
    // Neither a trailing zero of a fraction nor an exponent is ever shortest in
    // this range, and amounts of money mostly end in one.
    if literal.ends_with('0') && literal.contains('.') && !literal.contains(['e', 'E']) {
        return false;
    }
    let mut shortest = String::with_capacity(24);
    write_shortest(&mut shortest, number);
    shortest == literal
}
