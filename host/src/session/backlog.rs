//! How many events wait, and whether the broker is there.

use std::collections::HashMap;

use domain::time::Timestamp;
use parking_lot::Mutex;

use crate::event::BrokerError;
use crate::store::key::TenantId;

/// How it stands with the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrokerState {
    /// None is configured.
    None,
    /// It was not asked yet.
    Connecting,
    /// It takes events.
    Connected,
    /// It does not, for this reason.
    Away(BrokerError),
}

/// How many events wait, and whether the broker is there.
pub struct Backlog(Mutex<State>);

struct State {
    broker: BrokerState,
    waiting: HashMap<TenantId, Waiting>,
}

#[derive(Clone, Copy, Default)]
struct Waiting {
    count: u64,
    /// When the first of them was made.
    oldest: Option<Timestamp>,
}

impl Backlog {
    pub(super) fn new(broker: BrokerState) -> Self {
        Self(Mutex::new(State {
            broker,
            waiting: HashMap::new(),
        }))
    }

    /// How it stands with the broker.
    pub fn broker(&self) -> BrokerState {
        self.0.lock().broker.clone()
    }

    /// How many events wait, of all tenants.
    pub fn waiting(&self) -> u64 {
        let state = self.0.lock();
        state.waiting.values().map(|waiting| waiting.count).sum()
    }

    /// How many whole seconds the oldest event has waited; 0 where none waits.
    pub fn oldest_seconds(&self, now: Timestamp) -> u64 {
        let state = self.0.lock();
        let waiting = state.waiting.values().filter(|waiting| waiting.count > 0);
        let oldest = waiting.filter_map(|waiting| waiting.oldest).min();
        oldest.map_or(0, |oldest| {
            let micros = now.as_micros().saturating_sub(oldest.as_micros());
            u64::try_from(micros / 1_000_000).unwrap_or(0)
        })
    }

    pub(super) fn set_broker(&self, broker: BrokerState) {
        self.0.lock().broker = broker;
    }

    /// The tenants of which events wait, by number.
    pub(super) fn tenants(&self) -> Vec<TenantId> {
        let state = self.0.lock();
        let waiting = state
            .waiting
            .iter()
            .filter(|(_, waiting)| waiting.count > 0);
        let mut tenants: Vec<TenantId> = waiting.map(|(tenant, _)| *tenant).collect();
        tenants.sort();
        tenants
    }

    pub(super) fn add(&self, tenant: TenantId, count: u64) {
        self.0.lock().waiting.entry(tenant).or_default().count += count;
    }

    pub(super) fn subtract(&self, tenant: TenantId, count: u64) {
        let mut state = self.0.lock();
        let waiting = state.waiting.entry(tenant).or_default();
        waiting.count = waiting.count.saturating_sub(count);
    }

    pub(super) fn set_oldest(&self, tenant: TenantId, oldest: Option<Timestamp>) {
        self.0.lock().waiting.entry(tenant).or_default().oldest = oldest;
    }

    /// Writes it into the metrics.
    pub(super) fn measure(&self, now: Timestamp) {
        let is_up = self.broker() == BrokerState::Connected;
        metrics::gauge!("vervet_events_waiting").set(self.waiting() as f64);
        metrics::gauge!("vervet_events_oldest_seconds").set(self.oldest_seconds(now) as f64);
        metrics::gauge!("vervet_events_broker_up").set(f64::from(u8::from(is_up)));
    }
}
