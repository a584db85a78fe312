//! Arithmetic on natural numbers of any size: limbs of 64 bits, the lowest first.

/// How many bits the number has; 0 for zero.
pub(super) fn bits(number: &[u64]) -> usize {
    number.iter().rposition(|&limb| limb != 0).map_or(0, |top| {
        64 * (top + 1) - number[top].leading_zeros() as usize
    })
}

/// The product.
pub(super) fn multiply(left: &[u64], right: &[u64]) -> Vec<u64> {
    let mut product = vec![0_u64; left.len() + right.len()];
    for (at, &one) in left.iter().enumerate() {
        let mut carry = 0;
        for (limb, &other) in product[at..].iter_mut().zip(right) {
            (*limb, carry) = one.carrying_mul_add(other, *limb, carry);
        }
        product[at + right.len()] = carry;
    }
    product
}

/// Takes `less` away from `number`, which is not the smaller one.
pub(super) fn subtract(number: &mut [u64], less: &[u64]) {
    let mut borrow = false;
    for (at, limb) in number.iter_mut().enumerate() {
        let other = less.get(at).copied().unwrap_or(0);
        (*limb, borrow) = limb.borrowing_sub(other, borrow);
    }
    debug_assert!(!borrow, "the greater number was taken from the smaller");
}

/// The number times 2^`by`.
pub(super) fn shift_left(number: &[u64], by: usize) -> Vec<u64> {
    let (limbs, by) = (by / 64, by % 64);
    let mut shifted = vec![0; limbs + number.len() + 1];
    for (at, &limb) in number.iter().enumerate() {
        let wide = u128::from(limb) << by;
        shifted[limbs + at] |= wide as u64;
        shifted[limbs + at + 1] |= (wide >> 64) as u64;
    }
    shifted
}

/// The number divided by 2^`by`, rounded down, and whether that lost anything.
fn shift_right(number: &[u64], by: usize) -> (Vec<u64>, bool) {
    let (limbs, by) = (by / 64, by % 64);
    if limbs >= number.len() {
        return (Vec::new(), bits(number) != 0);
    }
    let lost = bits(&number[..limbs]) != 0 || number[limbs] & ((1 << by) - 1) != 0;
    let kept = &number[limbs..];
    let shifted = (0..kept.len())
        .map(|at| {
            let above = kept.get(at + 1).copied().unwrap_or(0);
            ((u128::from(above) << 64 | u128::from(kept[at])) >> by) as u64
        })
        .collect();
    (shifted, lost)
}

/// Divides the number, rounding down; whether that lost anything.
pub(super) fn divide(number: &mut [u64], divisor: u64) -> bool {
    let mut rest = 0;
    for limb in number.iter_mut().rev() {
        let dividend = u128::from(rest) << 64 | u128::from(*limb);
        *limb = (dividend / u128::from(divisor)) as u64;
        rest = (dividend % u128::from(divisor)) as u64;
    }
    rest != 0
}

/// The f64 nearest to `number * 2^exponent`, ties to even.
///
/// `more` says that the true value is greater by less than one unit of
/// `number`, which must then have at least 55 bits.
pub(super) fn to_f64(number: &[u64], exponent: i32, more: bool) -> f64 {
    let size = bits(number);
    if size == 0 {
        return 0.0;
    }
    // The uppermost 64 bits, the highest of them set, and whether there is more below.
    let (top, exponent, more) = if size > 64 {
        let (top, lost) = shift_right(number, size - 64);
        (top[0], exponent + (size - 64) as i32, more || lost)
    } else {
        let by = 64 - size as i32;
        (number[0] << by, exponent - by, more)
    };
    // Of a number below the normal ones fewer bits are kept.
    let cut = 11 + (-1022 - (exponent + 63)).max(0);
    if cut > 64 {
        return 0.0;
    }
    let kept = u128::from(top) >> cut;
    let rest = u128::from(top) & ((1 << cut) - 1);
    let half = 1 << (cut - 1);
    let up = rest > half || rest == half && (more || kept & 1 == 1);
    let kept = kept as u64 + u64::from(up);
    // A carry out of the mantissa goes where it belongs: into the exponent above it.
    let binade = (exponent + cut + 1074) as u64;
    if binade >= 2046 {
        return f64::INFINITY;
    }
    f64::from_bits((binade << 52) + kept)
}

/// The f64 nearest to `sqrt(number * 2^exponent) / divisor`; the exponent is even.
pub(super) fn root_of_quotient(number: &[u64], exponent: i32, divisor: u64) -> f64 {
    let size = bits(number) as i32;
    if size == 0 {
        return 0.0;
    }
    // Scale, so that after two divisions 122 to 128 bits are left: a root of at least 61.
    let target = 126 + 2 * (64 - divisor.leading_zeros() as i32);
    let mut by = target - size;
    by -= (exponent - by).rem_euclid(2);
    let (mut scaled, mut lost) = if by >= 0 {
        (shift_left(number, by as usize), false)
    } else {
        shift_right(number, -by as usize)
    };
    lost |= divide(&mut scaled, divisor);
    lost |= divide(&mut scaled, divisor);
    let square = u128::from(scaled[1]) << 64 | u128::from(scaled[0]);
    let root = square.isqrt();
    lost |= root * root != square;
    to_f64(&[root as u64], (exponent - by) / 2, lost)
}

/// Adds `magnitude * 2^shift` to a number in two's complement that has room for it, or takes it away.
pub(super) fn accumulate(number: &mut [u64], magnitude: u128, shift: usize, negative: bool) {
    let (at, by) = (shift / 64, shift % 64);
    let low = magnitude << by;
    let high = if by == 0 { 0 } else { magnitude >> (128 - by) };
    let terms = [low as u64, (low >> 64) as u64, high as u64];
    let mut carry = false;
    for (index, limb) in number[at..].iter_mut().enumerate() {
        let term = terms.get(index).copied().unwrap_or(0);
        if index >= terms.len() && !carry {
            break;
        }
        (*limb, carry) = if negative {
            limb.borrowing_sub(term, carry)
        } else {
            limb.carrying_add(term, carry)
        };
    }
}

/// Adds a number of the same length, in two's complement; whether a carry is left.
pub(super) fn add(number: &mut [u64], other: &[u64]) -> bool {
    let mut carry = false;
    for (limb, &term) in number.iter_mut().zip(other) {
        (*limb, carry) = limb.carrying_add(term, carry);
    }
    carry
}

/// Turns a number in two's complement into its magnitude; whether it was negative.
pub(super) fn absolute(number: &mut [u64]) -> bool {
    let negative = number.last().is_some_and(|&top| top >> 63 == 1);
    if negative {
        let mut carry = true;
        for limb in number.iter_mut() {
            (*limb, carry) = (!*limb).carrying_add(0, carry);
        }
    }
    negative
}
