//! What a key means for each POST.

use std::collections::BTreeSet;

use tests::TestHost;

/// What a key means for a POST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// What it answers first is kept, and nothing is done again. Sent twice with the example of its body.
    Kept,
    /// The same, of a POST without a body.
    KeptWithoutBody,
    /// A repeat is recognised by what it contains, whatever the key.
    ByContent,
    /// Changes nothing: a repeat is answered anew.
    Reads,
}

use Meaning::{ByContent, Kept, KeptWithoutBody, Reads};

/// Every POST.
const POSTS: [(&str, Meaning); 43] = [
    (
        "/api/v2/bank/session/{sessionId}/accounts/{accountId}/transactions",
        Kept,
    ),
    ("/api/v2/bank/session/{sessionId}/code", Kept),
    ("/api/v2/bank/session/{sessionId}/failure", Kept),
    ("/api/v2/bank/session/{sessionId}/finish", KeptWithoutBody),
    ("/api/v2/bank/{bankId}/authorize", Kept),
    ("/api/v2/bank/{bankId}/refresh", Kept),
    ("/v1/alerts", Kept),
    ("/v1/alerts/bulk", Kept),
    ("/v1/alerts/merge", Kept),
    ("/v1/alerts/take-next", Kept),
    ("/v1/alerts/{alert}/comments", Kept),
    ("/v1/alerts/{alert}/documents", Kept),
    ("/v1/alerts/{alert}/replay", Reads),
    ("/v1/alerts/{alert}/tasks", Kept),
    ("/v1/alerts/{alert}/transitions", Kept),
    ("/v1/alerts/{alert}/unmerge", Kept),
    ("/v1/exports/{export}/runs", KeptWithoutBody),
    (
        "/v1/exports/{export}/runs/{run}/deliveries/{number}/retry",
        KeptWithoutBody,
    ),
    ("/v1/exports/{export}/webhook-secret", Kept),
    ("/v1/lists/{list}/entries", Kept),
    ("/v1/me/views", Kept),
    ("/v1/plugins", ByContent),
    ("/v1/replays", Kept),
    ("/v1/teams", Kept),
    ("/v1/teams/{team}/api-keys", Kept),
    ("/v1/teams/{team}/api-keys/regenerate", Kept),
    ("/v1/teams/{team}/backtests", Kept),
    (
        "/v1/teams/{team}/backtests/{backtest}/cancel",
        KeptWithoutBody,
    ),
    ("/v1/teams/{team}/payload-schema/try", Reads),
    ("/v1/teams/{team}/rules/{rule}/catch-up", KeptWithoutBody),
    (
        "/v1/teams/{team}/rules/{rule}/catch-up/cancel",
        KeptWithoutBody,
    ),
    ("/v1/teams/{team}/rules/{rule}/promote", Kept),
    ("/v1/teams/{team}/rules/{rule}/rollback", Kept),
    ("/v1/tenants", Kept),
    ("/v1/tenants/{tenant}/users", Kept),
    ("/v1/transactions", ByContent),
    ("/v1/transactions/batch", ByContent),
    ("/v1/users", Kept),
    ("/v1/users/{user}/password-link", Kept),
    ("/v1/users/{user}/tokens", Kept),
    ("/v1/users/{user}/tokens/{token}/rotate", Kept),
    ("/v1/views", Kept),
    ("/v1/workflow/try", Reads),
];

/// What a key means for this POST.
///
/// # Panics
/// Where nobody said.
pub(crate) fn meaning(path: &str) -> Meaning {
    let known = POSTS.iter().find(|(known, _)| *known == path);
    known
        .unwrap_or_else(|| panic!("POSTS does not say what a key means for POST {path}"))
        .1
}

#[tokio::test]
async fn every_post_takes_the_key() {
    let host = TestHost::builder().in_memory().start().await;
    let document = host.anonymous().get("/openapi.json").await.expect(200);
    let paths = document["paths"].as_object().expect("paths");
    let posts: Vec<_> = paths
        .iter()
        .filter(|(_, item)| item["post"].is_object())
        .collect();
    for (path, item) in &posts {
        let parameters = item["post"]["parameters"].as_array().expect("parameters");
        let names = parameters.iter().map(|parameter| &parameter["name"]);
        let count = names.filter(|name| **name == "Idempotency-Key").count();
        assert_eq!(count, 1, "POST {path} documents the key");
        let responses = &item["post"]["responses"];
        assert!(
            responses["409"].is_object() && responses["422"].is_object(),
            "POST {path}"
        );
    }
    for (path, item) in &posts {
        let has_body = item["post"]["requestBody"].is_object();
        let is_bodiless = meaning(path) == KeptWithoutBody;
        assert_eq!(is_bodiless, !has_body, "POST {path}");
    }
    let documented: BTreeSet<&str> = posts.iter().map(|(path, _)| path.as_str()).collect();
    let known: BTreeSet<&str> = POSTS.iter().map(|(path, _)| *path).collect();
    assert_eq!(documented, known, "this test knows every POST");
    host.stop().await;
}
