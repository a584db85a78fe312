//! Rules in other languages: the same rule in Rust, JavaScript and Python says the same.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tests::{TestHost, TestTenant};

use super::{counts, done, post_all};
use crate::payments::{Payments, fields, payment, with};

/// In Rust, in JavaScript, in Python.
const RULES: [&str; 3] = [
    "structuring",
    "structuring-javascript",
    "structuring-python",
];

/// Not all defaults, and each type that a configuration has.
fn config() -> Value {
    json!({ "limit": 10_000, "margin": 0.15, "count": 3, "days": 5, "currency_field": "currency" })
}

/// Amounts around the floor and the limit, in cents, of some customers over some days.
fn transactions() -> impl Iterator<Item = Value> {
    (0..240u32).map(|number| {
        let amount = f64::from(840_000 + number * 7_919 % 190_000) / 100.0;
        let other = json!({
            "date_time": format!("2026-03-{:02}T10:{:02}:00Z", 1 + number / 30, number % 30),
            "currency": if number % 7 == 0 { "USD" } else { "EUR" },
            "counterparty": "Žofie 🦊",
        });
        with(
            payment(&format!("t{number}"), &format!("c{}", number % 5), amount),
            other,
        )
    })
}

/// What a rule found: by transaction all that an alert says, but for who said it and what it took.
async fn found(tenant: &TestTenant, rule: &str) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for alert in tenant.alerts().await {
        if alert["rule"] != rule {
            continue;
        }
        let path = format!("/v1/alerts/{}", alert["id"].as_str().expect("an id"));
        let alert = tenant.administrator.get(&path).await.expect(200);
        let findings = alert["findings"].as_array().expect("findings");
        assert_eq!(findings.len(), 1, "{alert}");
        let transaction = findings[0]["transaction"].as_str().expect("a transaction");
        let members = |of: &Value, names: &[&str]| -> Vec<Value> {
            names.iter().map(|name| of[*name].clone()).collect()
        };
        let mut said = members(
            &findings[0],
            &["title", "score", "evidence", "configuration"],
        );
        said.extend(members(
            &alert,
            &[
                "title",
                "incident_type",
                "severity",
                "priority",
                "labels",
                "info",
                "dprofile_id",
            ],
        ));
        found.insert(transaction.to_owned(), said.into());
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_rule_says_the_same_in_every_language() {
    let builder = TestHost::builder().in_memory().config(|config| {
        // As it comes: whoever uploads a large plugin is sent to where it says how far it is.
        config.plugins.publish_wait_milliseconds = 2_000;
    });
    let payments = Payments::on(builder).await;
    let tenant = &payments.tenant;
    for rule in RULES {
        let plugin = tenant.publish(rule).await;
        tenant.install("payments", rule, &plugin, config()).await;
    }
    post_all(&payments, transactions()).await;

    let expect = found(tenant, RULES[0]).await;
    assert!(expect.len() > 20, "{}", expect.len());
    for rule in &RULES[1..] {
        let found = found(tenant, rule).await;
        assert_eq!(found, expect, "{rule}");
    }
    let stats = tenant.administrator.all("/v1/alerts").await;
    assert_eq!(stats.len(), 3 * expect.len(), "no rule failed");

    let begun = tenant.administrator.post("/v1/replays", json!({})).await;
    begun.expect(202);
    let all = done(&tenant.administrator, begun.header("location")).await;
    let findings = 3 * expect.len() as u64;
    assert_eq!(counts(&all), [findings, findings, 0, 0], "{all}");

    // With its imports of WASI it is another component, and says the same.
    let other = payments.host.tenant("other").await;
    let key = other.team("payments", &fields()).await;
    let plugin = other.publish("structuring-javascript-wasi").await;
    let path = format!("/v1/plugins/{}/{}", plugin.name, plugin.version);
    let published = other.administrator.get(&path).await.expect(200);
    assert_eq!(published["stand_ins"], "1");
    assert!(
        published["imports"]
            .to_string()
            .contains("wasi:clocks/wall-clock")
    );
    other.install("payments", RULES[1], &plugin, config()).await;
    let lines: String = transactions().map(|one| format!("{one}\n")).collect();
    let posted = key
        .post_as(crate::payments::BATCH, "application/x-ndjson", lines)
        .await;
    assert!(posted.is_success(), "{}", posted.text());
    assert_eq!(found(&other, RULES[1]).await, expect);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_is_refused_in_the_words_of_the_rule() {
    let payments = Payments::start().await;
    let tenant = &payments.tenant;
    let plugin = tenant.publish("structuring-javascript").await;
    let check = async |config: Value, says: &str| {
        let live = json!({ "mode": "live", "config": config });
        let refused = tenant.put_rule("payments", "js", &plugin, live).await;
        let text = refused.expect(422).to_string();
        assert!(text.contains(says), "{text}");
    };
    check(
        json!({ "limit": 0 }),
        "config.limit: a limit is more than 0",
    )
    .await;
    check(json!({ "limit": "much" }), "config/limit").await;
    check(json!({ "limits": 1 }), "limits").await;
    check(
        json!({ "amount_field": "country" }),
        "needs field 'country' as float",
    )
    .await;
    payments.host.stop().await;
}

#[test]
fn the_libraries_pass_their_own_tests() {
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins");
    for language in ["javascript", "python"] {
        let done = Command::new(plugins.join(language).join("test")).output();
        let done = done.expect("the tests run");
        let said = [done.stdout, done.stderr].concat();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&said));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_json_cannot_hold_costs_no_finding() {
    let payments = Payments::start().await;
    let tenant = &payments.tenant;
    for rule in ["odd-javascript", "odd-python"] {
        let plugin = tenant.publish(rule).await;
        let live = json!({ "mode": "live", "on_failure": "skip" });
        let installed = tenant.put_rule("payments", rule, &plugin, live).await;
        installed.expect(201);
    }
    // The window of a customer's first transaction is empty, and its mean is no number.
    let posted = [payment("t1", "anna", 5.0), payment("t2", "bert", 5_000.0)];
    post_all(&payments, posted.into_iter()).await;
    for rule in ["odd-javascript", "odd-python"] {
        let found = found(tenant, rule).await;
        let [title, score, .., info, customer] =
            found["t1"].as_array().map(Vec::as_slice).expect("an array")
        else {
            panic!("{found:?}");
        };
        assert_eq!(
            (title, score),
            (&json!("Odd \u{fffd}"), &Value::Null),
            "{rule}"
        );
        let expect = json!({ "mean": null, "name": "\u{fffd}", "\u{fffd}": [null] });
        assert_eq!((info, customer), (&expect, &json!("anna")), "{rule}");
        let path = format!("/v1/teams/payments/rules/{rule}/failures");
        let failures = tenant.administrator.all(&path).await;
        assert_eq!(failures.len(), 1, "{failures:?}");
        assert!(
            failures[0].to_string().contains("\u{fffd} is too much"),
            "{failures:?}"
        );
    }
    payments.host.stop().await;
}

#[test]
fn a_copied_folder_needs_nothing_beside_it() {
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins");
    let copies = tempfile::tempdir().expect("a directory");
    for language in ["javascript", "python"] {
        let (from, to) = (plugins.join(language), copies.path().join(language));
        let copied = Command::new("cp").arg("-r").args([&from, &to]).status();
        assert!(copied.expect("cp runs").success());
        for script in ["test", "build"] {
            let tools = plugins.join("../target").join(language);
            let done = Command::new(to.join(script))
                .env("VERVET_TOOLS", tools)
                .output();
            let done = done.expect("the script runs");
            let said = [done.stdout, done.stderr].concat();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&said));
        }
    }
}

#[test]
fn copies_of_the_contract_are_the_contract() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = |folder: &Path| -> BTreeMap<std::ffi::OsString, String> {
        let entries = std::fs::read_dir(folder).expect("the folder is read");
        entries
            .map(|entry| {
                let entry = entry.expect("an entry");
                let text = std::fs::read_to_string(entry.path()).expect("a text");
                (entry.file_name(), text)
            })
            .collect()
    };
    let contract = files(&root.join("wit"));
    for language in ["javascript", "python"] {
        let copy = files(&root.join("plugins").join(language).join("wit"));
        assert_eq!(
            copy, contract,
            "plugins/{language}/wit is another contract: copy wit/ there"
        );
    }
}
