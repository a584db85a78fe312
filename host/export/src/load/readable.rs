//! What Redshift and Power Query both read as the type that a column declares.

use runtime::formatter::ColumnType;

/// Whether both read a field's text as a value of this type, and as the same one.
pub(super) fn is_readable(text: &str, column: ColumnType) -> bool {
    match column {
        ColumnType::Text => true,
        ColumnType::Integer => text.parse::<i64>().is_ok() && !text.starts_with('+'),
        ColumnType::Decimal => is_decimal(text),
        ColumnType::Boolean => {
            text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
        }
        ColumnType::Timestamp => is_timestamp(text),
        ColumnType::Date => text.is_ascii() && text.len() == 10 && is_date(text),
        ColumnType::Json => json::is_json(text),
    }
}

/// How such a value is written, for those who read an error.
pub(super) fn as_both_read(column: ColumnType) -> &'static str {
    match column {
        ColumnType::Text => "any text",
        ColumnType::Integer => "digits without a separator, such as 1250",
        ColumnType::Decimal => "digits with a '.' before the fraction, such as 1250.5",
        ColumnType::Boolean => "true or false",
        ColumnType::Timestamp => "ISO 8601 with its offset, such as 2031-12-29T17:45:58Z",
        ColumnType::Date => "ISO 8601, such as 2031-12-29",
        ColumnType::Json => "JSON",
    }
}

fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_exponent =
        |exponent: &str| digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
    let is_mantissa = match mantissa.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(mantissa),
    };
    is_mantissa && exponent.is_none_or(is_exponent)
}

fn is_date(text: &str) -> bool {
    text.parse::<jiff::civil::Date>().is_ok()
        && text.starts_with(|first: char| first.is_ascii_digit())
}

fn is_timestamp(text: &str) -> bool {
    // Without an offset Power Query takes it for local time.
    text.is_ascii()
        && text.len() >= 20
        && is_date(&text[..10])
        && matches!(text.as_bytes()[10], b'T' | b' ')
        && text.parse::<jiff::Timestamp>().is_ok()
        && !text.contains('[')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_both_read_alike_is_readable() {
        let check = |column: ColumnType, good: &[&str], bad: &[&str]| {
            for text in good {
                assert!(is_readable(text, column), "{column:?} {text}");
            }
            for text in bad {
                assert!(!is_readable(text, column), "{column:?} {text}");
            }
        };
        check(
            ColumnType::Integer,
            &["0", "-12"],
            &["1.0", "1 000", "1,000", "+1", "x", ""],
        );
        check(
            ColumnType::Decimal,
            &["12.50", "-0.1", "7", "1e-9"],
            &["12,50", "1,250.5", ".5", "5.", "NaN", "--1", ""],
        );
        check(
            ColumnType::Boolean,
            &["true", "FALSE"],
            &["yes", "1", "t", ""],
        );
        check(
            ColumnType::Timestamp,
            &[
                "2031-12-29T17:45:58.123456Z",
                "2031-12-29 17:45:58Z",
                "2031-12-29T17:45:58+01:00",
            ],
            &[
                "2031-12-29T17:45:58",
                "29/12/2031 17:45:58Z",
                "2031-29-12T17:45:58Z",
                "2031-12-29",
                "20311229T174558Z0000",
                "2031-12-29T45:17:58Z",
            ],
        );
        check(
            ColumnType::Date,
            &["2031-12-29"],
            &["29/12/2031", "2031-29-12", "20311229", "31-12-2031"],
        );
        check(
            ColumnType::Json,
            &["[]", "{\"a\":1}", "\"a\""],
            &["a|b", "", "a"],
        );
    }
}
