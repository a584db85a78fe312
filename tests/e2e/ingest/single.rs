//! Transactions one at a time.

use reqwest::Method;
use serde_json::{Value, json};

use crate::payments::{POST, Payments, alerting, payment, with};

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_registered_once() {
    let payments = Payments::start().await.with_large_amount().await;
    let first = payments
        .post(payment("t1", "anna", 12_000.0))
        .await
        .expect(201);
    assert_eq!(first["team"], "payments");
    assert_eq!(first["sequence"], 1);
    assert_eq!(first["rules"][0]["outcome"], "alert");
    assert!(first["rules"][0]["fuel"].as_u64() > Some(0), "{first}");

    let other_text = r#" {"counterparty":"acme","amount":1.2E4, "currency":"EUR",
        "country":"B\u0045","date_time":"2026-03-01T10:00:00Z","customer_id":"anna","txn_id":"t1"}"#;
    let again = payments
        .key
        .post_as(POST, "application/json", other_text)
        .await;
    assert_eq!(again.expect(200), first, "the same answer, alerts and all");

    let other = payments.post(payment("t1", "anna", 12_000.01)).await;
    assert!(other.problem(409).contains("'t1'"), "{}", other.text());

    let second = payments.post(payment("t2", "anna", 1.0)).await.expect(201);
    assert_eq!(second["sequence"], 2, "a conflict takes no place");
    assert_eq!(payments.tenant.alerts().await.len(), 1);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_named() {
    let payments = Payments::start().await;
    let check = async |body: Value, expect: &[(&str, &str)]| {
        let answer = payments.post(body).await;
        let problem = answer.expect(422);
        assert_eq!(problem["title"], "FAILED_TO_REGISTER_TRANSACTION");
        let errors = problem["errors"].as_array().expect("errors");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let mut said: Vec<_> = errors
            .iter()
            .map(|error| (text(&error["field"]), text(&error["reason"])))
            .collect();
        said.sort();
        let expect: Vec<_> = expect
            .iter()
            .map(|(field, reason)| ((*field).to_owned(), (*reason).to_owned()))
            .collect();
        assert_eq!(said, expect);
    };
    let good = payment("t", "anna", 1.0);
    let all = json!({
        "txn_id": "", "customer_id": "c".repeat(201), "date_time": "yesterday",
        "amount": "1", "currency": null, "country": "B\u{0}E", "colour": "red",
    });
    let faults = [
        ("colour", "unknown_field"),
        ("counterparty", "missing"),
        ("country", "invalid_character"),
        ("currency", "null"),
        ("customer_id", "too_long"),
        ("date_time", "invalid_date_time"),
        ("amount", "wrong_type"),
        ("txn_id", "empty"),
    ];
    let mut faults = faults;
    faults.sort();
    check(all, &faults).await;
    let local = json!({ "date_time": "2026-03-01T10:00:00" });
    check(
        with(good.clone(), local),
        &[("date_time", "invalid_date_time")],
    )
    .await;
    check(
        with(good, json!({ "date_time": "" })),
        &[("date_time", "empty")],
    )
    .await;
    check(json!([]), &[("", "wrong_type")]).await;

    let request = payments
        .key
        .request(Method::POST, POST)
        .header("accept", "text/plain");
    let plain = payments.key.send(request.json(&json!({}))).await;
    assert_eq!(
        (plain.status, &*plain.text()),
        (422, "FAILED_TO_REGISTER_TRANSACTION")
    );
    let none = payments.key.all(POST).await;
    assert!(none.is_empty(), "nothing was registered: {none:?}");
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_tells_nothing() {
    let payments = Payments::start().await.with_large_amount().await;
    let administrator = &payments.tenant.administrator;
    let receipt = json!({ "answer": "receipt" });
    administrator
        .patch("/v1/teams/payments", receipt)
        .await
        .expect(200);
    let large = payment("t1", "anna", 12_000.0);
    for status in [201, 200] {
        let answer = payments.post(large.clone()).await.expect(status);
        let members: Vec<_> = answer.as_object().expect("an object").keys().collect();
        assert_eq!(members, ["received_at", "sequence", "team", "txn_id"]);
    }
    let batch = payments.key.post_as(
        "/v1/transactions/batch",
        "application/x-ndjson",
        large.to_string(),
    );
    let line = batch.await.expect(200);
    assert_eq!(line, json!({ "line": 1, "status": 200, "txn_id": "t1" }));
    let own = payments.key.get("/v1/transactions/t1").await.expect(200);
    assert!(
        own.get("alerts").is_none() && own.get("rules").is_none(),
        "{own}"
    );
    let users = administrator
        .get("/v1/teams/payments/transactions/t1")
        .await;
    assert_eq!(alerting(&users.expect(200)), ["large-amount"]);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sensitive_is_masked_or_hashed() {
    let payments = Payments::start().await;
    let administrator = &payments.tenant.administrator;
    let mut fields = crate::payments::fields().to_vec();
    fields.push(json!({ "name": "iban", "type": "string", "sensitive": "mask" }));
    fields.push(json!({ "name": "email", "type": "string", "sensitive": "hash" }));
    let path = "/v1/teams/payments/payload-schema";
    administrator
        .put(path, json!({ "fields": fields }))
        .await
        .expect(200);

    let secret = json!({ "iban": "BE71096123456769", "email": "anna@example.org" });
    let transaction = with(payment("t1", "anna", 1.0), secret.clone());
    payments.post(transaction.clone()).await.expect(201);
    payments.post(transaction).await.expect(200);
    payments
        .post(with(payment("t2", "bert", 1.0), secret))
        .await
        .expect(201);

    let analyst = payments.tenant.user("analyst", &["AML Analyst"]).await;
    let check = async |client: &tests::Client, path: &str, iban: &str| {
        let read = client.get(path).await;
        assert!(!read.text().contains("anna@example.org"), "{}", read.text());
        let payload = read.expect(200)["payload"].take();
        assert_eq!(payload["iban"], iban, "{path}");
        payload["email"].clone()
    };
    let of_team = "/v1/teams/payments/transactions";
    let hash = check(administrator, &format!("{of_team}/t1"), "BE71096123456769").await;
    let other = check(&analyst, &format!("{of_team}/t2"), "***").await;
    assert_eq!(hash, other, "the same for the same value");
    check(&payments.key, "/v1/transactions/t1", "***").await;
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_posted_is_what_is_read_back() {
    let payments = Payments::start().await;
    let check = async |number: u32, amount: &str| {
        let text = format!(
            r#"{{"txn_id":"t{number}","customer_id":"a","date_time":"2026-03-01T10:00:00.5+02:00","amount":{amount},"currency":"","country":"é\"\\","counterparty":"😀"}}"#
        );
        let posted = payments
            .key
            .post_as(POST, "application/json", text.clone())
            .await;
        posted.expect(201);
        let read = payments
            .key
            .get(&format!("/v1/transactions/t{number}"))
            .await;
        assert!(read.text().contains(&text), "{text}: {}", read.text());
    };
    let amounts = [
        "1.10",
        "1e2",
        "-0",
        "0.1000000000000000055511151231257827",
        "1.7976931348623157e308",
    ];
    for (number, amount) in (0..).zip(amounts) {
        check(number, amount).await;
    }
    payments.host.stop().await;
}
