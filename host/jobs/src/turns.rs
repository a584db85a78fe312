//! Which jobs are under way, and which of them are at work.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::OwnedMutexGuard;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use base::shares::{ShareLimits, Shares, Turn};
use store::key::TenantId;

/// How many jobs of a kind are at work at the same time. Whoever stores jobs bounds how many of a tenant wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turns {
    /// Of all tenants, which take turns.
    pub at_once: usize,
    /// Of one tenant.
    pub at_once_per_tenant: usize,
    /// For how long a job has its turn.
    pub turn_for: TurnFor,
}

/// For how long a job has its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnFor {
    /// Until it ends, so that a job whose work failed goes on before others begin.
    Job,
    /// Until it succeeds or fails, so that a job that fails again and again keeps no other waiting.
    Attempt,
}

/// Held by the job of a line that is at work.
pub(crate) type Line = OwnedMutexGuard<()>;
/// The lines of a kind: names within tenants.
type Lines = HashMap<(TenantId, String), Arc<tokio::sync::Mutex<()>>>;

/// The jobs of a kind that are under way, in all tenants: those at work, and those that wait for their turns.
pub(crate) struct UnderWay<K, J> {
    jobs: Mutex<HashMap<(TenantId, K), Arc<J>>>,
    turns: Shares<TenantId>,
    lines: Mutex<Lines>,
    stopping: CancellationToken,
    tasks: Mutex<JoinSet<()>>,
}

impl<K, J> UnderWay<K, J>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    J: Send + Sync + 'static,
{
    pub(crate) fn new(turns: Turns) -> Self {
        Self {
            jobs: Mutex::default(),
            turns: Shares::new(ShareLimits {
                at_once: turns.at_once,
                at_once_per_tenant: turns.at_once_per_tenant,
                waiting_per_tenant: usize::MAX,
            }),
            lines: Mutex::default(),
            stopping: CancellationToken::new(),
            tasks: Mutex::default(),
        }
    }

    /// Begins a job's work, which waits for its turn itself; returns false if the job is under way already, or the host
    /// stops.
    pub(crate) fn start(
        self: &Arc<Self>,
        runtime: &Handle,
        tenant: TenantId,
        key: K,
        job: Arc<J>,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> bool {
        let which = (tenant, key);
        {
            let mut jobs = self.jobs.lock();
            if self.stopping.is_cancelled() || jobs.contains_key(&which) {
                return false;
            }
            jobs.insert(which.clone(), job);
        }
        let guard = Guard {
            under_way: self.clone(),
            which,
        };
        let mut tasks = self.tasks.lock();
        // Those that are done are forgotten.
        while tasks.try_join_next().is_some() {}
        let work = async move {
            let _guard = guard;
            work.await;
        };
        tasks.spawn_on(work, runtime);
        true
    }

    /// A job that is under way.
    pub(crate) fn find(&self, tenant: TenantId, key: &K) -> Option<Arc<J>> {
        let jobs = self.jobs.lock();
        jobs.get(&(tenant, key.clone())).cloned()
    }

    /// The jobs of a tenant that are under way.
    pub(crate) fn of_tenant(&self, tenant: TenantId) -> Vec<(K, Arc<J>)> {
        let jobs = self.jobs.lock();
        let of_tenant = jobs.iter().filter(|((of, _), _)| *of == tenant);
        of_tenant
            .map(|((_, key), job)| (key.clone(), job.clone()))
            .collect()
    }

    /// Is cancelled when the host stops.
    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Begins no more, and waits until the work of all has ended.
    pub(crate) async fn stop(&self) {
        self.stopping.cancel();
        let mut tasks = std::mem::take(&mut *self.tasks.lock());
        while tasks.join_next().await.is_some() {}
    }

    /// Waits until it is the tenant's turn; `None` if the host stops first.
    pub(crate) async fn turn(&self, tenant: TenantId) -> Option<Turn<TenantId>> {
        let turn = self.turns.turn(tenant);
        self.stopping.run_until_cancelled(turn).await?.ok()
    }

    /// Waits until no other job of the line is at work; `None` if the host stops first.
    pub(crate) async fn line(&self, tenant: TenantId, name: &str) -> Option<Line> {
        let line = {
            let mut lines = self.lines.lock();
            // Lines without a waiting job are forgotten.
            lines.retain(|_, line| Arc::strong_count(line) > 1);
            lines.entry((tenant, name.to_owned())).or_default().clone()
        };
        self.stopping.run_until_cancelled(line.lock_owned()).await
    }
}

/// A job is under way until this is dropped, even by a panic.
struct Guard<K: Eq + Hash, J> {
    under_way: Arc<UnderWay<K, J>>,
    which: (TenantId, K),
}

impl<K: Eq + Hash, J> Drop for Guard<K, J> {
    fn drop(&mut self) {
        self.under_way.jobs.lock().remove(&self.which);
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::{mpsc, oneshot};

    use super::*;

    const ANNA: TenantId = TenantId(1);
    const BERT: TenantId = TenantId(2);

    /// Starts a job that says when it begins, and ends when it is let go.
    fn start(
        jobs: &Arc<UnderWay<u32, ()>>,
        tenant: TenantId,
        key: u32,
        begun: &mpsc::UnboundedSender<(TenantId, u32)>,
    ) -> oneshot::Sender<()> {
        let (let_go, go) = oneshot::channel();
        let begun = begun.clone();
        let under_way = jobs.clone();
        let work = async move {
            if let Some(_turn) = under_way.turn(tenant).await {
                begun.send((tenant, key)).expect("somebody listens");
                let _ = go.await;
            }
        };
        assert!(jobs.start(&Handle::current(), tenant, key, Arc::default(), work));
        let_go
    }

    /// Polls a future that is polled again.
    fn poll_once<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> std::task::Poll<T> {
        future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
    }

    /// So many jobs at work, one of a tenant.
    fn turns(at_once: usize) -> Turns {
        Turns {
            at_once,
            at_once_per_tenant: 1,
            turn_for: TurnFor::Job,
        }
    }

    #[tokio::test]
    async fn one_tenants_many_jobs_delay_another_by_one_place_at_most() {
        let jobs = Arc::new(UnderWay::new(turns(1)));
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
        let jobs = Arc::new(UnderWay::new(turns(2)));
        let (begun, mut begins) = mpsc::unbounded_channel();
        let first = start(&jobs, ANNA, 1, &begun);
        assert_eq!(begins.recv().await, Some((ANNA, 1)));
        let second = start(&jobs, ANNA, 2, &begun);
        let of_bert = start(&jobs, BERT, 1, &begun);
        assert_eq!(begins.recv().await, Some((BERT, 1)));
        assert_eq!(jobs.of_tenant(ANNA).len(), 2);
        assert!(
            !jobs.start(&Handle::current(), ANNA, 1, Arc::default(), async {}),
            "it is under way"
        );

        drop(first);
        assert_eq!(begins.recv().await, Some((ANNA, 2)));
        assert!(jobs.find(ANNA, &1).is_none(), "it has ended");
        drop((second, of_bert));
    }

    #[tokio::test]
    async fn one_of_a_line_is_at_work_and_other_lines_do_not_wait_for_it() {
        let jobs = UnderWay::<u32, ()>::new(turns(1));
        let first = jobs.line(ANNA, "nightly").await;
        assert!(first.is_some());
        let mut second = std::pin::pin!(jobs.line(ANNA, "nightly"));
        assert!(poll_once(second.as_mut()).is_pending());
        assert!(jobs.line(ANNA, "weekly").await.is_some());
        assert!(jobs.line(BERT, "nightly").await.is_some());
        drop(first);
        assert!(second.await.is_some());
    }

    #[tokio::test]
    async fn a_panic_ends_that_job_alone() {
        let jobs = Arc::new(UnderWay::<u32, ()>::new(turns(1)));
        let panics = async { panic!("as it should") };
        assert!(jobs.start(&Handle::current(), ANNA, 1, Arc::default(), panics));
        let (begun, mut begins) = mpsc::unbounded_channel();
        let _let_go = start(&jobs, ANNA, 2, &begun);
        assert_eq!(begins.recv().await, Some((ANNA, 2)));
        assert!(jobs.find(ANNA, &1).is_none());
    }

    #[tokio::test]
    async fn a_stop_waits_for_the_one_at_work_and_begins_no_other() {
        let jobs = Arc::new(UnderWay::new(turns(1)));
        let (begun, mut begins) = mpsc::unbounded_channel();
        let at_work = start(&jobs, ANNA, 1, &begun);
        assert_eq!(begins.recv().await, Some((ANNA, 1)));
        let _waits = start(&jobs, ANNA, 2, &begun);
        let stopping = tokio::spawn({
            let jobs = jobs.clone();
            async move { jobs.stop().await }
        });
        jobs.stopping().cancelled().await;
        assert!(!stopping.is_finished(), "one is at work");
        drop(at_work);
        stopping.await.expect("it stops");
        assert!(!jobs.start(&Handle::current(), ANNA, 3, Arc::default(), async {}));
        drop(begun);
        assert_eq!(begins.recv().await, None, "no other began");
    }
}
