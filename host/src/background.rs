//! Long work that nobody waits for at a screen: runs of exports, replays, backtests.
//!
//! It has a thread of its own with less right to the cores than live work: where a transaction and
//! a file want the same core, the transaction gets it. On a machine with nothing else to do it is
//! as fast as any other work.
//!
//! Where such work has several threads, those that the others wait for go ahead of the rest: [`run_in_parts`].
//!
//! *Invariant.* A thread whose right was taken away never does live work: without privileges it
//! cannot be given back. So no pool shares these threads.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// What the system takes from the right of a thread: 0 is nothing, 19 the most, which leaves about a seventieth of what
/// others get that want the same core.
const NICENESS: i32 = 19;
/// Leaves twice as much.
const NICENESS_AHEAD: i32 = 15;

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
    run_with(NICENESS, name, work)
}

/// As [`run`], for work that starts threads of its own: those of them that nobody waits for [`go_last`].
///
/// # Errors
/// As [`run`].
pub fn run_in_parts<T: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Result<T, BackgroundError>> {
    run_with(NICENESS_AHEAD, name, work)
}

fn run_with<T: Send + 'static>(
    niceness: i32,
    name: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Result<T, BackgroundError>> {
    let (sender, answer) = oneshot::channel();
    let runtime = Handle::current();
    let started = std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            yield_to_others(niceness);
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

/// Lowers the right of the calling thread below that of the other parts of its work, which do not wait for it.
pub fn go_last() {
    yield_to_others(NICENESS);
}

/// Lowers the calling thread's right to the cores.
#[cfg(target_os = "linux")]
fn yield_to_others(niceness: i32) {
    // Linux means the calling thread alone by "this process", whatever POSIX says.
    if let Err(error) = rustix::process::setpriority_process(None, niceness) {
        tracing::warn!(%error, "long work runs with the same right to the cores as live work");
    }
}

/// Elsewhere threads cannot be told apart this way, and share the cores as equals.
#[cfg(not(target_os = "linux"))]
fn yield_to_others(_niceness: i32) {}

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
        use rustix::process::getpriority_process;
        let before = getpriority_process(None).expect("a priority");
        let within = run("test", || getpriority_process(None)).await;
        let within = within.expect("a thread").expect("a priority");
        assert_eq!(within, NICENESS.max(before));
        let parts = run_in_parts("test", || {
            let ahead = getpriority_process(None);
            go_last();
            [ahead, getpriority_process(None)]
        });
        let parts = parts.await.expect("a thread");
        let parts = parts.map(|priority| priority.expect("a priority"));
        assert_eq!(parts, [NICENESS_AHEAD.max(before), NICENESS]);
        assert_eq!(getpriority_process(None).expect("a priority"), before);
    }
}
