//! What was found, and what to try.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::notebook::Notebook;
use super::setup::{ANALYST, EXPORT, OWNER, SUPERVISOR, WATCHER};
use super::world::{self, TeamName};
use console::client::Client;
use console::print;

/// How often a run is asked whether it is ready.
const POLL: Duration = Duration::from_millis(50);
/// Lines of the export that are shown, and characters of each.
const SHOWN: (usize, usize) = (4, 150);

/// The id of an alert to show: of a rule that looks back, which has the most to show.
pub(super) async fn sample(owner: &Client) -> anyhow::Result<String> {
    let alerts = alerts(owner).await?;
    let sample = alerts.iter().find(|alert| alert["rule"] == "structuring");
    let sample = sample
        .or(alerts.first())
        .context("no rule found anything")?;
    Ok(sample["id"].as_str().unwrap_or_default().to_owned())
}

/// Prints what was found: alerts by rule, one with its evidence, and the export.
pub(super) async fn found(owner: &Client, sample: &str) -> anyhow::Result<()> {
    counts(&alerts(owner).await?)?;
    evidence(&owner.get(&format!("/v1/alerts/{sample}")).await?)?;
    file(&export(owner).await?)?;
    Ok(())
}

/// All alerts, newest first.
async fn alerts(owner: &Client) -> anyhow::Result<Vec<Value>> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = owner.get(&format!("/v1/alerts?limit=500{cursor}")).await?;
        all.extend(page["items"].as_array().into_iter().flatten().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(all),
        }
    }
}

fn counts(alerts: &[Value]) -> io::Result<()> {
    let mut by_rule: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
    for alert in alerts {
        let text = |member: &str| alert[member].as_str().unwrap_or("-");
        *by_rule
            .entry((text("team"), text("rule"), text("severity")))
            .or_default() += 1;
    }
    print::line(format_args!("\n{} alerts:", alerts.len()))?;
    let heading = ("team", "rule", "severity");
    let rows = by_rule.iter().map(|(row, count)| (*row, count.to_string()));
    for ((team, rule, severity), count) in
        std::iter::once((heading, "alerts".to_owned())).chain(rows)
    {
        print::line(format_args!(
            "  {team:<24}{rule:<26}{severity:<10}{count:>6}"
        ))?;
    }
    Ok(())
}

fn evidence(alert: &Value) -> io::Result<()> {
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    print::line(format_args!(
        "\nOne of them, of customer {}:\n  {}",
        text(&alert["dprofile_id"]),
        text(&alert["title"])
    ))?;
    let finding = &alert["findings"][0];
    print::line(format_args!(
        "  rule {} {}, transaction {}, {} fuel; it saw:",
        text(&finding["rule"]),
        text(&finding["version"]),
        text(&finding["transaction"]),
        print::grouped(finding["fuel"].as_u64().unwrap_or_default())
    ))?;
    for input in finding["evidence"].as_array().into_iter().flatten() {
        print::line(format_args!(
            "    {} = {}",
            text(&input["name"]),
            text(&input["value"])
        ))?;
    }
    Ok(())
}

/// Runs the nightly export now, and answers its file.
async fn export(owner: &Client) -> anyhow::Result<String> {
    let started = owner
        .post(&format!("/v1/exports/{EXPORT}/runs"), &json!({}))
        .await?;
    let run = started
        .location
        .context("the host does not say where the run is")?;
    loop {
        let state = owner.get(&run).await?;
        match state["state"].as_str() {
            Some("ready") => break,
            Some("failed") => bail!("the export failed: {}", state["reason"]),
            _ => tokio::time::sleep(POLL).await,
        }
    }
    let file = owner.fetch(&format!("{run}/file")).await?;
    String::from_utf8(file.into()).context("the export is no text")
}

fn file(text: &str) -> io::Result<()> {
    let rows = text.lines().count().saturating_sub(1);
    print::line(format_args!(
        "\nThe export '{EXPORT}' as the formatter athora-csv writes it, {rows} alerts:"
    ))?;
    let (lines, characters) = SHOWN;
    for line in text.lines().take(lines) {
        let shown: String = line.chars().take(characters).collect();
        print::line(format_args!("  {shown}…"))?;
    }
    Ok(())
}

/// Prints calls to copy, while the host serves at `url`.
pub(super) fn to_try(url: &str, notebook: &Notebook, alert: &str) -> io::Result<()> {
    let team = TeamName::TransactionMonitoring.as_str();
    let notes = &notebook.notes;
    let key = notes.keys.get(team).map_or("", String::as_str);
    let analyst = notes.analyst.as_deref().unwrap_or_default();
    let owner = notes.owner.as_deref().unwrap_or_default();
    let transaction = world::suspicious(notes.next_day, notebook.date_of(notes.next_day));
    if let Some(password) = &notes.password {
        print::line(format_args!(
            r#"
Sign in at {url} with the password {password} as
  {ANALYST:<14}an analyst
  {SUPERVISOR:<14}a supervisor, who sees masked fields and closes what the workflow lets only supervisors close
  {WATCHER:<14}a watcher, who changes nothing
  {OWNER:<14}the administrator, who sets up teams and makes API keys"#
        ))?;
    }
    print::line(format_args!(
        r#"
Try it:

  # post a transaction that raises an alert
  curl -s {url}/v1/transactions -H 'Authorization: Bearer {key}' \
    -H 'Content-Type: application/json' \
    -d '{transaction}'

  # the newest alerts, as an analyst
  curl -s '{url}/v1/alerts?limit=3' -H 'Authorization: Bearer {analyst}'

  # one alert, with its evidence
  curl -s {url}/v1/alerts/{alert} -H 'Authorization: Bearer {analyst}'

  # take it up
  curl -s {url}/v1/alerts/{alert}/transitions -H 'Authorization: Bearer {analyst}' \
    -H 'Content-Type: application/json' -d '{{"to": "in_progress"}}'

  # close it, and say what it was
  curl -s {url}/v1/alerts/{alert}/transitions -H 'Authorization: Bearer {analyst}' \
    -H 'Content-Type: application/json' -d '{{"to": "closed", "outcome": "false_positive"}}'

  # the newest export, as CSV
  curl -s {url}/v1/exports/{EXPORT}/latest -H 'Authorization: Bearer {owner}' | head -n 3

The API is described at {url}/docs

The host goes on serving. Ctrl-C stops it."#
    ))
}
