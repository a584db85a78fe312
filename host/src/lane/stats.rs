//! What a rule has done since the host started.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};

/// How many of the newest measurements the quantiles are made from.
const KEPT: usize = 1024;

/// What a rule has done since the host started.
#[derive(Debug, Default)]
pub struct RuleStats(Mutex<Counts>);

/// The numbers, at one moment.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Transactions that it judged or tried to.
    pub evaluations: u64,
    /// What it found.
    pub findings: u64,
    /// Transactions that it could not judge.
    pub failures: u64,
    /// Why the latest of them failed.
    pub last_failure: Option<String>,
    /// Fuel of its latest findings.
    pub fuel: Sample,
    /// Nanoseconds for one transaction, in its latest batches.
    pub nanos: Sample,
}

/// The newest measurements.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    values: Vec<u64>,
    next: usize,
}

impl Sample {
    fn add(&mut self, value: u64) {
        if self.values.len() < KEPT {
            self.values.push(value);
        } else {
            self.values[self.next] = value;
        }
        self.next = (self.next + 1) % KEPT;
    }

    /// The value below which so many hundredths of the measurements lie; none where there are none.
    pub fn quantile(&self, hundredths: usize) -> Option<u64> {
        let mut sorted = self.values.clone();
        sorted.sort_unstable();
        let last = sorted.len().checked_sub(1)?;
        Some(sorted[last * hundredths / 100])
    }
}

impl RuleStats {
    /// Counts one evaluated batch.
    pub(super) fn count(&self, batch: BatchCount) {
        let mut counts = self.0.lock();
        counts.evaluations += batch.rows;
        counts.failures += batch.failures;
        if batch.last_failure.is_some() {
            counts.last_failure = batch.last_failure;
        }
        for fuel in batch.finding_fuel {
            counts.findings += 1;
            counts.fuel.add(fuel);
        }
        if let Some(nanos) = (batch.took.as_nanos() as u64).checked_div(batch.rows) {
            counts.nanos.add(nanos);
        }
    }

    /// Counts a failure that did not keep the rule from judging.
    pub(super) fn count_failure(&self, reason: &str) {
        let mut counts = self.0.lock();
        counts.failures += 1;
        counts.last_failure = Some(reason.to_owned());
    }

    /// The numbers now.
    pub fn counts(&self) -> Counts {
        self.0.lock().clone()
    }
}

/// What one batch adds.
pub(super) struct BatchCount {
    pub(super) rows: u64,
    pub(super) failures: u64,
    pub(super) last_failure: Option<String>,
    pub(super) finding_fuel: Vec<u64>,
    pub(super) took: Duration,
}

/// The stats of all rules of a tenant, by team and rule. They outlive a lane that is rebuilt.
#[derive(Default)]
pub struct AllStats(RwLock<HashMap<(String, String), Arc<RuleStats>>>);

impl AllStats {
    /// The stats of a rule.
    pub fn of(&self, team: &str, rule: &str) -> Arc<RuleStats> {
        let name = (team.to_owned(), rule.to_owned());
        if let Some(stats) = self.0.read().get(&name) {
            return stats.clone();
        }
        self.0.write().entry(name).or_default().clone()
    }
}
