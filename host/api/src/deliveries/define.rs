//! The deliveries of an export that is defined: checked, and with secrets for new webhooks.

use crate::http::{Problem, ProblemError};
use delivery::{MAX_DELIVERIES, PlaceFault, PlaceRules};
use engine::lane::Change;
use tenant::{Delivery, Export, WebhookSecret};

use super::body::{DeliveryBody, NewDelivery};

/// What an export delivers to, and the secrets that are shown this once.
pub(crate) struct Defined {
    pub(crate) deliveries: Vec<Delivery>,
    new_secrets: Vec<WebhookSecret>,
}

/// Checks the deliveries of an export and makes secrets for webhooks to URLs
/// that it did not have; those of URLs that it has no more are forgotten.
///
/// # Errors
/// 422 with every fault.
pub(crate) fn define(
    change: &mut Change<'_>,
    rules: &PlaceRules,
    export: &str,
    current: Option<&Export>,
    new: Vec<NewDelivery>,
) -> Result<Defined, Problem> {
    let known = current.map_or(&[][..], |export| &export.deliveries);
    let deliveries = check(rules, known, new)?;
    let urls = || {
        deliveries.iter().filter_map(|delivery| match delivery {
            Delivery::Webhook { url, .. } => Some(url.as_str()),
            _ => None,
        })
    };
    let prefix = format!("{export}/");
    let secrets = change.definitions().webhook_secrets.under(&prefix);
    let old: Vec<String> = secrets
        .filter(|secret| !urls().any(|url| url == secret.url))
        .map(|secret| WebhookSecret::key_of(export, &secret.url))
        .collect();
    for key in old {
        change.remove::<WebhookSecret>(&key);
    }
    let mut new_secrets = Vec::new();
    for url in urls() {
        let key = WebhookSecret::key_of(export, url);
        if change.definitions().webhook_secrets.get(&key).is_none() {
            let made = WebhookSecret::generate(export, url, change.at().as_micros());
            new_secrets.push(WebhookSecret::clone(&change.put(made)));
        }
    }
    Ok(Defined {
        deliveries,
        new_secrets,
    })
}

/// Forgets the secrets of an export that is deleted.
pub(crate) fn forget_secrets(change: &mut Change<'_>, export: &str) {
    let prefix = format!("{export}/");
    let secrets = change.definitions().webhook_secrets.under(&prefix);
    let keys: Vec<String> = secrets
        .map(|secret| WebhookSecret::key_of(export, &secret.url))
        .collect();
    for key in keys {
        change.remove::<WebhookSecret>(&key);
    }
}

impl Defined {
    /// Puts the new secrets to where they are shown.
    pub(crate) fn show_secrets(&self, bodies: &mut [DeliveryBody]) {
        for secret in &self.new_secrets {
            for body in &mut *bodies {
                body.show_secret(&secret.url, secret.secret.expose());
            }
        }
    }
}

fn check(
    rules: &PlaceRules,
    known: &[Delivery],
    new: Vec<NewDelivery>,
) -> Result<Vec<Delivery>, Problem> {
    if new.len() > MAX_DELIVERIES {
        let detail = format!("'deliveries' has {MAX_DELIVERIES} places at most");
        return Err(Problem::unprocessable(detail, Vec::new()));
    }
    let (mut deliveries, mut errors) = (Vec::<Delivery>::new(), Vec::new());
    for (number, new) in new.into_iter().enumerate() {
        let mut refuse = |fault: PlaceFault| {
            errors.push(ProblemError {
                field: format!("deliveries[{number}].{}", fault.member),
                reason: "invalid".to_owned(),
                detail: fault.detail,
            });
        };
        let checked = new
            .into_delivery(known)
            .and_then(|delivery| rules.check(delivery));
        match checked {
            Err(fault) => refuse(fault),
            Ok(delivery)
                if deliveries
                    .iter()
                    .any(|other| other.is_to_same_place(&delivery)) =>
            {
                refuse(PlaceFault {
                    member: "kind",
                    detail: format!(
                        "is to {delivery}, as another before it: a place is named once"
                    ),
                });
            }
            Ok(delivery) => deliveries.push(delivery),
        }
    }
    if errors.is_empty() {
        return Ok(deliveries);
    }
    let sentences: Vec<String> = errors
        .iter()
        .map(|error| format!("{} {}", error.field, error.detail))
        .collect();
    Err(Problem::unprocessable(sentences.join("; "), errors))
}
