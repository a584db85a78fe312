//! A published rule, tried on what a host has stored.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::compared;
use super::table::{Summary, bar, counts};
use crate::trial::read_config;
use console::client::Client;
use console::print;
use json::{JsonObject, JsonValue};

/// How often the host is asked how far it is.
const POLL: Duration = Duration::from_millis(250);

/// What is tried.
pub(super) struct Remote {
    pub(super) team: String,
    pub(super) plugin: String,
    pub(super) version: String,
    pub(super) config: Option<PathBuf>,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) compare_with: Option<String>,
    /// `history` or `live`.
    pub(super) compare_over: String,
    pub(super) lists_now: bool,
}

impl Remote {
    pub(super) fn run(&self, url: &str, token: &str, detach: bool) -> anyhow::Result<()> {
        let new = self.body()?;
        let client = Client::new(url, token)?;
        let runtime = tokio::runtime::Runtime::new().context("no threads could be started")?;
        runtime.block_on(async {
            let path = format!("/v1/teams/{}/backtests", self.team);
            let started = client.post(&path, &new).await?;
            let noted = started.json()?;
            let place = started
                .location
                .context("the host does not say where it is")?;
            if detach {
                return Ok(print::line(&place)?);
            }
            let begun = Instant::now();
            let beside = noted["compared_backtest"].as_str();
            let beside = beside.map(|id| format!("{path}/{id}"));
            let both = async {
                let ended = watch(&client, &place).await?;
                match &beside {
                    Some(beside) if ended["state"] == "done" => {
                        let other = watch(&client, beside).await?;
                        Ok((ended, Some(other)))
                    }
                    _ => anyhow::Ok((ended, None)),
                }
            };
            let (ended, other) = tokio::select! {
                both = both => both?,
                _ = tokio::signal::ctrl_c() => {
                    for place in std::iter::once(&place).chain(&beside) {
                        // One of them may have ended.
                        let _ = client.post(&format!("{place}/cancel"), &json!({})).await;
                    }
                    bail!("the backtest is cancelled; what it found so far is at {place}");
                }
            };
            if let (Some(other), Some(beside)) = (&other, &beside)
                && other["state"] != "done"
            {
                let why = other["failure"].as_str().unwrap_or("it was cancelled");
                bail!("the rule that it is compared with could not be run over history: {why}; see {beside}");
            }
            let seconds = begun.elapsed().as_secs_f64();
            let mut more = Vec::new();
            if ended["state"] == "done" && self.compare_with.is_some() {
                let path = format!("{place}/comparison");
                let comparison = client.get(&format!("{path}?samples=0")).await?;
                more = compared::lines(&comparison);
                more.push(("comparison".to_owned(), path));
            }
            tell(&ended, &place, seconds, more)
        })
    }

    /// The body of the request.
    fn body(&self) -> anyhow::Result<JsonValue> {
        let config = match &self.config {
            None => JsonObject::default().into(),
            Some(path) => read_config(path)?,
        };
        let mut new = json!({
            "plugin": self.plugin,
            "version": self.version,
            "lists": if self.lists_now { "now" } else { "then" },
        });
        let times = [("from", &self.from), ("to", &self.to)];
        for (name, time) in times {
            if let Some(time) = time {
                new[name] = json!(whole_time(time));
            }
        }
        if let Some(rule) = &self.compare_with {
            new["compare_with"] = json!(rule);
            new["compare_over"] = json!(self.compare_over);
        }
        let mut new = JsonValue::from(new);
        if let JsonValue::Object(members) = &mut new {
            members.insert("config", config);
        }
        Ok(new)
    }
}

/// A date is its beginning in UTC.
fn whole_time(time: &str) -> String {
    match time.parse::<jiff::civil::Date>() {
        Ok(date) if !time.contains([':', 'T']) => format!("{date}T00:00:00Z"),
        _ => time.to_owned(),
    }
}

/// Shows how far it is until it has ended.
async fn watch(client: &Client, place: &str) -> anyhow::Result<Value> {
    let bar: ProgressBar = bar(0);
    loop {
        let backtest = client.get(place).await?;
        let progress = &backtest["progress"];
        bar.set_length(progress["of"].as_u64().unwrap_or(0));
        bar.set_position(progress["rows"].as_u64().unwrap_or(0));
        match backtest["state"].as_str() {
            Some("queued") => bar.set_message("(others go before it)"),
            Some("running") => bar.set_message(""),
            _ => {
                bar.finish_and_clear();
                return Ok(backtest);
            }
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Says what came of it.
fn tell(
    ended: &Value,
    place: &str,
    seconds: f64,
    mut more: Vec<(String, String)>,
) -> anyhow::Result<()> {
    more.push(("findings".to_owned(), format!("{place}/findings")));
    more.push(("failures".to_owned(), format!("{place}/failures")));
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let text = |member: &str| ended[member].as_str().unwrap_or("?");
    let cost = &ended["cost"];
    let cost = cost["fuel_per_million"].as_u64().map(|fuel| {
        let of = |member: &str| cost[member].as_f64().unwrap_or(0.0);
        (
            fuel,
            of("rule_seconds_per_million"),
            of("inputs_seconds_per_million"),
        )
    });
    let summary = Summary {
        rule: format!("{} {}", text("plugin"), text("version")),
        rows: number(&ended["progress"]["rows"]),
        seconds,
        found: number(&ended["found"]),
        findings: counts(&ended["findings"]),
        failures: counts(&ended["failures"]),
        fuel: serde_json::from_value(ended["fuel"]["sampled"].clone()).unwrap_or_default(),
        cost,
        more,
    };
    summary.print()?;
    if let Some(impurity) = ended["impurity"].as_str() {
        bail!("the rule is impure: {impurity}");
    }
    match text("state") {
        "done" if summary.failed() == 0 => Ok(()),
        "done" => bail!(
            "the rule could not judge {} transactions; see {place}/failures",
            summary.failed()
        ),
        "failed" => bail!("the backtest failed: {}", text("failure")),
        _ => bail!("somebody else cancelled the backtest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_its_beginning_in_utc() {
        let check = |time: &str, expect: &str| assert_eq!(whole_time(time), expect);
        check("2026-01-31", "2026-01-31T00:00:00Z");
        check("2026-01-31T06:00:00+01:00", "2026-01-31T06:00:00+01:00");
        // The host says what is wrong with it.
        check("yesterday", "yesterday");
    }
}
