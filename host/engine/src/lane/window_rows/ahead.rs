//! Reads the rows that windows are about to ask for, many at a time and on all cores.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::thread;

use domain::payload::Transaction;
use domain::time::Timestamp;
use domain::window::{ByField, History, HistoryError, Inputs, PastRow};
use window_index::{IndexError, RowKey};

use super::team::WindowReader;

/// Below so many keys, reading them one by one is done sooner than threads begin.
const WORTH_THREADS: usize = 32;

/// A reader that windows find some rows with which were read before they asked.
///
/// *Invariant.* What was read of a key is used once, by the first transaction that asks for it. A lane adds a transaction to the
/// rows of a key only after it asked for them, so none is missing then; of rows that were there before, later ones than the
/// transaction's are left out.
pub struct AheadReader {
    reader: WindowReader,
    read: RefCell<HashMap<Key, Rows>>,
}

/// The place of an index among the reader's, and what rows are found by in it.
type Key = (usize, RowKey);

/// The rows of a key that happened after a moment, in microseconds.
struct Rows {
    from: i64,
    places: Vec<(i64, u64, usize)>,
    values: Vec<u8>,
}

impl AheadReader {
    /// For so many transactions at a time there is enough to read, and not too much for one turn of a lane.
    pub const TRANSACTIONS: usize = 128;

    pub(super) fn new(reader: WindowReader) -> Self {
        Self {
            reader,
            read: RefCell::default(),
        }
    }

    /// Reads what transactions will ask for that are to be observed next. What was read before is forgotten.
    pub fn read_for<'t>(
        &mut self,
        inputs: &mut Inputs,
        next: impl IntoIterator<Item = &'t Transaction>,
    ) {
        let read = self.read.get_mut();
        read.clear();
        let mut wanted: HashMap<Key, i64> = HashMap::new();
        inputs.unread(next, |by, key, from| {
            if let Some((place, index)) = self.reader.by(by) {
                let from = from.as_micros();
                let key = (place, index.hash(key));
                let known = wanted.entry(key).or_insert(from);
                *known = from.min(*known);
            }
        });
        let cores = thread::available_parallelism().map_or(1, usize::from);
        if wanted.len() < WORTH_THREADS || cores == 1 {
            return;
        }
        let wanted: Vec<(Key, i64)> = wanted.into_iter().collect();
        let reader = &self.reader;
        thread::scope(|scope| {
            let mut parts = wanted.chunks(wanted.len().div_ceil(cores));
            let own = parts.next().unwrap_or_default();
            let begun = parts.map(|part| {
                let thread = thread::Builder::new().name("windows-ahead".to_owned());
                thread.spawn_scoped(scope, move || read_all(reader, part))
            });
            // What no thread could be had for is read when it is asked for.
            let begun: Vec<_> = begun.filter_map(Result::ok).collect();
            read.extend(read_all(reader, own));
            for thread in begun {
                read.extend(thread.join().unwrap_or_default());
            }
        });
    }

    /// The rows before a place.
    pub fn before(&self, sequence: u64) -> impl History {
        Before {
            reader: self,
            sequence,
        }
    }
}

fn read_all(reader: &WindowReader, wanted: &[(Key, i64)]) -> Vec<(Key, Rows)> {
    let read = wanted.iter().filter_map(|&((place, key), from)| {
        // What cannot be read now fails when it is asked for.
        let rows = read(reader, place, &key, from).ok().flatten();
        Some(((place, key), rows?))
    });
    read.collect()
}

/// The rows of a key; none where there are so many that each group of windows reads its own.
fn read(
    reader: &WindowReader,
    place: usize,
    key: &RowKey,
    from: i64,
) -> Result<Option<Rows>, IndexError> {
    let mut rows = Rows {
        from,
        places: Vec::new(),
        values: Vec::new(),
    };
    let mut are_few = true;
    let mut keep = |at, sequence, values: &[u8]| {
        if rows.places.len() == Inputs::FEW_ROWS {
            are_few = false;
            return ControlFlow::Break(());
        }
        rows.values.extend_from_slice(values);
        rows.places.push((at, sequence, rows.values.len()));
        ControlFlow::Continue(())
    };
    reader.indexes[place].visit_hashed(key, from, i64::MAX, u64::MAX, &mut keep)?;
    Ok(are_few.then_some(rows))
}

struct Before<'r> {
    reader: &'r AheadReader,
    sequence: u64,
}

impl History for Before<'_> {
    fn rows(
        &self,
        by: &ByField,
        key: &[u8],
        from: Timestamp,
        to: Timestamp,
        visit: &mut dyn FnMut(u64, PastRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), HistoryError> {
        let AheadReader { reader, read } = self.reader;
        let read = reader.by(by).and_then(|(place, index)| {
            let rows = read.borrow_mut().remove(&(place, index.hash(key)))?;
            (rows.from <= from.as_micros()).then_some((index, rows))
        });
        let Some((index, rows)) = read else {
            return reader.before(self.sequence).rows(by, key, from, to, visit);
        };
        let mut begins = 0;
        for (at, sequence, ends) in rows.places {
            let date_time = Timestamp::from_micros(at);
            let values = &rows.values[begins..ends];
            begins = ends;
            if sequence >= self.sequence || date_time <= from || date_time > to {
                continue;
            }
            let row = PastRow::Kept {
                layout: index.layout(),
                date_time,
                values,
            };
            if visit(sequence, row).is_break() {
                break;
            }
        }
        Ok(())
    }
}
