//! How a group of windows is computed: what its rows hold, and what is read off them.

use super::batch::{InputBatch, push_float, push_integer};
use super::bound::{Entry, Reduction};
use super::chunk::{Measure, Shape, Stamp};
use super::few::{FewRow, FewRows};
use super::layout::{Layouts, Seen, Slot};
use super::moments::{Measured, Moments};
use super::series::{Series, Span};
use super::shared_rows::{Readable, SharedPlaces, SharedRows};
use super::value::{FieldKey, Test, View};
use crate::column::Values;
use crate::time::Timestamp;

/// One column that is computed from a group's rows.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    pub(super) column: usize,
    pub(super) length_seconds: u64,
    pub(super) delay_seconds: u64,
    pub(super) reduction: Reduction,
}

/// All windows into which the same transactions enter under the same keys, of whatever length and delay.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    by: Slot,
    tests: Vec<Test<Slot>>,
    joins: Vec<(Slot, Slot)>,
    cells: Vec<Slot>,
    shape: Shape,
    /// The value of a row that each tally counts.
    tallied: Vec<usize>,
    readings: Vec<Reading>,
    /// How far back the windows reach, in seconds.
    reach: u64,
    /// How long before a transaction the newest row of any window is, in seconds.
    delay: u64,
    shared: SharedPlaces,
}

/// What is read off one span.
#[derive(Clone, Debug)]
struct Reading {
    length: u64,
    delay: u64,
    /// Which measures of the shape.
    wanted: Vec<usize>,
    outputs: Vec<(usize, Output)>,
}

#[derive(Clone, Debug)]
enum Output {
    Count,
    /// Of one of the reading's wanted measures.
    Measure(Measured, usize),
    Distinct {
        tally: usize,
        cell: usize,
    },
    Recent {
        cells: Vec<usize>,
        limit: usize,
    },
}

impl Reading {
    /// Whether anything is asked for that is a count of rows, or made of their numbers.
    fn measures(&self) -> bool {
        let outputs = self.outputs.iter();
        outputs
            .map(|(_, output)| output)
            .any(|output| matches!(output, Output::Count | Output::Measure(..)))
    }
}

impl Frame {
    /// Rows begin with the values of `cells`; what the demands need besides follows.
    pub(super) fn new(
        entry: &Entry,
        demands: &[Demand],
        cells: &[FieldKey],
        layouts: &mut Layouts,
    ) -> Self {
        let reach = |demand: &Demand| demand.length_seconds + demand.delay_seconds;
        let test = |test: &Test<FieldKey>, layouts: &mut Layouts| Test {
            field: layouts.slot(&test.field),
            comparison: test.comparison,
            literal: test.literal.clone(),
        };
        let mut frame = Self {
            by: layouts.slot(&entry.by),
            tests: entry.tests.iter().map(|it| test(it, layouts)).collect(),
            joins: entry
                .joins
                .iter()
                .map(|(entering, current)| (layouts.slot(entering), layouts.slot(current)))
                .collect(),
            cells: cells.iter().map(|it| layouts.slot(it)).collect(),
            shape: Shape::default(),
            tallied: Vec::new(),
            readings: Vec::new(),
            reach: demands.iter().map(reach).max().unwrap_or(0),
            delay: demands.iter().map(|it| it.delay_seconds).min().unwrap_or(0),
            shared: SharedPlaces::default(),
        };
        for demand in demands {
            frame.demand(demand, layouts);
        }
        frame.shape.width = frame.cells.len();
        frame
    }

    fn demand(&mut self, demand: &Demand, layouts: &mut Layouts) {
        let (length, delay) = (demand.length_seconds, demand.delay_seconds);
        let same = |it: &Reading| (it.length, it.delay) == (length, delay);
        let reading = self.readings.iter().position(same).unwrap_or_else(|| {
            self.readings.push(Reading {
                length,
                delay,
                wanted: Vec::new(),
                outputs: Vec::new(),
            });
            self.readings.len() - 1
        });
        let output = match &demand.reduction {
            Reduction::Count => Output::Count,
            Reduction::Measure { statistic, field } => {
                let measure = self.measure(layouts.slot(field), *statistic);
                let wanted = &mut self.readings[reading].wanted;
                Output::Measure(*statistic, index_of(wanted, measure))
            }
            Reduction::Distinct(field) => {
                let cell = index_of(&mut self.cells, layouts.slot(field));
                self.tallied.push(cell);
                let tally = self.tallied.len() - 1;
                Output::Distinct { tally, cell }
            }
            Reduction::Recent { fields, limit } => Output::Recent {
                cells: fields
                    .iter()
                    .map(|it| index_of(&mut self.cells, layouts.slot(it)))
                    .collect(),
                limit: *limit,
            },
        };
        self.readings[reading].outputs.push((demand.column, output));
    }

    fn measure(&mut self, slot: Slot, statistic: Measured) -> usize {
        let cell = index_of(&mut self.cells, slot);
        let squares = statistic == Measured::StandardDeviation;
        let measures = &mut self.shape.measures;
        if let Some(index) = measures.iter().position(|it| it.cell == cell) {
            measures[index].squares |= squares;
            return index;
        }
        measures.push(Measure { cell, squares });
        measures.len() - 1
    }

    /// Says which cells shared rows have, to which those are added that it needs.
    pub(super) fn share(&mut self, all: &mut Vec<Slot>) {
        let mut place = |slot: Slot| index_of(all, slot);
        self.shared = SharedPlaces {
            cells: self.cells.iter().map(|&cell| place(cell)).collect(),
            tests: self.tests.iter().map(|test| place(test.field)).collect(),
            joins: self.joins.iter().map(|join| place(join.0)).collect(),
        };
    }

    /// Those of shared rows that the windows of a transaction are computed from.
    pub(super) fn of_shared<'r>(
        &'r self,
        rows: &'r FewRows,
        current: &'r Seen<'r>,
    ) -> SharedRows<'r> {
        SharedRows {
            rows,
            frame: self,
            current,
        }
    }

    /// Whether one of some shared rows entered the windows that a transaction enters.
    pub(super) fn entered_before(&self, rows: &FewRows, seen: &Seen<'_>) -> bool {
        let mut rows = rows.rows();
        rows.any(|row| self.takes(&row, |join| seen.view(join.0)))
    }

    /// Whether a shared row entered the windows that a transaction looks at.
    pub(super) fn sees(&self, row: &FewRow<'_>, current: &Seen<'_>) -> bool {
        self.takes(row, |join| current.view(join.1))
    }

    /// Where shared rows have the value of a cell.
    pub(super) fn shared_place(&self, cell: usize) -> usize {
        self.shared.cells[cell]
    }

    /// Whether a shared row entered the windows whose joined fields have these values.
    fn takes<'v>(&self, row: &FewRow<'_>, value: impl Fn(&(Slot, Slot)) -> View<'v>) -> bool {
        let mut joined = self.joins.iter().zip(&self.shared.joins);
        self.admits_shared(row) && joined.all(|(join, &place)| row.view(place).equals(value(join)))
    }

    /// As [`admits`](Self::admits).
    fn admits_shared(&self, row: &FewRow<'_>) -> bool {
        let mut tested = self.tests.iter().zip(&self.shared.tests);
        tested.all(|(test, &place)| test.is_met_by(row.view(place)))
    }

    pub(super) fn shape(&self) -> &Shape {
        &self.shape
    }

    pub(super) fn tallied(&self) -> &[usize] {
        &self.tallied
    }

    pub(super) fn cells(&self) -> &[Slot] {
        &self.cells
    }

    pub(super) fn reach(&self) -> u64 {
        self.reach
    }

    pub(super) fn empty_series(&self) -> Series {
        Series::default()
    }

    /// All that the windows of a transaction at `at` can see.
    pub(super) fn sight(&self, at: Timestamp) -> Span {
        Span {
            from: at.minus_seconds(self.reach),
            to: at.minus_seconds(self.delay),
        }
    }

    /// Whether a transaction enters, if any, the windows that it looks at.
    pub(super) fn is_symmetric(&self) -> bool {
        self.joins
            .iter()
            .all(|(entering, current)| entering == current)
    }

    /// Whether a key is nothing but a value of the field by which rows are found.
    pub(super) fn has_plain_keys(&self) -> bool {
        self.joins.is_empty()
    }

    /// The fields of a row that its windows are computed from, besides the one by which rows are found.
    pub(super) fn row_slots(&self) -> impl Iterator<Item = Slot> {
        let tested = self.tests.iter().map(|test| test.field);
        let joined = self.joins.iter().map(|join| join.0);
        tested.chain(joined).chain(self.cells.iter().copied())
    }

    /// The key of the windows that this transaction looks at, and how long its first part is, the value by which rows are
    /// found; `None` where they are empty.
    pub(super) fn write_sought_key(&self, seen: &Seen<'_>, key: &mut Vec<u8>) -> Option<usize> {
        self.write_key(seen, key, |join| join.1)
    }

    /// The key of the windows that this transaction enters; false where it enters none.
    pub(super) fn write_entered_key(&self, seen: &Seen<'_>, key: &mut Vec<u8>) -> bool {
        self.admits(seen) && self.write_key(seen, key, |join| join.0).is_some()
    }

    /// Whether an earlier row that was found by the value of its key enters the windows of that key; `buffer` is one.
    pub(super) fn enters(
        &self,
        row: &Seen<'_>,
        key: &[u8],
        by_length: usize,
        buffer: &mut Vec<u8>,
    ) -> bool {
        if !self.admits(row) {
            return false;
        }
        buffer.clear();
        let joins = self.joins.iter();
        let mut joins = joins.map(|join| row.view(join.0).write_key(buffer));
        joins.all(|is_there| is_there) && *buffer == key[by_length..]
    }

    /// Whether a transaction meets all that is asked of those that enter.
    pub(super) fn admits(&self, seen: &Seen<'_>) -> bool {
        self.tests
            .iter()
            .all(|test| test.is_met_by(seen.view(test.field)))
    }

    fn write_key(
        &self,
        seen: &Seen<'_>,
        key: &mut Vec<u8>,
        side: impl Fn(&(Slot, Slot)) -> Slot,
    ) -> Option<usize> {
        key.clear();
        let by = seen.view(self.by);
        if !by.is_known() || !by.write_key(key) {
            return None;
        }
        let by_length = key.len();
        let mut joins = self.joins.iter();
        let is_whole = joins.all(|join| seen.view(side(join)).write_key(key));
        is_whole.then_some(by_length)
    }

    /// Adds a transaction to the rows of a key that it enters.
    pub(super) fn insert(&self, series: &mut Series, sequence: u64, seen: &Seen<'_>) {
        let at = seen.date_time;
        let value = |cell: usize| seen.view(self.cells[cell]);
        let stamp = Stamp { at, sequence };
        series.insert(stamp, value, &self.shape, &self.tallied);
    }

    /// The key of the windows that a shared row entered, which begins with the value of the field; false where it entered none.
    pub(super) fn write_shared_key(&self, row: &FewRow<'_>, by: &[u8], key: &mut Vec<u8>) -> bool {
        key.clear();
        key.extend_from_slice(by);
        let mut joins = self.shared.joins.iter();
        self.admits_shared(row) && joins.all(|&place| row.view(place).write_key(key))
    }

    /// Adds a shared row to the rows of a key that it entered.
    pub(super) fn insert_shared(&self, series: &mut Series, row: &FewRow<'_>) {
        let value = |cell: usize| row.view(self.shared.cells[cell]);
        series.insert(row.stamp, value, &self.shape, &self.tallied);
    }

    /// Appends to each column what rows say to a transaction at `at`; `moments` is a buffer.
    pub(super) fn read(
        &self,
        rows: &mut impl Readable,
        at: Timestamp,
        batch: &mut InputBatch,
        moments: &mut Vec<Moments>,
    ) {
        for reading in &self.readings {
            let span = Span {
                from: at.minus_seconds(reading.length + reading.delay),
                to: at.minus_seconds(reading.delay),
            };
            let of = |&measure: &usize| Moments::new(self.shape.measures[measure].squares);
            moments.clear();
            moments.extend(reading.wanted.iter().map(of));
            let count = match reading.measures() {
                true => rows.measure(span, &self.shape, &reading.wanted, moments),
                false => 0,
            };
            for (column, output) in &reading.outputs {
                let values = batch.column(*column);
                match output {
                    Output::Count => push_integer(values, count as i64),
                    Output::Measure(statistic, index) => {
                        push_float(values, moments[*index].statistic(*statistic));
                    }
                    Output::Distinct { tally, cell } => {
                        push_integer(values, rows.distinct(*tally, span, *cell));
                    }
                    Output::Recent { cells, limit } => {
                        push_recent(values, rows, span, cells, *limit);
                    }
                }
            }
        }
    }
}

fn push_recent(
    values: &mut Values,
    rows: &impl Readable,
    span: Span,
    cells: &[usize],
    limit: usize,
) {
    let Values::Rows(recent) = values else {
        return;
    };
    let end = recent.ends.last().copied().unwrap_or(0);
    let appended = rows.append_newest(span, limit, cells, &mut recent.columns);
    recent.ends.push(end + appended as u32);
}

/// The index of an item, which is appended where it is not there yet.
fn index_of(items: &mut Vec<usize>, item: usize) -> usize {
    items.iter().position(|&it| it == item).unwrap_or_else(|| {
        items.push(item);
        items.len() - 1
    })
}
