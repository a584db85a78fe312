//! Tasks: who is to do what until when, and who did it.

use reqwest::Method;
use serde_json::{Value, json};
use tests::TestHost;

use super::{alert_of, text};
use crate::payments::Payments;

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_assigned_changed_and_ticked_off() {
    let mut payments = Payments::on(TestHost::builder())
        .await
        .with_large_amount()
        .await;
    let anna = payments.tenant.user("anna", &["AML Analyst"]).await;
    let watcher = payments.tenant.user("wim", &["Watcher"]).await;
    let administrator = payments.tenant.administrator.clone();
    let id = anna.get("/v1/me").await.expect(200);
    let id = text(&id["id"]).to_owned();
    let alert = alert_of(&payments, "t1").await;
    let tasks = format!("{alert}/tasks");

    let new = json!({ "title": "Ask for the contract", "user_id": id, "due_date": "2026-12-01T10:00:00+01:00" });
    let made = administrator.post(&tasks, new.clone()).await.expect(201);
    assert_eq!(made["title"], "Ask for the contract");
    assert_eq!(made["user_id"], id);
    assert_eq!(made["due_date"], "2026-12-01T09:00:00Z");
    assert_eq!(made["done"], false);
    assert_eq!(made["author"]["login"], "first");
    watcher.post(&tasks, new).await.problem(403);
    let path = format!("{tasks}/{}", text(&made["id"]));

    let done = anna.patch(&path, json!({ "done": true })).await.expect(200);
    assert_eq!(done["done_by"]["login"], "anna");
    assert_ne!(done["done_at"], Value::Null);
    let renamed = administrator
        .patch(&path, json!({ "title": "Ask again" }))
        .await;
    let renamed = renamed.expect(200);
    assert_eq!(
        renamed["done_by"], done["done_by"],
        "who ticked it off stays"
    );
    assert_eq!(renamed["done_at"], done["done_at"]);
    let undone = json!({ "done": false, "user_id": null, "due_date": null });
    let undone = anna.patch(&path, undone).await.expect(200);
    for member in ["user_id", "due_date", "done_by", "done_at"] {
        assert_eq!(undone[member], Value::Null, "{member}");
    }
    assert_eq!(undone["version"], 4);
    let stale = anna
        .request(Method::PATCH, &path)
        .header("if-match", "\"3\"");
    anna.send(stale.json(&json!({ "done": true })))
        .await
        .problem(412);
    watcher
        .patch(&path, json!({ "done": true }))
        .await
        .problem(403);

    payments.host.restart().await;
    let read = watcher.get(&path).await;
    assert_eq!(read.header("etag"), "\"4\"");
    assert_eq!(read.expect(200), undone);
    assert_eq!(watcher.all(&tasks).await, [undone]);
    watcher.delete(&path).await.problem(403);
    assert_eq!(anna.delete(&path).await.status, 204);
    anna.get(&path).await.problem(404);
    assert!(watcher.all(&tasks).await.is_empty());
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_cannot_be_done_is_refused() {
    let payments = Payments::start().await.with_large_amount().await;
    let anna = payments.tenant.user("anna", &["AML Analyst"]).await;
    let gone = payments.tenant.user("gone", &["AML Analyst"]).await;
    let gone_id = gone.get("/v1/me").await.expect(200)["id"].clone();
    let alert = alert_of(&payments, "t1").await;
    let tasks = format!("{alert}/tasks");
    let of_gone = json!({ "title": "x", "user_id": gone_id });
    let of_gone = anna.post(&tasks, of_gone).await.expect(201);
    let user = format!("/v1/users/{}", text(&gone_id));
    let disabled = json!({ "disabled": true });
    let administrator = &payments.tenant.administrator;
    administrator.patch(&user, disabled).await.expect(200);

    for (task, expect) in [
        (json!({ "title": "" }), "1 to 200"),
        (json!({ "title": "x".repeat(201) }), "1 to 200"),
        (json!({ "title": "a\nb" }), "control"),
        (json!({ "title": "x", "user_id": "nobody" }), "no user"),
        (
            json!({ "title": "x", "user_id": gone_id }),
            "'gone' is disabled",
        ),
        (json!({ "title": "x", "due_date": "tomorrow" }), "shape"),
        (json!({ "title": "x", "color": "red" }), "shape"),
        (json!({}), "shape"),
    ] {
        let detail = anna.post(&tasks, task.clone()).await.problem(422);
        assert!(detail.contains(expect), "{task}: {detail}");
    }
    let path = format!("{tasks}/{}", text(&of_gone["id"]));
    let done = anna.patch(&path, json!({ "done": true })).await.expect(200);
    assert_eq!(done["user_id"], gone_id, "whoever had it keeps it");
    assert_eq!(anna.all(&tasks).await.len(), 1);
    payments.host.stop().await;
}
