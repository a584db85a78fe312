//! Transactions by day: how many there were, and what their numbers sum up to.
//!
//! - [`counted`]: of all customers, from the indexes;
//! - [`summed`]: of one customer, or with sums: the transactions are read.

mod counted;
mod summed;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use crate::App;
use crate::blocking::ReadError;
use crate::caller::{Caller, Forbidden};
use crate::days::{self, Days};
use crate::teams::{NoSuchTeam, find_team};
use domain::alert::Viewer;
use domain::payload::{Field, FieldType, Sensitivity};
use domain::time::Timestamp;
use tenant::{Permission, Team};

pub use counted::DailyTransactions;
pub use summed::MAX_TRANSACTIONS;

/// The most days of a summary.
pub const MAX_DAYS: usize = 366;

/// The days of a summary where nobody says from when on.
pub const USUAL_DAYS: usize = 30;

/// Which transactions are summed up, and how.
#[derive(Clone, Debug)]
pub struct SummaryQuery {
    /// Of this team alone.
    pub team: Option<String>,
    /// Of this customer alone.
    pub customer_id: Option<String>,
    /// When they happened.
    pub period: Period,
    /// The numeric fields whose sums are wanted.
    pub sums: BTreeSet<String>,
}

/// Days that follow one another, by the clocks of the tenant's time zone.
#[derive(Clone, Copy, Debug)]
pub enum Period {
    /// So many whole days, up to that of a moment.
    Last {
        /// How many.
        days: usize,
        /// A moment of the last day.
        until: Timestamp,
    },
    /// The days between two moments. The first and the last may be parts of days.
    Between {
        /// [`USUAL_DAYS`] up to the last where none is given.
        from: Option<Timestamp>,
        /// Only transactions that happened before are counted; the end of today unless given.
        to: Option<Timestamp>,
    },
}

/// Transactions by day.
#[derive(Clone, Debug)]
pub struct DailySummary {
    /// Every day that was asked for, the oldest first, also those without transactions.
    pub days: Vec<Day>,
    /// The fields that are not summed, since the caller may not see their values.
    pub masked: BTreeSet<String>,
    /// Where there are too many transactions: of this day and of earlier ones not all are there.
    pub incomplete_until: Option<Date>,
    period: Days,
}

/// The transactions of one day.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// The date in the tenant's time zone.
    pub date: Date,
    /// How many transactions there were.
    pub count: u64,
    /// The sum of each field that was asked for and that a transaction of the day has, by the field's name.
    pub sums: BTreeMap<String, f64>,
}

/// Why transactions are not summed up.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
    /// No payload schema has the field, or not as a number.
    #[error("no payload schema has a field '{0}' of type float or integer")]
    NoSuchField(String),
    /// The days are none, or too many.
    #[error("'from' must be before 'to', and both within {MAX_DAYS} days")]
    Days,
    /// What is stored cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl DailySummary {
    /// A summary of no transactions.
    fn of_none(period: Days) -> Self {
        let days = period.dates.iter().map(|date| Day {
            date: *date,
            count: 0,
            sums: BTreeMap::new(),
        });
        Self {
            days: days.collect(),
            masked: BTreeSet::new(),
            incomplete_until: None,
            period,
        }
    }

    /// On which of the days something happened.
    pub fn date_of(&self, at: Timestamp) -> Option<Date> {
        let day = self.period.position(at)?;
        self.period.dates.get(day).copied()
    }
}

/// Sums up transactions by day.
///
/// # Errors
/// Where the caller may not read transactions, there is no such team or field, or the days are too many.
pub async fn read(
    app: &App,
    caller: &Caller,
    query: SummaryQuery,
) -> Result<DailySummary, SummaryError> {
    caller.require(Permission::TransactionRead)?;
    let definitions = caller.definitions();
    let zone = days::zone_of(&definitions);
    let now = app.services.clock.now();
    let period = query.period.days(&zone, now).ok_or(SummaryError::Days)?;
    let teams = teams_of(caller, query.team.as_deref())?;
    let mut masked = BTreeSet::new();
    for name in &query.sums {
        let mut fields = numbers_of(&teams);
        fields.retain(|field| field.name == *name);
        if fields.is_empty() {
            return Err(SummaryError::NoSuchField(name.clone()));
        }
        let viewer = caller.viewer();
        if fields.iter().any(|field| is_masked(field, viewer)) {
            masked.insert(name.clone());
        }
    }
    let mut views = Vec::with_capacity(teams.len());
    for team in teams.iter().filter(|team| team.schema().is_some()) {
        views.push(caller.lane.team(team.id).await.map_err(ReadError::from)?);
    }
    match query.customer_id {
        None if query.sums.is_empty() => {
            counted::count(app, caller, query.team, views, period).await
        }
        customer_id => {
            let summing = summed::Summing {
                customer_id,
                fields: &query.sums - &masked,
                viewer: caller.viewer(),
                summed: DailySummary {
                    masked,
                    ..DailySummary::of_none(period)
                },
            };
            Ok(summing.read(views).await?)
        }
    }
}

/// The names of the numeric fields that can be summed: of a team, or of all teams, in the order of their payload schemas.
///
/// # Errors
/// Where the caller may not read transactions, or there is no such team.
pub fn fields(caller: &Caller, team: Option<&str>) -> Result<Vec<String>, SummaryError> {
    caller.require(Permission::TransactionRead)?;
    let mut names: Vec<String> = Vec::new();
    for field in numbers_of(&teams_of(caller, team)?) {
        if !names.contains(&field.name) {
            names.push(field.name);
        }
    }
    Ok(names)
}

fn teams_of(caller: &Caller, team: Option<&str>) -> Result<Vec<Arc<Team>>, NoSuchTeam> {
    let definitions = caller.definitions();
    Ok(match team {
        Some(team) => vec![find_team(&definitions, team)?],
        None => definitions.teams.iter().cloned().collect(),
    })
}

/// The numeric fields of the teams' payload schemas.
fn numbers_of(teams: &[Arc<Team>]) -> Vec<Field> {
    let schemas = teams.iter().filter_map(|team| team.schema());
    let fields = schemas.flat_map(|schema| schema.fields().to_vec());
    // In place of a hashed value there is a text.
    let is_number = |field: &Field| {
        matches!(field.field_type, FieldType::Float | FieldType::Integer)
            && field.sensitivity != Sensitivity::Hash
    };
    fields.filter(is_number).collect()
}

fn is_masked(field: &Field, viewer: Viewer) -> bool {
    viewer == Viewer::Masked && field.sensitivity == Sensitivity::Mask
}

impl Period {
    /// The days; none if they are too many, or end before they begin.
    fn days(self, zone: &jiff::tz::TimeZone, now: Timestamp) -> Option<Days> {
        let whole = |days, until| Days::whole(zone, days::last(zone, until, days));
        match self {
            Self::Last { days, until } => Some(whole(days.min(MAX_DAYS), until)),
            Self::Between { from, to } => {
                let to = to.unwrap_or_else(|| whole(1, now).end());
                let last = Timestamp::from_micros(to.as_micros().saturating_sub(1));
                let from = from.unwrap_or_else(|| whole(USUAL_DAYS, last).begin());
                Days::between(zone, from, to, MAX_DAYS)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    fn at(text: &str) -> Timestamp {
        let at: jiff::Timestamp = text.parse().expect("a moment");
        Timestamp::from_micros(at.as_microsecond())
    }

    #[test]
    fn days_are_at_most_a_year() {
        let zone = TimeZone::get("Europe/Brussels").expect("a zone");
        let now = at("2026-03-29T10:00:00Z");
        let check = |from: Option<&str>, to: Option<&str>, expect: Option<(usize, &str, &str)>| {
            let (from, to) = (from.map(at), to.map(at));
            let days = Period::Between { from, to }.days(&zone, now);
            let days = days.map(|days| {
                let dates = &days.dates;
                (
                    dates.len(),
                    dates[0].to_string(),
                    dates[dates.len() - 1].to_string(),
                )
            });
            let expect =
                expect.map(|(count, first, last)| (count, first.to_owned(), last.to_owned()));
            assert_eq!(days, expect, "{from:?} {to:?}");
        };
        check(None, None, Some((30, "2026-02-28", "2026-03-29")));
        let (from, to) = ("2026-01-01T10:00:00Z", "2026-01-02T10:00:00Z");
        check(Some(from), Some(to), Some((2, "2026-01-01", "2026-01-02")));
        check(None, Some(to), Some((30, "2025-12-04", "2026-01-02")));
        check(Some(to), Some(from), None);
        check(Some(from), Some(from), None);
        // Midnight in Brussels ends a day and begins none.
        let midnight = "2026-01-02T23:00:00Z";
        check(
            Some(from),
            Some(midnight),
            Some((2, "2026-01-01", "2026-01-02")),
        );
        check(
            Some("2025-03-29T00:00:00Z"),
            None,
            Some((366, "2025-03-29", "2026-03-29")),
        );
        check(Some("2025-03-27T00:00:00Z"), None, None);
        check(Some("-009999-01-02T02:00:00Z"), None, None);
        check(
            Some("9999-12-30T21:00:00Z"),
            Some("9999-12-30T22:00:00Z"),
            Some((1, "9999-12-30", "9999-12-30")),
        );
    }

    #[test]
    fn a_day_begins_and_ends_where_the_clock_of_the_tenant_says() {
        let zone = TimeZone::get("Europe/Brussels").expect("a zone");
        let until = at("2026-03-30T10:00:00Z");
        let days = Period::Last { days: 2, until }
            .days(&zone, until)
            .expect("two days");
        let hours = (days.end().as_micros() - days.begin().as_micros()) / 3_600_000_000;
        assert_eq!(hours, 47, "clocks are put forward on the first");
        let summary = DailySummary::of_none(days);
        let date = |text: &str| summary.date_of(at(text)).map(|date| date.to_string());
        assert_eq!(date("2026-03-28T23:00:00Z").as_deref(), Some("2026-03-29"));
        assert_eq!(date("2026-03-30T21:59:59Z").as_deref(), Some("2026-03-30"));
        assert_eq!(date("2026-03-30T22:00:00Z"), None);
        assert_eq!(date("2026-03-28T22:59:59Z"), None);
    }
}
