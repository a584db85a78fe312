//! Arithmetic on numbers, as Python does it.

use std::cmp::Ordering;

use crate::guard::fault::{FaultKind, Raised};
use crate::guard::key::TWO_63;
use crate::guard::tree::Binary;
use crate::guard::value::Value;

/// A number; truths are whole numbers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
}

use Number::{Float, Int};

impl Number {
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(truth) => Some(Int(i64::from(*truth))),
            Value::Int(integer) => Some(Int(*integer)),
            Value::Float(number) => Some(Float(*number)),
            _ => None,
        }
    }

    fn as_float(self) -> f64 {
        match self {
            Int(integer) => integer as f64,
            Float(number) => number,
        }
    }

    /// Which is more, exactly; none if one is no number.
    pub(super) fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Int(one), Int(other)) => Some(one.cmp(&other)),
            (Float(one), Float(other)) => one.partial_cmp(&other),
            (Int(one), Float(other)) => order(one, other),
            (Float(one), Int(other)) => order(other, one).map(Ordering::reverse),
        }
    }
}

fn order(integer: i64, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    if float >= TWO_63 {
        return Some(Ordering::Less);
    }
    if float < -TWO_63 {
        return Some(Ordering::Greater);
    }
    let whole = float.trunc();
    let by_rest = 0.0_f64.partial_cmp(&(float - whole));
    Some(integer.cmp(&(whole as i64)).then(by_rest?))
}

/// An operation on two numbers; none if Python has none for their types.
pub(super) fn operate(
    operator: Binary,
    left: Number,
    right: Number,
) -> Option<Result<Value, Raised>> {
    if let (Int(left), Int(right)) = (left, right) {
        return Some(on_integers(operator, left, right));
    }
    let (left, right) = (left.as_float(), right.as_float());
    let value = match operator {
        Binary::Add => Ok(left + right),
        Binary::Subtract => Ok(left - right),
        Binary::Multiply => Ok(left * right),
        Binary::Divide if right == 0.0 => Err(by_zero("float division by zero")),
        Binary::Divide => Ok(left / right),
        Binary::FloorDivide if right == 0.0 => Err(by_zero("float floor division by zero")),
        Binary::FloorDivide => Ok(floor_divide(left, right)),
        Binary::Modulo if right == 0.0 => Err(by_zero("float modulo")),
        Binary::Modulo => Ok(modulo(left, right)),
        Binary::Power => power(left, right),
        _ => return None,
    };
    Some(value.map(Value::Float))
}

fn by_zero(detail: &str) -> Raised {
    Raised::new(FaultKind::ZeroDivision, detail)
}

fn on_integers(operator: Binary, left: i64, right: i64) -> Result<Value, Raised> {
    let value = match operator {
        Binary::Add => left.checked_add(right),
        Binary::Subtract => left.checked_sub(right),
        Binary::Multiply => left.checked_mul(right),
        Binary::Divide if right == 0 => return Err(by_zero("division by zero")),
        Binary::Divide => return Ok(Value::Float(divide(left, right))),
        Binary::FloorDivide | Binary::Modulo if right == 0 => {
            return Err(by_zero("integer division or modulo by zero"));
        }
        Binary::FloorDivide => left.checked_div_euclid(right).map(|quotient| {
            // Euclid's rest is never negative; Python's has the divisor's sign.
            let rest = left.wrapping_sub(quotient.wrapping_mul(right));
            if right < 0 && rest > 0 {
                quotient - 1
            } else {
                quotient
            }
        }),
        Binary::Modulo => {
            let rest = left.wrapping_rem(right);
            let other_sign = rest != 0 && (rest < 0) != (right < 0);
            Some(if other_sign { rest + right } else { rest })
        }
        Binary::Power => return integer_power(left, right),
        Binary::ShiftLeft | Binary::ShiftRight if right < 0 => {
            return Err(Raised::of_value("negative shift count"));
        }
        Binary::ShiftLeft if left == 0 => Some(0),
        Binary::ShiftLeft => {
            let shifted = (right < 64).then(|| i128::from(left) << right);
            shifted.and_then(|shifted| i64::try_from(shifted).ok())
        }
        Binary::ShiftRight => Some(left >> right.min(63)),
        Binary::And => Some(left & right),
        Binary::Or => Some(left | right),
        Binary::Xor => Some(left ^ right),
    };
    value.map(Value::Int).ok_or_else(Raised::overflow)
}

/// The float that is nearest to the quotient.
fn divide(left: i64, right: i64) -> f64 {
    const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;
    let (dividend, divisor) = (left.unsigned_abs(), right.unsigned_abs());
    if dividend <= EXACT && divisor <= EXACT {
        return left as f64 / right as f64;
    }
    let (dividend, divisor) = (u128::from(dividend), u128::from(divisor));
    // A quotient of 64 bits or more, whose last says whether there is a rest, is rounded once.
    let shift = dividend.leading_zeros() - 1;
    let (quotient, rest) = ((dividend << shift) / divisor, (dividend << shift) % divisor);
    let nearest = (quotient | u128::from(rest != 0)) as f64 * 2.0_f64.powi(-(shift as i32));
    if (left < 0) == (right < 0) {
        nearest
    } else {
        -nearest
    }
}

fn integer_power(base: i64, exponent: i64) -> Result<Value, Raised> {
    if exponent < 0 {
        return power(base as f64, exponent as f64).map(Value::Float);
    }
    let value = match base {
        0 | 1 => Some(if exponent == 0 { 1 } else { base }),
        -1 => Some(if exponent % 2 == 0 { 1 } else { -1 }),
        _ => u32::try_from(exponent)
            .ok()
            .and_then(|exponent| base.checked_pow(exponent)),
    };
    value.map(Value::Int).ok_or_else(Raised::overflow)
}

fn power(base: f64, exponent: f64) -> Result<f64, Raised> {
    if base == 0.0 && exponent < 0.0 {
        return Err(by_zero("0.0 cannot be raised to a negative power"));
    }
    if base < 0.0 && base.is_finite() && exponent.is_finite() && exponent.trunc() != exponent {
        return Err(Raised::of_value(
            "complex numbers cannot stand in a condition",
        ));
    }
    let value = base.powf(exponent);
    if value.is_infinite() && base.is_finite() && exponent.is_finite() {
        let detail = "(34, 'Numerical result out of range')";
        return Err(Raised::new(FaultKind::Overflow, detail));
    }
    Ok(value)
}

/// The rest, with the divisor's sign.
fn modulo(left: f64, right: f64) -> f64 {
    let rest = left % right;
    if rest == 0.0 {
        0.0_f64.copysign(right)
    } else if (rest < 0.0) != (right < 0.0) {
        rest + right
    } else {
        rest
    }
}

fn floor_divide(left: f64, right: f64) -> f64 {
    let rest = left % right;
    let mut quotient = (left - rest) / right;
    if rest != 0.0 && (rest < 0.0) != (right < 0.0) {
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return 0.0_f64.copysign(left / right);
    }
    let floor = quotient.floor();
    if quotient - floor > 0.5 {
        floor + 1.0
    } else {
        floor
    }
}
