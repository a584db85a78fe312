//! Comments: who wrote what when, and nothing that could be executed.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Client, TestHost};

use super::{alert_of, text};
use crate::payments::Payments;

async fn comment(client: &Client, alert: &str, html: &str) -> Value {
    let path = format!("{alert}/comments");
    client
        .post(&path, json!({ "text": html }))
        .await
        .expect(201)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_its_authors_and_says_when_it_was_edited() {
    let mut payments = Payments::on(TestHost::builder())
        .await
        .with_large_amount()
        .await;
    let anna = payments.tenant.user("anna", &["AML Analyst"]).await;
    let bert = payments.tenant.user("bert", &["AML Analyst"]).await;
    let watcher = payments.tenant.user("wim", &["Watcher"]).await;
    let administrator = payments.tenant.administrator.clone();
    let alert = alert_of(&payments, "t1").await;
    let before = anna.get(&alert).await.expect(200)["version"].clone();

    let made = comment(&anna, &alert, "<p>Ask <b>Bert</b></p><script>x</script>").await;
    assert_eq!(made["text"], "<p>Ask <b>Bert</b></p>");
    assert_eq!(made["author"]["login"], "anna");
    assert_eq!(made["edited_at"], Value::Null);
    assert_eq!(format!("/v1/alerts/{}", text(&made["alert"])), alert);
    let path = format!("{alert}/comments/{}", text(&made["id"]));
    comment(&bert, &alert, "I did").await;

    for reader in [&anna, &bert, &watcher, &administrator] {
        assert_eq!(reader.get(&path).await.expect(200), made);
        let all = reader.all(&format!("{alert}/comments")).await;
        let texts: Vec<&str> = all.iter().map(|comment| text(&comment["text"])).collect();
        assert_eq!(texts, ["<p>Ask <b>Bert</b></p>", "I did"], "oldest first");
    }
    let new = json!({ "text": "x" });
    let refused = watcher
        .post(&format!("{alert}/comments"), new.clone())
        .await;
    assert!(refused.problem(403).contains("incident_comment:write"));
    for other in [&bert, &administrator] {
        let refused = other.patch(&path, new.clone()).await.problem(403);
        assert!(refused.contains("'anna'"), "{refused}");
        other.delete(&path).await.problem(403);
    }

    payments
        .host
        .clock()
        .advance(std::time::Duration::from_secs(60));
    let edited = anna
        .patch(&path, json!({ "text": "Asked <i>Bert</i>" }))
        .await;
    assert_eq!(edited.header("etag"), "\"2\"");
    let edited = edited.expect(200);
    assert_eq!(edited["text"], "Asked <i>Bert</i>");
    assert!(text(&edited["edited_at"]) > text(&edited["created_at"]));
    let same = anna.patch(&path, json!({})).await.expect(200);
    assert_eq!(same, edited, "nothing was changed");
    let stale = anna
        .request(Method::PATCH, &path)
        .header("if-match", "\"1\"");
    anna.send(stale.json(&new)).await.problem(412);
    anna.patch(&path, json!({ "text": "<p></p>" }))
        .await
        .problem(422);
    anna.patch(&path, json!({ "text": null }))
        .await
        .problem(422);

    payments.host.restart().await;
    assert_eq!(watcher.get(&path).await.expect(200), edited, "it is kept");
    let after = anna.get(&alert).await.expect(200)["version"].clone();
    assert_eq!(before, after, "a comment is no change of the alert");

    let stale = anna
        .request(Method::DELETE, &path)
        .header("if-match", "\"1\"");
    anna.send(stale).await.problem(412);
    assert_eq!(anna.delete(&path).await.status, 204);
    for request in [Method::GET, Method::DELETE] {
        anna.send(anna.request(request, &path)).await.problem(404);
    }
    anna.patch(&path, new).await.problem(404);
    assert_eq!(anna.all(&format!("{alert}/comments")).await.len(), 1);

    let actions = administrator.get("/v1/audit?limit=4").await.expect(200);
    let actions = actions["items"].as_array().expect("items").iter();
    let actions: Vec<&str> = actions.map(|entry| text(&entry["action"])).collect();
    let expect = [
        "comment.delete",
        "comment.change",
        "comment.create",
        "comment.create",
    ];
    assert_eq!(actions, expect);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quick_edits_of_one_comment_do_not_lose_one_another() {
    let payments = Payments::start().await.with_large_amount().await;
    let anna = payments.tenant.user("anna", &["AML Analyst"]).await;
    let alert = alert_of(&payments, "t1").await;
    let made = comment(&anna, &alert, "0").await;
    let path = format!("{alert}/comments/{}", text(&made["id"]));
    let edits = (1..=40).map(|number| {
        let (anna, path) = (anna.clone(), path.clone());
        tokio::spawn(async move {
            let edit = json!({ "text": number.to_string() });
            anna.patch(&path, edit).await.expect(200)
        })
    });
    let (mut versions, mut newest) = (BTreeSet::new(), (1, made));
    for edit in edits.collect::<Vec<_>>() {
        let edited = edit.await.expect("an answer");
        let version = edited["version"].as_u64().expect("a version");
        assert!(versions.insert(version), "{version} was made twice");
        if version > newest.0 {
            newest = (version, edited);
        }
    }
    assert_eq!(versions, (2..=41).collect::<BTreeSet<u64>>());
    assert_eq!(anna.get(&path).await.expect(200), newest.1);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_are_listed_by_pages_and_bounded() {
    let payments = Payments::start().await.with_large_amount().await;
    let anna = payments.tenant.user("anna", &["AML Analyst"]).await;
    let alert = alert_of(&payments, "t1").await;
    let other = alert_of(&payments, "t2").await;
    for number in 0..7 {
        comment(&anna, &alert, &number.to_string()).await;
    }
    let comments = format!("{alert}/comments");
    let (mut texts, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = anna.get(&format!("{comments}?limit=3{cursor}")).await;
        let page = page.expect(200);
        let items = page["items"].as_array().expect("items");
        texts.extend(
            items
                .iter()
                .map(|comment| text(&comment["text"]).to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => {
                assert_eq!(items.len(), 3);
                let elsewhere = format!("{other}/comments?limit=3&cursor={next}");
                anna.get(&elsewhere).await.problem(400);
                cursor = format!("&cursor={next}");
            }
            None => break,
        }
    }
    assert_eq!(texts, ["0", "1", "2", "3", "4", "5", "6"]);
    assert!(anna.all(&format!("{other}/comments")).await.is_empty());

    let id = anna.get(&comments).await.expect(200)["items"][0]["id"].clone();
    let elsewhere = format!("{other}/comments/{}", text(&id));
    anna.get(&elsewhere).await.problem(404);
    anna.delete(&elsewhere).await.problem(404);
    let nothing = "/v1/alerts/01890000-0000-7000-8000-000000000000/comments";
    anna.get(nothing).await.problem(404);
    anna.post(nothing, json!({ "text": "x" }))
        .await
        .problem(404);
    let athora2 = payments.host.tenant("other").await.administrator;
    athora2.get(&comments).await.problem(404);

    for (fault, expect) in [
        ("x".repeat(70_000), "65536"),
        ("é".repeat(10_001), "10000"),
        ("<b>x".repeat(1_001), "1000 tags"),
        (" ".to_owned(), "nothing"),
    ] {
        let refused = anna.post(&comments, json!({ "text": fault })).await;
        let detail = refused.problem(422);
        assert!(detail.contains(expect), "{detail}");
    }
    let key = |body: Value| {
        let request = anna.request(Method::POST, &comments);
        anna.send(request.header("idempotency-key", "\"k\"").json(&body))
    };
    let first = key(json!({ "text": "once" })).await.expect(201);
    assert_eq!(key(json!({ "text": "once" })).await.expect(201), first);
    key(json!({ "text": "twice" })).await.problem(422);
    assert_eq!(anna.all(&comments).await.len(), 8);
    payments.host.stop().await;
}
