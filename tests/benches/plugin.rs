//! What calling a rule costs: three inputs, a fresh instance for each batch.

use std::io::Write;
use std::time::{Duration, Instant};

use domain::column::{Column, Texts, Values};
use host::plugin::limits::Limits;
use host::plugin::registry::{Plugin, Registry};
use host::plugin::rule::{Batch, RowOutcome, RulePlugin};
use tests::guests::module;
use tests::program::vervet;

#[tokio::main]
async fn main() {
    let data = tempfile::tempdir().unwrap();
    let limits = Limits::default();
    let registry = Registry::open(limits.clone(), vervet(), data.path()).unwrap();
    let published = registry.publish(module("thresholds").into()).await.unwrap();
    report(&published.checks.join("; "));
    let Plugin::Rule(rule) = published.plugin else {
        panic!("thresholds is a rule");
    };
    for size in [1, 4, 16, 64, 256, 1_000] {
        evaluating(&rule, size, limits.row_fuel, 0);
    }
    evaluating(&rule, 256, limits.row_fuel, 4);
    loading(&registry, data.path());
}

/// `findings` percent of the rows find something.
fn evaluating(rule: &RulePlugin, size: usize, row_fuel: u64, findings: usize) {
    let plan = rule.prepare("{}").unwrap();
    let suspicious = |row: usize| row % 100 < findings;
    let amounts = (0..size).map(|row| if suspicious(row) { 9_500.0 } else { 12.5 });
    let mut currencies = Texts::default();
    let mut countries = Texts::default();
    for row in 0..size {
        currencies.push(if suspicious(row) { "USD" } else { "EUR" });
        countries.push(if suspicious(row) { "KP" } else { "BE" });
    }
    let inputs = [
        Values::Column(Column::Floats(amounts.collect())),
        Values::Column(Column::Texts(currencies)),
        Values::Column(Column::Texts(countries)),
    ];
    let inputs: Vec<&Values> = inputs.iter().collect();
    let sequences: Vec<u64> = (1..=size as u64).map(|row| row * 1_000 + 1).collect();
    let batch = Batch {
        prepared: &plan.prepared,
        inputs: &inputs,
        sequences: &sequences,
        row_fuel,
    };
    let mut times = Vec::new();
    let until = Instant::now() + Duration::from_secs(1);
    while Instant::now() < until {
        let start = Instant::now();
        let outcomes = rule.evaluate(&batch);
        times.push(start.elapsed());
        let clear = outcomes
            .iter()
            .filter(|outcome| **outcome == RowOutcome::Clear)
            .count();
        assert_eq!(clear, (0..size).filter(|row| !suspicious(*row)).count());
    }
    times.sort();
    let median = times[times.len() / 2];
    report(&format!(
        "batch of {size}, {findings} % findings: {median:?}, {} ns a row, 99th {:?}",
        median.as_nanos() / size as u128,
        times[times.len() * 99 / 100],
    ));
}

/// A thousand different files of compiled code.
fn loading(registry: &Registry, data: &std::path::Path) {
    let folder = data.join("compiled");
    let names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let digests: Vec<_> = (0..1_000)
        .map(|index: i32| host::plugin::Digest::of(&index.to_le_bytes()))
        .collect();
    for digest in &digests {
        for name in &names {
            let copy = format!("{digest}{}", &name[64..]);
            std::fs::copy(folder.join(name), folder.join(copy)).unwrap();
        }
    }
    let before = private_kib();
    let start = Instant::now();
    for digest in &digests {
        assert!(registry.cached(digest).is_some());
    }
    let took = start.elapsed();
    let each = (private_kib() - before) / digests.len() as i64;
    report(&format!(
        "loading 1,000 plugins: {took:?}, {each} KiB of private memory each"
    ));
}

/// Without the pages of mapped files, which the system may drop.
fn private_kib() -> i64 {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap();
    rollup
        .lines()
        .filter_map(|line| line.strip_prefix("Private_Dirty:"))
        .filter_map(|line| line.split_whitespace().next()?.parse::<i64>().ok())
        .sum()
}

fn report(line: &str) {
    writeln!(std::io::stdout(), "{line}").unwrap();
}
