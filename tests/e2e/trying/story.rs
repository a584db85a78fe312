//! The life of a rule with a bug, from its first upload to the last transaction that it could not judge.

use serde_json::{Value, json};
use tests::TestPlugin;

use super::said::{trial, tried};
use super::{post_all, until};
use crate::payments::{Payments, given, payment, with};

const RULES: &str = "/v1/teams/payments/rules";

struct Story {
    payments: Payments,
    /// The next transaction's number.
    next: usize,
}

impl Story {
    /// Posts a day of anna's: what she paid, what she got back, and a large payment.
    async fn day(&mut self) {
        let day = self.next / 3;
        let transactions = [400.0, -1_500.0, 3_000.0].into_iter().enumerate();
        let transactions = transactions.map(|(place, amount)| {
            let moment = format!(
                "2026-0{}-{:02}T{:02}:00:00Z",
                3 + day / 28,
                1 + day % 28,
                8 + place
            );
            let name = format!("t{}", self.next + place);
            with(
                payment(&name, "anna", amount),
                json!({ "date_time": moment }),
            )
        });
        post_all(&self.payments, transactions).await;
        self.next += 3;
    }

    async fn install(&self, rule: &str, plugin: &TestPlugin, mode: &str) {
        let body = json!({ "mode": mode, "config": { "limit": 1_000 } });
        let put = self
            .payments
            .tenant
            .put_rule("payments", rule, plugin, body)
            .await;
        assert!(put.is_success(), "{}", put.text());
    }

    async fn get(&self, path: &str) -> Value {
        let path = format!("{RULES}/{path}");
        self.payments
            .tenant
            .administrator
            .get(&path)
            .await
            .expect(200)
    }

    async fn post(&self, path: &str, body: Value) -> tests::Answer {
        let path = format!("{RULES}/{path}");
        self.payments.tenant.administrator.post(&path, body).await
    }

    /// The alerts of the rule, but for those that say that it could not judge.
    async fn alerts(&self) -> usize {
        let alerts = self.payments.tenant.alerts().await;
        let found = alerts
            .iter()
            .filter(|alert| alert["incident_type"] == "trx_aml_alert");
        found.count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_shadowed_mended_backtested_promoted_rolled_back_and_caught_up() {
    let mut story = Story {
        payments: Payments::start().await,
        next: 0,
    };
    let buggy = story.payments.tenant.publish("refunds").await;

    // In shadow the rule is judged on all that comes, and makes no alert.
    story.install("refunds", &buggy, "shadow").await;
    for _ in 0..3 {
        story.day().await;
    }
    assert_eq!(story.alerts().await, 0);
    let failures = story.get("refunds/failures").await;
    let failures = failures["items"].as_array().expect("failures");
    let transactions: Vec<&Value> = failures
        .iter()
        .map(|failure| &failure["transaction"])
        .collect();
    assert_eq!(transactions, ["t1", "t4", "t7"], "each refund");

    // The gate would have kept it out; somebody is in a hurry, and says so.
    let administrator = &story.payments.tenant.administrator;
    administrator
        .put("/v1/promotion-gate", json!({}))
        .await
        .expect(200);
    let refused = story.post("refunds/promote", json!({})).await;
    assert!(
        refused.text().contains("could not judge 3 transactions"),
        "{}",
        refused.text()
    );
    refused.problem(409);
    let hurry = json!({ "override_reason": "the audit is on Monday" });
    story.post("refunds/promote", hurry).await.expect(200);

    // Live, it finds what it can; what it cannot judge costs no transaction, and it is shown as failing.
    for _ in 0..3 {
        story.day().await;
    }
    assert_eq!(story.alerts().await, 6);
    let only_refunds = (100..110).map(|number| payment(&format!("r{number}"), "bert", -1_200.0));
    post_all(&story.payments, only_refunds).await;
    let stats = story.get("refunds/stats").await;
    assert_eq!(stats["failing"], true, "{stats}");

    // The bug is mended. On all of history the new version fails nowhere, and finds what was missed.
    let mended = story.payments.tenant.publish("refunds-mended").await;
    assert_eq!((&*mended.name, &*mended.version), ("refunds", "0.2.0"));
    let config = json!({ "config": { "limit": 1_000 }, "compare_with": "refunds" });
    let administrator = story.payments.tenant.administrator.clone();
    let (path, backtest) = tried(&administrator, trial(&mended, config)).await;
    assert_eq!(backtest["state"], "done", "{backtest}");
    assert_eq!(backtest["progress"]["rows"], 28, "{backtest}");
    let found = administrator.all(&format!("{path}/findings")).await;
    let of = |transaction: &str| {
        let mut found = found.iter();
        let found = found.find(|found| found["transaction"] == transaction);
        found
            .unwrap_or_else(|| panic!("{transaction} is not found"))
            .clone()
    };
    assert_eq!(
        administrator.all(&format!("{path}/failures")).await.len(),
        0
    );

    // Beside the live one it is watched for a day, and takes its place.
    story.install("refunds-next", &mended, "shadow").await;
    story.day().await;
    let compared = story.get("refunds-next/comparison?with=refunds").await;
    assert_eq!(compared["transactions"], 3, "{compared}");
    assert_eq!(
        (&compared["failed"]["one"], &compared["failed"]["other"]),
        (&json!(0), &json!(1))
    );
    let replace = json!({ "replace": "refunds" });
    let live = story
        .post("refunds-next/promote", replace)
        .await
        .expect(200);
    assert_eq!(
        (&live["rule"], &live["version"]),
        (&json!("refunds"), &json!("0.2.0"))
    );

    // Somebody is afraid, and goes back; a refund fails again; so the mended one comes back.
    let back = story.post("refunds/rollback", json!({})).await.expect(200);
    assert_eq!(back["version"], "0.1.0");
    story.day().await;
    let again = story.post("refunds/rollback", json!({})).await.expect(200);
    assert_eq!(again["version"], "0.2.0");
    story.payments.host.restart().await;

    // What could not be judged is judged now, with what was known when it came.
    let waiting = story.get("refunds/catch-up").await;
    assert_eq!(
        (&waiting["state"], &waiting["waiting"]),
        (&json!("idle"), &json!(18)),
        "{waiting}"
    );
    let before = story.alerts().await;
    story.post("refunds/catch-up", json!({})).await.expect(202);
    let administrator = story.payments.tenant.administrator.clone();
    let path = format!("{RULES}/refunds/catch-up");
    let caught = until(&administrator, &path, |seen| seen["state"] != "running").await;
    assert_eq!(
        (&caught["state"], &caught["waiting"]),
        (&json!("done"), &json!(0)),
        "{caught}"
    );
    assert_eq!(
        (&caught["judged"], &caught["failed"]),
        (&json!(18), &json!(0)),
        "{caught}"
    );
    let late = caught["alerts"].as_u64().expect("a count") as usize;
    assert_eq!(story.alerts().await, before + late);

    let failures = administrator
        .all(&format!("{RULES}/refunds/failures"))
        .await;
    assert_eq!(failures.len(), 18, "what failed stays known");
    let mut told = 0;
    for failure in &failures {
        for alert in failure["caught_up"]["alerts"].as_array().expect("alerts") {
            let path = format!("/v1/alerts/{}", alert.as_str().expect("an id"));
            let alert = administrator.get(&path).await.expect(200);
            let finding = &alert["findings"][0];
            assert_eq!(finding["late"], true, "an alert that is made late says so");
            let transaction = finding["transaction"].as_str().expect("a transaction");
            // The backtest did not see the last two days.
            if !matches!(transaction, "t19" | "t22") {
                let tried = of(transaction);
                assert_eq!(finding["title"], tried["findings"][0]["title"]);
                assert_eq!(finding["fuel"], tried["fuel"]);
                assert_eq!(given(finding), tried["evidence"]);
            }
            let replayed = super::replay(
                &administrator,
                alert["id"].as_str().expect("an id"),
                json!({}),
            )
            .await;
            assert_eq!(
                (&replayed["same"], &replayed["different"]),
                (&json!(1), &json!(0)),
                "{replayed}"
            );
            told += 1;
        }
    }
    assert_eq!(told, late);
    assert!(late > 10, "{late} alerts");
    story.post("refunds/catch-up", json!({})).await.expect(202);
    let caught = until(&administrator, &path, |seen| seen["state"] != "running").await;
    assert_eq!(
        (&caught["judged"], &caught["alerts"]),
        (&json!(0), &json!(0)),
        "nothing twice"
    );
    story.payments.host.stop().await;
}
