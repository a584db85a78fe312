//! Rounding, as Python does it.

use super::number::Number;
use crate::guard::fault::{FaultKind, Raised};
use crate::guard::key::{TWO_63, whole};
use crate::guard::value::Value;

/// The integer that a float without fraction is.
pub(super) fn to_integer(number: f64, of: f64) -> Result<Value, Raised> {
    if of.is_nan() {
        return Err(Raised::of_value("cannot convert float NaN to integer"));
    }
    if of.is_infinite() {
        let detail = "cannot convert float infinity to integer";
        return Err(Raised::new(FaultKind::Overflow, detail));
    }
    whole(number).map(Value::Int).ok_or_else(Raised::overflow)
}

/// To the nearest; of two, to the even one.
pub(super) fn round(of: &Value, digits: Option<&Value>) -> Result<Value, Raised> {
    let digits = match digits {
        None | Some(Value::None) => None,
        Some(Value::Int(digits)) => Some(*digits),
        Some(Value::Bool(truth)) => Some(i64::from(*truth)),
        Some(other) => {
            let name = other.type_name();
            return Err(Raised::of_type(format!(
                "'{name}' object cannot be interpreted as an integer"
            )));
        }
    };
    match (Number::of(of), digits) {
        (Some(Number::Int(integer)), None | Some(0..)) => Ok(Value::Int(integer)),
        (Some(Number::Int(integer)), Some(digits)) => {
            let rounded = round_to_tens(integer, false, digits.unsigned_abs());
            let rounded = i64::try_from(rounded);
            rounded.map(Value::Int).map_err(|_| Raised::overflow())
        }
        (Some(Number::Float(number)), None) => to_integer(number.round_ties_even(), number),
        (Some(Number::Float(number)), Some(digits)) => round_float(number, digits),
        (None, _) => {
            let name = of.type_name();
            Err(Raised::of_type(format!(
                "type {name} doesn't define __round__ method"
            )))
        }
    }
}

fn round_float(number: f64, digits: i64) -> Result<Value, Raised> {
    /// More decimals than any float has.
    const MOST_DECIMALS: i64 = 1_100;
    if !number.is_finite() || digits >= MOST_DECIMALS {
        return Ok(Value::Float(number));
    }
    if let Ok(digits) = usize::try_from(digits) {
        // All decimals of a float are exact when it is written, and so is rounding them.
        let written = format!("{number:.digits$}");
        return Ok(Value::Float(written.parse().unwrap_or(number)));
    }
    if number.abs() >= TWO_63 {
        return Err(Raised::overflow());
    }
    let has_rest = number.trunc() != number;
    let rounded = round_to_tens(number.trunc() as i64, has_rest, digits.unsigned_abs());
    Ok(Value::Float((rounded as f64).copysign(number)))
}

/// Rounds to a multiple of a power of ten. `has_rest`: the number lies a fraction further from zero.
fn round_to_tens(integer: i64, has_rest: bool, tens: u64) -> i128 {
    // No integer of 64 bits is half of ten to the twentieth.
    let Some(unit) = u32::try_from(tens).ok().filter(|tens| *tens < 20) else {
        return 0;
    };
    let (unit, amount) = (10_i128.pow(unit), i128::from(integer).abs());
    let (lower, rest) = (amount - amount % unit, amount % unit);
    let is_odd = (lower / unit) % 2 == 1;
    let up = match (2 * rest).cmp(&unit) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => has_rest || is_odd,
        std::cmp::Ordering::Greater => true,
    };
    let rounded = if up { lower + unit } else { lower };
    if integer < 0 { -rounded } else { rounded }
}
