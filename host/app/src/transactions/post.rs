//! A transaction is posted.

use std::sync::Arc;

use super::find;
use super::seen::{Reader, SeenOutcome};
use crate::blocking::ReadError;
use crate::caller::TeamCaller;
use crate::teams::{NoSuchTeam, find_team};
use domain::payload::{Fault, PayloadSchema};
use domain::time::Timestamp;
use engine::lane::{Ingested, LaneError, NewIngest, Posted, Receipt};
use ingest::{KeyedHash, Payload, same_content};
use tenant::{Definitions, Team};

/// A transaction that was accepted, now or before.
#[derive(Clone, Debug)]
pub struct PostedTransaction {
    /// The transaction's id.
    pub txn_id: String,
    /// The team.
    pub team: Arc<Team>,
    /// That it was accepted.
    pub accepted: Accepted,
    reader: Reader,
}

/// That a transaction was accepted.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Whether it was not there before.
    pub is_new: bool,
    receipt: Receipt,
}

/// Why a team cannot take transactions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostingTeamError {
    /// There is no such team any more.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
    /// It has no payload schema.
    #[error("team '{0}' has no payload schema yet")]
    NoPayloadSchema(String),
    /// The tenant's own key is not there.
    #[error("the host failed; the tenant's own key is missing")]
    NoKey,
}

/// Why a transaction was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The team cannot take transactions.
    #[error(transparent)]
    Team(#[from] PostingTeamError),
    /// The team has another transaction of this id.
    #[error("another transaction of the team has the txn_id '{0}'; nothing was registered")]
    TxnIdTaken(String),
    /// As for any transaction.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
}

/// Why a transaction was not accepted, whether it came alone or in a batch.
#[derive(Debug, thiserror::Error)]
pub enum TransactionError {
    /// The team has another transaction of this id.
    #[error("another transaction of the team has this txn_id")]
    TxnIdTaken,
    /// The payload does not fit the team's payload schema.
    #[error("the payload does not fit the team's payload schema; nothing was registered")]
    Refused(Vec<Fault>),
    /// The key was revoked before the transaction's turn.
    #[error("the team's key was revoked")]
    Revoked,
    /// The lane could not take it.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// Earlier transactions cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The lane answered for fewer transactions than it was given.
    #[error("the host failed; it did not answer for the transaction")]
    Unanswered,
}

impl TransactionError {
    /// Whether the host could not do it, and may be able to later.
    pub(super) fn is_unavailable(&self) -> bool {
        let error = match self {
            Self::Lane(error) | Self::Read(ReadError::Lane(error)) => error,
            Self::TxnIdTaken
            | Self::Refused(_)
            | Self::Revoked
            | Self::Read(ReadError::Panicked(_))
            | Self::Unanswered => return false,
        };
        match error {
            LaneError::Full
            | LaneError::WindowsMissing(_)
            | LaneError::Stopping
            | LaneError::NotDurable(_) => true,
            LaneError::Revoked(_) | LaneError::NoSuchTeam => false,
        }
    }
}

/// A team that takes transactions.
pub(super) struct PostingTeam {
    pub(super) team: Arc<Team>,
    pub(super) schema: Arc<PayloadSchema>,
    pub(super) keyed_hash: KeyedHash,
}

impl PostingTeam {
    /// The team of a key.
    ///
    /// # Errors
    /// Where it cannot take transactions.
    pub(super) fn of(
        definitions: &Definitions,
        caller: &TeamCaller,
    ) -> Result<Self, PostingTeamError> {
        let team = find_team(definitions, &caller.name)?;
        let Some(schema) = team.schema() else {
            return Err(PostingTeamError::NoPayloadSchema(team.name.clone()));
        };
        let tenant = definitions.tenant().ok_or(PostingTeamError::NoKey)?;
        Ok(Self {
            keyed_hash: KeyedHash::new(&tenant.hash_key),
            team,
            schema,
        })
    }
}

impl PostedTransaction {
    /// What came of it.
    pub fn outcome(&self) -> SeenOutcome<'_> {
        self.accepted.outcome(&self.team, &self.reader)
    }
}

impl Accepted {
    /// Its place among the team's transactions, from 1.
    pub fn sequence(&self) -> u64 {
        self.receipt.sequence
    }

    /// When it came.
    pub fn received_at(&self) -> Timestamp {
        self.receipt.received_at
    }

    pub(super) fn outcome<'o>(&'o self, team: &'o Team, reader: &'o Reader) -> SeenOutcome<'o> {
        reader.outcome(team, &self.receipt.outcome, self.receipt.received_at)
    }

    /// What became of a transaction in the lane.
    pub(super) fn of(ingested: Ingested) -> Result<Self, TransactionError> {
        match ingested {
            Ingested::Accepted(receipt) => Ok(Self {
                is_new: true,
                receipt,
            }),
            Ingested::Duplicate(receipt) => Ok(Self {
                is_new: false,
                receipt,
            }),
            Ingested::Conflict => Err(TransactionError::TxnIdTaken),
            Ingested::Refused(faults) => Err(TransactionError::Refused(faults)),
        }
    }
}

/// Posts a transaction that came at this time. Returns once the transaction, and all that came of it, is durable.
///
/// # Errors
/// Where the team cannot take transactions, the payload does not fit its schema, another transaction has the id, or the
/// lane cannot take it.
pub async fn post(
    caller: &TeamCaller,
    payload: Payload,
    received_at: Timestamp,
) -> Result<PostedTransaction, PostError> {
    let posting = PostingTeam::of(&caller.lane.definitions(), caller)?;
    let bytes = payload.len();
    let (txn_id, accepted) = match payload.read(&posting.schema, &posting.keyed_hash) {
        Ok(transaction) => {
            let txn_id = transaction.txn_id.as_str().to_owned();
            let ingest = NewIngest {
                by: caller.authority(),
                team: caller.team,
                posted: vec![Posted {
                    payload,
                    transaction,
                }],
                bytes,
                received_at,
            };
            let ingested = caller.lane.ingest(ingest).await;
            let ingested = ingested.map_err(TransactionError::Lane)?.into_iter().next();
            match Accepted::of(ingested.ok_or(TransactionError::Unanswered)?) {
                Err(TransactionError::TxnIdTaken) => return Err(PostError::TxnIdTaken(txn_id)),
                accepted => (txn_id, accepted?),
            }
        }
        Err(faults) => refused_or_earlier(caller, payload, faults, &posting.keyed_hash).await?,
    };
    Ok(PostedTransaction {
        txn_id,
        team: posting.team,
        accepted,
        reader: Reader::poster(),
    })
}

/// A payload that the schema in force refuses may be the repeat of one that an earlier schema accepted. Returns the id of
/// the transaction that it repeats, too.
///
/// # Errors
/// With the faults, where it is none.
pub(super) async fn refused_or_earlier(
    caller: &TeamCaller,
    payload: Payload,
    faults: Vec<Fault>,
    keyed_hash: &KeyedHash,
) -> Result<(String, Accepted), TransactionError> {
    let txn_id = payload.txn_id();
    let earlier = match &txn_id {
        Some(txn_id) => find(&caller.lane.team(caller.team).await?, txn_id).await?,
        None => None,
    };
    let repeat = earlier.filter(|earlier| {
        let again = payload.read(&earlier.transaction.schema, keyed_hash);
        again.is_ok_and(|again| same_content(&again, &earlier.transaction))
    });
    let Some(earlier) = repeat else {
        metrics::counter!("vervet_transactions_total", "outcome" => "refused").increment(1);
        return Err(TransactionError::Refused(faults));
    };
    let txn_id = earlier.transaction.txn_id.as_str().to_owned();
    let receipt = Receipt {
        sequence: earlier.sequence,
        received_at: earlier.received_at,
        outcome: earlier.outcome,
    };
    let is_new = false;
    Ok((txn_id, Accepted { is_new, receipt }))
}
