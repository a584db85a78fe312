//! What a rule has done, how right it was, and whether it fails.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{Client, TestHost};

use crate::alerts::text;
use crate::payments::{BATCH, Payments, payment};

fn stats_of(rule: &str) -> String {
    format!("/v1/teams/payments/rules/{rule}/stats")
}

/// Posts a payment of 1 finding, and closes its alert.
async fn close(payments: &Payments, txn_id: &str, amount: f64, outcome: Option<&str>) {
    let posted = payments.post(payment(txn_id, "anna", amount)).await;
    let posted = posted.expect(201);
    let path = format!(
        "/v1/alerts/{}/transitions",
        text(&posted["alerts"][0]["id"])
    );
    let body = json!({ "to": "closed", "outcome": outcome });
    let client = &payments.tenant.administrator;
    client.post(&path, body).await.expect(200);
}

/// The members that are counted from what is kept.
fn kept(stats: &Value) -> Value {
    let mut kept = stats.clone();
    let strip = |figures: &mut Value| {
        let figures = figures.as_object_mut().expect("figures");
        figures.remove("fuel");
        figures.remove("nanoseconds");
    };
    strip(&mut kept);
    let versions = kept["versions"].as_array_mut().expect("versions");
    versions.iter_mut().for_each(strip);
    kept
}

#[tokio::test(flavor = "multi_thread")]
async fn each_install_is_told_by_what_it_found_and_how_right_it_was() {
    let mut payments = Payments::on(TestHost::builder()).await;
    let client = payments.tenant.administrator.clone();
    let plugin = payments.tenant.publish("large-amount").await;
    let install = async |payments: &Payments, limit: u32| {
        let config = json!({ "other_limit": limit });
        let tenant = &payments.tenant;
        tenant.install("payments", "limit", &plugin, config).await;
    };
    payments.post(payment("t0", "anna", 1.0)).await.expect(201);
    install(&payments, 10_000).await;
    close(&payments, "t1", 20_000.0, Some("true_positive")).await;
    payments.post(payment("t2", "anna", 5.0)).await.expect(201);
    install(&payments, 100).await;
    close(&payments, "t3", 500.0, Some("true_positive")).await;
    close(&payments, "t4", 500.0, Some("false_positive")).await;
    close(&payments, "t5", 500.0, Some("false_positive")).await;
    close(&payments, "t6", 500.0, Some("inconclusive")).await;
    close(&payments, "t7", 500.0, None).await;
    payments
        .post(payment("t8", "anna", 500.0))
        .await
        .expect(201);
    payments.post(payment("t9", "anna", 5.0)).await.expect(201);

    let path = stats_of("limit");
    let stats = client.get(&path).await.expect(200);
    let whole =
        json!({ "open": 1, "true_positive": 2, "false_positive": 2, "inconclusive": 1, "none": 1 });
    assert_eq!(stats["alerts"], whole, "{stats}");
    assert_eq!(
        (
            &stats["evaluations"],
            &stats["findings"],
            &stats["failures"]
        ),
        (&json!(9), &json!(7), &json!(0))
    );
    assert_eq!(stats["precision"], 0.5);
    assert_eq!(
        (&stats["failing"], &stats["last_failure"]),
        (&json!(false), &Value::Null)
    );
    let [second, first] = stats["versions"].as_array().expect("versions").as_slice() else {
        panic!("two installs: {stats}");
    };
    assert_eq!(
        (
            &first["install"],
            &first["evaluations"],
            &first["findings"],
            &first["precision"]
        ),
        (&json!(1), &json!(2), &json!(1), &json!(1.0))
    );
    assert_eq!(
        (
            &second["install"],
            &second["evaluations"],
            &second["findings"],
            &second["precision"]
        ),
        (&json!(2), &json!(7), &json!(6), &json!(1.0 / 3.0))
    );
    let own =
        json!({ "open": 1, "true_positive": 1, "false_positive": 2, "inconclusive": 1, "none": 1 });
    assert_eq!(second["alerts"], own);
    assert_eq!(
        (&second["plugin"], &second["version"]),
        (&json!("large-amount"), &json!("1.1.0"))
    );
    assert!(second["fuel"]["p50"].as_u64() > Some(0), "{second}");
    assert!(first["nanoseconds"]["p99"].as_u64() > Some(0), "{first}");

    payments.host.restart().await;
    let again = client.get(&path).await.expect(200);
    assert_eq!(kept(&again), kept(&stats));
    close(&payments, "t10", 500.0, Some("true_positive")).await;
    let more = client.get(&path).await.expect(200);
    assert_eq!(
        (&more["evaluations"], &more["findings"], &more["precision"]),
        (&json!(10), &json!(8), &json!(0.6))
    );
    // What is taken away has no stats, and comes back with what its installs did.
    client
        .delete("/v1/teams/payments/rules/limit")
        .await
        .expect(204);
    client.get(&path).await.problem(404);
    payments.post(payment("t11", "anna", 5.0)).await.expect(201);
    install(&payments, 100).await;
    let back = client.get(&path).await.expect(200);
    assert_eq!(
        (&back["evaluations"], &back["findings"]),
        (&json!(10), &json!(8))
    );
    let installs = back["versions"].as_array().expect("versions");
    let installs: Vec<&Value> = installs.iter().map(|version| &version["install"]).collect();
    assert_eq!(installs, [4, 2, 1]);
    payments.host.stop().await;
}

/// Waits until `/readyz` says so many rules fail.
async fn failing(anyone: &Client, expect: u64) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let ready = anyone.get("/readyz").await.expect(200);
        assert_eq!(ready["status"], "ready");
        assert!(
            !ready.to_string().contains("athora"),
            "it names no tenant: {ready}"
        );
        if ready["rules"]
            == json!({ "failing": expect, "tenants_with_failing": expect.min(1), "preparing": 0 })
        {
            return;
        }
        assert!(Instant::now() < deadline, "{ready}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_goes_on_failing_seldom_writes_its_alert() {
    let payments = Payments::on(TestHost::builder()).await;
    let tenant = &payments.tenant;
    let hostile = tenant.publish("hostile-rule").await;
    let config = json!({ "prepare": "", "evaluate": "traps" });
    tenant
        .install("payments", "fragile", &hostile, config)
        .await;
    let post = async |numbers: std::ops::Range<usize>| {
        for number in numbers {
            let payment = payment(&format!("t{number}"), "anna", 13.0);
            payments.post(payment).await.expect(201);
        }
    };
    let alert = async || {
        let alerts = tenant.alerts().await;
        assert_eq!(alerts.len(), 1, "one alert, which counts");
        alerts.into_iter().next().expect("one alert")
    };
    post(0..10).await;
    let info = alert().await["info"].take();
    assert_eq!(info["failures"], 10, "{info}");
    post(10..70).await;
    let info = alert().await["info"].take();
    let counted = info["failures"].as_u64().expect("a count");
    assert!((40..=70).contains(&counted), "{info}");
    assert_eq!(info["failures_at_least"], true, "{info}");
    let client = &tenant.administrator;
    let stats = client.get(&stats_of("fragile")).await.expect(200);
    assert_eq!(stats["failures"], 70);
    let written = client.all("/v1/audit?action=alert.count_failure").await;
    // Nine, at 20 and at 40; more where the minute was over.
    assert!((11..=20).contains(&written.len()), "{}", written.len());
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_fails_ten_times_in_a_row_is_shown_as_failing() {
    const GAUGE: &str = r#"vervet_rule_failing{tenant="athora",team="payments",rule="fragile"}"#;
    let mut payments = Payments::on(TestHost::builder()).await;
    let (client, anyone) = (
        payments.tenant.administrator.clone(),
        payments.host.anonymous(),
    );
    let hostile = payments.tenant.publish("hostile-rule").await;
    let config = json!({ "prepare": "", "evaluate": "traps" });
    let tenant = &payments.tenant;
    tenant
        .install("payments", "fragile", &hostile, config.clone())
        .await;
    // It judges all but payments of 13.
    let post = async |payments: &Payments, from: usize, amounts: &[f64]| {
        let lines = amounts.iter().zip(from..);
        let lines = lines.map(|(amount, number)| {
            format!("{}\n", payment(&format!("t{number}"), "anna", *amount))
        });
        let posted = payments
            .key
            .post_as(BATCH, "application/x-ndjson", lines.collect::<String>());
        let posted = posted.await;
        assert!(posted.is_success(), "{}", posted.text());
    };
    let gauge = async || {
        let metrics = anyone.get("/metrics").await.text();
        let line = metrics.lines().find_map(|line| line.strip_prefix(GAUGE));
        line.unwrap_or_else(|| panic!("no {GAUGE} in {metrics}"))
            .trim()
            .to_owned()
    };
    let path = stats_of("fragile");
    post(&payments, 0, &[13.0, 13.0, 1.0, 13.0, 13.0, 13.0]).await;
    post(&payments, 6, &[13.0; 6]).await;
    let stats = client.get(&path).await.expect(200);
    assert_eq!(
        (&stats["failing"], &stats["failures_in_a_row"]),
        (&json!(false), &json!(9))
    );
    assert_eq!(gauge().await, "0");
    failing(&anyone, 0).await;

    post(&payments, 12, &[13.0, 13.0]).await;
    let stats = client.get(&path).await.expect(200);
    assert_eq!(
        (&stats["failing"], &stats["failures_in_a_row"]),
        (&json!(true), &json!(11))
    );
    assert_eq!(
        (&stats["evaluations"], &stats["failures"]),
        (&json!(14), &json!(13))
    );
    assert!(
        text(&stats["last_failure"]).len() > 3 && stats["failing_since"].is_string(),
        "{stats}"
    );
    assert_eq!(gauge().await, "1");
    failing(&anyone, 1).await;

    // Nobody need ask the tenant for anything.
    payments.host.restart().await;
    let anyone = payments.host.anonymous();
    failing(&anyone, 1).await;
    let again = client.get(&path).await.expect(200);
    assert_eq!(kept(&again), kept(&stats));

    // It is asked on, and what it judges ends that.
    post(&payments, 14, &[13.0, 500.0]).await;
    let stats = client.get(&path).await.expect(200);
    assert_eq!(
        (
            &stats["failing"],
            &stats["failures_in_a_row"],
            &stats["failing_since"]
        ),
        (&json!(false), &json!(0), &Value::Null)
    );
    assert_eq!(
        (&stats["failures"], &stats["findings"]),
        (&json!(14), &json!(1))
    );
    failing(&anyone, 0).await;
    assert_eq!(gauge().await, "0");

    // Another install begins anew, and a rule that is off does not fail.
    post(&payments, 16, &[13.0; 10]).await;
    failing(&anyone, 1).await;
    let off = json!({ "mode": "off", "config": config });
    let off = payments
        .tenant
        .put_rule("payments", "fragile", &hostile, off)
        .await;
    assert!(off.is_success(), "{}", off.text());
    let stats = client.get(&path).await.expect(200);
    assert_eq!(
        (&stats["failing"], &stats["failures_in_a_row"]),
        (&json!(false), &json!(0))
    );
    failing(&anyone, 0).await;
    assert_eq!(gauge().await, "0");
    payments.host.stop().await;
}
