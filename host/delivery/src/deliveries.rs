//! The worker of the outbox: what is due, and how much of it at the same time.
//!
//! One task for all tenants. Pending deliveries are read from the store when the host starts, and
//! those of a tenant again whenever they changed. Tenants take turns, each has a few tries at the
//! same time, and to one place of an export there is one at a time.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::time::Timestamp;
use parking_lot::Mutex;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::attempt::{Courier, DeliveryId, LOOK_AGAIN_SECONDS};
use super::meters;
use crate::config::DeliveriesConfig;
use base::condition::Condition;
use engine::lane::Lane;
use export::{Deliveries, DeliveryRecord, Notice};
use store::key::TenantId;

/// How often the metrics are brought up to date while nothing happens.
const METERS_INTERVAL: Duration = Duration::from_secs(15);
/// The longest that a stop waits for tries under way; those that are given up stay pending.
const STOP_GRACE: Duration = Duration::from_secs(5);

static NOT_READ: Condition = Condition::new("pending deliveries cannot be read");

/// The worker, running.
pub struct Outbox {
    worker: Mutex<Option<JoinHandle<()>>>,
    stop: CancellationToken,
    in_flight: Arc<AtomicUsize>,
}

impl Outbox {
    /// Starts the worker, within a tokio runtime, with what is pending of these tenants.
    pub fn start(
        courier: Courier,
        config: &DeliveriesConfig,
        tenants: Vec<(TenantId, Arc<Lane>)>,
    ) -> Self {
        let stop = CancellationToken::new();
        let in_flight = Arc::new(AtomicUsize::new(0));
        for (tenant, lane) in &tenants {
            courier.deliveries.notice(*tenant, lane);
        }
        let worker = Worker {
            deliveries: courier.deliveries.clone(),
            courier: Arc::new(courier),
            at_once: config.at_once.max(1),
            at_once_per_tenant: config.at_once_per_tenant.max(1),
            tenants: BTreeMap::new(),
            attempts: JoinSet::new(),
            under_way: HashMap::new(),
            busy: HashSet::new(),
            last: TenantId::HOST,
            in_flight: in_flight.clone(),
        };
        let worker = tokio::spawn(worker.work(stop.clone()));
        Self {
            worker: Mutex::new(Some(worker)),
            stop,
            in_flight,
        }
    }

    /// Ends the worker: tries under way get a moment to end, and stay pending where they do not. The lanes must still run.
    pub async fn stop(&self) {
        self.stop.cancel();
        let worker = self.worker.lock().take();
        if let Some(worker) = worker
            && worker.await.is_err()
        {
            tracing::error!("the outbox ended in disorder; what was pending stays so");
        }
    }

    /// How many tries are under way.
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }
}

/// A place of an export, where deliveries come one after the other.
type Place = (TenantId, String, String);

/// What is pending of a tenant.
struct Tenant {
    lane: Arc<Lane>,
    waiting: Vec<Waiting>,
}

struct Waiting {
    id: DeliveryId,
    due: Timestamp,
    made_at: Timestamp,
    place: Place,
}

struct Ended {
    id: DeliveryId,
    not_before: Option<Timestamp>,
}

struct Worker {
    courier: Arc<Courier>,
    deliveries: Deliveries,
    at_once: usize,
    at_once_per_tenant: usize,
    tenants: BTreeMap<TenantId, Tenant>,
    attempts: JoinSet<Ended>,
    /// Tries under way, by the task, and where they go.
    under_way: HashMap<tokio::task::Id, (DeliveryId, Place)>,
    busy: HashSet<Place>,
    /// Whose turn it was.
    last: TenantId,
    in_flight: Arc<AtomicUsize>,
}

impl Worker {
    async fn work(mut self, stop: CancellationToken) {
        let mut not_before = HashMap::new();
        loop {
            for notice in self.deliveries.take_noticed() {
                self.read(notice, &mut not_before).await;
            }
            let now = self.courier.services.clock.now();
            self.start_due(now);
            self.show(now);
            let next = self.next_due(now);
            let clock = self.courier.services.clock.clone();
            let due = async {
                match next {
                    Some(next) => clock.sleep_until(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = self.attempts.join_next_with_id() => {
                    self.end(ended, &mut not_before);
                }
                () = self.deliveries.noticed() => {}
                () = due => {}
                () = tokio::time::sleep(METERS_INTERVAL) => {}
            }
        }
        let ending = async { while self.attempts.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_GRACE, ending).await.is_err() {
            tracing::info!(
                "deliveries under way are given up; they are tried again at the next start"
            );
        }
        self.attempts.shutdown().await;
        self.in_flight.store(0, Ordering::Relaxed);
    }

    /// Reads what is pending of a tenant.
    async fn read(&mut self, notice: Notice, not_before: &mut HashMap<DeliveryId, Timestamp>) {
        let Notice { tenant, lane } = notice;
        let deliveries = self.deliveries.clone();
        let read = tokio::task::spawn_blocking(move || deliveries.pending(tenant)).await;
        let pending = match read {
            Ok(Ok(pending)) => {
                NOT_READ.ended();
                pending
            }
            Ok(Err(error)) => {
                NOT_READ.holds(error);
                return self.read_again(tenant, lane);
            }
            Err(error) => {
                tracing::error!(%error, "pending deliveries cannot be read");
                return self.read_again(tenant, lane);
            }
        };
        let now = self.courier.services.clock.now();
        not_before.retain(|_, until| *until > now);
        let definitions = lane.definitions();
        let waiting: Vec<Waiting> = pending
            .into_iter()
            .map(|record| {
                let export = definitions.exports.get(&record.export);
                let is_wanted = export.is_some_and(|it| it.delivery_to(&record.place).is_some());
                let mut waiting = Waiting::of(tenant, record);
                if !is_wanted {
                    // To be ended at once.
                    waiting.due = waiting.due.min(now);
                }
                if let Some(until) = not_before.get(&waiting.id) {
                    waiting.due = waiting.due.max(*until);
                }
                waiting
            })
            .collect();
        if waiting.is_empty() {
            self.tenants.remove(&tenant);
        } else {
            self.tenants.insert(tenant, Tenant { lane, waiting });
        }
    }

    /// Notices a tenant once more, after a while.
    fn read_again(&self, tenant: TenantId, lane: Arc<Lane>) {
        let (deliveries, clock) = (self.deliveries.clone(), self.courier.services.clock.clone());
        let until = clock.now().plus_seconds(LOOK_AGAIN_SECONDS);
        tokio::spawn(async move {
            clock.sleep_until(until).await;
            deliveries.notice(tenant, &lane);
        });
    }

    /// Starts what is due: one of each tenant, again and again, as long as there is room.
    fn start_due(&mut self, now: Timestamp) {
        let mut started = true;
        while started && self.attempts.len() < self.at_once {
            started = false;
            let behind = self.tenants.range((
                std::ops::Bound::Excluded(self.last),
                std::ops::Bound::Unbounded,
            ));
            let before = self.tenants.range(..=self.last);
            let order: Vec<TenantId> = behind.chain(before).map(|(tenant, _)| *tenant).collect();
            for tenant in order {
                if self.attempts.len() < self.at_once && self.start_one(tenant, now) {
                    self.last = tenant;
                    started = true;
                }
            }
        }
    }

    fn start_one(&mut self, tenant: TenantId, now: Timestamp) -> bool {
        let of_tenant = self
            .under_way
            .values()
            .filter(|(id, _)| id.tenant == tenant);
        if of_tenant.count() >= self.at_once_per_tenant {
            return false;
        }
        let Some(Tenant { lane, waiting }) = self.tenants.get(&tenant) else {
            return false;
        };
        let startable = waiting
            .iter()
            .filter(|waiting| waiting.due <= now && !self.busy.contains(&waiting.place));
        let Some(next) = startable.min_by_key(|waiting| (waiting.due, waiting.id)) else {
            return false;
        };
        let (id, place, lane) = (next.id, next.place.clone(), lane.clone());
        let courier = self.courier.clone();
        let task = self.attempts.spawn(async move {
            let not_before = courier.attempt(&lane, id).await;
            Ended { id, not_before }
        });
        self.busy.insert(place.clone());
        self.under_way.insert(task.id(), (id, place));
        self.in_flight
            .store(self.under_way.len(), Ordering::Relaxed);
        true
    }

    /// Takes note that a try ended, and has its tenant read again.
    fn end(
        &mut self,
        ended: Result<(tokio::task::Id, Ended), tokio::task::JoinError>,
        not_before: &mut HashMap<DeliveryId, Timestamp>,
    ) {
        let task = match &ended {
            Ok((task, _)) => *task,
            Err(error) => error.id(),
        };
        let Some((id, place)) = self.under_way.remove(&task) else {
            return;
        };
        self.busy.remove(&place);
        self.in_flight
            .store(self.under_way.len(), Ordering::Relaxed);
        match ended {
            Ok((
                _,
                Ended {
                    id,
                    not_before: until,
                },
            )) => not_before.extend(until.map(|until| (id, until))),
            Err(error) => {
                tracing::error!(run = %id.run, %error, "a try of a delivery did not end in order");
                let now = self.courier.services.clock.now();
                not_before.insert(id, now.plus_seconds(LOOK_AGAIN_SECONDS));
            }
        }
        if let Some(tenant) = self.tenants.get(&id.tenant) {
            self.deliveries.notice(id.tenant, &tenant.lane);
        }
        // What was read before the try is not to be started from.
        if let Some(tenant) = self.tenants.get_mut(&id.tenant) {
            tenant.waiting.retain(|waiting| waiting.id != id);
        }
    }

    /// When the next becomes due; what is due already waits for a try to end.
    fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        let all = self.tenants.values().flat_map(|tenant| &tenant.waiting);
        all.map(|waiting| waiting.due)
            .filter(|due| *due > now)
            .min()
    }

    fn show(&self, now: Timestamp) {
        let all = || self.tenants.values().flat_map(|tenant| &tenant.waiting);
        let oldest = all().map(|waiting| waiting.made_at).min().unwrap_or(now);
        let age = (now.as_micros() - oldest.as_micros()).max(0) as f64 / 1e6;
        meters::show_pending(all().count(), age);
    }
}

impl Waiting {
    fn of(tenant: TenantId, record: DeliveryRecord) -> Self {
        let made_at = Timestamp::from_micros(record.made_at);
        Self {
            id: DeliveryId {
                tenant,
                run: record.run,
                number: record.number,
            },
            due: record.next_try_at.map_or(made_at, Timestamp::from_micros),
            made_at,
            place: (tenant, record.export, record.place),
        }
    }
}
