//! What a rule says of stored transactions, and what it said of them live.

use serde_json::{Value, json};
use tests::{Client, TestPlugin};

use super::until;
use crate::payments::{Payments, given, with};

pub(super) const BACKTESTS: &str = "/v1/teams/payments/backtests";

/// A rule to try.
pub(super) fn trial(plugin: &TestPlugin, more: Value) -> Value {
    let new = json!({ "plugin": plugin.name, "version": plugin.version });
    with(new, more)
}

/// Tries a rule, and answers where, and what came of it when it has ended.
pub(super) async fn tried(client: &Client, new: Value) -> (String, Value) {
    let begun = client.post(BACKTESTS, new).await;
    begun.expect(202);
    let path = begun.header("location").to_owned();
    let ended = until(client, &path, |backtest| {
        !matches!(backtest["state"].as_str(), Some("queued" | "running"))
    });
    let ended = ended.await;
    (path, ended)
}

/// The version of the plugin that is installed under its own name.
pub(super) async fn installed(client: &Client, rule: &str) -> TestPlugin {
    let path = format!("/v1/teams/payments/rules/{rule}");
    let rule = client.get(&path).await.expect(200);
    let text = |member: &str| rule[member].as_str().expect("a text").to_owned();
    TestPlugin {
        name: text("plugin"),
        version: text("version"),
    }
}

/// What a rule found: transaction, title, score, fuel and evidence of each finding.
pub(super) type Said = Vec<[String; 5]>;

fn said(transaction: &Value, finding: &Value, fuel: &Value, evidence: &Value) -> [String; 5] {
    [
        transaction,
        &finding["title"],
        &finding["score"],
        fuel,
        evidence,
    ]
    .map(Value::to_string)
}

/// What the rule of a backtest found, in the order of the transactions.
pub(super) async fn found(client: &Client, path: &str) -> Said {
    let mut all = Vec::new();
    for found in client.all(&format!("{path}/findings")).await {
        for finding in found["findings"].as_array().expect("findings") {
            all.push(said(
                &found["transaction"],
                finding,
                &found["fuel"],
                &found["evidence"],
            ));
        }
    }
    all
}

/// What a rule found live, by transaction.
pub(super) async fn found_live(payments: &Payments, rule: &str) -> Said {
    let client = &payments.tenant.administrator;
    let mut all = Vec::new();
    for alert in payments.tenant.alerts().await {
        if alert["rule"] != rule {
            continue;
        }
        let id = alert["id"].as_str().expect("an id");
        let alert = client.get(&format!("/v1/alerts/{id}")).await.expect(200);
        for finding in alert["findings"].as_array().expect("findings") {
            let transaction = &finding["transaction"];
            all.push(said(
                transaction,
                finding,
                &finding["fuel"],
                &given(finding),
            ));
        }
    }
    all
}

pub(super) fn sorted(mut said: Said) -> Said {
    said.sort();
    said
}
