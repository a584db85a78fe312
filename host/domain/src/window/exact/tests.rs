use num_bigint::BigInt;
use proptest::prelude::*;

use super::{Squares, Sum, standard_deviation};

/// Numbers of every size, many of them ordinary amounts.
pub(in crate::window) fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (-1_000_000_i64..1_000_000).prop_map(|cents| cents as f64 / 100.0),
        1 => (-10_i64..10).prop_map(|whole| whole as f64),
        1 => any::<f64>().prop_filter("finite", |number| number.is_finite()),
        1 => prop_oneof![
            Just(0.0), Just(-0.0), Just(f64::MAX), Just(f64::MIN), Just(f64::MIN_POSITIVE),
            Just(5e-324), Just(1e16), Just(-1e16), Just(1e300), Just(-1e-300), Just(4_503_599_627_370_497.5),
        ],
    ]
}

/// `number` in units of 2^-1074.
pub(in crate::window) fn units(number: f64) -> BigInt {
    let bits = number.abs().to_bits();
    let (biased, fraction) = (bits >> 52, bits & ((1 << 52) - 1));
    let magnitude = match biased {
        0 => BigInt::from(fraction),
        _ => BigInt::from(fraction | 1 << 52) << (biased - 1),
    };
    if number < 0.0 { -magnitude } else { magnitude }
}

/// The f64 nearest to `value`, which is what lies between its neighbours' midpoints.
fn check_nearest(found: f64, compare: impl Fn(&BigInt) -> std::cmp::Ordering) {
    // `compare` is asked with twice a number's units.
    let twice = |number: f64| {
        if number.is_infinite() {
            BigInt::from(2) * (BigInt::from(1) << 2098_u32) * BigInt::from(number.signum() as i64)
        } else {
            BigInt::from(2) * units(number)
        }
    };
    let below: BigInt = (twice(found) + twice(found.next_down())) / 2;
    let above: BigInt = (twice(found) + twice(found.next_up())) / 2;
    let even = found.to_bits() & 1 == 0;
    if found != f64::NEG_INFINITY {
        let order = compare(&below);
        assert!(
            order.is_gt() || even && order.is_eq(),
            "{found:e} is too great"
        );
    }
    if found != f64::INFINITY {
        let order = compare(&above);
        assert!(
            order.is_lt() || even && order.is_eq(),
            "{found:e} is too small"
        );
    }
}

#[derive(Clone, Debug)]
enum Number {
    Float(f64),
    Integer(i64),
}

fn any_numbers() -> impl Strategy<Value = Vec<Number>> {
    let one = prop_oneof![
        4 => any_number().prop_map(Number::Float),
        1 => any::<i64>().prop_map(Number::Integer),
        1 => (-1000..1000_i64).prop_map(Number::Integer),
    ];
    proptest::collection::vec(one, 1..20)
}

proptest! {
    #[test]
    fn statistics_are_the_nearest_floats(numbers in any_numbers(), cut in any::<prop::sample::Index>()) {
        let cut = cut.index(numbers.len());
        let (mut exact, mut exact_squares) = (BigInt::ZERO, BigInt::ZERO);
        let mut parts = [(Sum::default(), Squares::default()), (Sum::default(), Squares::default())];
        for (index, number) in numbers.iter().enumerate() {
            let (sum, squares) = &mut parts[usize::from(index >= cut)];
            let term = match *number {
                Number::Float(float) => {
                    sum.add_float(float);
                    squares.add_float(float);
                    units(float)
                }
                Number::Integer(integer) => {
                    sum.add_integer(integer);
                    squares.add_integer(integer);
                    BigInt::from(integer) << 1074
                }
            };
            exact_squares += &term * &term;
            exact += term;
        }
        let [(mut sum, mut squares), (more, more_squares)] = parts;
        sum.merge(&more);
        squares.merge(&more_squares);
        let count = BigInt::from(numbers.len());

        let twice: BigInt = &exact * 2;
        check_nearest(sum.to_f64(), |units| twice.cmp(units));
        check_nearest(sum.divided_by(numbers.len() as u64), |units| twice.cmp(&(units * &count)));
        let spread: BigInt = &count * exact_squares - &exact * &exact;
        let deviation = standard_deviation(numbers.len() as u64, &sum, &squares);
        prop_assert!(deviation >= 0.0);
        // sqrt(spread) / count against units / 2, without roots.
        check_nearest(deviation, |units| {
            let bound = units * &count;
            if bound < BigInt::ZERO { std::cmp::Ordering::Greater } else { BigInt::cmp(&(&spread * 4_u32), &(&bound * &bound)) }
        });
    }
}

#[test]
fn a_sum_forgets_nothing() {
    let mut sum = Sum::default();
    for number in [1e300, 0.1, -1e300, 0.2] {
        sum.add_float(number);
    }
    assert_eq!(sum.to_f64(), 0.1 + 0.2);
    let mut integers = Sum::default();
    for integer in [i64::MAX, i64::MAX, i64::MIN, i64::MIN, 3] {
        integers.add_integer(integer);
    }
    assert_eq!(integers.to_f64(), 1.0);
}
