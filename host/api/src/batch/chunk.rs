//! Some payloads of a batch, on their way through the lane.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use domain::payload::{Fault, PayloadSchema};
use domain::time::Timestamp;

use crate::caller::TeamCaller;
use crate::http::{Problem, ProblemKind};
use crate::transactions::refused_or_earlier;
use engine::lane::{Ingested, LaneError, NewIngest, Posted};
use ingest::{BatchItem, KeyedHash, Payload};

/// How long to wait before a full lane is asked again.
const RETRY: Duration = Duration::from_millis(2);

/// Faults that are listed for one payload; of further ones only the number is kept, since a payload of 256 KiB can have
/// tens of thousands.
const MAX_FAULTS: usize = 10;

/// The answers of a chunk, when they are there.
pub(super) type Waiting = Pin<Box<dyn Future<Output = Vec<Answered>> + Send>>;

/// What became of one payload.
pub(super) struct Answered {
    /// Where it stood in the batch.
    pub(super) line: u64,
    /// As far as it could be read.
    pub(super) txn_id: Option<String>,
    /// What became of it.
    pub(super) result: Result<Ingested, Problem>,
    /// Further faults, which are counted alone.
    pub(super) more_faults: usize,
}

impl Answered {
    /// Whether the host could not do it, and may be able to later.
    pub(super) fn is_unavailable(&self) -> bool {
        let problem = self.result.as_ref().err();
        problem.is_some_and(|problem| problem.kind() == ProblemKind::Unavailable)
    }

    /// Whether it was not accepted, whatever the reason.
    pub(super) fn is_refused(&self) -> bool {
        matches!(&self.result, Err(_) | Ok(Ingested::Refused(_)))
    }
}

/// Some payloads of a batch.
pub(super) struct Chunk {
    lines: Vec<Line>,
    posted: Vec<Posted>,
    bytes: usize,
    received_at: Timestamp,
}

struct Line {
    line: u64,
    txn_id: Option<String>,
    read: Read,
}

/// How far a payload came.
enum Read {
    /// It is the next one of those that go to the lane.
    Posted,
    /// The schema refuses it, with so many faults more than are listed.
    Refused(Payload, Vec<Fault>, usize),
    /// No payload could be cut out.
    Broken(Fault),
}

impl Chunk {
    /// Reads payloads by a schema.
    pub(super) fn read(
        items: Vec<BatchItem>,
        schema: &Arc<PayloadSchema>,
        keyed_hash: &KeyedHash,
        received_at: Timestamp,
    ) -> Self {
        let mut chunk = Self {
            lines: Vec::with_capacity(items.len()),
            posted: Vec::with_capacity(items.len()),
            bytes: 0,
            received_at,
        };
        for BatchItem { line, payload } in items {
            let (txn_id, read) = match payload {
                Err(fault) => (None, Read::Broken(fault)),
                Ok(payload) => match payload.read(schema, keyed_hash) {
                    Ok(transaction) => {
                        let txn_id = transaction.txn_id.as_str().to_owned();
                        chunk.bytes += payload.len();
                        chunk.posted.push(Posted {
                            payload,
                            transaction,
                        });
                        (Some(txn_id), Read::Posted)
                    }
                    Err(mut faults) => {
                        let more = cut(&mut faults);
                        (
                            payload.txn_id().map(|id| id.as_str().to_owned()),
                            Read::Refused(payload, faults, more),
                        )
                    }
                },
            };
            chunk.lines.push(Line { line, txn_id, read });
        }
        chunk
    }

    /// Puts the payloads into the lane's order, waiting while it is full, and
    /// answers what waits for their answers.
    pub(super) async fn submit(self, caller: Arc<TeamCaller>, keyed_hash: KeyedHash) -> Waiting {
        let mut ingest = NewIngest {
            by: caller.authority(),
            team: caller.team,
            posted: self.posted,
            bytes: self.bytes,
            received_at: self.received_at,
        };
        let answered = loop {
            match caller.lane.submit(ingest) {
                Ok(answered) => break answered,
                Err(refused) => {
                    ingest = refused;
                    tokio::time::sleep(RETRY).await;
                }
            }
        };
        let lines = self.lines;
        Box::pin(async move {
            let mut ingested = answered
                .await
                .unwrap_or(Err(LaneError::Stopping))
                .map(Vec::into_iter);
            let mut all = Vec::with_capacity(lines.len());
            for Line { line, txn_id, read } in lines {
                let mut more_faults = 0;
                let mut result = match read {
                    // Whoever may not post is told nothing about payloads.
                    _ if matches!(ingested, Err(LaneError::Revoked(_))) => {
                        Err(Problem::unauthorized())
                    }
                    Read::Broken(fault) => Err(Problem::failed_to_register(vec![fault])),
                    Read::Refused(payload, faults, more) => {
                        more_faults = more;
                        refused_or_earlier(&caller, payload, faults, &keyed_hash)
                            .await
                            .map(|(_, ingested)| ingested)
                    }
                    Read::Posted => match &mut ingested {
                        Ok(ingested) => ingested.next().ok_or_else(Problem::internal),
                        Err(error) => Err(error.clone().into()),
                    },
                };
                if let Ok(Ingested::Refused(faults)) = &mut result {
                    more_faults = cut(faults);
                }
                all.push(Answered {
                    line,
                    txn_id,
                    result,
                    more_faults,
                });
            }
            all
        })
    }
}

/// Cuts a list of faults to as many as are listed, and says how many more there were.
fn cut(faults: &mut Vec<Fault>) -> usize {
    let more = faults.len().saturating_sub(MAX_FAULTS);
    faults.truncate(MAX_FAULTS);
    // What was cut off is not held until the answer is written.
    faults.shrink_to_fit();
    more
}
