//! Fetched transactions on their way to a team.

use serde_json::{Value, json};
use tests::{TestHost, field};

use super::hub::{CLIENT, Session, transaction};
use crate::payments::Payments;

/// The mapping to the team `payments`.
fn settings() -> Value {
    json!({ "team": "payments", "fields": {
        "amount": "transaction.amount",
        "currency": "transaction.currency",
        "counterparty": "transaction.counterpartyName",
        "country": "transaction.details.country",
    } })
}

fn payment(id: &str, amount: &str) -> Value {
    let mut one = transaction(id, "2026-02-01");
    one["amount"] = json!(amount);
    one["currency"] = json!("EUR");
    one["counterpartyName"] = json!("acme");
    one["details"] = json!({ "country": "BE" });
    one
}

#[tokio::test(flavor = "multi_thread")]
async fn fetched_transactions_are_judged_once_a_team_is_named() {
    let payments = Payments::on(TestHost::builder().in_memory()).await;
    let payments = payments.with_large_amount().await;
    let tenant = &payments.tenant;
    let client = tenant.bank_client("mwd", CLIENT).await;
    let begin = async |external_id: &str| {
        let session = Session::begin(&client, "anna", external_id).await;
        session.code("x").await.expect(200);
        session.accounts(&["a"]).await.expect(200);
        session
    };
    let page = |amounts: &[(&str, &str)]| {
        let all = amounts.iter().map(|(id, amount)| payment(id, amount));
        all.collect::<Vec<_>>()
    };

    // Off until a team is named.
    let off = begin("E0").await;
    let taken = off
        .page("a", 1, "2020-01-01", true, page(&[("t0", "20000")]))
        .await;
    assert_eq!(taken.expect(200)["monitoring"], Value::Null);
    assert!(tenant.alerts().await.is_empty());

    let administrator = &tenant.administrator;
    administrator
        .put("/v1/session-settings", settings())
        .await
        .expect(200);
    let read = client.get("/v1/session-settings").await.expect(200);
    assert_eq!(read, settings());
    let session = begin("E1").await;
    let amounts = [("t1", "12.50"), ("t2", "20000.00"), ("t3", "-7")];
    let taken = session
        .page("a", 1, "2024-01-01", false, page(&amounts))
        .await
        .expect(200);
    let told = &taken["monitoring"];
    assert_eq!(
        (&told["accepted"], &told["refused"]),
        (&json!(3), &json!(0)),
        "{told}"
    );
    let alerts = tenant.alerts().await;
    assert_eq!(alerts.len(), 1);
    assert_eq!(told["alerts"], json!([alerts[0]["id"]]));
    let stored = payments
        .key
        .get("/v1/transactions/75%2Fanna%2Fa%2FPLN%2Ft2")
        .await
        .expect(200);
    assert_eq!(stored["customer_id"], "anna");
    assert_eq!(stored["payload"]["amount"], 20_000.0);
    assert_eq!(stored["payload"]["country"], "BE");
    // The tenant is in Amsterdam, where the day begins an hour before it does in UTC.
    assert_eq!(stored["date_time"], "2026-01-31T23:00:00Z");

    // Again in a new session: duplicates for the team, and history of the session all the same.
    let renewed = begin("E2").await;
    let taken = renewed
        .page("a", 1, "2020-01-01", true, page(&amounts))
        .await
        .expect(200);
    assert_eq!(taken["monitoring"]["duplicates"], 3, "{taken}");
    assert_eq!(taken["monitoring"]["alerts"], json!([]));
    assert_eq!(renewed.history().await.len(), 3);
    assert_eq!(tenant.alerts().await.len(), 1);

    // What the team refuses is listed, and the history has it.
    let refused = begin("E3").await;
    let mut odd = payment("t9", "1");
    odd["details"] = json!({ "country": ["BE"] });
    let mut other = payment("t1", "13");
    other["description"] = json!("the amount is another one");
    let taken = refused.page(
        "a",
        1,
        "2020-01-01",
        true,
        vec![odd, other, payment("t10", "1")],
    );
    taken.await.expect(200);
    let details = refused.details().await;
    let told = &details["monitoring"];
    assert_eq!(
        (&told["accepted"], &told["refused"]),
        (&json!(1), &json!(2)),
        "{told}"
    );
    let refusals = told["refusals"].as_array().expect("refusals");
    let mut reasons: Vec<_> = refusals
        .iter()
        .map(|one| {
            (
                one["transactionId"].as_str(),
                one["errors"][0]["reason"].as_str(),
            )
        })
        .collect();
    reasons.sort();
    let expect = [
        (Some("t1"), Some("conflict")),
        (Some("t9"), Some("wrong_type")),
    ];
    assert_eq!(reasons, expect);
    assert_eq!(refused.history().await.len(), 3);

    // A consent that is taken back takes nothing from alerts, transactions of the team, or audit.
    let consent = json!({ "userId": "anna" });
    client
        .delete_with("/api/v2/bank/75/consent", consent)
        .await
        .expect(200);
    assert!(refused.history().await.is_empty());
    assert_eq!(refused.details().await["monitoring"], Value::Null);
    assert_eq!(tenant.alerts().await.len(), 1);
    payments
        .key
        .get("/v1/transactions/75%2Fanna%2Fa%2FPLN%2Ft2")
        .await
        .expect(200);
    let audit = administrator.all("/v1/audit").await;
    let actions: Vec<_> = audit
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .collect();
    for action in [
        "session.begin",
        "session.code",
        "session.accounts",
        "session.page",
        "consent.take_back",
    ] {
        assert!(actions.contains(&action), "{action}");
    }
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn holders_and_currencies_of_one_iban_are_judged_apart() {
    let payments = Payments::on(TestHost::builder().in_memory()).await;
    let client = payments.tenant.bank_client("mwd", CLIENT).await;
    let administrator = &payments.tenant.administrator;
    administrator
        .put("/v1/session-settings", settings())
        .await
        .expect(200);
    let iban = "PL61109010140000071219812874";
    for (user, number) in [("anna", 0), ("bela", 1)] {
        let session = Session::begin(&client, user, &format!("E{number}")).await;
        session.code("x").await.expect(200);
        let accounts = ["PLN", "EUR"].map(|currency| {
            json!({ "accountId": currency, "iban": iban, "currency": currency, "balances": [] })
        });
        let path = session.path("/accounts");
        let put = client.put(&path, json!({ "accounts": accounts }));
        put.await.expect(200);
        for currency in ["PLN", "EUR"] {
            let amount = if currency == "PLN" { "43.00" } else { "10.00" };
            let mut one = payment("t1", amount);
            one["currency"] = json!(currency);
            let taken = session.page(currency, 1, "2020-01-01", true, vec![one]);
            let told = taken.await.expect(200)["monitoring"].clone();
            assert_eq!(
                (&told["accepted"], &told["duplicates"], &told["refused"]),
                (&json!(1), &json!(0), &json!(0)),
                "{user} {currency}"
            );
            let path = format!("/v1/transactions/75%2F{user}%2F{iban}%2F{currency}%2Ft1");
            payments.key.get(&path).await.expect(200);
        }
    }
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_version_0_1_0_judged_is_not_judged_again() {
    let payments = Payments::on(TestHost::builder().in_memory()).await;
    let payments = payments.with_large_amount().await;
    let client = payments.tenant.bank_client("mwd", CLIENT).await;
    let administrator = &payments.tenant.administrator;
    administrator
        .put("/v1/session-settings", settings())
        .await
        .expect(200);
    // As version 0.1.0 put them into the team: bank, account and transaction.
    for id in ["75/a/t1", "75/a/t2"] {
        let stored = json!({
            "txn_id": id, "customer_id": "anna", "date_time": "2026-01-31T23:00:00Z",
            "amount": 20_000, "currency": "EUR", "country": "BE", "counterparty": "acme",
        });
        payments
            .key
            .post("/v1/transactions", stored)
            .await
            .expect(201);
    }
    assert_eq!(payments.tenant.alerts().await.len(), 2);
    let session = Session::begin(&client, "anna", "E1").await;
    session.code("x").await.expect(200);
    session.accounts(&["a"]).await.expect(200);
    // The first is the same; the second has other content, as it has where another holder's was refused; the third is new.
    let all = vec![
        payment("t1", "20000.00"),
        payment("t2", "30000"),
        payment("t3", "1"),
    ];
    let taken = session.page("a", 1, "2020-01-01", true, all);
    let told = taken.await.expect(200)["monitoring"].clone();
    assert_eq!(
        (&told["accepted"], &told["duplicates"], &told["refused"]),
        (&json!(2), &json!(1), &json!(0)),
        "{told}"
    );
    assert_eq!(payments.tenant.alerts().await.len(), 3);
    let again = "/v1/transactions/75%2Fanna%2Fa%2FPLN%2Ft1";
    payments.key.get(again).await.problem(404);
    let second = "/v1/transactions/75%2Fanna%2Fa%2FPLN%2Ft2";
    payments.key.get(second).await.expect(200);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_page_is_judged_to_its_end() {
    let payments = Payments::on(TestHost::builder().in_memory()).await;
    let client = payments.tenant.bank_client("mwd", CLIENT).await;
    let administrator = &payments.tenant.administrator;
    administrator
        .put("/v1/session-settings", settings())
        .await
        .expect(200);
    let session = Session::begin(&client, "anna", "E1").await;
    session.code("x").await.expect(200);
    session.accounts(&["a"]).await.expect(200);
    let all: Vec<Value> = (0..5_000)
        .map(|number| payment(&number.to_string(), "1.5"))
        .collect();
    let taken = session.page("a", 1, "2020-01-01", true, all.clone());
    assert_eq!(taken.await.expect(200)["monitoring"]["accepted"], 5_000);
    let again = session
        .page("a", 1, "2020-01-01", true, all)
        .await
        .expect(200);
    assert_eq!(again["isRepeat"], true);
    assert_eq!(
        again["monitoring"]["accepted"], 5_000,
        "as it was answered first"
    );
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_name_only_what_there_is() {
    let host = TestHost::builder().in_memory().start().await;
    let tenant = host.tenant("bank").await;
    let administrator = &tenant.administrator;
    let path = "/v1/session-settings";
    let first = administrator.get(path).await.expect(200);
    assert_eq!(first, json!({ "team": null, "fields": {} }));
    tenant.team("aml", &[field("amount", "float")]).await;
    for (body, expect) in [
        (json!({ "team": "none" }), "team"),
        (
            json!({ "team": "aml", "fields": { "x": "transaction.amount" } }),
            "fields.x",
        ),
        (
            json!({ "team": "aml", "fields": { "amount": "account.balances" } }),
            "fields.amount",
        ),
    ] {
        let refused = administrator.put(path, body).await.expect(422);
        assert_eq!(refused["errors"][0]["field"], expect, "{refused}");
    }
    let good = json!({ "team": "aml", "fields": { "amount": "transaction.amount" } });
    let stale = administrator.get(path).await.header("etag").to_owned();
    administrator.put(path, good.clone()).await.expect(200);
    let request = administrator.request(reqwest::Method::PUT, path);
    let request = request.header("if-match", stale).json(&good);
    administrator.send(request).await.problem(412);
    let watcher = tenant.user("watcher", &["Watcher"]).await;
    watcher.put(path, good).await.problem(403);
    host.stop().await;
}
