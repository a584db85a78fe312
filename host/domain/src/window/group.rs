//! The state of a group of windows.

use super::batch::InputBatch;
use super::bound::Entry;
use super::frame::{Demand, Frame};
use super::history::{History, HistoryError};
use super::inputs::InputLimits;
use super::keys::{Held, Keys};
use super::layout::{Layouts, Seen};
use super::moments::Moments;
use super::series::{Series, Span};
use super::value::FieldKey;
use crate::payload::Transaction;
use crate::time::Timestamp;

/// A frame and its rows.
///
/// *Invariant:* of every key that is not spilled, all rows after `floor` are in memory.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) entry: Entry,
    pub(super) demands: Vec<Demand>,
    frame: Frame,
    keys: Keys,
    floor: Timestamp,
    /// What the floor will be when the rows down to it have been filled in.
    filling: Option<Timestamp>,
    filled: bool,
    empty: Series,
}

/// Where the rows are that a transaction looks at.
#[derive(Debug)]
pub(super) enum Found {
    /// The window is empty.
    Nothing,
    /// They are in memory.
    Held(u32),
    /// They were read from history, for this transaction alone.
    Read(Box<Series>),
}

/// Buffers that are used again for each transaction.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) key: Vec<u8>,
    /// Groups, and hashes of keys that are looked for in them.
    pub(super) hashes: Vec<(usize, u64)>,
    /// Groups, and where in them.
    pub(super) places: Vec<(usize, u32)>,
    /// What each group found.
    pub(super) found: Vec<Found>,
    moments: Vec<Moments>,
}

/// Where history is read from, and up to which transaction.
pub(super) struct Past<'h> {
    pub(super) history: &'h dyn History,
    /// The transaction being observed; those of lower sequence came before.
    pub(super) before: u64,
}

impl Group {
    /// A group of which nothing is in memory yet: until it is filled, history answers.
    pub(super) fn new(entry: Entry, demands: Vec<Demand>, layouts: &mut Layouts) -> Self {
        let frame = Frame::new(&entry, &demands, &[], layouts);
        Self {
            entry,
            demands,
            empty: frame.empty_series(),
            frame,
            keys: Keys::default(),
            floor: Timestamp::MAX,
            filling: None,
            filled: false,
        }
    }

    pub(super) fn is_filled(&self) -> bool {
        self.filled
    }

    pub(super) fn bytes(&self) -> usize {
        self.keys.bytes()
    }

    /// Takes over the rows of another group with the same entry, where they
    /// hold all that this one needs. They need filling where this one reaches further back.
    pub(super) fn inherit(&mut self, old: Self, old_layouts: &Layouts, layouts: &mut Layouts) {
        let cells = old.frame.cells().iter();
        let cells: Vec<FieldKey> = cells.map(|&slot| old_layouts.field(slot).clone()).collect();
        let frame = Frame::new(&self.entry, &self.demands, &cells, layouts);
        if frame.cells().len() > cells.len() {
            return;
        }
        self.keys = old.keys;
        self.floor = old.floor;
        self.filled = old.filled && old.frame.reach() >= frame.reach();
        self.keys
            .change_all(|series| series.reshape(frame.shape(), frame.tallied().len()));
        self.empty = frame.empty_series();
        self.frame = frame;
    }

    /// Where rows must begin, for transactions from `now` on that are not later than `lateness`.
    pub(super) fn needs(&self, now: Timestamp, lateness: u64) -> Timestamp {
        now.minus_seconds(self.frame.reach().saturating_add(lateness))
    }

    /// Begins to fill in what came after `from`.
    pub(super) fn begin_fill(&mut self, from: Timestamp) {
        self.filling = Some(from);
    }

    /// Everything after where filling began is in now.
    pub(super) fn finish_fill(&mut self) {
        if let Some(from) = self.filling.take() {
            self.floor = self.floor.min(from);
            self.filled = true;
        }
    }

    /// Whether it is being filled.
    pub(super) fn is_filling(&self) -> bool {
        self.filling.is_some()
    }

    /// Rows at this moment and before are not kept.
    fn bound(&self) -> Timestamp {
        self.filling.map_or(self.floor, |from| from.min(self.floor))
    }

    /// Follows the team's clock: old rows are dropped; where the clock was put
    /// back so far that windows of ordinary transactions are no longer in
    /// memory, they are read again, all keys at once.
    pub(super) fn follow(
        &mut self,
        now: Timestamp,
        limits: InputLimits,
        past: &Past<'_>,
        layouts: &mut Layouts,
    ) -> Result<(), HistoryError> {
        if self.is_filling() {
            return Ok(());
        }
        // Some slack, so that a clock which is put back a little does not have history read for it.
        let wanted = self.needs(now, limits.lateness_seconds.max(3600));
        if wanted > self.floor {
            self.floor = wanted;
            return Ok(());
        }
        if now.minus_seconds(self.frame.reach()) >= self.floor {
            return Ok(());
        }
        self.begin_fill(wanted);
        let mut scratch = Scratch::default();
        let span = Span {
            from: wanted,
            to: self.floor,
        };
        let outcome = scan(past, span, None, &mut |sequence, transaction| {
            let seen = layouts.see(transaction);
            self.enter(sequence, &seen, None, &mut scratch);
            if self.bytes() > limits.memory_bytes {
                self.step(true);
                self.step(true);
            }
        });
        match outcome {
            Ok(()) => self.finish_fill(),
            Err(_) => self.filling = None,
        }
        outcome
    }

    /// The hash of the key that a transaction looks for.
    pub(super) fn sought_hash(&self, seen: &Seen<'_>, key: &mut Vec<u8>) -> Option<u64> {
        let sought = self.frame.write_sought_key(seen, key);
        sought.then(|| self.keys.hash(key))
    }

    /// As [`Keys::likely`].
    pub(super) fn likely(&self, hash: u64) -> Option<u32> {
        self.keys.likely(hash)
    }

    /// As [`Series::touch`].
    pub(super) fn touch(&self, place: u32, step: usize) -> usize {
        self.keys.touch(place, step)
    }

    /// Finds the rows that a transaction looks at, and brings them into memory.
    pub(super) fn find(
        &mut self,
        seen: &Seen<'_>,
        past: &Past<'_>,
        layouts: &mut Layouts,
        scratch: &mut Scratch,
    ) -> Result<Found, HistoryError> {
        if !self.frame.write_sought_key(seen, &mut scratch.key) {
            return Ok(Found::Nothing);
        }
        let sight = self.frame.sight(seen.transaction.date_time);
        if sight.from < self.floor {
            let rows = self.read_back(sight, seen, past, layouts, scratch)?;
            return Ok(Found::Read(Box::new(rows)));
        }
        let Some(index) = self.keys.find(&scratch.key) else {
            return Ok(Found::Nothing);
        };
        if matches!(self.keys.held(index), Some(Held::Spilled(_))) {
            let everything = Span {
                from: self.bound(),
                to: Timestamp::MAX,
            };
            let rows = self.read_back(everything, seen, past, layouts, scratch)?;
            self.keys.change(index, |held| *held = Held::Rows(rows));
        }
        Ok(Found::Held(index))
    }

    /// Appends what was found to the columns.
    pub(super) fn read(
        &mut self,
        found: &mut Found,
        at: Timestamp,
        batch: &mut InputBatch,
        scratch: &mut Scratch,
    ) {
        let Self {
            frame, keys, empty, ..
        } = self;
        let mut read = |series: &mut Series| frame.read(series, at, batch, &mut scratch.moments);
        match found {
            Found::Nothing => read(empty),
            Found::Read(series) => read(series),
            Found::Held(index) if frame.tallied().is_empty() => match keys.held(*index) {
                Some(Held::Rows(series)) => read(series),
                _ => read(empty),
            },
            // Tallies grow as they are moved.
            Found::Held(index) => {
                keys.change(*index, |held| match held {
                    Held::Rows(series) => read(series),
                    Held::Spilled(_) => read(empty),
                });
            }
        }
    }

    /// Adds a transaction to the windows that it enters; `found` is what [`find`](Self::find) said of it.
    pub(super) fn enter(
        &mut self,
        sequence: u64,
        seen: &Seen<'_>,
        found: Option<&Found>,
        scratch: &mut Scratch,
    ) {
        let at = seen.transaction.date_time;
        if at <= self.bound() {
            return;
        }
        let index = match found {
            // It looked where it would enter, so its key need not be made again.
            Some(Found::Held(index)) if self.frame.is_symmetric() => {
                if !self.frame.admits(seen) {
                    return;
                }
                *index
            }
            _ => {
                if !self.frame.write_entered_key(seen, &mut scratch.key) {
                    return;
                }
                match self.keys.find(&scratch.key) {
                    Some(index) => index,
                    None => {
                        let series = self.frame.empty_series();
                        self.keys.insert(&scratch.key, Held::Rows(series))
                    }
                }
            }
        };
        let frame = &self.frame;
        self.keys.change(index, |held| match held {
            Held::Rows(series) => frame.insert(series, sequence, seen),
            Held::Spilled(newest) => *newest = at.max(*newest),
        });
    }

    /// Drops old rows of the next key, and spills it if it was not used.
    pub(super) fn step(&mut self, spill: bool) {
        self.keys.step(self.bound(), spill);
    }

    /// The rows of the key in `scratch`, out of history.
    fn read_back(
        &self,
        span: Span,
        seen: &Seen<'_>,
        past: &Past<'_>,
        layouts: &mut Layouts,
        scratch: &mut Scratch,
    ) -> Result<Series, HistoryError> {
        let frame = &self.frame;
        let mut series = frame.empty_series();
        let mut key = Vec::new();
        scan(
            past,
            span,
            frame.customer(seen),
            &mut |sequence, transaction| {
                let past = layouts.see(transaction);
                if frame.write_entered_key(&past, &mut key) && key == scratch.key {
                    frame.insert(&mut series, sequence, &past);
                }
            },
        )?;
        Ok(series)
    }
}

/// Visits what is in the span and came before; a history that says more is not believed.
fn scan(
    past: &Past<'_>,
    span: Span,
    customer: Option<&str>,
    visit: &mut dyn FnMut(u64, &Transaction),
) -> Result<(), HistoryError> {
    past.history.scan(
        span.from,
        span.to,
        customer,
        &mut |sequence, transaction| {
            let at = transaction.date_time;
            if sequence < past.before && span.from < at && at <= span.to {
                visit(sequence, transaction);
            }
        },
    )
}
