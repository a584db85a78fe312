//! One alert, judged again.

use serde_json::{Value, json};

use super::{as_it_was, ids, post_all, replay, tamper, with_all_rules};
use crate::payments::{Payments, fields, payment, with};

#[tokio::test(flavor = "multi_thread")]
async fn every_alert_is_judged_as_it_was() {
    let mut payments = Payments::start().await;
    with_all_rules(&payments).await;
    let payments_of_anna = (0..40).map(|number| {
        let amount = 9_500.1 + f64::from(number) / 0.03;
        let other = json!({
            "country": if number % 5 == 0 { "IR" } else { "BE" },
            "counterparty": format!("c{}", number % 4),
        });
        with(payment(&format!("t{number}"), "anna", amount), other)
    });
    post_all(&payments, payments_of_anna).await;

    // What changes afterwards does not change what was found.
    let client = payments.tenant.administrator.clone();
    let list = "/v1/lists/high_risk_countries";
    client.put(list, json!(["XX"])).await.expect(200);
    let limit = json!({ "mode": "live", "config": { "other_limit": 1_000_000 } });
    let large = tests::TestPlugin {
        name: "large-amount".to_owned(),
        version: client.all("/v1/teams/payments/rules").await[1]["version"]
            .as_str()
            .expect("a version")
            .to_owned(),
    };
    let tenant = &payments.tenant;
    let again = tenant.put_rule("payments", "large-amount", &large, limit);
    assert!(again.await.is_success());
    let off = "/v1/teams/payments/rules/structuring";
    assert!(client.delete(off).await.is_success());
    payments.host.restart().await;

    let alerts = payments.tenant.alerts().await;
    let mut rules: Vec<&str> = alerts.iter().filter_map(|it| it["rule"].as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    assert_eq!(rules.len(), 5, "{rules:?}");
    for id in ids(&payments).await {
        let replayed = replay(&client, &id, as_it_was()).await;
        assert_eq!(
            (&replayed["same"], &replayed["left_out"]),
            (&json!(1), &json!(0)),
            "{replayed}"
        );
        let finding = &replayed["findings"][0];
        assert_eq!(finding["outcome"], "same", "{finding}");
        assert_eq!(finding["fuel"]["comparable"], true);
        assert_eq!(finding["fuel"]["stored"], finding["fuel"]["now"]);
        assert_eq!(finding["made_by"], replayed["made_by"]);
        let alert = client.get(&format!("/v1/alerts/{id}")).await.expect(200);
        assert_eq!(finding["now"][0]["title"], alert["title"]);
        assert_eq!(alert["version"], 1, "a replay changes nothing");
    }
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_said() {
    let payments = Payments::start().await.with_large_amount().await;
    post_all(&payments, super::large(1)).await;
    let id = ids(&payments).await.remove(0);
    let client = &payments.tenant.administrator;
    let check = async |change: &dyn Fn(&mut Value), outcome: &str, members: &[&str]| {
        let path = format!("/v1/alerts/{id}/replay");
        tamper(&payments, &id, change).await;
        let replayed = client.post(&path, json!({})).await.expect(200);
        let finding = &replayed["findings"][0];
        assert_eq!(finding["outcome"], outcome, "{finding}");
        let differences = finding["differences"].as_array().expect("differences");
        let named: Vec<&str> = differences
            .iter()
            .filter_map(|difference| difference["member"].as_str())
            .collect();
        assert_eq!(named, members);
        finding.clone()
    };
    let fuel = |finding: &mut Value, more: i64| {
        finding["fuel"] = json!(finding["fuel"].as_i64().expect("fuel") + more);
    };
    check(&|finding| fuel(finding, 1), "different", &["fuel"]).await;
    let engine = |finding: &mut Value| finding["made_by"]["engine"] = json!("0123456789abcdef");
    let other = check(&engine, "same", &[]).await;
    assert_eq!(
        other["fuel"]["comparable"], false,
        "another engine's fuel is only told"
    );
    assert_ne!(other["fuel"]["stored"], other["fuel"]["now"]);
    let label = |finding: &mut Value| finding["said"]["labels"] = json!(["other"]);
    check(&label, "different", &["labels"]).await;
    let amount = |finding: &mut Value| {
        let evidence = finding["evidence"].as_array_mut().expect("evidence");
        let amount = evidence.iter_mut().find(|item| item["name"] == "amount");
        amount.expect("an amount")["value"] = json!(1.0);
    };
    let gone = check(&amount, "different", &["findings", "title"]).await;
    assert_eq!(gone["now"], json!([]));
    let digest = |finding: &mut Value| finding["digest"] = json!("00".repeat(32));
    let failed = check(&digest, "failed", &[]).await;
    let reason = failed["failure"].as_str().expect("a reason");
    assert!(
        reason.contains("install 1 of rule 'large-amount'"),
        "{reason}"
    );
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn merged_alerts_are_judged_with_what_they_hold() {
    let payments = Payments::start().await.with_large_amount().await;
    post_all(&payments, super::large(3)).await;
    let all = ids(&payments).await;
    let client = &payments.tenant.administrator;
    let merge = json!({ "alerts": all });
    let merged = client.post("/v1/alerts/merge", merge).await.expect(201);
    let holder = merged["id"].as_str().expect("an id");
    let replayed = replay(client, holder, as_it_was()).await;
    assert_eq!(replayed["same"], 3, "{replayed}");
    let findings = replayed["findings"].as_array().expect("findings");
    let mut of: Vec<&str> = findings
        .iter()
        .filter_map(|it| it["alert"].as_str())
        .collect();
    of.sort_unstable();
    let mut expect: Vec<&str> = all.iter().map(String::as_str).collect();
    expect.sort_unstable();
    assert_eq!(of, expect);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_have_been_found_is_said() {
    let payments = Payments::start().await;
    with_all_rules(&payments).await;
    let near = (0..3).map(|number| payment(&format!("n{number}"), "bert", 9_500.0));
    post_all(&payments, near).await;
    post_all(&payments, [payment("t", "anna", 20_000.0)].into_iter()).await;
    let alerts = payments.tenant.alerts().await;
    let of = |rule: &str| {
        let mut alerts = alerts.iter();
        let alert = alerts.find(|alert| alert["rule"] == rule);
        alert.unwrap_or_else(|| panic!("no alert of {rule}"))["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    };
    let large = of("large-amount");
    let client = &payments.tenant.administrator;
    let tried = async |id: &str, overrides: Value| {
        let body = json!({ "overrides": overrides });
        let replayed = replay(client, id, body).await;
        replayed["findings"][0].clone()
    };
    let lower = tried(&large, json!({ "inputs": { "amount": 9_999.5 } })).await;
    assert_eq!(
        (&lower["outcome"], &lower["now"]),
        (&json!("different"), &json!([]))
    );
    let higher = tried(&large, json!({ "inputs": { "amount": 40_000 } })).await;
    assert_eq!(higher["now"][0]["score"], 4.0, "{higher}");
    assert_eq!(higher["fuel"]["comparable"], false);
    let limit = tried(&large, json!({ "config": { "other_limit": 20_000.01 } })).await;
    assert_eq!(
        (&limit["outcome"], &limit["now"]),
        (&json!("different"), &json!([]))
    );
    let same = tried(&large, json!({ "config": { "limits": { "USD": 1 } } })).await;
    assert_eq!(same["outcome"], "same", "{same}");
    let wrong = tried(&large, json!({ "config": { "other_limit": "much" } })).await;
    assert!(
        wrong["failure"]
            .as_str()
            .expect("a reason")
            .contains("config_schema")
    );
    let refused = tried(&large, json!({ "config": { "other_limit": -1 } })).await;
    assert!(
        refused["failure"]
            .as_str()
            .expect("a reason")
            .contains("a limit is more than 0")
    );

    // Another window is another input, whose value the alert has not.
    let structuring = of("structuring");
    let mut days = json!({ "config": { "days": 30 }, "inputs": {} });
    for expect in ["near_before", "near_before_sum"] {
        let other = tried(&structuring, days.clone()).await;
        let reason = other["failure"].as_str().expect("a reason");
        assert!(
            reason.contains(&format!("overrides.inputs.{expect}")),
            "{reason}"
        );
        days["inputs"][expect] = json!(11);
    }
    let given = tried(&structuring, days).await;
    assert_eq!(given["failure"], Value::Null, "{given}");
    assert_eq!(given["differences"][0]["member"], "title", "{given}");

    let path = format!("/v1/alerts/{large}/replay");
    for (wrong, says) in [
        (json!({ "inputs": { "nothing": 1 } }), "'nothing'"),
        (
            json!({ "inputs": { "amount": {} } }),
            "'overrides.inputs.amount'",
        ),
        (json!({ "config": 1 }), "'overrides.config'"),
        (json!({ "other": 1 }), "shape"),
    ] {
        let refused = client.post(&path, json!({ "overrides": wrong })).await;
        let detail = refused.problem(422);
        assert!(detail.contains(says), "{detail}");
    }
    let typed = tried(&large, json!({ "inputs": { "amount": "much" } })).await;
    assert!(
        typed["failure"]
            .as_str()
            .expect("a reason")
            .contains("another type")
    );
    payments.host.stop().await;
}

/// Trying limits against an amount would tell the amount.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_masked_is_not_told_by_trying() {
    let payments = Payments::start().await;
    let mut masked: Vec<Value> = fields().into();
    masked[0]["sensitive"] = json!("mask");
    let client = &payments.tenant.administrator;
    let schema = json!({ "fields": masked });
    client
        .put("/v1/teams/payments/payload-schema", schema)
        .await
        .expect(200);
    let plugin = payments.tenant.publish("large-amount").await;
    let config = json!({ "other_limit": 10_000 });
    payments
        .tenant
        .install("payments", "large-amount", &plugin, config)
        .await;
    post_all(&payments, super::large(1)).await;
    let id = ids(&payments).await.remove(0);
    let path = format!("/v1/alerts/{id}/replay");
    let analyst = payments.tenant.user("ana", &["AML Analyst"]).await;
    let as_it_was = analyst.post(&path, json!({})).await.expect(200);
    assert_eq!(as_it_was["same"], 1, "{as_it_was}");
    let tried = json!({ "overrides": { "config": { "other_limit": 20_001 } } });
    let refused = analyst.post(&path, tried.clone()).await.problem(403);
    assert!(refused.contains("transaction:sensitive"), "{refused}");
    let own = json!({ "overrides": { "inputs": { "amount": 15_000 }, "config": { "other_limit": 20_001 } } });
    analyst.post(&path, own).await.expect(200);
    client.post(&path, tried).await.expect(200);
    payments.host.stop().await;
}
