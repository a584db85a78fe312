//! Where files can be: a directory, or a bucket.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, ObjectStore};
use secrecy::{ExposeSecret, SecretString};

use crate::config::{FilesConfig, FilesKind};

/// What is sent to a bucket at once, in bytes. S3 takes no part below 5 MiB but the last, and 10,000
/// of them: a file may have 80 GB.
const S3_PART_BYTES: usize = 8 << 20;

/// What is written to a directory's file at once, in bytes.
const LOCAL_PART_BYTES: usize = 256 << 10;

/// How long one request to a bucket may take, with its body.
const S3_REQUEST: Duration = Duration::from_secs(300);

/// How long a bucket may take to be connected to.
const S3_CONNECT: Duration = Duration::from_secs(10);

/// Between a file's name and the number of one that is on its way to it, in a directory.
const ON_ITS_WAY: char = '#';

/// Where files can be.
#[derive(Clone, Debug)]
pub enum Place {
    /// A directory. It is made where there is none.
    Local {
        /// The directory.
        root: PathBuf,
    },
    /// A bucket of S3, or of what speaks it.
    S3(S3Place),
}

/// A bucket of S3, or of what speaks it.
#[derive(Clone, Debug)]
pub struct S3Place {
    /// The bucket's name.
    pub bucket: String,
    /// What all names begin with; empty for nothing.
    pub prefix: String,
    /// The region; empty for the environment's, or `us-east-1`.
    pub region: String,
    /// The server's URL; empty for AWS.
    pub endpoint: String,
    /// Whether the endpoint may be `http://…`.
    pub allow_http: bool,
    /// Who calls.
    pub credentials: S3Credentials,
}

/// As whom a bucket is called. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub enum S3Credentials {
    /// As the operator: what AWS's own tools find in the environment. Never for a place that a tenant describes.
    Environment,
    /// As whom these belong to. Nothing of the environment is used.
    Given {
        /// The access key's id.
        access_key_id: String,
        /// Its secret.
        secret_access_key: SecretString,
    },
}

/// Why a place cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum OpenFilesError {
    #[error("files.bucket is empty; with files.kind = 's3' it must name the bucket")]
    NoBucket,
    #[error("the directory of files {} cannot be used: {cause}", path.display())]
    Directory { path: PathBuf, cause: io::Error },
    #[error("the bucket '{bucket}' cannot be used: {cause}")]
    Bucket {
        bucket: String,
        cause: object_store::Error,
    },
}

impl Place {
    /// The place of the host's own files.
    ///
    /// # Errors
    /// Where the configuration names none.
    pub fn configured(config: &FilesConfig, data: &Path) -> Result<Self, OpenFilesError> {
        match config.kind {
            FilesKind::Local if config.path.is_empty() => Ok(Self::Local {
                root: data.join("files"),
            }),
            FilesKind::Local => Ok(Self::Local {
                root: PathBuf::from(&config.path),
            }),
            FilesKind::S3 if config.bucket.is_empty() => Err(OpenFilesError::NoBucket),
            FilesKind::S3 => Ok(Self::S3(S3Place {
                bucket: config.bucket.clone(),
                prefix: config.prefix.clone(),
                region: config.region.clone(),
                endpoint: config.endpoint.clone(),
                allow_http: config.allow_http,
                credentials: S3Credentials::Environment,
            })),
        }
    }

    /// Opens it. A bucket is not called before there is something to do.
    ///
    /// # Errors
    /// Where the directory cannot be made, or what describes the bucket is no description of one.
    pub fn open(&self) -> Result<Arc<dyn ObjectStore>, OpenFilesError> {
        match self {
            Self::Local { root } => {
                fs::create_dir_all(root).map_err(|cause| directory(root, cause))?;
                let opened = LocalFileSystem::new_with_prefix(root)
                    .map_err(|error| directory(root, io::Error::other(error)))?;
                // What is finished is synced, with the directories that name it.
                Ok(Arc::new(opened.with_fsync(true)))
            }
            Self::S3(place) => place.open(),
        }
    }

    /// What is written at once, in bytes.
    pub fn part_bytes(&self) -> usize {
        match self {
            Self::Local { .. } => LOCAL_PART_BYTES,
            Self::S3(_) => S3_PART_BYTES,
        }
    }

    /// Removes what a crash left half written. In a bucket such parts are not seen, and a rule of
    /// the bucket's ends them (`AbortIncompleteMultipartUpload`).
    pub(super) fn remove_leftovers(&self) -> Result<(), OpenFilesError> {
        match self {
            Self::Local { root } => remove_leftovers(root).map_err(|cause| directory(root, cause)),
            Self::S3(_) => Ok(()),
        }
    }
}

fn directory(path: &Path, cause: io::Error) -> OpenFilesError {
    OpenFilesError::Directory {
        path: path.to_owned(),
        cause,
    }
}

fn remove_leftovers(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_leftovers(&entry.path())?;
        } else if entry.file_name().to_string_lossy().contains(ON_ITS_WAY) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

impl S3Place {
    fn open(&self) -> Result<Arc<dyn ObjectStore>, OpenFilesError> {
        // Whoever came first installed the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = match &self.credentials {
            S3Credentials::Environment => AmazonS3Builder::from_env(),
            S3Credentials::Given {
                access_key_id,
                secret_access_key,
            } => AmazonS3Builder::new()
                .with_access_key_id(access_key_id)
                .with_secret_access_key(secret_access_key.expose_secret()),
        };
        let client = ClientOptions::new()
            .with_timeout(S3_REQUEST)
            .with_connect_timeout(S3_CONNECT)
            .with_allow_http(self.allow_http);
        builder = builder
            .with_client_options(client)
            .with_bucket_name(&self.bucket);
        if !self.region.is_empty() {
            builder = builder.with_region(&self.region);
        }
        if !self.endpoint.is_empty() {
            builder = builder.with_endpoint(&self.endpoint);
        }
        let bucket = builder.build().map_err(|cause| OpenFilesError::Bucket {
            bucket: self.bucket.clone(),
            cause,
        })?;
        if self.prefix.is_empty() {
            return Ok(Arc::new(bucket));
        }
        Ok(Arc::new(PrefixStore::new(bucket, self.prefix.as_str())))
    }
}
