//! Where the files of an export go.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::secret::Secret;

/// One place to which the file of each run of an export goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Delivery {
    /// POST to a URL, signed with the secret of that URL.
    Webhook {
        /// Checked when the export was defined; https, unless the operator allows other.
        url: String,
        /// What the body is.
        send: SendBody,
    },
    /// A bucket of S3, or of what speaks it.
    S3(S3Place),
    /// A directory of the host's machine.
    Directory {
        /// Relative to the tenant's part of the operator's root.
        directory: String,
    },
}

/// What a webhook is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SendBody {
    /// The file itself.
    File,
    /// JSON that says where to fetch it.
    Notice,
}

/// A bucket, and who may write to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct S3Place {
    /// Its name.
    pub bucket: String,
    /// Before the names of all files, without slashes at its ends; may be empty.
    pub prefix: String,
    /// Such as `eu-central-1`.
    pub region: String,
    /// Of what is not AWS.
    pub endpoint: Option<String>,
    /// The tenant's own.
    pub access_key_id: String,
    /// Belongs to the id.
    pub secret_access_key: Secret,
}

impl Delivery {
    /// Whether both go to the same place: there they are one after the other.
    pub fn is_to_same_place(&self, other: &Self) -> bool {
        self.place() == other.place()
    }

    /// What tells the place from others: the same for other credentials, or another body.
    pub fn place(&self) -> String {
        self.to_string()
    }

    /// The kind, as metrics name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Webhook { .. } => "webhook",
            Self::S3(_) | Self::Directory { .. } => "object_store",
        }
    }
}

/// The place in words, without secrets.
impl fmt::Display for Delivery {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Webhook { url, .. } => write!(out, "webhook {url}"),
            Self::S3(place) => {
                write!(out, "s3://{}/{}", place.bucket, place.prefix)?;
                match &place.endpoint {
                    Some(endpoint) => write!(out, " at {endpoint}"),
                    None => Ok(()),
                }
            }
            Self::Directory { directory } => write!(out, "directory {directory}"),
        }
    }
}
