//! A new secret for a webhook, beside the former one: `/v1/exports/{export}/webhook-secret`.

use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::caller::UserCaller;
use crate::exports::{ExportPath, find_export};
use crate::http::{Created, Params, Problem, WireTime};
use crate::idempotency::Repeatable;
use app::request::Replayable;
use engine::lane::Change;
use tenant::{Delivery, Export, Permission, WebhookSecret};

/// Seconds for which a former secret signs, too, unless told: a day.
const DEFAULT_OVERLAP_SECONDS: u64 = 24 * 60 * 60;
/// The longest: 30 days.
const MAX_OVERLAP_SECONDS: u64 = 30 * 24 * 60 * 60;
/// The most former secrets that sign beside the newest: each makes the headers of a delivery longer.
const MAX_FORMER: usize = 4;

/// Which secret, and how long the former one signs.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct NewSecret {
    /// The webhook's URL; may be left out where the export has one webhook.
    #[serde(default)]
    url: Option<String>,
    /// Seconds for which the former secret signs, too: a day unless told, and 30 days at most.
    #[serde(default = "default_overlap")]
    #[schemars(range(max = 2_592_000))]
    overlap_seconds: u64,
}

fn default_overlap() -> u64 {
    DEFAULT_OVERLAP_SECONDS
}

/// A new secret of a webhook.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "WebhookSecret")]
pub(super) struct NewSecretBody {
    url: String,
    /// Shown once: null in the answer to a request that came again.
    secret: Option<String>,
    /// Until then the former one signs, too.
    former_until: Option<WireTime>,
}

impl Replayable for NewSecretBody {
    fn without_secrets(&self) -> Self {
        Self {
            url: self.url.clone(),
            secret: None,
            former_until: self.former_until,
        }
    }
}

pub(super) async fn rotate_secret(
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    Repeatable { body: new, once }: Repeatable<NewSecret>,
) -> Result<Created<NewSecretBody>, Problem> {
    caller.require(Permission::ExportWrite)?;
    if new.overlap_seconds > MAX_OVERLAP_SECONDS {
        let detail = format!("'overlap_seconds' may be {MAX_OVERLAP_SECONDS} at most");
        return Err(Problem::unprocessable(detail, Vec::new()));
    }
    let actor = caller.actor();
    let rotate = move |change: &mut Change<'_>| {
        let export = find_export(change.definitions(), path.name())?;
        let url = webhook_of(&export, new.url.as_deref())?;
        let key = WebhookSecret::key_of(path.name(), &url);
        let current = change.definitions().webhook_secrets.get(&key).cloned();
        let made = WebhookSecret::generate(path.name(), &url, change.at().as_micros());
        let until = (new.overlap_seconds > 0 && current.is_some())
            .then(|| change.at().plus_seconds(new.overlap_seconds).as_micros());
        let made = match current {
            None => made,
            Some(current) => {
                let mut secret = WebhookSecret::clone(&current);
                secret.renew(made, until);
                secret
            }
        };
        if made.former.len() > MAX_FORMER {
            return Err(many_former(&made));
        }
        change.audit(&actor, "export.webhook_secret", path.name());
        let made = change.put(made);
        Ok(NewSecretBody {
            url,
            secret: Some(made.secret.expose().to_owned()),
            former_until: until.map(|until| WireTime(Timestamp::from_micros(until))),
        })
    };
    Ok(Created(once.make::<_, Problem, _>(&caller, rotate).await?))
}

/// Another secret would end one before its promised end.
fn many_former(secret: &WebhookSecret) -> Problem {
    // The newest of them is the one that would be replaced now.
    let earlier = secret.former.iter().skip(1);
    let next = earlier.map(|former| former.until).min().unwrap_or_default();
    Problem::conflict(format!(
        "{MAX_FORMER} former secrets of this webhook still sign until the end that was promised for each; \
         rotate again after {}, when the next of them ends",
        Timestamp::from_micros(next)
    ))
}

/// The URL of the export's webhook that is meant.
fn webhook_of(export: &Export, url: Option<&str>) -> Result<String, Problem> {
    let urls: Vec<&String> = export
        .deliveries
        .iter()
        .filter_map(|delivery| match delivery {
            Delivery::Webhook { url, .. } => Some(url),
            _ => None,
        })
        .collect();
    let refuse = |detail: String| Err(Problem::unprocessable(detail, Vec::new()));
    match (url, &*urls) {
        (None, [only]) => Ok((*only).clone()),
        (None, []) => refuse(format!("export '{}' has no webhook", export.name)),
        (None, _) => refuse(format!(
            "export '{}' has {} webhooks; name one by 'url'",
            export.name,
            urls.len()
        )),
        (Some(url), _) => match urls.iter().find(|known| **known == url) {
            Some(known) => Ok((*known).clone()),
            None => refuse(format!(
                "export '{}' has no webhook with this 'url'; it must be as the export shows it",
                export.name
            )),
        },
    }
}
