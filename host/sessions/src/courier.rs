//! Delivers events: what was committed is published in its order, confirmed, and only then marked as delivered.
//!
//! Events are published in the order in which they were made. Of one session never more than one is on its way, so that
//! its events arrive in their order whatever the broker refuses. An event that may have been taken is sent again with the same id.

use std::collections::{HashMap, HashSet};
use std::iter::Peekable;
use std::sync::Arc;
use std::time::Duration;

use domain::time::Timestamp;
use parking_lot::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::backlog::{Backlog, BrokerState};
use super::record::SessionRecord;
use super::steps::keep;
use crate::event::{
    Address, Broker, BrokerError, Confirmed, Envelope, Message, Outgoing, SessionEvent,
};
use base::condition::Condition;
use engine::lane::{Actor, Change, ChangeError, Lane, LaneError, Services};
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};

/// The lanes of all tenants, as they are when it is asked.
pub type LanesOf = Arc<dyn Fn() -> Vec<(TenantId, Arc<Lane>)> + Send + Sync>;

/// How many events are read together.
const ROUND: usize = 256;
/// How many events are on their way together, and how many are marked together: a host that is killed sends no more than
/// twice so many again.
const PIPELINE: usize = 32;
/// How often the connection and the age of what waits are looked at.
const TICK: Duration = Duration::from_secs(1);
/// The pause after a failure, which doubles up to the second.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(30));
/// How long to wait before a full lane is asked again.
const RETRY: Duration = Duration::from_millis(5);

static NOT_READ: Condition = Condition::new("the outbox of events cannot be read");
static NOT_MARKED: Condition = Condition::new("delivered events cannot be marked yet");

/// Delivers events in the background.
pub struct EventCourier {
    backlog: Arc<Backlog>,
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// What the background has.
struct Round {
    services: Arc<Services>,
    lanes: LanesOf,
    address: Address,
    confirm_within: Duration,
    backlog: Arc<Backlog>,
    stop: CancellationToken,
    /// Confirmed, but not marked yet: never sent again by this process.
    confirmed: Mutex<HashMap<TenantId, HashSet<u64>>>,
}

impl EventCourier {
    /// Counts what waits, and begins to deliver it, within a tokio runtime. Without an address nothing is delivered.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn start(
        services: Arc<Services>,
        lanes: LanesOf,
        address: Option<Address>,
        confirm_within: Duration,
    ) -> Result<Self, StoreError> {
        let state = match &address {
            None => BrokerState::None,
            Some(_) => BrokerState::Connecting,
        };
        let backlog = Arc::new(Backlog::new(services.clone(), state));
        for (tenant, _) in lanes() {
            let (count, oldest) = waiting(&services.store, tenant)?;
            if count > 0 {
                services.outbox_bell.note(tenant, count);
            }
            backlog.set_oldest(tenant, oldest);
        }
        backlog.measure();
        let stop = CancellationToken::new();
        let task = address.map(|address| {
            let round = Round {
                services,
                lanes,
                address,
                confirm_within,
                backlog: backlog.clone(),
                stop: stop.clone(),
                confirmed: Mutex::default(),
            };
            tokio::spawn(round.run())
        });
        Ok(Self {
            backlog,
            stop,
            task: Mutex::new(task),
        })
    }

    /// How many events wait, and whether the broker is there.
    pub fn backlog(&self) -> &Backlog {
        &self.backlog
    }

    /// Stops, when what is on its way is confirmed and marked. The lanes must still run.
    pub async fn stop(&self) {
        self.stop.cancel();
        let task = self.task.lock().take();
        if let Some(task) = task
            && task.await.is_err()
        {
            tracing::error!("the delivery of events ended in disorder");
        }
    }
}

impl Round {
    async fn run(self) {
        let mut broker: Option<Broker> = None;
        let mut pause = PAUSES.0;
        while !self.stop.is_cancelled() {
            let delivered = self.round(&mut broker).await;
            self.backlog.measure();
            match delivered {
                Ok(true) => pause = PAUSES.0,
                Ok(false) => {
                    let news = async {
                        tokio::select! {
                            () = self.services.outbox_bell.wait() => {}
                            () = tokio::time::sleep(TICK) => {}
                        }
                    };
                    self.stop.run_until_cancelled(news).await;
                }
                Err(error) => {
                    self.note(&error);
                    if let Some(broker) = broker.take() {
                        self.stop.run_until_cancelled(broker.close()).await;
                    }
                    // Not all hosts knock at the same moment.
                    let pause_now = pause.mul_f64(rand::random_range(0.75..1.25));
                    self.rest(pause_now).await;
                    pause = (pause * 2).min(PAUSES.1);
                }
            }
        }
        if let Some(broker) = broker {
            broker.close().await;
        }
    }

    /// Waits, and keeps the metrics true meanwhile.
    async fn rest(&self, pause: Duration) {
        let until = tokio::time::Instant::now() + pause;
        while tokio::time::Instant::now() < until && !self.stop.is_cancelled() {
            self.look().await;
            self.backlog.measure();
            let tick = tokio::time::sleep_until(until.min(tokio::time::Instant::now() + TICK));
            self.stop.run_until_cancelled(tick).await;
        }
    }

    /// Looks when the oldest event was made, of each tenant of which that is not known.
    async fn look(&self) {
        for tenant in self.services.outbox_bell.tenants() {
            if self.backlog.knows_oldest(tenant) {
                continue;
            }
            let store = self.services.store.clone();
            let first = move || events(&store, tenant).next().transpose();
            if let Ok(Ok(Some((_, event)))) = tokio::task::spawn_blocking(first).await {
                let made_at = Timestamp::from_micros(event.made_at);
                self.backlog.set_oldest(tenant, Some(made_at));
            }
        }
    }

    fn note(&self, error: &BrokerError) {
        metrics::counter!("vervet_events_failed_total", "reason" => error.word()).increment(1);
        let state = BrokerState::Away(error.clone());
        if self.backlog.broker() != state {
            tracing::warn!(%error, waiting = self.backlog.waiting(), "events wait");
        }
        self.backlog.set_broker(state);
    }

    /// Delivers some of what waits, of each tenant; says whether there was any.
    async fn round(&self, broker: &mut Option<Broker>) -> Result<bool, BrokerError> {
        if broker.as_ref().is_none_or(|broker| !broker.is_open()) {
            *broker = None;
            let opening = Broker::open(&self.address, self.confirm_within);
            let Some(opened) = self.stop.run_until_cancelled(opening).await else {
                return Ok(false);
            };
            *broker = Some(opened?);
            if self.backlog.broker() != BrokerState::Connected {
                tracing::info!(broker = self.address.shown(), "events are delivered");
            }
            self.backlog.set_broker(BrokerState::Connected);
        }
        let Some(broker) = broker else {
            return Ok(false);
        };
        let lanes: HashMap<TenantId, Arc<Lane>> = (self.lanes)().into_iter().collect();
        let mut any = false;
        for tenant in self.services.outbox_bell.tenants() {
            if self.stop.is_cancelled() {
                break;
            }
            if let Some(lane) = lanes.get(&tenant) {
                any |= self.deliver(broker, tenant, lane).await?;
            }
        }
        Ok(any)
    }

    async fn deliver(
        &self,
        broker: &Broker,
        tenant: TenantId,
        lane: &Arc<Lane>,
    ) -> Result<bool, BrokerError> {
        let store = self.services.store.clone();
        let confirmed = self.confirmed.lock().get(&tenant).cloned();
        let confirmed = confirmed.unwrap_or_default();
        let reading = tokio::task::spawn_blocking(move || next(&store, tenant, &confirmed));
        let next = match reading.await {
            Ok(Ok(next)) => {
                NOT_READ.ended();
                next
            }
            Ok(Err(error)) => {
                NOT_READ.holds(error);
                return Ok(false);
            }
            Err(error) => {
                tracing::error!(%error, "reading the outbox did not end");
                return Ok(false);
            }
        };
        self.backlog.set_oldest(tenant, next.oldest);
        if next.events.is_empty() {
            return Ok(false);
        }
        let mut refused = None;
        let mut unmarked = Vec::new();
        let mut waiting = next.events.into_iter().peekable();
        while waiting.peek().is_some() && refused.is_none() {
            let group = of_different_sessions(&mut waiting);
            let message = |(_, event): &(u64, SessionEvent)| Message {
                id: event.message_id,
                body: Envelope::new(event, &self.address).write(),
            };
            let messages: Vec<Message> = group.iter().map(message).collect();
            // What was confirmed is marked while the next are on their way.
            let last = std::mem::take(&mut unmarked);
            let (answers, ()) =
                tokio::join!(broker.publish(&messages), self.mark(tenant, lane, last));
            refused = sort(group, answers, &mut unmarked);
            let numbers = unmarked.iter().map(|(number, _)| *number);
            self.confirmed
                .lock()
                .entry(tenant)
                .or_default()
                .extend(numbers);
        }
        self.mark(tenant, lane, unmarked).await;
        match refused {
            None => Ok(true),
            Some(error) => Err(error),
        }
    }

    /// Marks what was confirmed, however long the lane is full. What cannot be marked is not sent again while the host runs.
    async fn mark(&self, tenant: TenantId, lane: &Arc<Lane>, taken: Vec<(u64, SessionEvent)>) {
        if taken.is_empty() {
            return;
        }
        let count = taken.len() as u64;
        let taken = Arc::new(taken);
        loop {
            let events = taken.clone();
            let marked = lane.change(move |change| mark(change, &events)).await;
            match marked {
                Ok(()) => {
                    NOT_MARKED.ended();
                    break;
                }
                Err(ChangeError::Lane(LaneError::Stopping)) => return,
                Err(ChangeError::Lane(LaneError::Full)) => tokio::time::sleep(RETRY).await,
                Err(error) => {
                    NOT_MARKED.holds(error);
                    if self.stop.is_cancelled() {
                        return;
                    }
                    tokio::time::sleep(PAUSES.0).await;
                }
            }
        }
        if let Some(confirmed) = self.confirmed.lock().get_mut(&tenant) {
            for (number, _) in taken.iter() {
                confirmed.remove(number);
            }
        }
        self.services.outbox_bell.delivered(tenant, count);
        // The next look says which is the oldest now.
        self.backlog.set_oldest(tenant, None);
        metrics::counter!("vervet_events_delivered_total").increment(count);
    }
}

/// What is next to deliver.
struct Next {
    events: Vec<(u64, SessionEvent)>,
    /// When the first that waits was made.
    oldest: Option<Timestamp>,
}

/// The next events, but for those that are confirmed.
fn next(store: &Store, tenant: TenantId, confirmed: &HashSet<u64>) -> Result<Next, StoreError> {
    let mut next = Next {
        events: Vec::new(),
        oldest: None,
    };
    for found in events(store, tenant) {
        let (number, event) = found?;
        next.oldest
            .get_or_insert(Timestamp::from_micros(event.made_at));
        if !confirmed.contains(&number) {
            next.events.push((number, event));
        }
        if next.events.len() >= ROUND {
            break;
        }
    }
    Ok(next)
}

/// The first events, up to the second one of any session, and not too many.
fn of_different_sessions(
    waiting: &mut Peekable<impl Iterator<Item = (u64, SessionEvent)>>,
) -> Vec<(u64, SessionEvent)> {
    let mut sessions: HashSet<Uuid> = HashSet::new();
    let mut group = Vec::new();
    while group.len() < PIPELINE
        && let Some(event) = waiting.next_if(|(_, event)| sessions.insert(event.session))
    {
        group.push(event);
    }
    group
}

/// The events that wait, in their order.
fn events(
    store: &Store,
    tenant: TenantId,
) -> impl Iterator<Item = Result<(u64, SessionEvent), StoreError>> {
    let waiting = store.range(KeyRange::outbox_from(tenant, 0), Direction::Forward);
    waiting.filter_map(|entry| {
        let (key, value) = match entry {
            Ok(entry) => entry,
            Err(error) => return Some(Err(error)),
        };
        let Some((_, Record::Outbox { number })) = Key::parse(&key) else {
            return None;
        };
        match Outgoing::read(&value) {
            Ok(Outgoing::SessionEvent(event)) => Some(Ok((number, event))),
            Err(error) => {
                // Another release wrote it, or it is damaged; what is behind it must not wait for that.
                tracing::error!(number, %error, "the outbox holds what is no event");
                None
            }
        }
    })
}

/// How many events wait, and when the first was made.
fn waiting(store: &Store, tenant: TenantId) -> Result<(u64, Option<Timestamp>), StoreError> {
    let (mut count, mut oldest) = (0, None);
    for event in events(store, tenant) {
        let (_, event) = event?;
        count += 1;
        oldest.get_or_insert(Timestamp::from_micros(event.made_at));
    }
    Ok((count, oldest))
}

/// Adds those that the broker took, and answers the first reason why it did not take another.
fn sort(
    events: Vec<(u64, SessionEvent)>,
    answers: Vec<Confirmed>,
    taken: &mut Vec<(u64, SessionEvent)>,
) -> Option<BrokerError> {
    let mut refused = None;
    for (event, answer) in events.into_iter().zip(answers) {
        match answer {
            Ok(()) => taken.push(event),
            Err(error) => drop(refused.get_or_insert(error)),
        }
    }
    refused
}

/// Marks events as delivered: they leave the outbox, and their sessions say when.
fn mark(change: &mut Change<'_>, taken: &[(u64, SessionEvent)]) -> Result<(), StoreError> {
    let at = change.at().as_micros();
    for (number, event) in taken {
        change.delete_record(&Record::Outbox { number: *number });
        let subject = format!("{}/{}", event.session, event.event);
        change.audit(&Actor::Host, "event.deliver", subject);
        let Some(bytes) = change.record(&SessionRecord::key(event.session))? else {
            continue;
        };
        let mut session = SessionRecord::read(&bytes)?;
        let mut marks = session.events.iter_mut();
        if let Some(mark) = marks.find(|mark| mark.message_id == event.message_id) {
            mark.delivered_at.get_or_insert(at);
        }
        keep(change, &session);
    }
    Ok(())
}
