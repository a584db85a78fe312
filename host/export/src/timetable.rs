//! When a schedule is due: a cron expression in a time zone.
//!
//! Five fields: minute, hour, day of the month, month, day of the week. Beyond lists, ranges,
//! steps and names (`MON`, `JAN`) there are `L` (the last day, or `5#L`, the last Friday), `#`
//! (`5#2`, the second Friday), `15W` (the weekday nearest to the 15th), `+` before the last field
//! (both days must match, not either), and `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.
//!
//! Where clocks are changed, a schedule with hours (`30 2 * * *`, `0 2,14 * * *`) keeps its number of
//! runs: what the clock leaves out is due when it goes on, once; what it shows twice is due the
//! first time. A schedule of every hour or of every so many (`0 * * * *`, `*/15 */2 * * *`) keeps its
//! distances: it is due whenever the clock shows it.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use domain::time::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};

use tenant::Schedule;

/// Two runs are at least so far apart, in minutes.
const MIN_DISTANCE: u16 = 5;
/// What comes less often than this never comes: 29 February is as far apart over a century's turn.
const HORIZON_DAYS: i64 = 8 * 366 + 2;
/// The longest expression, in bytes.
const MAX_CRON: usize = 200;

/// A schedule that was checked, in its time zone.
#[derive(Clone, Debug)]
pub struct Timetable {
    cron: Cron,
    zone: TimeZone,
    /// The times of a day, in order.
    times: Vec<Time>,
    /// Whether it keeps its distances where clocks are changed.
    every_hour: bool,
}

/// Why a schedule is refused. Each names the member.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum ScheduleError {
    #[error(
        "'schedule.cron' is no cron expression of five fields, such as '30 2 * * *' for 02:30 each day: {0}"
    )]
    Cron(String),
    #[error(
        "'schedule.timezone' is no IANA time zone, such as Europe/Brussels; '{0}' is not known"
    )]
    Zone(String),
    #[error("'schedule.cron' never comes: '{0}' is on no day of the calendar")]
    Never(String),
    #[error(
        "'schedule.cron' comes more often than once in {MIN_DISTANCE} minutes, which is the most; '*/{MIN_DISTANCE} * * * *' is as often as can be"
    )]
    TooOften,
}

impl ScheduleError {
    /// The member at fault.
    pub fn member(&self) -> &'static str {
        match self {
            Self::Zone(_) => "schedule.timezone",
            _ => "schedule.cron",
        }
    }
}

impl Timetable {
    /// Reads a schedule; `timezone` is the tenant's, for a schedule that names none.
    ///
    /// # Errors
    /// Where it is none, never comes or comes too often.
    pub fn new(schedule: &Schedule, timezone: &str) -> Result<Self, ScheduleError> {
        let name = schedule.timezone.as_deref().unwrap_or(timezone);
        let zone = TimeZone::get(name).map_err(|_| ScheduleError::Zone(name.to_owned()))?;
        let cron = parse(&schedule.cron)?;
        let (hours, minutes) = (&cron.pattern.hours, &cron.pattern.minutes);
        let every_hour = hours.from_wildcard;
        let minutes = minutes.values();
        let times = hours.values().into_iter().flat_map(|hour| {
            let at = move |minute: &u16| Time::constant(hour as i8, *minute as i8, 0, 0);
            minutes.iter().map(at).collect::<Vec<_>>()
        });
        let timetable = Self {
            times: times.collect(),
            cron,
            zone,
            every_hour,
        };
        timetable.check(&schedule.cron)?;
        Ok(timetable)
    }

    /// The first moment after this one at which it is due; none if time ends before.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let after = jiff::Timestamp::from_microsecond(after.as_micros()).ok()?;
        // A time that the clock left out is due on a later day, where the clock left out whole days.
        let from = self.date(after).yesterday().ok()?.yesterday().ok()?;
        let days = from.series(jiff::Span::new().days(1));
        let due = days
            .take(HORIZON_DAYS as usize)
            .filter(|day| self.is_on(*day))
            .flat_map(|day| self.moments(day))
            .find(|moment| *moment > after)?;
        Some(Timestamp::from_micros(due.as_microsecond()))
    }

    /// The last moment up to this one, that too, at which it was due.
    pub fn latest_until(&self, until: Timestamp) -> Option<Timestamp> {
        let until = jiff::Timestamp::from_microsecond(until.as_micros()).ok()?;
        let days = self
            .date(until)
            .tomorrow()
            .ok()?
            .series(jiff::Span::new().days(-1));
        let mut moments = days
            .take(HORIZON_DAYS as usize)
            .filter(|day| self.is_on(*day))
            .map(|day| {
                let moments = self.moments(day);
                moments.into_iter().rfind(|moment| *moment <= until)
            });
        let due = moments.find_map(|moment| moment)?;
        Some(Timestamp::from_micros(due.as_microsecond()))
    }

    fn date(&self, moment: jiff::Timestamp) -> Date {
        self.zone.to_datetime(moment).date()
    }

    fn is_on(&self, day: Date) -> bool {
        let first = self.times.first().copied().unwrap_or_default();
        let at = day.to_datetime(first);
        self.cron.is_time_matching(&at).unwrap_or(false)
    }

    /// The moments of a day of the calendar, in order.
    fn moments(&self, day: Date) -> Vec<jiff::Timestamp> {
        let mut moments = Vec::with_capacity(self.times.len());
        for time in &self.times {
            let ambiguous = self.zone.to_ambiguous_timestamp(day.to_datetime(*time));
            let offset = ambiguous.offset();
            match offset {
                AmbiguousOffset::Unambiguous { .. } => moments.extend(ambiguous.compatible()),
                AmbiguousOffset::Fold { .. } if self.every_hour => {
                    moments.extend(ambiguous.earlier());
                    moments.extend(ambiguous.later());
                }
                AmbiguousOffset::Fold { .. } => moments.extend(ambiguous.earlier()),
                AmbiguousOffset::Gap { .. } if self.every_hour => {}
                AmbiguousOffset::Gap { .. } => {
                    // Read with the offset of after, a time left out lies before the clock goes on.
                    let before = ambiguous.earlier().ok();
                    moments.extend(before.and_then(|before| self.goes_on(before)));
                }
            }
        }
        moments.sort_unstable();
        moments.dedup();
        moments
    }

    /// When the clock goes on that is about to leave something out.
    fn goes_on(&self, before: jiff::Timestamp) -> Option<jiff::Timestamp> {
        let change = self.zone.following(before).next()?;
        Some(change.timestamp())
    }

    fn check(&self, cron: &str) -> Result<(), ScheduleError> {
        // Any eight years have all days that there are.
        let from = Date::constant(2024, 1, 1);
        let days: Vec<Date> = from
            .series(jiff::Span::new().days(1))
            .take(HORIZON_DAYS as usize)
            .filter(|day| self.is_on(*day))
            .take(2)
            .collect();
        if days.is_empty() {
            return Err(ScheduleError::Never(cron.trim().to_owned()));
        }
        let minute = |time: &Time| time.hour() as u16 * 60 + time.minute() as u16;
        let minutes: Vec<u16> = self.times.iter().map(minute).collect();
        let within = minutes.windows(2).map(|pair| pair[1] - pair[0]);
        let over_midnight = minutes.first().zip(minutes.last());
        let over_midnight = over_midnight.map(|(first, last)| first + 24 * 60 - last);
        let least = within.chain(over_midnight).min();
        if least.is_some_and(|least| least < MIN_DISTANCE) {
            return Err(ScheduleError::TooOften);
        }
        Ok(())
    }
}

fn parse(cron: &str) -> Result<Cron, ScheduleError> {
    if cron.len() > MAX_CRON {
        let detail = format!("it has more than {MAX_CRON} characters");
        return Err(ScheduleError::Cron(detail));
    }
    let parser = CronParser::builder()
        .seconds(Seconds::Disallowed)
        .year(Year::Disallowed)
        .build();
    let parsed = parser.parse(cron);
    parsed.map_err(|error| ScheduleError::Cron(error.to_string()))
}

#[cfg(test)]
mod tests;
