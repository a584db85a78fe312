//! A rule in shadow: what it finds is kept, compared with what the live one finds, and promoted.

use serde_json::{Value, json};

use super::post_all;
use crate::payments::{Payments, alerting, payment, with};

const RULES: &str = "/v1/teams/payments/rules";

/// The rule `limit` is live from 100 EUR on; `tried` is in shadow with another configuration.
async fn with_shadow(payments: &Payments, config: Value) -> tests::TestPlugin {
    let tenant = &payments.tenant;
    let plugin = tenant.publish("large-amount").await;
    let live = json!({ "other_limit": 100 });
    tenant.install("payments", "limit", &plugin, live).await;
    let shadow = json!({ "mode": "shadow", "config": config });
    let put = tenant.put_rule("payments", "tried", &plugin, shadow).await;
    assert!(put.is_success(), "{}", put.text());
    plugin
}

async fn get(payments: &Payments, path: &str) -> Value {
    let path = format!("{RULES}/{path}");
    payments.tenant.administrator.get(&path).await.expect(200)
}

async fn post(payments: &Payments, path: &str, body: Value) -> tests::Answer {
    let path = format!("{RULES}/{path}");
    payments.tenant.administrator.post(&path, body).await
}

/// Transactions of these amounts, each a day after the one before.
fn amounts(first: usize, amounts: &[f64]) -> Vec<Value> {
    let one = |(number, amount): (usize, &f64)| {
        let number = first + number;
        let moment = format!("2026-03-{:02}T10:00:00Z", 1 + number);
        with(
            payment(&format!("t{number}"), "anna", *amount),
            json!({ "date_time": moment }),
        )
    };
    amounts.iter().enumerate().map(one).collect()
}

/// The counts of a comparison: only the one, only the other, both, changed.
fn counts(comparison: &Value) -> [u64; 4] {
    ["only_one", "only_other", "both", "changed"].map(|kind| {
        let count = comparison[kind]["count"].as_u64();
        count.unwrap_or_else(|| panic!("{kind}: {comparison}"))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_shadow_finds_is_compared_with_what_the_live_rule_finds() {
    let mut payments = Payments::start().await;
    let plugin = with_shadow(
        &payments,
        json!({ "other_limit": 200, "limits": { "USD": 1 } }),
    )
    .await;
    // 50: neither; 150: the live one; 250: both, with other words, since the limit is another.
    post_all(&payments, amounts(0, &[50.0, 150.0, 250.0]).into_iter()).await;
    let dollar = with(payment("usd", "bert", 2.0), json!({ "currency": "USD" }));
    payments.post(dollar).await.expect(201);
    payments.host.restart().await;
    post_all(&payments, amounts(5, &[151.0, 20.0]).into_iter()).await;

    let compared = get(&payments, "tried/comparison?with=limit&samples=2").await;
    assert_eq!(counts(&compared), [1, 2, 0, 1], "{compared}");
    assert_eq!(compared["transactions"], 6);
    assert_eq!(compared["sequences"], json!([1, 6]));
    assert_eq!(compared["one"]["mode"], "shadow");
    assert_eq!(
        (&compared["one"]["findings"], &compared["other"]["findings"]),
        (&json!(2), &json!(3))
    );
    let days = compared["days"].as_array().expect("days");
    let day = |name: &str| days.iter().find(|day| day["day"] == name);
    assert_eq!(day("2026-03-02").expect("a day")["only_other"], 1);
    assert_eq!(day("2026-03-03").expect("a day")["changed"], 1);

    let samples = compared["samples"].as_array().expect("samples");
    let changed = samples
        .iter()
        .find(|sample| sample["kind"] == "changed")
        .expect("one");
    assert_eq!(changed["transaction"], "t2");
    let (shadow, live) = (
        &changed["one"]["findings"][0],
        &changed["other"]["findings"][0],
    );
    for finding in [shadow, live] {
        let evidence = finding["evidence"].as_array().expect("evidence");
        assert!(
            evidence
                .iter()
                .any(|item| item["name"] == "amount" && item["value"] == 250.0),
            "{finding}"
        );
    }
    assert_ne!(shadow["title"], live["title"]);
    assert_eq!(shadow["alert"], Value::Null, "a shadow makes no alert");
    assert_eq!(shadow["configuration"]["other_limit"], 200);
    let alert = format!("/v1/alerts/{}", live["alert"].as_str().expect("an alert"));
    let alert = payments.tenant.administrator.get(&alert).await.expect(200);
    assert_eq!(alert["title"], live["title"]);
    assert_eq!(payments.tenant.alerts().await.len(), 3);

    // Beside nothing.
    let alone = get(&payments, "tried/comparison").await;
    assert_eq!(counts(&alone), [2, 0, 0, 0], "{alone}");
    assert_eq!(
        (&alone["transactions"], &alone["other"]),
        (&json!(6), &Value::Null)
    );
    let samples = alone["samples"].as_array().expect("samples");
    let found = samples.iter().map(|sample| &sample["transaction"]);
    assert_eq!(found.collect::<Vec<_>>(), ["t2", "usd"]);
    assert!(
        samples
            .iter()
            .all(|sample| sample["one"]["findings"][0]["evidence"].is_array())
    );

    // The other way round, and of some days only.
    let turned = get(&payments, "limit/comparison?with=tried/1").await;
    assert_eq!(counts(&turned), [2, 1, 0, 1]);
    let some = "tried/comparison?with=limit&from=2026-03-03T00:00:00Z&to=2026-03-04T00:00:00Z";
    assert_eq!(counts(&get(&payments, some).await), [0, 0, 0, 1]);

    // Installs are compared only where both judged.
    let again = json!({ "mode": "shadow", "config": { "other_limit": 100 } });
    let put = payments
        .tenant
        .put_rule("payments", "tried", &plugin, again)
        .await;
    assert!(put.is_success(), "{}", put.text());
    post_all(&payments, amounts(10, &[150.0]).into_iter()).await;
    let newest = get(&payments, "tried/comparison?with=limit").await;
    assert_eq!(counts(&newest), [0, 0, 1, 0]);
    assert_eq!(newest["transactions"], 1);
    let never = get(&payments, "tried/comparison?with=tried/1").await;
    assert_eq!(
        (counts(&never), &never["transactions"]),
        ([0; 4], &json!(0))
    );

    let client = &payments.tenant.administrator;
    for (query, status) in [
        ("?with=nobody", 404),
        ("?with=limit/9", 404),
        ("?with=tried", 400),
        ("?with=limit&samples=101", 400),
        ("?with=limit&sample=1", 400),
    ] {
        let path = format!("{RULES}/tried/comparison{query}");
        client.get(&path).await.problem(status);
    }
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_masked_stays_masked_in_samples() {
    let payments = Payments::start().await;
    let mut fields = crate::payments::fields().to_vec();
    fields[0]["sensitive"] = "mask".into();
    let schema = json!({ "fields": fields });
    let path = "/v1/teams/payments/payload-schema";
    payments
        .tenant
        .administrator
        .put(path, schema)
        .await
        .expect(200);
    with_shadow(&payments, json!({ "other_limit": 120 })).await;
    payments
        .post(payment("t1", "anna", 150.0))
        .await
        .expect(201);
    let amounts = |compared: &Value| -> Vec<Value> {
        let sides = ["one", "other"]
            .map(|side| compared["samples"][0][side]["findings"][0]["evidence"].clone());
        let sides = sides
            .iter()
            .flat_map(|evidence| evidence.as_array().cloned().expect("evidence"));
        let sides = sides.filter(|item| item["name"] == "amount");
        sides.map(|item| item["value"].clone()).collect()
    };
    let path = format!("{RULES}/tried/comparison?with=limit");
    let seen = payments.tenant.administrator.get(&path).await.expect(200);
    assert_eq!(amounts(&seen), [json!(150.0), json!(150.0)]);
    let watcher = payments.tenant.user("watcher", &["Watcher"]).await;
    let seen = watcher.get(&path).await.expect(200);
    assert_eq!(amounts(&seen), [json!("***"), json!("***")]);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shadow_takes_the_place_of_the_live_rule_and_is_rolled_back() {
    let payments = Payments::start().await;
    with_shadow(&payments, json!({ "other_limit": 200 })).await;
    let posted = async |txn_id: &str| {
        let posted = payments
            .post(payment(txn_id, "anna", 150.0))
            .await
            .expect(201);
        alerting(&posted).len()
    };
    assert_eq!(posted("t1").await, 1);
    post(&payments, "limit/promote", json!({}))
        .await
        .problem(409);
    let unknown = json!({ "replace": "nobody" });
    post(&payments, "tried/promote", unknown).await.problem(422);

    let replace = json!({ "replace": "limit" });
    let live = post(&payments, "tried/promote", replace).await.expect(200);
    assert_eq!(
        (&live["rule"], &live["install"], &live["mode"]),
        (&json!("limit"), &json!(2), &json!("live"))
    );
    assert_eq!(live["config"]["other_limit"], 200);
    assert_eq!(posted("t2").await, 0, "the new limit is in force");
    let path = format!("{RULES}/tried");
    payments.tenant.administrator.get(&path).await.problem(404);

    let back = post(&payments, "limit/rollback", json!({}))
        .await
        .expect(200);
    assert_eq!(
        (&back["install"], &back["config"]["other_limit"]),
        (&json!(3), &json!(100))
    );
    assert_eq!(posted("t3").await, 1, "the former limit is back");
    let shadow = post(&payments, "tried/rollback", json!({}))
        .await
        .expect(201);
    assert_eq!(
        (&shadow["mode"], &shadow["install"]),
        (&json!("shadow"), &json!(3))
    );
    let chosen = post(&payments, "limit/rollback", json!({ "to": 2 }))
        .await
        .expect(200);
    assert_eq!(chosen["config"]["other_limit"], 200);
    post(&payments, "limit/rollback", json!({ "to": 9 }))
        .await
        .problem(409);
    post(&payments, "nobody/rollback", json!({}))
        .await
        .problem(404);

    // Without another rule the shadow goes live itself.
    let live = post(&payments, "tried/promote", json!({}))
        .await
        .expect(200);
    assert_eq!(
        (&live["rule"], &live["mode"]),
        (&json!("tried"), &json!("live"))
    );
    let audit = payments.tenant.administrator.all("/v1/audit").await;
    let of = |action: &str| {
        audit
            .iter()
            .filter(|entry| entry["action"] == action)
            .count()
    };
    assert_eq!((of("rule.promote"), of("rule.roll_back")), (2, 3));
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_is_kept_unless_a_reason_is_given() {
    let payments = Payments::start().await;
    with_shadow(&payments, json!({ "other_limit": 10 })).await;
    let client = &payments.tenant.administrator;
    let gate = "/v1/promotion-gate";
    assert_eq!(client.get(gate).await.expect(200), Value::Null);
    client.put(gate, json!({ "max_mor": 1 })).await.problem(422);
    let asked = json!({ "transactions": 4, "max_more": 1, "max_fewer": 0 });
    let set = client.put(gate, asked).await.expect(200);
    assert_eq!(set["max_failures"], 0);

    let replace = json!({ "replace": "limit" });
    post_all(&payments, amounts(0, &[150.0, 20.0, 30.0]).into_iter()).await;
    let refused = post(&payments, "tried/promote", replace.clone()).await;
    let text = refused.text();
    assert_eq!(refused.status, 409, "{text}");
    for fault in [
        "both judged 3 of 4 transactions",
        "2 alerts more than the live rule, and may make 1: 3 instead of 1",
    ] {
        assert!(text.contains(fault), "{fault}: {text}");
    }
    let wider = json!({ "transactions": 3, "max_more": 2 });
    let overridden = json!({ "replace": "limit", "override_reason": "  " });
    post(&payments, "tried/promote", overridden)
        .await
        .problem(422);
    let overridden = json!({ "replace": "limit", "override_reason": "the regulator asks for it" });
    post(&payments, "tried/promote", overridden)
        .await
        .expect(200);
    let audit = client.all("/v1/audit").await;
    let entry = audit
        .iter()
        .find(|entry| entry["action"] == "rule.override_gate");
    let subject = entry.expect("it is audited")["subject"].to_string();
    assert!(
        subject.contains("payments/limit: the regulator asks for it"),
        "{subject}"
    );

    // What the gate asks is enough without a reason.
    post(&payments, "limit/rollback", json!({}))
        .await
        .expect(200);
    post(&payments, "tried/rollback", json!({}))
        .await
        .expect(201);
    client.put(gate, wider).await.expect(200);
    post_all(&payments, amounts(10, &[150.0, 20.0, 30.0]).into_iter()).await;
    post(&payments, "tried/promote", replace).await.expect(200);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shadow_that_fails_does_not_pass_the_gate() {
    let payments = Payments::start().await;
    let tenant = &payments.tenant;
    let hostile = tenant.publish("hostile-rule").await;
    let shadow = json!({ "mode": "shadow", "config": { "prepare": "", "evaluate": "traps" } });
    let put = tenant.put_rule("payments", "tried", &hostile, shadow).await;
    assert!(put.is_success(), "{}", put.text());
    tenant
        .administrator
        .put("/v1/promotion-gate", json!({}))
        .await
        .expect(200);
    post(&payments, "tried/promote", json!({}))
        .await
        .expect(200);
    post(&payments, "tried/rollback", json!({}))
        .await
        .expect(200);
    payments.post(payment("t1", "anna", 13.0)).await.expect(201);
    let refused = post(&payments, "tried/promote", json!({})).await;
    assert_eq!(refused.status, 409);
    let refused = refused.text();
    assert!(
        refused.contains("could not judge 1 transactions"),
        "{refused}"
    );
    assert!(
        tenant.alerts().await.is_empty(),
        "a shadow's failure makes no alert"
    );
    payments.host.stop().await;
}
