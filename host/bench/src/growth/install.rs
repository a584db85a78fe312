//! A rule is installed while transactions are posted.

use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::{Value, json};

use super::super::Setting;
use super::super::figure::{Figure, Target};
use super::super::tenant::TEAM;
use super::grown::{Grown, velocity_by};
use super::posts::{Posts, percentile};
use super::progress::Progress;
use super::rows::Punctuality::AllInTime;

const PLUGIN: &str = "velocity";
const DAYS: u32 = 90;
/// Posts before and after the install.
const AROUND: Duration = Duration::from_secs(3);
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// Installs a rule by a field that another rule uses, and one by a field that none uses.
pub(super) async fn measure(setting: &Setting, grown: &Grown) -> anyhow::Result<Vec<Figure>> {
    let time = Duration::from_millis(setting.amount(20_000));
    let usual = Posts::during(grown, AllInTime, time).await?;
    let usual = format!(
        "{:.1} ms without an install, {:.2} ms for 99 of 100",
        percentile(&usual, 100),
        percentile(&usual, 99)
    );
    let mut figures = Vec::new();
    for (field, of_field) in [
        ("counterparty", "counterparty"),
        ("description", "a field that no rule used"),
    ] {
        let posts = Posts::start(grown, AllInTime)?;
        tokio::time::sleep(AROUND).await;
        let in_force = install(grown, field).await?;
        tokio::time::sleep(AROUND).await;
        let posts = posts.stop().await?;
        let longest = percentile(&posts, 100);
        let what = format!(
            "growth, {}: a rule with a window of {DAYS} days by {of_field} is installed",
            grown.plan.title()
        );
        figures.push(Figure {
            what: format!("{what}, longest wait of a post"),
            measured: format!(
                "{longest:.1} ms, {:.2} ms for 99 of 100",
                percentile(&posts, 99)
            ),
            yardstick: usual.clone(),
            value: longest,
            target: Target::AtMost(100.0, "ms"),
        });
        figures.push(Figure {
            what: format!("{what}, until it judges"),
            measured: format!("{:.2} s", in_force.as_secs_f64()),
            yardstick: String::new(),
            value: in_force.as_secs_f64(),
            target: Target::None,
        });
    }
    Ok(figures)
}

/// Installs the rule, and waits until it has judged a transaction. Returns the time that took.
async fn install(grown: &Grown, field: &str) -> anyhow::Result<Duration> {
    let client = grown.tenant.client();
    let installed = client
        .get(&format!("/v1/teams/{TEAM}/rules/{PLUGIN}"))
        .await?;
    let rule = format!("/v1/teams/{TEAM}/rules/{PLUGIN}-by-{field}");
    let stats = format!("{rule}/stats");
    let install = json!({
        "plugin": PLUGIN,
        "version": installed["version"],
        "config": velocity_by(field, DAYS),
        "mode": "live",
    });
    let mut progress = Progress::new(format!("installing a rule by {field}"));
    let begun = Instant::now();
    client.put(&rule, &install).await?;
    loop {
        let judged = client.find(&stats).await?;
        if judged.is_some_and(|stats| stats["evaluations"].as_u64() > Some(0)) {
            return Ok(begun.elapsed());
        }
        ensure!(
            begun.elapsed() < LONGEST,
            "the rule by {field} judges nothing after an hour"
        );
        let state = client.find(&rule).await?.unwrap_or_default();
        progress.tell(|| match &state["preparing"] {
            Value::Object(preparing) => {
                format!("{} of {} rows", preparing["done"], preparing["of"])
            }
            _ => "it judges nothing yet".to_owned(),
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
