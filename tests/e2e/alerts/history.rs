//! What became of an alert, and who did it.

use serde_json::{Value, json};
use tests::{Client, TestHost};

use super::{alert_of, text};
use crate::payments::Payments;

/// Who did what, entry by entry.
fn told(history: &[Value]) -> Vec<(String, String)> {
    let told = history.iter().map(|entry| {
        let actor = match text(&entry["actor"]["kind"]) {
            "user" => text(&entry["actor"]["login"]),
            other => other,
        };
        (actor.to_owned(), text(&entry["action"]).to_owned())
    });
    told.collect()
}

fn pairs(expect: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = expect
        .iter()
        .map(|(who, what)| ((*who).to_owned(), (*what).to_owned()));
    owned.collect()
}

async fn pages_of(client: &Client, path: &str, limit: usize) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("{path}?limit={limit}{cursor}")).await;
        let page = page.expect(200);
        all.extend(page["items"].as_array().expect("items").iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_says_who_made_it_and_from_what_to_what() {
    let mut payments = Payments::on(TestHost::builder())
        .await
        .with_large_amount()
        .await;
    let anna = payments.tenant.user("anna", &["AML Analyst"]).await;
    let watcher = payments.tenant.user("wim", &["Watcher"]).await;
    let administrator = payments.tenant.administrator.clone();
    let id = anna.get("/v1/me").await.expect(200)["id"].clone();
    let alert = alert_of(&payments, "t1").await;
    alert_of(&payments, "t2").await;

    let assigned = json!({ "user_id": id, "title": "é".repeat(199), "labels": ["urgent"] });
    administrator.patch(&alert, assigned).await.expect(200);
    let moves = format!("{alert}/transitions");
    anna.post(&moves, json!({ "to": "in_progress" }))
        .await
        .expect(200);
    let secret = "<p>The contract is forged</p>";
    let comment = anna
        .post(&format!("{alert}/comments"), json!({ "text": secret }))
        .await;
    let comment = comment.expect(201);
    let comment_path = format!("{alert}/comments/{}", text(&comment["id"]));
    anna.patch(&comment_path, json!({ "text": "Not so" }))
        .await
        .expect(200);
    let task = anna
        .post(&format!("{alert}/tasks"), json!({ "title": "Ask" }))
        .await;
    let task = task.expect(201);
    let task_path = format!("{alert}/tasks/{}", text(&task["id"]));
    administrator
        .patch(&task_path, json!({ "done": true }))
        .await
        .expect(200);
    anna.delete(&comment_path).await;
    anna.post(&moves, json!({ "to": "closed" }))
        .await
        .expect(200);

    payments.host.restart().await;
    let path = format!("{alert}/history");
    let history = watcher.get(&path).await.expect(200);
    let history = history["items"].as_array().expect("items").clone();
    let expect = pairs(&[
        ("rule", "alert.create"),
        ("first", "alert.change"),
        ("anna", "alert.move"),
        ("anna", "comment.create"),
        ("anna", "comment.change"),
        ("anna", "task.create"),
        ("first", "task.change"),
        ("anna", "comment.delete"),
        ("anna", "alert.move"),
    ]);
    assert_eq!(told(&history), expect);
    assert!(history.is_sorted_by(|one, next| text(&one["at"]) <= text(&next["at"])));

    let made = history[0]["changes"].as_array().expect("changes");
    let state = json!({ "field": "state", "from": null, "to": "open" });
    assert!(made.contains(&state), "{made:?}");
    assert!(
        made.contains(&json!({ "field": "info" })),
        "info is not repeated: {made:?}"
    );
    let changes = |entry: usize| history[entry]["changes"].as_array().expect("changes");
    let title = changes(1).iter().find(|change| change["field"] == "title");
    assert_eq!(title.expect("a title")["to"], "é".repeat(199));
    assert!(changes(1).contains(&json!({ "field": "user_id", "from": null, "to": id })));
    assert_eq!(
        changes(2),
        &[json!({ "field": "state", "from": "open", "to": "in_progress" })]
    );
    assert_eq!(changes(3), &[json!({ "field": "text" })]);
    assert_eq!(
        history[3]["part"],
        json!({ "kind": "comment", "id": comment["id"] })
    );
    assert_eq!(history[0]["part"], Value::Null);
    assert_eq!(
        changes(6),
        &[json!({ "field": "done", "from": false, "to": true })]
    );
    assert_eq!(
        changes(7),
        &[json!({ "field": "deleted", "from": false, "to": true })]
    );
    let fields = changes(8).iter().map(|change| text(&change["field"]));
    assert_eq!(fields.collect::<Vec<_>>(), ["closed_at", "state"]);
    let whole = Value::from(history.clone()).to_string();
    assert!(
        !whole.contains("forged"),
        "texts of comments are not repeated"
    );

    for limit in [1, 2, 4, 500] {
        assert_eq!(
            pages_of(&watcher, &path, limit).await,
            history,
            "{limit} a page"
        );
    }
    let nothing = "/v1/alerts/01890000-0000-7000-8000-000000000000/history";
    watcher.get(nothing).await.problem(404);
    payments.host.stop().await;
}
