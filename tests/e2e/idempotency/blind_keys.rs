//! Keys of clients that send one with everything.

use serde_json::json;

use super::{JSON, post};
use crate::payments::{Payments, payment};

#[tokio::test(flavor = "multi_thread")]
async fn blind_keys_are_never_refused() {
    let payments = Payments::start().await;
    let me = &payments.tenant.administrator;
    for (number, key) in ["two words", "\"open", "", "\"\"", &"k".repeat(500)]
        .into_iter()
        .enumerate()
    {
        let team = json!({ "name": format!("t{number}"), "title": "T", "kind": "aml" }).to_string();
        post(me, "/v1/teams", key, JSON, &team).await.expect(201);
    }
    // One that is no plain text is a key all the same.
    let team = json!({ "name": "t0", "title": "T", "kind": "aml" }).to_string();
    post(me, "/v1/teams", "two words", JSON, &team)
        .await
        .expect(201);
    // Where it has no meaning it is accepted.
    let key = &payments.key;
    for _ in 0..2 {
        for (id, expect) in [("t1", [200, 201]), ("t2", [200, 201])] {
            let body = payment(id, "anna", 1.0).to_string();
            let posted = post(key, "/v1/transactions", "same", JSON, &body).await;
            assert!(expect.contains(&posted.status), "{}", posted.text());
        }
    }
    post(me, "/v1/teams/nothing/api-keys", "k9", JSON, "{}")
        .await
        .problem(404);
    post(&payments.host.anonymous(), "/v1/teams", "k9", JSON, &team)
        .await
        .problem(401);
    payments.host.stop().await;
}
