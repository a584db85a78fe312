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

/// A condition of a gate, and whether a shadow rule meets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateCondition {
    /// The member of the gate that asks for it, such as `max_more`.
    pub member: &'static str,
    /// Whether it is met.
    pub is_met: bool,
    /// What is asked and what was shown, in words.
    pub detail: String,
}

/// The conditions of a gate, in the order of its members, each with what a shadow rule has shown.
pub(super) fn conditions(gate: ActiveGate, shown: &Shown) -> Vec<GateCondition> {
    let (live, new) = (shown.findings_live, shown.findings_shadow);
    let (more, fewer) = (new.saturating_sub(live), live.saturating_sub(new));
    let condition = |member, is_met, detail| GateCondition {
        member,
        is_met,
        detail,
    };
    let mut conditions = vec![
        condition(
            "shadow_seconds",
            shown.seconds >= gate.shadow_seconds,
            format!(
                "it was in shadow for {} of {} seconds",
                shown.seconds, gate.shadow_seconds
            ),
        ),
        condition(
            "transactions",
            shown.transactions >= gate.transactions,
            format!(
                "both judged {} of {} transactions",
                shown.transactions, gate.transactions
            ),
        ),
    ];
    conditions.extend(gate.max_more.map(|most| {
        let detail = format!(
            "it made {more} alerts more than the live rule, and may make {most}: {new} instead of {live}"
        );
        condition("max_more", more <= most, detail)
    }));
    conditions.extend(gate.max_fewer.map(|most| {
        let detail = format!(
            "it made {fewer} alerts fewer than the live rule, and may make {most}: {new} instead of {live}"
        );
        condition("max_fewer", fewer <= most, detail)
    }));
    conditions.push(condition(
        "max_failures",
        shown.failures <= gate.max_failures,
        format!(
            "it could not judge {} transactions, and {} are allowed",
            shown.failures, gate.max_failures
        ),
    ));
    conditions
}

/// The conditions that are not met, as faults of a request to promote the rule.
pub(super) fn unmet(conditions: Vec<GateCondition>) -> Vec<FieldFault> {
    let unmet = conditions.into_iter().filter(|condition| !condition.is_met);
    let fault = |condition: GateCondition| FieldFault {
        field: condition.member.to_owned(),
        reason: "gate".to_owned(),
        detail: condition.detail,
    };
    unmet.map(fault).collect()
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
            let unmet = unmet(conditions(gate, &shown)).into_iter();
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
