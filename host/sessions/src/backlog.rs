//! How many events wait, and whether the broker is there.

use std::collections::HashMap;
use std::sync::Arc;

use domain::time::Timestamp;
use parking_lot::Mutex;

use crate::event::BrokerError;
use engine::lane::Services;
use store::key::TenantId;

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
pub struct Backlog {
    services: Arc<Services>,
    state: Mutex<State>,
}

struct State {
    broker: BrokerState,
    /// When the first that waits was made, of each tenant of which any did when it was last looked at.
    oldest: HashMap<TenantId, Timestamp>,
}

impl Backlog {
    pub(super) fn new(services: Arc<Services>, broker: BrokerState) -> Self {
        Self {
            services,
            state: Mutex::new(State {
                broker,
                oldest: HashMap::new(),
            }),
        }
    }

    /// How it stands with the broker.
    pub fn broker(&self) -> BrokerState {
        self.state.lock().broker.clone()
    }

    /// How many events wait, of all tenants.
    pub fn waiting(&self) -> u64 {
        self.services.outbox_bell.waiting()
    }

    /// How many whole seconds the oldest event has waited; 0 where none waits.
    pub fn oldest_seconds(&self) -> u64 {
        let waiting = self.services.outbox_bell.tenants();
        let state = self.state.lock();
        let oldest = waiting.iter().filter_map(|tenant| state.oldest.get(tenant));
        oldest.min().map_or(0, |oldest| {
            let now = self.services.clock.now().as_micros();
            let micros = now.saturating_sub(oldest.as_micros());
            u64::try_from(micros / 1_000_000).unwrap_or(0)
        })
    }

    pub(super) fn set_broker(&self, broker: BrokerState) {
        self.state.lock().broker = broker;
    }

    pub(super) fn knows_oldest(&self, tenant: TenantId) -> bool {
        self.state.lock().oldest.contains_key(&tenant)
    }

    pub(super) fn set_oldest(&self, tenant: TenantId, oldest: Option<Timestamp>) {
        let mut state = self.state.lock();
        match oldest {
            Some(oldest) => state.oldest.insert(tenant, oldest),
            None => state.oldest.remove(&tenant),
        };
    }

    /// Writes it into the metrics.
    pub(super) fn measure(&self) {
        let is_up = self.broker() == BrokerState::Connected;
        metrics::gauge!("vervet_events_waiting").set(self.waiting() as f64);
        metrics::gauge!("vervet_events_oldest_seconds").set(self.oldest_seconds() as f64);
        metrics::gauge!("vervet_events_broker_up").set(f64::from(u8::from(is_up)));
    }
}
