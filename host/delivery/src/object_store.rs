//! Object stores: a bucket of S3 or of what speaks it, or a directory of the operator's.
//!
//! Three files for a run, one after the other: the file, then a manifest that
//! Redshift's COPY takes, then a sidecar that says what it is. Each is seen when
//! it is whole. Their names are those of the run, so that another try writes the same.

use std::error::Error as _;
use std::path::{Path as Directory, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::stream::StreamExt;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, RetryConfig};
use reqwest::Client;
use serde_json::json;

use super::bucket_client::Connector;
use super::parcel::Parcel;
use super::verdict::Outcome;
use files::{FileError, NewFile};
use tenant::S3Place;

/// Bytes that go to a bucket at once.
const S3_PART_BYTES: usize = 8 << 20;
/// Bytes that are written to a directory at once.
const LOCAL_PART_BYTES: usize = 1 << 20;
/// What marks a file on its way in a directory.
const ON_ITS_WAY: char = '#';
/// Bytes that must go out in a second, at the least.
const SLOWEST_BYTES_PER_SECOND: u64 = 128 << 10;

/// Why a file is not there.
#[derive(Debug, thiserror::Error)]
pub(super) enum PutError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("the place cannot be used: {0}")]
    Place(#[from] object_store::Error),
    #[error("the directory {} cannot be used: {cause}", path.display())]
    Directory {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error("the host cannot read the file: {0}")]
    Read(std::io::Error),
}

/// A place, open.
pub(super) struct Shelf {
    store: Arc<dyn ObjectStore>,
    /// Before the names of all files, without slashes at its ends.
    prefix: String,
    /// What the manifest puts before a file's whole name.
    url: String,
    part_bytes: usize,
}

impl Shelf {
    /// A tenant's bucket. It is not called before there is something to do.
    pub(super) fn bucket(place: &S3Place, client: &Client) -> Result<Self, PutError> {
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&place.bucket)
            .with_region(&place.region)
            .with_access_key_id(&place.access_key_id)
            .with_secret_access_key(place.secret_access_key.expose())
            .with_http_connector(Connector(client.clone()))
            // What is allowed was checked; the client's own rules hold all the same.
            .with_client_options(ClientOptions::new().with_allow_http(true))
            // Tries are counted and spaced by the ladder.
            .with_retry(RetryConfig {
                max_retries: 0,
                ..RetryConfig::default()
            });
        if let Some(endpoint) = &place.endpoint {
            builder = builder
                .with_config(AmazonS3ConfigKey::VirtualHostedStyleRequest, "false")
                .with_endpoint(endpoint);
        }
        Ok(Self {
            store: Arc::new(builder.build()?),
            prefix: place.prefix.clone(),
            url: format!("s3://{}/", place.bucket),
            part_bytes: S3_PART_BYTES,
        })
    }

    /// A directory, which is made where there is none. What a crash left of
    /// the export's files half written is removed.
    pub(super) async fn directory(path: PathBuf, export: &str) -> Result<Self, PutError> {
        let export = path.join(export);
        let opening = path.clone();
        let open = move || {
            std::fs::create_dir_all(&export)?;
            remove_leftovers(&export)?;
            let store = LocalFileSystem::new_with_prefix(&opening)?;
            Ok::<_, std::io::Error>(store.with_fsync(true))
        };
        let opened = tokio::task::spawn_blocking(open).await;
        let opened = opened.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        let store = opened.map_err(|cause| PutError::Directory { path, cause })?;
        Ok(Self {
            store: Arc::new(store),
            prefix: String::new(),
            url: String::new(),
            part_bytes: LOCAL_PART_BYTES,
        })
    }

    /// Puts a run: the file, the manifest and the sidecar.
    pub(super) async fn put(&self, parcel: &Parcel) -> Result<(), PutError> {
        let file = self.path(parcel, "");
        let mut new = self.create(&file).await?;
        let opened = parcel.open().await;
        let mut bytes = opened.map_err(|error| PutError::Read(error.into()))?;
        while let Some(piece) = bytes.next().await {
            match piece {
                Ok(piece) => new.write(&piece).await?,
                Err(error) => {
                    new.abort().await;
                    return Err(PutError::Read(error));
                }
            }
        }
        new.finish().await?;

        let manifest = json!({ "entries": [{
            "url": format!("{}{file}", self.url),
            "mandatory": true,
            "meta": { "content_length": parcel.bytes },
        }] });
        self.put_json(&self.path(parcel, ".manifest"), &manifest)
            .await?;
        let sidecar = json!({
            "file": file.filename(),
            "export": parcel.export,
            "run": parcel.run,
            "snapshot_at": parcel.snapshot_at.to_string(),
            "rows": parcel.rows,
            "lines": parcel.lines,
            "bytes": parcel.bytes,
            "sha256": parcel.sha256,
            "media_type": parcel.media_type,
            "layout_version": parcel.layout_version,
            "formatter": parcel.formatter,
        });
        self.put_json(&self.path(parcel, ".meta.json"), &sidecar)
            .await
    }

    async fn put_json(&self, path: &Path, value: &serde_json::Value) -> Result<(), PutError> {
        let mut new = self.create(path).await?;
        new.write(value.to_string().as_bytes()).await?;
        new.finish().await?;
        Ok(())
    }

    async fn create(&self, path: &Path) -> Result<NewFile, FileError> {
        NewFile::create(&self.store, path.clone(), self.part_bytes).await
    }

    /// `prefix/export/20260301T020000Z-run.csv`, and what comes behind it.
    fn path(&self, parcel: &Parcel, suffix: &str) -> Path {
        let name = format!(
            "{}-{}.{}{suffix}",
            compact(parcel.snapshot_at),
            parcel.run,
            parcel.file_extension
        );
        let folders = self.prefix.split('/').filter(|folder| !folder.is_empty());
        folders.chain([&*parcel.export, &*name]).collect()
    }
}

/// Puts a run to a place within a time that its size allows, and says what came of it.
pub(super) async fn send(
    shelf: Result<Shelf, PutError>,
    parcel: &Parcel,
    answer: Duration,
) -> Outcome {
    let on_its_way = Duration::from_secs(parcel.bytes / SLOWEST_BYTES_PER_SECOND);
    // Three files, and the beginning and end of each.
    let patience = answer * 3 + on_its_way;
    let put = async { shelf?.put(parcel).await };
    match tokio::time::timeout(patience, put).await {
        Ok(Ok(())) => {
            Outcome::Delivered("the file, its manifest and its sidecar are there".to_owned())
        }
        Ok(Err(PutError::Read(error))) => {
            tracing::error!(run = %parcel.run, %error, "the file of a run cannot be read");
            Outcome::failed("the host cannot read the file; its operator finds why in the log")
        }
        Ok(Err(error)) => Outcome::failed(describe(&error)),
        Err(_) => Outcome::failed(format!("not done within {} s", patience.as_secs())),
    }
}

/// The error with its causes; of an answer of S3 its code and message.
fn describe(error: &PutError) -> String {
    let mut text = error.to_string();
    let mut cause = match error {
        PutError::File(FileError::Place { cause, .. }) => cause.source(),
        other => other.source(),
    };
    while let Some(error) = cause {
        let sentence = error.to_string();
        if !text.contains(&sentence) {
            text = format!("{text}: {sentence}");
        }
        cause = error.source();
    }
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        let (content, _) = rest.split_once(&format!("</{name}>"))?;
        Some(content.to_owned())
    };
    match (element("Code"), element("Message")) {
        (Some(code), Some(message)) => format!("the bucket answered {code}: {message}"),
        (Some(code), None) => format!("the bucket answered {code}"),
        _ => text,
    }
}

/// Files on their way that nobody is writing any more: deliveries to one place do not overlap.
fn remove_leftovers(folder: &Directory) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let is_left = entry.file_name().to_string_lossy().contains(ON_ITS_WAY);
        if is_left && entry.file_type()?.is_file() {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// A time as names of files have it: `20260301T020000Z`.
fn compact(at: domain::time::Timestamp) -> String {
    let at = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or_default();
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;

    #[test]
    fn names_sort_by_time() {
        let check = |micros: i64, expect: &str| {
            assert_eq!(compact(Timestamp::from_micros(micros)), expect);
        };
        check(0, "19700101T000000Z");
        check(1_772_330_400_000_001, "20260301T020000Z");
    }

    #[test]
    fn an_answer_of_s3_is_told_by_its_code() {
        let check = |body: &'static str, expect: &str| {
            let error = PutError::Place(object_store::Error::Generic {
                store: "S3",
                source: body.into(),
            });
            assert_eq!(describe(&error), expect);
        };
        check(
            "status 403: <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
            "the bucket answered AccessDenied: Access Denied",
        );
        check(
            "no route to host",
            "the place cannot be used: Generic S3 error: no route to host",
        );
    }
}
