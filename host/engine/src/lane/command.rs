//! What a lane is asked to do.

use domain::payload::Transaction;
use domain::time::Timestamp;
use tokio::sync::oneshot;

use super::answer::{Ingested, LaneError};
use super::change::Change;
use ingest::Payload;
use tenant::Authority;

/// A piece of work for a lane.
pub(super) enum Command {
    /// Transactions of one team, to be judged in this order.
    Ingest(Ingest),
    /// Anything else that changes the tenant.
    Change(Box<dyn PendingChange>),
}

/// A payload that its team's schema accepted.
#[derive(Debug)]
pub struct Posted {
    /// As it was posted: a schema that changed meanwhile means reading it again.
    pub payload: Payload,
    /// As the schema read it.
    pub transaction: Transaction,
}

/// Transactions of one team, in the order in which they came.
#[derive(Debug)]
pub struct NewIngest {
    /// Who posts them; asked again when they are sequenced.
    pub by: Authority,
    /// The team's number.
    pub team: u32,
    /// All came in the same request.
    pub posted: Vec<Posted>,
    /// Their payloads' size, roughly.
    pub bytes: usize,
    /// When they came.
    pub received_at: Timestamp,
}

/// Transactions that wait for their turn.
pub(super) struct Ingest {
    pub(super) ingest: NewIngest,
    /// One answer for each, when all are durable.
    pub(super) answer: oneshot::Sender<Result<Vec<Ingested>, LaneError>>,
}

/// A change that waits for its turn.
pub(super) trait PendingChange: Send {
    /// Makes the change, and answers whoever asked once it is durable.
    /// `None` means that nothing was changed and the answer is already given.
    fn make(self: Box<Self>, change: &mut Change<'_>) -> Option<Answering>;

    /// Who asks for it; asked again when it is made.
    fn by(&self) -> &Authority;

    /// Answers that the change could not be made.
    fn fail(self: Box<Self>, error: LaneError);
}

/// Gives an answer when the change is durable, or could not be made so.
pub(super) type Answering = Box<dyn FnOnce(Result<(), LaneError>) + Send>;

impl Command {
    /// Whether it brings transactions.
    pub(super) fn is_ingest(&self) -> bool {
        matches!(self, Self::Ingest(_))
    }

    /// How many transactions it brings.
    pub(super) fn rows(&self) -> usize {
        match self {
            Self::Ingest(ingest) => ingest.ingest.posted.len(),
            Self::Change(_) => 0,
        }
    }

    /// How many bytes it holds, roughly.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Ingest(ingest) => ingest.ingest.bytes,
            Self::Change(_) => 1024,
        }
    }

    /// Whether it can share a turn with `first`.
    pub(super) fn joins(&self, first: &Self) -> bool {
        match (self, first) {
            (Self::Ingest(this), Self::Ingest(first)) => this.ingest.team == first.ingest.team,
            _ => false,
        }
    }

    /// Answers that it could not be done.
    pub(super) fn fail(self, error: LaneError) {
        match self {
            // Whoever asked may have gone.
            Self::Ingest(ingest) => drop(ingest.answer.send(Err(error))),
            Self::Change(change) => change.fail(error),
        }
    }
}
