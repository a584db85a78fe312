//! Whether the host takes work, and what it is busy with beside.

use std::collections::BTreeMap;

use crate::App;
use sessions::BrokerState;

/// Why the host takes no work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// Nothing can be written, such as on a full disk.
    #[error("the store cannot be written; see the host's log")]
    StoreFails,
    /// It stops, or has stopped.
    #[error("the lanes are stopped")]
    Stopped,
}

/// A host that takes work. None of what is counted here is a reason not to be ready.
#[derive(Debug)]
pub struct Ready {
    /// The events of sessions.
    pub events: EventsHealth,
    /// The rules of all tenants.
    pub rules: RulesHealth,
    /// Stored definitions that would be refused if they were put today, by kind; none until all tenants were looked
    /// through, and where there are none.
    pub grandfathered: Option<BTreeMap<&'static str, usize>>,
    /// The indexes of alerts that are not whole; none once all are.
    pub alert_indexes: Option<Filling>,
    /// The indexes of earlier transactions that rules in force need and that are being made; none if there are none.
    pub window_indexes: Option<Filling>,
}

/// How events are delivered.
#[derive(Debug)]
pub struct EventsHealth {
    /// How many wait.
    pub waiting: u64,
    /// Seconds since the oldest of them was made.
    pub oldest_seconds: u64,
    /// Whether the broker is there, if one is configured.
    pub broker: BrokerState,
}

/// How rules do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RulesHealth {
    /// How many rules could not judge the last transactions of their team.
    pub failing: usize,
    /// How many tenants have such rules.
    pub tenants_with_failing: usize,
    /// How many installs take effect once the indexes of their windows are whole.
    pub preparing: usize,
}

/// How far indexes are that are being filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filling {
    /// How many tenants or teams wait for them.
    pub waiting: u64,
    /// How many alerts or transactions they hold.
    pub done: u64,
    /// How many they will hold.
    pub of: u64,
}

/// Whether the host takes work. Everybody may ask.
///
/// # Errors
/// Where its store cannot be written, or its lanes do not run.
pub fn read(app: &App) -> Result<Ready, NotReady> {
    if app.services.store.trouble().is_some() {
        return Err(NotReady::StoreFails);
    }
    if !app.is_running() {
        return Err(NotReady::Stopped);
    }
    let counts = app.grandfathered.counts();
    Ok(Ready {
        events: EventsHealth::of(app),
        rules: RulesHealth::of(app),
        grandfathered: counts.filter(|counts| !counts.is_empty()).cloned(),
        alert_indexes: alert_indexes(app),
        window_indexes: window_indexes(app),
    })
}

impl EventsHealth {
    fn of(app: &App) -> Self {
        let backlog = app.events.backlog();
        Self {
            waiting: backlog.waiting(),
            oldest_seconds: backlog.oldest_seconds(),
            broker: backlog.broker(),
        }
    }
}

impl RulesHealth {
    fn of(app: &App) -> Self {
        let tenants = app.tenants();
        let preparing = tenants.iter().map(|(_, lane)| lane.definitions());
        let preparing = preparing.map(|defined| defined.preparing_rules.len()).sum();
        let failing = tenants.iter().map(|(_, lane)| lane.failing_rules());
        let failing: Vec<usize> = failing.filter(|count| *count > 0).collect();
        Self {
            failing: failing.iter().sum(),
            tenants_with_failing: failing.len(),
            preparing,
        }
    }
}

fn alert_indexes(app: &App) -> Option<Filling> {
    let tenants = app.tenants().into_iter();
    let indexes = tenants.filter_map(|(_, lane)| lane.index_progress());
    sum(indexes.map(|index| (index.searched, index.of)))
}

fn window_indexes(app: &App) -> Option<Filling> {
    let tenants = app.tenants().into_iter();
    let teams = tenants.flat_map(|(_, lane)| lane.rebuilt_windows());
    sum(teams.map(|built| (built.done, built.of)))
}

/// All together; none if there are none.
fn sum(each: impl Iterator<Item = (u64, u64)>) -> Option<Filling> {
    let all = each.fold(Filling::default(), |all, (done, of)| Filling {
        waiting: all.waiting + 1,
        done: all.done + done,
        of: all.of + of,
    });
    (all.waiting > 0).then_some(all)
}
