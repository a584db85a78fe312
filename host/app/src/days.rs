//! Days by the clocks of a tenant.

use domain::time::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tenant::Definitions;

/// The tenant's time zone.
pub(crate) fn zone_of(definitions: &Definitions) -> TimeZone {
    let name = definitions.tenant().map(|tenant| &tenant.timezone);
    let zone = name.and_then(|name| TimeZone::get(name).ok());
    zone.unwrap_or(TimeZone::UTC)
}

/// The day of a moment.
pub(crate) fn day_of(zone: &TimeZone, at: Timestamp) -> Date {
    let at = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or_default();
    zone.to_datetime(at).date()
}

/// The days from that of one moment to that of another.
pub(crate) fn between(zone: &TimeZone, first: Timestamp, last: Timestamp) -> Vec<Date> {
    let (first, last) = (day_of(zone, first), day_of(zone, last));
    let days = first.series(jiff::Span::new().days(1));
    days.take_while(|day| *day <= last).collect()
}

/// The last days up to that of a moment, the oldest first.
pub(crate) fn last(zone: &TimeZone, until: Timestamp, count: usize) -> Vec<Date> {
    let days = day_of(zone, until).series(jiff::Span::new().days(-1));
    let mut days: Vec<Date> = days.take(count).collect();
    days.reverse();
    days
}

/// Days that follow one another, of which the first and the last may be parts of days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Days {
    /// The dates, the oldest first. There is at least one.
    pub(crate) dates: Vec<Date>,
    /// When each begins, and when the last ends.
    pub(crate) bounds: Vec<Timestamp>,
}

impl Days {
    /// Whole days.
    pub(crate) fn whole(zone: &TimeZone, dates: Vec<Date>) -> Self {
        let mut bounds = bounds(zone, &dates);
        // After the last day of the calendar there is none.
        bounds.resize(dates.len() + 1, Timestamp::MAX);
        Self { dates, bounds }
    }

    /// The days from a moment until before another; none if there are none, or more than `most`.
    pub(crate) fn between(
        zone: &TimeZone,
        from: Timestamp,
        to: Timestamp,
        most: usize,
    ) -> Option<Self> {
        if from >= to {
            return None;
        }
        let last = Timestamp::from_micros(to.as_micros() - 1);
        let (first, last) = (day_of(zone, from), day_of(zone, last));
        let days = first.series(jiff::Span::new().days(1));
        let days = days.take_while(|day| *day <= last).take(most + 1);
        let mut days = Self::whole(zone, days.collect());
        if days.dates.is_empty() || days.dates.len() > most {
            return None;
        }
        days.bounds[0] = from;
        days.bounds[days.dates.len()] = to;
        Some(days)
    }

    /// When the first begins.
    pub(crate) fn begin(&self) -> Timestamp {
        self.bounds[0]
    }

    /// When the last ends.
    pub(crate) fn end(&self) -> Timestamp {
        self.bounds[self.bounds.len() - 1]
    }

    /// Which of the days a moment is of, from 0.
    pub(crate) fn position(&self, at: Timestamp) -> Option<usize> {
        let behind = self.bounds.partition_point(|bound| *bound <= at);
        let day = behind.checked_sub(1)?;
        (day < self.dates.len()).then_some(day)
    }
}

/// When each of these days, which follow one another, begins, and when the last ends.
pub(crate) fn bounds(zone: &TimeZone, days: &[Date]) -> Vec<Timestamp> {
    let after = days.last().and_then(|last| last.tomorrow().ok());
    let begin = |day: Date| {
        let begin = day.to_zoned(zone.clone());
        let micros = begin.map_or(i64::MAX, |begin| begin.timestamp().as_microsecond());
        Timestamp::from_micros(micros)
    };
    days.iter().copied().chain(after).map(begin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_as_long_as_clocks_say() {
        let zone = TimeZone::get("Europe/Brussels").expect("a zone");
        let at = |text: &str| {
            let at: jiff::Timestamp = text.parse().expect("a moment");
            Timestamp::from_micros(at.as_microsecond())
        };
        let days = between(
            &zone,
            at("2026-10-24T10:00:00Z"),
            at("2026-10-25T23:30:00Z"),
        );
        let texts: Vec<String> = days.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["2026-10-24", "2026-10-25", "2026-10-26"]);
        assert_eq!(last(&zone, at("2026-10-25T23:30:00Z"), 3), days);
        let bounds = bounds(&zone, &days);
        let hours = bounds.windows(2);
        let hours = hours.map(|day| (day[1].as_micros() - day[0].as_micros()) / 3_600_000_000);
        assert_eq!(hours.collect::<Vec<_>>(), [24, 25, 24]);
    }
}
