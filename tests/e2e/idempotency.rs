//! `Idempotency-Key`: every POST can be sent again.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, TestHost};

use crate::payments::{Payments, payment};

/// What a key means for a route.
enum Meaning {
    /// Tried here: what it answers first is kept, and nothing is done again.
    Tried,
    /// Makes its change in the lane within its request, as those that are tried, and needs more to be set up; some have
    /// tests of their own that send a key again.
    Alike,
    /// A repeat is recognised by what it contains, whatever the key.
    ByContent,
    /// Changes nothing.
    Reads,
}

use Meaning::{Alike, ByContent, Reads, Tried};

/// Every POST.
const POSTS: [(&str, Meaning); 37] = [
    (
        "/api/v2/bank/session/{sessionId}/accounts/{accountId}/transactions",
        Alike,
    ),
    ("/api/v2/bank/session/{sessionId}/code", Alike),
    ("/api/v2/bank/session/{sessionId}/failure", Alike),
    ("/api/v2/bank/session/{sessionId}/finish", Alike),
    ("/api/v2/bank/{bankId}/authorize", Alike),
    ("/api/v2/bank/{bankId}/refresh", Alike),
    ("/v1/alerts", Tried),
    ("/v1/alerts/bulk", Alike),
    ("/v1/alerts/merge", Tried),
    ("/v1/alerts/{alert}/comments", Tried),
    ("/v1/alerts/{alert}/documents", Tried),
    ("/v1/alerts/{alert}/replay", Reads),
    ("/v1/alerts/{alert}/tasks", Tried),
    ("/v1/alerts/{alert}/transitions", Alike),
    ("/v1/alerts/{alert}/unmerge", Tried),
    ("/v1/exports/{export}/runs", Tried),
    (
        "/v1/exports/{export}/runs/{run}/deliveries/{number}/retry",
        Alike,
    ),
    ("/v1/exports/{export}/webhook-secret", Alike),
    ("/v1/lists/{list}/entries", Tried),
    ("/v1/plugins", ByContent),
    ("/v1/replays", Alike),
    ("/v1/teams", Tried),
    ("/v1/teams/{team}/api-keys", Tried),
    ("/v1/teams/{team}/api-keys/regenerate", Tried),
    ("/v1/teams/{team}/backtests", Alike),
    ("/v1/teams/{team}/backtests/{backtest}/cancel", Alike),
    ("/v1/teams/{team}/rules/{rule}/catch-up", Alike),
    ("/v1/teams/{team}/rules/{rule}/promote", Alike),
    ("/v1/teams/{team}/rules/{rule}/rollback", Tried),
    ("/v1/tenants", Tried),
    ("/v1/tenants/{tenant}/users", Tried),
    ("/v1/transactions", ByContent),
    ("/v1/transactions/batch", ByContent),
    ("/v1/users", Tried),
    ("/v1/users/{user}/tokens", Tried),
    ("/v1/users/{user}/tokens/{token}/rotate", Alike),
    ("/v1/workflow/try", Reads),
];

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
    let documented: BTreeSet<&str> = posts.iter().map(|(path, _)| path.as_str()).collect();
    let known: BTreeSet<&str> = POSTS.iter().map(|(path, _)| *path).collect();
    assert_eq!(documented, known, "this test knows every POST");
    host.stop().await;
}

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

/// Members that are shown once.
const SECRETS: [&str; 4] = ["token", "key", "command", "secret"];

/// A key of the path.
fn once(path: &str) -> String {
    format!("once:{path}")
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

/// Entries of the audit, but for what the host does by itself: it ends runs whenever they end.
async fn done_by_people(auditor: &Client) -> usize {
    let entries = auditor.all("/v1/audit").await.into_iter();
    entries
        .filter(|entry| entry["actor"]["kind"] != "host")
        .count()
}

/// Sends a POST twice: the second is answered as the first, and leaves nothing in the audit.
async fn twice(
    tried: &mut BTreeSet<&'static str>,
    auditor: &Client,
    client: &Client,
    route: &'static str,
    path: &str,
    body: (&str, &str),
) -> Value {
    tried.insert(route);
    let (media_type, body) = body;
    let key = once(path);
    let first = post(client, path, &key, media_type, body).await;
    assert!(first.is_success(), "{path}: {}", first.text());
    let audit = done_by_people(auditor).await;
    let again = post(client, path, &format!("\"{key}\""), media_type, body).await;
    assert_eq!(again.status, first.status, "{path}: {}", again.text());
    assert_eq!(shown_again(&again), shown_again(&first), "{path}");
    assert_eq!(again.header("location"), first.header("location"), "{path}");
    let repeated = again.expect(again.status);
    for secret in SECRETS {
        assert!(!repeated[secret].is_string(), "{path} shows {secret} again");
    }
    let audit_after = done_by_people(auditor).await;
    assert_eq!(audit_after, audit, "{path} was done again");
    if media_type == "application/json" {
        let other = post(client, path, &key, media_type, &format!("{body} ")).await;
        assert!(other.problem(422).contains("another request"), "{path}");
    }
    first.expect(first.status)
}

const JSON: &str = "application/json";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_again_is_not_done_again() {
    let payments = Payments::start().await.with_large_amount().await;
    let tenant = &payments.tenant;
    let me = &tenant.administrator;
    let tried = &mut BTreeSet::new();
    let host = payments.host.administrator();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();

    let new =
        json!({ "name": "belfius", "title": "Belfius", "timezone": "Europe/Brussels" }).to_string();
    twice(tried, me, &host, "/v1/tenants", "/v1/tenants", (JSON, &new)).await;
    let first = r#"{"login":"first","scopes":["Administrator"]}"#;
    let route = "/v1/tenants/{tenant}/users";
    let first = twice(
        tried,
        me,
        &host,
        route,
        "/v1/tenants/belfius/users",
        (JSON, first),
    )
    .await;
    assert!(first["token"].is_string());
    let user = r#"{"login":"bert","scopes":["Watcher"],"password":"correct horse battery"}"#;
    let user = twice(tried, me, me, "/v1/users", "/v1/users", (JSON, user)).await;
    let path = format!("/v1/users/{}/tokens", text(&user["id"]));
    twice(
        tried,
        me,
        me,
        "/v1/users/{user}/tokens",
        &path,
        (JSON, r#"{"name":"laptop"}"#),
    )
    .await;
    let team = r#"{"name":"cards","title":"Cards","kind":"aml"}"#;
    twice(tried, me, me, "/v1/teams", "/v1/teams", (JSON, team)).await;
    let path = "/v1/teams/cards/api-keys";
    twice(
        tried,
        me,
        me,
        "/v1/teams/{team}/api-keys",
        path,
        (JSON, "{}"),
    )
    .await;
    let path = "/v1/teams/cards/api-keys/regenerate";
    twice(
        tried,
        me,
        me,
        "/v1/teams/{team}/api-keys/regenerate",
        path,
        (JSON, "{}"),
    )
    .await;

    for number in 1..4 {
        payments
            .post(payment(&format!("t{number}"), "anna", 20_000.0))
            .await
            .expect(201);
    }
    let alerts: Vec<String> = tenant
        .alerts()
        .await
        .iter()
        .map(|alert| text(&alert["id"]))
        .collect();
    let alert = r#"{"team":"payments","title":"Odd","incident_type":"other"}"#;
    twice(tried, me, me, "/v1/alerts", "/v1/alerts", (JSON, alert)).await;
    let of = |what: &str| format!("/v1/alerts/{}/{what}", alerts[0]);
    let comment = r#"{"text":"Asked the customer."}"#;
    twice(
        tried,
        me,
        me,
        "/v1/alerts/{alert}/comments",
        &of("comments"),
        (JSON, comment),
    )
    .await;
    let task = r#"{"title":"Ask for the contract"}"#;
    twice(
        tried,
        me,
        me,
        "/v1/alerts/{alert}/tasks",
        &of("tasks"),
        (JSON, task),
    )
    .await;

    // A form has another boundary whenever it is sent.
    let form = |boundary: &str, text: &str| {
        let disposition = "Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"";
        format!("--{boundary}\r\n{disposition}\r\n\r\n{text}\r\n--{boundary}--\r\n")
    };
    let edge = "multipart/form-data; boundary=edge";
    let route = "/v1/alerts/{alert}/documents";
    let document = twice(
        tried,
        me,
        me,
        route,
        &of("documents"),
        (edge, &form("edge", "Hello")),
    )
    .await;
    let other = "multipart/form-data; boundary=another";
    let again = post(
        me,
        &of("documents"),
        &once(&of("documents")),
        other,
        &form("another", "Hello"),
    )
    .await;
    assert_eq!(again.expect(201)["id"], document["id"]);
    assert_eq!(again.header("idempotent-replayed"), "true");
    post(
        me,
        &of("documents"),
        &once(&of("documents")),
        other,
        &form("another", "Bye"),
    )
    .await
    .problem(422);
    assert_eq!(me.all(&of("documents")).await.len(), 1);

    let merge = json!({ "alerts": [alerts[0], alerts[1]] }).to_string();
    let whole = twice(
        tried,
        me,
        me,
        "/v1/alerts/merge",
        "/v1/alerts/merge",
        (JSON, &merge),
    )
    .await;
    let path = format!("/v1/alerts/{}/unmerge", text(&whole["id"]));
    twice(
        tried,
        me,
        me,
        "/v1/alerts/{alert}/unmerge",
        &path,
        (JSON, "{}"),
    )
    .await;

    me.put("/v1/lists/countries", json!(["IR"]))
        .await
        .expect(201);
    let route = "/v1/lists/{list}/entries";
    twice(
        tried,
        me,
        me,
        route,
        "/v1/lists/countries/entries",
        ("text/plain", "KP"),
    )
    .await;

    let formatter = tenant.publish("standard-csv").await;
    let export = json!({ "formatter": { "plugin": formatter.name, "version": formatter.version } });
    me.put("/v1/exports/nightly", export).await.expect(201);
    let route = "/v1/exports/{export}/runs";
    twice(tried, me, me, route, "/v1/exports/nightly/runs", ("", "")).await;
    assert_eq!(me.all("/v1/exports/nightly/runs").await.len(), 1);

    // A rollback that is tried again must not bring the bad rule back.
    let rule = "/v1/teams/payments/rules/large-amount";
    let good = me.get(rule).await.expect(200);
    let bad = json!({
        "plugin": good["plugin"], "version": good["version"], "mode": good["mode"], "config": { "limits": { "EUR": 1 } },
    });
    me.put(rule, bad).await.expect(200);
    let route = "/v1/teams/{team}/rules/{rule}/rollback";
    twice(
        tried,
        me,
        me,
        route,
        &format!("{rule}/rollback"),
        (JSON, "{}"),
    )
    .await;
    assert_eq!(me.get(rule).await.expect(200)["config"], good["config"]);

    let expect: BTreeSet<&str> = POSTS
        .iter()
        .filter(|(_, meaning)| matches!(meaning, Tried))
        .map(|(path, _)| *path)
        .collect();
    assert_eq!(*tried, expect);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_outlive_a_stop_and_hold_no_secret() {
    let mut host = TestHost::builder().start().await;
    let tenant = host.tenant("athora").await;
    let user = r#"{"login":"bert","scopes":["Watcher"]}"#;
    let first = post(&tenant.administrator, "/v1/users", "k", JSON, user)
        .await
        .expect(201);
    let belfius = json!({ "name": "belfius", "title": "Belfius", "timezone": "UTC" }).to_string();
    let administrator = host.administrator();
    post(&administrator, "/v1/tenants", "k", JSON, &belfius)
        .await
        .expect(201);
    let person = r#"{"login":"first","scopes":["Administrator"]}"#;
    let made = post(
        &administrator,
        "/v1/tenants/belfius/users",
        "k2",
        JSON,
        person,
    )
    .await
    .expect(201);
    let token = made["token"].as_str().expect("a token").to_owned();
    host.restart().await;
    let again = post(&tenant.administrator, "/v1/users", "k", JSON, user)
        .await
        .expect(201);
    assert_eq!(again, first);
    let again = post(
        &administrator,
        "/v1/tenants/belfius/users",
        "k2",
        JSON,
        person,
    )
    .await
    .expect(201);
    assert_eq!((&again["id"], &again["token"]), (&made["id"], &Value::Null));
    // The same key of another caller, and another key, are other requests.
    let other = post(&administrator.with(&token), "/v1/users", "k", JSON, user)
        .await
        .expect(201);
    assert_ne!(other["id"], first["id"]);
    post(&tenant.administrator, "/v1/users", "k3", JSON, user)
        .await
        .problem(409);
    let store = host.data().join("store");
    host.stop().await;
    let mut files = vec![store];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).expect("a directory");
            files.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if let Ok(bytes) = std::fs::read(&path) {
            let is_there = bytes.windows(token.len()).any(|at| at == token.as_bytes());
            assert!(!is_there, "{} has the token", path.display());
        }
    }
}

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

#[tokio::test(flavor = "multi_thread")]
async fn a_request_goes_on_without_its_client() {
    let payments = Payments::start().await;
    let me = &payments.tenant.administrator;
    let app = payments.host.app();
    let tenant = app.tenant_named("athora").expect("a tenant");
    let lane = app.lane(tenant).expect("a lane");
    let (let_go, go) = std::sync::mpsc::channel::<()>();
    let busy = tokio::spawn({
        let lane = lane.clone();
        async move { lane.change(move |_| go.recv()).await }
    });
    let team = json!({ "name": "cards", "title": "Cards", "kind": "aml" }).to_string();
    let request = me
        .request(Method::POST, "/v1/teams")
        .header("idempotency-key", "k");
    let request = request.header("content-type", JSON).body(team.clone());
    let gone = tokio::time::timeout(std::time::Duration::from_millis(500), me.send(request)).await;
    assert!(gone.is_err(), "it was answered though the lane is busy");
    post(me, "/v1/teams", "k", JSON, &team).await.problem(409);
    let_go.send(()).expect("the lane waits");
    busy.await.expect("no panic").expect("the change is made");
    let again = loop {
        let again = post(me, "/v1/teams", "k", JSON, &team).await;
        if again.status != 409 {
            break again;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(again.expect(201)["name"], "cards");
    payments.host.stop().await;
}
