//! Places to which the files of an export go, as a request names them.

use crate::request::{FieldFault, Invalid};
use delivery::{MAX_DELIVERIES, PlaceFault, PlaceRules};
use tenant::{Delivery, S3Place, Secret, SendBody};

/// Stands in place of a secret that is not shown.
pub const MASKED: &str = "***";

/// A place to which the file of each run is to go.
#[derive(Clone, Debug)]
pub enum NewDelivery {
    /// POST to a URL.
    Webhook {
        /// The URL.
        url: String,
        /// The file, or a notice that says where to fetch it.
        send: SendBody,
    },
    /// A bucket, or a directory.
    ObjectStore(NewObjectStore),
}

/// A bucket of S3 or of a service compatible with it, or a directory of the host's operator.
#[derive(Clone, Debug, Default)]
pub struct NewObjectStore {
    /// Below the tenant's part of the operator's root; instead of a bucket.
    pub directory: Option<String>,
    /// The bucket's name; instead of a directory.
    pub bucket: Option<String>,
    /// Before the names of all files.
    pub prefix: Option<String>,
    /// The bucket's region.
    pub region: Option<String>,
    /// The URL of a service other than AWS.
    pub endpoint: Option<String>,
    /// Of a key that may write to the bucket.
    pub access_key_id: Option<String>,
    /// Belongs to the key; if it is left out or [`MASKED`], it stays what it was for the same endpoint, bucket and key.
    pub secret_access_key: Option<Secret>,
}

/// Checks the places of an export, and gives them the form in which they are kept. Secrets that are left out are those
/// of its `current` places.
pub(super) fn check(
    rules: &PlaceRules,
    current: &[Delivery],
    new: Vec<NewDelivery>,
) -> Result<Vec<Delivery>, Invalid> {
    if new.len() > MAX_DELIVERIES {
        let detail = format!("'deliveries' has {MAX_DELIVERIES} places at most");
        return Err(Invalid::new(detail));
    }
    let (mut deliveries, mut faults) = (Vec::<Delivery>::new(), Vec::new());
    for (number, new) in new.into_iter().enumerate() {
        let delivery = new.into_delivery(current);
        let delivery = delivery.and_then(|delivery| rules.check(delivery));
        match delivery.and_then(|delivery| once(&deliveries, delivery)) {
            Ok(delivery) => deliveries.push(delivery),
            Err(fault) => faults.push(FieldFault {
                field: format!("deliveries[{number}].{}", fault.member),
                reason: "invalid".to_owned(),
                detail: fault.detail,
            }),
        }
    }
    if faults.is_empty() {
        return Ok(deliveries);
    }
    let sentences = faults
        .iter()
        .map(|fault| format!("{} {}", fault.field, fault.detail));
    Err(Invalid {
        detail: sentences.collect::<Vec<_>>().join("; "),
        faults,
    })
}

/// Refuses a delivery to the place of another before it.
fn once(before: &[Delivery], delivery: Delivery) -> Result<Delivery, PlaceFault> {
    let is_same = |other: &Delivery| other.is_to_same_place(&delivery);
    match before.iter().any(is_same) {
        false => Ok(delivery),
        true => Err(fault(
            "kind",
            format!("is to {delivery}, as another before it: a place is named once"),
        )),
    }
}

impl NewDelivery {
    fn into_delivery(self, current: &[Delivery]) -> Result<Delivery, PlaceFault> {
        match self {
            Self::Webhook { url, send } => Ok(Delivery::Webhook { url, send }),
            Self::ObjectStore(store) => store.into_delivery(current),
        }
    }
}

impl NewObjectStore {
    fn into_delivery(self, current: &[Delivery]) -> Result<Delivery, PlaceFault> {
        let missing = |member| fault(member, "must be there");
        match self {
            Self {
                directory: Some(directory),
                bucket: None,
                prefix: None,
                region: None,
                endpoint: None,
                access_key_id: None,
                secret_access_key: None,
            } => Ok(Delivery::Directory { directory }),
            Self {
                directory: Some(_), ..
            } => Err(fault(
                "directory",
                "stands alone: a bucket and what belongs to it do not go with it",
            )),
            Self {
                directory: None,
                bucket,
                prefix,
                region,
                endpoint,
                access_key_id,
                secret_access_key,
            } => {
                let bucket = bucket
                    .ok_or_else(|| fault("bucket", "must be there, or 'directory' in its place"))?;
                let region = region.ok_or_else(|| {
                    fault(
                        "region",
                        "must be there; what is not AWS mostly takes us-east-1",
                    )
                })?;
                let access_key_id = access_key_id.ok_or_else(|| missing("access_key_id"))?;
                let known = || known_secret(&bucket, endpoint.as_deref(), &access_key_id, current);
                let given = secret_access_key.filter(|secret| secret.expose() != MASKED);
                let secret_access_key = given.or_else(known).ok_or_else(|| {
                    fault(
                        "secret_access_key",
                        "must be there, since none is known for this endpoint, bucket and key",
                    )
                })?;
                Ok(Delivery::S3(S3Place {
                    bucket,
                    prefix: prefix.unwrap_or_default(),
                    region,
                    endpoint,
                    access_key_id,
                    secret_access_key,
                }))
            }
        }
    }
}

fn fault(member: &'static str, detail: impl Into<String>) -> PlaceFault {
    PlaceFault {
        member,
        detail: detail.into(),
    }
}

/// The secret that an export has for the same key at the same place.
fn known_secret(
    bucket: &str,
    endpoint: Option<&str>,
    access_key_id: &str,
    current: &[Delivery],
) -> Option<Secret> {
    let trimmed = |url: &str| url.trim_end_matches('/').to_owned();
    current.iter().find_map(|delivery| match delivery {
        Delivery::S3(known)
            if known.bucket == bucket
                && known.endpoint.as_deref().map(trimmed) == endpoint.map(trimmed)
                && known.access_key_id == access_key_id =>
        {
            Some(known.secret_access_key.clone())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(endpoint: &str, secret: Option<&str>) -> NewDelivery {
        NewDelivery::ObjectStore(NewObjectStore {
            bucket: Some("reports".to_owned()),
            region: Some("us-east-1".to_owned()),
            endpoint: Some(endpoint.to_owned()),
            access_key_id: Some("key".to_owned()),
            secret_access_key: secret.map(Secret::new),
            ..NewObjectStore::default()
        })
    }

    #[test]
    fn a_secret_that_is_left_out_is_that_of_the_same_place_alone() {
        let first = bucket("https://s3.example/", Some("secret")).into_delivery(&[]);
        let current = [first.expect("a place")];
        for left_out in [None, Some(MASKED)] {
            let again = bucket("https://s3.example", left_out).into_delivery(&current);
            let Ok(Delivery::S3(place)) = again else {
                panic!("{again:?}");
            };
            assert_eq!(place.secret_access_key.expose(), "secret");
        }
        let elsewhere = bucket("https://other.example", None).into_delivery(&current);
        let fault = elsewhere.expect_err("no secret is known for it");
        assert_eq!(fault.member, "secret_access_key");
    }
}
