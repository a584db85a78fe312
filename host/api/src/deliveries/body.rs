//! Deliveries as the API has them: where an export's files go, and how far that is.

use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::http::WireTime;
use app::exports::places::{MASKED, NewDelivery, NewObjectStore};
use export::{DeliveryRecord, DeliveryState};
use tenant::{Delivery, Secret, SendBody};

/// A place to which the file of each run goes.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "NewDelivery")]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum NewDeliveryBody {
    /// POST to a URL, signed as the Standard Webhooks specification has it.
    Webhook {
        /// https, to a host that anyone can reach; without credentials and fragment. What says who is
        /// calling is the signature.
        url: String,
        /// The file, or a notice that says where to fetch it.
        #[serde(default = "file")]
        send: SendBody,
    },
    /// A bucket of S3 or of what speaks it, or a directory of the host's operator.
    ObjectStore {
        /// Below the tenant's part of the operator's root; instead of a bucket.
        #[serde(default)]
        directory: Option<String>,
        /// The bucket's name; instead of a directory.
        #[serde(default)]
        bucket: Option<String>,
        /// Before the names of all files, such as `vervet/nightly`.
        #[serde(default)]
        prefix: Option<String>,
        /// The bucket's region, such as `eu-central-1`.
        #[serde(default)]
        region: Option<String>,
        /// The URL of what is not AWS; the bucket's name is in the path.
        #[serde(default)]
        endpoint: Option<String>,
        /// Of a key that may write to the bucket, and should be able to do nothing else.
        #[serde(default)]
        access_key_id: Option<String>,
        /// Belongs to the key; written only. Left out, or `***`, it stays what it was for the same endpoint, bucket and key.
        #[serde(default)]
        secret_access_key: Option<String>,
    },
}

fn file() -> SendBody {
    SendBody::File
}

impl From<NewDeliveryBody> for NewDelivery {
    fn from(body: NewDeliveryBody) -> Self {
        match body {
            NewDeliveryBody::Webhook { url, send } => Self::Webhook { url, send },
            NewDeliveryBody::ObjectStore {
                directory,
                bucket,
                prefix,
                region,
                endpoint,
                access_key_id,
                secret_access_key,
            } => Self::ObjectStore(NewObjectStore {
                directory,
                bucket,
                prefix,
                region,
                endpoint,
                access_key_id,
                secret_access_key: secret_access_key.map(Secret::new),
            }),
        }
    }
}

/// A place to which the file of each run goes.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Delivery")]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum DeliveryBody {
    /// POST to a URL, signed as the Standard Webhooks specification has it.
    Webhook {
        url: String,
        send: SendBody,
        /// With what it is signed; shown once, to who defined the webhook.
        #[serde(skip_serializing_if = "Option::is_none")]
        secret: Option<String>,
    },
    /// A bucket of S3 or of what speaks it, or a directory of the host's operator.
    ObjectStore {
        #[serde(skip_serializing_if = "Option::is_none")]
        directory: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        bucket: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        prefix: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        region: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        endpoint: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        access_key_id: Option<String>,
        /// `***`
        #[serde(skip_serializing_if = "Option::is_none")]
        secret_access_key: Option<String>,
    },
}

impl DeliveryBody {
    pub(crate) fn of(delivery: &Delivery) -> Self {
        match delivery {
            Delivery::Webhook { url, send } => Self::Webhook {
                url: url.clone(),
                send: *send,
                secret: None,
            },
            Delivery::S3(place) => Self::ObjectStore {
                directory: None,
                bucket: Some(place.bucket.clone()),
                prefix: Some(place.prefix.clone()),
                region: Some(place.region.clone()),
                endpoint: place.endpoint.clone(),
                access_key_id: Some(place.access_key_id.clone()),
                secret_access_key: Some(MASKED.to_owned()),
            },
            Delivery::Directory { directory } => Self::ObjectStore {
                directory: Some(directory.clone()),
                bucket: None,
                prefix: None,
                region: None,
                endpoint: None,
                access_key_id: None,
                secret_access_key: None,
            },
        }
    }

    /// Shows the secret of the webhook to this URL.
    pub(crate) fn show_secret(&mut self, of: &str, shown: &str) {
        if let Self::Webhook { url, secret, .. } = self
            && url == of
        {
            *secret = Some(shown.to_owned());
        }
    }
}

/// How far the delivery of a run to one place is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RunDelivery")]
pub(crate) struct RunDeliveryBody {
    /// The run's id.
    run: String,
    /// Among the deliveries of the run, from 0.
    number: u32,
    /// The place.
    to: String,
    #[serde(flatten)]
    state: DeliveryState,
    /// By which a receiver tells a repeat: `webhook-id`.
    message_id: String,
    /// How often it was tried.
    attempts: u32,
    next_try_at: Option<WireTime>,
    last_try_at: Option<WireTime>,
    /// What came of the last try.
    last_answer: Option<String>,
    delivered_at: Option<WireTime>,
}

impl RunDeliveryBody {
    pub(crate) fn of(delivery: &DeliveryRecord) -> Self {
        let time = |micros| WireTime(Timestamp::from_micros(micros));
        Self {
            run: delivery.run.to_string(),
            number: delivery.number,
            to: delivery.place.clone(),
            state: delivery.state.clone(),
            message_id: delivery.message_id(),
            attempts: delivery.attempts,
            next_try_at: delivery.next_try_at.map(time),
            last_try_at: delivery.last_try_at.map(time),
            last_answer: delivery.last_answer.clone(),
            delivered_at: delivery.delivered_at.map(time),
        }
    }
}
