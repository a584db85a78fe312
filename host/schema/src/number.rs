//! Numbers of any size and precision, compared and divided exactly.
//!
//! They are read from the text of a number, so that nothing depends on how `serde_json` keeps it.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use serde_json::Number;

/// The most significant digits of a `multipleOf`, so that a remainder and a digit fit 128 bits.
pub(crate) const MAX_DIVISOR_DIGITS: usize = 36;

/// An exact decimal number: its digits times a power of ten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    is_negative: bool,
    /// 0 to 9, the most significant first, with no zero at either end; empty for zero.
    digits: Box<[u8]>,
    /// The power of ten of the last digit; 0 for zero.
    exponent: i64,
}

impl Decimal {
    pub(crate) fn of(number: &Number) -> Self {
        Self::parse(&number.to_string())
    }

    /// Reads what the grammar of JSON calls a number.
    fn parse(text: &str) -> Self {
        let is_negative = text.starts_with('-');
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, bounded_exponent(exponent)),
            None => (text, 0),
        };
        let fraction = mantissa.split_once('.').map_or(0, |(_, after)| after.len());
        let digits = mantissa.bytes().filter(u8::is_ascii_digit);
        let digits: Vec<u8> = digits.map(|digit| digit - b'0').collect();
        let Some(first) = digits.iter().position(|&digit| digit != 0) else {
            return Self {
                is_negative: false,
                digits: Box::default(),
                exponent: 0,
            };
        };
        let end = digits.iter().rposition(|&digit| digit != 0).unwrap_or(0) + 1;
        let zeros = digits.len() - end;
        Self {
            is_negative,
            digits: digits[first..end].into(),
            exponent: exponent - fraction as i64 + zeros as i64,
        }
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    pub(crate) fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    /// How many digits are looked at when it is compared or divided.
    pub(crate) fn significant_digits(&self) -> usize {
        self.digits.len()
    }

    /// A length or a count: whole and not negative; the largest where it is larger than that.
    pub(crate) fn as_count(&self) -> Option<u64> {
        if self.is_zero() {
            return Some(0);
        }
        if self.is_negative || !self.is_integer() {
            return None;
        }
        let digits = self.digits.iter();
        let number = digits.fold(0_u64, |number, &digit| {
            number.saturating_mul(10).saturating_add(u64::from(digit))
        });
        let power = u32::try_from(self.exponent)
            .ok()
            .and_then(|exponent| 10_u64.checked_pow(exponent));
        Some(power.map_or(u64::MAX, |power| number.saturating_mul(power)))
    }

    /// Whether it is a whole number of times the divisor, which is not zero and has at most
    /// [`MAX_DIVISOR_DIGITS`] digits.
    pub(crate) fn is_multiple_of(&self, divisor: &Self) -> bool {
        if self.is_zero() {
            return true;
        }
        let Some(shift) = self.exponent.checked_sub(divisor.exponent) else {
            return false;
        };
        // The last digit is not 0, so that a divisor with more zeros at its end does not divide it.
        let Ok(shift) = u64::try_from(shift) else {
            return false;
        };
        let modulus = divisor
            .digits
            .iter()
            .fold(0_u128, |number, &digit| number * 10 + u128::from(digit));
        let remainder = self.digits.iter().fold(0_u128, |remainder, &digit| {
            (remainder * 10 + u128::from(digit)) % modulus
        });
        multiply(remainder, power_of_ten(shift, modulus), modulus) == 0
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => {}
        }
        let top = |number: &Self| number.exponent.saturating_add(number.digits.len() as i64);
        top(self)
            .cmp(&top(other))
            .then_with(|| self.digits.cmp(&other.digits))
    }
}

/// Exponents beyond this are taken as this.
const MAX_EXPONENT: i64 = 1 << 60;

fn bounded_exponent(text: &str) -> i64 {
    let limit = if text.starts_with('-') {
        -MAX_EXPONENT
    } else {
        MAX_EXPONENT
    };
    let exponent = text.trim_start_matches('+').parse().unwrap_or(limit);
    exponent.clamp(-MAX_EXPONENT, MAX_EXPONENT)
}

/// Both factors are below the modulus, which is below 2^127.
fn multiply(mut one: u128, mut other: u128, modulus: u128) -> u128 {
    if let Some(product) = one.checked_mul(other) {
        return product % modulus;
    }
    let mut product = 0;
    while other > 0 {
        if other & 1 == 1 {
            product = (product + one) % modulus;
        }
        one = (one << 1) % modulus;
        other >>= 1;
    }
    product
}

fn power_of_ten(mut exponent: u64, modulus: u128) -> u128 {
    let mut base = 10 % modulus;
    let mut power = 1 % modulus;
    while exponent > 0 {
        if exponent & 1 == 1 {
            power = multiply(power, base, modulus);
        }
        base = multiply(base, base, modulus);
        exponent >>= 1;
    }
    power
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
        }
    }
}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.is_negative, &self.digits, self.exponent).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text)
    }

    #[test]
    fn numbers_are_compared_by_value() {
        for (one, other) in [
            ("1", "1.0"),
            ("1", "10e-1"),
            ("-0", "0.000"),
            ("1200", "1.2E+3"),
            ("0e999999999999999999999", "0"),
        ] {
            assert_eq!(number(one), number(other));
        }
        let rising = [
            "-1e400",
            "-2",
            "-1.5",
            "-1e-400",
            "0",
            "1e-400",
            "0.1",
            "0.12",
            "9",
            "10",
            "12345678901234567890123456789",
            "12345678901234567890123456790",
            "1e400",
            "1e99999999999999999999999",
        ];
        for pair in rising.windows(2) {
            assert!(number(pair[0]) < number(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn multiples_are_exact() {
        for (value, divisor, expect) in [
            ("9", "3", true),
            ("10", "3", false),
            ("-9", "3", true),
            ("4.35", "0.01", true),
            ("0.0075", "0.0001", true),
            ("0.00751", "0.0001", false),
            ("1e308", "0.123456789", false),
            ("12391239123", "1e-8", true),
            ("1e308", "1e-300", true),
            ("1e-300", "1e308", false),
            ("1e1000000000000000000", "7e-1000000000000000000", false),
            ("7e1000000000000000000", "7e-1000000000000000000", true),
            (
                "99999999999999999999999999999999999900",
                "999999999999999999999999999999999999",
                true,
            ),
            (
                "99999999999999999999999999999999999901",
                "999999999999999999999999999999999999",
                false,
            ),
            ("20", "10", true),
            ("25", "10", false),
            ("0", "5", true),
        ] {
            assert_eq!(
                number(value).is_multiple_of(&number(divisor)),
                expect,
                "{value} by {divisor}"
            );
        }
    }

    #[test]
    fn counts_are_whole() {
        for (text, expect) in [
            ("0", Some(0)),
            ("2.0", Some(2)),
            ("2e3", Some(2_000)),
            ("2.5", None),
            ("-1", None),
            ("1e30", Some(u64::MAX)),
            ("1e300000000", Some(u64::MAX)),
        ] {
            assert_eq!(number(text).as_count(), expect, "{text}");
        }
    }
}
