//! What became of the alerts that a rule made.

use domain::alert::{Alert, AlertOutcome};
use roaring::RoaringBitmap;

use super::AlertIndex;
use super::row::Field;

/// An install of a rule, which made alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundBy<'n> {
    /// The team's name.
    pub team: &'n str,
    /// The rule's name.
    pub rule: &'n str,
    /// The number of the install.
    pub install: u64,
}

/// Alerts, by what became of them. Alerts that are merged count as the one that they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutcomeCounts {
    /// In no closed state.
    pub open: u64,
    /// Closed, and nobody said what they were.
    pub unsaid: u64,
    /// Closed as what the rule looks for.
    pub true_positive: u64,
    /// Closed as nothing of the kind.
    pub false_positive: u64,
    /// Closed, and it could not be said.
    pub inconclusive: u64,
}

impl<'n> FoundBy<'n> {
    pub(super) fn of(alert: &'n Alert) -> Option<Self> {
        Some(Self {
            team: &alert.team,
            rule: alert.rule.as_deref()?,
            install: alert.install?,
        })
    }

    /// As the index knows it; `/` is in no name.
    pub(super) fn name(self) -> String {
        format!("{}/{}/{}", self.team, self.rule, self.install)
    }
}

impl OutcomeCounts {
    /// The share of true positives among those of which it was said whether they are; none if there are none.
    pub fn precision(&self) -> Option<f64> {
        let said = self.true_positive + self.false_positive;
        (said > 0).then(|| self.true_positive as f64 / said as f64)
    }
}

impl AlertIndex {
    /// Counts the alerts that any of these installs made.
    pub fn outcomes<'n>(
        &self,
        found_by: impl IntoIterator<Item = FoundBy<'n>>,
        closed_states: &[String],
    ) -> OutcomeCounts {
        let mut rows = RoaringBitmap::new();
        for install in found_by {
            let number = self.names.find(&install.name());
            let made = number.and_then(|number| self.postings.get(&(Field::Install, number)));
            rows.extend(made.into_iter().flatten());
        }
        let alerts = self.holders(&rows);
        let having = |field, value: &str| {
            let number = self.names.find(value);
            let having = number.and_then(|number| self.postings.get(&(field, number)));
            having.map_or(0, |having| having.intersection_len(&alerts))
        };
        let outcome = |outcome: AlertOutcome| having(Field::Outcome, outcome.as_str());
        let closed = closed_states
            .iter()
            .map(|state| having(Field::State, state));
        let closed = closed.sum::<u64>();
        let mut counts = OutcomeCounts {
            open: alerts.len() - closed,
            unsaid: 0,
            true_positive: outcome(AlertOutcome::TruePositive),
            false_positive: outcome(AlertOutcome::FalsePositive),
            inconclusive: outcome(AlertOutcome::Inconclusive),
        };
        let said = counts.true_positive + counts.false_positive + counts.inconclusive;
        counts.unsaid = closed.saturating_sub(said);
        counts
    }
}
