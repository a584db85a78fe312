//! A file on its way.

use std::io::{self, Write};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt};
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;

use super::FileError;

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its length, in bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
}

/// A file that is being written. Nothing of it is seen before it is finished; dropped before that,
/// what was written of it is removed.
pub struct NewFile {
    path: Path,
    /// None once it is finished.
    upload: Option<Box<dyn MultipartUpload>>,
    /// What is not yet a part.
    held: BytesMut,
    part_bytes: usize,
    bytes: u64,
    sha256: Sha256,
    runtime: Handle,
}

impl NewFile {
    /// Begins a file at any place. It is written in parts of so many bytes, as
    /// [`Place::part_bytes`](super::Place::part_bytes) says.
    ///
    /// # Errors
    /// Where the place refuses.
    pub async fn create(
        store: &Arc<dyn ObjectStore>,
        path: Path,
        part_bytes: usize,
    ) -> Result<Self, FileError> {
        let upload = store.put_multipart(&path).await;
        let upload = upload.map_err(|cause| FileError::of(&path, cause))?;
        Ok(Self {
            path,
            upload: Some(upload),
            held: BytesMut::new(),
            part_bytes,
            bytes: 0,
            sha256: Sha256::new(),
            runtime: Handle::current(),
        })
    }

    /// How much was written, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// Where the place refuses; the file cannot be finished then.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.sha256.update(bytes);
        self.bytes += bytes.len() as u64;
        self.held.extend_from_slice(bytes);
        while self.held.len() >= self.part_bytes {
            let part = self.held.split_to(self.part_bytes).freeze();
            self.put(part).await?;
        }
        Ok(())
    }

    async fn put(&mut self, part: Bytes) -> Result<(), FileError> {
        let Some(upload) = &mut self.upload else {
            return Err(self.has_failed());
        };
        if let Err(cause) = upload.put_part(part.into()).await {
            self.give_up();
            return Err(FileError::of(&self.path, cause));
        }
        Ok(())
    }

    /// Makes the file seen, once it is durable.
    ///
    /// # Errors
    /// Where the place refuses; there is no such file then.
    pub async fn finish(mut self) -> Result<Written, FileError> {
        if !self.held.is_empty() {
            let rest = self.held.split().freeze();
            self.put(rest).await?;
        }
        let Some(mut upload) = self.upload.take() else {
            return Err(self.has_failed());
        };
        if let Err(cause) = upload.complete().await {
            self.upload = Some(upload);
            return Err(FileError::of(&self.path, cause));
        }
        Ok(Written {
            bytes: self.bytes,
            sha256: std::mem::take(&mut self.sha256).finalize().into(),
        })
    }

    /// Removes what was written, and waits until that is done.
    pub async fn abort(mut self) {
        if let Some(mut upload) = self.upload.take() {
            abort(&mut *upload, &self.path).await;
        }
    }

    /// The same for whoever writes on a thread that may block. Must not be written to on a thread of the runtime.
    pub fn into_blocking(self) -> BlockingFile {
        BlockingFile { file: self }
    }

    fn has_failed(&self) -> FileError {
        FileError::Io {
            path: self.path.to_string(),
            cause: io::Error::other("writing it failed before"),
        }
    }

    fn give_up(&mut self) {
        if let Some(mut upload) = self.upload.take() {
            let path = self.path.clone();
            self.runtime
                .spawn(async move { abort(&mut *upload, &path).await });
        }
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        self.give_up();
    }
}

async fn abort(upload: &mut dyn MultipartUpload, path: &Path) {
    if let Err(error) = upload.abort().await {
        tracing::warn!(%path, %error, "a file was given up, and what was written of it may be left");
    }
}

/// A [`NewFile`] for a thread that may block.
pub struct BlockingFile {
    file: NewFile,
}

impl BlockingFile {
    /// How much was written, in bytes.
    pub fn bytes(&self) -> u64 {
        self.file.bytes()
    }

    /// Makes the file seen, once it is durable.
    ///
    /// # Errors
    /// As [`NewFile::finish`].
    pub fn finish(self) -> Result<Written, FileError> {
        let runtime = self.file.runtime.clone();
        runtime.block_on(self.file.finish())
    }
}

impl Write for BlockingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let runtime = self.file.runtime.clone();
        runtime.block_on(self.file.write(bytes))?;
        Ok(bytes.len())
    }

    /// Nothing to do: only what is finished is to be durable.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
