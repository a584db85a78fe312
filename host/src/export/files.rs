//! Where the files of runs are.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use crate::store::key::TenantId;

/// Bytes that are read at once.
const READ_BYTES: usize = 64 << 10;

/// A directory of files, one for each run that is ready.
#[derive(Clone, Debug)]
pub(super) struct Files {
    root: PathBuf,
}

impl Files {
    /// Opens the directory, or makes it.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        Ok(Self {
            root: root.to_owned(),
        })
    }

    /// Begins the file of a run. Nobody sees it before it is whole.
    pub(super) fn create(&self, run: Uuid) -> io::Result<NewFile> {
        let (part, whole) = (self.root.join(format!("{run}.part")), self.path(run));
        Ok(NewFile {
            file: Some(io::BufWriter::new(File::create(&part)?)),
            part,
            whole,
        })
    }

    /// Where the file of a run is, once it is ready.
    pub(super) fn path(&self, run: Uuid) -> PathBuf {
        self.root.join(run.to_string())
    }
}

/// Reads the files of runs.
#[derive(Clone, Debug)]
pub struct RunFiles(pub(super) Files);

impl RunFiles {
    /// The bytes of the file of a run.
    ///
    /// # Errors
    /// Where there is no such file, or it cannot be read.
    pub async fn open(
        &self,
        _tenant: TenantId,
        run: Uuid,
    ) -> io::Result<BoxStream<'static, io::Result<Bytes>>> {
        let file = tokio::fs::File::open(self.0.path(run)).await?;
        Ok(ReaderStream::with_capacity(file, READ_BYTES).boxed())
    }
}

/// A file that is being written. Dropped before it is finished, it is removed.
pub(super) struct NewFile {
    file: Option<io::BufWriter<File>>,
    part: PathBuf,
    whole: PathBuf,
}

impl NewFile {
    /// Makes the file seen, after it is on the disk.
    pub(super) fn finish(mut self) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
        }
        fs::rename(&self.part, &self.whole)?;
        let directory = self.whole.parent().unwrap_or(Path::new("."));
        File::open(directory)?.sync_all()
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().map_or(Ok(0), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // After `finish` there is no such file any more.
        let _ = fs::remove_file(&self.part);
    }
}
