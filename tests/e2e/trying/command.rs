//! `vervet backtest`, as a rule's author uses it.

use std::process::Command;

use serde_json::json;
use tests::program::vervet;

use super::{large, post_all};
use crate::payments::{Payments, payment};

/// Runs the program against the host as its administrator: how it ended, and what it printed.
async fn backtest(payments: &Payments, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(vervet());
    command
        .args(["backtest", "--team", "payments"])
        .args(["--url", &payments.host.url()])
        .args(["--token", payments.tenant.administrator.credential()])
        .args(arguments);
    let done = tokio::task::spawn_blocking(move || command.output()).await;
    let done = done.expect("no panic").expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (done.status.code(), text(done.stdout), text(done.stderr))
}

/// What the program says of something.
fn told<'t>(table: &'t str, what: &str) -> &'t str {
    let mut lines = table.lines().map(str::trim);
    let told = lines.find_map(|line| line.strip_prefix(what));
    told.unwrap_or_else(|| panic!("nothing of '{what}': {table}"))
        .trim()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_tried_from_the_command_line() {
    let payments = Payments::start().await.with_large_amount().await;
    post_all(&payments, large(5)).await;
    let small = (0..4).map(|number| payment(&format!("s{number}"), "bert", 5_000.0));
    post_all(&payments, small).await;
    let folder = tempfile::tempdir().expect("a directory");
    let config = folder.path().join("config.json");
    let limit = json!({ "limits": { "EUR": 1_000 } });
    std::fs::write(&config, limit.to_string()).expect("is written");
    let client = &payments.tenant.administrator;
    let rule = client
        .get("/v1/teams/payments/rules/large-amount")
        .await
        .expect(200);
    let plugin = format!("large-amount@{}", rule["version"].as_str().expect("one"));
    let config = config.to_str().expect("UTF-8");
    let arguments = ["--plugin", &plugin, "--config", config];

    let (code, table, complaints) = backtest(&payments, &arguments).await;
    assert_eq!(code, Some(0), "{complaints}");
    assert!(
        table.starts_with(&plugin.replace('@', " ")) && table.contains(": 9 transactions in "),
        "{table}"
    );
    assert_eq!(told(&table, "found in"), "9 transactions");
    assert!(!table.contains("beside"), "{table}");

    let compared = [&arguments[..], &["--compare-with", "large-amount"]].concat();
    let (code, table, complaints) = backtest(&payments, &compared).await;
    assert_eq!(code, Some(0), "{complaints}");
    assert_eq!(
        told(&table, "beside large-amount"),
        "9 transactions that both judged"
    );
    let counts = [
        "only this one",
        "only large-amount",
        "both the same",
        "both, changed",
    ];
    let counts = counts.map(|what| told(&table, what));
    assert_eq!(counts, ["4: 4 medium", "0", "0", "5: 5 medium"], "{table}");
    // Where there is more to see, is where it says.
    let comparison = client.get(told(&table, "comparison")).await.expect(200);
    assert_eq!(comparison["changed"]["count"], 5);
    let findings = client.all(told(&table, "findings ")).await;
    assert_eq!(findings.len(), 9);

    let unknown = ["--plugin", "large-amount@9.9.9"];
    let (code, table, complaints) = backtest(&payments, &unknown).await;
    assert_eq!((code, &*table), (Some(1), ""), "{complaints}");
    assert!(
        complaints.contains("large-amount 9.9.9 is not published"),
        "{complaints}"
    );
    payments.host.stop().await;
}
