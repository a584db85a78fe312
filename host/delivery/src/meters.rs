//! What operators see of the outbox. No tenant is named.

use metrics::{counter, gauge};

use super::verdict::Outcome;

/// Counts a try by the kind of place and what came of it.
pub(super) fn count_attempt(kind: &'static str, outcome: &Outcome) {
    let outcome = outcome.as_str();
    counter!("vervet_delivery_attempts_total", "kind" => kind, "outcome" => outcome).increment(1);
}

/// Shows how many deliveries are pending, and for how long the oldest of them is.
pub(super) fn show_pending(pending: usize, oldest_seconds: f64) {
    gauge!("vervet_deliveries_pending").set(pending as f64);
    gauge!("vervet_deliveries_oldest_pending_seconds").set(oldest_seconds);
}
