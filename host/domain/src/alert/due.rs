//! Until when an alert must be done, counted from its creation.

use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, Unit};

use crate::time::Timestamp;

/// A length of time by the calendar, such as five days: ISO 8601, `P5D`.
#[derive(Clone, Debug)]
pub struct DueIn {
    text: String,
    span: Span,
}

/// Why a text is no [`DueIn`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "is a length of time as ISO 8601 writes it, such as P5D or PT12H: more than nothing and ten years at most"
)]
pub struct DueInError;

impl DueIn {
    /// The longest, in days: ten years.
    const MAX_DAYS: f64 = 3653.0;

    /// Reads a length as ISO 8601 writes it.
    pub fn parse(text: &str) -> Result<Self, DueInError> {
        let span: Span = Some(text)
            .filter(|text| text.starts_with('P') && text.len() <= 40)
            .and_then(|text| text.parse().ok())
            .ok_or(DueInError)?;
        let day = jiff::civil::date(2024, 1, 1);
        let days = span.total((Unit::Day, SpanRelativeTo::from(day)));
        let fits = days.is_ok_and(|days| days > 0.0 && days <= Self::MAX_DAYS);
        fits.then(|| Self {
            text: text.to_owned(),
            span,
        })
        .ok_or(DueInError)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// So long after a moment, by the clocks of a time zone: five days later it is the same time of the day.
    pub fn after(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let at = jiff::Timestamp::from_microsecond(at.as_micros()).ok()?;
        let due = at.to_zoned(zone.clone()).checked_add(self.span).ok()?;
        Some(Timestamp::from_micros(due.timestamp().as_microsecond()))
    }
}

impl PartialEq for DueIn {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(text: &str, zone: &str, at: &str) -> String {
        let zone = TimeZone::get(zone).expect("a zone");
        let at: jiff::Timestamp = at.parse().expect("a moment");
        let at = Timestamp::from_micros(at.as_microsecond());
        let due = DueIn::parse(text).expect("a length").after(at, &zone);
        due.expect("within all time").to_string()
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        let check = |text: &str, at: &str, expect: &str| {
            assert_eq!(
                due(text, "Europe/Brussels", at),
                expect,
                "{text} after {at}"
            );
        };
        check("P5D", "2026-01-10T09:00:00Z", "2026-01-15T09:00:00Z");
        // The clocks go forward on the 29th of March.
        check("P1D", "2026-03-28T09:00:00Z", "2026-03-29T08:00:00Z");
        check("PT24H", "2026-03-28T09:00:00Z", "2026-03-29T09:00:00Z");
        check("P1M", "2026-01-31T09:00:00Z", "2026-02-28T09:00:00Z");
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in [
            "",
            "P",
            "5 days",
            "P0D",
            "-P1D",
            "P-1D",
            "P11Y",
            "P1",
            "PT",
            "P99999999999D",
        ] {
            assert!(DueIn::parse(bad).is_err(), "{bad}");
        }
    }
}
