//! The texts of moments.

use domain::payload::{Moment, Reason};
use domain::time::Timestamp;
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;

/// The longest text that can be a moment, in bytes: `+002024-09-25T10:45:30.123456789+02:00:00` has 41.
const MAX_BYTES: usize = 64;

/// Reads ISO 8601 with date, time and offset; the offset may be left out where there is a default zone.
///
/// Digits behind the microsecond are cut off in the moment; the text as sent is
/// kept with it. A local time that a zone skipped or had twice is read as
/// RFC 5545 says: by the offset before the gap, and as the first of the two.
///
/// # Errors
/// `InvalidDateTime`, or `OutOfRange` where it is a moment that cannot be kept.
pub(super) fn read(text: &str, default: Option<&TimeZone>) -> Result<Moment, Reason> {
    if let Some(moment) = read_usual(text.as_bytes()) {
        let sent = (!moment.is_canonical).then(|| text.into());
        return Ok(Moment {
            at: Some(moment.at),
            sent,
        });
    }
    let at = read_any(text, default)?;
    let sent = (at.to_string() != text).then(|| text.into());
    Ok(Moment { at: Some(at), sent })
}

/// Every form, slowly.
fn read_any(text: &str, default: Option<&TimeZone>) -> Result<Timestamp, Reason> {
    let invalid = Reason::InvalidDateTime;
    if text.len() > MAX_BYTES {
        return Err(invalid);
    }
    let pieces = Pieces::parse(text).map_err(|_| invalid)?;
    if pieces.time_zone_annotation().is_some() {
        return Err(invalid);
    }
    let local = pieces.date().to_datetime(pieces.time().ok_or(invalid)?);
    // The last and first day of the calendar are moments only with some offsets.
    let moment = match pieces.to_numeric_offset() {
        Some(offset) => offset.to_timestamp(local),
        None => default.ok_or(invalid)?.to_timestamp(local),
    };
    let moment = moment.map_err(|_| Reason::OutOfRange)?;
    // Rounds down, also before 1970.
    let micros = moment.as_nanosecond().div_euclid(1000);
    let micros = i64::try_from(micros).map_err(|_| Reason::OutOfRange)?;
    Ok(Timestamp::from_micros(micros))
}

struct Usual {
    at: Timestamp,
    is_canonical: bool,
}

/// `YYYY-MM-DDTHH:MM:SS[.f]` with `Z` or `±HH:MM`, as nearly all moments are written.
///
/// What it does not know it leaves to [`read_any`], and it knows no error.
fn read_usual(text: &[u8]) -> Option<Usual> {
    let (head, rest) = text.split_at_checked(19)?;
    let separated = head[4] == b'-' && head[7] == b'-' && head[10] == b'T';
    if !separated || head[13] != b':' || head[16] != b':' {
        return None;
    }
    let year = two(head, 0)? * 100 + two(head, 2)?;
    let (month, day) = (two(head, 5)?, two(head, 8)?);
    let (hour, minute, second) = (two(head, 11)?, two(head, 14)?, two(head, 17)?);
    // Away from the ends, so that no offset leaves the years that can be written.
    let in_range = (1..=9998).contains(&year) && (1..=12).contains(&month) && day >= 1;
    if !in_range || day > days_in(year, month) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (micros, fraction_is_canonical, rest) = fraction(rest)?;
    let (offset_minutes, is_utc) = match rest {
        [b'Z'] => (0, true),
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hours, minutes) = (two(rest, 1)?, two(rest, 4)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let minutes = hours * 60 + minutes;
            (if *sign == b'-' { -minutes } else { minutes }, false)
        }
        _ => return None,
    };
    let seconds = days_since_epoch(year, month, day) * 86_400
        + hour * 3600
        + (minute - offset_minutes) * 60
        + second;
    Some(Usual {
        at: Timestamp::from_micros(seconds * 1_000_000 + micros),
        is_canonical: is_utc && fraction_is_canonical,
    })
}

fn two(text: &[u8], at: usize) -> Option<i64> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    Some(digit(text[at])? * 10 + digit(text[at + 1])?)
}

/// The microseconds of a fraction, whether it is written as [`Timestamp`] writes it, and what follows.
fn fraction(text: &[u8]) -> Option<(i64, bool, &[u8])> {
    let Some(text) = text.strip_prefix(b".") else {
        return Some((0, true, text));
    };
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&length) {
        return None;
    }
    let digits = text[..length]
        .iter()
        .copied()
        .chain(std::iter::repeat(b'0'))
        .take(6);
    let micros = digits.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Some((
        micros,
        length <= 6 && text[length - 1] != b'0',
        &text[length..],
    ))
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar, counting years from March so that the leap day is last.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, default: Option<&str>, expect: Option<&str>) {
        let zone = default.map(|name| TimeZone::get(name).expect("a zone"));
        let read = read(text, zone.as_ref()).ok().and_then(|moment| moment.at);
        assert_eq!(
            read.map(|at| at.to_string()).as_deref(),
            expect,
            "{text:?} in {default:?}"
        );
    }

    #[test]
    fn a_moment_has_date_time_and_offset() {
        check("2024-09-25T10:45:30Z", None, Some("2024-09-25T10:45:30Z"));
        check(
            "2024-09-25T10:45:30.25+02:00",
            None,
            Some("2024-09-25T08:45:30.25Z"),
        );
        check(
            "2024-02-29T23:30:00-01:00",
            None,
            Some("2024-03-01T00:30:00Z"),
        );
        check("20240925T104530Z", None, Some("2024-09-25T10:45:30Z"));
        check("2024-09-25 10:45:30+02", None, Some("2024-09-25T08:45:30Z"));
        check(
            "1969-12-31T23:59:59.999999999Z",
            None,
            Some("1969-12-31T23:59:59.999999Z"),
        );
        check(
            "-000001-01-01T00:00:00.0000001Z",
            None,
            Some("-000001-01-01T00:00:00Z"),
        );
        for bad in [
            "2024-09-25",
            "2024-09-25T10:45:30",
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-09-25T24:00:00Z",
            "25/09/2024 10:45",
            "now",
            " 2024-09-25T10:45:30Z",
            "2024-09-25T10:45:30Z ",
            "2024-09-25T10:45:30+02:00[Europe/Brussels]",
            "2024-09-25T10:45:30ZZ",
            "2024-09-25T10:45:30.Z",
            "２０２４-09-25T10:45:30Z",
            "9999-12-31T23:59:59-23:59",
        ] {
            check(bad, None, None);
        }
    }

    #[test]
    fn moments_at_the_edges_are_read_or_refused_for_what_they_are() {
        let reason = |text: &str| read(text, None).map(|moment| moment.at).unwrap_err();
        check("0001-01-01T00:00:00Z", None, Some("0001-01-01T00:00:00Z"));
        check(
            "0001-01-01T00:00:00+23:59",
            None,
            Some("0000-12-31T00:01:00Z"),
        );
        check("0000-01-01T00:00:00Z", None, Some("0000-01-01T00:00:00Z"));
        check("9999-12-30T21:59:59Z", None, Some("9999-12-30T21:59:59Z"));
        // A leap second is read as the second before it, and kept as sent.
        check("2016-12-31T23:59:60Z", None, Some("2016-12-31T23:59:59Z"));
        for beyond in [
            "9999-12-31T23:59:59Z",
            "9999-12-31T00:00:00Z",
            "9999-12-31T23:59:59-23:59",
        ] {
            assert_eq!(reason(beyond), Reason::OutOfRange, "{beyond}");
        }
        for invalid in [
            "2024-09-25T24:00:00Z",
            "2024-09-25T23:59:61Z",
            "2023-02-29T00:00:00Z",
            "12024-01-01T00:00:00Z",
        ] {
            assert_eq!(reason(invalid), Reason::InvalidDateTime, "{invalid}");
        }
    }

    #[test]
    fn a_default_zone_serves_times_without_offset_alone() {
        check(
            "2024-07-01T12:00:00",
            Some("Europe/Brussels"),
            Some("2024-07-01T10:00:00Z"),
        );
        check(
            "2024-07-01T12:00:00Z",
            Some("Europe/Brussels"),
            Some("2024-07-01T12:00:00Z"),
        );
        check(
            "2024-03-31T02:30:00",
            Some("Europe/Brussels"),
            Some("2024-03-31T01:30:00Z"),
        );
        check(
            "2024-10-27T02:30:00",
            Some("Europe/Brussels"),
            Some("2024-10-27T00:30:00Z"),
        );
        check("2024-07-01", Some("Europe/Brussels"), None);
    }

    proptest! {
        #[test]
        fn the_quick_reader_agrees_with_the_thorough_one(
            text in "(19|20|00)[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{1,9})?(Z|[+-][012][0-9]:[0-5][0-9])"
        ) {
            if let Some(usual) = read_usual(text.as_bytes()) {
                prop_assert_eq!(Ok(usual.at), read_any(&text, None));
                prop_assert_eq!(usual.is_canonical, usual.at.to_string() == text);
            }
        }

        #[test]
        fn no_text_is_too_much(text in ".{0,80}") {
            let _ = read(&text, None);
        }
    }
}
