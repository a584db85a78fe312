//! Numbers of JSON, exactly as they were written.

use std::fmt;

/// A number of JSON: its literal, however many digits it has.
///
/// Two are equal if they have the same value and both are written as integers or both are not: `1.50` is `1.5` and
/// `1e2` is `100.0`, but `1` is not `1.0`, since a program that wants an integer refuses `1.0`.
#[derive(Clone, Debug)]
pub struct JsonNumber(Box<str>);

impl JsonNumber {
    /// A literal that the grammar of JSON allows; nothing else becomes a number.
    pub(super) fn of_literal(literal: &str) -> Self {
        Self(literal.into())
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The integer, where it is written as one and fits 64 bits. `-0` is none: it is a zero with a sign.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok().filter(|_| &*self.0 != "-0")
    }

    /// The nearest number of 64 bits of floating point; infinite where it is too large for any.
    pub fn as_f64(&self) -> f64 {
        self.0.parse().expect("Rust reads every number of JSON")
    }

    /// Whether both have the same value, however they are written: `1`, `1.0` and `10e-1` do.
    pub fn same_value(&self, other: &Self) -> bool {
        if self.0 == other.0 {
            return true;
        }
        match (Decimal::parse(&self.0), Decimal::parse(&other.0)) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        }
    }

    /// The same number in the form that all equal ones share: the shortest, as `serde_json` writes it, where 64 bits
    /// hold it exactly. Earlier releases stored numbers so.
    pub fn canonical(&self) -> Self {
        if self.is_written_as_integer() {
            return self.clone();
        }
        let shortest = match self.as_f64() {
            0.0 => Self::of_literal("0.0"),
            number => Self::of_literal(&serde_json::Value::from(number).to_string()),
        };
        if shortest.same_value(self) {
            return shortest;
        }
        match Decimal::parse(&self.0) {
            Some(decimal) => Self(decimal.to_string().into()),
            None => self.clone(),
        }
    }

    fn is_written_as_integer(&self) -> bool {
        !self.0.contains(['.', 'e', 'E']) && &*self.0 != "-0"
    }
}

impl PartialEq for JsonNumber {
    fn eq(&self, other: &Self) -> bool {
        self.is_written_as_integer() == other.is_written_as_integer() && self.same_value(other)
    }
}

impl Eq for JsonNumber {}

impl fmt::Display for JsonNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A number as its digits times a power of ten: two are equal if their values are.
#[derive(PartialEq, Eq)]
struct Decimal {
    is_negative: bool,
    /// `0` to `9`, with no zero at either end; empty for zero.
    digits: String,
    /// The power of ten of the last digit; 0 for zero.
    exponent: i128,
}

impl Decimal {
    /// None if the exponent has more than 64 bits; no number that is accepted has.
    fn parse(literal: &str) -> Option<Self> {
        let (mantissa, exponent) = match literal.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (literal, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_negative = whole.starts_with('-');
        let digits = format!("{}{fraction}", whole.trim_start_matches('-'));
        let significant = digits.trim_end_matches('0');
        let zeros = digits.len() - significant.len();
        let significant = significant.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Self {
                is_negative: false,
                digits: String::new(),
                exponent: 0,
            });
        }
        Some(Self {
            is_negative,
            digits: significant.to_owned(),
            exponent: i128::from(exponent) - fraction.len() as i128 + zeros as i128,
        })
    }
}

/// Never the form of an integer.
impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative { "-" } else { "" };
        let digits = if self.digits.is_empty() {
            "0"
        } else {
            &self.digits
        };
        write!(out, "{sign}{digits}e{}", self.exponent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_equal_by_value_and_integers_are_told_from_others() {
        let check = |one: &str, other: &str, same_value: bool, equal: bool| {
            let (one, other) = (JsonNumber::of_literal(one), JsonNumber::of_literal(other));
            assert_eq!(one.same_value(&other), same_value, "{one} {other}");
            assert_eq!(one == other, equal, "{one} {other}");
            let (one, other) = (one.canonical(), other.canonical());
            assert_eq!(one.as_str() == other.as_str(), equal, "{one} {other}");
        };
        check("1", "1", true, true);
        check("1", "1.0", true, false);
        check("1.0", "10e-1", true, true);
        check("1.50", "1.5", true, true);
        check("100.0", "1E+2", true, true);
        check("-0", "0", true, false);
        check("-0.0", "0e5", true, true);
        check("1", "-1", false, false);
        check("0.1", "0.01", false, false);
        check("1200", "12e2", true, false);
        check("10", "1", false, false);
        check("18446744073709551616", "18446744073709551617", false, false);
        check(
            "18446744073709551616",
            "18446744073709551616.0",
            true,
            false,
        );
        check("0.1", "0.10000000000000000001", false, false);
        check("1e-400", "0", false, false);
        check(
            "1e-99999999999999999999",
            "1e-99999999999999999998",
            false,
            false,
        );
        check(
            "1e-99999999999999999999",
            "1e-99999999999999999999",
            true,
            true,
        );
    }

    #[test]
    fn integers_and_floats_are_read_where_they_fit() {
        let check = |literal: &str, integer: Option<i64>, float: f64| {
            let number = JsonNumber::of_literal(literal);
            assert_eq!(number.as_i64(), integer, "{literal}");
            assert_eq!(number.as_f64(), float, "{literal}");
        };
        check(
            "-9223372036854775808",
            Some(i64::MIN),
            -9.223_372_036_854_776e18,
        );
        check("9223372036854775808", None, 9.223_372_036_854_776e18);
        check("1.0", None, 1.0);
        check("-0", None, -0.0);
        check("1e400", None, f64::INFINITY);
    }
}
