//! An exact sum.

use super::{Parts, natural};

/// Units of 2^-72 serve amounts from a millionth to 10^16.
const NARROW_EXPONENT: i32 = -72;
/// The smallest f64 there is.
const WIDE_EXPONENT: i32 = -1074;
/// From 2^-1074 to 2^1024, a sign, and 2^64 numbers.
const WIDE_LIMBS: usize = 35;

/// The exact sum of any floats and integers.
#[derive(Clone, Debug)]
pub(in crate::window) enum Sum {
    /// In units of 2^-72.
    Narrow(i128),
    /// In units of 2^-1074, in two's complement.
    Wide(Box<[u64; WIDE_LIMBS]>),
}

impl Default for Sum {
    fn default() -> Self {
        Self::Narrow(0)
    }
}

impl Sum {
    /// Adds a finite float.
    pub(in crate::window) fn add_float(&mut self, number: f64) {
        self.add(Parts::of(number));
    }

    /// Adds an integer.
    pub(in crate::window) fn add_integer(&mut self, integer: i64) {
        self.add(Parts::of_integer(integer));
    }

    fn add(&mut self, parts: Parts) {
        if let Self::Narrow(sum) = self
            && let Some(term) = narrow(parts)
            && let Some(total) = sum.checked_add(term)
        {
            *sum = total;
        } else if parts.mantissa != 0 {
            let shift = (parts.exponent - WIDE_EXPONENT) as usize;
            natural::accumulate(self.widen(), parts.mantissa.into(), shift, parts.negative);
        }
    }

    /// Adds another sum.
    pub(in crate::window) fn merge(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Narrow(sum), Self::Narrow(term)) => match sum.checked_add(*term) {
                Some(total) => *sum = total,
                None => {
                    let mut wide = other.clone();
                    natural::add(self.widen(), wide.widen());
                }
            },
            (_, Self::Narrow(_)) => {
                let mut wide = other.clone();
                natural::add(self.widen(), wide.widen());
            }
            (_, Self::Wide(term)) => {
                natural::add(self.widen(), &term[..]);
            }
        }
    }

    /// The sum as the nearest f64.
    pub(in crate::window) fn to_f64(&self) -> f64 {
        match self {
            // The conversion rounds to nearest; the power of two changes no bit of the mantissa.
            Self::Narrow(sum) => *sum as f64 * power_of_two(NARROW_EXPONENT),
            Self::Wide(limbs) => {
                let mut magnitude = **limbs;
                let negative = natural::absolute(&mut magnitude);
                signed(negative, natural::to_f64(&magnitude, WIDE_EXPONENT, false))
            }
        }
    }

    /// The f64 nearest to the sum divided by `count`, which is not 0.
    pub(in crate::window) fn divided_by(&self, count: u64) -> f64 {
        match self {
            Self::Narrow(0) => 0.0,
            Self::Narrow(sum) => {
                let magnitude = sum.unsigned_abs();
                let by = magnitude.leading_zeros();
                let shifted = magnitude << by;
                let divisor = u128::from(count);
                // At least 64 bits are left, so a lost rest shows in the lowest without moving the rounding.
                let lost = !shifted.is_multiple_of(divisor);
                let quotient = (shifted / divisor) | u128::from(lost);
                let mean = quotient as f64 * power_of_two(NARROW_EXPONENT - by as i32);
                signed(*sum < 0, mean)
            }
            Self::Wide(limbs) => {
                let mut magnitude = **limbs;
                let negative = natural::absolute(&mut magnitude);
                let mut quotient = natural::shift_left(&magnitude, 128);
                let lost = natural::divide(&mut quotient, count);
                signed(
                    negative,
                    natural::to_f64(&quotient, WIDE_EXPONENT - 128, lost),
                )
            }
        }
    }

    /// The sum without its sign: limbs, and the exponent of their unit.
    pub(super) fn magnitude(&self) -> (Vec<u64>, i32) {
        match self {
            Self::Narrow(sum) => {
                let magnitude = sum.unsigned_abs();
                let limbs = vec![magnitude as u64, (magnitude >> 64) as u64];
                (limbs, NARROW_EXPONENT)
            }
            Self::Wide(limbs) => {
                let mut magnitude = limbs.to_vec();
                natural::absolute(&mut magnitude);
                (magnitude, WIDE_EXPONENT)
            }
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
            natural::accumulate(&mut limbs[..], sum.unsigned_abs(), shift, sum < 0);
            *self = Self::Wide(limbs);
        }
        match self {
            Self::Wide(limbs) => &mut limbs[..],
            Self::Narrow(_) => unreachable!("it was widened above"),
        }
    }
}

/// The number in narrow units, where it is a whole number of them and leaves room.
fn narrow(parts: Parts) -> Option<i128> {
    let shift = parts.exponent - NARROW_EXPONENT;
    let bits = 64 - parts.mantissa.leading_zeros() as i32;
    let magnitude = if shift >= 0 {
        if shift + bits > 126 {
            return None;
        }
        i128::from(parts.mantissa) << shift
    } else if -shift <= parts.mantissa.trailing_zeros() as i32 {
        i128::from(parts.mantissa.unbounded_shr(-shift as u32))
    } else {
        return None;
    };
    Some(if parts.negative {
        -magnitude
    } else {
        magnitude
    })
}

/// 2^`exponent`, of a normal number.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

fn signed(negative: bool, magnitude: f64) -> f64 {
    if negative { -magnitude } else { magnitude }
}
