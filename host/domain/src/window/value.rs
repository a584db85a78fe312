//! Values of fields as windows see them: read from a transaction, compared, and kept.

use std::cmp::Ordering;
use std::sync::Arc;

use hashbrown::Equivalent;

use crate::payload::{FieldRef, FieldType, Transaction, Value};
use crate::rule::Comparison;
use crate::time::Timestamp;

/// A field by name and type: what a plan was bound to. A schema of another
/// version has it where it has a field of that name and that type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct FieldKey {
    pub(super) name: String,
    pub(super) field_type: FieldType,
}

/// The value of a field in a transaction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum View<'t> {
    /// The transaction's schema lacks the field.
    Missing,
    Float(f64),
    Integer(i64),
    Time(Option<Timestamp>),
    Text(&'t str),
    Boolean(bool),
}

impl<'t> View<'t> {
    /// Reads a field of a transaction; `None` stands for one that its schema lacks.
    pub(super) fn of(transaction: &'t Transaction, field: Option<FieldRef>) -> Self {
        match field {
            None => Self::Missing,
            Some(FieldRef::TxnId) => Self::Text(transaction.txn_id.as_str()),
            Some(FieldRef::CustomerId) => Self::Text(transaction.customer_id.as_str()),
            Some(FieldRef::DateTime) => Self::Time(Some(transaction.date_time)),
            Some(FieldRef::Value(index)) => match &transaction.values[index] {
                Value::Float(float) => Self::Float(float.number),
                Value::Integer(integer) => Self::Integer(*integer),
                Value::DateTime(moment) => Self::Time(moment.at),
                Value::Text(text) => Self::Text(text),
                Value::Boolean(truth) => Self::Boolean(*truth),
            },
        }
    }

    /// Whether it is there and not what payloads write for "unknown": `0` or `""`.
    pub(super) fn is_known(self) -> bool {
        match self {
            Self::Missing | Self::Time(None) => false,
            Self::Float(number) => number != 0.0,
            Self::Integer(integer) => integer != 0,
            Self::Text(text) => !text.is_empty(),
            Self::Time(Some(_)) | Self::Boolean(_) => true,
        }
    }

    /// As what it is counted, where it is known.
    pub(super) fn known(self) -> Option<Known<&'t str>> {
        if !self.is_known() {
            return None;
        }
        Some(match self {
            Self::Missing | Self::Time(None) => return None,
            Self::Text(text) => Known::Text(text),
            Self::Float(number) => Known::Bits(number.to_bits()),
            Self::Integer(integer) => Known::Bits(integer as u64),
            Self::Boolean(truth) => Known::Bits(u64::from(truth)),
            Self::Time(Some(moment)) => Known::Bits(moment.as_micros() as u64),
        })
    }

    /// Whether both are there and equal, whatever types they are of.
    pub(super) fn equals(self, other: View<'_>) -> bool {
        match (self, other) {
            (View::Text(one), View::Text(other)) => one == other,
            (one, other) => match (one.tagged_bits(), other.tagged_bits()) {
                (Some(one), Some(other)) => one == other,
                _ => false,
            },
        }
    }

    /// Appends bytes that are equal for equal values only; false where the field is missing.
    pub(super) fn write_key(self, key: &mut Vec<u8>) -> bool {
        if let Self::Text(text) = self {
            key.push(0);
            key.extend_from_slice(&(text.len() as u32).to_le_bytes());
            key.extend_from_slice(text.as_bytes());
            return true;
        }
        let Some((tag, bits)) = self.tagged_bits() else {
            return false;
        };
        key.push(tag);
        key.extend_from_slice(&bits.to_le_bytes());
        true
    }

    /// What is equal for equal values only; `None` of a text, and where the field is missing.
    fn tagged_bits(self) -> Option<(u8, u64)> {
        Some(match self {
            Self::Missing | Self::Text(_) => return None,
            Self::Integer(integer) => (1, integer as u64),
            Self::Float(number) => match whole(number) {
                Some(integer) => (1, integer as u64),
                None => (2, number.to_bits()),
            },
            Self::Boolean(truth) => (3, u64::from(truth)),
            Self::Time(Some(moment)) => (4, moment.as_micros() as u64),
            Self::Time(None) => (5, 0),
        })
    }
}

/// The integer of the same value.
fn whole(number: f64) -> Option<i64> {
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number);
    (fits && number.trunc() == number).then_some(number as i64)
}

/// A literal that fields are compared with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Literal {
    Text(String),
    /// A number of integral value; floats of such value are this too.
    Integer(i64),
    /// The bits of a number of any other value, which is not NaN.
    Float(u64),
    Boolean(bool),
    Time(Timestamp),
}

impl Literal {
    /// A number that is not NaN.
    pub(super) fn number(number: f64) -> Self {
        whole(number).map_or(Self::Float(number.to_bits()), Self::Integer)
    }
}

/// What a transaction must meet by itself to enter a window.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Test<F> {
    pub(super) field: F,
    pub(super) comparison: Comparison,
    pub(super) literal: Literal,
}

impl<F> Test<F> {
    /// Whether a value meets it. A missing field and an unknown moment meet nothing.
    pub(super) fn is_met_by(&self, value: View<'_>) -> bool {
        let Some(order) = compare(value, &self.literal) else {
            return false;
        };
        match self.comparison {
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// Compares by value: numbers exactly, texts by their bytes, `false` before `true`.
fn compare(value: View<'_>, literal: &Literal) -> Option<Ordering> {
    match (value, literal) {
        (View::Integer(left), Literal::Integer(right)) => Some(left.cmp(right)),
        (View::Integer(left), Literal::Float(right)) => {
            Some(compare_mixed(left, f64::from_bits(*right)))
        }
        (View::Float(left), Literal::Integer(right)) => Some(compare_mixed(*right, left).reverse()),
        (View::Float(left), Literal::Float(right)) => left.partial_cmp(&f64::from_bits(*right)),
        (View::Text(left), Literal::Text(right)) => Some(left.cmp(right)),
        (View::Boolean(left), Literal::Boolean(right)) => Some(left.cmp(right)),
        (View::Time(Some(left)), Literal::Time(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// Compares an integer with a float that is not NaN, without rounding either.
fn compare_mixed(integer: i64, number: f64) -> Ordering {
    if number >= 9_223_372_036_854_775_808.0 {
        Ordering::Less
    } else if number < -9_223_372_036_854_775_808.0 {
        Ordering::Greater
    } else {
        let below = number.floor();
        integer.cmp(&(below as i64)).then(if below < number {
            Ordering::Less
        } else {
            Ordering::Equal
        })
    }
}

/// The value of a field, as rows keep it that have values of several types.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kept {
    Missing,
    Float(f64),
    Integer(i64),
    Time(Option<Timestamp>),
    Text(Arc<str>),
    Boolean(bool),
}

/// A known value as a key: the text, or the bits of all else.
///
/// Values of one field are of one type, so bits tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Known<T> {
    Bits(u64),
    Text(T),
}

/// So that a value can be counted without a copy of its text, unless it is new.
impl Equivalent<Known<Box<str>>> for Known<&str> {
    fn equivalent(&self, key: &Known<Box<str>>) -> bool {
        match (self, key) {
            (Self::Bits(bits), Known::Bits(key)) => bits == key,
            (Self::Text(text), Known::Text(key)) => **text == **key,
            _ => false,
        }
    }
}

impl From<Known<&str>> for Known<Box<str>> {
    fn from(known: Known<&str>) -> Self {
        match known {
            Known::Bits(bits) => Self::Bits(bits),
            Known::Text(text) => Self::Text(text.into()),
        }
    }
}

impl Kept {
    pub(super) fn new(value: View<'_>) -> Self {
        match value {
            View::Missing => Self::Missing,
            View::Float(number) => Self::Float(number),
            View::Integer(integer) => Self::Integer(integer),
            View::Time(moment) => Self::Time(moment),
            View::Text(text) => Self::Text(text.into()),
            View::Boolean(truth) => Self::Boolean(truth),
        }
    }

    /// As a column shows it.
    pub(super) fn view(&self) -> View<'_> {
        match self {
            Self::Missing => View::Missing,
            Self::Float(number) => View::Float(*number),
            Self::Integer(integer) => View::Integer(*integer),
            Self::Time(moment) => View::Time(*moment),
            Self::Text(text) => View::Text(text),
            Self::Boolean(truth) => View::Boolean(*truth),
        }
    }

    /// Heap bytes beyond the value itself.
    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len() + 16,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_and_floats_compare_by_value() {
        let check = |integer: i64, number: f64, expect: Ordering| {
            assert_eq!(
                compare(View::Integer(integer), &Literal::number(number)),
                Some(expect),
                "{integer} {number}"
            );
            let back = compare(View::Float(number), &Literal::Integer(integer));
            assert_eq!(back, Some(expect.reverse()), "{number} {integer}");
        };
        check(1, 1.0, Ordering::Equal);
        check(0, -0.0, Ordering::Equal);
        check(1, 1.5, Ordering::Less);
        check(-1, -1.5, Ordering::Greater);
        check(
            9_007_199_254_740_993,
            9_007_199_254_740_992.0,
            Ordering::Greater,
        );
        check(i64::MAX, 9_223_372_036_854_775_808.0, Ordering::Less);
        check(i64::MIN, -9_223_372_036_854_775_808.0, Ordering::Equal);
        check(i64::MIN, -1e300, Ordering::Greater);
        check(0, 5e-324, Ordering::Less);
        check(0, f64::INFINITY, Ordering::Less);
    }

    #[test]
    fn keys_are_equal_for_equal_values_only() {
        let key = |values: &[View<'_>]| {
            let mut key = Vec::new();
            assert!(values.iter().all(|value| value.write_key(&mut key)));
            key
        };
        assert_eq!(key(&[View::Integer(3)]), key(&[View::Float(3.0)]));
        assert_eq!(key(&[View::Float(0.0)]), key(&[View::Float(-0.0)]));
        assert_ne!(key(&[View::Integer(3)]), key(&[View::Float(3.5)]));
        assert_ne!(
            key(&[View::Text("a"), View::Text("bc")]),
            key(&[View::Text("ab"), View::Text("c")])
        );
        assert_ne!(key(&[View::Text("")]), key(&[View::Time(None)]));
    }
}
