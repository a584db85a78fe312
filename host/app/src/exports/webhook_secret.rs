//! The secrets with which the webhooks of exports are signed.

use serde::{Deserialize, Serialize};

use super::{NoSuchExport, find};
use crate::caller::{Caller, Forbidden};
use crate::request::once::RepeatError;
use crate::request::{Invalid, Once, Replayable, rfc3339};
use domain::name::Name;
use domain::time::Timestamp;
use engine::lane::{Change, LaneError};
use tenant::{Delivery, Export, Permission, WebhookSecret};

/// For how many seconds a replaced secret goes on to sign if the request does not say: a day.
pub const DEFAULT_OVERLAP_SECONDS: u64 = 24 * 60 * 60;
/// The longest overlap: 30 days.
const MAX_OVERLAP_SECONDS: u64 = 30 * 24 * 60 * 60;
/// The most former secrets that sign beside the newest: each makes the headers of a delivery longer.
const MAX_FORMER: usize = 4;

/// Which secret to replace, and how long the former one goes on to sign.
#[derive(Clone, Debug)]
pub struct RotateSecret {
    /// The webhook's URL; may be left out if the export has one webhook.
    pub url: Option<String>,
    /// For how many seconds the former secret signs, too.
    pub overlap_seconds: u64,
}

/// A new secret of a webhook. It is kept in this form for requests that come again, without what is shown once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RotatedSecret {
    /// The webhook's URL.
    pub url: String,
    /// Shown once: none in the answer to a request that came again.
    pub secret: Option<String>,
    /// Until then the former secret signs, too.
    #[serde(with = "rfc3339::option")]
    pub former_until: Option<Timestamp>,
}

/// Why the secret of a webhook was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum RotateSecretError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such export.
    #[error(transparent)]
    NoSuchExport(#[from] NoSuchExport),
    /// The overlap is too long, or the URL is that of no webhook of the export.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Another secret would end one before its promised end.
    #[error(
        "{MAX_FORMER} former secrets of this webhook still sign until the end that was promised for each; \
         rotate again after {next}, when the next of them ends"
    )]
    ManyFormer {
        /// When the next of them ends.
        next: Timestamp,
    },
    /// The request came again, and cannot be answered.
    #[error(transparent)]
    Repeat(#[from] RepeatError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

impl Replayable for RotatedSecret {
    fn without_secrets(&self) -> Self {
        Self {
            secret: None,
            ..self.clone()
        }
    }
}

/// Makes a new secret for a webhook of an export. Until the overlap ends, the former one signs, too.
///
/// # Errors
/// Where the caller may not, there is no such webhook, the overlap is too long, or too many former secrets still sign.
pub async fn rotate(
    caller: &Caller,
    export: Name,
    request: RotateSecret,
    once: Once,
) -> Result<RotatedSecret, RotateSecretError> {
    caller.require(Permission::ExportWrite)?;
    let RotateSecret {
        url,
        overlap_seconds,
    } = request;
    if overlap_seconds > MAX_OVERLAP_SECONDS {
        let detail = format!("'overlap_seconds' may be {MAX_OVERLAP_SECONDS} at most");
        return Err(Invalid::new(detail).into());
    }
    let actor = caller.actor();
    let rotate = move |change: &mut Change<'_>| {
        let name = export.as_str();
        let export = find(change.definitions(), name)?;
        let url = webhook_of(&export, url.as_deref())?;
        let key = WebhookSecret::key_of(name, &url);
        let current = change.definitions().webhook_secrets.get(&key).cloned();
        let new = WebhookSecret::generate(name, &url, change.at().as_micros());
        let former_until = (overlap_seconds > 0 && current.is_some())
            .then(|| change.at().plus_seconds(overlap_seconds));
        let renewed = match current {
            None => new,
            Some(current) => {
                let mut secret = WebhookSecret::clone(&current);
                secret.renew(new, former_until.map(Timestamp::as_micros));
                secret
            }
        };
        check_former(&renewed)?;
        change.audit(&actor, "export.webhook_secret", name);
        let renewed = change.put(renewed);
        Ok(RotatedSecret {
            url,
            secret: Some(renewed.secret.expose().to_owned()),
            former_until,
        })
    };
    once.make::<_, RotateSecretError, _>(caller, rotate).await
}

/// Refuses a secret beside which too many former ones would sign.
fn check_former(secret: &WebhookSecret) -> Result<(), RotateSecretError> {
    if secret.former.len() <= MAX_FORMER {
        return Ok(());
    }
    // The newest of them is the one that would be replaced now.
    let earlier = secret.former.iter().skip(1);
    let next = earlier.map(|former| former.until).min().unwrap_or_default();
    let next = Timestamp::from_micros(next);
    Err(RotateSecretError::ManyFormer { next })
}

/// The URL of the export's webhook that is meant.
fn webhook_of(export: &Export, url: Option<&str>) -> Result<String, Invalid> {
    let name = &export.name;
    let urls: Vec<&str> = webhook_urls(&export.deliveries).collect();
    let found = match (url, &*urls) {
        (None, [only]) => Ok(*only),
        (None, []) => Err(format!("export '{name}' has no webhook")),
        (None, many) => Err(format!(
            "export '{name}' has {} webhooks; name one by 'url'",
            many.len()
        )),
        (Some(url), all) => all.iter().find(|known| **known == url).copied().ok_or_else(|| {
            format!("export '{name}' has no webhook with this 'url'; it must be as the export shows it")
        }),
    };
    found.map(str::to_owned).map_err(Invalid::new)
}

/// Makes secrets for webhooks to URLs that an export did not have, which it returns; those of URLs that it has no more
/// are forgotten.
pub(super) fn make_secrets(
    change: &mut Change<'_>,
    export: &str,
    deliveries: &[Delivery],
) -> Vec<WebhookSecret> {
    forget(change, export, |secret| {
        !webhook_urls(deliveries).any(|url| url == secret.url)
    });
    let mut new_secrets = Vec::new();
    for url in webhook_urls(deliveries) {
        let key = WebhookSecret::key_of(export, url);
        if change.definitions().webhook_secrets.get(&key).is_none() {
            let made = WebhookSecret::generate(export, url, change.at().as_micros());
            new_secrets.push(WebhookSecret::clone(&change.put(made)));
        }
    }
    new_secrets
}

/// Forgets the secrets of an export that is deleted.
pub(super) fn forget_secrets(change: &mut Change<'_>, export: &str) {
    forget(change, export, |_| true);
}

fn forget(change: &mut Change<'_>, export: &str, is_forgotten: impl Fn(&WebhookSecret) -> bool) {
    let prefix = format!("{export}/");
    let secrets = change.definitions().webhook_secrets.under(&prefix);
    let keys: Vec<String> = secrets
        .filter(|secret| is_forgotten(secret))
        .map(|secret| WebhookSecret::key_of(export, &secret.url))
        .collect();
    for key in keys {
        change.remove::<WebhookSecret>(&key);
    }
}

fn webhook_urls(deliveries: &[Delivery]) -> impl Iterator<Item = &str> {
    deliveries.iter().filter_map(|delivery| match delivery {
        Delivery::Webhook { url, .. } => Some(url.as_str()),
        _ => None,
    })
}
