//! Rules of large plugins: they have limits of their own, and leave room to small ones.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestHost, guests};

use crate::payments::{POST, Payments, fields, payment};

/// At which the large rule never ends.
const ENDLESS: f64 = 4242.42;

#[tokio::test(flavor = "multi_thread")]
async fn limits_go_by_size_and_are_kept_with_the_install() {
    let builder = TestHost::builder().in_memory().config(|config| {
        config.plugins.large_row_fuel = 40_000_000;
        config.plugins.large_memory_bytes = 100 << 20;
    });
    let payments = Payments::on(builder).await;
    let tenant = &payments.tenant;
    for (rule, fuel, memory) in [
        ("structuring", 5_000_000, 64 << 20),
        ("structuring-javascript", 40_000_000, 100 << 20),
    ] {
        let plugin = tenant.publish(rule).await;
        let live = json!({ "mode": "live" });
        let installed = tenant.put_rule("payments", rule, &plugin, live).await;
        let installed = installed.expect(201);
        assert_eq!(installed["row_fuel"], fuel, "{installed}");
        assert_eq!(installed["memory_bytes"], memory, "{installed}");
    }
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_rule_has_no_more_memory_than_large_rules_may() {
    let builder = TestHost::builder().in_memory().config(|config| {
        config.plugins.large_memory_bytes = 1 << 20;
    });
    let payments = Payments::on(builder).await;
    let client = &payments.tenant.administrator;
    let upload = client.request(Method::POST, "/v1/plugins");
    let upload = upload.header("content-type", "application/wasm");
    let upload = upload.body(guests::component("structuring-javascript"));
    let refused = client.send(upload).await.problem(422);
    assert!(
        refused.contains("out of memory after 1 048 576 bytes"),
        "{refused}"
    );
    payments.tenant.publish("structuring").await;
    payments.host.stop().await;
}

/// As many tenants as there are workers, and one more, have a large rule that is busy for long.
#[tokio::test(flavor = "multi_thread")]
async fn busy_large_rules_do_not_stop_small_ones() {
    let builder = TestHost::builder().in_memory().config(|config| {
        config.lanes.workers = 2;
        // Seconds, on any machine.
        config.plugins.large_row_fuel = 2_000_000_000;
        config.plugins.call_milliseconds = 600_000;
    });
    let payments = Payments::on(builder).await.with_large_amount().await;
    let host = &payments.host;
    let mut busy = Vec::new();
    for name in ["one", "two", "three"] {
        let tenant = host.tenant(name).await;
        let key = tenant.team("payments", &fields()).await;
        let plugin = tenant.publish("spins-javascript").await;
        tenant
            .install("payments", "spins", &plugin, json!({}))
            .await;
        busy.push((name, key));
    }
    let busy = busy.into_iter().map(|(name, key)| {
        let posted = async move { key.post(POST, payment("endless", "anna", ENDLESS)).await };
        (name, tokio::spawn(posted))
    });
    let busy: Vec<_> = busy.collect();
    let app = host.app();
    let is_idle = |name| {
        let tenant = app.tenant_named(name).expect("the tenant");
        app.lane(tenant).expect("its lane").is_idle()
    };
    while busy.iter().any(|(name, _)| is_idle(name)) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    for number in 0..5 {
        let small = payment(&format!("t{number}"), "anna", 20_000.0);
        let answer = payments.post(small).await.expect(201);
        assert_eq!(answer["alerts"].as_array().map(Vec::len), Some(1));
    }
    for (name, posted) in &busy {
        assert!(!posted.is_finished(), "{name} was to be busy for longer");
    }
    for (_, posted) in busy {
        let answer: Value = posted.await.expect("an answer").expect(201);
        assert_eq!(answer["rules"][0]["outcome"], "failed", "{answer}");
    }

    payments.host.stop().await;
}
