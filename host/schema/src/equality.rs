//! Values that are equal as JSON Schema has it: numbers by value, objects in any order.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Number, Value};

use crate::budget::{Exhausted, Meter};
use crate::number::Decimal;

/// Stack that is left before more is taken, and how much is taken, in bytes.
const RED_ZONE: usize = 64 << 10;
const STACK: usize = 1 << 20;

/// Runs what may go deep, however little stack is left.
pub(crate) fn with_stack<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(RED_ZONE, STACK, work)
}

pub(crate) fn equal(one: &Value, other: &Value, meter: &mut Meter<'_>) -> Result<bool, Exhausted> {
    meter.step(1)?;
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => equal_numbers(one, other, meter),
        (Value::String(one), Value::String(other)) => {
            if one.len() != other.len() {
                return Ok(false);
            }
            meter.read(one.len())?;
            Ok(one == other)
        }
        (Value::Array(one), Value::Array(other)) => {
            if one.len() != other.len() {
                return Ok(false);
            }
            for (one, other) in one.iter().zip(other) {
                if !with_stack(|| equal(one, other, meter))? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Object(one), Value::Object(other)) => {
            if one.len() != other.len() {
                return Ok(false);
            }
            for (name, one) in one {
                meter.step(lookup_cost(name, other.len()))?;
                let Some(other) = other.get(name) else {
                    return Ok(false);
                };
                if !with_stack(|| equal(one, other, meter))? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        _ => Ok(one == other),
    }
}

fn equal_numbers(one: &Number, other: &Number, meter: &mut Meter<'_>) -> Result<bool, Exhausted> {
    if let (Some(one), Some(other)) = (one.as_i64(), other.as_i64()) {
        return Ok(one == other);
    }
    let (one, other) = (Decimal::of(one), Decimal::of(other));
    meter.read(one.significant_digits() + other.significant_digits())?;
    Ok(one == other)
}

/// The steps of finding a name among so many.
pub(crate) fn lookup_cost(name: &str, among: usize) -> u64 {
    let looks = u64::from(usize::BITS - among.leading_zeros()) + 1;
    1 + looks * (name.len() as u64 / 16) + looks / 4
}

/// A digest that equal values share.
pub(crate) fn digest(value: &Value, meter: &mut Meter<'_>) -> Result<u64, Exhausted> {
    meter.step(1)?;
    // Its keys are fixed, so that the steps are the same everywhere; values made to collide cost steps.
    let mut hasher = DefaultHasher::new();
    match value {
        Value::Null => 0_u8.hash(&mut hasher),
        Value::Bool(value) => (1_u8, value).hash(&mut hasher),
        Value::Number(number) => {
            let number = Decimal::of(number);
            meter.read(number.significant_digits())?;
            (2_u8, number).hash(&mut hasher);
        }
        Value::String(text) => {
            meter.read(text.len())?;
            (3_u8, text).hash(&mut hasher);
        }
        Value::Array(items) => {
            (4_u8, items.len()).hash(&mut hasher);
            for item in items {
                with_stack(|| digest(item, meter))?.hash(&mut hasher);
            }
        }
        Value::Object(members) => {
            let mut sum = 0_u64;
            for (name, value) in members {
                meter.read(name.len())?;
                let mut member = DefaultHasher::new();
                (name, with_stack(|| digest(value, meter))?).hash(&mut member);
                sum = sum.wrapping_add(member.finish());
            }
            (5_u8, members.len(), sum).hash(&mut hasher);
        }
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::budget::Budget;

    #[test]
    fn equal_values_share_a_digest() {
        let mut meter = Meter::new(Budget::VALUE, &|| false);
        for (one, other, expect) in [
            (json!(1), json!(1.0), true),
            (json!(0), json!(false), false),
            (json!({"a": 1, "b": [2]}), json!({"b": [2.0], "a": 1}), true),
            (json!([1, 2]), json!([2, 1]), false),
            (json!(-0.0), json!(0), true),
            (json!("a"), json!(["a"]), false),
            (
                json!(18_446_744_073_709_551_615_u64),
                json!(1.8446744073709552e19),
                false,
            ),
        ] {
            assert_eq!(equal(&one, &other, &mut meter), Ok(expect), "{one} {other}");
            let digests = [digest(&one, &mut meter), digest(&other, &mut meter)];
            assert_eq!(digests[0] == digests[1], expect, "{one} {other}");
        }
    }
}
