//! A turn of transactions: sequence, evaluate, raise, commit.
//!
//! Evaluation stays within the turn, and goes over the cores by rules when the
//! block is large: order needs no bookkeeping, and while this block's commit
//! is on its way the lane is at the next one.

use std::sync::Arc;
use std::time::{Duration, Instant};
use std::vec;

use domain::time::Timestamp;

use super::TurnUnderWay;
use super::answer::{Ingested, LaneError, Receipt};
use super::blocks::encode_blocks;
use super::command::{Ingest, Posted};
use super::evaluate::evaluate;
use super::outcome::Outcome;
use super::raise::raise;
use super::sequence::{Place, Row, sequence};
use super::state::{LaneState, MAX_TURN_ROWS};
use super::waiters::{Placed, Waiters};
use base::processor_time::thread_time;
use store::key::{Key, Record, TeamId};
use tenant::Definitions;

/// A turn that lasts longer than this makes the next ones smaller.
const LONG_TURN: Duration = Duration::from_millis(20);

/// Transactions of one team that have no place yet, and who waits for them.
#[derive(Default)]
pub(super) struct Unplaced {
    team: u32,
    posted: vec::IntoIter<(Posted, Timestamp)>,
    waiters: Waiters,
}

impl Unplaced {
    /// Those whose authority holds, in their order; the others are answered. All are of the same team.
    fn of(ingests: Vec<Ingest>, definitions: &Definitions, now: Timestamp) -> Self {
        let mut unplaced = Self::default();
        let mut posted = Vec::new();
        for Ingest { ingest, answer } in ingests {
            if let Err(revoked) = ingest.by.check(definitions, now) {
                // Whoever asked may have gone.
                let _ = answer.send(Err(revoked.into()));
                continue;
            }
            unplaced.team = ingest.team;
            unplaced.waiters.push(ingest.posted.len(), answer);
            let received_at = ingest.received_at;
            posted.extend(ingest.posted.into_iter().map(|one| (one, received_at)));
        }
        unplaced.posted = posted.into_iter();
        unplaced
    }

    /// Answers that none of them could be done.
    pub(super) fn fail(self, error: &LaneError) {
        self.waiters.fail(error);
    }
}

impl LaneState {
    /// Judges the transactions of one team. All commands are of the same team.
    pub(super) fn ingest(&mut self, ingests: Vec<Ingest>, under_way: TurnUnderWay) {
        let now = self.services.clock.now();
        let unplaced = Unplaced::of(ingests, &self.definitions, now);
        if !unplaced.waiters.is_empty() {
            self.place(unplaced, under_way);
        }
    }

    /// Judges transactions, and keeps those for the next turn that there was no time for.
    pub(super) fn place(&mut self, mut unplaced: Unplaced, under_way: TurnUnderWay) {
        let begun = Instant::now();
        match self.ingest_block(&mut unplaced, under_way) {
            Ok(()) if unplaced.posted.len() > 0 => self.unplaced = Some(unplaced),
            Ok(()) => {}
            Err(error) => unplaced.fail(&error),
        }
        let is_long = begun.elapsed() > LONG_TURN;
        self.turn_rows = if is_long {
            (self.turn_rows / 2).max(1)
        } else {
            (self.turn_rows * 2).min(MAX_TURN_ROWS)
        };
    }

    fn ingest_block(
        &mut self,
        unplaced: &mut Unplaced,
        under_way: TurnUnderWay,
    ) -> Result<(), LaneError> {
        let team_id = unplaced.team;
        let definitions = self.definitions.clone();
        let Some(team) = self.teams.get_mut(&team_id) else {
            return Err(LaneError::NoSuchTeam);
        };
        let Some(tenant) = definitions.tenant() else {
            return Err(LaneError::NoSuchTeam);
        };
        team.check_windows()?;
        let begun = thread_time();
        let within = self.services.limits.input_stage;
        let posted = &mut unplaced.posted;
        let sequenced = sequence(team, &definitions, &tenant.hash_key, posted, within)
            .inspect_err(|_| self.published.set_failed())?;
        self.inputs_are_costly = posted.len() > 0;
        let took = thread_time().saturating_sub(begun);
        team.count_inputs(took, self.inputs_are_costly);
        let judged = evaluate(team, &definitions, &sequenced);

        let Some(team) = self.teams.get(&team_id) else {
            return Err(LaneError::NoSuchTeam);
        };
        let mut change = self.begin();
        let outcomes = raise(
            &mut change,
            team,
            &sequenced.rows,
            &sequenced.batch,
            &judged,
        )
        .inspect_err(|_| self.published.set_failed())?;
        let mut draft = change.into_draft();
        for (first, block) in encode_blocks(&sequenced.rows, &outcomes) {
            let record = Record::Block {
                team: TeamId(team_id),
                first,
            };
            let key = Key::new(self.tenant, &record);
            draft.batch.put(key, block.clone());
            team.view.take_off(first, block.into());
        }
        let view = team.view.clone();
        if let Some(team) = self.teams.get_mut(&team_id) {
            team.is_in_turn = false;
        }

        let rows = sequenced.rows;
        let last = rows.last().map(|row| row.sequence);
        let answers = Answers {
            places: sequenced.places,
            receipts: receipts(&rows, &outcomes),
        };
        let services = self.services.clone();
        let placed = unplaced.waiters.place(answers.places.len());
        self.commit(draft, move |durable| {
            if let (Ok(()), Some(last)) = (&durable, last) {
                view.land(last);
                services.indexer.note(&view);
            }
            // The next turn begins while answers are given.
            drop(under_way);
            match durable {
                Ok(()) => answers.give(placed),
                Err(error) => placed.fail(&error),
            }
        });
        Ok(())
    }
}

fn receipts(rows: &[Row], outcomes: &[Arc<Outcome>]) -> Vec<Receipt> {
    let receipts = rows.iter().zip(outcomes).map(|(row, outcome)| Receipt {
        sequence: row.sequence,
        received_at: row.received_at,
        outcome: outcome.clone(),
    });
    receipts.collect()
}

/// The answers of a turn, in the order of its transactions.
struct Answers {
    places: Vec<Place>,
    /// Of the rows that were accepted.
    receipts: Vec<Receipt>,
}

impl Answers {
    fn give(self, placed: Placed) {
        self.count();
        let Self { places, receipts } = self;
        let answers = places.into_iter().map(|place| match place {
            Place::Accepted(row) => Ingested::Accepted(receipts[row].clone()),
            Place::SameAs(row) => Ingested::Duplicate(receipts[row].clone()),
            Place::Duplicate(receipt) => Ingested::Duplicate(receipt),
            Place::Conflict => Ingested::Conflict,
            Place::Refused(faults) => Ingested::Refused(faults),
        });
        placed.give(answers);
    }

    /// For the operator: what became of transactions.
    fn count(&self) {
        let (mut accepted, mut duplicates, mut conflicts, mut refused) = (0, 0, 0, 0);
        for place in &self.places {
            match place {
                Place::Accepted(_) => accepted += 1,
                Place::SameAs(_) | Place::Duplicate(_) => duplicates += 1,
                Place::Conflict => conflicts += 1,
                Place::Refused(_) => refused += 1,
            }
        }
        let counts = [
            ("accepted", accepted),
            ("duplicate", duplicates),
            ("conflict", conflicts),
            ("refused", refused),
        ];
        for (outcome, count) in counts {
            metrics::counter!("vervet_transactions_total", "outcome" => outcome).increment(count);
        }
    }
}
