//! Long work of tenants that goes on by itself: backtests, replays, changes of many alerts, rules that catch up or are prepared.
//!
//! What is asked for is kept in the store by whoever defines the work, before it is started here, so that it can be started
//! again after a stop of the host.
//!
//! *Invariants.* Of the jobs of one sort one of a tenant is at work; the others wait for it. Tenants take turns: one that
//! waits begins a job before another begins its second. [Unordered](Jobs::unordered) jobs see to both themselves. A job is found here from when it is started until all that it keeps
//! is kept.

pub mod retry;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use base::shares::{ShareLimits, Shares, Turn};
use store::key::TenantId;

/// The jobs of one sort that are under way, in all tenants: each with what is known of it meanwhile.
pub struct Jobs<K, J> {
    under_way: Mutex<HashMap<(TenantId, K), Arc<J>>>,
    places: Shares<TenantId>,
    stopping: CancellationToken,
    tasks: Mutex<JoinSet<()>>,
}

impl<K, J> Jobs<K, J>
where
    K: Clone + Eq + Hash + Send + 'static,
    J: Send + Sync + 'static,
{
    /// For jobs of which so many are at work at the same time, of all tenants, which take turns.
    pub fn new(at_work: usize) -> Self {
        Self::with_places(at_work, 1)
    }

    /// For jobs that all begin at once, and wait for their turns themselves.
    pub fn unordered() -> Self {
        Self::with_places(usize::MAX, usize::MAX)
    }

    fn with_places(at_once: usize, at_once_per_tenant: usize) -> Self {
        Self {
            under_way: Mutex::default(),
            places: Shares::new(ShareLimits {
                at_once,
                at_once_per_tenant,
                // Whoever defines the jobs bounds how many of a tenant there are.
                waiting_per_tenant: usize::MAX,
            }),
            stopping: CancellationToken::new(),
            tasks: Mutex::default(),
        }
    }

    /// Does a job's work when it is its turn; false where it is under way already, or the host stops. Work that can be
    /// given up looks at [`stopping`](Self::stopping).
    ///
    /// Must be called within a tokio runtime.
    pub fn start(
        self: &Arc<Self>,
        tenant: TenantId,
        key: K,
        job: Arc<J>,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> bool {
        let which = (tenant, key);
        {
            let mut under_way = self.under_way.lock();
            if self.stopping.is_cancelled() || under_way.contains_key(&which) {
                return false;
            }
            under_way.insert(which.clone(), job);
        }
        let under_way = UnderWay {
            jobs: self.clone(),
            which,
        };
        let mut tasks = self.tasks.lock();
        // Those that are done are forgotten.
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            if let Some(_turn) = under_way.jobs.turn(tenant).await {
                work.await;
            }
        });
        true
    }

    /// A job that is under way.
    pub fn find(&self, tenant: TenantId, key: &K) -> Option<Arc<J>> {
        let under_way = self.under_way.lock();
        under_way.get(&(tenant, key.clone())).cloned()
    }

    /// How many of a tenant's jobs are under way that are so.
    pub fn count(&self, tenant: TenantId, is_so: impl Fn(&J) -> bool) -> usize {
        let under_way = self.under_way.lock();
        let of_tenant = under_way.iter().filter(|((of, _), _)| *of == tenant);
        of_tenant.filter(|(_, job)| is_so(job)).count()
    }

    /// Is cancelled when the host stops.
    pub fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Starts no more, tells each job that the host stops, and waits until their work has ended.
    pub async fn stop(&self, tell: impl Fn(&J)) {
        self.stopping.cancel();
        self.under_way.lock().values().for_each(|job| tell(job));
        let mut tasks = std::mem::take(&mut *self.tasks.lock());
        while tasks.join_next().await.is_some() {}
    }

    /// Waits until no other goes before it; none if the host stops.
    async fn turn(&self, tenant: TenantId) -> Option<Turn<TenantId>> {
        let turn = self.places.turn(tenant);
        self.stopping.run_until_cancelled(turn).await?.ok()
    }
}

/// A job that is under way until this is dropped, even by a panic.
struct UnderWay<K: Eq + Hash, J> {
    jobs: Arc<Jobs<K, J>>,
    which: (TenantId, K),
}

impl<K: Eq + Hash, J> Drop for UnderWay<K, J> {
    fn drop(&mut self) {
        self.jobs.under_way.lock().remove(&self.which);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::sync::{mpsc, oneshot};

    use super::*;

    const ANNA: TenantId = TenantId(1);
    const BERT: TenantId = TenantId(2);

    /// Starts a job that says when it begins, and ends when it is let go.
    fn start(
        jobs: &Arc<Jobs<u32, AtomicBool>>,
        tenant: TenantId,
        key: u32,
        begun: &mpsc::UnboundedSender<(TenantId, u32)>,
    ) -> oneshot::Sender<()> {
        let (let_go, go) = oneshot::channel();
        let begun = begun.clone();
        let work = async move {
            begun.send((tenant, key)).expect("somebody listens");
            let _ = go.await;
        };
        assert!(jobs.start(tenant, key, Arc::default(), work));
        let_go
    }

    #[tokio::test]
    async fn one_tenants_many_jobs_delay_another_by_one_place_at_most() {
        let jobs = Arc::new(Jobs::new(1));
        let (begun, mut begins) = mpsc::unbounded_channel();
        let mut at_work: HashMap<_, _> = (0..10)
            .map(|key| ((ANNA, key), start(&jobs, ANNA, key, &begun)))
            .collect();
        let first = begins.recv().await.expect("one begins");
        // All of them wait, in whichever order, before the other tenant comes.
        tokio::task::yield_now().await;
        for key in 0..2 {
            at_work.insert((BERT, key), start(&jobs, BERT, key, &begun));
        }
        tokio::task::yield_now().await;
        let mut order = vec![first.0];
        let mut ends = Some(first);
        while let Some(let_go) = ends.and_then(|ends| at_work.remove(&ends)) {
            drop(let_go);
            ends = match at_work.is_empty() {
                true => None,
                false => begins.recv().await,
            };
            order.extend(ends.map(|(tenant, _)| tenant));
        }
        let places: Vec<usize> = (0..order.len()).filter(|&at| order[at] == BERT).collect();
        assert_eq!(order.len(), 12);
        assert_eq!(places, [2, 4], "{order:?}");
    }

    #[tokio::test]
    async fn one_of_a_tenant_is_at_work_and_so_many_of_all() {
        let jobs = Arc::new(Jobs::new(2));
        let (begun, mut begins) = mpsc::unbounded_channel();
        let first = start(&jobs, ANNA, 1, &begun);
        assert_eq!(begins.recv().await, Some((ANNA, 1)));
        let second = start(&jobs, ANNA, 2, &begun);
        let of_bert = start(&jobs, BERT, 1, &begun);
        assert_eq!(begins.recv().await, Some((BERT, 1)));
        assert_eq!(jobs.count(ANNA, |_| true), 2);
        assert!(
            !jobs.start(ANNA, 1, Arc::default(), async {}),
            "it is under way"
        );

        drop(first);
        assert_eq!(begins.recv().await, Some((ANNA, 2)));
        assert!(jobs.find(ANNA, &1).is_none(), "it has ended");
        drop((second, of_bert));
    }

    #[tokio::test]
    async fn unordered_jobs_of_one_tenant_begin_at_once() {
        let jobs = Arc::new(Jobs::unordered());
        let (begun, mut begins) = mpsc::unbounded_channel();
        let at_work: Vec<_> = (0..3).map(|key| start(&jobs, ANNA, key, &begun)).collect();
        for _ in 0..3 {
            assert!(begins.recv().await.is_some());
        }
        assert_eq!(jobs.count(ANNA, |_| true), 3);
        drop(at_work);
    }

    #[tokio::test]
    async fn a_panic_ends_that_job_alone() {
        let jobs = Arc::new(Jobs::<u32, AtomicBool>::new(1));
        let panics = async { panic!("as it should") };
        assert!(jobs.start(ANNA, 1, Arc::default(), panics));
        let (begun, mut begins) = mpsc::unbounded_channel();
        let _let_go = start(&jobs, ANNA, 2, &begun);
        assert_eq!(begins.recv().await, Some((ANNA, 2)));
        assert!(jobs.find(ANNA, &1).is_none());
    }

    #[tokio::test]
    async fn a_stop_waits_for_the_one_at_work_and_begins_no_other() {
        let jobs = Arc::new(Jobs::new(1));
        let (begun, mut begins) = mpsc::unbounded_channel();
        let at_work = start(&jobs, ANNA, 1, &begun);
        assert_eq!(begins.recv().await, Some((ANNA, 1)));
        let _waits = start(&jobs, ANNA, 2, &begun);
        let told = jobs.find(ANNA, &1).expect("it is under way");
        let stopping = tokio::spawn({
            let jobs = jobs.clone();
            async move { jobs.stop(|job| job.store(true, Ordering::Relaxed)).await }
        });
        jobs.stopping().cancelled().await;
        assert!(!stopping.is_finished(), "one is at work");
        drop(at_work);
        stopping.await.expect("it stops");
        assert!(told.load(Ordering::Relaxed));
        assert!(!jobs.start(ANNA, 3, Arc::default(), async {}));
        drop(begun);
        assert_eq!(begins.recv().await, None, "no other began");
    }
}
