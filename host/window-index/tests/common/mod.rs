//! Rows and settings for the tests.
#![allow(dead_code, reason = "every test file uses some of it")]

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use window_index::{Opened, Row, RowKey, Settings, Shared, WindowIndex};

pub(crate) const LAYOUT: &[u8] = b"counterparty_id: amount";

/// Numbers that look random and are the same each time (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// Settings with which a few thousand rows go through all levels.
pub(crate) fn small() -> Settings {
    Settings {
        cache_bytes: 256 << 10,
        descriptors: 16,
        tail_bytes: 1 << 20,
        rows_per_flush: 200,
        table_bytes: 8 << 10,
    }
}

pub(crate) fn shared(settings: Settings) -> Arc<Shared> {
    Shared::new(settings, || {}).expect("a thread")
}

pub(crate) fn open(dir: &Path, shared: &Arc<Shared>) -> Opened {
    WindowIndex::open(dir, LAYOUT, shared).expect("a directory that can be read")
}

pub(crate) fn key(number: u64) -> RowKey {
    let mut random = Random(number);
    let mut key = [0; 16];
    key[..8].copy_from_slice(&random.next().to_be_bytes());
    key[8..].copy_from_slice(&random.next().to_be_bytes());
    key
}

pub(crate) type Seen = Vec<(i64, u64, Vec<u8>)>;

pub(crate) fn all(index: &WindowIndex, key: &RowKey) -> Result<Seen, window_index::IndexError> {
    seen(index, key, i64::MIN, i64::MAX, u64::MAX)
}

pub(crate) fn seen(
    index: &WindowIndex,
    key: &RowKey,
    from: i64,
    to: i64,
    before: u64,
) -> Result<Seen, window_index::IndexError> {
    let mut seen = Vec::new();
    index.visit(key, from, to, before, &mut |at, sequence, values| {
        seen.push((at, sequence, values.to_vec()));
        ControlFlow::Continue(())
    })?;
    Ok(seen)
}

/// The row with a sequence number: of one of 50 keys, at a time that has little to do with the number.
pub(crate) fn nth(sequence: u64) -> (RowKey, i64, [u8; 20]) {
    let mut random = Random(sequence);
    let (who, at) = (
        random.below(50),
        random.below(1_000_000).cast_signed() - 500_000,
    );
    let mut values = [0; 20];
    values[..8].copy_from_slice(&random.next().to_be_bytes());
    values[12..].copy_from_slice(&sequence.to_be_bytes());
    (key(who), at, values)
}

/// Appends the rows `from..to` as [`nth`] makes them, a hundred at a time.
pub(crate) fn append(
    index: &WindowIndex,
    from: u64,
    to: u64,
) -> Result<(), window_index::IndexError> {
    for first in (from..to).step_by(100) {
        let next = to.min(first + 100);
        let rows: Vec<_> = (first..next).map(nth).collect();
        let rows = (first..)
            .zip(&rows)
            .map(|(sequence, (key, at, values))| Row {
                key: *key,
                at: *at,
                sequence,
                values,
            });
        index.append(rows, next)?;
    }
    Ok(())
}

/// The rows `0..to` of one of the 50 keys, as a visit shows them.
pub(crate) fn expected(who: u64, to: u64) -> Seen {
    let mut rows: Seen = (0..to)
        .map(|sequence| (sequence, nth(sequence)))
        .filter(|(_, row)| row.0 == key(who))
        .map(|(sequence, (_, at, values))| (at, sequence, values.to_vec()))
        .collect();
    rows.sort();
    rows
}

/// Asserts that an index holds the rows `0..to`, and perhaps some of those that follow.
pub(crate) fn assert_holds(index: &WindowIndex, to: u64) {
    for who in 0..50 {
        let found = all(index, &key(who)).expect("an intact index");
        let (below, above): (Seen, Seen) = found
            .into_iter()
            .partition(|(_, sequence, _)| *sequence < to);
        assert_eq!(below, expected(who, to), "key {who}, rows below {to}");
        for (at, sequence, values) in above {
            let row = nth(sequence);
            assert_eq!(
                (key(who), at, values.as_slice()),
                (row.0, row.1, row.2.as_slice())
            );
        }
    }
}
