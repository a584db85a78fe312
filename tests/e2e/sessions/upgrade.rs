//! Sessions of release 0.1.0 go on: what they hold is listed once, and what was judged is not judged again.

use serde_json::{Value, json};

use super::hub::{CONTEXT, Session};
use crate::stored_release::OldHost;

const IBAN: &str = "PL61109010140000071219812874";

/// A transaction as the stored sessions have it.
fn stored(id: &str, day: &str, currency: &str) -> Value {
    json!({ "transactionId": id, "bookingDate": day, "amount": "-12.50", "currency": currency })
}

fn session(old: &OldHost, pointer: &str) -> Session {
    Session {
        client: old.client("/users/hub/token").under("santander"),
        id: old.store.known(pointer).to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn overlapping_pages_that_were_kept_are_listed_once() {
    let old = OldHost::start().await;
    let finished = session(&old, "/sessions/finished");
    let history = finished.history().await;
    let listed: Vec<_> = history
        .iter()
        .map(|one| (one["accountId"].as_str(), one["transactionId"].as_str()))
        .collect();
    let expect = [("a", "t1"), ("a", "t2"), ("a", "t3"), ("b", "t1")];
    assert_eq!(
        listed,
        expect.map(|(account, id)| (Some(account), Some(id)))
    );
    // A page that was taken then is known now.
    let second = vec![
        stored("t2", "2026-09-02", "PLN"),
        stored("t3", "2026-05-02", "PLN"),
    ];
    let again = finished.page("a", 2, "2020-01-01", true, second).await;
    assert_eq!(again.expect(200)["isRepeat"], true);
    assert_eq!(finished.details().await["unlistedCount"], 0);
    old.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_judged_is_not_judged_again_and_what_collided_is_judged() {
    let old = OldHost::start().await;
    let client = old.client("/users/hub/token").under("santander");
    let begun = client.post(
        "/api/v2/bank/75/authorize",
        json!({ "userId": "U1", "sessionExternalId": "E9", "sessionContext": CONTEXT, "values": [] }),
    );
    let session = Session::of(&client, &begun.await.expect(201));
    session.code("x").await.expect(200);
    let accounts = [("a", "PLN"), ("b", "EUR")].map(|(id, currency)| {
        json!({ "accountId": id, "iban": IBAN, "currency": currency, "balances": [] })
    });
    let path = session.path("/accounts");
    let put = client.put(&path, json!({ "accounts": accounts }));
    put.await.expect(200);
    let all = vec![
        stored("t1", "2026-09-01", "PLN"),
        stored("t2", "2026-09-02", "PLN"),
        stored("t3", "2026-05-02", "PLN"),
    ];
    let taken = session
        .page("a", 1, "2020-01-01", true, all)
        .await
        .expect(200);
    let told = &taken["monitoring"];
    assert_eq!(
        (&told["accepted"], &told["duplicates"]),
        (&json!(0), &json!(3)),
        "{told}"
    );
    // Under one IBAN the other currency's first transaction had the same id, and was refused.
    let other = vec![stored("t1", "2026-09-01", "EUR")];
    let taken = session
        .page("b", 1, "2020-01-01", true, other)
        .await
        .expect(200);
    let told = &taken["monitoring"];
    assert_eq!(
        (&told["accepted"], &told["refused"]),
        (&json!(1), &json!(0)),
        "{told}"
    );
    old.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_under_way_goes_on() {
    let old = OldHost::start().await;
    let session = session(&old, "/sessions/accounts_wanted");
    session.accounts(&["a"]).await.expect(200);
    let page = session.page(
        "a",
        1,
        "2020-01-01",
        true,
        vec![stored("t1", "2026-09-01", "PLN")],
    );
    page.await.expect(200);
    session.finish().await.expect(200);
    assert_eq!(session.details().await["stage"], "finished");
    assert_eq!(session.history().await.len(), 1);
    old.host.stop().await;
}
