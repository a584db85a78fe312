//! Sums of numbers without any rounding, and statistics that are rounded once.
//!
//! *Invariant:* what a statistic says depends on the numbers alone, never on
//! the order in which they came or on what was summed before.

mod natural;
mod squares;
mod sum;

pub(super) use squares::Squares;
pub(super) use sum::Sum;

/// A finite f64 taken apart: `mantissa * 2^exponent`, with its sign.
#[derive(Clone, Copy)]
struct Parts {
    negative: bool,
    mantissa: u64,
    exponent: i32,
}

impl Parts {
    fn of(number: f64) -> Self {
        let bits = number.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let biased = ((bits >> 52) & 0x7ff) as i32;
        let (mantissa, exponent) = if biased == 0 {
            (fraction, -1074)
        } else {
            (fraction | 1 << 52, biased - 1075)
        };
        Self {
            negative: bits >> 63 == 1,
            mantissa,
            exponent,
        }
    }

    fn of_integer(integer: i64) -> Self {
        Self {
            negative: integer < 0,
            mantissa: integer.unsigned_abs(),
            exponent: 0,
        }
    }
}

/// The population's standard deviation of `count` numbers, more than none,
/// from their exact sum and their exact sum of squares; correctly rounded.
pub(super) fn standard_deviation(count: u64, sum: &Sum, squares: &Squares) -> f64 {
    // With S the sum and Q the sum of squares it is sqrt(n Q - S²) / n.
    let (sum, sum_exponent) = sum.magnitude();
    let (squares, squares_exponent) = squares.magnitude();
    let squared = natural::multiply(&sum, &sum);
    let scaled = natural::multiply(&squares, &[count]);
    let exponent = squares_exponent.min(2 * sum_exponent);
    let mut spread = natural::shift_left(&scaled, (squares_exponent - exponent) as usize);
    let squared = natural::shift_left(&squared, (2 * sum_exponent - exponent) as usize);
    natural::subtract(&mut spread, &squared);
    natural::root_of_quotient(&spread, exponent, count)
}

#[cfg(test)]
pub(super) mod tests;
