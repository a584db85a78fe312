//! The way of a session, and what can be read when.

use serde_json::{Value, json};
use tests::rabbitmq::event_of;
use tests::{TestHost, TestHostBuilder};

use super::hub::{BANK, CLIENT, Hub, Session, authorize, events, transaction};

fn listed(answer: &Value, member: &str) -> Vec<String> {
    let items = answer["items"].as_array().expect("items").iter();
    let names = items.map(|item| item[member].as_str().expect("a text").to_owned());
    names.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_announces_each_thing_once_when_it_can_be_read() {
    let hub = Hub::start().await;
    let mut queue = hub.consume();
    let session = Session::begin(&hub.client, "anna", "E1").await;
    let begun = session.details().await;
    assert_eq!(begun["stage"], "authorizing");
    assert_eq!(begun["externalUserId"], "anna");
    assert_eq!(begun["historyMonths"], 13);

    session.code("code").await.expect(200);
    let started = queue.at_least(1)[0].clone();
    assert_eq!(event_of(&started), "AccountsSyncStarted");
    assert_eq!(
        started["message"],
        json!({ "sessionId": session.id, "sessionExternalId": "E1", "userId": begun["userId"] })
    );

    session.accounts(&["b", "a"]).await.expect(200);
    let read = queue.at_least(2)[1].clone();
    assert_eq!(event_of(&read), "AccountsSyncFinished");
    let accounts = hub.client.get(&session.path("/accounts")).await.expect(200);
    assert_eq!(listed(&accounts, "accountId"), ["a", "b"]);
    assert_eq!(accounts["items"][0]["balances"][0]["amount"], "100.50");
    assert!(session.history().await.is_empty());

    // One suffices, the other does not: nothing is shown, and nothing is announced.
    let page = session.page(
        "a",
        1,
        "2020-01-01",
        false,
        vec![transaction("t1", "2026-01-01")],
    );
    let page = page.await.expect(200);
    assert_eq!(page["stage"], "transactions");
    let page = session.page(
        "b",
        1,
        "2026-05-01",
        false,
        vec![transaction("t1", "2026-06-01")],
    );
    page.await.expect(200);
    assert!(session.history().await.is_empty());
    let details = session.details().await;
    assert_eq!(details["historyComplete"], false);
    assert_eq!(details["accounts"][1]["accountId"], "b");
    assert_eq!(details["accounts"][1]["historyFrom"], "2026-05-01");

    // The other is short and whole, so the first must be whole, too.
    let page = session.page(
        "b",
        2,
        "2026-04-01",
        true,
        vec![transaction("t2", "2026-04-02")],
    );
    page.await.expect(200);
    assert_eq!(session.details().await["historyComplete"], false);
    session.finish().await.problem(409);
    let page = session.page(
        "a",
        2,
        "2019-01-01",
        true,
        vec![transaction("t2", "2019-02-01")],
    );
    assert_eq!(page.await.expect(200)["stage"], "complete");
    let finished = queue.at_least(3)[2].clone();
    assert_eq!(event_of(&finished), "TransactionsSyncFinished");
    assert_eq!(finished["message"]["noMonths"], 13);
    let history = session.history().await;
    let ids: Vec<_> = history
        .iter()
        .map(|one| (one["accountId"].as_str(), one["transactionId"].as_str()))
        .collect();
    let expect = [("a", "t1"), ("a", "t2"), ("b", "t1"), ("b", "t2")];
    assert_eq!(ids, expect.map(|(account, id)| (Some(account), Some(id))));

    // Later pages follow, and announce nothing.
    let later = session.page(
        "b",
        3,
        "2026-04-01",
        true,
        vec![transaction("t3", "2026-07-01")],
    );
    later.await.expect(200);
    assert_eq!(session.history().await.len(), 5);
    session.finish().await.expect(200);
    hub.delivered().await;
    assert_eq!(queue.so_far().len(), 3);
    let details = session.details().await;
    assert_eq!(details["stage"], "finished");
    let announced = [
        "AccountsSyncStarted",
        "AccountsSyncFinished",
        "TransactionsSyncFinished",
    ];
    assert_eq!(events(&details), announced);
    let delivered = details["events"].as_array().expect("events").iter();
    assert!(
        delivered
            .map(|event| &event["deliveredAt"])
            .all(Value::is_string)
    );
    let ids = queue.so_far().iter().map(|message| &message["messageId"]);
    let of_details = details["events"].as_array().expect("events").iter();
    assert!(ids.eq(of_details.map(|event| &event["messageId"])));
    hub.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_again_is_answered_again_and_announced_once() {
    let hub = Hub::start().await;
    let first = authorize(&hub.client, "anna", "E1").await.expect(201);
    let again = authorize(&hub.client, "anna", "E1").await.expect(200);
    assert_eq!(first["sessionId"], again["sessionId"]);
    let session = Session::of(&hub.client, &first);
    for _ in 0..2 {
        session.code("x").await.expect(200);
        session.accounts(&["a", "b"]).await.expect(200);
        session.accounts(&["b", "a"]).await.expect(200);
    }
    for repeat in [false, true] {
        for account in ["a", "b"] {
            let page = session.page(
                account,
                1,
                "2020-01-01",
                true,
                vec![transaction("t", "2026-01-01")],
            );
            assert_eq!(page.await.expect(200)["isRepeat"], repeat);
        }
    }
    session.finish().await.expect(200);
    session.finish().await.expect(200);
    assert_eq!(session.history().await.len(), 2);
    // After the end, what was reported can be reported again, and nothing else.
    session.code("x").await.expect(200);
    session
        .page(
            "a",
            1,
            "2020-01-01",
            true,
            vec![transaction("t", "2026-01-01")],
        )
        .await
        .expect(200);
    session
        .page("a", 2, "2020-01-01", true, Vec::new())
        .await
        .problem(409);
    session.fail("transactions").await.problem(409);
    hub.delivered().await;
    assert_eq!(hub.consume().at_least(3).len(), 3);
    hub.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_of_other_clients_and_contexts_announce_nothing() {
    let hub = Hub::start().await;
    let other = hub.tenant.bank_client("other", "other").await;
    Session::begin(&other, "anna", "E1").await.run().await;
    let path = format!("/api/v2/bank/{BANK}/authorize");
    for (number, context) in [json!("other"), Value::Null].into_iter().enumerate() {
        let mut body =
            json!({ "userId": "anna", "sessionExternalId": format!("N{number}"), "values": [] });
        if !context.is_null() {
            body["sessionContext"] = context;
        }
        let begun = hub.client.post(&path, body).await.expect(201);
        let session = Session::of(&hub.client, &begun);
        session.run().await;
        let details = session.details().await;
        assert_eq!(details["stage"], "finished");
        assert_eq!(details["events"], json!([]));
    }
    // The same calls, of the client and in the context.
    let session = Session::begin(&hub.client, "anna", "E1").await;
    session.run().await;
    hub.delivered().await;
    let mut queue = hub.consume();
    let messages = queue.at_least(3);
    assert!(
        messages
            .iter()
            .all(|message| message["message"]["sessionId"] == session.id)
    );
    hub.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_of_the_tenant_that_is_configured() {
    let hub = Hub::on(TestHost::builder().in_memory().config(|config| {
        config.sessions.tenant = "bank".to_owned();
    }))
    .await;
    let stranger = hub.host.tenant("stranger").await;
    let claimed = stranger.bank_client("mwd", CLIENT).await;
    let session = Session::begin(&claimed, "anna", "E1").await;
    session.run().await;
    assert_eq!(session.details().await["events"], json!([]));
    Session::begin(&hub.client, "anna", "E1").await.run().await;
    hub.delivered().await;
    assert_eq!(hub.consume().at_least(3).len(), 3);
    hub.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_broker_sessions_work_and_announce_nothing() {
    let host = TestHost::builder().in_memory().start().await;
    let tenant = host.tenant("bank").await;
    let client = tenant.bank_client("mwd", CLIENT).await;
    let session = Session::begin(&client, "anna", "E1").await;
    session.run().await;
    assert_eq!(session.details().await["events"], json!([]));
    assert_eq!(session.details().await["stage"], "finished");
    let ready = host.anonymous().get("/readyz").await.expect(200);
    assert_eq!(ready["events"], Value::Null);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_says_at_which_stage() {
    let hub = Hub::start().await;
    let mut queue = hub.consume();
    let authorization = Session::begin(&hub.client, "anna", "E1").await;
    authorization.fail("authorization").await.expect(200);
    authorization.fail("authorization").await.expect(200);
    authorization.code("x").await.problem(409);

    let accounts = Session::begin(&hub.client, "anna", "E2").await;
    accounts.code("x").await.expect(200);
    accounts.fail("transactions").await.problem(409);
    accounts.fail("accounts").await.expect(200);
    accounts.accounts(&["a"]).await.problem(409);
    let shown = hub
        .client
        .get(&accounts.path("/accounts"))
        .await
        .expect(200);
    assert_eq!(shown["items"], json!([]));

    let transactions = Session::begin(&hub.client, "anna", "E3").await;
    transactions.code("x").await.expect(200);
    transactions.accounts(&["a"]).await.expect(200);
    let page = transactions.page(
        "a",
        1,
        "2026-05-01",
        false,
        vec![transaction("t", "2026-06-01")],
    );
    page.await.expect(200);
    transactions.fail("accounts").await.problem(409);
    transactions.fail("transactions").await.expect(200);
    let shown = hub
        .client
        .get(&transactions.path("/accounts"))
        .await
        .expect(200);
    assert_eq!(listed(&shown, "accountId"), ["a"]);
    assert!(transactions.history().await.is_empty());

    let complete = Session::begin(&hub.client, "anna", "E4").await;
    complete.code("x").await.expect(200);
    complete.accounts(&["a"]).await.expect(200);
    let page = complete.page(
        "a",
        1,
        "2020-01-01",
        false,
        vec![transaction("t", "2026-06-01")],
    );
    page.await.expect(200);
    complete.fail("transactions").await.expect(200);
    assert_eq!(complete.history().await.len(), 1);

    hub.delivered().await;
    let of = |session: &Session, messages: &[Value]| -> Vec<String> {
        let own = messages
            .iter()
            .filter(|one| one["message"]["sessionId"] == session.id);
        own.map(event_of).collect()
    };
    let messages = queue.at_least(9);
    let (started, read) = ("AccountsSyncStarted", "AccountsSyncFinished");
    assert_eq!(of(&authorization, messages), ["AccountsSyncFailed"]);
    assert_eq!(of(&accounts, messages), [started, "AccountsSyncFailed"]);
    assert_eq!(
        of(&transactions, messages),
        [started, read, "TransactionsSyncFailed"]
    );
    assert_eq!(
        of(&complete, messages),
        [started, read, "TransactionsSyncFinished"]
    );
    hub.host.stop().await;
}

/// A host whose sessions are stalled after four seconds.
fn impatient() -> TestHostBuilder {
    TestHost::builder()
        .in_memory()
        .config(|config| config.sessions.stalled_after_seconds = 4)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_in_which_nothing_happens_is_seen() {
    let host = impatient().start().await;
    let tenant = host.tenant("bank").await;
    let client = tenant.bank_client("mwd", CLIENT).await;
    let ended = Session::begin(&client, "anna", "E0").await;
    ended.run().await;
    let session = Session::begin(&client, "anna", "E1").await;
    let gauge = async |name: &str| {
        let metrics = host.anonymous().get("/metrics").await.text();
        let line = metrics
            .lines()
            .find(|line| line.starts_with(&format!("{name} ")));
        line.and_then(|line| line.split(' ').nth(1)?.parse::<f64>().ok())
    };
    let becomes = async |name: &str, expect: f64| {
        super::hub::until(name, async || {
            gauge(name).await.filter(|found| *found == expect)
        })
        .await
    };
    becomes("vervet_sessions_open", 1.0).await;
    host.clock().advance(std::time::Duration::from_secs(5));
    becomes("vervet_sessions_stalled", 1.0).await;
    session.fail("authorization").await.expect(200);
    becomes("vervet_sessions_stalled", 0.0).await;
    becomes("vervet_sessions_open", 0.0).await;
    host.stop().await;
}
