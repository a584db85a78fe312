//! Amounts and countries as people read them, for the titles of findings.
//!
//! ```
//! use vervet_sdk::titles::{amount, country, money};
//!
//! let title = format!("{} exceeds the limit of {}", money(116_837.19, "EUR"), amount(50_000.0, "EUR"));
//! assert_eq!(title, "EUR 116,837.19 exceeds the limit of 50,000.00");
//! assert_eq!(country("MM"), "Myanmar (MM)");
//! ```

mod countries;

use std::borrow::Cow;

use countries::COUNTRIES;

/// Currencies without a smaller unit (ISO 4217).
const WITHOUT_FRACTION: [&str; 16] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
    "XAF", "XOF", "XPF",
];
/// Currencies whose smaller unit is a thousandth (ISO 4217).
const IN_THOUSANDTHS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// An amount with its thousands apart, and with as many digits of its fraction as the currency has.
///
/// ```
/// assert_eq!(vervet_sdk::titles::amount(-1_234_567.891, "EUR"), "-1,234,567.89");
/// assert_eq!(vervet_sdk::titles::amount(1_500.0, "JPY"), "1,500");
/// ```
pub fn amount(value: f64, currency: &str) -> String {
    let places = if WITHOUT_FRACTION.contains(&currency) {
        0
    } else if IN_THOUSANDTHS.contains(&currency) {
        3
    } else {
        2
    };
    let plain = format!("{value:.places$}");
    let whole_end = plain.find('.').unwrap_or(plain.len());
    let (whole, fraction) = plain.split_at(whole_end);
    let (sign, digits) = match whole.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", whole),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        // Infinite, or not a number.
        return plain;
    }
    let mut text = String::from(sign);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text.push_str(fraction);
    text
}

/// An amount behind its currency. Without a currency it is the amount alone.
///
/// ```
/// assert_eq!(vervet_sdk::titles::money(782.9, "EUR"), "EUR 782.90");
/// assert_eq!(vervet_sdk::titles::money(782.9, ""), "782.90");
/// ```
pub fn money(value: f64, currency: &str) -> String {
    let amount = amount(value, currency);
    match currency.trim() {
        "" => amount,
        currency => format!("{currency} {amount}"),
    }
}

/// A country's English name with its code. What is no code of ISO 3166-1 alpha-2 stays as it is.
///
/// ```
/// assert_eq!(vervet_sdk::titles::country("be"), "Belgium (be)");
/// assert_eq!(vervet_sdk::titles::country("Belgium"), "Belgium");
/// ```
pub fn country(code: &str) -> Cow<'_, str> {
    let upper = code.to_ascii_uppercase();
    match COUNTRIES.binary_search_by(|(known, _)| (*known).cmp(&upper)) {
        Ok(found) => Cow::Owned(format!("{} ({code})", COUNTRIES[found].1)),
        Err(_) => Cow::Borrowed(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let check = |value: f64, currency: &str, expect: &str| {
            assert_eq!(amount(value, currency), expect, "{value} {currency}");
        };
        check(0.0, "EUR", "0.00");
        check(999.999, "EUR", "1,000.00");
        check(999.994, "EUR", "999.99");
        check(-1_000.0, "", "-1,000.00");
        check(123_456.0, "JPY", "123,456");
        check(1e15, "KWD", "1,000,000,000,000,000.000");
        check(f64::INFINITY, "EUR", "inf");
        check(f64::NAN, "EUR", "NaN");
    }

    #[test]
    fn countries_are_in_order() {
        assert!(COUNTRIES.is_sorted());
        for (code, name) in COUNTRIES {
            assert_eq!(country(code), format!("{name} ({code})"));
        }
        assert_eq!(country(""), "");
        assert_eq!(country("XX"), "XX");
    }
}
