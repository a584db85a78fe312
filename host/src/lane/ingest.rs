//! A turn of transactions: sequence, evaluate, raise, commit.
//!
//! Evaluation stays within the turn, and goes over the cores by rules when the
//! block is large: order needs no bookkeeping, and while this block's commit
//! is on its way the lane is at the next one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::TurnUnderWay;
use super::answer::{Ingested, LaneError, Receipt};
use super::blocks::encode_blocks;
use super::command::{Ingest, Posted};
use super::evaluate::evaluate;
use super::outcome::Outcome;
use super::raise::raise;
use super::sequence::{Place, Row, sequence};
use super::state::{LaneState, MAX_TURN_ROWS};
use crate::store::key::{Key, Record, TeamId};

/// A turn that lasts longer than this makes the next ones smaller.
const LONG_TURN: Duration = Duration::from_millis(20);

/// Who waits for how many answers.
struct Waiter {
    count: usize,
    answer: oneshot::Sender<Result<Vec<Ingested>, LaneError>>,
}

impl LaneState {
    /// Judges the transactions of one team. All commands are of the same team.
    pub(super) fn ingest(&mut self, ingests: Vec<Ingest>, under_way: TurnUnderWay) {
        let begun = Instant::now();
        let mut waiters = Vec::with_capacity(ingests.len());
        let mut posted: Vec<(Posted, domain::time::Timestamp)> = Vec::new();
        let team = ingests.first().map_or(0, |first| first.ingest.team);
        let now = self.services.clock.now();
        for Ingest { ingest, answer } in ingests {
            if let Err(revoked) = ingest.by.check(&self.definitions, now) {
                let _ = answer.send(Err(revoked.into()));
                continue;
            }
            waiters.push(Waiter {
                count: ingest.posted.len(),
                answer,
            });
            let received_at = ingest.received_at;
            posted.extend(ingest.posted.into_iter().map(|one| (one, received_at)));
        }
        if waiters.is_empty() {
            return;
        }
        if let Err(error) = self.ingest_block(team, posted, &mut waiters, under_way) {
            for waiter in waiters {
                let _ = waiter.answer.send(Err(error.clone()));
            }
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
        team_id: u32,
        posted: Vec<(Posted, domain::time::Timestamp)>,
        waiters: &mut Vec<Waiter>,
        under_way: TurnUnderWay,
    ) -> Result<(), LaneError> {
        let definitions = self.definitions.clone();
        let Some(team) = self.teams.get_mut(&team_id) else {
            return Err(LaneError::NoSuchTeam);
        };
        let Some(tenant) = definitions.tenant() else {
            return Err(LaneError::NoSuchTeam);
        };
        let sequenced = sequence(team, &definitions, &tenant.hash_key, posted)
            .inspect_err(|_| self.published.set_failed())?;
        let judged = evaluate(team, &sequenced);

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

        let rows = sequenced.rows;
        let last = rows.last().map(|row| row.sequence);
        let answers = Answers {
            places: sequenced.places,
            receipts: receipts(&rows, &outcomes),
        };
        let view = team.view.clone();
        let services = self.services.clone();
        let waiters = std::mem::take(waiters);
        self.commit(draft, move |durable| {
            if let (Ok(()), Some(last)) = (&durable, last) {
                view.land(last);
                services.indexer.note(&view);
            }
            // The next turn begins while answers are given.
            drop(under_way);
            match durable {
                Ok(()) => answers.give(waiters),
                Err(error) => {
                    for waiter in waiters {
                        let _ = waiter.answer.send(Err(error.clone()));
                    }
                }
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
    fn give(self, waiters: Vec<Waiter>) {
        self.count();
        let mut places = self.places.into_iter();
        for waiter in waiters {
            let answers = places.by_ref().take(waiter.count);
            let answers = answers.map(|place| match place {
                Place::Accepted(row) => Ingested::Accepted(self.receipts[row].clone()),
                Place::SameAs(row) => Ingested::Duplicate(self.receipts[row].clone()),
                Place::Duplicate(receipt) => Ingested::Duplicate(receipt),
                Place::Conflict => Ingested::Conflict,
                Place::Refused(faults) => Ingested::Refused(faults),
            });
            // Whoever asked may have gone; the transactions stand all the same.
            let _ = waiter.answer.send(Ok(answers.collect()));
        }
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
