//! What came of a try, and what that means for the delivery.

use std::time::Duration;

use domain::time::Timestamp;

use super::ladder::next_try;
use export::{DeliveryRecord, DeliveryState};

/// What came of a try, in words for the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It has arrived.
    Delivered(String),
    /// It has not; another try may help.
    Failed {
        /// A status, or what went wrong.
        answer: String,
        /// What the receiver asked for.
        retry_after: Option<Duration>,
    },
    /// No other try can help.
    Hopeless(String),
    /// The receiver, or the export, wants no more.
    Unwanted(String),
}

impl Outcome {
    /// A failure of which nothing says when it will be over.
    pub(super) fn failed(answer: impl Into<String>) -> Self {
        Self::Failed {
            answer: answer.into(),
            retry_after: None,
        }
    }

    /// As metrics name it.
    pub(super) fn as_str(&self) -> &'static str {
        match self {
            Self::Delivered(_) => "delivered",
            Self::Failed { .. } => "failed",
            Self::Hopeless(_) => "hopeless",
            Self::Unwanted(_) => "unwanted",
        }
    }

    fn answer(&self) -> &str {
        match self {
            Self::Delivered(answer)
            | Self::Failed { answer, .. }
            | Self::Hopeless(answer)
            | Self::Unwanted(answer) => answer,
        }
    }
}

/// Notes a try in its record. `luck` chooses the jitter. A delivery that ended
/// while it was tried stays so, unless it has arrived.
pub(super) fn note(record: &mut DeliveryRecord, outcome: &Outcome, at: Timestamp, luck: f64) {
    record.attempts += 1;
    record.rung += 1;
    record.last_try_at = Some(at.as_micros());
    record.note_answer(outcome.answer());
    if let Outcome::Delivered(_) = outcome {
        record.become_state(DeliveryState::Delivered);
        record.delivered_at = Some(at.as_micros());
        return;
    }
    if !record.is_pending() {
        return;
    }
    match outcome {
        Outcome::Delivered(_) => {}
        Outcome::Failed {
            answer,
            retry_after,
        } => match next_try(record.rung, at, *retry_after, luck) {
            Some(next) => record.next_try_at = Some(next.as_micros()),
            None => {
                let reason = format!("not delivered in {} tries; the last: {answer}", record.rung);
                record.become_state(DeliveryState::Failed { reason });
            }
        },
        Outcome::Hopeless(reason) => record.become_state(DeliveryState::Failed {
            reason: reason.clone(),
        }),
        Outcome::Unwanted(reason) => record.become_state(DeliveryState::Stopped {
            reason: reason.clone(),
        }),
    }
}

/// What the audit says of a state that is an end; none of one that is none.
pub(super) fn audited(state: &DeliveryState) -> Option<&'static str> {
    match state {
        DeliveryState::Pending | DeliveryState::Superseded { .. } => None,
        DeliveryState::Delivered => Some("delivery.delivered"),
        DeliveryState::Failed { .. } => Some("delivery.failed"),
        DeliveryState::Stopped { .. } => Some("delivery.stopped"),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const AT: Timestamp = Timestamp::from_micros(1_000_000);

    fn pending() -> DeliveryRecord {
        DeliveryRecord {
            export: "nightly".to_owned(),
            run: Uuid::now_v7(),
            number: 0,
            position: 1,
            place: "webhook https://a.example/".to_owned(),
            state: DeliveryState::Pending,
            made_at: 0,
            attempts: 0,
            rung: 0,
            next_try_at: Some(0),
            last_try_at: None,
            last_answer: None,
            delivered_at: None,
        }
    }

    fn check(
        mut record: DeliveryRecord,
        outcome: Outcome,
        expect: &DeliveryState,
        next: Option<i64>,
    ) {
        note(&mut record, &outcome, AT, 0.0);
        assert_eq!(&record.state, expect, "{outcome:?}");
        assert_eq!(record.next_try_at, next, "{outcome:?}");
        assert_eq!(record.last_try_at, Some(AT.as_micros()));
        assert_eq!(record.last_answer.as_deref(), Some(outcome.answer()));
        let has_arrived = *expect == DeliveryState::Delivered;
        assert_eq!(record.delivered_at.is_some(), has_arrived);
    }

    #[test]
    fn a_try_ends_a_delivery_or_puts_it_off() {
        let reason = |reason: &str| reason.to_owned();
        check(
            pending(),
            Outcome::Delivered(reason("200")),
            &DeliveryState::Delivered,
            None,
        );
        check(
            pending(),
            Outcome::failed("500"),
            &DeliveryState::Pending,
            Some(6_000_000),
        );
        let stopped = DeliveryState::Stopped {
            reason: reason("410"),
        };
        check(pending(), Outcome::Unwanted(reason("410")), &stopped, None);
        let failed = DeliveryState::Failed {
            reason: reason("too long"),
        };
        check(
            pending(),
            Outcome::Hopeless(reason("too long")),
            &failed,
            None,
        );
        let last = DeliveryRecord {
            rung: 9,
            ..pending()
        };
        let failed = DeliveryState::Failed {
            reason: reason("not delivered in 10 tries; the last: 500"),
        };
        check(last, Outcome::failed("500"), &failed, None);
    }

    #[test]
    fn what_was_superseded_while_it_was_tried_stays_so_unless_it_arrived() {
        let superseded = DeliveryState::Superseded { by: Uuid::now_v7() };
        let record = || {
            let mut record = pending();
            record.become_state(superseded.clone());
            record
        };
        check(record(), Outcome::failed("500"), &superseded, None);
        check(record(), Outcome::Unwanted("410".into()), &superseded, None);
        check(
            record(),
            Outcome::Delivered("200".into()),
            &DeliveryState::Delivered,
            None,
        );
    }
}
