//! What cannot be is answered, and the session goes on.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, TestHost, TestTenant};

use super::hub::{BANK, CLIENT, Session, account, authorize, transaction};

/// A session of which the account `a` is read, on a host without a broker.
async fn reading() -> (TestHost, TestTenant, Session) {
    let host = TestHost::builder().in_memory().start().await;
    let tenant = host.tenant("bank").await;
    let client = tenant.bank_client("mwd", CLIENT).await;
    let session = Session::begin(&client, "anna", "E1").await;
    session.code("x").await.expect(200);
    session.accounts(&["a"]).await.expect(200);
    (host, tenant, session)
}

/// The fields of a 422, with their reasons.
fn faults(answer: &Answer) -> Vec<(String, String)> {
    let problem = answer.expect(422);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let errors = problem["errors"].as_array().expect("errors").iter();
    errors
        .map(|one| (text(&one["field"]), text(&one["reason"])))
        .collect()
}

/// The transactions that an answer lists as not taken up: index, id, and the first fault's field and reason.
fn unlisted(answer: &Value) -> Vec<(u64, Option<&str>, &str, &str)> {
    let unlisted = answer["unlisted"].as_array().expect("a list").iter();
    let each = unlisted.map(|one| {
        let error = &one["errors"][0];
        let text = |name: &str| error[name].as_str().expect("a text");
        let index = one["index"].as_u64().expect("an index");
        (
            index,
            one["transactionId"].as_str(),
            text("field"),
            text("reason"),
        )
    });
    each.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_that_cannot_be_read_are_listed_and_refuse_nothing_else() {
    let (host, _tenant, session) = reading().await;
    let with = |name: &str, value: Value| {
        let mut one = transaction("t", "2026-01-01");
        one[name] = value;
        one
    };
    let cases = [
        ("amount", json!("12,50"), "no_decimal"),
        ("amount", json!("1e3"), "no_decimal"),
        ("amount", json!("NaN"), "no_decimal"),
        ("amount", json!(""), "no_decimal"),
        ("currency", json!("zł"), "invalid_currency"),
        ("transactionId", json!(""), "empty"),
        ("transactionId", json!("x".repeat(201)), "too_long"),
        ("bookingDate", json!("2026-02-30"), "invalid_date"),
        ("bookingDate", json!("1.1.2026"), "invalid_date"),
        ("bookingDate", json!("2099-01-01"), "in_the_future"),
        ("bookedAt", json!("2099-01-01T00:00:00Z"), "in_the_future"),
        (
            "bookedAt",
            json!("2026-01-01T00:00:00"),
            "invalid_date_time",
        ),
        ("valueDate", json!("soon"), "invalid_date"),
        ("description", json!("x".repeat(2001)), "too_long"),
        ("details", json!({ "x": "x".repeat(9000) }), "too_long"),
        // A number is no text, whatever it is worth.
        ("amount", json!(12.5), "wrong_type"),
        ("currency", Value::Null, "wrong_type"),
        ("iban", json!("x"), "unknown_field"),
    ];
    let mut transactions = vec![transaction("good", "2026-01-01")];
    transactions.extend(
        cases
            .iter()
            .map(|(name, value, _)| with(name, value.clone())),
    );
    transactions.push(json!("no object"));
    let count = transactions.len();
    let page = session.page("a", 1, "2020-01-01", true, transactions.clone());
    let taken = page.await.expect(200);
    assert_eq!(taken["stage"], "complete");
    assert_eq!(taken["transactions"], count);
    assert_eq!(taken["unlistedCount"], count - 1);
    let told = unlisted(&taken);
    for (number, (name, _, reason)) in cases.iter().enumerate() {
        let (index, id, field, why) = told[number];
        assert_eq!((index, field, why), (number as u64 + 1, *name, *reason));
        let expect = match *name {
            "transactionId" => (1, id),
            _ => (1, Some("t")),
        };
        assert_eq!((1, id), expect, "{name}");
    }
    assert_eq!(
        told.last().map(|one| one.1),
        Some(None),
        "no object has no id"
    );

    // The history has the good one, and the session tells of all others.
    let history = session.history().await;
    assert_eq!(history.len(), 1);
    assert_eq!(history[0]["transactionId"], "good");
    let details = session.details().await;
    assert_eq!(details["unlistedCount"], count - 1);
    assert_eq!(details["unlisted"], taken["unlisted"]);
    // The same page again is the same page, and tells the same.
    let again = session.page("a", 1, "2020-01-01", true, transactions);
    let again = again.await.expect(200);
    assert_eq!(again["isRepeat"], true);
    assert_eq!(again["unlisted"], taken["unlisted"]);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_says_of_itself_must_be_right() {
    let (host, _tenant, session) = reading().await;
    let one = || vec![transaction("t", "2026-01-01")];
    let page = session.page("a", 0, "2099-01-01", true, one()).await;
    let fields: Vec<String> = faults(&page).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["page", "historyFrom"]);
    assert!(session.history().await.is_empty());
    let page = session.page("a", 1, "2020-01-01", true, one());
    assert_eq!(page.await.expect(200)["stage"], "complete");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_hundred_thousand_transactions_is_refused_and_others_are_not_kept_waiting() {
    let (host, _tenant, session) = reading().await;
    let long = |count: usize, text: &str| -> Vec<Value> {
        let one = |number: usize| {
            let mut one = transaction(&number.to_string(), "2026-01-01");
            one["description"] = json!(text);
            one
        };
        (0..count).map(one).collect()
    };
    let too_long = session
        .page("a", 1, "2020-01-01", true, long(100_000, "a transfer"))
        .await;
    too_long.problem(413);
    let too_many = session
        .page("a", 1, "2020-01-01", true, long(10_001, ""))
        .await;
    assert!(
        too_many.problem(422).contains("the page was not taken"),
        "{}",
        too_many.text()
    );
    assert_eq!(
        faults(&too_many),
        [("transactions".to_owned(), "too_long".to_owned())]
    );
    let most = session
        .page("a", 1, "2020-01-01", true, long(10_000, "a transfer"))
        .await;
    assert_eq!(most.expect(200)["transactions"], 10_000);
    assert_eq!(session.history().await.len(), 10_000);
    session.finish().await.expect(200);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_cannot_be_are_refused() {
    let host = TestHost::builder().in_memory().start().await;
    let tenant = host.tenant("bank").await;
    let client = tenant.bank_client("mwd", CLIENT).await;
    let session = Session::begin(&client, "anna", "E1").await;
    session.accounts(&["a"]).await.problem(409);
    session.code("x").await.expect(200);
    let put = async |accounts: Value| {
        let path = session.path("/accounts");
        session
            .client
            .put(&path, json!({ "accounts": accounts }))
            .await
    };
    let with = |name: &str, value: Value| {
        let mut one = account("a");
        one[name] = value;
        json!([one])
    };
    let balance =
        |amount: &str, date: &str| json!([{ "type": "booked", "amount": amount, "date": date }]);
    for (accounts, field, reason) in [
        (json!([]), "accounts", "empty"),
        (
            json!([account("a"), account("a")]),
            "accounts[1].accountId",
            "duplicate",
        ),
        (
            with("accountId", json!("")),
            "accounts[0].accountId",
            "empty",
        ),
        (
            with("iban", json!("PL 61")),
            "accounts[0].iban",
            "invalid_iban",
        ),
        (
            with(
                "balances",
                json!([{ "type": "booked", "amount": "1", "currency": "pln" }]),
            ),
            "accounts[0].balances[0].currency",
            "invalid_currency",
        ),
        (
            with("balances", balance("ten", "2026-01-01")),
            "accounts[0].balances[0].amount",
            "no_decimal",
        ),
        (
            with("balances", balance("10", "2099-13-01")),
            "accounts[0].balances[0].date",
            "invalid_date",
        ),
    ] {
        let answer = put(accounts).await;
        assert_eq!(
            faults(&answer),
            [(field.to_owned(), reason.to_owned())],
            "{}",
            answer.text()
        );
    }
    let many: Vec<Value> = (0..201)
        .map(|number| account(&number.to_string()))
        .collect();
    assert_eq!(
        faults(&put(json!(many)).await),
        [("accounts".to_owned(), "too_long".to_owned())]
    );

    put(with("balances", balance("10.0", "2026-01-01")))
        .await
        .expect(200);
    // The same value is the same; accounts that appear, vanish or change are a contradiction.
    put(with("balances", balance("10.00", "2026-01-01")))
        .await
        .expect(200);
    put(json!([account("a"), account("b")])).await.problem(409);
    put(json!([account("b")])).await.problem(409);
    put(with("balances", balance("11", "2026-01-01")))
        .await
        .problem(409);
    session
        .page("b", 1, "2020-01-01", true, Vec::new())
        .await
        .problem(404);
    session
        .page("a", 1, "2020-01-01", true, Vec::new())
        .await
        .expect(200);
    session
        .page("a", 1, "2020-01-01", false, Vec::new())
        .await
        .problem(409);
    session
        .page("a", 2, "2019-01-01", true, Vec::new())
        .await
        .problem(409);
    session.finish().await.expect(200);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balance_may_be_dated_ahead() {
    let host = TestHost::builder().in_memory().start().await;
    let tenant = host.tenant("bank").await;
    let client = tenant.bank_client("mwd", CLIENT).await;
    let session = Session::begin(&client, "anna", "E1").await;
    session.code("x").await.expect(200);
    let mut ahead = account("a");
    ahead["balances"] =
        json!([{ "type": "forwardAvailable", "amount": "90.00", "date": "2099-01-01" }]);
    let path = session.path("/accounts");
    let put = session.client.put(&path, json!({ "accounts": [ahead] }));
    put.await.expect(200);
    let accounts = session.client.get(&path).await.expect(200);
    assert_eq!(accounts["items"][0]["balances"][0]["date"], "2099-01-01");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_of_others_are_not_there() {
    let (host, tenant, session) = reading().await;
    let stranger = host.tenant("stranger").await;
    let claimed = stranger.bank_client("mwd", CLIENT).await;
    let unknown = Session {
        client: tenant.administrator.clone(),
        id: "01890000-0000-7000-8000-000000000000".to_owned(),
    };
    let foreign = Session {
        client: claimed.clone(),
        id: session.id.clone(),
    };
    for there_is_none in [&unknown, &foreign] {
        there_is_none
            .client
            .get(&there_is_none.path(""))
            .await
            .problem(404);
        there_is_none
            .client
            .get(&there_is_none.path("/accounts"))
            .await
            .problem(404);
        there_is_none
            .client
            .get(&there_is_none.path("/transactions"))
            .await
            .problem(404);
        there_is_none.code("x").await.problem(404);
        there_is_none.accounts(&["a"]).await.problem(404);
        there_is_none
            .page("a", 1, "2020-01-01", true, Vec::new())
            .await
            .problem(404);
        there_is_none.fail("accounts").await.problem(404);
        there_is_none.finish().await.problem(404);
    }
    let of_anna = claimed.all("/api/v2/bank/accounts?userId=anna").await;
    assert!(
        of_anna.is_empty(),
        "the same user id in another tenant is another user"
    );
    let mangled = session.client.get("/api/v2/bank/session/1").await;
    mangled.problem(404);
    assert_eq!(session.details().await["stage"], "transactions");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_cannot_be_begin_nothing() {
    let (host, _tenant, session) = reading().await;
    let client = &session.client;
    let path = format!("/api/v2/bank/{BANK}/authorize");
    let good = json!({ "userId": "bela", "sessionExternalId": "E9", "values": [] });
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    for body in [
        with("userId", json!("")),
        with("userId", json!("x".repeat(201))),
        with("sessionExternalId", json!("")),
        with("sessionExternalId", Value::Null),
        with("sessionContext", json!("a\u{0}b")),
        with("values", json!("x")),
        with("iban", json!("x")),
    ] {
        client.post(&path, body).await.problem(422);
    }
    client
        .post("/api/v2/bank/no%20bank/authorize", good.clone())
        .await
        .problem(404);
    let malformed = client
        .request(Method::POST, &path)
        .header("content-type", "application/json");
    client
        .send(malformed.body("{userId:\"x\"}"))
        .await
        .problem(400);
    // While a session has not ended, its name stands for one request.
    authorize(client, "bela", "E1").await.problem(409);
    let mut other = with("sessionExternalId", json!("E1"));
    other["userId"] = json!("anna");
    client.post(&path, other).await.problem(409);
    let empty = client.all("/api/v2/bank/accounts?userId=bela").await;
    assert!(empty.is_empty());
    client
        .get("/api/v2/bank/accounts?userId=bela&x=1")
        .await
        .problem(400);
    for (rest, body) in [
        ("/code", json!({})),
        ("/code", json!({ "code": "" })),
        ("/failure", json!({ "stage": "sync" })),
        (
            "/failure",
            json!({ "stage": "accounts", "reason": "x".repeat(1001) }),
        ),
    ] {
        client.post(&session.path(rest), body).await.problem(422);
    }
    session
        .page("a", 1, "2020-01-01", true, Vec::new())
        .await
        .expect(200);
    host.stop().await;
}
