//! The first stage: duplicates are told apart, the others get their place and their inputs.

use std::time::{Duration, Instant};
use std::vec;

use domain::payload::{Fault, Transaction};
use domain::time::Timestamp;
use domain::window::{InputBatch, Inputs};

use super::answer::{LaneError, Receipt};
use super::command::Posted;
use super::team::TeamState;
use super::team_view::{StoredTransaction, TeamView};
use super::window_rows::AheadReader;
use ingest::{KeyedHash, same_content};
use store::StoreError;
use store::index::IndexRow;
use tenant::Definitions;

/// A transaction that has its place.
pub(super) struct Row {
    pub(super) sequence: u64,
    pub(super) received_at: Timestamp,
    pub(super) transaction: Transaction,
}

/// What became of one posted transaction at sequencing.
pub(super) enum Place {
    /// It is this row of the turn.
    Accepted(usize),
    /// It is the same as this row of the turn.
    SameAs(usize),
    /// It was accepted in an earlier turn.
    Duplicate(Receipt),
    /// Another transaction has its `txn_id`.
    Conflict,
    /// The schema changed meanwhile, and the new one refuses it.
    Refused(Vec<Fault>),
}

/// A sequenced turn.
pub(super) struct Sequenced {
    /// One for each posted transaction, in order.
    pub(super) places: Vec<Place>,
    /// The accepted ones, in order.
    pub(super) rows: Vec<Row>,
    /// Their inputs.
    pub(super) batch: InputBatch,
}

/// Gives every new transaction its place and computes its inputs from what came before it. What is left of `posted` is
/// what there was no time for; the first is always done.
pub(super) fn sequence(
    team: &mut TeamState,
    definitions: &Definitions,
    hash_key: &[u8; 32],
    posted: &mut vec::IntoIter<(Posted, Timestamp)>,
    within: Duration,
) -> Result<Sequenced, LaneError> {
    let view = team.view.clone();
    view.check_index()?;
    let not_read = |error: &dyn std::fmt::Display| LaneError::NotDurable(error.to_string());
    team.rows
        .land(view.durable())
        .map_err(|error| not_read(&error))?;
    let mut earlier_rows = team.rows.of_lane();
    let mut read_ahead = 0;
    let begun = Instant::now();
    let mut sequenced = Sequenced {
        places: Vec::with_capacity(posted.len()),
        rows: Vec::with_capacity(posted.len()),
        batch: team.inputs.begin(),
    };
    let first = team.next_sequence;
    loop {
        // Windows of some plans cost much for each row; other tenants wait for one row at most.
        if !sequenced.places.is_empty() && begun.elapsed() >= within {
            return Ok(sequenced);
        }
        if posted.len().is_multiple_of(Inputs::LOOK_AHEAD) {
            let next = posted.as_slice().iter().take(Inputs::LOOK_AHEAD);
            team.inputs
                .look_ahead(next.map(|(posted, _)| &posted.transaction));
        }
        if read_ahead == 0 {
            read_ahead = AheadReader::TRANSACTIONS;
            let next = posted.as_slice().iter().take(read_ahead);
            let next = next.map(|(posted, _)| &posted.transaction);
            earlier_rows.read_for(&mut team.inputs, next);
        }
        read_ahead -= 1;
        let Some((posted, received_at)) = posted.next() else {
            return Ok(sequenced);
        };
        let earlier = find(&view, &sequenced.rows, first, &posted.transaction)?;
        if let Some(earlier) = earlier {
            let same = is_same(&posted, earlier.transaction(&sequenced.rows), hash_key);
            sequenced.places.push(match earlier {
                _ if !same => Place::Conflict,
                Earlier::InTurn(row) => Place::SameAs(row),
                Earlier::Stored(stored) => Place::Duplicate(stored.receipt()),
            });
            continue;
        }
        let transaction = match read_again(team, posted, hash_key) {
            Ok(transaction) => transaction,
            Err(faults) => {
                sequenced.places.push(Place::Refused(faults));
                continue;
            }
        };
        team.is_in_turn = true;
        team.inputs
            .observe(
                team.next_sequence,
                &transaction,
                definitions,
                &earlier_rows.before(team.next_sequence),
                &mut sequenced.batch,
            )
            .map_err(|error| not_read(&error))?;
        team.rows.push(team.next_sequence, &transaction);
        view.push(IndexRow {
            txn_id: view.hash(transaction.txn_id.as_str()),
            customer_id: view.hash(transaction.customer_id.as_str()),
            date_time: transaction.date_time,
            sequence: team.next_sequence,
        });
        sequenced.places.push(Place::Accepted(sequenced.rows.len()));
        sequenced.rows.push(Row {
            sequence: team.next_sequence,
            received_at,
            transaction,
        });
        team.next_sequence += 1;
    }
}

/// A transaction that already has the `txn_id`.
enum Earlier {
    InTurn(usize),
    Stored(StoredTransaction),
}

impl Earlier {
    fn transaction<'e>(&'e self, rows: &'e [Row]) -> &'e Transaction {
        match self {
            Self::InTurn(row) => &rows[*row].transaction,
            Self::Stored(stored) => &stored.transaction,
        }
    }
}

fn find(
    view: &TeamView,
    rows: &[Row],
    first: u64,
    transaction: &Transaction,
) -> Result<Option<Earlier>, StoreError> {
    for sequence in view.candidates(transaction.txn_id.as_str())? {
        let earlier = match sequence.checked_sub(first) {
            Some(row) if (row as usize) < rows.len() => Some(Earlier::InTurn(row as usize)),
            _ => view.read(sequence)?.map(Earlier::Stored),
        };
        if let Some(earlier) = earlier
            && earlier.transaction(rows).txn_id == transaction.txn_id
        {
            return Ok(Some(earlier));
        }
    }
    Ok(None)
}

/// Whether the same was posted again, read by the schema that accepted it first.
fn is_same(posted: &Posted, earlier: &Transaction, hash_key: &[u8; 32]) -> bool {
    if posted.transaction.schema.version() == earlier.schema.version() {
        return same_content(&posted.transaction, earlier);
    }
    posted
        .payload
        .read(&earlier.schema, &KeyedHash::new(hash_key))
        .is_ok_and(|transaction| same_content(&transaction, earlier))
}

/// The transaction as the schema in force reads it.
fn read_again(
    team: &TeamState,
    posted: Posted,
    hash_key: &[u8; 32],
) -> Result<Transaction, Vec<Fault>> {
    match &team.schema {
        Some(schema) if schema.version() != posted.transaction.schema.version() => {
            posted.payload.read(schema, &KeyedHash::new(hash_key))
        }
        _ => Ok(posted.transaction),
    }
}
