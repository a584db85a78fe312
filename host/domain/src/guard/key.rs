//! What dicts and sets find values by.

use std::sync::Arc;

use super::budget::Budget;
use super::fault::Raised;
use super::value::Value;

/// A value that can be found: equal values of any type have equal keys, as `1`, `1.0` and `True` do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    None,
    Int(i64),
    /// The bits of a number that is no [`Key::Int`].
    Float(u64),
    Text(Arc<str>),
    Tuple(Box<[Key]>),
}

impl Key {
    /// The key of a value.
    ///
    /// # Errors
    /// Where values of its type cannot be found, or the budget is used up.
    pub(super) fn of(value: &Value, budget: &mut Budget) -> Result<Self, Raised> {
        budget.steps(1)?;
        Ok(match value {
            Value::None => Self::None,
            Value::Bool(truth) => Self::Int(i64::from(*truth)),
            Value::Int(integer) => Self::Int(*integer),
            Value::Float(number) => match whole(*number) {
                Some(integer) => Self::Int(integer),
                None => Self::Float(number.to_bits()),
            },
            Value::Text(text) => {
                budget.text(text.len())?;
                Self::Text(text.clone())
            }
            Value::Tuple(items) => {
                budget.elements(items.len())?;
                let keys = items.iter().map(|item| Self::of(item, budget));
                Self::Tuple(keys.collect::<Result<_, _>>()?)
            }
            other => {
                let name = other.type_name();
                return Err(Raised::of_type(format!("unhashable type: '{name}'")));
            }
        })
    }
}

/// The integer that a float is, if it is one of 64 bits.
pub(super) fn whole(number: f64) -> Option<i64> {
    let fits = number.trunc() == number && (-TWO_63..TWO_63).contains(&number);
    fits.then_some(number as i64)
}

/// The first float above all integers of 64 bits.
pub(super) const TWO_63: f64 = 9_223_372_036_854_775_808.0;
