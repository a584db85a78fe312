//! Rows by key, and how memory is kept within bounds.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::slots::Slots;
use crate::time::Timestamp;

/// Rows of one key.
pub(super) trait KeyRows {
    /// Bytes in all.
    fn bytes(&self) -> usize;

    /// Whether there are no rows.
    fn is_empty(&self) -> bool;

    /// Whether some rows happened at `at` or before that [`drop_until`](Self::drop_until) drops.
    fn has_old(&self, at: Timestamp) -> bool;

    /// Drops rows that happened at `at` or before, as far as they are dropped together.
    fn drop_until(&mut self, at: Timestamp);

    /// Reads what leads to the first and the last rows, so many steps of it; see [`Chunk::touch`](super::chunk::Chunk::touch).
    fn touch(&self, step: usize) -> usize;
}

/// What is held of a key.
#[derive(Clone, Debug)]
pub(super) struct Held<R> {
    /// All rows of the key that happened after `from`, and perhaps some others.
    pub(super) rows: R,
    pub(super) from: Timestamp,
    /// The oldest moment that was looked at since the hand passed by.
    pub(super) looked_at: Timestamp,
}

/// The bytes of a key: most are so short that they lie beside what is held, and are not waited for.
#[derive(Clone, Debug)]
enum KeyBytes {
    Short { len: u8, bytes: [u8; 22] },
    Long(Box<[u8]>),
}

impl From<&[u8]> for KeyBytes {
    fn from(key: &[u8]) -> Self {
        let mut bytes = [0; 22];
        match bytes.get_mut(..key.len()) {
            Some(start) => {
                start.copy_from_slice(key);
                let len = key.len() as u8;
                Self::Short { len, bytes }
            }
            None => Self::Long(key.into()),
        }
    }
}

impl std::ops::Deref for KeyBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Short { len, bytes } => &bytes[..usize::from(*len)],
            Self::Long(bytes) => bytes,
        }
    }
}

#[derive(Clone, Debug)]
struct Slot<R> {
    key: KeyBytes,
    held: Held<R>,
    /// Whether it was used since the hand passed by.
    used: bool,
}

/// Keys whose rows are held.
///
/// A hand goes round over them, a few steps with each transaction: it drops
/// what is old, and, while there is too little memory, forgets keys that were not
/// used since it last passed. So a key that is used stays.
#[derive(Clone, Debug)]
pub(super) struct Keys<R> {
    hasher: DefaultHashBuilder,
    table: HashTable<u32>,
    slots: Slots<Option<Slot<R>>>,
    free: Vec<u32>,
    hand: usize,
    bytes: usize,
}

/// Without keys.
impl<R> Default for Keys<R> {
    fn default() -> Self {
        Self {
            hasher: DefaultHashBuilder::default(),
            table: HashTable::new(),
            slots: Slots::default(),
            free: Vec::new(),
            hand: 0,
            bytes: 0,
        }
    }
}

impl<R: KeyRows> Keys<R> {
    /// Whether no key is held.
    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// By which keys are found.
    pub(super) fn hash(&self, key: &[u8]) -> u64 {
        self.hasher.hash_one(key)
    }

    /// Where a key of this hash is likely to be held, without a look at the key itself: its memory is not waited for.
    pub(super) fn likely(&self, hash: u64) -> Option<u32> {
        self.table.find(hash, |_| true).copied()
    }

    /// Where a key is held.
    pub(super) fn find(&self, key: &[u8]) -> Option<u32> {
        let matches = |&index: &u32| self.key(index) == key;
        self.table.find(self.hash(key), matches).copied()
    }

    /// Whether all rows that happened after a moment are held there; then notes that somebody looked so far back.
    pub(super) fn sees(&mut self, index: u32, from: Timestamp) -> bool {
        let Some(Some(slot)) = self.slots.get_mut(index as usize) else {
            return false;
        };
        let is_held = from >= slot.held.from;
        if is_held {
            slot.used = true;
            slot.held.looked_at = slot.held.looked_at.min(from);
        }
        is_held
    }

    /// What is held there; marks it as used.
    pub(super) fn held(&mut self, index: u32) -> Option<&mut Held<R>> {
        let slot = self.slots.get_mut(index as usize)?.as_mut()?;
        slot.used = true;
        Some(&mut slot.held)
    }

    /// The rows that are held there.
    pub(super) fn rows(&self, index: u32) -> Option<&R> {
        let slot = self.slots.get(index as usize)?.as_ref()?;
        Some(&slot.held.rows)
    }

    /// Whether any rows are held there.
    pub(super) fn has_rows(&self, index: u32) -> bool {
        let slot = self.slots.get(index as usize);
        slot.is_some_and(|slot| slot.as_ref().is_some_and(|it| !it.held.rows.is_empty()))
    }

    /// Reads what is held there in so many steps, without marking it as used; see [`Chunk::touch`](super::chunk::Chunk::touch).
    pub(super) fn touch(&self, index: u32, step: usize) -> usize {
        let Some(Some(slot)) = self.slots.get(index as usize) else {
            return 0;
        };
        match step.checked_sub(1) {
            Some(step) => slot.held.rows.touch(step),
            None => usize::from(slot.key.is_empty()),
        }
    }

    /// Changes what is held there, and keeps account of the bytes.
    pub(super) fn change<T>(
        &mut self,
        index: u32,
        change: impl FnOnce(&mut Held<R>) -> T,
    ) -> Option<T> {
        let slot = self.slots.get_mut(index as usize)?.as_mut()?;
        slot.used = true;
        let before = slot.bytes();
        let result = change(&mut slot.held);
        self.bytes = self.bytes + slot.bytes() - before;
        Some(result)
    }

    /// Holds a key that is not held yet.
    pub(super) fn insert(&mut self, key: &[u8], held: Held<R>) -> u32 {
        let slot = Slot {
            key: key.into(),
            held,
            used: true,
        };
        self.bytes += slot.bytes();
        let index = match self.free.pop() {
            Some(index) => {
                if let Some(free) = self.slots.get_mut(index as usize) {
                    *free = Some(slot);
                }
                index
            }
            None => {
                self.slots.push(Some(slot));
                (self.slots.len() - 1) as u32
            }
        };
        let hash = self.hash(key);
        let (hasher, slots) = (&self.hasher, &self.slots);
        self.table
            .insert_unique(hash, index, |&other| hasher.hash_one(key_of(slots, other)));
        index
    }

    /// How many keys the hand passes until it is round.
    pub(super) fn places(&self) -> usize {
        self.slots.len()
    }

    /// Moves the hand one key on: drops rows that happened at `floor` or before and that nobody looked at since it
    /// last passed, and forgets a key that was not used and has no rows left, or any unused key where `forget` is set.
    pub(super) fn step(&mut self, floor: Timestamp, forget: bool) {
        let places = self.slots.len();
        if places == 0 {
            return;
        }
        self.hand = (self.hand + 1) % places;
        let index = self.hand as u32;
        let Some(Some(slot)) = self.slots.get_mut(self.hand) else {
            return;
        };
        let is_unused = !std::mem::take(&mut slot.used);
        let held = &mut slot.held;
        let floor = floor.min(std::mem::replace(&mut held.looked_at, Timestamp::MAX));
        let has_old = held.rows.has_old(floor);
        if !has_old && !(is_unused && (forget || held.rows.is_empty())) {
            return;
        }
        let before = slot.bytes();
        if has_old {
            slot.held.rows.drop_until(floor);
            slot.held.from = slot.held.from.max(floor);
        }
        if is_unused && (forget || slot.held.rows.is_empty()) {
            self.remove(index, before);
            return;
        }
        self.bytes = self.bytes + slot.bytes() - before;
    }

    /// Holds a key no more; what was held of it.
    pub(super) fn take(&mut self, index: u32) -> Option<Held<R>> {
        let slot = self.slots.get(index as usize)?.as_ref()?;
        self.remove(index, slot.bytes())
    }

    /// Holds no key any more. Hashes stay what they are.
    pub(super) fn clear(&mut self) {
        *self = Self {
            hasher: self.hasher.clone(),
            ..Self::default()
        };
    }

    /// Changes the rows of every key.
    pub(super) fn change_all(&mut self, change: impl Fn(&mut R)) {
        for slot in self.slots.iter_mut().flatten() {
            let rows = &mut slot.held.rows;
            let before = rows.bytes();
            change(rows);
            self.bytes = self.bytes + rows.bytes() - before;
        }
    }

    /// Bytes in all.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn key(&self, index: u32) -> &[u8] {
        key_of(&self.slots, index)
    }

    fn remove(&mut self, index: u32, bytes: usize) -> Option<Held<R>> {
        let hash = self.hash(self.key(index));
        if let Ok(entry) = self.table.find_entry(hash, |&other| other == index) {
            entry.remove();
        }
        let slot = self.slots.get_mut(index as usize)?.take()?;
        self.free.push(index);
        self.bytes -= bytes;
        Some(slot.held)
    }
}

fn key_of<R>(slots: &Slots<Option<Slot<R>>>, index: u32) -> &[u8] {
    let slot = slots.get(index as usize).and_then(Option::as_ref);
    slot.map_or(&[], |slot| &slot.key)
}

impl<R: KeyRows> Slot<R> {
    fn bytes(&self) -> usize {
        // The rows themselves lie within the slot.
        let held = self.held.rows.bytes() - size_of::<R>();
        let key = match &self.key {
            KeyBytes::Short { .. } => 0,
            KeyBytes::Long(bytes) => bytes.len() + 16,
        };
        size_of::<Self>() + key + held
    }
}

#[cfg(test)]
mod tests {
    use super::super::series::Series;
    use super::*;

    #[test]
    fn keys_of_every_length_are_found_again() {
        let mut keys = Keys::default();
        let all: Vec<Vec<u8>> = (0..70_u8).map(|len| vec![7; usize::from(len)]).collect();
        let held = || Held {
            rows: Series::default(),
            from: Timestamp::MIN,
            looked_at: Timestamp::MAX,
        };
        let places: Vec<u32> = all.iter().map(|key| keys.insert(key, held())).collect();
        for (key, place) in all.iter().zip(places) {
            assert_eq!(keys.find(key), Some(place));
        }
        assert_eq!(keys.find(&[8; 30]), None);
    }
}
