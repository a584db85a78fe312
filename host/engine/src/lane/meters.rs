//! What rules have done and what their inputs cost, for the metrics.

use std::time::Duration;

use domain::window::Lookups;
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use super::stats::BatchCount;

/// What computing the inputs of a team takes, for the operator: which tenant's windows are dear.
pub(super) struct InputMeters {
    seconds: Histogram,
    interruptions: Counter,
    window_bytes: Gauge,
    held: Counter,
    new: Counter,
    read: Counter,
    rows_read: Counter,
}

impl InputMeters {
    /// Those of a tenant's team.
    pub(super) fn of(tenant: &str, team: &str) -> Self {
        let labels = [("tenant", tenant.to_owned()), ("team", team.to_owned())];
        let lookups = |found: &'static str| {
            let [tenant, team] = labels.clone();
            let labels = [tenant, team, ("found", found.to_owned())];
            counter!("vervet_window_lookups_total", &labels)
        };
        Self {
            seconds: histogram!("vervet_input_stage_seconds", &labels),
            interruptions: counter!("vervet_input_stage_interruptions_total", &labels),
            window_bytes: gauge!("vervet_window_bytes", &labels),
            held: lookups("memory"),
            new: lookups("new"),
            read: lookups("index"),
            rows_read: counter!("vervet_window_rows_read_total", &labels),
        }
    }

    /// Counts the processor time of one turn, whether it was ended before all was done, how many bytes the windows take now,
    /// and where what they looked for was found.
    pub(super) fn count(
        &self,
        took: Duration,
        interrupted: bool,
        window_bytes: usize,
        lookups: Lookups,
    ) {
        self.seconds.record(took.as_secs_f64());
        self.interruptions.increment(u64::from(interrupted));
        self.window_bytes.set(window_bytes as f64);
        self.held.increment(lookups.held);
        self.new.increment(lookups.new);
        self.read.increment(lookups.read);
        self.rows_read.increment(lookups.rows_read);
    }
}

/// Windows that were unloaded take nothing.
impl Drop for InputMeters {
    fn drop(&mut self) {
        self.window_bytes.set(0.0);
    }
}

/// A rule's metrics, looked up once: a turn of few transactions would notice it.
pub(super) struct RuleMeters {
    evaluations: Counter,
    findings: Counter,
    failures: Counter,
    finding_fuel: Counter,
    batch_seconds: Histogram,
    failing: Gauge,
}

impl RuleMeters {
    /// Those of a rule of a tenant's team.
    pub(super) fn of(tenant: &str, team: &str, rule: &str) -> Self {
        let labels = [
            ("tenant", tenant.to_owned()),
            ("team", team.to_owned()),
            ("rule", rule.to_owned()),
        ];
        Self {
            evaluations: counter!("vervet_rule_evaluations_total", &labels),
            findings: counter!("vervet_rule_findings_total", &labels),
            failures: counter!("vervet_rule_failures_total", &labels),
            finding_fuel: counter!("vervet_rule_finding_fuel_total", &labels),
            batch_seconds: histogram!("vervet_rule_batch_seconds", &labels),
            failing: gauge!("vervet_rule_failing", &labels),
        }
    }

    /// Counts a failure that did not keep the rule from judging.
    pub(super) fn count_failure(&self) {
        self.failures.increment(1);
    }

    /// Shows whether it is in force and failing: 1 or 0.
    pub(super) fn show_failing(&self, failing: bool) {
        self.failing.set(f64::from(u8::from(failing)));
    }

    /// Counts one evaluated batch.
    pub(super) fn count(&self, batch: &BatchCount) {
        self.evaluations.increment(batch.rows);
        self.findings.increment(batch.finding_fuel.len() as u64);
        self.failures.increment(batch.failures);
        self.finding_fuel.increment(batch.finding_fuel.iter().sum());
        self.batch_seconds.record(batch.took.as_secs_f64());
    }
}
