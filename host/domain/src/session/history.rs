//! How far back the histories of accounts reach, in calendar months.

use jiff::ToSpan;
use jiff::civil::Date;

/// What is known of an account's history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The day back to which it is complete; none while no page was read.
    pub reaches_to: Option<Date>,
    /// Whether that is all that the bank has.
    pub is_whole: bool,
}

impl History {
    /// Whether it reaches back to that day.
    pub fn reaches(&self, day: Date) -> bool {
        self.reaches_to.is_some_and(|reached| reached <= day)
    }

    /// Calendar months between the day that it reaches and `start`, as many as are whole.
    pub fn months(&self, start: Date) -> u32 {
        let reached = self.reaches_to;
        reached.map_or(0, |reached| whole_months(reached, start))
    }
}

/// Whether the histories of all accounts suffice: each reaches back to `since`; or, as soon as one is shorter and
/// has no more, each is whole.
pub(super) fn suffice<'h>(
    histories: impl Iterator<Item = &'h History> + Clone,
    since: Date,
) -> bool {
    histories.clone().all(|history| history.reaches(since))
        || histories.clone().all(|history| history.is_whole)
}

/// The same day so many calendar months earlier; the last day of the month where that month has
/// no such day. The earliest day that can be told where there is none.
pub fn months_before(day: Date, months: u32) -> Date {
    let months = i64::from(months).min(MOST_MONTHS);
    day.saturating_sub(months.months())
}

/// As many calendar months as there are between any two days that can be told.
const MOST_MONTHS: i64 = 12 * 19_998;

/// The most calendar months before `start` that are not before `from`.
pub fn whole_months(from: Date, start: Date) -> u32 {
    let years = i32::from(start.year()) - i32::from(from.year());
    let months = 12 * years + i32::from(start.month()) - i32::from(from.month());
    let Ok(months) = u32::try_from(months) else {
        return 0;
    };
    if months_before(start, months) >= from {
        months
    } else {
        months.saturating_sub(1)
    }
}
