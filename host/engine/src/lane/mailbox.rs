//! The queue before a lane: bounded, and full before work is begun.

use std::collections::VecDeque;

use parking_lot::Mutex;

use super::command::Command;

/// The most transactions that wait for one lane.
pub(super) const MAX_WAITING_ROWS: usize = 16_384;
/// The most bytes that wait for one lane.
pub(super) const MAX_WAITING_BYTES: usize = 64 << 20;
/// The most commands that wait for one lane.
pub(super) const MAX_WAITING_COMMANDS: usize = 8_192;

/// The most changes that wait to be made before all else.
pub(super) const MAX_WAITING_AHEAD: usize = 256;

/// The metric of transactions that wait for all lanes.
const WAITING: &str = "vervet_waiting_transactions";

/// The turns of one lane whose commits may be on their way before a short one waits.
///
/// A turn costs the same few instances and one flush however short it is, so what comes while two
/// commits are on their way is gathered for the next turn; nothing gets later by it, for commits
/// are written one after the other.
pub(super) const MAX_TURNS_UNDER_WAY: usize = 2;
/// From so many rows on a turn is long enough not to wait.
pub(super) const LONG_TURN_ROWS: usize = 64;

/// What a push means for whoever schedules the lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// No worker has the lane: it must be given to one.
    WasIdle,
    /// A worker has it, or will have it at the latest when a turn that is under way is durable.
    IsScheduled,
}

#[derive(Default)]
struct Waiting {
    /// Changes that go before all else that waits, in their order.
    ahead: VecDeque<Command>,
    commands: VecDeque<Command>,
    rows: usize,
    bytes: usize,
    scheduled: bool,
    /// Turns that are begun and not yet durable.
    under_way: usize,
    /// Whether the lane holds what a turn had no time for.
    unplaced: bool,
    /// Whether transactions wait for something else than a worker.
    held: bool,
}

impl Waiting {
    /// Schedules the lane where there is work that need not wait; says whether it did.
    fn schedule(&mut self) -> bool {
        let is_worth_a_turn = self.under_way < MAX_TURNS_UNDER_WAY || self.rows >= LONG_TURN_ROWS;
        let is_ready = match self.commands.front() {
            _ if !self.ahead.is_empty() => true,
            _ if self.unplaced => !self.held,
            Some(next) if next.is_ingest() => !self.held && is_worth_a_turn,
            Some(_) => true,
            None => false,
        };
        let begins = is_ready && !self.scheduled;
        self.scheduled |= begins;
        begins
    }

    /// What it means that something was put there.
    fn pushed(&mut self) -> Pushed {
        if self.schedule() {
            Pushed::WasIdle
        } else {
            Pushed::IsScheduled
        }
    }
}

/// The queue before a lane.
#[derive(Default)]
pub(super) struct Mailbox(Mutex<Waiting>);

impl Mailbox {
    /// Puts a command at the end, or gives it back where the queue is full.
    pub(super) fn push(&self, command: Command) -> Result<Pushed, Box<Command>> {
        let mut waiting = self.0.lock();
        let (rows, bytes) = (command.rows(), command.bytes());
        let is_over = waiting.commands.len() >= MAX_WAITING_COMMANDS
            || waiting.rows + rows > MAX_WAITING_ROWS
            || waiting.bytes + bytes > MAX_WAITING_BYTES;
        // A single command that is larger than the bounds still passes an empty queue.
        if is_over && !waiting.commands.is_empty() {
            return Err(Box::new(command));
        }
        waiting.rows += rows;
        waiting.bytes += bytes;
        metrics::gauge!(WAITING).increment(rows as f64);
        waiting.commands.push_back(command);
        Ok(waiting.pushed())
    }

    /// Puts a change before all that waits, but behind the others that were put there. A queue that is full of
    /// transactions takes it all the same: the change may be what empties it.
    pub(super) fn push_ahead(&self, command: Command) -> Result<Pushed, Box<Command>> {
        let mut waiting = self.0.lock();
        if waiting.ahead.len() >= MAX_WAITING_AHEAD {
            return Err(Box::new(command));
        }
        waiting.ahead.push_back(command);
        Ok(waiting.pushed())
    }

    /// Takes the first change that goes before all else.
    pub(super) fn take_ahead(&self) -> Option<Command> {
        self.0.lock().ahead.pop_front()
    }

    /// Takes what one turn works on: one command that is no ingest, or as many
    /// ingests of one team as stand together and have at most `max_rows` rows.
    pub(super) fn take_turn(&self, max_rows: usize) -> Vec<Command> {
        let mut waiting = self.0.lock();
        if let Some(first) = waiting.ahead.pop_front() {
            return vec![first];
        }
        let mut turn = Vec::new();
        let mut rows = 0;
        while let Some(next) = waiting.commands.front() {
            let fits = match turn.first() {
                None => true,
                Some(first) => next.joins(first) && rows + next.rows() <= max_rows,
            };
            if !fits {
                break;
            }
            let Some(command) = waiting.commands.pop_front() else {
                break;
            };
            rows += command.rows();
            waiting.rows -= command.rows();
            waiting.bytes -= command.bytes();
            turn.push(command);
        }
        metrics::gauge!(WAITING).decrement(rows as f64);
        turn
    }

    /// Takes a change that need not wait where transactions have to. Those that the lane holds already go before all that
    /// was not put ahead.
    pub(super) fn take_change(&self, unplaced: bool) -> Option<Command> {
        let mut waiting = self.0.lock();
        if let Some(ahead) = waiting.ahead.pop_front() {
            return Some(ahead);
        }
        let is_next = |next: &mut Command| !unplaced && !next.is_ingest();
        let change = waiting.commands.pop_front_if(is_next)?;
        waiting.rows -= change.rows();
        waiting.bytes -= change.bytes();
        Some(change)
    }

    /// Has transactions wait, even where a worker is free.
    pub(super) fn hold(&self) {
        self.0.lock().held = true;
    }

    /// Transactions need not wait any more; answers whether the lane must be given to a worker.
    pub(super) fn release(&self) -> bool {
        let mut waiting = self.0.lock();
        waiting.held = false;
        waiting.schedule()
    }

    /// Says whether the lane holds transactions that a turn had no time for: it needs a worker for these, too.
    pub(super) fn set_unplaced(&self, unplaced: bool) {
        self.0.lock().unplaced = unplaced;
    }

    /// Ends a turn: says whether the lane must be given to a worker again.
    pub(super) fn end_turn(&self) -> bool {
        let mut waiting = self.0.lock();
        waiting.scheduled = false;
        waiting.schedule()
    }

    /// Says that a turn is begun whose commit others may wait for.
    pub(super) fn set_off(&self) {
        self.0.lock().under_way += 1;
    }

    /// Says that such a turn is decided; answers whether the lane must be given to a worker.
    pub(super) fn land(&self) -> bool {
        let mut waiting = self.0.lock();
        waiting.under_way -= 1;
        waiting.schedule()
    }

    /// How many transactions wait.
    pub(super) fn rows(&self) -> usize {
        self.0.lock().rows
    }

    /// Whether it is idle and all that was done is decided.
    pub(super) fn is_at_rest(&self) -> bool {
        self.is_idle() && self.0.lock().under_way == 0
    }

    /// How many changes wait.
    pub(super) fn changes(&self) -> usize {
        let waiting = self.0.lock();
        let all = waiting.ahead.iter().chain(&waiting.commands);
        all.filter(|command| !command.is_ingest()).count()
    }

    /// Whether nothing waits and no worker has the lane.
    pub(super) fn is_idle(&self) -> bool {
        let waiting = self.0.lock();
        let is_empty = waiting.ahead.is_empty() && waiting.commands.is_empty();
        is_empty && !waiting.scheduled && !waiting.unplaced
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;
    use crate::lane::change::Asked;
    use crate::lane::command::Ingest;
    use crate::lane::{Change, NewIngest};
    use tenant::Authority;

    fn ingest() -> Command {
        ingest_of(0)
    }

    fn ingest_of(bytes: usize) -> Command {
        let ingest = NewIngest {
            by: Authority::Host,
            team: 1,
            posted: Vec::new(),
            bytes,
            received_at: Timestamp::MIN,
        };
        let (answer, _) = tokio::sync::oneshot::channel();
        Command::Ingest(Ingest { ingest, answer })
    }

    fn change() -> Command {
        let (answer, _) = tokio::sync::oneshot::channel();
        Command::Change(Box::new(Asked {
            by: Authority::Host,
            change: |_: &mut Change<'_>| Ok::<(), std::convert::Infallible>(()),
            mark: None,
            answer,
        }))
    }

    #[test]
    fn what_comes_while_turns_are_under_way_is_gathered_and_not_forgotten() {
        let mailbox = Mailbox::default();
        let push = || mailbox.push(ingest()).ok();
        for _ in 0..MAX_TURNS_UNDER_WAY {
            assert_eq!(push(), Some(Pushed::WasIdle));
            assert_eq!(mailbox.take_turn(1).len(), 1);
            mailbox.set_off();
            assert!(!mailbox.end_turn(), "nothing waits");
        }
        assert_eq!(push(), Some(Pushed::IsScheduled));
        assert_eq!(push(), Some(Pushed::IsScheduled));
        assert!(!mailbox.is_idle());
        assert!(mailbox.land(), "one is decided: what was gathered begins");
        assert!(!mailbox.land(), "a worker has the lane already");
        assert_eq!(mailbox.take_turn(10).len(), 2);
        assert!(!mailbox.end_turn());
        assert!(mailbox.is_idle());
    }

    #[test]
    fn transactions_that_are_held_wait_and_changes_do_not() {
        let mailbox = Mailbox::default();
        mailbox.hold();
        assert_eq!(mailbox.push(ingest()).ok(), Some(Pushed::IsScheduled));
        assert!(mailbox.take_change(false).is_none());
        assert_eq!(mailbox.push_ahead(change()).ok(), Some(Pushed::WasIdle));
        assert!(mailbox.take_change(true).is_some());
        assert!(!mailbox.end_turn(), "the transaction goes on waiting");
        assert!(mailbox.release(), "now it need not wait");
        assert_eq!(mailbox.take_turn(1).len(), 1);
        assert!(!mailbox.end_turn());

        mailbox.hold();
        assert_eq!(mailbox.push(change()).ok(), Some(Pushed::WasIdle));
        mailbox.set_unplaced(true);
        assert!(
            mailbox.take_change(true).is_none(),
            "what was begun is first"
        );
        assert!(!mailbox.end_turn());
        assert!(mailbox.release());
        mailbox.set_unplaced(false);
        assert!(mailbox.take_change(false).is_some());
        assert!(!mailbox.end_turn());
        assert!(mailbox.is_idle());
    }

    #[test]
    fn what_goes_ahead_is_taken_first_even_where_the_queue_is_full() {
        let mailbox = Mailbox::default();
        assert!(mailbox.push(ingest_of(MAX_WAITING_BYTES)).is_ok());
        assert!(mailbox.push(ingest_of(1)).is_err(), "it is full");
        for bytes in [2, 3] {
            assert!(mailbox.push_ahead(ingest_of(bytes)).is_ok());
        }
        let taken: Vec<usize> = (0..3)
            .flat_map(|_| mailbox.take_turn(MAX_WAITING_ROWS))
            .map(|command| command.bytes())
            .collect();
        assert_eq!(taken, [2, 3, MAX_WAITING_BYTES]);
        mailbox.end_turn();
        assert!(mailbox.is_idle());
        for _ in 0..MAX_WAITING_AHEAD {
            assert!(mailbox.push_ahead(ingest_of(1)).is_ok());
        }
        assert!(mailbox.push_ahead(ingest_of(1)).is_err());
    }
}
