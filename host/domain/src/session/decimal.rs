//! Amounts as they were sent.

use std::fmt;
use std::hash::{Hash, Hasher};

/// A decimal number in plain digits, kept as it was sent; two are the same where their values are.
#[derive(Clone, Eq)]
pub struct Decimal(Box<str>);

/// Why a text is no [`Decimal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a decimal number such as \"-12.50\": at most {} digits before the point and {} behind it, no exponent, no other sign than '-'",
    Decimal::MAX_WHOLE,
    Decimal::MAX_FRACTION
)]
pub struct NotDecimal;

impl Decimal {
    /// The most digits before the point.
    pub const MAX_WHOLE: usize = 18;
    /// The most digits behind the point.
    pub const MAX_FRACTION: usize = 10;

    /// Checks a text.
    ///
    /// # Errors
    /// Where it is no decimal number in plain digits.
    pub fn new(text: &str) -> Result<Self, NotDecimal> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (digits, None),
        };
        let are_digits = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        let fits = are_digits(whole, Self::MAX_WHOLE)
            && fraction.is_none_or(|fraction| are_digits(fraction, Self::MAX_FRACTION));
        fits.then(|| Self(text.into())).ok_or(NotDecimal)
    }

    /// As it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same text for the same value: no zeros that say nothing, and no sign before zero.
    pub fn canonical(&self) -> String {
        let (is_negative, whole, fraction) = self.value();
        let sign = if is_negative { "-" } else { "" };
        let whole = if whole.is_empty() { "0" } else { whole };
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{fraction}")
    }

    /// Whether it is below zero, and what remains of its digits without zeros that say nothing.
    fn value(&self) -> (bool, &str, &str) {
        let (sign, digits) = match self.0.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, &*self.0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let (whole, fraction) = (
            whole.trim_start_matches('0'),
            fraction.trim_end_matches('0'),
        );
        let is_zero = whole.is_empty() && fraction.is_empty();
        (sign && !is_zero, whole, fraction)
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value().hash(state);
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_digits_alone_are_decimals() {
        let check = |text: &str, expect: bool| {
            assert_eq!(Decimal::new(text).is_ok(), expect, "{text:?}");
        };
        for good in [
            "0",
            "-0",
            "12.50",
            "-0.0001",
            "999999999999999999.9999999999",
        ] {
            check(good, true);
        }
        for bad in [
            "",
            "-",
            ".5",
            "5.",
            "+1",
            "1e3",
            "1,5",
            " 1",
            "1 ",
            "--1",
            "NaN",
            "0x1",
            "1.2.3",
            "١",
            "1000000000000000000",
            "0.00000000001",
        ] {
            check(bad, false);
        }
    }

    #[test]
    fn the_same_value_is_the_same() {
        let check = |one: &str, other: &str, expect: bool| {
            let [one, other] = [one, other].map(|text| Decimal::new(text).expect("a decimal"));
            assert_eq!(one == other, expect, "{one} {other}");
            assert_eq!(
                one.canonical() == other.canonical(),
                expect,
                "{one} {other}"
            );
            let again = Decimal::new(&one.canonical()).expect("a decimal");
            assert_eq!(again, one, "the canonical text has the same value");
        };
        check("1", "1.00", true);
        check("-0.0", "0", true);
        check("007.5", "7.50", true);
        check("1", "-1", false);
        check("1", "10", false);
        check("0.1", "0.01", false);
    }
}
