//! Moments and lengths of time.

use std::fmt;
use std::time::Duration;

/// A moment: microseconds since 1970-01-01T00:00:00Z.
///
/// ```
/// use vervet_sdk::Timestamp;
///
/// let epoch = Timestamp::from_micros(0);
/// assert_eq!(epoch.to_string(), "1970-01-01T00:00:00.000000Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A moment on the calendar, in UTC.
///
/// ```
/// use vervet_sdk::Timestamp;
///
/// let civil = Timestamp::from_micros(951_782_400_000_000).civil();
/// assert_eq!((civil.year, civil.month, civil.day), (2000, 2, 29));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Before year 1 it is 0 and less.
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// 0 to 999,999.
    pub microsecond: u32,
}

impl Timestamp {
    /// The moment so many microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// How long after an earlier moment this one is; nothing where it is not after it.
    ///
    /// ```
    /// use vervet_sdk::{Timestamp, minutes};
    ///
    /// let (early, late) = (Timestamp::from_micros(0), Timestamp::from_micros(60_000_000));
    /// assert_eq!(late.since(early), minutes(1));
    /// assert_eq!(early.since(late), minutes(0));
    /// ```
    pub fn since(self, earlier: Self) -> Duration {
        let micros = i128::from(self.0) - i128::from(earlier.0);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// The moment as a column holds it, where the smallest `i64` is none.
    pub(crate) fn from_column(micros: i64) -> Option<Self> {
        (micros != i64::MIN).then_some(Self(micros))
    }

    /// The moment on the calendar, in UTC.
    pub const fn civil(self) -> Civil {
        const DAY: i64 = 86_400_000_000;
        let (days, in_day) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        // Years begin in March here, so that a leap day is the last of its year;
        // an era is 400 years, after which the calendar repeats.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        Civil {
            year: era * 400 + year_of_era + if month <= 2 { 1 } else { 0 },
            month: month as u8,
            day: (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u8,
            hour: (in_day / 3_600_000_000) as u8,
            minute: (in_day / 60_000_000 % 60) as u8,
            second: (in_day / 1_000_000 % 60) as u8,
            microsecond: (in_day % 1_000_000) as u32,
        }
    }
}

/// ISO 8601 in UTC, always with six digits of fraction: `2024-02-29T09:30:00.000000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.civil();
        write!(
            out,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
            at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond
        )
    }
}

/// So many minutes, as the length of a window.
///
/// ```
/// assert_eq!(vervet_sdk::minutes(2).as_secs(), 120);
/// ```
pub const fn minutes(count: u32) -> Duration {
    Duration::from_secs(count as u64 * 60)
}

/// So many hours, as the length of a window.
///
/// ```
/// assert_eq!(vervet_sdk::hours(1), vervet_sdk::minutes(60));
/// ```
pub const fn hours(count: u32) -> Duration {
    minutes(1).saturating_mul(count.saturating_mul(60))
}

/// So many days, as the length of a window.
///
/// ```
/// assert_eq!(vervet_sdk::days(1), vervet_sdk::hours(24));
/// ```
pub const fn days(count: u32) -> Duration {
    hours(24).saturating_mul(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_on_the_calendar() {
        let check = |micros: i64, expect: &str| {
            assert_eq!(Timestamp::from_micros(micros).to_string(), expect);
        };
        check(-1, "1969-12-31T23:59:59.999999Z");
        check(1_649_721_600_000_000, "2022-04-12T00:00:00.000000Z");
        check(1_709_164_800_000_001, "2024-02-29T00:00:00.000001Z");
        check(-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z");
    }

    #[test]
    fn every_moment_agrees_with_another_calendar() {
        for step in -400_i64..400 {
            let micros = step * 77_777_777_777_777;
            let other = jiff::Timestamp::from_microsecond(micros).expect("in range");
            let civil = Timestamp::from_micros(micros).civil();
            let other = other.to_zoned(jiff::tz::TimeZone::UTC);
            assert_eq!(
                (
                    civil.year,
                    civil.month as i8,
                    civil.day as i8,
                    civil.hour as i8
                ),
                (
                    i64::from(other.year()),
                    other.month(),
                    other.day(),
                    other.hour()
                )
            );
        }
    }
}
