//! Long work that is tried again after the store failed.

use std::fmt::Display;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use base::condition::Condition;
use store::Store;

/// The pause after the first failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How often the store is asked whether it can be written again.
const STORE_INTERVAL: Duration = Duration::from_secs(1);

/// Repeats `attempt` until it succeeds. Returns `None` if `stopping` is cancelled first; an attempt under way is waited for.
///
/// Pauses double from one second to one minute. While the store cannot be written there is no attempt, so that work goes
/// on within seconds of when it can, however long that took. `what` is the message that is logged meanwhile.
pub async fn until_done<T, E, F>(
    store: &Store,
    stopping: &CancellationToken,
    what: &'static str,
    mut attempt: impl FnMut() -> F,
) -> Option<T>
where
    E: Display,
    F: Future<Output = Result<T, E>>,
{
    let trouble = Condition::new(what);
    let mut pause = FIRST_PAUSE;
    loop {
        match attempt().await {
            Ok(done) => {
                trouble.ended();
                return Some(done);
            }
            Err(error) if stopping.is_cancelled() => {
                tracing::info!(%error, "{what}; it goes on when the host is started again");
                return None;
            }
            Err(error) => trouble.holds(error),
        }
        let wait = async {
            tokio::time::sleep(pause).await;
            while store.trouble().is_some() {
                tokio::time::sleep(STORE_INTERVAL).await;
            }
        };
        stopping.run_until_cancelled(wait).await?;
        pause = LONGEST_PAUSE.min(2 * pause);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use store::key::{Key, Record, TenantId};
    use store::memory::MemoryBackend;
    use store::{Batch, CommitLimits};

    fn store(backend: &Arc<MemoryBackend>) -> Store {
        Store::over(backend.clone(), CommitLimits::default()).expect("a store")
    }

    #[tokio::test]
    async fn pauses_grow_and_success_ends_them() {
        let store = store(&Arc::default());
        let begun = std::time::Instant::now();
        let tried = AtomicU32::new(0);
        let attempt = async || match tried.fetch_add(1, Ordering::Relaxed) {
            2 => Ok(7),
            _ => Err("not yet"),
        };
        let done = until_done(&store, &CancellationToken::new(), "it fails", attempt).await;
        assert_eq!(done, Some(7));
        assert!(begun.elapsed() >= FIRST_PAUSE + 2 * FIRST_PAUSE);
    }

    #[tokio::test]
    async fn nothing_is_tried_while_the_store_fails() {
        let backend = Arc::new(MemoryBackend::new());
        let store = store(&backend);
        backend.set_full(true);
        let mut batch = Batch::new();
        let name = "anything".to_owned();
        batch.put(Key::new(TenantId::HOST, &Record::Host { name }), vec![1]);
        let refused = store.commit_wait(batch).await;
        assert!(refused.is_err() && store.trouble().is_some());
        let tried = AtomicU32::new(0);
        let attempt = async || match tried.fetch_add(1, Ordering::Relaxed) {
            0 => Err("the store is full"),
            _ => Ok(()),
        };
        let stopping = CancellationToken::new();
        let mut working = std::pin::pin!(until_done(&store, &stopping, "it fails", attempt));
        let patience = 2 * (FIRST_PAUSE + STORE_INTERVAL);
        assert!(tokio::time::timeout(patience, &mut working).await.is_err());
        assert_eq!(tried.load(Ordering::Relaxed), 1);
        backend.set_full(false);
        assert_eq!(working.await, Some(()));
    }

    #[tokio::test]
    async fn a_stop_ends_the_pause() {
        let store = store(&Arc::default());
        let stopping = CancellationToken::new();
        let attempt = async || {
            stopping.cancel();
            Err::<(), _>("never")
        };
        assert_eq!(
            until_done(&store, &stopping, "it fails", attempt).await,
            None
        );
    }
}
