//! Sets of rows, most of which have one row: those of words, customers and transactions.

use roaring::RoaringBitmap;

use super::chunks::Chunks;

/// The most rows that are kept as a list; more are a bitmap, which is large where its rows are far apart.
const MAX_LISTED: usize = 256;

/// A set of rows, in four bytes: the one row, or which of the larger sets it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowSet(u32);

/// Says that the rest is the number of a larger set. Rows are smaller.
const LARGER: u32 = 1 << 31;

impl RowSet {
    /// The set without rows.
    pub(super) const EMPTY: Self = Self(u32::MAX);

    /// The set of one row.
    pub(super) fn of(row: u32) -> Self {
        debug_assert!(row < LARGER, "rows are below 2^31");
        Self(row)
    }
}

/// The rows of those sets that have more than one.
#[derive(Debug, Default)]
pub(super) struct RowSets {
    sets: Chunks<Set>,
    /// Which of them are no set's any more.
    free: Vec<u32>,
}

#[derive(Debug)]
enum Set {
    /// Rising.
    Few(Vec<u32>),
    Many(RoaringBitmap),
}

impl RowSets {
    /// Adds a row to a set.
    pub(super) fn insert(&mut self, set: &mut RowSet, row: u32) {
        if *set == RowSet::EMPTY {
            *set = RowSet::of(row);
        } else if set.0 >= LARGER {
            let larger = &mut self.sets[(set.0 - LARGER) as usize];
            match larger {
                Set::Few(rows) => {
                    if let Err(place) = rows.binary_search(&row) {
                        rows.insert(place, row);
                    }
                    if rows.len() > MAX_LISTED {
                        *larger = Set::Many(rows.iter().copied().collect());
                    }
                }
                Set::Many(rows) => {
                    rows.insert(row);
                }
            }
        } else if set.0 != row {
            let rows = Set::Few(vec![set.0.min(row), set.0.max(row)]);
            let number = match self.free.pop() {
                Some(free) => {
                    self.sets[free as usize] = rows;
                    free
                }
                None => {
                    self.sets.push(rows);
                    u32::try_from(self.sets.len() - 1).expect("fewer sets than rows")
                }
            };
            *set = RowSet(LARGER + number);
        }
    }

    /// Takes a row out of a set.
    pub(super) fn remove(&mut self, set: &mut RowSet, row: u32) {
        if *set == RowSet::EMPTY {
            return;
        }
        if set.0 < LARGER {
            if set.0 == row {
                *set = RowSet::EMPTY;
            }
            return;
        }
        let number = set.0 - LARGER;
        let larger = &mut self.sets[number as usize];
        let only = match larger {
            Set::Few(rows) => {
                if let Ok(place) = rows.binary_search(&row) {
                    rows.remove(place);
                }
                (rows.len() == 1).then(|| rows[0])
            }
            Set::Many(rows) => {
                rows.remove(row);
                (rows.len() == 1).then(|| rows.min()).flatten()
            }
        };
        if let Some(only) = only {
            *larger = Set::Few(Vec::new());
            self.free.push(number);
            *set = RowSet::of(only);
        }
    }

    /// Adds the rows of a set to others.
    pub(super) fn add_to(&self, rows: &mut RoaringBitmap, set: RowSet) {
        if set == RowSet::EMPTY {
        } else if set.0 < LARGER {
            rows.insert(set.0);
        } else {
            match &self.sets[(set.0 - LARGER) as usize] {
                Set::Few(few) => rows.extend(few),
                Set::Many(many) => *rows |= many,
            }
        }
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let of_sets = self.sets.iter().map(|set| match set {
            Set::Few(rows) => allocated(rows.capacity() * size_of::<u32>()),
            Set::Many(rows) => bitmap_bytes(rows),
        });
        of_sets.sum::<usize>() + self.sets.bytes() + self.free.capacity() * size_of::<u32>()
    }
}

/// Bytes that an allocation takes, with what the allocator adds: eight bytes, rounded up to sixteen.
pub(super) fn allocated(bytes: usize) -> usize {
    match bytes {
        0 => 0,
        bytes => (bytes + 8).next_multiple_of(16).max(32),
    }
}

/// Bytes of memory behind a bitmap.
pub(super) fn bitmap_bytes(bitmap: &RoaringBitmap) -> usize {
    /// A container as the bitmap has it in its array: a key, and one of three forms.
    const CONTAINER: usize = 40;
    /// A bit for each of 65,536 rows.
    const BITS: usize = 8_192;
    let it = bitmap.statistics();
    let (containers, listed, bits) = (
        it.n_containers as usize,
        it.n_array_containers as usize,
        it.n_bitset_containers as usize,
    );
    // The statistics take the values of lists for twice as long as they are.
    let of_lists = usize::try_from(it.n_bytes_array_containers / 2).unwrap_or(usize::MAX);
    let of_runs = usize::try_from(it.n_bytes_run_containers).unwrap_or(usize::MAX);
    let array = match containers {
        0 => 0,
        containers => allocated(containers.next_power_of_two().max(4) * CONTAINER),
    };
    array + of_lists + of_runs + listed * 16 + bits * allocated(BITS)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn rows(sets: &RowSets, set: RowSet) -> Vec<u32> {
        let mut rows = RoaringBitmap::new();
        sets.add_to(&mut rows, set);
        rows.iter().collect()
    }

    proptest! {
        #[test]
        fn sets_have_the_rows_that_were_put_and_not_removed(
            steps in prop::collection::vec((0_usize..3, any::<bool>(), 0_u32..40), 0..400),
        ) {
            let mut sets = RowSets::default();
            let mut handles = [RowSet::EMPTY; 3];
            let mut expect = [const { BTreeSet::new() }; 3];
            for (which, insert, row) in steps {
                // Far apart, and among the greatest that there are.
                let row = (LARGER - 1) - row * 1_000;
                if insert {
                    sets.insert(&mut handles[which], row);
                    expect[which].insert(row);
                } else {
                    sets.remove(&mut handles[which], row);
                    expect[which].remove(&row);
                }
            }
            for (handle, expect) in handles.into_iter().zip(expect) {
                prop_assert_eq!(rows(&sets, handle), expect.into_iter().collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn many_rows_become_a_bitmap_and_can_be_taken_out_again() {
        let mut sets = RowSets::default();
        let mut set = RowSet::EMPTY;
        for row in (0..1_000).rev() {
            sets.insert(&mut set, row);
        }
        assert_eq!(rows(&sets, set).len(), 1_000);
        for row in 1..1_000 {
            sets.remove(&mut set, row);
        }
        assert_eq!(set, RowSet::of(0));
        sets.remove(&mut set, 0);
        assert_eq!(set, RowSet::EMPTY);
    }
}
