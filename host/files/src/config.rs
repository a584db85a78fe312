//! Where files are, as the configuration says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where files are. For `s3` the credentials come from the environment alone: `AWS_ACCESS_KEY_ID`,
/// `AWS_SECRET_ACCESS_KEY` and what else AWS's own tools read.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FilesConfig {
    /// `local` for a directory, `s3` for a bucket.
    pub kind: FilesKind,
    /// The directory; empty: `files` in the data directory. No two hosts may share one.
    pub path: String,
    /// The bucket.
    pub bucket: String,
    /// What all names in the bucket begin with, such as `vervet/production`; empty for nothing.
    pub prefix: String,
    /// The bucket's region, such as `eu-west-1`; empty for the environment's.
    pub region: String,
    /// The URL of a server that is not AWS's and speaks S3; empty for AWS.
    pub endpoint: String,
    /// Lets `endpoint` be `http://…`, where what is sent can be read on the way.
    pub allow_http: bool,
    /// The largest document of an alert, in bytes.
    pub max_document_bytes: u64,
}

/// Where files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FilesKind {
    /// In a directory.
    Local,
    /// In a bucket of S3, or of what speaks it.
    S3,
}

impl Default for FilesConfig {
    fn default() -> Self {
        Self {
            kind: FilesKind::Local,
            path: String::new(),
            bucket: String::new(),
            prefix: String::new(),
            region: String::new(),
            endpoint: String::new(),
            allow_http: false,
            max_document_bytes: 25 << 20,
        }
    }
}
