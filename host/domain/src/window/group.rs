//! The state of a group of windows.

use std::ops::ControlFlow;

use super::batch::InputBatch;
use super::bound::Entry;
use super::few::FewRows;
use super::frame::{Demand, Frame};
use super::history::HistoryError;
use super::key_field::Place;
use super::keys::{Held, Keys};
use super::layout::{Layouts, Seen, Slot};
use super::met::Met;
use super::moments::Moments;
use super::past::Past;
use super::rows::{ByField, RowLayout};
use super::series::{Series, Span};
use super::value::FieldKey;
use crate::time::Timestamp;

/// A key that is not long is read whole when a late transaction asks for older rows, until there are more than this.
const SMALL_ROWS: usize = 512;
/// The most rows that are read for a key behind the window that is asked for.
const ROWS_BEHIND: usize = 4_096;

/// A frame, and the rows of those of its keys that were used lately and whose value of the field is long, as
/// [`KeyField`](super::key_field::KeyField) calls it.
///
/// What is held is a copy of what history has: any key may be forgotten at any time, and is read again when it is used.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) entry: Entry,
    pub(super) demands: Vec<Demand>,
    by: ByField,
    /// Which of the inputs' key fields `by` is.
    pub(super) key_field: usize,
    frame: Frame,
    keys: Keys<Series>,
    /// The keys that transactions entered, where those are not simply the values of the field.
    entered: Met,
    /// What happened at this moment or before is no longer needed by transactions that come in time.
    floor: Timestamp,
    /// As that of the field.
    lateness: u64,
    empty: Series,
}

/// Where the rows are that a transaction looks at.
#[derive(Debug)]
pub(super) enum Found {
    /// The window is empty.
    Nothing,
    /// They are among those that all groups by the field share.
    Shared(u32),
    /// They are in memory.
    Held(u32),
    /// They were read from history, for this transaction alone.
    Read(Box<Series>),
}

/// What a group says before history is read for the keys that it does not hold.
#[derive(Debug)]
pub(super) enum Sought {
    /// Its key was held.
    Held(Found),
    /// It has no key, or one that no transaction had before.
    New(Found),
    /// Its rows are read together with those that other groups want under the same value.
    Unread(Box<Unread>),
}

/// A key that is not held, and those of its rows that were read until now.
#[derive(Debug)]
pub(super) struct Unread {
    key: Vec<u8>,
    /// How long the first part of the key is, the value by which rows are found.
    by_length: usize,
    sight: Span,
    /// Rows are read that happened after this.
    from: Timestamp,
    series: Series,
    /// How many rows happened after what is looked at.
    behind: usize,
}

impl Unread {
    pub(super) fn by_value(&self) -> &[u8] {
        &self.key[..self.by_length]
    }

    pub(super) fn from(&self) -> Timestamp {
        self.from
    }

    /// Whether so many rows are behind what is looked at that the key is not to be held.
    fn is_given_up(&self) -> bool {
        self.behind > ROWS_BEHIND
    }
}

/// Buffers that are used again for each transaction.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) key: Vec<u8>,
    /// Fields and, counted after them, groups, and hashes of keys that are looked for in them.
    pub(super) hashes: Vec<(usize, u64)>,
    /// The same, and where in them.
    pub(super) places: Vec<(usize, u32)>,
    /// What each field found.
    pub(super) fields: Vec<Place>,
    /// What each group found.
    pub(super) found: Vec<Found>,
    /// Groups, and the keys that they do not hold.
    pub(super) unread: Vec<(usize, Box<Unread>)>,
    moments: Vec<Moments>,
}

/// A key whose rows are wanted: its bytes, and how many of them are the value by which rows are found.
struct WantedKey<'k> {
    by: &'k ByField,
    key: &'k [u8],
    by_length: usize,
}

impl Group {
    /// A group of which nothing is in memory yet.
    pub(super) fn new(
        entry: Entry,
        demands: Vec<Demand>,
        key_field: usize,
        lateness: u64,
        layouts: &mut Layouts,
    ) -> Self {
        let frame = Frame::new(&entry, &demands, &[], layouts);
        Self {
            by: ByField(entry.by.clone()),
            key_field,
            entry,
            demands,
            empty: frame.empty_series(),
            frame,
            keys: Keys::default(),
            entered: Met::default(),
            floor: Timestamp::MIN,
            lateness,
        }
    }

    /// The next transaction is the first of all.
    pub(super) fn begin_at_the_first(&mut self) {
        if !self.frame.has_plain_keys() {
            self.entered = Met::nothing_yet();
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.keys.bytes() + self.entered.bytes()
    }

    /// The keys that transactions entered, where those are not simply the values of the field.
    pub(super) fn entered(&mut self) -> &mut Met {
        &mut self.entered
    }

    /// What rows must hold so that its windows can be computed from them.
    pub(super) fn row_layout(&self, layouts: &Layouts) -> RowLayout {
        let mut layout = RowLayout::new(&self.entry.by);
        for slot in self.frame.row_slots() {
            layout.add(layouts.field(slot));
        }
        layout
    }

    /// Takes over the rows of another group with the same entry, where they hold all that this one needs.
    pub(super) fn inherit(&mut self, old: Self, old_layouts: &Layouts, layouts: &mut Layouts) {
        let cells = old.frame.cells().iter();
        let cells: Vec<FieldKey> = cells.map(|&slot| old_layouts.field(slot).clone()).collect();
        let frame = Frame::new(&self.entry, &self.demands, &cells, layouts);
        if frame.cells().len() > cells.len() {
            return;
        }
        self.keys = old.keys;
        self.entered = old.entered;
        self.floor = old.floor;
        self.keys
            .change_all(|series| series.reshape(frame.shape(), frame.tallied().len()));
        self.empty = frame.empty_series();
        self.frame = frame;
    }

    /// Says which cells the rows have that all groups by the field share, to which those are added that it needs.
    pub(super) fn share(&mut self, cells: &mut Vec<Slot>) {
        self.frame.share(cells);
    }

    /// How far back its windows look, in seconds.
    pub(super) fn reach(&self) -> u64 {
        self.frame.reach()
    }

    /// Forgets all keys.
    pub(super) fn forget_keys(&mut self) {
        self.keys.clear();
    }

    /// Follows the team's clock: what is too old for transactions that come in time is dropped.
    pub(super) fn follow(&mut self, now: Timestamp) {
        let reach = self.frame.reach().saturating_add(self.lateness);
        self.floor = now.minus_seconds(reach);
    }

    /// The hash of the key that a transaction looks for, if any are held.
    pub(super) fn sought_hash(&self, seen: &Seen<'_>, key: &mut Vec<u8>) -> Option<u64> {
        if self.keys.is_empty() {
            return None;
        }
        self.frame.write_sought_key(seen, key)?;
        Some(self.keys.hash(key))
    }

    /// As [`Keys::likely`].
    pub(super) fn likely(&self, hash: u64) -> Option<u32> {
        self.keys.likely(hash)
    }

    /// As [`Series::touch`].
    pub(super) fn touch(&self, place: u32, step: usize) -> usize {
        self.keys.touch(place, step)
    }

    /// Finds the rows that a transaction looks at, and brings those into memory that are missing of a key that is held;
    /// `met` are the values of the field under which there may be rows.
    pub(super) fn find(
        &mut self,
        seen: &Seen<'_>,
        past: &Past<'_>,
        met: &Met,
        layouts: &mut Layouts,
        scratch: &mut Scratch,
    ) -> Result<Sought, HistoryError> {
        let key = &mut scratch.key;
        let Some(by_length) = self.frame.write_sought_key(seen, key) else {
            return Ok(Sought::New(Found::Nothing));
        };
        let sight = self.frame.sight(seen.date_time);
        match self.keys.find(key) {
            Some(index) if self.keys.sees(index, sight.from) => {
                Ok(Sought::Held(Found::Held(index)))
            }
            Some(index) => {
                let found = self.find_held(index, by_length, sight, past, layouts, scratch);
                found.map(Sought::Held)
            }
            None if met.may_have(&key[..by_length]) && self.entered.may_have(key) => {
                Ok(Sought::Unread(Box::new(Unread {
                    key: key.clone(),
                    by_length,
                    sight,
                    from: sight.from.minus_seconds(self.lateness),
                    series: self.frame.empty_series(),
                    behind: 0,
                })))
            }
            None => {
                let held = Held {
                    rows: self.frame.empty_series(),
                    from: Timestamp::MIN,
                    looked_at: sight.from,
                };
                Ok(Sought::New(Found::Held(self.keys.insert(key, held))))
            }
        }
    }

    /// Brings into memory what is missing of a key that is held, as far as that is to be kept there.
    fn find_held(
        &mut self,
        index: u32,
        by_length: usize,
        sight: Span,
        past: &Past<'_>,
        layouts: &mut Layouts,
        scratch: &Scratch,
    ) -> Result<Found, HistoryError> {
        let Self {
            by, frame, keys, ..
        } = self;
        let wanted = WantedKey {
            by,
            key: &scratch.key,
            by_length,
        };
        let mut read = |series: &mut Series, span, go_on: &mut dyn FnMut() -> bool| {
            read_rows(frame, series, span, &wanted, past, layouts, go_on)
        };
        let from = sight.from.minus_seconds(self.lateness);
        let extended = keys.change(index, |held| {
            held.looked_at = held.looked_at.min(sight.from);
            let before = |from| Span {
                from,
                to: held.from,
            };
            if !held.rows.is_long() {
                let mut rows = 0;
                let all = before(Timestamp::MIN);
                let is_whole = read(&mut held.rows, all, &mut || {
                    rows += 1;
                    rows <= SMALL_ROWS
                })?;
                if is_whole {
                    held.from = Timestamp::MIN;
                    return Ok(true);
                }
            }
            if sight.to <= held.from {
                return Ok(false);
            }
            read(&mut held.rows, before(from), &mut || true)?;
            held.from = from;
            Ok(true)
        });
        if extended.unwrap_or(Ok(false))? {
            return Ok(Found::Held(index));
        }
        let mut series = frame.empty_series();
        read(&mut series, sight, &mut || true)?;
        Ok(Found::Read(Box::new(series)))
    }

    /// Takes a row of the value of a key that is not held; whether more of them are wanted.
    pub(super) fn take(
        &self,
        unread: &mut Unread,
        sequence: u64,
        row: &Seen<'_>,
        buffer: &mut Vec<u8>,
    ) -> bool {
        if row.date_time > unread.sight.to {
            unread.behind += 1;
        }
        if unread.is_given_up() {
            return false;
        }
        let is_wanted = row.date_time > unread.from
            && self
                .frame
                .enters(row, &unread.key, unread.by_length, buffer);
        if is_wanted {
            self.frame.insert(&mut unread.series, sequence, row);
        }
        true
    }

    /// Holds a key whose rows were read. One with too many rows behind what is looked at is read again, for this
    /// transaction alone.
    pub(super) fn hold(
        &mut self,
        unread: Unread,
        past: &Past<'_>,
        layouts: &mut Layouts,
    ) -> Result<Found, HistoryError> {
        if unread.is_given_up() {
            let mut series = self.frame.empty_series();
            let wanted = WantedKey {
                by: &self.by,
                key: &unread.key,
                by_length: unread.by_length,
            };
            let (frame, sight) = (&self.frame, unread.sight);
            read_rows(
                frame,
                &mut series,
                sight,
                &wanted,
                past,
                layouts,
                &mut || true,
            )?;
            return Ok(Found::Read(Box::new(series)));
        }
        let held = Held {
            rows: unread.series,
            from: unread.from,
            looked_at: unread.sight.from,
        };
        Ok(Found::Held(self.keys.insert(&unread.key, held)))
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
            Found::Nothing | Found::Shared(_) => read(empty),
            Found::Read(series) => read(series),
            Found::Held(index) if frame.tallied().is_empty() => match keys.held(*index) {
                Some(held) => read(&mut held.rows),
                None => read(empty),
            },
            // Tallies grow as they are moved.
            Found::Held(index) => {
                keys.change(*index, |held| read(&mut held.rows));
            }
        }
    }

    /// Appends to the columns what those of shared rows say that a transaction looks at.
    pub(super) fn read_shared(
        &self,
        rows: &FewRows,
        seen: &Seen<'_>,
        batch: &mut InputBatch,
        scratch: &mut Scratch,
    ) {
        let mut rows = self.frame.of_shared(rows, seen);
        let moments = &mut scratch.moments;
        self.frame.read(&mut rows, seen.date_time, batch, moments);
    }

    /// Notes the key that a transaction enters, which is added to shared rows.
    pub(super) fn note_entered(&mut self, rows: &FewRows, seen: &Seen<'_>, key: &mut Vec<u8>) {
        let is_noted = self.frame.has_plain_keys() || !self.entered.is_complete();
        // Where one of the rows entered the same it was noted with that.
        if !is_noted
            && !self.frame.entered_before(rows, seen)
            && self.frame.write_entered_key(seen, key)
        {
            self.entered.add(key);
        }
    }

    /// Takes over the rows of a value of the field, which were shared until now.
    pub(super) fn take_shared(&mut self, by: &[u8], shared: &Held<FewRows>) {
        let empty = || Held {
            rows: Series::default(),
            from: shared.from,
            looked_at: shared.looked_at,
        };
        if self.frame.has_plain_keys() {
            self.keys.insert(by, empty());
        }
        let mut key = Vec::new();
        for row in shared.rows.rows() {
            if !self.frame.write_shared_key(&row, by, &mut key) {
                continue;
            }
            let held = self.keys.find(&key);
            let place = held.unwrap_or_else(|| self.keys.insert(&key, empty()));
            let frame = &self.frame;
            self.keys
                .change(place, |held| frame.insert_shared(&mut held.rows, &row));
        }
    }

    /// Adds a transaction to the windows that it enters, as far as they are in memory; `found` is what
    /// [`find`](Self::find) said of it.
    pub(super) fn enter(
        &mut self,
        sequence: u64,
        seen: &Seen<'_>,
        found: Option<&Found>,
        scratch: &mut Scratch,
    ) {
        let index = match found {
            // It looked where it would enter, so its key need not be made again.
            Some(Found::Held(index)) if self.frame.is_symmetric() => {
                if !self.frame.admits(seen) {
                    return;
                }
                // Where there are rows it was noted with the first of them.
                if !self.frame.has_plain_keys() && !self.keys.has_rows(*index) {
                    self.frame.write_entered_key(seen, &mut scratch.key);
                    self.entered.add(&scratch.key);
                }
                *index
            }
            _ => {
                if !self.frame.write_entered_key(seen, &mut scratch.key) {
                    return;
                }
                self.entered.add(&scratch.key);
                match self.keys.find(&scratch.key) {
                    Some(index) => index,
                    None => return,
                }
            }
        };
        let frame = &self.frame;
        self.keys.change(index, |held| {
            if seen.date_time > held.from {
                frame.insert(&mut held.rows, sequence, seen);
            }
        });
    }

    /// Forgets the key that a transaction entered, which is not kept.
    pub(super) fn withdraw(&mut self, seen: &Seen<'_>, key: &mut Vec<u8>) {
        if self.frame.write_entered_key(seen, key)
            && let Some(index) = self.keys.find(key)
        {
            self.keys.take(index);
        }
    }

    /// Drops old rows of the next so many keys, each once, and forgets those that have none left and were not used, or all
    /// that were not used where `forget` is set.
    pub(super) fn step(&mut self, keys: usize, forget: bool) {
        for _ in 0..keys.min(self.keys.places()) {
            self.keys.step(self.floor, forget);
        }
    }
}

/// Adds the rows of a key within a span that came before; whether those are all, or `go_on` said that it is enough.
fn read_rows(
    frame: &Frame,
    series: &mut Series,
    span: Span,
    wanted: &WantedKey<'_>,
    past: &Past<'_>,
    layouts: &mut Layouts,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<bool, HistoryError> {
    let WantedKey { by, key, by_length } = *wanted;
    let (mut buffer, mut is_whole) = (Vec::new(), true);
    past.rows(
        by,
        &key[..by_length],
        span,
        layouts,
        &mut |sequence, row| {
            is_whole = go_on();
            if !is_whole {
                return ControlFlow::Break(());
            }
            if frame.enters(row, key, by_length, &mut buffer) {
                frame.insert(series, sequence, row);
            }
            ControlFlow::Continue(())
        },
    )?;
    Ok(is_whole)
}
