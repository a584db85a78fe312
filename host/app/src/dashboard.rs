//! What alerts add up to: by day and rule, how long they wait, how right the rules were.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::App;
use crate::alert_index;
use crate::alerts::search::{SearchAlertsError, TimeToClose};
use crate::caller::Caller;
use crate::days;
use domain::alert::AlertOutcome;
use domain::time::Timestamp;
use engine::alert::OutcomeCounts;
use engine::alert::index::{AlertQuery, GroupBy};
use engine::lane::IncompleteIndex;
use tenant::Permission;

/// The days that a dashboard looks back upon.
pub const DAYS: usize = 30;

/// The ages at which open alerts are parted, in days.
const AGES: [u64; 4] = [1, 3, 7, 30];

/// Seconds of a day.
const DAY_SECONDS: u64 = 24 * 60 * 60;

/// What alerts add up to.
#[derive(Clone, Debug)]
pub struct Dashboard {
    /// The last days, the oldest first, by the clocks of the tenant's time zone.
    pub days: Vec<Date>,
    /// The alerts that were created on these days, the rule with the most first.
    pub created: Vec<RuleDays>,
    /// The alerts in open states by age, the youngest first.
    pub open: Vec<OpenAge>,
    /// What became of alerts that were closed on these days, by rule.
    pub closed: Vec<RuleOutcomes>,
    /// How long those were open.
    pub time_to_close: Option<TimeToClose>,
    /// How many alerts were searched, where these were not all of them.
    pub incomplete: Option<IncompleteIndex>,
}

/// A rule of a team, or alerts that people made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AlertSource {
    /// The team's name.
    pub team: String,
    /// The rule's name; none for alerts that people made.
    pub rule: Option<String>,
}

/// How many alerts came of a source on each day.
#[derive(Clone, Debug)]
pub struct RuleDays {
    /// Where they came from.
    pub source: AlertSource,
    /// For each day, how many.
    pub counts: Vec<u64>,
}

/// How many open alerts are of an age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenAge {
    /// At least so many days old.
    pub from_days: u64,
    /// Younger than so many days; none for the oldest.
    pub to_days: Option<u64>,
    /// How many there are.
    pub count: u64,
}

/// What became of the alerts of a source.
#[derive(Clone, Debug)]
pub struct RuleOutcomes {
    /// Where they came from.
    pub source: AlertSource,
    /// What they were.
    pub outcomes: OutcomeCounts,
}

/// Reads what the alerts of the tenant add up to. The index is asked, and no alert is read.
///
/// # Errors
/// Where the caller may not, or the alerts cannot be read.
pub async fn read(app: &App, caller: &Caller) -> Result<Dashboard, SearchAlertsError> {
    caller.require(Permission::SummaryRead)?;
    let definitions = caller.definitions();
    let zone = days::zone_of(&definitions);
    let now = app.services.clock.now();
    let days = days::last(&zone, now, DAYS);
    let bounds = days::bounds(&zone, &days);
    let workflow = definitions.workflow();
    let states = workflow.states().iter().filter(|state| !state.closed);
    let open = AlertQuery {
        state: states.map(|state| state.name.clone()).collect(),
        viewer: caller.viewer(),
        ..AlertQuery::default()
    };
    let closed = AlertQuery {
        closed_from: bounds.first().copied(),
        viewer: caller.viewer(),
        ..AlertQuery::default()
    };
    let created = AlertQuery {
        created_from: bounds.first().copied(),
        viewer: caller.viewer(),
        ..AlertQuery::default()
    };
    let ages = age_bounds(now);
    let looked = alert_index::search(caller, move |index| {
        let by_source = [GroupBy::Team, GroupBy::Rule];
        let by_outcome = [GroupBy::Team, GroupBy::Rule, GroupBy::Outcome];
        (
            index.count_by_spans(&created, &by_source, &bounds),
            index.count_by_spans(&open, &[], &ages),
            index.count_by(&closed, &by_outcome),
            TimeToClose::of(index.times_to_close(&closed)),
        )
    });
    let ((created, open, closed, time_to_close), incomplete) = looked.await?;
    let mut by_rule: BTreeMap<AlertSource, Vec<u64>> = BTreeMap::new();
    for group in created {
        let counts = by_rule.entry(source(&group.values));
        let counts = counts.or_insert_with(|| vec![0; days.len()]);
        if let Some(count) = counts.get_mut(group.span) {
            *count += group.count;
        }
    }
    let created = by_rule.into_iter();
    let mut created: Vec<RuleDays> = created
        .map(|(source, counts)| RuleDays { source, counts })
        .collect();
    created.sort_by_key(|rule| std::cmp::Reverse(rule.counts.iter().sum::<u64>()));
    let mut outcomes: BTreeMap<AlertSource, OutcomeCounts> = BTreeMap::new();
    for group in closed {
        let counts = outcomes.entry(source(&group.values)).or_default();
        let outcome = group.values.get(2).cloned().flatten();
        match outcome.as_deref().and_then(AlertOutcome::parse) {
            Some(AlertOutcome::TruePositive) => counts.true_positive += group.count,
            Some(AlertOutcome::FalsePositive) => counts.false_positive += group.count,
            Some(AlertOutcome::Inconclusive) => counts.inconclusive += group.count,
            None => counts.unsaid += group.count,
        }
    }
    let closed = outcomes.into_iter();
    let count_of = |span: usize| {
        let of_span = open.iter().filter(|group| group.span == span);
        of_span.map(|group| group.count).sum()
    };
    Ok(Dashboard {
        created,
        open: open_ages(count_of),
        closed: closed
            .map(|(source, outcomes)| RuleOutcomes { source, outcomes })
            .collect(),
        time_to_close,
        incomplete,
        days,
    })
}

fn source(values: &[Option<String>]) -> AlertSource {
    let value = |at: usize| values.get(at).cloned().flatten();
    AlertSource {
        team: value(0).unwrap_or_default(),
        rule: value(1),
    }
}

/// The moments that part alerts by age, the oldest first.
fn age_bounds(now: Timestamp) -> Vec<Timestamp> {
    let ages = AGES.iter().rev();
    let ages = ages.map(|days| now.minus_seconds(days * DAY_SECONDS));
    let oldest = std::iter::once(Timestamp::MIN);
    oldest.chain(ages).chain([Timestamp::MAX]).collect()
}

/// The ages, the youngest first; `count_of` says how many are in a span, from 0 for the oldest.
fn open_ages(count_of: impl Fn(usize) -> u64) -> Vec<OpenAge> {
    let begins = [0].into_iter().chain(AGES);
    let ends = AGES.into_iter().map(Some).chain([None]);
    let ages = begins.zip(ends).enumerate();
    let ages = ages.map(|(number, (from_days, to_days))| OpenAge {
        from_days,
        to_days,
        count: count_of(AGES.len() - number),
    });
    ages.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_youngest_come_first_and_the_oldest_last() {
        let now = Timestamp::from_micros(0).plus_seconds(100 * DAY_SECONDS);
        let bounds = age_bounds(now);
        assert!(bounds.is_sorted());
        let span_of = |days: u64| {
            let at = now.minus_seconds(days * DAY_SECONDS + 1);
            bounds.partition_point(|bound| *bound <= at) - 1
        };
        let ages = open_ages(|span| span as u64);
        let check = |days: u64, from_days: u64, to_days: Option<u64>| {
            let age = ages.iter().find(|age| age.count == span_of(days) as u64);
            let age = age.expect("an age");
            assert_eq!((age.from_days, age.to_days), (from_days, to_days), "{days}");
        };
        check(0, 0, Some(1));
        check(1, 1, Some(3));
        check(6, 3, Some(7));
        check(29, 7, Some(30));
        check(99, 30, None);
    }
}
