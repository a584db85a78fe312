//! A rule that catches up goes on through a stop of the host.

use serde_json::{Value, json};
use tests::TestHost;

use super::{large, post_all, until};
use crate::idempotency::post_twice;
use crate::payments::{Payments, with};

const RULE: &str = "/v1/teams/payments/rules/hostile";

/// Installs the rule that does so on payments of 13.
async fn install(payments: &Payments, behaviour: &str) {
    install_in(payments, behaviour, "live").await;
}

async fn install_in(payments: &Payments, behaviour: &str, mode: &str) {
    let plugin = tests::TestPlugin {
        name: "hostile".to_owned(),
        version: "1.0.0".to_owned(),
    };
    let config = json!({ "config": { "prepare": "", "evaluate": behaviour }, "mode": mode });
    let put = payments
        .tenant
        .put_rule("payments", "hostile", &plugin, config)
        .await;
    assert!(put.is_success(), "{}", put.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_of_the_host_loses_nothing_and_doubles_nothing() {
    const ROWS: u64 = 3_000;
    let builder = TestHost::builder().config(|config| config.plugins.row_fuel = 500_000);
    let mut payments = Payments::on(builder).await;
    payments.tenant.publish("hostile-rule").await;
    install(&payments, "traps").await;
    let all: Vec<Value> = large(ROWS as usize)
        .map(|one| with(one, json!({ "amount": 13.0 })))
        .collect();
    for some in all.chunks(500) {
        post_all(&payments, some.iter().cloned()).await;
    }
    let client = payments.tenant.administrator.clone();
    let path = format!("{RULE}/catch-up");
    let waiting = client.get(&path).await.expect(200);
    assert_eq!(
        (&waiting["state"], &waiting["waiting"]),
        (&json!("idle"), &json!(ROWS)),
        "{waiting}"
    );

    // The next one spins, which takes its time.
    install(&payments, "spins").await;
    client.post(&path, json!({})).await.expect(202);
    let again = client.post(&path, json!({})).await.problem(409);
    assert!(again.contains("already"), "{again}");
    let has_begun = |seen: &Value| seen["judged"].as_u64() > Some(0);
    let before = until(&client, &path, has_begun).await;
    assert_eq!(
        before["state"], "running",
        "it was over before the host was stopped"
    );
    payments.host.restart().await;
    let ended = until(&client, &path, |seen| seen["state"] != "running").await;
    for (member, expect) in [
        ("state", json!("done")),
        ("asked_at", before["asked_at"].clone()),
        ("rows", json!(ROWS)),
        ("judged", json!(ROWS)),
        ("failed", json!(ROWS)),
        ("waiting", json!(ROWS)),
    ] {
        assert_eq!(ended[member], expect, "{member}: {ended}");
    }

    // One that does nothing wrong is through at once, and how that went is known for good.
    install(&payments, "").await;
    post_twice(&client, &path).await.expect(202);
    let caught_up = until(&client, &path, |seen| seen["state"] != "running").await;
    assert_eq!(
        [
            &caught_up["state"],
            &caught_up["judged"],
            &caught_up["failed"],
            &caught_up["waiting"]
        ],
        [&json!("done"), &json!(ROWS), &json!(0), &json!(0)],
        "{caught_up}"
    );
    payments.host.restart().await;
    assert_eq!(client.get(&path).await.expect(200), caught_up);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_off_or_installed_again_meanwhile_catches_up_no_further() {
    let builder = TestHost::builder().config(|config| config.plugins.row_fuel = 500_000);
    let payments = Payments::on(builder).await;
    payments.tenant.publish("hostile-rule").await;
    install(&payments, "traps").await;
    let some = large(2_500).map(|one| with(one, json!({ "amount": 13.0 })));
    post_all(&payments, some).await;
    install(&payments, "spins").await;
    let (client, path) = (&payments.tenant.administrator, format!("{RULE}/catch-up"));
    client.post(&path, json!({})).await.expect(202);
    install(&payments, "").await;
    let ended = until(client, &path, |seen| seen["state"] != "running").await;
    let failure = ended["failure"].as_str().expect("a reason");
    assert!(failure.contains("installed again meanwhile"), "{ended}");

    install_in(&payments, "", "off").await;
    let refused = client.post(&path, json!({})).await.problem(409);
    assert!(refused.contains("the rule is off"), "{refused}");
    payments.host.stop().await;
}
