//! The memory for windows, which all teams of a host share.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use store::key::{TeamId, TenantId};

/// The memory for windows, which all teams of a host share.
///
/// As long as there is some left, each team takes what it needs. When there is none, those that take most give back
/// until all fits: a team that takes less than its fair share keeps what it has. What is given back is read from the
/// index when it is needed again.
pub struct WindowBudget {
    bytes: usize,
    teams: Mutex<Teams>,
}

#[derive(Default)]
struct Teams {
    used: HashMap<(TenantId, TeamId), usize>,
    total: usize,
    fair: FairShare,
}

/// What each team may take where there is not enough for all, and for which figures it was computed.
#[derive(Default)]
struct FairShare {
    bytes: usize,
    total: usize,
    teams: usize,
}

impl WindowBudget {
    /// The share is computed anew when all together take so much more or less, as a part of the budget.
    const PRECISION: usize = 64;

    /// So many bytes for all.
    pub fn new(bytes: usize) -> Self {
        Self {
            bytes,
            teams: Mutex::default(),
        }
    }

    /// How many bytes all teams take.
    pub fn used(&self) -> usize {
        self.teams.lock().total
    }

    /// Whether all teams together take more than there is.
    pub fn is_exceeded(&self) -> bool {
        self.used() > self.bytes
    }

    /// The place of a team, which takes nothing yet.
    pub(super) fn join(self: &Arc<Self>, tenant: TenantId, team: TeamId) -> TeamShare {
        TeamShare {
            budget: self.clone(),
            of: (tenant, team),
        }
    }

    fn set(&self, of: (TenantId, TeamId), used: usize) -> usize {
        let mut teams = self.teams.lock();
        let before = teams.used.insert(of, used).unwrap_or(0);
        teams.total = teams.total - before + used;
        match self.bytes.checked_sub(teams.total) {
            Some(left) => used + left,
            None => teams.fair_share(self.bytes),
        }
    }

    fn leave(&self, of: (TenantId, TeamId)) {
        let mut teams = self.teams.lock();
        let before = teams.used.remove(&of).unwrap_or(0);
        teams.total -= before;
    }
}

impl Teams {
    fn fair_share(&mut self, bytes: usize) -> usize {
        let is_close = self.fair.total.abs_diff(self.total) <= bytes / WindowBudget::PRECISION;
        if !is_close || self.fair.teams != self.used.len() {
            self.fair = FairShare {
                bytes: fair_share(bytes, self.used.values().copied().collect()),
                total: self.total,
                teams: self.used.len(),
            };
        }
        self.fair.bytes
    }
}

/// The most that each may take, so that all of those who want so much get no more than there is.
fn fair_share(bytes: usize, mut wanted: Vec<usize>) -> usize {
    wanted.sort_unstable();
    let mut left = bytes;
    for (place, &wants) in wanted.iter().enumerate() {
        let share = left / (wanted.len() - place);
        if wants > share {
            return share;
        }
        left -= wants;
    }
    bytes
}

/// A team's place in the budget, until it is dropped.
pub(super) struct TeamShare {
    budget: Arc<WindowBudget>,
    of: (TenantId, TeamId),
}

impl TeamShare {
    /// Notes how many bytes the team takes, and says how many it may take from now on.
    pub(super) fn set(&self, used: usize) -> usize {
        self.budget.set(self.of, used)
    }
}

impl Drop for TeamShare {
    fn drop(&mut self) {
        self.budget.leave(self.of);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_takes_least_keeps_it_and_the_others_share_the_rest() {
        let check = |wanted: &[usize], expect| {
            assert_eq!(fair_share(100, wanted.to_vec()), expect, "{wanted:?}");
        };
        check(&[150], 100);
        check(&[80, 80], 50);
        check(&[80, 10], 100);
        check(&[95, 10], 90);
        check(&[200, 10, 200], 45);
        check(&[60, 20, 60, 20], 30);
        check(&[], 100);
    }

    #[test]
    fn what_one_team_leaves_another_may_take() {
        let budget = Arc::new(WindowBudget::new(1_000));
        let [one, other] = [1, 2].map(|team| budget.join(TenantId(1), TeamId(team)));
        assert_eq!(one.set(0), 1_000);
        assert_eq!(one.set(700), 1_000);
        assert_eq!(other.set(100), 300);
        assert_eq!(other.set(600), 500);
        assert!(budget.is_exceeded());
        assert_eq!(one.set(700), 500);
        assert_eq!(one.set(400), 400);
        drop(one);
        assert_eq!(budget.used(), 600);
        assert_eq!(other.set(600), 1_000);
    }
}
