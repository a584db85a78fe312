//! Consents that are new, changed, renewed, refreshed and taken back.

use serde_json::{Value, json};
use tests::rabbitmq::event_of;
use tests::{Answer, Client};

use super::hub::{BANK, CLIENT, CONTEXT, Hub, Session, authorize, transaction};

async fn take_back(client: &Client, user: &str, external_id: &str) -> Answer {
    let path = format!("/api/v2/bank/{BANK}/consent");
    let body = json!({ "userId": user, "sessionExternalId": external_id });
    client.delete_with(&path, body).await
}

/// The ids of the accounts of a user, with those of the sessions that show them.
async fn accounts(client: &Client, user: &str) -> Vec<(String, String)> {
    let accounts = client
        .all(&format!("/api/v2/bank/accounts?userId={user}"))
        .await;
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let named = accounts
        .iter()
        .map(|one| (text(&one["accountId"]), text(&one["sessionId"])));
    named.collect()
}

/// The ids of the transactions of a user.
async fn transactions(client: &Client, user: &str) -> Vec<String> {
    let found = client
        .all(&format!("/api/v2/bank/transactions?userId={user}"))
        .await;
    let ids = found
        .iter()
        .map(|one| one["transactionId"].as_str().expect("an id").to_owned());
    ids.collect()
}

/// Reads accounts, each with one transaction named after it.
async fn read(session: &Session, ids: &[&str], mark: &str) {
    session.accounts(ids).await.expect(200);
    for id in ids {
        let one = transaction(&format!("{id}{mark}"), "2026-01-01");
        let page = session.page(id, 1, "2020-01-01", true, vec![one]);
        page.await.expect(200);
    }
    session.finish().await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_consent_is_taken_back_and_given_again_under_one_name() {
    let hub = Hub::start().await;
    let mut queue = hub.consume();
    let first = Session::begin(&hub.client, "anna", "E1").await;
    first.code("x").await.expect(200);
    read(&first, &["a"], "1").await;
    assert_eq!(
        accounts(&hub.client, "anna").await,
        [("a".to_owned(), first.id.clone())]
    );
    assert_eq!(transactions(&hub.client, "anna").await, ["a1"]);

    // Taken back under the name of what comes, which is not the name under which it was given.
    let gone = take_back(&hub.client, "anna", "E2").await.expect(200);
    assert_eq!(gone["sessionIds"], json!([first.id]));
    assert_eq!(
        take_back(&hub.client, "anna", "E2").await.expect(200)["sessionIds"],
        json!([])
    );
    assert!(accounts(&hub.client, "anna").await.is_empty());
    assert!(transactions(&hub.client, "anna").await.is_empty());
    assert!(first.history().await.is_empty());
    let details = first.details().await;
    assert_eq!(details["stage"], "taken_back");
    assert_eq!(details["accounts"], json!([]));
    assert_eq!(
        details["events"].as_array().map(Vec::len),
        Some(3),
        "what was announced was announced"
    );
    first.code("x").await.problem(409);

    let second = Session::begin(&hub.client, "anna", "E2").await;
    second.code("y").await.expect(200);
    read(&second, &["a", "b"], "2").await;
    let shown = ["a", "b"].map(|id| (id.to_owned(), second.id.clone()));
    assert_eq!(accounts(&hub.client, "anna").await, shown);
    hub.delivered().await;
    let of_second = queue.at_least(6)[3..]
        .iter()
        .map(event_of)
        .collect::<Vec<_>>();
    assert_eq!(
        of_second,
        [
            "AccountsSyncStarted",
            "AccountsSyncFinished",
            "TransactionsSyncFinished"
        ]
    );

    // The same name again, for the same user: another session, which announces its own course.
    take_back(&hub.client, "anna", "E2").await.expect(200);
    let third = Session::begin(&hub.client, "anna", "E2").await;
    third.code("z").await.expect(200);
    third.accounts(&["a"]).await.expect(200);
    third.fail("transactions").await.expect(200);
    hub.delivered().await;
    let messages = queue.at_least(9);
    assert_eq!(messages.len(), 9);
    let of_third = &messages[6..];
    assert_eq!(
        of_third.iter().map(event_of).collect::<Vec<_>>(),
        [
            "AccountsSyncStarted",
            "AccountsSyncFinished",
            "TransactionsSyncFailed"
        ]
    );
    for message in of_third {
        assert_eq!(message["message"]["sessionId"], third.id);
        assert_eq!(message["message"]["sessionExternalId"], "E2");
    }
    authorize(&hub.client, "bela", "E2").await.problem(409);
    hub.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_consent_shows_the_newest_that_there_is() {
    let hub = Hub::start().await;
    let first = Session::begin(&hub.client, "anna", "E1").await;
    first.code("x").await.expect(200);
    read(&first, &["a"], "1").await;
    let second = Session::begin(&hub.client, "anna", "E2").await;
    // Nothing is deleted by authorize, nor by a customer who does not come back.
    assert_eq!(transactions(&hub.client, "anna").await, ["a1"]);
    second.code("x").await.expect(200);
    second.accounts(&["a", "b"]).await.expect(200);
    let shown = ["a", "b"].map(|id| (id.to_owned(), second.id.clone()));
    assert_eq!(accounts(&hub.client, "anna").await, shown);
    assert_eq!(transactions(&hub.client, "anna").await, ["a1"]);
    for id in ["a", "b"] {
        let page = second.page(
            id,
            1,
            "2020-01-01",
            true,
            vec![transaction(&format!("{id}2"), "2026-01-02")],
        );
        page.await.expect(200);
    }
    assert_eq!(transactions(&hub.client, "anna").await, ["a2", "b2"]);
    assert_eq!(
        first.history().await.len(),
        1,
        "the first session has its own"
    );
    let gone = take_back(&hub.client, "anna", "E2").await.expect(200);
    assert_eq!(gone["sessionIds"], json!([first.id, second.id]));
    assert!(transactions(&hub.client, "anna").await.is_empty() && first.history().await.is_empty());
    hub.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_fills_in_what_failed_and_announces_nothing() {
    let hub = Hub::start().await;
    let refresh = format!("/api/v2/bank/{BANK}/refresh");
    let anna = json!({ "userId": "anna" });
    hub.client.post(&refresh, anna.clone()).await.problem(404);
    let session = Session::begin(&hub.client, "anna", "E1").await;
    // The customer has not given it yet.
    hub.client.post(&refresh, anna.clone()).await.problem(404);
    session.code("x").await.expect(200);
    session.accounts(&["a"]).await.expect(200);
    session.fail("transactions").await.expect(200);
    assert_eq!(accounts(&hub.client, "anna").await.len(), 1);
    assert!(transactions(&hub.client, "anna").await.is_empty());

    let begun = hub.client.post(&refresh, anna.clone()).await.expect(201);
    let again = hub.client.post(&refresh, anna).await.expect(200);
    assert_eq!(begun["sessionId"], again["sessionId"]);
    assert_eq!(
        (&begun["kind"], &begun["stage"]),
        (&json!("refresh"), &json!("accounts"))
    );
    let refreshed = Session::of(&hub.client, &begun);
    refreshed.code("x").await.problem(409);
    read(&refreshed, &["a"], "r").await;
    assert_eq!(transactions(&hub.client, "anna").await, ["ar"]);
    hub.delivered().await;
    let events: Vec<_> = hub.consume().at_least(3).iter().map(event_of).collect();
    assert_eq!(
        events,
        [
            "AccountsSyncStarted",
            "AccountsSyncFinished",
            "TransactionsSyncFailed"
        ]
    );
    assert_eq!(refreshed.details().await["events"], json!([]));
    hub.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_known_by_the_hub_s_own_id_and_only_within_the_client() {
    let hub = Hub::start().await;
    let session = Session::begin(&hub.client, "anna", "E1").await;
    session.code("x").await.expect(200);
    read(&session, &["a"], "1").await;
    let id = session.details().await["userId"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert_eq!(transactions(&hub.client, &id).await, ["a1"]);
    assert_eq!(accounts(&hub.client, &id).await.len(), 1);

    let other = hub.tenant.bank_client("other", "other").await;
    assert!(accounts(&other, "anna").await.is_empty());
    assert!(accounts(&other, &id).await.is_empty());
    other.get(&session.path("")).await.problem(404);
    other
        .post(&session.path("/finish"), Value::Null)
        .await
        .problem(404);
    let begun = authorize(&other, "anna", "E1").await.expect(201);
    assert_ne!(begun["userId"], id);
    take_back(&other, "anna", "E1").await.expect(200);
    assert_eq!(transactions(&hub.client, "anna").await, ["a1"]);

    // A supervisor of the tenant sees all sessions, and says whose users.
    let supervisor = hub.tenant.user("supervisor", &["AML Supervisor"]).await;
    assert_eq!(
        supervisor.get(&session.path("")).await.expect(200)["sessionId"],
        session.id
    );
    supervisor
        .get("/api/v2/bank/accounts?userId=anna")
        .await
        .problem(400);
    assert_eq!(accounts(&supervisor.under(CLIENT), "anna").await.len(), 1);
    supervisor.get("/api/v2/bank/accounts").await.problem(400);
    hub.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_claims_another_s_client_id() {
    let hub = Hub::start().await;
    let body = json!({
        "userId": "anna", "sessionExternalId": "E1", "sessionContext": CONTEXT, "values": [],
    });
    let path = format!("/api/v2/bank/{BANK}/authorize");
    let claims = async |client: &Client, status: u16| {
        client.post(&path, body.clone()).await.problem(status);
    };
    let other = hub.tenant.bank_client("other", "other").await;
    claims(&other.under(CLIENT), 403).await;
    claims(&hub.tenant.administrator.under(CLIENT), 403).await;
    claims(&hub.tenant.administrator, 400).await;
    take_back(&other.under(CLIENT), "anna", "E1")
        .await
        .problem(403);
    let accounts = other
        .under(CLIENT)
        .get("/api/v2/bank/accounts?userId=anna")
        .await;
    accounts.problem(403);

    // Only an Administrator says which client id belongs to whom.
    let me = other.get("/v1/me").await.expect(200);
    let user = format!("/v1/users/{}", me["id"].as_str().expect("an id"));
    other
        .patch(&user, json!({ "client_id": CLIENT }))
        .await
        .problem(403);
    let administrator = &hub.tenant.administrator;
    administrator
        .patch(&user, json!({ "client_id": "no good" }))
        .await
        .problem(422);
    let changed = administrator
        .patch(&user, json!({ "client_id": CLIENT }))
        .await
        .expect(200);
    assert_eq!(changed["client_id"], CLIENT);
    other
        .under(CLIENT)
        .post(&path, body.clone())
        .await
        .expect(201);
    administrator
        .patch(&user, json!({ "client_id": null }))
        .await
        .expect(200);
    claims(&other.under(CLIENT), 403).await;
    hub.host.stop().await;
}
