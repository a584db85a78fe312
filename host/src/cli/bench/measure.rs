//! Times, and what is made of them.

use std::time::{Duration, Instant};

/// The one in the middle.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Medians of two measurements that are taken in turns, so that what disturbs the one disturbs the other.
pub(super) fn in_turns(
    rounds: usize,
    mut one: impl FnMut() -> f64,
    mut other: impl FnMut() -> f64,
) -> (f64, f64) {
    let mut taken = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        taken.0.push(one());
        taken.1.push(other());
    }
    (median(taken.0), median(taken.1))
}

/// Nanoseconds of one call, repeated for some time.
pub(super) fn nanos_of(time: Duration, mut work: impl FnMut()) -> f64 {
    let started = Instant::now();
    let mut calls = 0;
    while started.elapsed() < time {
        work();
        calls += 1;
    }
    started.elapsed().as_nanos() as f64 / f64::from(calls)
}

/// A time as people read it.
pub(super) fn shown(nanos: f64) -> String {
    match nanos {
        short if short < 1e4 => format!("{short:.0} ns"),
        middle if middle < 1e7 => format!("{:.1} µs", middle / 1e3),
        long if long < 1e10 => format!("{:.1} ms", long / 1e6),
        longest => format!("{:.1} s", longest / 1e9),
    }
}
