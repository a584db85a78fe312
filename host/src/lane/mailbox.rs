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

/// The metric of transactions that wait for all lanes.
const WAITING: &str = "vervet_waiting_transactions";

/// What a push means for whoever schedules the lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// The lane was idle: it must be given to a worker.
    WasIdle,
    /// A worker has it, or will have it.
    IsScheduled,
}

#[derive(Default)]
struct Waiting {
    commands: VecDeque<Command>,
    rows: usize,
    bytes: usize,
    scheduled: bool,
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
        let was_idle = !std::mem::replace(&mut waiting.scheduled, true);
        Ok(if was_idle {
            Pushed::WasIdle
        } else {
            Pushed::IsScheduled
        })
    }

    /// Takes what one turn works on: one command that is no ingest, or as many
    /// ingests of one team as stand together and have at most `max_rows` rows.
    pub(super) fn take_turn(&self, max_rows: usize) -> Vec<Command> {
        let mut waiting = self.0.lock();
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

    /// Ends a turn: says whether the lane must be given to a worker again.
    pub(super) fn end_turn(&self) -> bool {
        let mut waiting = self.0.lock();
        waiting.scheduled = !waiting.commands.is_empty();
        waiting.scheduled
    }

    /// How many transactions wait.
    pub(super) fn rows(&self) -> usize {
        self.0.lock().rows
    }

    /// Whether another transaction would be taken.
    pub(super) fn has_room(&self) -> bool {
        let waiting = self.0.lock();
        waiting.commands.len() < MAX_WAITING_COMMANDS
            && waiting.rows < MAX_WAITING_ROWS
            && waiting.bytes < MAX_WAITING_BYTES
    }

    /// Whether nothing waits and no worker has the lane.
    pub(super) fn is_idle(&self) -> bool {
        let waiting = self.0.lock();
        waiting.commands.is_empty() && !waiting.scheduled
    }
}
