//! What became of one transaction in a rule.

use std::fmt;

use domain::rule::Finding;

use super::verdict::RowVerdict;
use crate::CallError;

/// What that row alone gives, in a fresh instance, under the limits of its install.
#[derive(Clone, Debug, PartialEq)]
pub enum RowOutcome {
    /// The rule found nothing.
    Clear,
    /// The rule found something.
    Findings {
        /// At least one.
        findings: Vec<Finding>,
        /// The fuel of judging this row alone, around `evaluate`.
        fuel: u64,
    },
    /// The rule could not judge the row.
    Failed(Failure),
}

/// Why a rule could not judge a row. As text, it is what is recorded with the transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What sort of failure it is.
    pub kind: FailureKind,
    /// What happened, without the kind.
    pub reason: String,
}

/// Sorts of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The row needs more fuel than it has: the same on every machine.
    OutOfFuel,
    /// The rule trapped, or needs more memory than it has.
    Trapped,
    /// The rule says that it could not judge the row.
    Reported,
    /// The rule's answer breaks the contract.
    Broken,
    /// What the rule says of a row depends on more than the row.
    Impure,
    /// Interrupted: the machine's trouble, not the rule's verdict. After three in
    /// a row the rule is to be suspended, and its rows wait for catch-up.
    Machine,
}

impl Failure {
    pub(crate) fn broken(reason: impl Into<String>) -> Self {
        Self {
            kind: FailureKind::Broken,
            reason: reason.into(),
        }
    }

    pub(crate) fn impure() -> Self {
        Self {
            kind: FailureKind::Impure,
            reason: "the rule says one thing of this transaction alone and another in a batch"
                .into(),
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let kind = match &error {
            CallError::OutOfFuel(_) => FailureKind::OutOfFuel,
            CallError::Interrupted(_) => FailureKind::Machine,
            CallError::OutOfMemory(_) | CallError::Trapped(_) => FailureKind::Trapped,
            CallError::LongAnswer(_) => FailureKind::Broken,
        };
        Self {
            kind,
            reason: error.to_string(),
        }
    }
}

impl RowOutcome {
    pub(crate) fn new(verdict: RowVerdict, fuel: u64) -> Self {
        match verdict {
            RowVerdict::Clear => Self::Clear,
            RowVerdict::Findings(findings) => Self::Findings { findings, fuel },
            RowVerdict::Broken(reason) => Self::Failed(Failure::broken(reason)),
            RowVerdict::Reported(reason) => Self::Failed(Failure {
                kind: FailureKind::Reported,
                reason,
            }),
        }
    }
}

impl FailureKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::OutOfFuel,
        Self::Trapped,
        Self::Reported,
        Self::Broken,
        Self::Impure,
        Self::Machine,
    ];

    /// As it is recorded and measured: `out_of_fuel`, `trapped`, `reported`, `broken`, `impure`, `machine`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OutOfFuel => "out_of_fuel",
            Self::Trapped => "trapped",
            Self::Reported => "reported",
            Self::Broken => "broken",
            Self::Impure => "impure",
            Self::Machine => "machine",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            FailureKind::OutOfFuel | FailureKind::Trapped => write!(out, "{}", self.reason),
            FailureKind::Reported => write!(out, "reported: {}", self.reason),
            FailureKind::Broken => write!(out, "broke the contract: {}", self.reason),
            FailureKind::Impure => write!(out, "impure: {}", self.reason),
            FailureKind::Machine => write!(out, "the machine's trouble: {}", self.reason),
        }
    }
}
