//! What the runner does for every kind of job, shown with one that counts.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::memory_host::{MemoryHost, until};
use engine::lane::{Change, Lane, Services};
use jobs::{CancelError, Job, JobRecord, Run, Runner, TurnFor, Turns, Unfinished, WorkError};
use store::StoreError;
use store::backend::KeyRange;
use store::key::{Record, TenantId};
use tenant::Authority;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    Counting,
    Done,
    Failed(String),
    Cancelled,
}

/// Counts up to a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Count {
    up_to: u64,
    so_far: u64,
    state: State,
}

impl JobRecord for Count {
    type Key = String;
    const WHAT: &'static str = "a count";

    fn place(key: &String) -> Record {
        let key = key.clone();
        Record::Idempotency { key }
    }

    fn key(place: Record) -> Option<String> {
        match place {
            Record::Idempotency { key } => Some(key),
            _ => None,
        }
    }

    fn places(tenant: TenantId) -> KeyRange {
        KeyRange::idempotency(tenant)
    }

    fn has_ended(&self) -> bool {
        self.state != State::Counting
    }
}

/// Counts one step for each permit.
struct CountJob {
    steps: Semaphore,
    attempts: AtomicUsize,
}

impl Job for CountJob {
    type Key = String;
    type Record = Count;
    type Progress = ();
    type Output = ();
    type Fault = Infallible;

    const NAME: &'static str = "count";
    const TURNS: Turns = Turns {
        at_once: 1,
        at_once_per_tenant: 1,
        turn_for: TurnFor::Job,
    };

    fn unfinished(&self, services: &Services, lane: &Lane) -> Result<Unfinished<Self>, StoreError> {
        Count::unfinished(&services.store, lane.tenant())
    }

    fn read(
        &self,
        services: &Services,
        lane: &Lane,
        key: &String,
    ) -> Result<Option<Count>, StoreError> {
        Count::read_unfinished(&services.store, lane.tenant(), key)
    }

    fn progress(&self, _: &Count) {}

    async fn work(&self, run: &Arc<Run<Self>>, record: Count) -> Result<(), WorkError<Infallible>> {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        for _ in record.so_far..record.up_to {
            let step = run.stop().run_until_cancelled(self.steps.acquire()).await;
            step.ok_or(WorkError::Stopped)?
                .expect("it is open")
                .forget();
            let count = |_: &mut Change<'_>, record: &mut Count| {
                record.so_far += 1;
                Ok(())
            };
            run.keep(&Authority::Host, count).await?;
        }
        Ok(())
    }

    async fn end(
        &self,
        run: &Arc<Run<Self>>,
        end: Result<(), String>,
    ) -> Result<(), WorkError<Infallible>> {
        let end = |_: &mut Change<'_>, record: &mut Count| {
            record.state = end.map_or_else(State::Failed, |()| State::Done);
            Ok(())
        };
        run.keep(&Authority::Host, end).await
    }
}

const KEY: &str = "count";

/// Stores a count.
async fn put(host: &MemoryHost, up_to: u64) {
    let record = Count {
        up_to,
        so_far: 0,
        state: State::Counting,
    };
    let put = move |change: &mut Change<'_>| record.put(change, &KEY.to_owned());
    host.change(put).await;
}

/// A runner of a host, and a count under way that may take so many steps.
async fn counting(host: &MemoryHost, up_to: u64, steps: usize) -> Arc<Runner<CountJob>> {
    put(host, up_to).await;
    resumed(host, steps)
}

fn resumed(host: &MemoryHost, steps: usize) -> Arc<Runner<CountJob>> {
    let job = CountJob {
        steps: Semaphore::new(steps),
        attempts: AtomicUsize::new(0),
    };
    let runner = Runner::new(host.services().clone(), job);
    runner.resume(&host.lane).expect("the store is read");
    runner
}

fn stored(host: &MemoryHost) -> Count {
    let store = &host.services().store;
    let count = Count::read(store, host.tenant, &KEY.to_owned());
    count.expect("the store is read").expect("it is stored")
}

async fn until_so_far(host: &MemoryHost, so_far: u64) {
    until(|| (stored(host).so_far == so_far).then_some(())).await;
}

async fn ended(host: &MemoryHost, runner: &Runner<CountJob>) -> Count {
    let is_over = || runner.find(host.tenant, &KEY.to_owned()).is_none();
    until(|| is_over().then_some(())).await;
    stored(host)
}

async fn cancel(host: &MemoryHost, runner: &Runner<CountJob>) -> Result<Count, CancelError> {
    let cancel = |_: &mut Change<'_>, record: &mut Count| record.state = State::Cancelled;
    runner
        .cancel(&host.lane, Authority::Host, KEY.to_owned(), cancel)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn work_is_not_done_again_because_its_end_was_not_kept() {
    let host = MemoryHost::start().await;
    put(&host, 0).await;
    host.backend.set_full(true);
    let runner = resumed(&host, 0);
    host.until_a_write_failed().await;
    host.backend.set_full(false);
    assert_eq!(ended(&host, &runner).await.state, State::Done);
    assert_eq!(runner.job.attempts.load(Ordering::Relaxed), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_was_not_kept_is_taken_again() {
    let host = MemoryHost::start().await;
    let runner = counting(&host, 3, 1).await;
    until_so_far(&host, 1).await;
    host.backend.set_full(true);
    runner.job.steps.add_permits(1);
    host.until_a_write_failed().await;
    host.backend.set_full(false);
    runner.job.steps.add_permits(10);
    let done = ended(&host, &runner).await;
    assert_eq!((done.so_far, done.state), (3, State::Done));
    assert_eq!(runner.job.attempts.load(Ordering::Relaxed), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_cancelled_stores_nothing_more() {
    let host = MemoryHost::start().await;
    let runner = counting(&host, 10, 1).await;
    until_so_far(&host, 1).await;
    let cancelled = cancel(&host, &runner).await.expect("it is under way");
    runner.job.steps.add_permits(9);
    assert_eq!(ended(&host, &runner).await, cancelled);
    assert_eq!((cancelled.so_far, cancelled.state), (1, State::Cancelled));
    let again = cancel(&host, &runner).await;
    assert!(matches!(again, Err(CancelError::Ended)), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_cancelled_before_its_turn_does_not_wait_for_it() {
    let host = MemoryHost::start().await;
    let runner = counting(&host, 1, 0).await;
    let at_work = || runner.job.attempts.load(Ordering::Relaxed) == 1;
    until(|| at_work().then_some(())).await;
    let waiting = "waiting".to_owned();
    let count = stored(&host);
    let (record, key) = (count.clone(), waiting.clone());
    host.change(move |change| record.put(change, &key)).await;
    runner.start(&host.lane, waiting.clone(), &count);
    let cancel = |_: &mut Change<'_>, record: &mut Count| record.state = State::Cancelled;
    let cancelled = runner.cancel(&host.lane, Authority::Host, waiting.clone(), cancel);
    cancelled.await.expect("it has not ended");
    until(|| runner.find(host.tenant, &waiting).is_none().then_some(())).await;
    assert!(runner.find(host.tenant, &KEY.to_owned()).is_some());
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_goes_on_if_its_cancellation_was_not_kept() {
    let host = MemoryHost::start().await;
    let runner = counting(&host, 2, 1).await;
    until_so_far(&host, 1).await;
    host.backend.set_full(true);
    let cancelled = cancel(&host, &runner).await;
    assert!(
        matches!(cancelled, Err(CancelError::Lane(_))),
        "{cancelled:?}"
    );
    host.backend.set_full(false);
    // A step whose commit fails is lost.
    runner.job.steps.add_permits(10);
    let done = ended(&host, &runner).await;
    assert_eq!((done.so_far, done.state), (2, State::Done));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stop_cut_off_goes_on_after_it() {
    let host = MemoryHost::start().await;
    let runner = counting(&host, 3, 1).await;
    until_so_far(&host, 1).await;
    runner.stop().await;
    assert_eq!(stored(&host).state, State::Counting);
    let host = host.restart(|_| ()).await;
    let runner = resumed(&host, 2);
    let done = ended(&host, &runner).await;
    assert_eq!((done.so_far, done.state), (3, State::Done));
}
