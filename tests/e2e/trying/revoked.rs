//! Long work whose user may not do it any more ends, says why, and does nothing further.

use serde_json::{Value, json};
use tests::{Client, TestHost, TestPlugin};

use super::said::{BACKTESTS, trial};
use super::{large, post_all, until};
use crate::payments::{Payments, payment, with};

/// How many transactions the slow work is about.
const ROWS: usize = 3_000;

/// A tenant whose rule `hostile` failed on all transactions, and would take its time for them now.
async fn slow() -> Payments {
    let builder = TestHost::builder().config(|config| config.plugins.row_fuel = 2_000_000);
    let payments = Payments::on(builder.in_memory()).await;
    let plugin = payments.tenant.publish("hostile-rule").await;
    install(&payments, "hostile", &plugin, hostile("traps")).await;
    let all: Vec<Value> = large(ROWS)
        .map(|one| with(one, json!({ "amount": 13.0 })))
        .collect();
    for some in all.chunks(500) {
        post_all(&payments, some.iter().cloned()).await;
    }
    install(&payments, "hostile", &plugin, hostile("spins")).await;
    payments
}

fn hostile(behaviour: &str) -> Value {
    json!({ "prepare": "", "evaluate": behaviour })
}

async fn install(payments: &Payments, rule: &str, plugin: &TestPlugin, config: Value) {
    let new = json!({ "config": config, "mode": "live" });
    let put = payments.tenant.put_rule("payments", rule, plugin, new);
    let put = put.await;
    assert!(put.is_success(), "{}", put.text());
}

/// The path of the user who calls.
async fn path_of(user: &Client) -> String {
    let me = user.get("/v1/me").await.expect(200);
    format!("/v1/users/{}", me["id"].as_str().expect("an id"))
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_catch_up_no_further_than_their_user_may() {
    let payments = slow().await;
    let client = &payments.tenant.administrator;
    let buggy = payments.tenant.publish("refunds").await;
    install(&payments, "refunds", &buggy, json!({ "limit": 1_000 })).await;
    let refunds = (0..200).map(|number| payment(&format!("r{number}"), "bert", -1_200.0));
    post_all(&payments, refunds).await;
    let mended = payments.tenant.publish("refunds-mended").await;
    install(&payments, "refunds", &mended, json!({ "limit": 1_000 })).await;
    // That they fail is told in alerts, too.
    let before = payments.tenant.alerts().await.len();

    // The second one, which would find something in each transaction, waits for the first.
    let user = payments.tenant.user("ivo", &["Integrator"]).await;
    let paths =
        ["hostile", "refunds"].map(|rule| format!("/v1/teams/payments/rules/{rule}/catch-up"));
    for path in &paths {
        user.post(path, json!({})).await.expect(202);
    }
    until(client, &paths[0], |seen| seen["judged"].as_u64() > Some(0)).await;
    let disabled = json!({ "disabled": true });
    let user = path_of(&user).await;
    client.patch(&user, disabled).await.expect(200);

    for path in &paths {
        let ended = until(client, path, |seen| seen["state"] != "running").await;
        assert_eq!(ended["state"], "failed", "{ended}");
        assert_eq!(ended["failure"], "the user was disabled", "{ended}");
    }
    let refunds = client.get(&paths[1]).await.expect(200);
    assert_eq!(
        (&refunds["judged"], &refunds["waiting"]),
        (&json!(0), &json!(200)),
        "{refunds}"
    );
    let first = client.get(&paths[0]).await.expect(200);
    assert!(first["judged"].as_u64() < Some(ROWS as u64), "{first}");
    assert_eq!(payments.tenant.alerts().await.len(), before);

    // Whoever may do it goes on where it ended.
    client.post(&paths[1], json!({})).await.expect(202);
    let ended = until(client, &paths[1], |seen| seen["state"] != "running").await;
    assert_eq!(
        (&ended["state"], &ended["alerts"]),
        (&json!("done"), &json!(200))
    );
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn backtests_go_no_further_than_their_user_may() {
    let payments = slow().await;
    let client = &payments.tenant.administrator;
    let plugin = TestPlugin {
        name: "hostile".to_owned(),
        version: "1.0.0".to_owned(),
    };
    let check = async |login: &str, change: Value, reason: &str| {
        let user = payments.tenant.user(login, &["Integrator"]).await;
        let new = trial(&plugin, json!({ "config": hostile("spins") }));
        let mut begun = Vec::new();
        for _ in 0..2 {
            let backtest = user.post(BACKTESTS, new.clone()).await;
            backtest.expect(202);
            begun.push(backtest.header("location").to_owned());
        }
        let user = path_of(&user).await;
        until(client, &begun[0], |seen| seen["state"] == "running").await;
        client.patch(&user, change).await.expect(200);
        for path in &begun {
            let is_over = |seen: &Value| seen["finished_at"].is_string();
            let ended = until(client, path, is_over).await;
            assert_eq!(ended["state"], "failed", "{ended}");
            assert_eq!(ended["failure"], reason, "{ended}");
            assert!(
                ended["progress"]["rows"].as_u64() < Some(ROWS as u64),
                "{ended}"
            );
        }
        let waited = client.get(&begun[1]).await.expect(200);
        assert_eq!(waited["progress"]["rows"], 0, "it never began: {waited}");
    };
    check(
        "disabled",
        json!({ "disabled": true }),
        "the user was disabled",
    )
    .await;
    check(
        "demoted",
        json!({ "scopes": ["Watcher"] }),
        "the user no longer has the permission 'rule:write'",
    )
    .await;
    payments.host.stop().await;
}
