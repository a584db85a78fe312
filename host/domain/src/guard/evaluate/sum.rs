//! The total of a sum: once it is a float, what rounding loses is kept beside it, as CPython does since 3.12.

use crate::guard::value::Value;

/// A total. CPython 3.14 and later compensate for whole numbers that are added to a float, too.
#[derive(Clone, Debug)]
pub(super) enum Total {
    /// Anything but a float.
    Plain(Value),
    /// A float, and what its roundings lost (Neumaier's summation).
    Float { total: f64, lost: f64 },
}

impl Total {
    pub(super) fn new(value: Value) -> Self {
        match value {
            Value::Float(total) => Self::Float { total, lost: 0.0 },
            other => Self::Plain(other),
        }
    }

    /// With a number added to a float; none if that is not what is added.
    pub(super) fn with(&self, item: &Value) -> Option<Self> {
        let Self::Float { total, lost } = *self else {
            return None;
        };
        let item = match *item {
            Value::Float(float) => float,
            Value::Int(integer) => integer as f64,
            Value::Bool(truth) => f64::from(u8::from(truth)),
            _ => return None,
        };
        let sum = total + item;
        let rounded_off = if total.abs() >= item.abs() {
            (total - sum) + item
        } else {
            (item - sum) + total
        };
        Some(Self::Float {
            total: sum,
            lost: lost + rounded_off,
        })
    }

    pub(super) fn value(self) -> Value {
        match self {
            Self::Plain(value) => value,
            Self::Float { total, lost } if lost.is_finite() => Value::Float(total + lost),
            Self::Float { total, .. } => Value::Float(total),
        }
    }
}
