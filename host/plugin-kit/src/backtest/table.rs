//! What is printed of a backtest.

use std::collections::BTreeMap;
use std::io;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use app::backtest::Quantiles;
use console::print::{self, grouped};

/// What came of all transactions.
pub(super) struct Summary {
    /// Name and version.
    pub(super) rule: String,
    /// Transactions judged.
    pub(super) rows: u64,
    pub(super) seconds: f64,
    /// Transactions with findings.
    pub(super) found: u64,
    /// Findings, by severity.
    pub(super) findings: BTreeMap<String, u64>,
    /// Transactions that could not be judged, by sort of failure.
    pub(super) failures: BTreeMap<String, u64>,
    /// Units of fuel of single transactions.
    pub(super) fuel: Option<Quantiles>,
    /// Units of fuel, and processor seconds of rule and inputs, for a million.
    pub(super) cost: Option<(u64, f64, f64)>,
    /// What else there is to say, by what it is.
    pub(super) more: Vec<(String, String)>,
}

impl Summary {
    pub(super) fn print(&self) -> io::Result<()> {
        let rate = self.rows as f64 / self.seconds.max(1e-3);
        print::line(format_args!(
            "{}: {} transactions in {:.1} s, {} a second",
            self.rule,
            grouped(self.rows),
            self.seconds,
            grouped(rate as u64)
        ))?;
        let mut lines = vec![("found in".to_owned(), transactions(self.found))];
        for severity in ["high", "medium", "low"] {
            if let Some(&count) = self.findings.get(severity) {
                lines.push((format!("findings, {severity}"), grouped(count)));
            }
        }
        for (kind, &count) in &self.failures {
            lines.push((
                format!("failed, {}", kind.replace('_', " ")),
                grouped(count),
            ));
        }
        if let Some(fuel) = &self.fuel {
            let told = format!(
                "median {}, 90 of 100 within {}, 99 within {}, at most {}",
                grouped(fuel.median),
                grouped(fuel.p90),
                grouped(fuel.p99),
                grouped(fuel.most)
            );
            lines.push(("fuel of one".to_owned(), told));
        }
        if let Some((fuel, rule, inputs)) = self.cost {
            let told = format!(
                "{} fuel; {rule:.1} s of a processor for the rule, {inputs:.1} s for its inputs",
                grouped(fuel)
            );
            lines.push(("a million cost".to_owned(), told));
        }
        lines.extend(self.more.iter().cloned());
        let width = lines.iter().map(|(what, _)| what.len()).max().unwrap_or(0);
        for (what, told) in lines {
            print::line(format_args!("  {what:width$}  {told}"))?;
        }
        Ok(())
    }

    /// How many transactions could not be judged.
    pub(super) fn failed(&self) -> u64 {
        self.failures.values().sum()
    }
}

fn transactions(count: u64) -> String {
    match count {
        1 => "1 transaction".to_owned(),
        count => format!("{} transactions", grouped(count)),
    }
}

/// Counts by name out of an answer.
pub(super) fn counts(value: &Value) -> BTreeMap<String, u64> {
    let members = value.as_object().into_iter().flatten();
    let counts = members.filter_map(|(name, count)| Some((name.clone(), count.as_u64()?)));
    counts.collect()
}

/// A bar that shows how far it is, how fast, and how long it will take; nothing where nobody looks.
pub(super) fn bar(of: u64) -> ProgressBar {
    let template = "{bar:40} {human_pos} of {human_len}, {per_sec}, {eta} left {msg}";
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(of).with_style(style)
}
