//! Many values of one input, side by side, as they cross into a plugin.

use std::ops::Range;

use crate::time::Timestamp;

/// Texts laid end to end: text `i` is the bytes from `ends[i - 1]`, or 0, to `ends[i]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// All texts, in UTF-8.
    pub bytes: Vec<u8>,
    /// Where each text ends, in bytes.
    pub ends: Vec<u32>,
}

impl Texts {
    /// Appends a text.
    pub fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(self.bytes.len() as u32);
    }

    /// Appends neighbouring texts of another column.
    pub fn extend_from(&mut self, other: &Self, texts: Range<usize>) {
        if texts.is_empty() {
            return;
        }
        let start = other.start(texts.start);
        let shift = self.bytes.len() as u32;
        let ends = &other.ends[texts];
        let end = ends.last().copied().unwrap_or(start);
        self.ends.extend(ends.iter().map(|end| end - start + shift));
        self.bytes
            .extend_from_slice(&other.bytes[start as usize..end as usize]);
    }

    /// Where text `index` starts.
    fn start(&self, index: usize) -> u32 {
        index.checked_sub(1).map_or(0, |before| self.ends[before])
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Text `index`; "" where the bytes are not UTF-8, which `push` never leaves.
    pub fn get(&self, index: usize) -> &str {
        let bytes = &self.bytes[self.start(index) as usize..self.ends[index] as usize];
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

/// Lists of texts laid end to end: list `i` is the texts from `ends[i - 1]`, or 0, to `ends[i]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextLists {
    /// The texts of all lists.
    pub texts: Texts,
    /// Where each list ends, in texts.
    pub ends: Vec<u32>,
}

impl TextLists {
    /// Appends a list.
    pub fn push<'t>(&mut self, list: impl IntoIterator<Item = &'t str>) {
        for text in list {
            self.texts.push(text);
        }
        self.ends.push(self.texts.len() as u32);
    }
}

/// One value for each row, all of one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Of a `string` field.
    Texts(Texts),
    /// Of a `float` field, a sum, a mean and so on; NaN where there is none.
    Floats(Vec<f64>),
    /// Of an `integer` field, or a count.
    Integers(Vec<i64>),
    /// Of a `boolean` field, or a membership.
    Booleans(Vec<bool>),
    /// Of a `date_time` field, in microseconds; `i64::MIN` where there is none.
    Times(Vec<i64>),
}

/// The rows of a `recent` input: those of transaction `i` are the rows from
/// `ends[i - 1]`, or 0, to `ends[i]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Where the rows of each transaction end.
    pub ends: Vec<u32>,
    /// One column for each field that the input asks for.
    pub columns: Vec<Column>,
}

/// One input, for all transactions of a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// One value for each transaction.
    Column(Column),
    /// Any number of rows for each transaction.
    Rows(Rows),
}

/// One value out of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A text.
    Text(String),
    /// A number; NaN where there is none.
    Float(f64),
    /// An integer.
    Integer(i64),
    /// A truth.
    Boolean(bool),
    /// A moment, or none.
    Time(Option<Timestamp>),
}

/// The value of one input for one transaction, as an alert's evidence keeps it.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// Of a plain input.
    Cell(Cell),
    /// Of a `recent` input: rows, newest first, each with its cells in the order of the fields.
    Rows(Vec<Vec<Cell>>),
}

/// The moment as a column holds it.
pub fn time_to_column(moment: Option<Timestamp>) -> i64 {
    moment.map_or(i64::MIN, Timestamp::as_micros)
}

impl Column {
    /// How many values there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Texts(texts) => texts.len(),
            Self::Floats(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::Booleans(values) => values.len(),
            Self::Times(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// About how many bytes they take.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Texts(texts) => texts.bytes.len() + 4 * texts.len(),
            Self::Booleans(values) => values.len(),
            Self::Floats(_) | Self::Integers(_) | Self::Times(_) => 8 * self.len(),
        }
    }

    /// An empty column of the same type.
    pub fn empty_like(&self) -> Self {
        match self {
            Self::Texts(_) => Self::Texts(Texts::default()),
            Self::Floats(_) => Self::Floats(Vec::new()),
            Self::Integers(_) => Self::Integers(Vec::new()),
            Self::Booleans(_) => Self::Booleans(Vec::new()),
            Self::Times(_) => Self::Times(Vec::new()),
        }
    }

    /// Value `index`.
    pub fn cell(&self, index: usize) -> Cell {
        match self {
            Self::Texts(texts) => Cell::Text(texts.get(index).to_owned()),
            Self::Floats(values) => Cell::Float(values[index]),
            Self::Integers(values) => Cell::Integer(values[index]),
            Self::Booleans(values) => Cell::Boolean(values[index]),
            Self::Times(values) => Cell::Time(
                (values[index] != i64::MIN).then(|| Timestamp::from_micros(values[index])),
            ),
        }
    }

    /// Appends the values of neighbouring rows in `other`, which is of the same type.
    ///
    /// # Panics
    /// Where the types differ: the plan was bound to one type for each input.
    pub fn extend_from(&mut self, other: &Self, rows: Range<usize>) {
        match (self, other) {
            (Self::Texts(to), Self::Texts(from)) => to.extend_from(from, rows),
            (Self::Floats(to), Self::Floats(from)) => to.extend_from_slice(&from[rows]),
            (Self::Integers(to), Self::Integers(from)) => to.extend_from_slice(&from[rows]),
            (Self::Booleans(to), Self::Booleans(from)) => to.extend_from_slice(&from[rows]),
            (Self::Times(to), Self::Times(from)) => to.extend_from_slice(&from[rows]),
            (to, from) => panic!("a column of one type was extended by another: {to:?}, {from:?}"),
        }
    }
}

impl Rows {
    /// The rows of transaction `index`.
    pub fn range(&self, index: usize) -> Range<usize> {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[index] as usize
    }
}

impl Values {
    /// For how many transactions there are values.
    pub fn len(&self) -> usize {
        match self {
            Self::Column(column) => column.len(),
            Self::Rows(rows) => rows.ends.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// About how many bytes they take.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Column(column) => column.bytes(),
            Self::Rows(rows) => {
                let columns = rows.columns.iter().map(Column::bytes);
                columns.sum::<usize>() + 4 * rows.ends.len()
            }
        }
    }

    /// The values of `rows` alone, in that order: what a smaller batch is made of.
    pub fn select(&self, rows: &[usize]) -> Self {
        let mut chosen = match self {
            Self::Column(column) => Self::Column(column.empty_like()),
            Self::Rows(all) => Self::Rows(Rows {
                ends: Vec::with_capacity(rows.len()),
                columns: all.columns.iter().map(Column::empty_like).collect(),
            }),
        };
        // Neighbours are copied together.
        for rows in rows.chunk_by(|before, after| before + 1 == *after) {
            chosen.extend_from(self, rows[0]..rows[0] + rows.len());
        }
        chosen
    }

    fn extend_from(&mut self, other: &Self, rows: Range<usize>) {
        match (self, other) {
            (Self::Column(to), Self::Column(from)) => to.extend_from(from, rows),
            (Self::Rows(to), Self::Rows(from)) => {
                let all = from.range(rows.start).start..from.range(rows.end - 1).end;
                let shift = to.ends.last().copied().unwrap_or(0);
                let ends = from.ends[rows].iter();
                to.ends
                    .extend(ends.map(|end| end - all.start as u32 + shift));
                for (to, from) in to.columns.iter_mut().zip(&from.columns) {
                    to.extend_from(from, all.clone());
                }
            }
            (to, from) => panic!("an input of one kind was extended by another: {to:?}, {from:?}"),
        }
    }

    /// What an alert's evidence keeps of transaction `index`.
    pub fn evidence(&self, index: usize) -> Evidence {
        match self {
            Self::Column(column) => Evidence::Cell(column.cell(index)),
            Self::Rows(rows) => Evidence::Rows(
                rows.range(index)
                    .map(|row| rows.columns.iter().map(|column| column.cell(row)).collect())
                    .collect(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_keeps_order_and_rows() {
        let mut texts = Texts::default();
        ["a", "", "ccc"].iter().for_each(|text| texts.push(text));
        let recent = Values::Rows(Rows {
            ends: vec![2, 2, 3],
            columns: vec![Column::Integers(vec![1, 2, 3])],
        });
        let names = Values::Column(Column::Texts(texts));

        assert_eq!(
            names.select(&[2, 0]).evidence(0),
            Evidence::Cell(Cell::Text("ccc".into()))
        );
        assert_eq!(
            names.select(&[1, 2, 0, 2]).evidence(3),
            Evidence::Cell(Cell::Text("ccc".into()))
        );
        assert_eq!(recent.select(&[0, 1, 2]), recent);
        let chosen = recent.select(&[1, 2, 0]);
        assert_eq!(chosen.evidence(0), Evidence::Rows(vec![]));
        assert_eq!(
            chosen.evidence(1),
            Evidence::Rows(vec![vec![Cell::Integer(3)]])
        );
        let chosen = recent.select(&[2, 1, 0]);
        assert_eq!(chosen.len(), 3);
        assert_eq!(
            chosen.evidence(0),
            Evidence::Rows(vec![vec![Cell::Integer(3)]])
        );
        assert_eq!(chosen.evidence(1), Evidence::Rows(vec![]));
        assert_eq!(
            chosen.evidence(2),
            Evidence::Rows(vec![vec![Cell::Integer(1)], vec![Cell::Integer(2)]])
        );
    }
}
