//! Lanes that nobody uses give back their memory.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::team::TeamState;
use super::{Lane, WindowBudget};
use store::key::TenantId;

/// How often it is looked which lanes are idle, at most and at least.
const INTERVALS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// A lane that was used in this time is not idle, however little memory there is.
const IN_USE: Duration = Duration::from_secs(10);
/// Who has a team's view where nobody uses it: the lane, and what it publishes.
const VIEW_HOLDERS: usize = 2;

impl Lane {
    /// Gives back what the lane holds in memory to work with; it is read again when it is needed. Does nothing where the
    /// lane is at work, its transactions are being read or indexed, or it holds nothing, and says so.
    pub fn unload(&self) -> bool {
        let Some(mut state) = self.state.try_lock() else {
            return false;
        };
        let is_in_use = |team: &TeamState| Arc::strong_count(&team.view) > VIEW_HOLDERS;
        let teams = state.iter().flat_map(|state| state.teams.values());
        if !self.mailbox.is_at_rest() || teams.into_iter().any(is_in_use) {
            return false;
        }
        let unloaded = state.take();
        // Windows can be large; who wants the lane now need not wait for that.
        drop(state);
        unloaded.is_some()
    }

    /// For how long nothing was asked of it.
    fn idle_for(&self) -> Duration {
        let since = Duration::from_millis(self.last_turn.load(Ordering::Relaxed));
        self.made_at.elapsed().saturating_sub(since)
    }

    /// Notes that it was used.
    pub(super) fn note_turn(&self) {
        let now = self.made_at.elapsed().as_millis();
        self.last_turn.store(now as u64, Ordering::Relaxed);
    }
}

/// Unloads lanes that were idle for so long, and others sooner, the longest idle first, while windows take more memory than
/// there is; until `stop`.
pub async fn unload_idle_lanes(
    lanes: impl Fn() -> Vec<(TenantId, Arc<Lane>)>,
    budget: Arc<WindowBudget>,
    idle_after: Duration,
    stop: CancellationToken,
) {
    let interval = (idle_after / 4).clamp(INTERVALS.0, INTERVALS.1);
    loop {
        let pause = tokio::time::sleep(interval);
        if stop.run_until_cancelled(pause).await.is_none() {
            return;
        }
        let (lanes, budget) = (lanes(), budget.clone());
        let looked = tokio::task::spawn_blocking(move || look(lanes, &budget, idle_after)).await;
        if let Err(error) = looked {
            tracing::error!(%error, "idle lanes cannot be unloaded");
        }
    }
}

fn look(lanes: Vec<(TenantId, Arc<Lane>)>, budget: &WindowBudget, idle_after: Duration) {
    let mut lanes: Vec<_> = lanes
        .into_iter()
        .map(|(tenant, lane)| (lane.idle_for(), tenant, lane))
        .filter(|(idle_for, ..)| *idle_for >= IN_USE)
        .collect();
    lanes.sort_unstable_by_key(|(idle_for, tenant, _)| (std::cmp::Reverse(*idle_for), tenant.0));
    for (idle_for, tenant, lane) in lanes {
        if idle_for < idle_after && !budget.is_exceeded() {
            break;
        }
        let begun = Instant::now();
        if lane.unload() {
            tracing::debug!(
                tenant = tenant.0,
                took = ?begun.elapsed(),
                "a lane that nobody uses was unloaded"
            );
        }
    }
}
