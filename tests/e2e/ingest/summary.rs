//! Transactions by day.

use serde_json::{Value, json};
use tests::{TestHost, field};

use crate::payments::{BATCH, POST, Payments, payment, with};

const SUMMARY: &str = "/v1/transactions/summary";

/// The days that have transactions, with their counts and sums.
fn days(summary: &Value) -> Vec<(String, u64, Value)> {
    let groups = summary["groups"].as_array().expect("groups").iter();
    let groups = groups.filter(|group| group["count"] != 0);
    let group = |group: &Value| {
        let day = group["day"].as_str().expect("a day").to_owned();
        let count = group["count"].as_u64().expect("a count");
        (day, count, group["sums"].clone())
    };
    groups.map(group).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_are_counted_and_summed_by_the_tenants_days() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let amount = [
        field("amount", "float"),
        field("items", "integer"),
        field("note", "string"),
    ];
    let one = athora.team("one", &amount).await;
    let two = athora.team("two", &[field("amount", "float")]).await;
    let post = |id: &str, customer: &str, at: &str, amount: f64| json!({ "txn_id": id, "customer_id": customer, "date_time": at, "amount": amount });
    for (id, customer, at, amount) in [
        ("t1", "anna", "2026-03-28T22:59:59Z", 1.0),
        // The day on which clocks are put forward has 23 hours.
        ("t2", "anna", "2026-03-28T23:00:00Z", 2.5),
        ("t3", "bert", "2026-03-29T21:59:59Z", -4.0),
        ("t4", "anna", "2026-03-29T22:00:00Z", 8.0),
    ] {
        let more = json!({ "items": 2, "note": "" });
        let posted = one
            .post(POST, with(post(id, customer, at, amount), more))
            .await;
        posted.expect(201);
    }
    let posted = two
        .post(POST, post("t1", "anna", "2026-03-29T10:00:00Z", 100.0))
        .await;
    posted.expect(201);

    let analyst = athora.user("an.peeters", &["AML Analyst"]).await;
    let ask = async |query: &str| {
        let path = format!("{SUMMARY}?to=2026-03-30T22:00:00Z&{query}");
        analyst.get(&path).await.expect(200)
    };
    let day = |day: &str, count: u64, sums: Value| (day.to_owned(), count, sums);
    let all = ask("by=day").await;
    assert_eq!(all["count"], 5);
    assert_eq!(all["groups"].as_array().map(Vec::len), Some(30));
    assert_eq!(all["incomplete_until"], Value::Null);
    let expect = [
        day("2026-03-28", 1, json!({})),
        day("2026-03-29", 3, json!({})),
        day("2026-03-30", 1, json!({})),
    ];
    assert_eq!(days(&all), expect);
    let of_one = ask("team=one&sum=amount&sum=items").await;
    let expect = [
        day("2026-03-28", 1, json!({ "amount": 1.0, "items": 2.0 })),
        day("2026-03-29", 2, json!({ "amount": -1.5, "items": 4.0 })),
        day("2026-03-30", 1, json!({ "amount": 8.0, "items": 2.0 })),
    ];
    assert_eq!(days(&of_one), expect);
    let of_anna = ask("customer_id=anna&sum=amount&from=2026-03-29T00:00:00%2B01:00").await;
    assert_eq!(of_anna["groups"].as_array().map(Vec::len), Some(2));
    let expect = [
        day("2026-03-29", 2, json!({ "amount": 102.5 })),
        day("2026-03-30", 1, json!({ "amount": 8.0 })),
    ];
    assert_eq!(days(&of_anna), expect);
    // Of the first and the last day there may be parts.
    for query in ["", "&customer_id=anna"] {
        let part = ask(&format!("from=2026-03-29T11:00:00Z{query}")).await;
        let first = days(&part).remove(0);
        let expect = if query.is_empty() {
            "2026-03-29"
        } else {
            "2026-03-30"
        };
        assert_eq!((&*first.0, first.1), (expect, 1), "{part}");
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_summed_up_is_said() {
    let payments = Payments::start().await;
    let analyst = payments.tenant.user("an.peeters", &["AML Analyst"]).await;
    let check = async |query: &str, status: u16, says: &str| {
        let answer = analyst.get(&format!("{SUMMARY}?{query}")).await;
        let detail = answer.problem(status);
        assert!(detail.contains(says), "{query}: {detail}");
    };
    check("sum=country", 400, "'country'").await;
    check("sum=nothing", 400, "'nothing'").await;
    check("team=nowhere", 404, "nowhere").await;
    check("by=hour", 400, "by").await;
    check("until=2026-03-01T00:00:00Z", 400, "until").await;
    check(
        "from=2024-01-01T00:00:00Z&to=2026-01-01T00:00:00Z",
        400,
        "366 days",
    )
    .await;
    check(
        "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
        400,
        "before",
    )
    .await;
    // Of another tenant nothing is counted.
    let posted = payments.post(payment("t1", "anna", 5.0)).await;
    posted.expect(201);
    let other = payments.host.tenant("santander").await;
    let query = format!("{SUMMARY}?to=2026-03-02T00:00:00Z");
    for path in [query.clone(), format!("{query}&customer_id=anna")] {
        let none = other.administrator.get(&path).await.expect(200);
        assert_eq!(none["count"], 0, "{path}");
        let one = analyst.get(&path).await.expect(200);
        assert_eq!(one["count"], 1, "{path}");
    }
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_may_be_called_summary() {
    let payments = Payments::start().await;
    payments.key.get(SUMMARY).await.problem(404);
    let posted = payments.post(payment("summary", "anna", 5.0)).await;
    posted.expect(201);
    let read = payments.key.get(SUMMARY).await.expect(200);
    assert_eq!(read["txn_id"], "summary");
    let path = "/v1/teams/payments/transactions/summary";
    let administrator = &payments.tenant.administrator;
    let read = administrator.get(path).await.expect(200);
    assert_eq!(read["txn_id"], "summary");
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn masked_fields_are_summed_for_those_who_may_see_them() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let mut amount = field("amount", "float");
    let mut items = field("items", "integer");
    let key = athora.team("aml", &[amount.clone(), items.clone()]).await;
    let post = async |id: &str| {
        let transaction = json!({
            "txn_id": id, "customer_id": "anna", "date_time": "2026-03-01T10:00:00Z",
            "amount": 5.5, "items": 7,
        });
        key.post(POST, transaction).await.expect(201);
    };
    let schema = "/v1/teams/aml/payload-schema";
    let analyst = athora.user("an.peeters", &["AML Analyst"]).await;
    let query = "customer_id=anna&sum=amount&sum=items&to=2026-03-02T00:00:00Z";
    let ask = async |client: &tests::Client| {
        let summary = client.get(&format!("{SUMMARY}?{query}")).await.expect(200);
        let (_, count, sums) = days(&summary).remove(0);
        (count, sums, summary["masked"].clone())
    };
    post("t1").await;
    let open = (1, json!({ "amount": 5.5, "items": 7.0 }), json!([]));
    assert_eq!(ask(&analyst).await, open);
    amount["sensitive"] = json!("mask");
    let masked = json!({ "fields": [amount, items] });
    athora.administrator.put(schema, masked).await.expect(200);
    let without = |count: u64, items: f64| (count, json!({ "items": items }), json!(["amount"]));
    assert_eq!(ask(&analyst).await, without(1, 7.0), "before any is posted");
    post("t2").await;
    assert_eq!(ask(&analyst).await, without(2, 14.0));
    let supervisor = athora.user("els", &["AML Supervisor"]).await;
    let all = (2, json!({ "amount": 11.0, "items": 14.0 }), json!([]));
    assert_eq!(ask(&supervisor).await, all);
    // What was posted while the field was masked stays so.
    amount = field("amount", "float");
    items["sensitive"] = json!("mask");
    let other = json!({ "fields": [amount, items] });
    athora.administrator.put(schema, other).await.expect(200);
    let none = (2, json!({}), json!(["amount", "items"]));
    assert_eq!(ask(&analyst).await, none);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_too_many_transactions_the_newest_are_summed() {
    let payments = Payments::start().await;
    for (day, count) in [(1, 600), (2, 9_700)] {
        let lines = (0..count).map(|number| {
            let at = json!({ "date_time": format!("2026-03-0{day}T10:00:00Z") });
            let payment = payment(&format!("t{day}-{number}"), "anna", 1.0);
            format!("{}\n", with(payment, at))
        });
        let lines: String = lines.collect();
        let posted = payments
            .key
            .post_as(BATCH, "application/x-ndjson", lines)
            .await;
        assert!(posted.is_success(), "{}", posted.text());
    }
    let administrator = &payments.tenant.administrator;
    let path = format!("{SUMMARY}?sum=amount&to=2026-03-03T00:00:00Z");
    let summary = administrator.get(&path).await.expect(200);
    let day = |day: &str, count: u64| (day.to_owned(), count, json!({ "amount": count as f64 }));
    let expect = [day("2026-03-01", 300), day("2026-03-02", 9_700)];
    assert_eq!(days(&summary), expect);
    assert_eq!(summary["incomplete_until"], "2026-03-01");
    let path = format!("{SUMMARY}?to=2026-03-03T00:00:00Z");
    let counted = administrator.get(&path).await.expect(200);
    assert_eq!(counted["count"], 10_300);
    assert_eq!(counted["incomplete_until"], Value::Null);
    payments.host.stop().await;
}
