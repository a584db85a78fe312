//! What an account's history lists, however the pages come.

use serde_json::{Value, json};
use tests::TestHost;

use super::hub::{CLIENT, Session, transaction};

/// Ids and amounts, in the order of the history.
fn listed(history: &[Value]) -> Vec<(&str, &str)> {
    let text = |value: &'_ Value, name: &str| value[name].as_str().map(str::to_owned);
    assert!(history.iter().all(|one| text(one, "amount").is_some()));
    let each = history.iter().map(|one| {
        let text = |name: &str| one[name].as_str().expect("a text");
        (text("transactionId"), text("amount"))
    });
    each.collect()
}

fn of(id: &str, amount: &str) -> Value {
    let mut one = transaction(id, "2026-01-01");
    one["amount"] = json!(amount);
    one
}

/// A session of which the accounts are read.
async fn reading(host: &TestHost, accounts: &[&str]) -> Session {
    let tenant = host.tenant("bank").await;
    let client = tenant.bank_client("mwd", CLIENT).await;
    let session = Session::begin(&client, "anna", "E1").await;
    session.code("x").await.expect(200);
    session.accounts(accounts).await.expect(200);
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn each_transaction_is_listed_once_however_often_it_is_sent() {
    let host = TestHost::builder().in_memory().start().await;
    let session = reading(&host, &["a", "b"]).await;
    let page = async |account: &str, number: u32, transactions: Vec<Value>| {
        let page = session.page(account, number, "2020-01-01", true, transactions);
        page.await.expect(200)
    };
    let first = vec![of("t1", "100.00"), of("t2", "7")];
    let taken = page("a", 1, first.clone()).await;
    assert_eq!(
        (&taken["repeats"], &taken["unlistedCount"]),
        (&json!(0), &json!(0))
    );
    // The same under another number; one that overlaps; the same id twice in one page, and in another account.
    let taken = page("a", 2, first.clone()).await;
    assert_eq!(
        (&taken["transactions"], &taken["repeats"]),
        (&json!(2), &json!(2))
    );
    let overlapping = vec![
        of("t2", "7.0"),
        of("t3", "1"),
        of("t3", "1"),
        of("t1", "100.01"),
    ];
    let taken = page("a", 3, overlapping.clone()).await;
    assert_eq!(
        (&taken["repeats"], &taken["unlistedCount"]),
        (&json!(2), &json!(1))
    );
    let differing = &taken["unlisted"][0];
    assert_eq!(
        (
            &differing["accountId"],
            &differing["page"],
            &differing["index"]
        ),
        (&json!("a"), &json!(3), &json!(3))
    );
    assert_eq!(differing["transactionId"], "t1");
    assert_eq!(differing["errors"][0]["reason"], "differs");
    page("b", 1, vec![of("t1", "5")]).await;

    let history = session.history().await;
    let expect = [("t1", "100.00"), ("t2", "7"), ("t3", "1"), ("t1", "5")];
    assert_eq!(listed(&history), expect);
    let details = session.details().await;
    assert_eq!(details["unlistedCount"], 1);
    assert_eq!(details["unlisted"], taken["unlisted"]);

    // The same page again is known by its number, whatever of it was listed.
    let again = page("a", 3, overlapping).await;
    assert_eq!(
        (&again["isRepeat"], &again["repeats"]),
        (&json!(true), &json!(2))
    );
    assert_eq!(again["unlisted"], taken["unlisted"]);
    session.finish().await.expect(200);
    assert_eq!(session.history().await.len(), 4);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_come_at_once_list_a_transaction_once() {
    let host = TestHost::builder().in_memory().start().await;
    let session = reading(&host, &["a"]).await;
    let mut sending = tokio::task::JoinSet::new();
    for number in 1..=8 {
        let session = session.clone();
        sending.spawn(async move {
            let own = of(&format!("own{number}"), "1");
            let both = vec![of("shared", "100"), own];
            let page = session.page("a", number, "2020-01-01", true, both);
            page.await.expect(200)["repeats"].clone()
        });
    }
    let repeats: u64 = sending
        .join_all()
        .await
        .iter()
        .map(|repeats| repeats.as_u64().expect("a number"))
        .sum();
    assert_eq!(repeats, 7);
    assert_eq!(session.history().await.len(), 9);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn details_keep_their_digits_and_are_compared_exactly() {
    let host = TestHost::builder().in_memory().start().await;
    let session = reading(&host, &["a"]).await;
    let page = async |number: u32, details: &[&str]| {
        let transactions = details.iter().enumerate().map(|(index, details)| {
            let transaction = transaction(&format!("t{index}"), "2026-01-01").to_string();
            let transaction = transaction.strip_suffix('}').expect("an object").to_owned();
            format!(r#"{transaction},"details":{details}}}"#)
        });
        let transactions = transactions.collect::<Vec<_>>().join(",");
        let body = format!(
            r#"{{"page":{number},"historyFrom":"2020-01-01","isWholeHistory":true,"transactions":[{transactions}]}}"#
        );
        let path = session.path("/accounts/a/transactions");
        let answer = session
            .client
            .post_as(&path, "application/json", body)
            .await;
        answer.expect(200)
    };
    let exact = r#"{"ref":123456789012345678901234567890,"rate":1.50,"$serde_json::private::RawValue":{"a":1}}"#;
    let taken = page(1, &[exact, r#"{"a":{"b":1,"b":2}}"#]).await;
    assert_eq!(
        (
            &taken["unlistedCount"],
            &taken["unlisted"][0]["transactionId"]
        ),
        (&json!(1), &json!("t1"))
    );
    let fault = &taken["unlisted"][0]["errors"][0];
    assert_eq!(
        (&fault["field"], &fault["reason"]),
        (&json!("details.a.b"), &json!("duplicate_field"))
    );
    let history = session.client.get(&session.path("/transactions")).await;
    assert!(
        history.text().contains(&format!(r#""details":{exact}"#)),
        "{}",
        history.text()
    );

    let same = r#"{"$serde_json::private::RawValue":{"a":1},"rate":1.5,"ref":123456789012345678901234567890}"#;
    assert_eq!(page(2, &[same]).await["repeats"], 1);
    let other = exact.replace("7890,", "7891,");
    let taken = page(3, &[&other]).await;
    assert_eq!(taken["unlisted"][0]["errors"][0]["reason"], "differs");
    host.stop().await;
}
