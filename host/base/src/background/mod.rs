//! Long work that nobody waits for at a screen: runs of exports, replays, backtests.
//!
//! It has threads of its own, which get a core only where no live work wants it: where a transaction and
//! a file want the same core, the transaction gets it, at once. On a machine with nothing else to do such work is
//! as fast as any other.
//!
//! - [`breather`]: rests, where live work wants the cores.
//!
//! *Invariant.* A thread whose right was taken away never does live work: without privileges it
//! cannot be given back. So no pool shares these threads.

mod breather;

use std::panic::{AssertUnwindSafe, catch_unwind};

#[cfg(target_os = "linux")]
use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy,
    set_thread_priority_and_policy, thread_native_id, thread_schedule_policy,
};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

pub use breather::Breather;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum BackgroundError {
    /// The system has no thread for it; nothing was done.
    #[error("no thread could be started: {0}")]
    Thread(std::io::Error),
    /// A fault of the host's; it is in the log.
    #[error("it failed in the host; the log says where")]
    Panicked,
}

impl BackgroundError {
    /// Whether the same may succeed later. What panicked would panic again.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Thread(_))
    }
}

/// Does work in the background, which may block, and answers what it answers. The thread has so
/// short a name that the system shows it: up to 15 bytes. It begins at once, and goes on to its end even
/// where nobody waits any more: work that can be given up must look itself whether it was.
///
/// Must be called within a tokio runtime, which the work may use as any other task that blocks.
///
/// # Errors
/// Where there is no thread for it, or it panics.
pub fn run<T: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Result<T, BackgroundError>> {
    let (sender, answer) = oneshot::channel();
    let runtime = Handle::current();
    let started = std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            yield_to_others();
            let _within = runtime.enter();
            if let Ok(done) = catch_unwind(AssertUnwindSafe(work)) {
                // Where nobody waits any more, nobody misses it.
                let _ = sender.send(done);
            }
        });
    async move {
        started.map_err(BackgroundError::Thread)?;
        answer.await.map_err(|_| BackgroundError::Panicked)
    }
}

/// Takes the calling thread's right to a core that others want; threads that it starts have none either.
///
/// By niceness alone a thread of the lowest right keeps its core for a moment after another one wants it, thousands of
/// times a second; one under the policy `SCHED_IDLE` gives it up at once (sched(7)).
#[cfg(target_os = "linux")]
fn yield_to_others() {
    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    // The niceness that is set besides means nothing under this policy, and is refused where the whole program was made nicer.
    let _ = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle);
    if thread_schedule_policy().is_ok_and(|policy| policy != idle) {
        tracing::warn!("long work runs with the same right to the cores as live work");
    }
}

/// Elsewhere threads cannot be told apart this way, and share the cores as equals.
#[cfg(not(target_os = "linux"))]
fn yield_to_others() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_answer_comes() {
        let answer = run("test", || 6 * 7).await;
        assert_eq!(answer.expect("a thread"), 42);
    }

    #[tokio::test]
    async fn a_panic_is_an_error_of_that_work_alone() {
        let failed = run("test", || panic!("as it should")).await;
        assert!(matches!(failed, Err(BackgroundError::Panicked)));
        assert_eq!(run("test", || 1).await.expect("a thread"), 1);
    }

    #[tokio::test]
    async fn it_is_done_even_where_nobody_waits() {
        let (sender, receiver) = oneshot::channel();
        drop(run("test", move || sender.send(7)));
        assert_eq!(receiver.await.expect("it was done"), 7);
    }

    #[tokio::test]
    async fn it_may_use_the_runtime() {
        let within = run("test", || Handle::current().block_on(async { 3 })).await;
        assert_eq!(within.expect("a thread"), 3);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn it_has_less_right_to_the_cores_and_its_starter_keeps_its_own() {
        let policy = || thread_schedule_policy().expect("a policy");
        let before = policy();
        let within = run("test", move || {
            let of_part = std::thread::spawn(policy).join();
            [policy(), of_part.expect("a policy")]
        });
        let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        assert_eq!(within.await.expect("a thread"), [idle; 2]);
        assert_eq!(policy(), before);
    }
}
