//! An exact sum of squares.

use super::{Parts, natural};

/// The squares of what an exact sum holds narrowly.
const NARROW_EXPONENT: i32 = -144;
const NARROW_LIMBS: usize = 4;
/// The square of the smallest f64 there is.
const WIDE_EXPONENT: i32 = -2148;
/// From 2^-2148 to 2^2048, and 2^64 numbers.
const WIDE_LIMBS: usize = 68;

/// The exact sum of the squares of any floats and integers.
#[derive(Clone, Debug)]
pub(in crate::window) enum Squares {
    /// In units of 2^-144.
    Narrow([u64; NARROW_LIMBS]),
    /// In units of 2^-2148.
    Wide(Box<[u64; WIDE_LIMBS]>),
}

impl Default for Squares {
    fn default() -> Self {
        Self::Narrow([0; NARROW_LIMBS])
    }
}

impl Squares {
    /// Adds the square of a finite float.
    pub(in crate::window) fn add_float(&mut self, number: f64) {
        self.add(Parts::of(number));
    }

    /// Adds the square of an integer.
    pub(in crate::window) fn add_integer(&mut self, integer: i64) {
        self.add(Parts::of_integer(integer));
    }

    fn add(&mut self, parts: Parts) {
        if parts.mantissa == 0 {
            return;
        }
        let zeros = parts.mantissa.trailing_zeros();
        let odd = u128::from(parts.mantissa >> zeros);
        let (square, exponent) = (odd * odd, 2 * (parts.exponent + zeros as i32));
        let bits = 128 - square.leading_zeros() as i32;
        if let Self::Narrow(limbs) = self {
            let shift = exponent - NARROW_EXPONENT;
            // The top bit is kept free: a number that reaches it goes on as a wide one.
            let free = limbs[NARROW_LIMBS - 1] >> 63 == 0;
            if free && shift >= 0 && shift + bits < 64 * NARROW_LIMBS as i32 {
                natural::accumulate(limbs, square, shift as usize, false);
                return;
            }
        }
        let shift = (exponent - WIDE_EXPONENT) as usize;
        natural::accumulate(self.widen(), square, shift, false);
    }

    /// Adds another sum of squares.
    pub(in crate::window) fn merge(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Narrow(sum), Self::Narrow(term)) => {
                let mut total = *sum;
                if natural::add(&mut total, term) {
                    let mut wide = other.clone();
                    natural::add(self.widen(), wide.widen());
                } else {
                    *sum = total;
                }
            }
            (_, Self::Narrow(_)) => {
                let mut wide = other.clone();
                natural::add(self.widen(), wide.widen());
            }
            (_, Self::Wide(term)) => {
                natural::add(self.widen(), &term[..]);
            }
        }
    }

    /// The limbs, and the exponent of their unit, which is even.
    pub(super) fn magnitude(&self) -> (Vec<u64>, i32) {
        match self {
            Self::Narrow(limbs) => (limbs.to_vec(), NARROW_EXPONENT),
            Self::Wide(limbs) => (limbs.to_vec(), WIDE_EXPONENT),
        }
    }

    /// Heap bytes beyond the sum itself.
    pub(in crate::window) fn heap_bytes(&self) -> usize {
        match self {
            Self::Narrow(_) => 0,
            Self::Wide(_) => 8 * WIDE_LIMBS,
        }
    }

    fn widen(&mut self) -> &mut [u64] {
        if let Self::Narrow(sum) = *self {
            let mut limbs = Box::new([0; WIDE_LIMBS]);
            let shift = (NARROW_EXPONENT - WIDE_EXPONENT) as usize;
            for (index, limb) in sum.into_iter().enumerate() {
                natural::accumulate(&mut limbs[..], limb.into(), shift + 64 * index, false);
            }
            *self = Self::Wide(limbs);
        }
        match self {
            Self::Wide(limbs) => &mut limbs[..],
            Self::Narrow(_) => unreachable!("it was widened above"),
        }
    }
}
