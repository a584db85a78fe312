//! Files: what is too long for the store, and is read as a stream.
//!
//! In reading order:
//!
//! - [`place`]: a directory, or a bucket of S3;
//! - [`path`]: what files are called; never by a text that a user chose;
//! - [`new_file`]: a file on its way, of which nothing is seen before it is whole and durable;
//! - [`Files`]: the host's own files.
//!
//! What this module does not know: what is in a file, and who may read it. A file is written once
//! and never changed. Which files there should be is for the store's records to say.

mod config;
mod new_file;
mod path;
mod place;
#[cfg(test)]
mod tests;

use std::io::{self, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::{GetOptions, GetRange, GetResultPayload, ObjectStore, ObjectStoreExt};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use store::key::TenantId;

pub use config::{FilesConfig, FilesKind};
pub use new_file::{BlockingFile, NewFile, Written};
pub use path::{FileKind, FilePath};
pub use place::{OpenFilesError, Place, S3Credentials, S3Place};

/// Bytes that are read from a directory's file at once.
const READ_BYTES: usize = 64 << 10;

/// Why a file cannot be written, read or removed.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum FileError {
    #[error("there is no file {path}")]
    Missing { path: String },
    #[error("file {path}: {cause}")]
    Place {
        path: String,
        cause: object_store::Error,
    },
    #[error("file {path}: {cause}")]
    Io { path: String, cause: io::Error },
}

impl FileError {
    fn of(path: &impl ToString, cause: object_store::Error) -> Self {
        let path = path.to_string();
        match cause {
            object_store::Error::NotFound { .. } => Self::Missing { path },
            cause => Self::Place { path, cause },
        }
    }
}

impl From<FileError> for io::Error {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Missing { .. } => Self::new(io::ErrorKind::NotFound, error),
            FileError::Io { cause, .. } => cause,
            FileError::Place { .. } => Self::other(error),
        }
    }
}

/// The host's own files.
#[derive(Clone, Debug)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    part_bytes: usize,
}

impl Files {
    /// Opens the place that the configuration names, and makes its directory where there is none. What
    /// a crash left half written is removed. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// Where the configuration names no place that can be used.
    pub fn open(config: &FilesConfig, data: &Path) -> Result<Self, OpenFilesError> {
        let place = Place::configured(config, data)?;
        let store = place.open()?;
        place.remove_leftovers()?;
        Ok(Self {
            store,
            part_bytes: place.part_bytes(),
        })
    }

    /// Begins a file. Nobody sees it before it is finished.
    ///
    /// # Errors
    /// Where the place refuses.
    pub async fn create(&self, path: &FilePath) -> Result<NewFile, FileError> {
        NewFile::create(&self.store, path.to_object(), self.part_bytes).await
    }

    /// How long a file is, in bytes; none if there is no such file.
    ///
    /// # Errors
    /// Where the place refuses.
    pub async fn size(&self, path: &FilePath) -> Result<Option<u64>, FileError> {
        match self.store.head(&path.to_object()).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(cause) => Err(FileError::of(path, cause)),
        }
    }

    /// Reads bytes of a file, from the range's first to before its end. A range that goes beyond the
    /// file ends with it; an error on the way ends the stream.
    ///
    /// # Errors
    /// Where there is no such file, or the place refuses.
    pub async fn open_range(
        &self,
        path: &FilePath,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, io::Result<Bytes>>, FileError> {
        let length = range.end.saturating_sub(range.start);
        if length == 0 {
            return Ok(futures::stream::empty().boxed());
        }
        let start = range.start;
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        let opened = self.store.get_opts(&path.to_object(), options).await;
        let opened = opened.map_err(|cause| FileError::of(path, cause))?;
        match opened.payload {
            GetResultPayload::File(file, _) => {
                let mut file = tokio::fs::File::from_std(file);
                let sought = file.seek(SeekFrom::Start(start)).await;
                sought.map_err(|cause| FileError::Io {
                    path: path.to_string(),
                    cause,
                })?;
                Ok(ReaderStream::with_capacity(file.take(length), READ_BYTES).boxed())
            }
            GetResultPayload::Stream(stream) => Ok(stream.map_err(io::Error::other).boxed()),
        }
    }

    /// Removes a file; where there is none, nothing.
    ///
    /// # Errors
    /// Where the place refuses.
    pub async fn delete(&self, path: &FilePath) -> Result<(), FileError> {
        match self.store.delete(&path.to_object()).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(cause) => Err(FileError::of(path, cause)),
        }
    }

    /// The files of a tenant of one kind, in no order; those on their way are not among them.
    pub fn list(
        &self,
        tenant: TenantId,
        kind: FileKind,
    ) -> BoxStream<'static, Result<Uuid, FileError>> {
        let folder = FilePath::folder(tenant, kind);
        let name = folder.to_string();
        let listed = self.store.list(Some(&folder));
        let ids = listed.map_err(move |cause| FileError::of(&name, cause));
        ids.try_filter_map(|meta| async move {
            let id = meta.location.filename().map(Uuid::try_parse);
            Ok(id.and_then(Result::ok))
        })
        .boxed()
    }

    /// The documents of all alerts of a tenant, in no order; those on their way are not among them.
    pub fn list_documents(
        &self,
        tenant: TenantId,
    ) -> BoxStream<'static, Result<FilePath, FileError>> {
        let folder = FilePath::documents(tenant);
        let name = folder.to_string();
        let listed = self.store.list(Some(&folder));
        let documents = listed.map_err(move |cause| FileError::of(&name, cause));
        documents
            .try_filter_map(
                move |meta| async move { Ok(FilePath::document(tenant, &meta.location)) },
            )
            .boxed()
    }
}
