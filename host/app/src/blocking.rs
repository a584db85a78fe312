//! Work that waits for the disk, a core or a plugin, off the runtime's threads.

use std::sync::Arc;

use crate::App;
use engine::lane::LaneError;
use store::StoreError;

/// Work that panicked; its message is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the host failed")]
pub struct Panicked;

/// Why what is stored cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReadError {
    /// The store or the lane cannot be read.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// Reading panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        Self::Lane(error.into())
    }
}

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

/// Reads off the runtime's threads: the store may wait for the disk.
///
/// # Errors
/// Where the store cannot be read.
pub async fn on_disk<T: Send + 'static>(
    app: &Arc<App>,
    read: impl FnOnce(&App) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, ReadError> {
    let app = app.clone();
    Ok(blocking(move || read(&app)).await??)
}
