//! The values of rows: alerts that have the same share them.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use hashbrown::HashTable;

use super::row::Field;
use super::row_sets::allocated;

/// The values that rows have, each combination once: a million alerts have some thousands.
#[derive(Debug, Default)]
pub(super) struct Values {
    hasher: RandomState,
    all: Vec<Shared>,
    by_values: HashTable<u32>,
    /// Which of them are no row's any more.
    free: Vec<u32>,
}

#[derive(Debug)]
struct Shared {
    values: Box<[(Field, u32)]>,
    /// How many rows have them.
    rows: u32,
}

/// No combination: what a row has before its first version is put.
pub(super) const NO_VALUES: u32 = u32::MAX;

impl Values {
    /// The number of a combination, which one more row has.
    pub(super) fn share(&mut self, values: &[(Field, u32)]) -> u32 {
        let hash = self.hasher.hash_one(values);
        let all = &mut self.all;
        let known = self
            .by_values
            .find(hash, |number| *all[*number as usize].values == *values);
        if let Some(&number) = known {
            all[number as usize].rows += 1;
            return number;
        }
        let shared = Shared {
            values: values.into(),
            rows: 1,
        };
        let number = match self.free.pop() {
            Some(free) => {
                all[free as usize] = shared;
                free
            }
            None => {
                all.push(shared);
                u32::try_from(all.len() - 1).expect("fewer combinations than rows")
            }
        };
        let hasher = &self.hasher;
        self.by_values.insert_unique(hash, number, |number| {
            hasher.hash_one(&*all[*number as usize].values)
        });
        number
    }

    /// One row less has a combination.
    pub(super) fn release(&mut self, number: u32) {
        let Some(shared) = self.all.get_mut(number as usize) else {
            return;
        };
        shared.rows -= 1;
        if shared.rows > 0 {
            return;
        }
        let values = std::mem::take(&mut shared.values);
        let hash = self.hasher.hash_one(&*values);
        if let Ok(found) = self.by_values.find_entry(hash, |other| *other == number) {
            found.remove();
        }
        self.free.push(number);
    }

    /// The values of a combination.
    pub(super) fn get(&self, number: u32) -> &[(Field, u32)] {
        self.all
            .get(number as usize)
            .map_or(&[], |shared| &shared.values)
    }

    /// The number of one property of a combination.
    pub(super) fn value(&self, number: u32, field: Field) -> Option<u32> {
        let value = self.get(number).iter().find(|(of, _)| *of == field);
        value.map(|(_, number)| *number)
    }

    /// Above all numbers of combinations.
    pub(super) fn end(&self) -> usize {
        self.all.len()
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let of_each = self
            .all
            .iter()
            .map(|shared| allocated(size_of_val(&*shared.values)));
        of_each.sum::<usize>()
            + self.all.capacity() * size_of::<Shared>()
            + self.by_values.allocation_size()
            + self.free.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_combination_is_kept_as_long_as_a_row_has_it() {
        let mut values = Values::default();
        let open = [(Field::State, 1), (Field::Team, 2)];
        let closed = [(Field::State, 3), (Field::Team, 2)];
        let first = values.share(&open);
        assert_eq!(values.share(&open), first);
        values.release(first);
        assert_eq!(values.value(first, Field::Team), Some(2));
        assert_eq!(values.value(first, Field::User), None);
        values.release(first);
        // Its place is taken by the next one.
        assert_eq!(values.share(&closed), first);
        assert_eq!(values.get(first), closed);
        assert_ne!(values.share(&open), first);
        assert_eq!(values.get(NO_VALUES), []);
    }
}
