//! A field by which windows part transactions, and the rows of those of its values that have few.

use std::ops::ControlFlow;

use hashbrown::HashTable;

use super::chunk::Stamp;
use super::few::FewRows;
use super::history::HistoryError;
use super::keys::{Held, Keys};
use super::layout::{Layouts, Seen, Slot};
use super::met::Met;
use super::past::Past;
use super::rows::{ByField, RowLayout};
use super::series::Span;
use crate::time::Timestamp;

/// A field by which windows part transactions.
///
/// Most values have few rows. Those are held once for all groups of windows by the field, each row with all that any of the
/// groups needs of it, and a group looks at those rows that meet its conditions. A value that ever had more is long from then
/// on: each group has keys of its own for it.
#[derive(Debug)]
pub(super) struct KeyField {
    pub(super) by: ByField,
    slot: Slot,
    /// Its values that transactions had.
    pub(super) met: Met,
    /// Whether the value of the transaction being observed may be a new one.
    may_be_new: bool,
    /// What a row holds.
    pub(super) cells: Vec<Slot>,
    few: Keys<FewRows>,
    /// The hashes of long values. None of them has few rows.
    long: HashTable<u64>,
    /// How far back any window looks, in seconds.
    reach: u64,
    /// What happened at this moment or before is no longer needed by transactions that come in time.
    floor: Timestamp,
    /// How much later than others transactions may come, in seconds, without history being read for them.
    lateness: u64,
}

/// Where the rows are that have the value of a transaction.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// It has no value.
    Nothing,
    /// There are few.
    Few(u32),
    /// The groups have them.
    Long,
}

/// How a place was found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Looked {
    /// It was held.
    Held,
    /// No transaction had the value before.
    New,
    /// History was read.
    Read,
}

impl KeyField {
    pub(super) fn new(by: ByField, slot: Slot, lateness: u64) -> Self {
        Self {
            by,
            slot,
            met: Met::default(),
            may_be_new: true,
            cells: Vec::new(),
            few: Keys::default(),
            long: HashTable::new(),
            reach: 0,
            floor: Timestamp::MIN,
            lateness,
        }
    }

    /// Makes its windows look back so far at least.
    pub(super) fn reach(&mut self, seconds: u64) {
        self.reach = self.reach.max(seconds);
    }

    /// What rows must hold of history.
    pub(super) fn row_layout(&self, layouts: &Layouts) -> RowLayout {
        let mut layout = RowLayout::new(layouts.field(self.slot));
        for &slot in &self.cells {
            layout.add(layouts.field(slot));
        }
        layout
    }

    /// The next transaction is the first of all.
    pub(super) fn begin_at_the_first(&mut self) {
        self.met = Met::nothing_yet();
    }

    /// Takes over what another one holds, and the order of its cells.
    pub(super) fn inherit(&mut self, old: Self, old_layouts: &Layouts, layouts: &mut Layouts) {
        let cells = old.cells.iter();
        self.cells = cells
            .map(|&slot| layouts.slot(old_layouts.field(slot)))
            .collect();
        self.met = old.met;
        self.few = old.few;
        self.long = old.long;
        self.floor = old.floor;
    }

    /// Forgets all rows: they lack something that is needed now.
    pub(super) fn forget_few(&mut self) {
        self.few.clear();
    }

    /// Takes long values for any others; none of the groups may hold keys of them any more.
    pub(super) fn forget_long(&mut self) {
        self.long = HashTable::new();
    }

    /// Follows the team's clock: what is too old for transactions that come in time is dropped.
    pub(super) fn follow(&mut self, now: Timestamp) {
        self.floor = now.minus_seconds(self.reach.saturating_add(self.lateness));
    }

    pub(super) fn bytes(&self) -> usize {
        self.few.bytes() + self.met.bytes() + self.long_bytes()
    }

    pub(super) fn long_bytes(&self) -> usize {
        self.long.capacity() * size_of::<u64>() * 9 / 7
    }

    /// The rows of a place.
    pub(super) fn rows(&self, place: u32) -> Option<&FewRows> {
        self.few.rows(place)
    }

    /// The hash of the value that a transaction has.
    pub(super) fn sought_hash(&self, seen: &Seen<'_>, key: &mut Vec<u8>) -> Option<u64> {
        self.write_key(seen, key).then(|| self.few.hash(key))
    }

    /// As [`Keys::likely`].
    pub(super) fn likely(&self, hash: u64) -> Option<u32> {
        self.few.likely(hash)
    }

    /// As [`Keys::touch`].
    pub(super) fn touch(&self, place: u32, step: usize) -> usize {
        self.few.touch(place, step)
    }

    fn write_key(&self, seen: &Seen<'_>, key: &mut Vec<u8>) -> bool {
        key.clear();
        let by = seen.view(self.slot);
        by.is_known() && by.write_key(key)
    }

    fn is_long(&self, hash: u64) -> bool {
        self.long.find(hash, |&it| it == hash).is_some()
    }

    /// From now on the groups have the rows of a value; what was held of it.
    fn lengthen(&mut self, key: &[u8]) -> Option<Held<FewRows>> {
        let hash = self.few.hash(key);
        if !self.is_long(hash) {
            self.long.insert_unique(hash, hash, |&it| it);
        }
        self.few.take(self.few.find(key)?)
    }

    /// The moment after which [`find`](Self::find) will read all rows of a transaction's value, where nothing of it is held;
    /// `key` is the value then.
    pub(super) fn unread(&self, seen: &Seen<'_>, key: &mut Vec<u8>) -> Option<Timestamp> {
        let is_unread = self.write_key(seen, key)
            && self.few.find(key).is_none()
            && !self.is_long(self.few.hash(key))
            && self.met.may_have(key);
        is_unread.then(|| self.read_from(seen).1)
    }

    /// How far back a transaction looks, and where rows are read from for it.
    fn read_from(&self, seen: &Seen<'_>) -> (Timestamp, Timestamp) {
        let sight = seen.date_time.minus_seconds(self.reach);
        (sight, sight.minus_seconds(self.lateness))
    }

    /// Finds the rows that a transaction may look at, and brings those into memory that are missing.
    pub(super) fn find(
        &mut self,
        seen: &Seen<'_>,
        past: &Past<'_>,
        layouts: &mut Layouts,
        key: &mut Vec<u8>,
    ) -> Result<(Place, Looked), HistoryError> {
        if !self.write_key(seen, key) {
            self.may_be_new = false;
            return Ok((Place::Nothing, Looked::New));
        }
        let (sight, from) = self.read_from(seen);
        // What is held was met before.
        self.may_be_new = false;
        if let Some(place) = self.few.find(key) {
            if self.few.sees(place, sight) {
                return Ok((Place::Few(place), Looked::Held));
            }
            let is_held = self.extend(place, sight, from, past, layouts, key)?;
            if !is_held {
                self.lengthen(key);
                return Ok((Place::Long, Looked::Read));
            }
            return Ok((Place::Few(place), Looked::Read));
        }
        if self.is_long(self.few.hash(key)) {
            // Another value may have the same hash.
            self.may_be_new = true;
            return Ok((Place::Long, Looked::Held));
        }
        self.may_be_new = true;
        let mut held = Held {
            rows: FewRows::default(),
            from: Timestamp::MIN,
            looked_at: sight,
        };
        if !self.met.may_have(key) {
            return Ok((Place::Few(self.few.insert(key, held)), Looked::New));
        }
        held.from = from;
        let to = Timestamp::MAX;
        if !self.read(&mut held.rows, Span { from, to }, past, layouts, key)? {
            self.lengthen(key);
            return Ok((Place::Long, Looked::Read));
        }
        Ok((Place::Few(self.few.insert(key, held)), Looked::Read))
    }

    /// Reads older rows of a value for a late transaction: all if they are few, else those that it looks at and some before
    /// them. Whether they are few.
    fn extend(
        &mut self,
        place: u32,
        sight: Timestamp,
        from: Timestamp,
        past: &Past<'_>,
        layouts: &mut Layouts,
        key: &[u8],
    ) -> Result<bool, HistoryError> {
        let Some(held) = self.few.held(place) else {
            return Ok(false);
        };
        let (rows, to) = (held.rows.clone(), held.from);
        for from in [Timestamp::MIN, from] {
            let mut rows = rows.clone();
            if self.read(&mut rows, Span { from, to }, past, layouts, key)? {
                self.few.change(place, |held| {
                    held.rows = rows;
                    held.from = from;
                    held.looked_at = held.looked_at.min(sight);
                });
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Adds the rows of a value within a span that came before; false where there are more than few.
    fn read(
        &self,
        rows: &mut FewRows,
        span: Span,
        past: &Past<'_>,
        layouts: &mut Layouts,
        key: &[u8],
    ) -> Result<bool, HistoryError> {
        let mut are_few = true;
        past.rows(&self.by, key, span, layouts, &mut |sequence, row| {
            are_few = self.insert(rows, sequence, row);
            match are_few {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        })?;
        Ok(are_few)
    }

    fn insert(&self, rows: &mut FewRows, sequence: u64, seen: &Seen<'_>) -> bool {
        insert(&self.cells, rows, sequence, seen)
    }

    /// Notes the value of a transaction, if it may be a new one: from now on there are rows under it.
    pub(super) fn meet(&mut self, seen: &Seen<'_>, key: &mut Vec<u8>) {
        if std::mem::replace(&mut self.may_be_new, true) && self.write_key(seen, key) {
            self.met.add(key);
        }
    }

    /// Where the rows are that have the value of a transaction which looks at none.
    pub(super) fn place(&self, seen: &Seen<'_>, key: &mut Vec<u8>) -> Place {
        if !self.write_key(seen, key) {
            return Place::Nothing;
        }
        // Whatever is not held here a group may hold.
        self.few.find(key).map_or(Place::Long, Place::Few)
    }

    /// Adds a transaction to the rows of a place. Where they are no longer few it is not added, and the groups are to take
    /// what is answered; `key` is the value then.
    pub(super) fn enter(
        &mut self,
        place: u32,
        sequence: u64,
        seen: &Seen<'_>,
        key: &mut Vec<u8>,
    ) -> Option<Held<FewRows>> {
        let Self { few, cells, .. } = self;
        let are_few = few.change(place, |held| {
            seen.date_time <= held.from || insert(cells, &mut held.rows, sequence, seen)
        });
        if are_few == Some(false) && self.write_key(seen, key) {
            return self.lengthen(key);
        }
        None
    }

    /// Forgets the value of a transaction that is not kept.
    pub(super) fn withdraw(&mut self, seen: &Seen<'_>, key: &mut Vec<u8>) {
        if self.write_key(seen, key)
            && let Some(place) = self.few.find(key)
        {
            self.few.take(place);
        }
    }

    /// As [`Group::step`](super::group::Group::step).
    pub(super) fn step(&mut self, keys: usize, forget: bool) {
        for _ in 0..keys.min(self.few.places()) {
            self.few.step(self.floor, forget);
        }
    }
}

fn insert(cells: &[Slot], rows: &mut FewRows, sequence: u64, seen: &Seen<'_>) -> bool {
    let at = seen.date_time;
    let stamp = Stamp { at, sequence };
    rows.insert(stamp, cells.len(), |cell| seen.view(cells[cell]))
}
