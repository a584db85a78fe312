//! Which places deliveries may go to, as far as that can be told before anything is sent.
//!
//! Names are resolved for each try ([`client`](super::client)): what is public
//! when an export is defined need not be so when its files leave.

#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use reqwest::Url;

use super::addresses::refusal;
use crate::config::DeliveriesConfig;
use tenant::{Delivery, S3Place};

/// The most places of one export.
pub const MAX_DELIVERIES: usize = 10;
const MAX_URL_BYTES: usize = 2_000;
const MAX_PREFIX_BYTES: usize = 500;
const MAX_DIRECTORY_BYTES: usize = 200;

/// What the operator allows.
#[derive(Clone, Debug)]
pub struct PlaceRules {
    allow_private: bool,
    allow_http: bool,
    directory_root: Option<PathBuf>,
}

/// Why a place is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{member} {detail}")]
pub struct PlaceFault {
    /// Which member of its description.
    pub member: &'static str,
    /// A sentence without its subject, which is the member.
    pub detail: String,
}

fn fault(member: &'static str, detail: impl Into<String>) -> PlaceFault {
    PlaceFault {
        member,
        detail: detail.into(),
    }
}

impl PlaceRules {
    /// Those of a configuration.
    pub fn new(config: &DeliveriesConfig) -> Self {
        let root = &config.directory_root;
        Self {
            allow_private: config.allow_private,
            allow_http: config.allow_http,
            directory_root: (!root.is_empty()).then(|| PathBuf::from(root)),
        }
    }

    /// Whether addresses that are not public may be called.
    pub(super) fn allows_private(&self) -> bool {
        self.allow_private
    }

    /// Whether http may be spoken.
    pub(super) fn allows_http(&self) -> bool {
        self.allow_http
    }

    /// Checks a place, and gives it the form in which it is kept.
    ///
    /// # Errors
    /// The first fault.
    pub fn check(&self, delivery: Delivery) -> Result<Delivery, PlaceFault> {
        Ok(match delivery {
            Delivery::Webhook { url, send } => Delivery::Webhook {
                url: self.check_url("url", &url)?.into(),
                send,
            },
            Delivery::S3(place) => Delivery::S3(self.check_s3(place)?),
            Delivery::Directory { directory } => {
                self.directory("", &directory)?;
                Delivery::Directory { directory }
            }
        })
    }

    /// Checks a URL that is to be called.
    pub(super) fn check_url(&self, member: &'static str, text: &str) -> Result<Url, PlaceFault> {
        let fault = |detail: String| Err(fault(member, detail));
        if text.len() > MAX_URL_BYTES {
            return fault(format!("has {MAX_URL_BYTES} bytes at most"));
        }
        if text
            .chars()
            .any(|letter| letter.is_control() || letter == ' ')
        {
            return fault("has neither spaces nor control characters".to_owned());
        }
        // Browsers mend what is written otherwise; here it is more likely a mistake.
        let behind_scheme = text.split_once("://").map(|(_, rest)| rest);
        if behind_scheme.is_none_or(|rest| rest.starts_with('/')) || text.contains('\\') {
            return fault("must begin with https:// and a host".to_owned());
        }
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => return fault(format!("is no URL: {error}")),
        };
        match url.scheme() {
            "https" => {}
            "http" if self.allow_http => {}
            "http" => {
                return fault(
                    "must begin with https://; only the operator can allow http, by deliveries.allow_http"
                        .to_owned(),
                );
            }
            _ => return fault("must begin with https://".to_owned()),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return fault(
                "holds credentials; a webhook is known by its signature, a bucket by its keys"
                    .to_owned(),
            );
        }
        if url.fragment().is_some() {
            return fault("holds a fragment (#…), which is never sent; leave it out".to_owned());
        }
        if url.host_str().unwrap_or_default().is_empty() {
            return fault("names no host".to_owned());
        }
        // A name is checked whenever it is resolved.
        if let Some(address) = address_of(&url)
            && !self.allow_private
            && let Some(why) = refusal(address)
        {
            return fault(private(address, why));
        }
        Ok(url)
    }

    fn check_s3(&self, place: S3Place) -> Result<S3Place, PlaceFault> {
        let endpoint = place.endpoint.map(|endpoint| {
            let url = self.check_url("endpoint", &endpoint)?;
            if url.query().is_some() {
                return Err(fault("endpoint", "has no query"));
            }
            Ok(url.as_str().trim_end_matches('/').to_owned())
        });
        check_bucket(&place.bucket)?;
        let is_region =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=50).contains(&place.region.len()) || !place.region.bytes().all(is_region) {
            return Err(fault(
                "region",
                "has 1 to 50 lower-case letters, digits and hyphens, such as eu-central-1",
            ));
        }
        let is_key = |text: &str| {
            (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if !is_key(&place.access_key_id) {
            return Err(fault(
                "access_key_id",
                "has 1 to 200 visible ASCII characters",
            ));
        }
        if !is_key(place.secret_access_key.expose()) {
            return Err(fault(
                "secret_access_key",
                "has 1 to 200 visible ASCII characters",
            ));
        }
        let without_slash = place
            .prefix
            .strip_suffix('/')
            .filter(|rest| !rest.is_empty());
        let prefix = without_slash.unwrap_or(&place.prefix);
        check_path("prefix", prefix, MAX_PREFIX_BYTES)?;
        Ok(S3Place {
            prefix: prefix.to_owned(),
            endpoint: endpoint.transpose()?,
            ..place
        })
    }

    /// The directory of a tenant's deliveries to a directory.
    pub(super) fn directory(&self, tenant: &str, directory: &str) -> Result<PathBuf, PlaceFault> {
        let Some(root) = &self.directory_root else {
            return Err(fault(
                "directory",
                "cannot be delivered to on this host: the operator sets deliveries.directory_root first; a webhook or a bucket needs no operator",
            ));
        };
        if directory.is_empty() {
            return Err(fault("directory", "is empty; name one, such as nightly"));
        }
        check_path("directory", directory, MAX_DIRECTORY_BYTES)?;
        Ok(root.join(Path::new(tenant)).join(directory))
    }
}

/// In which words a private address is refused.
pub(super) fn private(address: IpAddr, why: &str) -> String {
    format!(
        "leads to {address}, which is {why}; only the operator can allow that, by deliveries.allow_private"
    )
}

/// The address that a URL names in place of a host's name.
fn address_of(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .parse()
        .ok()
}

/// A bucket's name, by the rules of S3.
fn check_bucket(bucket: &str) -> Result<(), PlaceFault> {
    let is_inner = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.'
    };
    let is_end =
        |byte: Option<u8>| byte.is_some_and(|byte| is_inner(byte) && byte != b'-' && byte != b'.');
    let bytes = bucket.as_bytes();
    let fits = (3..=63).contains(&bytes.len())
        && bytes.iter().copied().all(is_inner)
        && is_end(bytes.first().copied())
        && is_end(bytes.last().copied())
        && !bucket.contains("..")
        && bucket.parse::<std::net::Ipv4Addr>().is_err()
        && !["xn--", "sthree-", "amzn-s3-demo-"]
            .iter()
            .any(|prefix| bucket.starts_with(prefix))
        && !["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]
            .iter()
            .any(|suffix| bucket.ends_with(suffix));
    if fits {
        return Ok(());
    }
    Err(fault(
        "bucket",
        "is no bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens, as S3 has it",
    ))
}

/// A relative path of plain names.
fn check_path(member: &'static str, path: &str, max_bytes: usize) -> Result<(), PlaceFault> {
    if path.is_empty() {
        return Ok(());
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte);
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(is_plain) && !name.starts_with('.');
    if path.len() <= max_bytes && path.split('/').all(is_name) {
        return Ok(());
    }
    Err(fault(
        member,
        format!(
            "is names with slashes between them, {max_bytes} bytes at most: letters, digits, '-', '_', '=' and '.', not at the beginning of a name; and none at the beginning of all"
        ),
    ))
}
