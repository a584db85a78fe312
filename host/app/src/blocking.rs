//! Work that waits for the disk, a core or a plugin, off the runtime's threads.

/// Work that panicked; its message is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the host failed")]
pub struct Panicked;

/// Does what may block on a thread that may.
///
/// # Errors
/// Where it panics.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Panicked> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "blocking work did not end");
        Panicked
    })
}
