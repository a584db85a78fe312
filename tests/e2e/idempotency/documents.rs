//! Forms, which have another boundary whenever they are sent.

use serde_json::json;

use super::{post, twice};
use crate::payments::{Payments, payment};

#[tokio::test]
async fn a_document_that_is_sent_again_is_one_document() {
    let payments = Payments::start().await.with_large_amount().await;
    let me = &payments.tenant.administrator;
    let first = payment("t1", "anna", 20_000.0);
    payments.post(first).await.expect(201);
    let alert = payments.tenant.alerts().await.remove(0);
    let path = format!(
        "/v1/alerts/{}/documents",
        alert["id"].as_str().expect("an id")
    );
    let send = async |key: &str, boundary: &str, text: &str| {
        let disposition = "Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"";
        let form = format!("--{boundary}\r\n{disposition}\r\n\r\n{text}\r\n--{boundary}--\r\n");
        let media_type = format!("multipart/form-data; boundary={boundary}");
        post(me, &path, key, &media_type, &form).await
    };
    let key = "once:a form";
    let edge = async |key: &str| send(key, "edge", "Hello").await;
    let document = twice(Some(me), "a form", edge).await.expect(201);
    let again = send(key, "another", "Hello").await;
    assert_eq!(again.expect(201)["id"], document["id"]);
    assert_eq!(again.header("idempotent-replayed"), "true");
    send(key, "another", "Bye").await.problem(422);
    let kept = me.all(&path).await;
    assert_eq!(json!([kept[0]["id"]]), json!([document["id"]]));
    assert_eq!(kept.len(), 1);
    payments.host.stop().await;
}
