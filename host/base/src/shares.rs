//! Places that all tenants share: a few at work at the same time, none with more than its share, and each in turn.
//!
//! *Invariants.* A tenant that waits is served before another tenant is served twice. A tenant is refused only for
//! what it has waiting itself.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;

/// How many places there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareLimits {
    /// At work at the same time, of all tenants; at least one.
    pub at_once: usize,
    /// At work at the same time, of one tenant; at least one.
    pub at_once_per_tenant: usize,
    /// Waiting, of one tenant; one more is refused.
    pub waiting_per_tenant: usize,
}

/// Places that tenants, known by `K`, take in turn. Clones are the same places.
#[derive(Clone)]
pub struct Shares<K: Clone + Eq + Hash> {
    limits: ShareLimits,
    state: Arc<Mutex<State<K>>>,
}

struct State<K> {
    at_work: usize,
    tenants: HashMap<K, Tenant>,
    /// Tenants that have something waiting; the first is next.
    in_turn: VecDeque<K>,
}

#[derive(Default)]
struct Tenant {
    at_work: usize,
    waiting: VecDeque<oneshot::Sender<()>>,
}

/// As much of the tenant's work waits as may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} of this kind wait already; try again when one of them is done")]
pub struct TooManyWaiting(pub usize);

/// A place, until it is dropped.
pub struct Turn<K: Clone + Eq + Hash> {
    shares: Shares<K>,
    tenant: K,
}

impl<K: Clone + Eq + Hash> Shares<K> {
    /// All places free.
    pub fn new(limits: ShareLimits) -> Self {
        let limits = ShareLimits {
            at_once: limits.at_once.max(1),
            at_once_per_tenant: limits.at_once_per_tenant.max(1),
            ..limits
        };
        Self {
            limits,
            state: Arc::new(Mutex::new(State {
                at_work: 0,
                tenants: HashMap::new(),
                in_turn: VecDeque::new(),
            })),
        }
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// Where as many of the tenant wait as may.
    pub async fn turn(&self, tenant: K) -> Result<Turn<K>, TooManyWaiting> {
        let mut waiting = {
            let mut state = self.state.lock();
            if state.has_place(&tenant, &self.limits) {
                state.begin(&tenant);
                return Ok(self.place(tenant));
            }
            let of_tenant = state.tenants.entry(tenant.clone()).or_default();
            // Whoever gave up does not count.
            of_tenant.waiting.retain(|waiting| !waiting.is_closed());
            if of_tenant.waiting.len() >= self.limits.waiting_per_tenant {
                return Err(TooManyWaiting(of_tenant.waiting.len()));
            }
            let (called, call) = oneshot::channel();
            of_tenant.waiting.push_back(called);
            if !state.in_turn.contains(&tenant) {
                state.in_turn.push_back(tenant.clone());
            }
            Waiting {
                shares: self.clone(),
                tenant: tenant.clone(),
                call,
            }
        };
        // The sender is only dropped by calling it.
        let _ = (&mut waiting.call).await;
        Ok(self.place(tenant))
    }

    fn place(&self, tenant: K) -> Turn<K> {
        Turn {
            shares: self.clone(),
            tenant,
        }
    }

    fn end(&self, tenant: &K) {
        let mut state = self.state.lock();
        state.end(tenant);
        state.call(&self.limits);
    }
}

impl<K: Clone + Eq + Hash> State<K> {
    fn has_place(&self, tenant: &K, limits: &ShareLimits) -> bool {
        let of_tenant = self.tenants.get(tenant).map_or(0, |tenant| tenant.at_work);
        self.at_work < limits.at_once && of_tenant < limits.at_once_per_tenant
    }

    fn begin(&mut self, tenant: &K) {
        self.at_work += 1;
        self.tenants.entry(tenant.clone()).or_default().at_work += 1;
    }

    fn end(&mut self, tenant: &K) {
        self.at_work -= 1;
        if let Some(of_tenant) = self.tenants.get_mut(tenant) {
            of_tenant.at_work -= 1;
            if of_tenant.at_work == 0 && of_tenant.waiting.is_empty() {
                self.tenants.remove(tenant);
            }
        }
    }

    /// Calls those whose turn it is, as long as there are places.
    fn call(&mut self, limits: &ShareLimits) {
        let mut looked_at = 0;
        while looked_at < self.in_turn.len() {
            let Some(tenant) = self.in_turn.pop_front() else {
                return;
            };
            if !self.has_place(&tenant, limits) {
                self.in_turn.push_back(tenant);
                looked_at += 1;
                continue;
            }
            let waiting = self.tenants.get_mut(&tenant);
            let next = waiting.and_then(|tenant| tenant.waiting.pop_front());
            let Some(next) = next else {
                continue;
            };
            self.begin(&tenant);
            if next.send(()).is_err() {
                // It gave up.
                self.end(&tenant);
            }
            let has_more = self.tenants.get(&tenant);
            if has_more.is_some_and(|tenant| !tenant.waiting.is_empty()) {
                self.in_turn.push_back(tenant);
            }
            looked_at = 0;
        }
    }
}

/// Somebody who waits. A place that came just as they gave up goes to the next.
struct Waiting<K: Clone + Eq + Hash> {
    shares: Shares<K>,
    tenant: K,
    call: oneshot::Receiver<()>,
}

impl<K: Clone + Eq + Hash> Drop for Waiting<K> {
    fn drop(&mut self) {
        self.call.close();
        if self.call.try_recv().is_ok() {
            self.shares.end(&self.tenant);
        }
    }
}

impl<K: Clone + Eq + Hash> Drop for Turn<K> {
    fn drop(&mut self) {
        self.shares.end(&self.tenant);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    const ANNA: u64 = 1;
    const BERT: u64 = 2;
    const CARL: u64 = 3;

    fn shares(at_once: usize, at_once_per_tenant: usize, waiting_per_tenant: usize) -> Shares<u64> {
        Shares::new(ShareLimits {
            at_once,
            at_once_per_tenant,
            waiting_per_tenant,
        })
    }

    #[tokio::test]
    async fn a_tenant_has_its_share_and_others_the_rest() {
        let shares = shares(2, 1, 1);
        let annas = shares.turn(ANNA).await.expect("a place");
        let mut waits = Box::pin(shares.turn(ANNA));
        assert!(waits.as_mut().now_or_never().is_none());
        let refused = shares.turn(ANNA).await;
        assert_eq!(refused.err(), Some(TooManyWaiting(1)));
        let _berts = shares.turn(BERT).await.expect("the other place");
        drop(annas);
        waits.await.expect("a place");
    }

    #[tokio::test]
    async fn tenants_take_turns() {
        let shares = shares(1, 1, 10);
        let mut at_work = Some(shares.turn(ANNA).await.expect("a place"));
        let mut waiting = Vec::new();
        for tenant in [ANNA, ANNA, ANNA, BERT, BERT, CARL] {
            let mut turn = Box::pin(shares.turn(tenant));
            assert!(turn.as_mut().now_or_never().is_none());
            waiting.push((tenant, turn));
        }
        let mut order = Vec::new();
        while let Some(ended) = at_work.take() {
            drop(ended);
            let mut place = 0;
            while place < waiting.len() && at_work.is_none() {
                match waiting[place].1.as_mut().now_or_never() {
                    Some(turn) => {
                        at_work = Some(turn.expect("a place"));
                        order.push(waiting.remove(place).0);
                    }
                    None => place += 1,
                }
            }
        }
        assert_eq!(order, [ANNA, BERT, CARL, ANNA, BERT, ANNA]);
    }

    #[tokio::test]
    async fn who_gives_up_holds_no_place() {
        let shares = shares(1, 1, 1);
        let at_work = shares.turn(ANNA).await.expect("a place");
        let mut before = Box::pin(shares.turn(BERT));
        assert!(before.as_mut().now_or_never().is_none());
        drop(before);
        // Waiting places are counted without those who gave up.
        let mut called = Box::pin(shares.turn(BERT));
        assert!(called.as_mut().now_or_never().is_none());
        drop(at_work);
        // It was called, and gives up before it looks.
        drop(called);
        let last = shares.turn(CARL).now_or_never();
        last.expect("the place is free").expect("a place");
        assert!(shares.state.lock().tenants.is_empty());
    }
}
