//! What the installs of a rule said, counted from what is kept.

use std::collections::BTreeMap;

use crate::alert::RuleWords;
use crate::judgement::{Judgement, judgements_of};
use store::key::{TeamId, TenantId};
use store::{Store, StoreError};

/// What the installs of a rule said of their team's transactions, up to one of them. What a rule caught up with is
/// not counted again.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// The last transaction that was looked at.
    pub until: u64,
    /// By the number of the install.
    by_install: BTreeMap<u64, SaidCounts>,
    /// The newest of the failures.
    pub last_failure: Option<LastFailure>,
}

/// The newest failure of a rule.
#[derive(Clone, Debug)]
pub struct LastFailure {
    /// Why it failed.
    pub reason: RuleWords,
    /// Which of the rule's installs failed.
    pub install: u64,
    /// When, in microseconds since the epoch.
    pub at: i64,
}

/// How often an install said anything but "clear".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SaidCounts {
    /// Transactions in which it found something.
    pub findings: u64,
    /// Transactions that it could not judge.
    pub failures: u64,
}

impl Tally {
    /// Counts on, up to a transaction that is durable: what was counted once is not read again.
    pub(super) fn count_on(
        &mut self,
        store: &Store,
        tenant: TenantId,
        team: TeamId,
        rule: &str,
        until: u64,
    ) -> Result<(), StoreError> {
        if until <= self.until {
            return Ok(());
        }
        // Where reading fails, nothing of it was counted.
        let mut counted = self.clone();
        let rest = self.until + 1..until + 1;
        for judged in judgements_of(store, tenant, team, rule, rest) {
            let (install, row) = judged?;
            let of_install = counted.by_install.entry(install).or_default();
            match row.said {
                Judgement::Found(_) => of_install.findings += 1,
                Judgement::Failed { reason, .. } => {
                    of_install.failures += 1;
                    counted.last_failure = Some(LastFailure {
                        reason,
                        install,
                        at: row.judged_at,
                    });
                }
            }
        }
        counted.until = until;
        *self = counted;
        Ok(())
    }

    /// What one install said.
    pub fn of(&self, install: u64) -> SaidCounts {
        self.by_install.get(&install).copied().unwrap_or_default()
    }

    /// What all installs said.
    pub fn of_all(&self) -> SaidCounts {
        let all = self.by_install.values();
        all.fold(SaidCounts::default(), |sum, one| SaidCounts {
            findings: sum.findings + one.findings,
            failures: sum.failures + one.failures,
        })
    }
}
