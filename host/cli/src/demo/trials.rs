//! What a rule author works on: a rule in shadow, a backtest, and a watchlist that was changed.

use serde_json::{Value, json};

use super::setup::put_unless_there;
use super::world::TeamName;
use console::client::Client;

/// The rule in shadow, and the live rule with which it is compared.
const SHADOW: &str = "large-amount-stricter";
const LIVE: &str = "large-amount";

/// The list to which a second version is given, and what that adds.
const LIST: &str = "high_risk_countries";
const ADDED: [&str; 2] = ["SD", "CF"];

/// The team whose rules are tried.
const TEAM: TeamName = TeamName::TransactionMonitoring;

/// Installs a rule in shadow beside a live one, with a promotion gate, and changes a watchlist, before any transaction is
/// posted. What is there already stays as it is.
pub(super) async fn prepare(owner: &Client) -> anyhow::Result<()> {
    let rules = format!("/v1/teams/{}/rules", TEAM.as_str());
    let live = owner.get(&format!("{rules}/{LIVE}")).await?;
    let shadow = json!({
        "plugin": live["plugin"],
        "version": live["version"],
        "config": stricter(&live["config"]),
        "mode": "shadow",
    });
    let path = format!("{rules}/{SHADOW}");
    if owner.find(&path).await?.is_none() {
        let gate = json!({ "transactions": 1_000, "max_more": 25, "max_failures": 0 });
        owner.put("/v1/promotion-gate", &gate).await?;
        let change = json!({ "add": ADDED, "note": "Agreed in the quarterly review" });
        owner.patch(&format!("/v1/lists/{LIST}"), &change).await?;
    }
    put_unless_there(owner, &path, &shadow).await
}

/// Starts a backtest of the rule in shadow over all that was posted, unless there is one.
pub(super) async fn backtest(owner: &Client) -> anyhow::Result<()> {
    let path = format!("/v1/teams/{}/backtests", TEAM.as_str());
    let known = owner.get(&path).await?;
    if known["items"]
        .as_array()
        .is_some_and(|items| !items.is_empty())
    {
        return Ok(());
    }
    let rule = format!("/v1/teams/{}/rules/{LIVE}", TEAM.as_str());
    let live = owner.get(&rule).await?;
    let trial = json!({
        "plugin": live["plugin"],
        "version": live["version"],
        "config": stricter(&live["config"]),
        "compare_with": LIVE,
    });
    owner.post(&path, &trial).await?;
    Ok(())
}

/// The configuration with limits that more amounts exceed.
fn stricter(config: &Value) -> Value {
    let mut stricter = config.clone();
    let limits = stricter["limits"].as_object_mut();
    for (_, limit) in limits.into_iter().flatten() {
        *limit = json!(limit.as_f64().unwrap_or_default() * 0.6);
    }
    stricter
}
