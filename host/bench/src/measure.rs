//! Times, and what is made of them.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;

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

/// KiB in a MiB.
pub(super) const MIB: f64 = 1024.0;

/// What the system says of a process's memory under this name, in KiB; the process as a folder of `/proc`.
pub(super) fn kib(process: &Path, name: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(process.join("status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.context("the system does not tell the memory of a process")
}

/// From now on `VmHWM:` tells the most memory since now.
pub(super) fn reset_peak(process: &Path) -> anyhow::Result<()> {
    std::fs::write(process.join("clear_refs"), "5").context("the peak of memory cannot be reset")
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
