//! What rules have done.
//!
//! - [`tally`]: what they said, counted from what is kept;
//! - [`streak`]: whether they fail;
//! - [`sample`]: what it took, since the host started.

mod sample;
mod streak;
mod tally;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Mutex, RwLock};

use crate::alert::RuleWords;
use store::key::{TeamId, TenantId};
use store::{Store, StoreError};

pub(super) use sample::BatchCount;
pub use sample::{Sample, Taken};
pub(super) use streak::FAILING_AFTER;
pub use streak::Streak;
pub use tally::{LastFailure, SaidCounts, Tally};

/// What a rule has done.
#[derive(Debug, Default)]
pub struct RuleStats {
    measured: Mutex<Measured>,
    streak: Mutex<InForce>,
    /// Whether it is in force, and failing.
    failing: AtomicBool,
    tally: Mutex<Tally>,
}

/// What was measured since the host started.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// What judging took, by any install.
    pub taken: Taken,
    /// The same by the number of the install, of those that judged since.
    pub by_install: BTreeMap<u64, Taken>,
    /// Findings whose info was not what the schema of the alert type asks for. Their alerts were made.
    pub refused_infos: u64,
    /// What was wrong with the newest of them.
    pub last_refused: Option<RuleWords>,
}

/// The streak of the install in force.
#[derive(Debug, Default)]
struct InForce {
    install: u64,
    streak: Streak,
}

/// What a turn did to whether a rule is failing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turned {
    Failing,
    Judging,
}

impl RuleStats {
    /// Counts one evaluated batch.
    pub(super) fn count(&self, install: u64, batch: &BatchCount) {
        let mut measured = self.measured.lock();
        measured.taken.add(batch);
        measured.by_install.entry(install).or_default().add(batch);
    }

    /// Counts a finding whose info was refused.
    pub(super) fn count_refused_info(&self, reason: &RuleWords) {
        let mut measured = self.measured.lock();
        measured.refused_infos += 1;
        measured.last_refused = Some(reason.clone());
    }

    /// What was measured since the host started.
    pub fn measured(&self) -> Measured {
        self.measured.lock().clone()
    }

    /// The streak of an install; none if another one is in force.
    pub fn streak(&self, install: u64) -> Streak {
        let in_force = self.streak.lock();
        let of_it = (in_force.install == install).then(|| in_force.streak.clone());
        of_it.unwrap_or_default()
    }

    /// Takes over what the store says of the install in force.
    pub(super) fn recall(&self, install: u64, streak: Streak) {
        *self.streak.lock() = InForce { install, streak };
    }

    /// Goes on with so many transactions that the install in force judged, of which `turn` is the streak at their
    /// end. Answers whether it began to fail by that, or to judge again.
    pub(super) fn go_on(&self, install: u64, rows: u64, turn: Streak) -> Option<Turned> {
        let mut in_force = self.streak.lock();
        if in_force.install != install {
            *in_force = InForce {
                install,
                streak: Streak::default(),
            };
        }
        let before = in_force.streak.is_failing();
        in_force.streak.go_on(rows, turn);
        match (before, in_force.streak.is_failing()) {
            (false, true) => Some(Turned::Failing),
            (true, false) => Some(Turned::Judging),
            _ => None,
        }
    }

    /// Shows whether it is in force and failing.
    pub(super) fn show(&self, failing: bool) {
        self.failing.store(failing, Ordering::Relaxed);
    }

    /// What the rule's installs said, up to the team's transaction `until`, which is durable. Counts what came since it was
    /// asked last; reads from the disk.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn tally(
        &self,
        store: &Store,
        tenant: TenantId,
        team: TeamId,
        rule: &str,
        until: u64,
    ) -> Result<Tally, StoreError> {
        let mut tally = self.tally.lock();
        tally.count_on(store, tenant, team, rule, until)?;
        Ok(tally.clone())
    }
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

    /// How many rules are in force and failing.
    pub fn failing(&self) -> usize {
        let all = self.0.read();
        let failing = all
            .values()
            .filter(|stats| stats.failing.load(Ordering::Relaxed));
        failing.count()
    }
}
