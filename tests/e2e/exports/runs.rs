//! Runs: how far they are, how they fail, and what they hold to.

use serde_json::{Value, json};

use tests::{TestHost, guests};

use super::{Exports, NIGHTLY, id, micros, replaced};
use crate::idempotency::post_twice;
use crate::payments::Payments;

fn hostile(exports: &Exports, config: &Value) -> Value {
    json!({ "formatter": {
        "plugin": exports.formatter.name, "version": exports.formatter.version, "config": config,
    } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_says_how_far_it_is_and_what_made_it() {
    let exports = Exports::start("hostile-formatter", 600).await;
    let slow = hostile(&exports, &json!({ "write": "burns" }));
    exports.put(slow).await.expect(201);
    let run = exports.begin().await;
    let running = exports
        .until(&run, |run| run["rows"].as_u64() > Some(0))
        .await;
    assert_eq!(running["state"], "running");
    assert_eq!(running["of"], 600);
    assert!(running["rows"].as_u64() < Some(600), "{running}");
    assert!(running["read"].as_u64() >= running["rows"].as_u64());
    assert!(
        exports
            .files()
            .iter()
            .all(|file| !file.ends_with(id(&running)))
    );
    exports.get(&format!("{run}/file")).await.problem(409);
    exports.get(&format!("{NIGHTLY}/latest")).await.problem(404);

    let ready = exports.over(&run).await;
    assert_eq!(ready["state"], "ready");
    assert_eq!(ready["rows"], 600);
    assert_eq!(ready["formatter"]["plugin"], "hostile-lines");
    assert_eq!(ready["formatter"]["version"], "1.0.0");
    assert_eq!(ready["digest"].as_str().map(str::len), Some(64));
    let file = exports.get(&format!("{run}/file")).await;
    assert_eq!(file.body.len() as u64, ready["bytes"]);
    assert!(micros(&ready["snapshot_at"]) <= micros(&ready["finished_at"]));
}

/// Of a run that fails in the middle nothing is seen, and it says at which alert.
#[tokio::test(flavor = "multi_thread")]
async fn a_formatter_that_fails_leaves_no_file() {
    let exports = Exports::start("hostile-formatter", 300).await;
    let alerts = exports.alerts().await;
    // Newest first: this one is the first of a file.
    let at_alert = format!("at alert {}, after 0 others: ", id(&alerts[299]));
    let check = async |config: Value, at: &str, expect: &str| {
        let export = hostile(&exports, &config);
        assert!(exports.put(export).await.is_success());
        let run = exports.begin().await;
        let failed = exports.over(&run).await;
        assert_eq!(failed["state"], "failed", "{config}");
        let reason = failed["reason"].as_str().expect("a reason");
        assert!(
            reason.contains(at) && reason.contains(expect),
            "{config}: {reason}"
        );
        let refused = exports.get(&format!("{run}/file")).await.problem(409);
        assert!(refused.contains(expect), "{refused}");
        exports.get(&format!("{NIGHTLY}/latest")).await.problem(404);
    };
    for (behaviour, expect) in [
        ("traps", "trapped: "),
        ("spins", "out of fuel"),
        ("grows", "out of memory"),
        ("recurses", "trapped: "),
        ("not-utf8", "is not UTF-8"),
        ("refuses", ": cannot"),
    ] {
        check(json!({ "write": behaviour }), &at_alert, expect).await;
        let config = json!({ "open": behaviour });
        check(config, "at the beginning of the file", expect).await;
        let config = json!({ "close": behaviour });
        check(config, "at the end of the file", expect).await;
    }
    let long = json!({ "close": "long-answer" });
    check(long, "at the end of the file", "answered more than").await;
    // What was written of them is removed soon.
    let deadline = std::time::Instant::now() + super::PATIENCE;
    while !exports.files().is_empty() {
        assert!(
            std::time::Instant::now() < deadline,
            "{:?}",
            exports.files()
        );
        tokio::task::yield_now().await;
    }

    let honest = hostile(&exports, &json!({}));
    exports.put(honest).await.expect(200);
    assert_eq!(exports.run().await["rows"], 300);
}

/// They are named, and all others are in the file.
#[tokio::test(flavor = "multi_thread")]
async fn alerts_that_cannot_be_written_cost_no_others() {
    let exports = Exports::start("hostile-formatter", 300).await;
    let alerts = exports.alerts().await;
    let client = &exports.payments.tenant.administrator;
    // Newest first: two in the first batch of a file, side by side, and one in the second.
    let poisoned: Vec<_> = [298, 297, 10].map(|at| id(&alerts[at]).to_owned()).into();
    for alert in &poisoned {
        let title = json!({ "title": "this is poison" });
        let alert = format!("/v1/alerts/{alert}");
        client.patch(&alert, title).await.expect(200);
    }
    for (behaviour, expect) in [
        ("traps", "trapped: "),
        ("spins", "out of fuel"),
        ("refuses", "cannot"),
    ] {
        let config = json!({ "write": behaviour, "at": "poison" });
        let export = hostile(&exports, &config);
        assert!(exports.put(export).await.is_success());
        let run = exports.begin().await;
        let ready = exports.over(&run).await;
        assert_eq!(ready["state"], "ready_with_errors", "{ready}");
        assert_eq!(ready["rows"], 297);
        let errors = ready["errors"].as_array().expect("errors");
        let named: Vec<_> = errors.iter().map(|error| error["alert"].clone()).collect();
        assert_eq!(named, poisoned, "{behaviour}");
        for error in errors {
            let reason = error["reason"].as_str().expect("a reason");
            assert!(reason.contains(expect), "{reason}");
        }
        let file = exports.get(&format!("{run}/file")).await;
        assert_eq!(file.body.len() as u64, ready["bytes"]);
        let latest = exports.get(&format!("{NIGHTLY}/latest")).await.text();
        assert_eq!(latest, file.text());
        // A first and a last line are the formatter's.
        assert_eq!(latest.lines().count(), 299, "{behaviour}");
        assert!(!latest.contains("poison"));
    }
}

/// The reason says which alert it is, and whom to ask.
#[tokio::test(flavor = "multi_thread")]
async fn an_alert_of_too_many_bytes_is_named_and_the_operator_can_allow_more() {
    let start = async |alert_bytes: usize| {
        let builder = TestHost::builder().in_memory();
        let builder = builder.config(move |config| config.plugins.alert_bytes = alert_bytes);
        let payments = Payments::on(builder).await;
        let exports = Exports::on(payments, "hostile-formatter", 1).await;
        let long = hostile(&exports, &json!({ "write": "long-answer" }));
        exports.put(long).await.expect(201);
        exports
    };
    // It answers 3 MiB.
    let exports = start(1 << 20).await;
    let failed = exports.run().await;
    assert_eq!(failed["state"], "failed", "{failed}");
    let alerts = exports.alerts().await;
    let expect = format!(
        "at alert {}, after 0 others: answered more than 1 048 576 bytes for an alert; \
         the operator can allow more: plugins.alert_bytes",
        id(&alerts[0])
    );
    let reason = failed["reason"].as_str().expect("a reason");
    assert!(reason.contains(&expect), "{reason}");

    let exports = start(4 << 20).await;
    let ready = exports.run().await;
    assert_eq!(ready["state"], "ready", "{ready}");
    assert!(ready["bytes"].as_u64() > Some(3 << 20), "{ready}");
}

/// Another formatter, another version, another configuration: a run ends with what it began with.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_ends_with_the_formatter_that_it_began_with() {
    let exports = Exports::start("hostile-formatter", 600).await;
    let other = exports.payments.tenant.publish("ndjson").await;
    let slow = hostile(&exports, &json!({ "write": "burns" }));
    exports.put(slow).await.expect(201);
    let first = exports.begin().await;
    exports
        .until(&first, |run| run["rows"].as_u64() > Some(0))
        .await;
    // One that waits began with the old one, too.
    let second = exports.begin().await;
    let changed = json!({
        "formatter": { "plugin": other.name, "version": other.version },
        "filter": { "severity": ["low"] }, "compression": "gzip",
    });
    exports.put(changed).await.expect(200);
    let third = exports.begin().await;

    for run in [&first, &second] {
        let ready = exports.over(run).await;
        assert_eq!(ready["state"], "ready", "{ready}");
        assert_eq!(ready["formatter"]["plugin"], "hostile-lines");
        let file = exports.get(&format!("{run}/file")).await.text();
        assert!(file.starts_with("# athora") && file.ends_with("# end\n"));
        assert_eq!(file.lines().count(), 602);
    }
    let ready = exports.over(&third).await;
    assert_eq!(ready["formatter"]["plugin"], "ndjson");
    assert_eq!(
        (&ready["rows"], &ready["compression"]),
        (&json!(0), &json!("gzip"))
    );
}

/// Another version of the same formatter is one call, while a run goes on: the records say which wrote what.
#[tokio::test(flavor = "multi_thread")]
async fn another_version_writes_the_runs_after_it() {
    let exports = Exports::start("hostile-formatter", 600).await;
    let slow = hostile(&exports, &json!({ "write": "burns" }));
    exports.put(slow).await.expect(201);
    let first = exports.begin().await;
    exports
        .until(&first, |run| run["rows"].as_u64() > Some(0))
        .await;

    let newer = guests::component("hostile-formatter");
    let newer = replaced(&replaced(&newer, b"1.0.0", b"1.1.0"), b"# end", b"# END");
    let newer = exports.payments.tenant.publish_bytes(newer).await;
    assert_eq!(
        (&newer.name, &*newer.version),
        (&exports.formatter.name, "1.1.0")
    );
    let formatter = json!({ "plugin": newer.name, "version": newer.version });
    let changed = exports.put(json!({ "formatter": formatter })).await;
    changed.expect(200);
    let second = exports.begin().await;

    let (first, second) = (exports.over(&first).await, exports.over(&second).await);
    for (run, version, end) in [(&first, "1.0.0", "# end\n"), (&second, "1.1.0", "# END\n")] {
        assert_eq!(run["state"], "ready", "{run}");
        assert_eq!(run["formatter"]["version"], version);
        let file = exports
            .get(&format!("{NIGHTLY}/runs/{}/file", id(run)))
            .await;
        assert!(file.text().ends_with(end), "{version}");
    }
    assert_ne!(first["digest"], second["digest"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_wait_are_few_and_outlive_a_stop() {
    let mut exports = Exports::start("hostile-formatter", 600).await;
    let slow = hostile(&exports, &json!({ "write": "burns" }));
    exports.put(slow).await.expect(201);
    let path = format!("{NIGHTLY}/runs");
    let client = exports.payments.tenant.administrator.clone();
    post_twice(&client, &path).await.expect(202);
    for _ in 0..9 {
        exports.begin().await;
    }
    let refused = client.post(&path, json!({})).await.problem(409);
    assert!(refused.contains("10 runs"), "{refused}");
    // Each still has the snapshot that it was asked for, and the configuration.
    let before: Vec<Value> = exports.get(&path).await.expect(200)["items"]
        .as_array()
        .expect("a list")
        .clone();
    let quick = hostile(&exports, &json!({}));
    exports.put(quick).await.expect(200);
    exports.alert(5).await;
    exports.payments.host.restart().await;
    for run in &before {
        let over = exports.over(&format!("{path}/{}", id(run))).await;
        assert_eq!(over["state"], "ready");
        assert_eq!(over["rows"], 600);
        assert_eq!(over["snapshot_at"], run["snapshot_at"]);
        assert_eq!(over["formatter"]["config"]["write"], "burns");
    }
    assert_eq!(exports.run().await["rows"], 605);

    // Page by page.
    let pages = client.all(&path).await;
    let mut found = Vec::new();
    let mut next = format!("{path}?limit=3");
    loop {
        let page = exports.get(&next).await.expect(200);
        found.extend(page["items"].as_array().expect("a list").clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("{path}?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(found, pages);
    assert_eq!(found.len(), 11);
}
