//! What a shadow rule must show before it goes live.

use crate::request::FieldFault;
use tenant::ActiveGate;

/// What a shadow rule has shown beside the live rule whose place it takes.
pub(super) struct Shown {
    /// How long it was in shadow.
    pub(super) seconds: u64,
    /// How many transactions both judged.
    pub(super) transactions: u64,
    /// What the live rule found in them.
    pub(super) findings_live: u64,
    /// What the shadow found in them.
    pub(super) findings_shadow: u64,
    /// How many of them the shadow could not judge.
    pub(super) failures: u64,
}

/// What a gate asks and a shadow rule has not shown, by member of the gate.
pub(super) fn unmet(gate: ActiveGate, shown: &Shown) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, detail: String| {
        faults.push(FieldFault {
            field: field.to_owned(),
            reason: "gate".to_owned(),
            detail,
        });
    };
    if shown.seconds < gate.shadow_seconds {
        fault(
            "shadow_seconds",
            format!(
                "it was in shadow for {} of {} seconds",
                shown.seconds, gate.shadow_seconds
            ),
        );
    }
    if shown.transactions < gate.transactions {
        fault(
            "transactions",
            format!(
                "both judged {} of {} transactions",
                shown.transactions, gate.transactions
            ),
        );
    }
    let (live, new) = (shown.findings_live, shown.findings_shadow);
    let (more, fewer) = (new.saturating_sub(live), live.saturating_sub(new));
    if let Some(most) = gate.max_more.filter(|most| more > *most) {
        fault(
            "max_more",
            format!(
                "it made {more} alerts more than the live rule, and may make {most}: {new} instead of {live}"
            ),
        );
    }
    if let Some(most) = gate.max_fewer.filter(|most| fewer > *most) {
        fault(
            "max_fewer",
            format!(
                "it made {fewer} alerts fewer than the live rule, and may make {most}: {new} instead of {live}"
            ),
        );
    }
    if shown.failures > gate.max_failures {
        fault(
            "max_failures",
            format!(
                "it could not judge {} transactions, and {} are allowed",
                shown.failures, gate.max_failures
            ),
        );
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_names_what_was_not_shown() {
        let gate = ActiveGate {
            shadow_seconds: 60,
            transactions: 100,
            max_more: Some(2),
            max_fewer: Some(2),
            max_failures: 0,
        };
        let fields = |shown: Shown| -> Vec<String> {
            let unmet = unmet(gate, &shown).into_iter();
            unmet.map(|fault| fault.field).collect()
        };
        let enough = || Shown {
            seconds: 60,
            transactions: 100,
            findings_live: 5,
            findings_shadow: 7,
            failures: 0,
        };
        assert!(fields(enough()).is_empty());
        let fewer = Shown {
            findings_shadow: 2,
            ..enough()
        };
        assert_eq!(fields(fewer), ["max_fewer"]);
        let nothing = Shown {
            seconds: 59,
            transactions: 99,
            findings_shadow: 8,
            failures: 1,
            ..enough()
        };
        assert_eq!(
            fields(nothing),
            ["shadow_seconds", "transactions", "max_more", "max_failures"]
        );
    }
}
