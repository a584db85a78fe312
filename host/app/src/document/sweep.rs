//! Files that nothing names any more.

use domain::alert::PartKind;
use futures::TryStreamExt;
use uuid::Uuid;

use engine::alert::parts::read_part;
use files::{FileError, FileKind, FilePath, Files};
use store::key::TenantId;
use store::{Store, StoreError};

/// Why files were not looked through.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum SweepError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the thread that reads the store failed")]
    Thread,
}

/// Removes the files of a tenant's documents that no document has: of uploads that a crash cut off before
/// they were noted, and of documents that were deleted just before one. Answers how many. Files of
/// uploads that began at `before` (in seconds since the epoch) or later are left alone: they may be noted yet.
///
/// # Errors
/// Where files or store cannot be read.
pub async fn sweep(
    files: &Files,
    store: &Store,
    tenant: TenantId,
    before: u64,
) -> Result<usize, SweepError> {
    let mut removed = 0;
    let mut documents = files.list_documents(tenant);
    while let Some(path) = documents.try_next().await? {
        if !began_before(path.id, before) {
            continue;
        }
        let store = store.clone();
        let is_named = tokio::task::spawn_blocking(move || is_named(&store, &path));
        if !is_named.await.map_err(|_| SweepError::Thread)?? {
            files.delete(&path).await?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn began_before(id: Uuid, before: u64) -> bool {
    let began = id.get_timestamp().map(|timestamp| timestamp.to_unix().0);
    began.is_some_and(|began| began < before)
}

fn is_named(store: &Store, path: &FilePath) -> Result<bool, StoreError> {
    let FileKind::Document { alert } = path.kind else {
        return Ok(true);
    };
    let (kind, newest) = (PartKind::Document, u64::MAX);
    let part = read_part(store, path.tenant, alert, kind, path.id, newest)?;
    Ok(part.is_some_and(|part| !part.deleted))
}
