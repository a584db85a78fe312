//! Two installs whose judgements are compared.

use std::ops::Range;
use std::sync::Arc;

use domain::time::Timestamp;
use jiff::tz::TimeZone;

use super::NoSuchRule;
use engine::judgement::{Comparison, JudgedRow, judgements_of};
use store::key::{TeamId, TenantId};
use store::{Store, StoreError};
use tenant::{Definitions, RuleInstall};

/// Two installs of rules of one team, and the transactions that both judged; or one alone, and those that it judged.
pub(super) struct Compared {
    pub(super) one: Arc<RuleInstall>,
    pub(super) other: Option<Arc<RuleInstall>>,
    /// Their sequence numbers.
    pub(super) sequences: Range<u64>,
    tenant: TenantId,
    team: TeamId,
    time_zone: TimeZone,
}

/// When the transactions happened that are compared. The default is all of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Period {
    /// Then or later.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
}

impl Compared {
    /// Up to the sequence `durable`.
    pub(super) fn new(
        tenant: TenantId,
        team: u32,
        definitions: &Definitions,
        (one, other): (Arc<RuleInstall>, Option<Arc<RuleInstall>>),
        durable: u64,
    ) -> Self {
        let of_one = definitions.sequences_of(&one);
        let of_other = other
            .as_ref()
            .map_or(0..u64::MAX, |other| definitions.sequences_of(other));
        // An earlier release did not keep from where on an install judged, nor what it said.
        let first = of_one.start.max(of_other.start).max(1);
        let end = of_one.end.min(of_other.end).min(durable + 1);
        Self {
            sequences: first..end.max(first),
            one,
            other,
            tenant,
            team: TeamId(team),
            time_zone: definitions.time_zone(),
        }
    }

    /// How many transactions both judged, or the one that is alone.
    pub(super) fn transactions(&self) -> u64 {
        self.sequences.end - self.sequences.start
    }

    /// Compares them, with so many samples of each kind. Blocks.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(super) fn compare(
        &self,
        store: &Store,
        period: Period,
        samples: usize,
    ) -> Result<Comparison, StoreError> {
        let day = day_in(self.time_zone.clone());
        let one = self.said(store, &self.one, period);
        let other = self.other.iter();
        let other = other.flat_map(|other| self.said(store, other, period));
        Comparison::of(one, other, day, samples)
    }

    fn said<'s>(
        &self,
        store: &'s Store,
        install: &'s RuleInstall,
        period: Period,
    ) -> impl Iterator<Item = Result<JudgedRow, StoreError>> + 's {
        let sequences = self.sequences.clone();
        let said = judgements_of(store, self.tenant, self.team, &install.rule, sequences);
        said.filter_map(move |judged| match judged {
            Ok((number, row)) => {
                (number == install.number && period.holds(row.date_time)).then_some(Ok(row))
            }
            Err(error) => Some(Err(error)),
        })
    }
}

/// Names the day of a moment, in microseconds since the epoch.
pub fn day_in(time_zone: TimeZone) -> impl Fn(i64) -> String {
    move |micros| {
        let moment = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
        moment.to_zoned(time_zone.clone()).date().to_string()
    }
}

impl Period {
    /// Whether a moment, in microseconds since the epoch, is in it.
    pub fn holds(&self, micros: i64) -> bool {
        self.from.is_none_or(|from| micros >= from.as_micros())
            && self.to.is_none_or(|to| micros < to.as_micros())
    }
}

/// The install that a text names: `structuring` means the newest one, `structuring/3` the one of this number.
pub(super) fn named(
    definitions: &Definitions,
    team: &str,
    text: &str,
) -> Result<Arc<RuleInstall>, NoSuchRule> {
    let found = match text.split_once('/') {
        None => definitions.rule_of(team, text),
        Some((rule, number)) => number
            .parse()
            .ok()
            .and_then(|number| definitions.install(team, rule, number).cloned()),
    };
    found.ok_or_else(|| NoSuchRule::Rule(text.to_owned()))
}
