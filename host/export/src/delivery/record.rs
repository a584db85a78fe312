//! A delivery as it is kept.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use engine::lane::Change;
use store::StoreError;
use store::key::Record;
use tenant::Delivery;

/// The most characters of an answer, or of why there was none, that are kept.
pub const MAX_ANSWER_CHARACTERS: usize = 500;

/// How far a delivery is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is tried until it succeeds.
    Pending,
    /// The receiver has it.
    Delivered,
    /// It is not tried any more, unless somebody asks for it.
    Failed {
        /// Why.
        reason: String,
    },
    /// A newer run took its place before it arrived.
    Superseded {
        /// The newer run.
        by: Uuid,
    },
    /// It is not wanted any more: the receiver said so, or the export has no such delivery now.
    Stopped {
        /// Which of them.
        reason: String,
    },
}

impl DeliveryState {
    /// As the API writes it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed { .. } => "failed",
            Self::Superseded { .. } => "superseded",
            Self::Stopped { .. } => "stopped",
        }
    }
}

/// The delivery of a run to one place. Times are microseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryRecord {
    /// The export's name.
    pub export: String,
    /// The run's id.
    pub run: Uuid,
    /// Among the run's deliveries, from 0.
    pub number: u32,
    /// The position of the run's snapshot: a later snapshot has a greater one.
    pub position: u64,
    /// The place in words, which tells it from others; without secrets.
    pub place: String,
    /// How far it is.
    #[serde(flatten)]
    pub state: DeliveryState,
    /// When it was made.
    pub made_at: i64,
    /// How often it was tried.
    pub attempts: u32,
    /// How often it was tried since it was made, or asked for again: the steps of the ladder.
    pub rung: u32,
    /// When it is tried next, where it is pending.
    pub next_try_at: Option<i64>,
    /// When it was tried last.
    pub last_try_at: Option<i64>,
    /// What came of that.
    pub last_answer: Option<String>,
    /// When it arrived.
    pub delivered_at: Option<i64>,
}

impl DeliveryRecord {
    /// A delivery that is due at once.
    pub(super) fn new(
        export: &str,
        run: Uuid,
        number: u32,
        position: u64,
        to: &Delivery,
        at: i64,
    ) -> Self {
        Self {
            export: export.to_owned(),
            run,
            number,
            position,
            place: to.place(),
            state: DeliveryState::Pending,
            made_at: at,
            attempts: 0,
            rung: 0,
            next_try_at: Some(at),
            last_try_at: None,
            last_answer: None,
            delivered_at: None,
        }
    }

    /// By which a receiver tells a repeat: the same for all tries.
    pub fn message_id(&self) -> String {
        format!("run_{}_{}", self.run.simple(), self.number)
    }

    /// As the audit names it.
    pub fn subject(&self) -> String {
        format!("{}/{}/{}", self.export, self.run, self.number)
    }

    /// Whether it is still tried.
    pub fn is_pending(&self) -> bool {
        self.state == DeliveryState::Pending
    }

    /// Ends it, or begins it again where the state is pending: the caller sets `next_try_at`.
    pub fn become_state(&mut self, state: DeliveryState) {
        self.state = state;
        if !self.is_pending() {
            self.next_try_at = None;
        }
    }

    /// Notes what came of a try, cut where it is long.
    pub fn note_answer(&mut self, answer: &str) {
        self.last_answer = Some(answer.chars().take(MAX_ANSWER_CHARACTERS).collect());
    }

    /// Writes it, and whether it is pending.
    pub fn put(&self, change: &mut Change<'_>) {
        let (run, number) = (self.run.into_bytes(), self.number);
        let value = serde_json::to_vec(self).expect("a delivery has only string keys");
        change.put_record(&Record::Delivery { run, number }, value);
        let undelivered = Record::Undelivered { run, number };
        if self.is_pending() {
            change.put_record(&undelivered, Vec::new());
        } else {
            change.delete_record(&undelivered);
        }
    }

    pub(super) fn read(value: &[u8]) -> Result<Self, StoreError> {
        serde_json::from_slice(value)
            .map_err(|error| StoreError::damaged("the record of a delivery", error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenant::SendBody;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let to = Delivery::Webhook {
            url: "https://a.example/in".to_owned(),
            send: SendBody::File,
        };
        let mut record = DeliveryRecord::new("nightly", Uuid::now_v7(), 3, 7, &to, 5);
        let check = |record: &DeliveryRecord| {
            let value = serde_json::to_vec(record).expect("JSON");
            assert_eq!(&DeliveryRecord::read(&value).expect("a record"), record);
        };
        check(&record);
        record.note_answer(&"é".repeat(MAX_ANSWER_CHARACTERS + 1));
        let answer = record.last_answer.as_deref().unwrap_or_default();
        assert_eq!(answer.chars().count(), MAX_ANSWER_CHARACTERS);
        for state in [
            DeliveryState::Delivered,
            DeliveryState::Failed { reason: "x".into() },
            DeliveryState::Superseded { by: Uuid::now_v7() },
            DeliveryState::Stopped { reason: "x".into() },
        ] {
            record.become_state(state);
            assert_eq!(record.next_try_at, None);
            check(&record);
        }
    }
}
