//! A run on its way to one place: what every kind of place is told of it.

use std::io;

use bytes::Bytes;
use domain::time::Timestamp;
use futures::stream::BoxStream;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use super::signature::Signing;
use export::Runs;
use files::{FileError, Files};
use store::key::TenantId;
use tenant::FormatterChoice;

/// A run on its way to one place.
pub(super) struct Parcel {
    pub(super) export: String,
    pub(super) run: Uuid,
    pub(super) message_id: String,
    pub(super) snapshot_at: Timestamp,
    pub(super) rows: u64,
    /// Lines that a load counts, where that is known.
    pub(super) lines: Option<u64>,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    pub(super) media_type: String,
    pub(super) file_extension: String,
    pub(super) formatter: FormatterChoice,
    pub(super) layout_version: Option<u32>,
    /// Where the file is fetched from this host.
    pub(super) url: String,
    /// When the try began.
    pub(super) at: Timestamp,
    pub(super) tenant: TenantId,
    /// Under which webhooks are signed.
    pub(super) keys: Vec<Vec<u8>>,
    pub(super) files: Files,
}

impl Parcel {
    /// The bytes of the file.
    pub(super) async fn open(&self) -> Result<BoxStream<'static, io::Result<Bytes>>, FileError> {
        let path = Runs::path(self.tenant, self.run);
        self.files.open_range(&path, 0..self.bytes).await
    }

    /// When the try began, in seconds since the epoch.
    pub(super) fn seconds(&self) -> i64 {
        self.at.as_micros().div_euclid(1_000_000)
    }

    /// The signature of a body, in the making.
    pub(super) fn signing(&self) -> Signing {
        Signing::new(&self.keys, &self.message_id, self.seconds())
    }

    /// What a receiver is told of any body.
    pub(super) fn headers(&self) -> HeaderMap {
        let headers = [
            ("vervet-export", self.export.clone()),
            ("vervet-run", self.run.to_string()),
            ("vervet-snapshot-at", self.snapshot_at.to_string()),
            ("vervet-sha256", self.sha256.clone()),
        ];
        let headers = headers.into_iter().filter_map(|(name, value)| {
            let value = HeaderValue::try_from(value).ok()?;
            Some((HeaderName::from_static(name), value))
        });
        headers.collect()
    }
}
