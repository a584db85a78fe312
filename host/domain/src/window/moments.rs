//! Summaries of numbers that can be put together.

use super::exact::{Squares, Sum, standard_deviation};
use super::value::View;
use crate::rule::Statistic;

/// What the statistics of some numbers are made of.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    count: u64,
    sum: Sum,
    /// Kept where a deviation is asked for.
    squares: Option<Squares>,
    minimum: f64,
    maximum: f64,
}

impl Moments {
    /// Of no numbers.
    pub(super) fn new(squares: bool) -> Self {
        Self {
            count: 0,
            sum: Sum::default(),
            squares: squares.then(Squares::default),
            minimum: f64::INFINITY,
            maximum: f64::NEG_INFINITY,
        }
    }

    /// Adds a number; anything else counts for nothing.
    pub(super) fn add(&mut self, value: View<'_>) {
        match value {
            View::Float(number) => self.add_float(number),
            View::Integer(integer) => self.add_integer(integer),
            _ => {}
        }
    }

    /// Adds a number.
    pub(super) fn add_float(&mut self, number: f64) {
        self.sum.add_float(number);
        if let Some(squares) = &mut self.squares {
            squares.add_float(number);
        }
        // Of the two zeros only the positive one is ever answered.
        self.count_in(number + 0.0);
    }

    /// Adds a number.
    pub(super) fn add_integer(&mut self, integer: i64) {
        self.sum.add_integer(integer);
        if let Some(squares) = &mut self.squares {
            squares.add_integer(integer);
        }
        self.count_in(integer as f64);
    }

    fn count_in(&mut self, number: f64) {
        self.count += 1;
        self.minimum = self.minimum.min(number);
        self.maximum = self.maximum.max(number);
    }

    /// Adds the numbers of another summary, which keeps squares if this one does.
    pub(super) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum.merge(&other.sum);
        if let (Some(squares), Some(more)) = (&mut self.squares, &other.squares) {
            squares.merge(more);
        }
        self.minimum = self.minimum.min(other.minimum);
        self.maximum = self.maximum.max(other.maximum);
    }

    /// A statistic that is a float: of no numbers 0 for a sum, otherwise NaN.
    pub(super) fn statistic(&self, statistic: Measured) -> f64 {
        match statistic {
            Measured::Sum => self.sum.to_f64(),
            _ if self.count == 0 => f64::NAN,
            Measured::Mean => self.sum.divided_by(self.count),
            Measured::Minimum => self.minimum,
            Measured::Maximum => self.maximum,
            Measured::StandardDeviation => self.squares.as_ref().map_or(f64::NAN, |squares| {
                standard_deviation(self.count, &self.sum, squares)
            }),
        }
    }

    /// Bytes in all.
    pub(super) fn bytes(&self) -> usize {
        let squares = self.squares.as_ref().map_or(0, Squares::heap_bytes);
        size_of::<Self>() + self.sum.heap_bytes() + squares
    }
}

/// The statistics that are made of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Measured {
    Sum,
    Mean,
    Minimum,
    Maximum,
    StandardDeviation,
}

impl Measured {
    /// `None` for `count` and `distinct`, which take any field.
    pub(super) fn of(statistic: Statistic) -> Option<Self> {
        match statistic {
            Statistic::Count | Statistic::Distinct => None,
            Statistic::Sum => Some(Self::Sum),
            Statistic::Mean => Some(Self::Mean),
            Statistic::Minimum => Some(Self::Minimum),
            Statistic::Maximum => Some(Self::Maximum),
            Statistic::StandardDeviation => Some(Self::StandardDeviation),
        }
    }
}
