//! That an alert is closed, and what it was.

use crate::time::Timestamp;

/// What an alert was, as whoever closed it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlertOutcome {
    /// What the rule looks for.
    TruePositive,
    /// Nothing of the kind.
    FalsePositive,
    /// It cannot be said.
    Inconclusive,
}

impl AlertOutcome {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::TruePositive, Self::FalsePositive, Self::Inconclusive];

    /// As `outcome` has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TruePositive => "true_positive",
            Self::FalsePositive => "false_positive",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// Reads what [`as_str`](Self::as_str) writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == text)
    }
}

/// That an alert is in a closed state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// When it came into that state.
    pub at: Timestamp,
    /// Where somebody said it.
    pub outcome: Option<AlertOutcome>,
}

/// An outcome was given to an alert that is not closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the alert is not closed, and only a closed one has an outcome; give it with the move that closes the alert"
)]
pub struct NotClosed;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::tests::an_alert;
    use crate::alert::{AlertChange, State, Transition, Workflow};

    fn workflow() -> Workflow {
        let state = |name: &str, initial, closed| State {
            name: name.to_owned(),
            title: name.to_owned(),
            initial,
            closed,
        };
        let states = vec![
            state("open", true, false),
            state("closed", false, true),
            state("archived", false, true),
        ];
        Workflow::new(states, Vec::<Transition>::new()).expect("a workflow")
    }

    #[test]
    fn an_outcome_is_read_as_it_is_written() {
        for outcome in AlertOutcome::ALL {
            assert_eq!(AlertOutcome::parse(outcome.as_str()), Some(outcome));
        }
        assert_eq!(AlertOutcome::parse("none"), None);
    }

    #[test]
    fn only_a_closed_alert_has_an_outcome() {
        let (workflow, at) = (workflow(), Timestamp::from_micros(5));
        let outcome = Some(AlertOutcome::TruePositive);
        let mut alert = an_alert(1);
        assert_eq!(alert.conclude(outcome), Err(NotClosed));
        alert.enter("closed", &workflow, at);
        assert_eq!((alert.closed_at(), alert.outcome()), (Some(at), None));
        assert_eq!(alert.conclude(outcome), Ok(()));
        alert.enter("archived", &workflow, at);
        assert_eq!(alert.outcome(), outcome, "it is closed still");
        alert.enter("open", &workflow, at);
        assert_eq!((alert.closed_at(), alert.outcome()), (None, None));
    }

    #[test]
    fn a_change_that_is_refused_changes_nothing() {
        let at = Timestamp::from_micros(5);
        let mut alert = an_alert(1);
        let change = |outcome| AlertChange {
            title: Some("Another".to_owned()),
            outcome: Some(outcome),
            ..AlertChange::default()
        };
        let refused = change(Some(AlertOutcome::Inconclusive));
        assert_eq!(alert.change(refused, at), Err(NotClosed));
        assert_eq!(alert, an_alert(1));
        assert_eq!(alert.change(change(None), at), Ok(true));
    }
}
