//! Moving alerts, where the workflow and its conditions let one.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use store::memory::MemoryBackend;
use tests::{Answer, Client, TestHost};

use super::workflow::workflow;
use super::{alert_of, text};
use crate::payments::Payments;

const SUPERVISOR: &str = "'AML Supervisor' in security.scope";

/// A host with one alert, whose tenant has the default states and these transitions.
async fn with(transitions: &[(&str, &str, Option<&str>)]) -> (Payments, String) {
    let payments = Payments::start().await.with_large_amount().await;
    put(&payments, transitions).await;
    let alert = alert_of(&payments, "t1").await;
    (payments, alert)
}

async fn put(payments: &Payments, transitions: &[(&str, &str, Option<&str>)]) {
    let own = workflow(&["open", "in_progress", "closed!"], transitions);
    let client = &payments.tenant.administrator;
    client.put("/v1/workflow", own).await.expect(200);
}

async fn move_to(client: &Client, alert: &str, to: &str) -> Answer {
    let path = format!("{alert}/transitions");
    client.post(&path, json!({ "to": to })).await
}

/// Where the alert can be moved: to which state, and why not.
async fn ways(client: &Client, alert: &str) -> Vec<(String, Option<String>)> {
    let path = format!("{alert}/transitions");
    let ways = client.get(&path).await.expect(200);
    let ways = ways["transitions"].as_array().expect("transitions").clone();
    let way = |way: Value| {
        let reason = way["reason"].as_str().map(str::to_owned);
        assert_eq!(way["allowed"], reason.is_none(), "{way}");
        (text(&way["to"]).to_owned(), reason)
    };
    ways.into_iter().map(way).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_supervisor_closes() {
    let (payments, alert) = with(&[
        ("open", "in_progress", None),
        ("in_progress", "closed", Some(SUPERVISOR)),
    ])
    .await;
    let analyst = payments.tenant.user("anna", &["AML Analyst"]).await;
    let scopes = ["AML Analyst", "AML Supervisor"];
    let supervisor = payments.tenant.user("sue", &scopes).await;
    let watcher = payments.tenant.user("wim", &["Watcher"]).await;

    let nowhere = move_to(&analyst, &alert, "closed").await.problem(409);
    assert!(
        nowhere.contains("no transition") && nowhere.contains("in_progress"),
        "{nowhere}"
    );
    let unknown = move_to(&analyst, &alert, "done").await.problem(409);
    assert!(unknown.contains("no state \"done\""), "{unknown}");
    let moved = move_to(&analyst, &alert, "in_progress").await.expect(200);
    assert_eq!(
        (&moved["state"], &moved["version"]),
        (&json!("in_progress"), &json!(2))
    );

    let denied = format!("the transition's condition does not hold: {SUPERVISOR}");
    let to_closed = |reason: Option<&str>| vec![("closed".to_owned(), reason.map(str::to_owned))];
    assert_eq!(ways(&analyst, &alert).await, to_closed(Some(&denied)));
    assert_eq!(ways(&supervisor, &alert).await, to_closed(None));
    let lacking = "this needs the permission incident_state:write";
    assert_eq!(ways(&watcher, &alert).await, to_closed(Some(lacking)));
    assert_eq!(
        move_to(&analyst, &alert, "closed").await.problem(403),
        denied
    );
    move_to(&watcher, &alert, "closed").await.problem(403);
    let read = analyst.get(&alert).await.expect(200);
    assert_eq!(read, moved, "who is denied changes nothing");
    let closed = move_to(&supervisor, &alert, "closed").await.expect(200);
    assert_eq!(closed["closed_at"], closed["updated_at"]);
    assert_eq!(ways(&supervisor, &alert).await, []);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_that_fails_denies_and_says_why() {
    let (payments, alert) = with(&[
        ("open", "closed", Some("alert.info.limit.amount > 3")),
        ("open", "in_progress", Some("'x' * 10 ** 12 == ''")),
    ])
    .await;
    let client = &payments.tenant.administrator;
    let refused = move_to(client, &alert, "closed").await.problem(403);
    assert_eq!(
        refused,
        "the transition's condition cannot be evaluated: TypeError: '>' not supported between instances of \
         'NoneType' and 'int' (line 1, column 1): alert.info.limit.amount > 3"
    );
    let ways = ways(client, &alert).await;
    assert_eq!(ways[0], ("closed".to_owned(), Some(refused)));
    let (_, endless) = &ways[1];
    assert!(
        endless
            .as_deref()
            .is_some_and(|reason| reason.contains("BudgetError")),
        "{endless:?}"
    );
    assert_eq!(client.get(&alert).await.expect(200)["version"], 1);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_sees_the_whole_alert() {
    // Each is a workflow of its own, so that each is shown to hold by itself.
    let holds = [
        "alert.team == 'payments' and alert.dprofile_id == 'anna' and alert.txn_ids == ['t1']",
        "alert.state == 'open' and alert.version == 2 and alert.user_id is None and alert.closed_at is None",
        "alert.outcome is None and alert.outcome != 'true_positive'",
        "alert.severity == 'high' and alert.priority in ('low', 'medium', 'high') and alert.title",
        "alert.incident_type == 'trx_aml_alert' and alert.rule == 'large-amount' and alert.id[8] == '-'",
        "alert.due_date == '2026-05-01T00:00:00Z' and sorted(alert.labels) == ['fraud ring', 'urgent']",
        "alert.info.transactions[0].amount == 20000 and alert.info.transactions[0].currency == 'EUR'",
        "[f.rule for f in alert.findings] == ['large-amount'] and alert.findings[0].transaction == 't1'",
        "alert.findings[0].configuration.limits.EUR == 10000 and len(alert.findings[0].digest) == 64",
        "20000 in [e.value for f in alert.findings for e in f.evidence]",
        "alert.score == alert.findings[0].score and alert.findings[0].fuel > 0",
        "alert.created_at <= alert.updated_at and alert.created_at.endswith('Z')",
        "[c.text for c in alert.comments] == ['<p>Look</p>'] and alert.comments[0].author.login == 'first'",
        "[t.title for t in alert.tasks if not t.done] == ['Call'] and alert.tasks[0].done_by is None",
        "alert.merged_from == [] and alert.merged_into is None and alert.nothing.of.the.kind is None",
        "security.login == 'first' and security.scope == ['Administrator'] and len(security.user_id) == 36",
    ];
    let payments = Payments::start().await.with_large_amount().await;
    let client = &payments.tenant.administrator;
    let alert = alert_of(&payments, "t1").await;
    let change = json!({
        "severity": "high", "due_date": "2026-05-01T00:00:00Z", "labels": ["urgent", "fraud ring"],
    });
    client.patch(&alert, change).await.expect(200);
    let comment = json!({ "text": "<p>Look</p>" });
    client
        .post(&format!("{alert}/comments"), comment)
        .await
        .expect(201);
    let task = json!({ "title": "Call" });
    client
        .post(&format!("{alert}/tasks"), task)
        .await
        .expect(201);
    let whole = client.get(&alert).await.expect(200);
    for condition in holds {
        put(&payments, &[("open", "closed", Some(condition))]).await;
        let ways = ways(client, &alert).await;
        assert_eq!(ways, [("closed".to_owned(), None)], "{condition}: {whole}");
    }
    // All of them in the lane, too, where the move is made.
    let all = holds
        .map(|condition| format!("({condition})"))
        .join(" and ");
    put(&payments, &[("open", "closed", Some(&all))]).await;
    move_to(client, &alert, "closed").await.expect(200);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_comes_along_with_a_move_or_not_at_all() {
    let says_why = "any('because' in comment.text for comment in alert.comments)";
    let all_done = "all(task.done for task in alert.tasks)";
    let condition = format!("{says_why} and {all_done}");
    let (payments, alert) = with(&[("open", "closed", Some(&condition))]).await;
    let client = &payments.tenant.user("anna", &["AML Analyst"]).await;
    let task = json!({ "title": "Call" });
    let task = client
        .post(&format!("{alert}/tasks"), task)
        .await
        .expect(201);
    let path = format!("{alert}/transitions");
    let closing = json!({ "to": "closed", "comment": "<p>because<script>x</script></p>" });

    move_to(client, &alert, "closed").await.problem(403);
    client.post(&path, closing.clone()).await.problem(403);
    let comments = format!("{alert}/comments");
    assert_eq!(
        client.all(&comments).await,
        Vec::<Value>::new(),
        "all or nothing"
    );
    let done = format!("{alert}/tasks/{}", text(&task["id"]));
    client
        .patch(&done, json!({ "done": true }))
        .await
        .expect(200);
    client.post(&path, closing).await.expect(200);
    let comments = client.all(&comments).await;
    assert_eq!(comments.len(), 1);
    assert_eq!(comments[0]["text"], "<p>because</p>");
    assert_eq!(comments[0]["author"]["login"], "anna");
    let empty = json!({ "to": "open", "comment": "" });
    client.post(&path, empty).await.problem(422);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_move_the_same_alert_one_is_told_to_look_again() {
    let (payments, alert) = with(&[("open", "closed", None), ("open", "in_progress", None)]).await;
    let anna = payments.tenant.user("anna", &["AML Analyst"]).await;
    let bert = payments.tenant.user("bert", &["AML Analyst"]).await;
    let etag = anna.get(&alert).await.header("etag").to_owned();
    let path = format!("{alert}/transitions");
    let moving = async |client: &Client, to: &str| {
        let request = client
            .request(Method::POST, &path)
            .header("if-match", &etag);
        client.send(request.json(&json!({ "to": to }))).await
    };
    let (one, other) = tokio::join!(moving(&anna, "closed"), moving(&bert, "in_progress"));
    let (first, second) = if one.status == 200 {
        (one, other)
    } else {
        (other, one)
    };
    let moved = first.expect(200);
    second.problem(412);
    let now = anna.get(&alert).await;
    assert_eq!(now.header("etag"), first.header("etag"));
    assert_eq!(now.expect(200), moved);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_is_sent_again_is_made_once() {
    let (payments, alert) = with(&[("open", "closed", None), ("closed", "open", None)]).await;
    let client = &payments.tenant.administrator;
    let path = format!("{alert}/transitions");
    let send = async |to: &str| {
        let request = client.request(Method::POST, &path);
        let request = request.header("idempotency-key", "\"k1\"");
        let body = json!({ "to": to, "comment": "done" });
        client.send(request.json(&body)).await
    };
    let closed = send("closed").await.expect(200);
    let reopened = move_to(client, &alert, "open").await.expect(200);
    let again = send("closed").await;
    assert_eq!(again.expect(200), closed, "as it was answered first");
    send("open").await.problem(422);
    assert_eq!(client.get(&alert).await.expect(200), reopened);
    assert_eq!(client.all(&format!("{alert}/comments")).await.len(), 1);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_the_scope_or_the_token_moves_nothing() {
    let (payments, alert) = with(&[("open", "closed", Some(SUPERVISOR))]).await;
    let administrator = &payments.tenant.administrator;
    let supervisor = payments.tenant.user("sue", &["AML Supervisor"]).await;
    let me = supervisor.get("/v1/me").await.expect(200);
    let user = format!("/v1/users/{}", text(&me["id"]));
    let token = json!({ "name": "short", "expires_at": "2098-01-01T00:00:00Z" });
    let token = administrator
        .post(&format!("{user}/tokens"), token)
        .await
        .expect(201);
    let expiring = supervisor.with(text(&token["token"]));
    let admitted = [("closed".to_owned(), None)];
    assert_eq!(ways(&supervisor, &alert).await, admitted);
    assert_eq!(ways(&expiring, &alert).await, admitted);

    let demoted = json!({ "scopes": ["AML Analyst"] });
    administrator.patch(&user, demoted).await.expect(200);
    let refused = move_to(&supervisor, &alert, "closed").await.problem(403);
    assert!(refused.contains("does not hold"), "{refused}");
    let promoted = json!({ "scopes": ["AML Supervisor"] });
    administrator.patch(&user, promoted).await.expect(200);
    let century = Duration::from_secs(80 * 365 * 24 * 60 * 60);
    payments.host.clock().advance(century);
    move_to(&expiring, &alert, "closed").await.problem(401);
    administrator
        .patch(&user, json!({ "disabled": true }))
        .await
        .expect(200);
    move_to(&supervisor, &alert, "closed").await.problem(401);
    assert_eq!(administrator.get(&alert).await.expect(200)["state"], "open");
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_are_compiled_again_after_a_restart() {
    let over = TestHost::builder().over(Arc::new(MemoryBackend::new()));
    let mut payments = Payments::on(over).await.with_large_amount().await;
    put(&payments, &[("open", "closed", Some(SUPERVISOR))]).await;
    let alert = alert_of(&payments, "t1").await;
    let analyst = payments.tenant.user("anna", &["AML Analyst"]).await;
    let supervisor = payments.tenant.user("sue", &["AML Supervisor"]).await;
    payments.host.restart().await;
    let refused = move_to(&analyst, &alert, "closed").await.problem(403);
    assert!(refused.contains(SUPERVISOR), "{refused}");
    move_to(&supervisor, &alert, "closed").await.expect(200);
    payments.host.stop().await;
}
