//! A customer's transactions by day: how many there were, and what their numbers sum up to.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::blocking::{ReadError, blocking};
use crate::caller::{Caller, Forbidden};
use crate::request::Invalid;
use crate::teams::{NoSuchTeam, find_team};
use domain::alert::Viewer;
use domain::payload::{Sensitivity, Transaction, Value};
use domain::time::Timestamp;
use engine::lane::{TeamView, TransactionQuery};
use store::StoreError;
use tenant::{Permission, Team};

/// The most days that are summed up at once.
pub const MAX_DAYS: usize = 366;

/// The most transactions that are read for it, the newest.
pub const MAX_TRANSACTIONS: usize = 10_000;

/// So many transactions are in memory at once.
const STEP: usize = 250;

/// A customer's transactions by day, in the tenant's time zone.
#[derive(Clone, Debug)]
pub struct ByDay {
    /// Every day that was asked for, the oldest first, also those without transactions.
    pub days: Vec<Day>,
    /// Numeric fields that are not summed, since the caller may not see them.
    pub masked: BTreeSet<String>,
    /// Where there are more than [`MAX_TRANSACTIONS`]: what is said of this day and of earlier ones is not all.
    pub incomplete_until: Option<Date>,
    zone: TimeZone,
}

/// The transactions of one day.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// The date in the tenant's time zone.
    pub date: Date,
    /// How many transactions there were.
    pub count: u64,
    /// The sum of each numeric field that a transaction of the day has, by the field's name.
    pub sums: BTreeMap<String, f64>,
}

/// Why transactions cannot be summed up.
#[derive(Debug, thiserror::Error)]
pub enum ByDayError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
    /// The days cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// What is stored cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl ByDay {
    /// On which of the days something happened.
    pub fn date_of(&self, at: Timestamp) -> Option<Date> {
        date_in(&self.zone, at)
    }
}

/// Sums up a customer's transactions by day: those of a team, or of all teams of the tenant.
///
/// # Errors
/// Where the caller may not read transactions, there is no such team, or the days are too many.
pub async fn by_day(
    caller: &Caller,
    team: Option<&str>,
    customer: &str,
    days: RangeInclusive<Date>,
) -> Result<ByDay, ByDayError> {
    caller.require(Permission::TransactionRead)?;
    let definitions = caller.definitions();
    let teams: Vec<Arc<Team>> = match team {
        Some(team) => vec![find_team(&definitions, team)?],
        None => definitions.teams.iter().cloned().collect(),
    };
    let mut views = Vec::with_capacity(teams.len());
    for team in teams.iter().filter(|team| team.schema().is_some()) {
        views.push(caller.lane.team(team.id).await.map_err(ReadError::from)?);
    }
    let zone = definitions.tenant().map(|tenant| &tenant.timezone);
    let zone = zone.and_then(|name| TimeZone::get(name).ok());
    let summing = Summing::new(days, zone.unwrap_or(TimeZone::UTC), caller.viewer())?;
    let customer = customer.to_owned();
    let summed = blocking(move || summing.read(&views, &customer)).await;
    Ok(summed.map_err(ReadError::from)?.map_err(ReadError::from)?)
}

/// What was summed up so far.
struct Summing {
    summed: ByDay,
    viewer: Viewer,
    from: Timestamp,
    to: Timestamp,
    /// How many transactions may still be read.
    left: usize,
}

impl Summing {
    fn new(days: RangeInclusive<Date>, zone: TimeZone, viewer: Viewer) -> Result<Self, Invalid> {
        let (first, last) = days.into_inner();
        let dates: Vec<Date> = first
            .series(jiff::Span::new().days(1))
            .take(MAX_DAYS + 1)
            .take_while(|date| *date <= last)
            .collect();
        if dates.is_empty() || dates.len() > MAX_DAYS {
            let detail =
                format!("'from' must not be after 'to', and both be at most {MAX_DAYS} days apart");
            return Err(Invalid::field("from", "out_of_range", detail));
        }
        let begin = |date: Date| {
            let begin = date.to_zoned(zone.clone());
            begin.map(|begin| Timestamp::from_micros(begin.timestamp().as_microsecond()))
        };
        let bounds = begin(first).and_then(|from| Ok((from, begin(last.tomorrow()?)?)));
        let (from, to) = bounds.map_err(|_| {
            Invalid::field(
                "to",
                "out_of_range",
                "'from' and 'to' must be dates that a clock can show",
            )
        })?;
        let days = dates.into_iter().map(|date| Day {
            date,
            count: 0,
            sums: BTreeMap::new(),
        });
        Ok(Self {
            summed: ByDay {
                days: days.collect(),
                masked: BTreeSet::new(),
                incomplete_until: None,
                zone,
            },
            viewer,
            from,
            to,
            left: MAX_TRANSACTIONS,
        })
    }

    fn read(mut self, views: &[Arc<TeamView>], customer: &str) -> Result<ByDay, StoreError> {
        for view in views {
            self.read_team(view, customer)?;
        }
        Ok(self.summed)
    }

    /// Reads the transactions of a team, the newest first, until as many are read as may be.
    fn read_team(&mut self, view: &TeamView, customer: &str) -> Result<(), StoreError> {
        let mut query = TransactionQuery {
            customer_id: Some(customer.to_owned()),
            from: Some(self.from),
            to: Some(self.to),
            after: None,
            limit: STEP,
        };
        loop {
            let found = view.list(&query)?;
            for stored in &found {
                let at = stored.transaction.date_time;
                if self.left == 0 {
                    let date = date_in(&self.summed.zone, at);
                    self.summed.incomplete_until = self.summed.incomplete_until.max(date);
                    return Ok(());
                }
                self.left -= 1;
                self.add(&stored.transaction);
            }
            match found.last() {
                Some(last) => query.after = Some((last.transaction.date_time, last.sequence)),
                None => return Ok(()),
            }
        }
    }

    fn add(&mut self, transaction: &Transaction) {
        let Some(date) = date_in(&self.summed.zone, transaction.date_time) else {
            return;
        };
        let days = &mut self.summed.days;
        let Ok(at) = days.binary_search_by_key(&date, |day| day.date) else {
            return;
        };
        let day = &mut days[at];
        day.count += 1;
        for (field, value) in transaction.schema.fields().iter().zip(&transaction.values) {
            let number = match value {
                Value::Float(float) => float.number,
                Value::Integer(integer) => *integer as f64,
                Value::DateTime(_) | Value::Text(_) | Value::Boolean(_) => continue,
            };
            if self.viewer == Viewer::Masked && field.sensitivity == Sensitivity::Mask {
                self.summed.masked.insert(field.name.clone());
                continue;
            }
            match day.sums.get_mut(&field.name) {
                Some(sum) => *sum += number,
                None => {
                    day.sums.insert(field.name.clone(), number);
                }
            }
        }
    }
}

/// The date of a moment; none if no calendar has one.
fn date_in(zone: &TimeZone, at: Timestamp) -> Option<Date> {
    let at = jiff::Timestamp::from_microsecond(at.as_micros()).ok()?;
    Some(zone.to_datetime(at).date())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn summing(from: Date, to: Date) -> Result<Summing, Invalid> {
        let zone = TimeZone::get("Europe/Brussels").expect("a zone");
        Summing::new(from..=to, zone, Viewer::Full)
    }

    #[test]
    fn a_day_begins_and_ends_where_the_clock_of_the_tenant_says() {
        let summing = summing(date(2026, 3, 29), date(2026, 3, 30)).expect("two days");
        let hours = (summing.to.as_micros() - summing.from.as_micros()) / 3_600_000_000;
        assert_eq!(hours, 47, "clocks are put forward on the first");
        let first = summing.summed.date_of(summing.from);
        assert_eq!(first, Some(date(2026, 3, 29)));
        let before = Timestamp::from_micros(summing.to.as_micros() - 1);
        assert_eq!(summing.summed.date_of(before), Some(date(2026, 3, 30)));
    }

    #[test]
    fn days_are_at_most_a_year() {
        let check = |from: Date, to: Date, expect: Option<usize>| {
            let days = summing(from, to).ok().map(|one| one.summed.days.len());
            assert_eq!(days, expect, "{from} {to}");
        };
        check(date(2026, 1, 1), date(2026, 1, 1), Some(1));
        check(date(2024, 1, 1), date(2024, 12, 31), Some(366));
        check(date(2024, 1, 1), date(2025, 1, 1), None);
        check(date(2026, 1, 2), date(2026, 1, 1), None);
        check(date(9999, 12, 31), date(9999, 12, 31), None);
        check(Date::MIN, Date::MIN, None);
    }
}
