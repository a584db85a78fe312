//! `Idempotency-Key`: every POST can be sent again.
//!
//! POSTs with a body are sent [`twice`] with the document's example of it (`openapi/examples.rs`), those without one where
//! there is something to repeat ([`post_twice`]).
//!
//! - [`routes`]: what a key means for each POST;
//! - [`documents`], [`rollback`], [`stops`], [`blind_keys`], [`clients`]: forms, what must not be done twice, stops of the host,
//!   odd keys, clients that leave.

mod blind_keys;
mod clients;
mod documents;
mod rollback;
pub(crate) mod routes;
mod stops;

use reqwest::Method;
use serde_json::Value;
use tests::{Answer, Client};

const JSON: &str = "application/json";

/// Members that are shown once.
const SECRETS: [&str; 6] = ["token", "key", "command", "secret", "code", "link"];

/// What the audit says of work that goes on after its request was answered.
const LATER: [&str; 5] = [
    "alert.bulk_finished",
    "alert.change",
    "alert.replay_finished",
    "backtest.finish",
    "comment.create",
];

/// Sends a POST with a key and a body of a media type.
async fn post(client: &Client, path: &str, key: &str, media_type: &str, body: &str) -> Answer {
    let request = client
        .request(Method::POST, path)
        .header("idempotency-key", key);
    let request = match media_type {
        "" => request,
        media_type => request
            .header("content-type", media_type)
            .body(body.to_owned()),
    };
    client.send(request).await
}

/// Sends a request with a key twice: the second is answered as the first, and leaves nothing in the audit, where there is
/// somebody who may read it. Answers the first.
pub(crate) async fn twice(
    auditor: Option<&Client>,
    name: &str,
    send: impl AsyncFn(&str) -> Answer,
) -> Answer {
    let key = format!("once:{name}");
    let first = send(&key).await;
    assert!(
        first.is_success(),
        "{name}: {} {}",
        first.status,
        first.text()
    );
    let audit = done_by_requests(auditor).await;
    let again = send(&format!("\"{key}\"")).await;
    assert_eq!(again.status, first.status, "{name}: {}", again.text());
    assert_eq!(shown_again(&again), shown_again(&first), "{name}");
    assert_eq!(again.header("location"), first.header("location"), "{name}");
    let repeated = again.expect(again.status);
    for secret in SECRETS {
        assert!(!repeated[secret].is_string(), "{name} shows {secret} again");
    }
    let audit_after = done_by_requests(auditor).await;
    assert_eq!(audit_after, audit, "{name} was done again");
    first
}

/// Sends a POST without a body [`twice`].
pub(crate) async fn post_twice(client: &Client, path: &str) -> Answer {
    twice(Some(client), path, async |key| {
        post(client, path, key, "", "").await
    })
    .await
}

/// What was answered, without what is shown once.
fn shown_again(answer: &Answer) -> Value {
    let mut value = answer.expect(answer.status);
    if let Some(members) = value.as_object_mut() {
        for secret in SECRETS {
            members.remove(secret);
        }
        members.retain(|_, member| !member.is_null());
    }
    value
}

/// Entries of the audit, but for what the host does by itself or after it answered.
async fn done_by_requests(auditor: Option<&Client>) -> usize {
    let Some(auditor) = auditor else {
        return 0;
    };
    let entries = auditor.all("/v1/audit").await.into_iter();
    let by_requests = entries.filter(|entry| {
        let is_later = LATER.iter().any(|action| entry["action"] == *action);
        entry["actor"]["kind"] != "host" && !is_later
    });
    by_requests.count()
}
