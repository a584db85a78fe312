//! Exports that run by themselves: when, how often, and what becomes of what was missed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use store::memory::MemoryBackend;
use tests::TestHost;

use super::{Exports, NIGHTLY, micros};
use crate::payments::Payments;

const HOUR: Duration = Duration::from_secs(60 * 60);

fn schedule(cron: &str) -> Value {
    json!({ "schedule": { "cron": cron } })
}

fn scheduled_for(runs: &[Value]) -> Vec<i64> {
    runs.iter()
        .map(|run| micros(&run["scheduled_for"]))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_runs_when_its_schedule_says() {
    let exports = Exports::start("ndjson", 3).await;
    let export = exports
        .put(json!({ "schedule": { "cron": "30 2 * * *", "timezone": "Europe/Brussels" } }))
        .await
        .expect(201);
    for _ in 0..3 {
        let next = exports.get(NIGHTLY).await.expect(200)["next_run_at"].clone();
        let before = exports.get(&format!("{NIGHTLY}/runs")).await.expect(200);
        let before = before["items"].as_array().expect("a list").len();
        exports.move_to(&next);
        let runs = exports.all_over(before + 1).await;
        let run = runs.last().expect("a run");
        assert_eq!(run["state"], "ready", "{run}");
        assert_eq!(run["rows"], 3);
        assert_eq!(run["scheduled_for"], next);
        assert!(micros(&run["snapshot_at"]) >= micros(&next));
        let local: jiff::Timestamp = next.as_str().expect("a text").parse().expect("a moment");
        let local = local.in_tz("Europe/Brussels").expect("a zone");
        assert_eq!(local.strftime("%H:%M:%S").to_string(), "02:30:00");
    }
    assert_eq!(export["schedule"]["timezone"], "Europe/Brussels");
    // By hand it runs all the same.
    assert!(exports.run().await["scheduled_for"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_host_missed_is_made_once() {
    let mut exports = Exports::start("ndjson", 1).await;
    exports.put(schedule("0 * * * *")).await.expect(201);
    exports.move_to(&exports.get(NIGHTLY).await.expect(200)["next_run_at"]);
    exports.all_over(1).await;

    let next = exports.get(NIGHTLY).await.expect(200)["next_run_at"].clone();
    exports.payments.host.restart_later(50 * HOUR).await;
    let runs = exports.all_over(2).await;
    let made_up = micros(&runs[1]["scheduled_for"]);
    let now = exports.payments.host.clock().now().as_micros();
    assert!(made_up <= now && now < made_up + HOUR.as_micros() as i64);
    assert_eq!((made_up - micros(&next)) % HOUR.as_micros() as i64, 0);

    // Nothing is left to make up for.
    exports.payments.host.restart().await;
    exports.move_to(&exports.get(NIGHTLY).await.expect(200)["next_run_at"]);
    exports.all_over(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_while_it_was_paused_is_not_made() {
    let exports = Exports::start("ndjson", 1).await;
    let export = exports.put(schedule("0 * * * *")).await.expect(201);
    assert_eq!(export["paused"], false);
    let paused = exports.patch(json!({ "paused": true })).await.expect(200);
    assert_eq!(paused["paused"], true);
    assert!(paused["next_run_at"].is_null(), "{paused}");
    // Defined again it is still paused.
    let again = exports.put(schedule("30 * * * *")).await.expect(200);
    assert_eq!(again["paused"], true);
    exports.payments.host.clock().advance(50 * HOUR);
    let resumed = exports.patch(json!({ "paused": false })).await.expect(200);
    exports.move_to(&resumed["next_run_at"]);
    let runs = exports.all_over(1).await;
    assert_eq!(runs[0]["scheduled_for"], resumed["next_run_at"]);
    exports.patch(json!({ "paused": "no" })).await.problem(422);
    exports.patch(json!({ "pause": true })).await.problem(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_schedule_counts_from_when_it_is_set() {
    let exports = Exports::start("ndjson", 1).await;
    exports.put(json!({})).await.expect(201);
    exports.payments.host.clock().advance(50 * HOUR);
    let export = exports.put(schedule("0 * * * *")).await.expect(200);
    // The same schedule with another filter goes on where it was.
    let mut more = schedule("0 * * * *");
    more["filter"] = json!({ "severity": ["high"] });
    let same = exports.put(more).await.expect(200);
    assert_eq!(same["next_run_at"], export["next_run_at"]);
    exports.move_to(&export["next_run_at"]);
    let runs = exports.all_over(1).await;
    assert_eq!(runs[0]["scheduled_for"], export["next_run_at"]);
    let none = exports.put(json!({})).await.expect(200);
    assert!(none["next_run_at"].is_null() && none["schedule"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_is_suspended_has_its_run_afterwards() {
    let exports = Exports::start("ndjson", 1).await;
    exports.put(schedule("0 * * * *")).await.expect(201);
    let (host, name) = (&exports.payments.host, exports.payments.tenant.name());
    let tenant = format!("/v1/tenants/{name}");
    let suspended = |suspended: bool| json!({ "suspended": suspended });
    let administrator = host.administrator();
    administrator
        .patch(&tenant, suspended(true))
        .await
        .expect(200);
    host.clock().advance(10 * HOUR);
    administrator
        .patch(&tenant, suspended(false))
        .await
        .expect(200);
    exports.all_over(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_run_waits_for_another_no_third_is_made() {
    let mut exports = Exports::start("hostile-formatter", 600).await;
    let mut export = schedule("*/5 * * * *");
    export["formatter"] = json!({
        "plugin": exports.formatter.name, "version": exports.formatter.version,
        "config": { "write": "burns" },
    });
    exports.put(export).await.expect(201);
    let by_hand = exports.begin().await;
    exports
        .until(&by_hand, |run| run["state"] == "running")
        .await;
    exports.move_to(&exports.get(NIGHTLY).await.expect(200)["next_run_at"]);
    let runs = format!("{NIGHTLY}/runs");
    let count = |page: &Value| page["items"].as_array().expect("a list").len();
    exports.until(&runs, |page| count(page) == 2).await;
    // The one that waits will do for these.
    for _ in 0..3 {
        exports.payments.host.clock().advance(HOUR / 12);
        let audit = |entries: &Value| {
            let entries = entries["items"].as_array().expect("a list");
            let skipped = entries
                .iter()
                .filter(|entry| entry["action"] == "export.run_skipped");
            skipped.count() > 0
        };
        exports.until("/v1/audit?limit=500", audit).await;
    }
    let runs = exports.all_over(2).await;
    assert!(runs.iter().all(|run| run["state"] == "ready"), "{runs:?}");
    // They did not overlap.
    assert!(micros(&runs[0]["finished_at"]) <= micros(&runs[1]["finished_at"]));
    exports.payments.host.restart().await;
    exports.move_to(&exports.get(NIGHTLY).await.expect(200)["next_run_at"]);
    exports.all_over(3).await;
}

/// Whenever the power is cut: each moment is run at most once, and the last that came is run.
#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_neither_loses_nor_doubles_a_run() {
    let mut backend = Arc::new(MemoryBackend::new());
    let builder = TestHost::builder().over(backend.clone());
    let mut exports = Exports::on(Payments::on(builder).await, "ndjson", 1).await;
    exports.put(schedule("0 * * * *")).await.expect(201);
    for round in 0..12 {
        let due = exports.get(NIGHTLY).await.expect(200)["next_run_at"].clone();
        backend.hold_sync();
        exports.move_to(&due);
        let waiting = backend.clone();
        let held = tokio::task::spawn_blocking(move || waiting.wait_until_unsynced(1));
        held.await.expect("the run is queued");
        let left = Arc::new(backend.power_cut(round % 2));
        backend.release_sync();
        exports.payments.host.restart_over(left.clone()).await;
        backend = left;
        let runs = format!("{NIGHTLY}/runs?limit=500");
        let page = exports.until(&runs, |page| {
            let items = page["items"].as_array().expect("a list");
            let is_this = |run: &Value| run["scheduled_for"] == due && run["state"] == "ready";
            items.iter().any(is_this)
        });
        let page = page.await;
        let runs = page["items"].as_array().expect("a list");
        let moments = scheduled_for(runs);
        let distinct: BTreeSet<_> = moments.iter().collect();
        assert_eq!(distinct.len(), moments.len(), "{runs:?}");
        assert_eq!(moments.len(), round + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_schedule_is_refused() {
    let exports = Exports::start("ndjson", 0).await;
    let check = async |more: Value, field: &str, expect: &str| {
        let refused = exports.put(more.clone()).await;
        let problem = refused.expect(422);
        let text = problem.to_string();
        assert!(text.contains(expect), "{more}: {text}");
        assert_eq!(problem["errors"][0]["field"], field, "{more}: {text}");
    };
    for (cron, expect) in [
        ("30 2 31 2 *", "never comes"),
        ("* * * * *", "more often than once in 5 minutes"),
        ("0 30 2 * * *", "five fields"),
        ("at night", "five fields"),
        ("", "five fields"),
    ] {
        check(schedule(cron), "schedule.cron", expect).await;
    }
    let zone = json!({ "schedule": { "cron": "30 2 * * *", "timezone": "Belgium" } });
    check(zone, "schedule.timezone", "IANA").await;
    for days in [0, 3_651] {
        let retention = json!({ "retention": { "days": days } });
        check(retention, "retention.days", "1 to 3650").await;
    }
    for wrong in [
        json!({ "schedule": { "cron": "30 2 * * *", "zone": "UTC" } }),
        json!({ "schedule": "30 2 * * *" }),
        json!({ "compression": "zip" }),
        json!({ "retention": { "days": -1 } }),
        json!({ "filter": { "severity": ["worst"] } }),
        json!({ "filter": { "created_from": "yesterday" } }),
        json!({ "filter": { "created_from": "2026-01-02T00:00:00Z", "created_to": "2026-01-01T00:00:00Z" } }),
    ] {
        exports.put(wrong).await.problem(422);
    }
    for (filter, says) in [
        (
            json!({ "team": ["paiments"] }),
            "filter.team: there is no team 'paiments'; did you mean 'payments'?",
        ),
        (
            json!({ "state": ["open", "Closed"] }),
            "did you mean 'closed'?",
        ),
        (json!({ "rule": ["nothing"] }), "there is no rule 'nothing'"),
        (
            json!({ "incident_type": ["trx_aml_alerts"] }),
            "did you mean 'trx_aml_alert'?",
        ),
    ] {
        let refused = exports.put(json!({ "filter": filter })).await.problem(400);
        assert!(refused.contains(says), "{refused}");
    }
    exports.get(NIGHTLY).await.problem(404);
    // Labels and customers are nobody's to know beforehand.
    let open = json!({ "filter": { "label": ["nowhere"], "dprofile_id": ["nobody"] } });
    exports.put(open).await.expect(201);
}

/// A state that the workflow has no longer is told, and the nights go on.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_filter_names_may_vanish() {
    let exports = Exports::start("ndjson", 1).await;
    let client = &exports.payments.tenant.administrator;
    let workflow = |states: &[&str]| {
        let states = states.iter().enumerate();
        let states: Vec<serde_json::Value> = states
            .map(|(place, name)| json!({ "name": name, "title": name, "initial": place == 0, "closed": place == 1 }))
            .collect();
        json!({ "states": states, "transitions": [{ "source": "open", "destination": "closed" }] })
    };
    client
        .put("/v1/workflow", workflow(&["open", "closed", "parked"]))
        .await
        .expect(200);
    let made = exports
        .put(json!({ "filter": { "state": ["open", "parked"] } }))
        .await
        .expect(201);
    assert_eq!(made["warnings"], json!([]), "{made}");
    client
        .put("/v1/workflow", workflow(&["open", "closed"]))
        .await
        .expect(200);
    for path in [NIGHTLY, "/v1/exports"] {
        let read = exports.get(path).await.expect(200);
        let read = read["items"].get(0).unwrap_or(&read);
        let warning = read["warnings"][0].as_str().expect("a warning");
        assert_eq!(warning, "filter.state: there is no state 'parked'");
    }
    let run = exports.run().await;
    assert_eq!(
        (&run["state"], &run["rows"], &run["lines"]),
        (&json!("ready"), &json!(1), &json!(1))
    );
}
