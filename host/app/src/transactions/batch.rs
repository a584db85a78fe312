//! Transactions are posted in a batch: some payloads at a time, on their way through the lane.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::post::{Accepted, PostingTeam, PostingTeamError, TransactionError, refused_or_earlier};
use super::seen::{Reader, SeenOutcome};
use crate::caller::TeamCaller;
use domain::payload::{Fault, PayloadSchema};
use domain::time::Timestamp;
use engine::lane::{LaneError, NewIngest, Posted};
use ingest::{BatchItem, KeyedHash, Payload};

/// How long to wait before a full lane is asked again.
const RETRY: Duration = Duration::from_millis(2);

/// Faults that are listed for one payload; of further ones only the number is kept, since a payload of 256 KiB can have
/// tens of thousands.
const MAX_FAULTS: usize = 10;

/// The answers of a chunk, when they are there.
pub type PendingAnswers = Pin<Box<dyn Future<Output = Vec<PayloadAnswer>> + Send>>;

/// Posts the payloads of a batch, chunk by chunk.
pub struct BatchPosting {
    caller: Arc<TeamCaller>,
    posting: PostingTeam,
    reader: Reader,
}

/// What became of one payload.
pub struct PayloadAnswer {
    /// Where it stood in the batch.
    pub line: u64,
    /// As far as it could be read.
    pub txn_id: Option<String>,
    /// What became of it.
    pub result: Result<Accepted, TransactionError>,
    /// Further faults, which are counted alone.
    pub more_faults: usize,
}

impl BatchPosting {
    /// Begins a batch of a team.
    ///
    /// # Errors
    /// Where the team cannot take transactions.
    pub fn begin(caller: TeamCaller) -> Result<Self, PostingTeamError> {
        Ok(Self {
            posting: PostingTeam::of(&caller.lane.definitions(), &caller)?,
            caller: Arc::new(caller),
            reader: Reader::poster(),
        })
    }

    /// Reads payloads that came at this time and puts them into the lane's order, waiting while it is full. Returns what
    /// waits for their answers.
    pub async fn submit(
        &mut self,
        items: Vec<BatchItem>,
        received_at: Timestamp,
    ) -> PendingAnswers {
        self.follow_schema();
        let PostingTeam {
            schema, keyed_hash, ..
        } = &self.posting;
        let chunk = Chunk::read(items, schema, keyed_hash, received_at);
        chunk.submit(self.caller.clone(), keyed_hash.clone()).await
    }

    /// What came of an accepted transaction of the batch.
    pub fn outcome<'o>(&'o self, accepted: &'o Accepted) -> SeenOutcome<'o> {
        accepted.outcome(&self.posting.team, &self.reader)
    }

    /// A schema that changed meanwhile is read by from now on.
    fn follow_schema(&mut self) {
        let definitions = self.caller.lane.definitions();
        let PostingTeam { team, schema, .. } = &mut self.posting;
        if let Some(current) = definitions.teams.get(&team.name)
            && !Arc::ptr_eq(current, team)
            && let Some(current_schema) = current.schema()
        {
            *team = current.clone();
            *schema = current_schema;
        }
    }
}

impl PayloadAnswer {
    /// Whether the host could not do it, and may be able to later.
    pub fn is_unavailable(&self) -> bool {
        self.result
            .as_ref()
            .is_err_and(TransactionError::is_unavailable)
    }

    /// Whether nothing was registered because of the payload or the host.
    pub fn is_refused(&self) -> bool {
        match &self.result {
            Ok(_) | Err(TransactionError::TxnIdTaken) => false,
            Err(_) => true,
        }
    }
}

/// Some payloads of a batch.
struct Chunk {
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
    fn read(
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
    async fn submit(self, caller: Arc<TeamCaller>, keyed_hash: KeyedHash) -> PendingAnswers {
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
                        Err(TransactionError::Revoked)
                    }
                    Read::Broken(fault) => Err(TransactionError::Refused(vec![fault])),
                    Read::Refused(payload, faults, more) => {
                        more_faults = more;
                        refused_or_earlier(&caller, payload, faults, &keyed_hash)
                            .await
                            .map(|(_, accepted)| accepted)
                    }
                    Read::Posted => match &mut ingested {
                        Ok(ingested) => {
                            let ingested = ingested.next().ok_or(TransactionError::Unanswered);
                            ingested.and_then(Accepted::of)
                        }
                        Err(error) => Err(error.clone().into()),
                    },
                };
                if let Err(TransactionError::Refused(faults)) = &mut result {
                    more_faults += cut(faults);
                }
                all.push(PayloadAnswer {
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
