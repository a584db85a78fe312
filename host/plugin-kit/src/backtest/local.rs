//! A component's file, tried on a file of transactions.

use std::collections::BTreeMap;
use std::time::Instant;

use domain::rule::Level;

use super::table::{Summary, bar};
use crate::trial::{Material, TrialOutcome};
use app::backtest::Spread;
use console::print;

/// Tries it, and says what came of it.
pub(super) fn run(material: &Material) -> anyhow::Result<()> {
    let begun = Instant::now();
    let bar = bar(0);
    let outcome = material.try_out(&mut |judged, of| {
        bar.set_length(of as u64);
        bar.set_position(judged as u64);
    })?;
    bar.finish_and_clear();
    for refused in &outcome.refused {
        let faults = refused.faults.join("; ");
        print::error(format_args!("line {}  refused: {faults}", refused.line));
    }
    let summary = summary(&outcome, begun.elapsed().as_secs_f64());
    summary.print()?;
    outcome.ended().map_or(Ok(()), |ended| Err(ended.into()))
}

fn summary(outcome: &TrialOutcome, seconds: f64) -> Summary {
    let mut fuel = Spread::default();
    let mut findings = BTreeMap::new();
    for found in &outcome.found {
        fuel.add(found.fuel);
        for finding in &found.findings {
            let severity = finding.severity.unwrap_or(outcome.severity);
            *findings
                .entry(Level::as_str(severity).to_owned())
                .or_default() += 1;
        }
    }
    let mut failures = BTreeMap::new();
    for failure in &outcome.failures {
        *failures
            .entry(failure.kind.as_str().to_owned())
            .or_default() += 1;
    }
    let more = match outcome.refused.len() {
        0 => Vec::new(),
        refused => vec![("refused".to_owned(), print::grouped(refused as u64))],
    };
    Summary {
        rule: format!("{} {}", outcome.rule, outcome.version),
        rows: outcome.judged as u64,
        seconds,
        found: outcome.found.len() as u64,
        findings,
        failures,
        fuel: fuel.quantiles(),
        cost: None,
        more,
    }
}
