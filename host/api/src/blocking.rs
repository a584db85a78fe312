//! Work that waits for the disk or for a plugin, off the runtime's threads.

use crate::http::Problem;

/// Does what may block on a thread that may.
///
/// # Errors
/// 500 where it panics.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "blocking work did not end");
        Problem::internal()
    })
}
