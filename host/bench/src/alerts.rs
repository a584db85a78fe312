//! Alerts over HTTP: made, changed, listed and closed, with few of them and with many.

use std::fmt::Write;
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use serde_json::{Value, json};

use super::figure::{Figure, Target};
use super::host::ServedHost;
use super::tenant::Tenant;
use super::{Setting, measure, runtime};
use console::client::Client;

/// With how many alerts each figure is measured first.
const FEW: u64 = 1_000;
/// How often each call is made, for its median.
const CALLS: u64 = 300;
/// Alerts that are made with one batch of transactions.
const BATCH: u64 = 20_000;
/// Alerts that are closed with one call.
const CLOSED: u64 = 10_000;

/// Lists as analysts open them.
const LISTS: [&str; 6] = [
    "",
    "?state=open&severity=high",
    "?dprofile_id=customer-7&state=open",
    "?txn_id=alert-000000000777",
    "?q=large%20eur&label=watched",
    "?state=open&sort=-priority",
];

pub(super) fn measure(setting: &Setting) -> anyhow::Result<Vec<Figure>> {
    let many = setting.amount(1_000_000);
    let runtime = runtime()?;
    let folder = setting.folder("alerts")?;
    let host = ServedHost::start(&folder)?;
    let (few, much, tenant) = runtime.block_on(async {
        let tenant = Tenant::create(&host.client()?, "bench").await?;
        let rule = setting.plugins.component("large-amount")?;
        tenant.install("large-amount", rule).await?;
        fill(&tenant.poster(), 0..FEW).await?;
        let few = Medians::of(tenant.client()).await?;
        let mut at = FEW;
        while at < many {
            let next = (at + BATCH).min(many);
            fill(&tenant.poster(), at..next).await?;
            at = next;
        }
        let much = Medians::of(tenant.client()).await?;
        anyhow::Ok((few, much, tenant))
    })?;
    let closed = runtime.block_on(close(tenant.client()))?;
    let token = tenant.client().clone();
    host.stop()?;
    let host = ServedHost::start(&folder)?;
    let again = token.at(&host.client()?);
    let poster = tenant.poster().at(&host.client()?);
    let begun = Instant::now();
    let list = runtime.block_on(again.get("/v1/alerts"))?;
    let first = begun.elapsed();
    let searched = match list["incomplete"]["searched"].as_u64() {
        Some(searched) => format!("of {searched} alerts"),
        None => "of all".to_owned(),
    };
    let slowest = runtime.block_on(post_until_whole(&again, &poster, many))?;
    let whole = begun.elapsed();
    host.stop()?;

    let flat = |what: &str, few: f64, much: f64| Figure {
        what: format!("alerts: {what}, median of {CALLS} calls, with {many} alerts"),
        measured: measure::shown(much),
        yardstick: format!(
            "{} with {FEW} ({:.2} times)",
            measure::shown(few),
            much / few
        ),
        value: much / few,
        target: Target::AtMost(2.0, "times"),
    };
    let mut figures = vec![
        flat("one made by hand", few.made, much.made),
        flat("one changed", few.changed, much.changed),
    ];
    for (list, (few, much)) in LISTS.iter().zip(few.lists.iter().zip(&much.lists)) {
        figures.push(flat(
            &format!("first page of /v1/alerts{list}"),
            *few,
            *much,
        ));
    }
    figures.push(Figure {
        what: format!("alerts: {CLOSED} closed with one call, among {many}"),
        measured: format!("{:.1} s", closed.as_secs_f64()),
        yardstick: String::new(),
        value: closed.as_secs_f64(),
        target: Target::AtMost(10.0, "s"),
    });
    figures.push(Figure {
        what: format!("alerts: the first list after a start, with {many}"),
        measured: format!("{:.1} s, {searched}", first.as_secs_f64()),
        yardstick: String::new(),
        value: first.as_secs_f64(),
        target: Target::AtMost(2.0, "s"),
    });
    figures.push(Figure {
        what: format!("alerts: from a start until all {many} are found"),
        measured: format!("{:.1} s", whole.as_secs_f64()),
        yardstick: String::new(),
        value: whole.as_secs_f64(),
        target: Target::None,
    });
    figures.push(Figure {
        what: "alerts: the slowest post of one transaction meanwhile".to_owned(),
        measured: format!("{:.1} ms", 1e3 * slowest.as_secs_f64()),
        yardstick: String::new(),
        value: 1e3 * slowest.as_secs_f64(),
        target: Target::AtMost(100.0, "ms"),
    });
    Ok(figures)
}

/// Nanoseconds of each call.
struct Medians {
    made: f64,
    changed: f64,
    lists: Vec<f64>,
}

impl Medians {
    async fn of(client: &Client) -> anyhow::Result<Self> {
        let new = json!({
            "team": "bench", "title": "Made by hand", "incident_type": "other",
            "dprofile_id": "customer-7", "labels": ["watched"],
        });
        let made = median(async |_| client.post("/v1/alerts", &new).await.map(drop)).await?;
        let one = client.get("/v1/alerts?limit=1").await?;
        let id = one["items"][0]["id"].as_str().context("there are alerts")?;
        let path = format!("/v1/alerts/{id}");
        let changed = median(async |call| {
            let title = json!({ "title": format!("Changed {call}") });
            client.patch(&path, &title).await.map(drop)
        });
        let changed = changed.await?;
        let mut lists = Vec::new();
        for list in LISTS {
            let path = format!("/v1/alerts{list}");
            lists.push(median(async |_| client.get(&path).await.map(drop)).await?);
        }
        Ok(Self {
            made,
            changed,
            lists,
        })
    }
}

async fn median(mut call: impl AsyncFnMut(u64) -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let mut nanos = Vec::new();
    for number in 0..CALLS {
        let begun = Instant::now();
        call(number).await?;
        nanos.push(begun.elapsed().as_nanos() as f64);
    }
    Ok(measure::median(nanos))
}

/// Posts transactions that each lead to an alert.
pub(super) async fn fill(poster: &Client, numbers: std::ops::Range<u64>) -> anyhow::Result<()> {
    let mut body = String::new();
    for number in numbers {
        let customer = number % 50_000;
        // Writing to a String cannot fail.
        let _ = writeln!(
            body,
            "{{\"txn_id\":\"alert-{number:012}\",\"customer_id\":\"customer-{customer}\",\"date_time\":\"2026-03-01T10:00:00Z\",\
             \"amount\":12500.0,\"currency\":\"EUR\",\"country\":\"BE\",\"counterparty\":\"NL00BANK1\",\"channel\":\"card\",\
             \"txn_type\":\"transfer\",\"description\":\"\",\"merchant_category\":1,\"is_recurring\":false,\
             \"booked_at\":\"2026-03-01T10:00:00Z\"}}",
        );
    }
    let sent = poster.upload(
        "/v1/transactions/batch",
        "application/x-ndjson",
        Bytes::from(body),
    );
    sent.await.map(drop)
}

/// Posts transactions that each lead to an alert, one after another, until all alerts are found; answers how long the
/// slowest took.
async fn post_until_whole(client: &Client, poster: &Client, from: u64) -> anyhow::Result<Duration> {
    let mut slowest = Duration::ZERO;
    for number in from.. {
        let begun = Instant::now();
        fill(poster, number..number + 1).await?;
        slowest = slowest.max(begun.elapsed());
        let ready = client.get("/readyz").await?;
        if ready["alert_indexes"].is_null() {
            break;
        }
    }
    Ok(slowest)
}

/// Closes many alerts with one call, and answers how long it took until all were closed.
async fn close(client: &Client) -> anyhow::Result<Duration> {
    let mut alerts = Vec::new();
    let mut path = "/v1/alerts?state=open&limit=500".to_owned();
    while (alerts.len() as u64) < CLOSED {
        let page = client.get(&path).await?;
        let items = page["items"].as_array().context("a page of alerts")?;
        alerts.extend(items.iter().map(|alert| alert["id"].clone()));
        let next = page["next_cursor"].as_str().context("more alerts")?;
        path = format!("/v1/alerts?state=open&limit=500&cursor={next}");
    }
    alerts.truncate(CLOSED as usize);
    let begun = Instant::now();
    let bulk = json!({ "alerts": alerts, "change": { "to": "closed" } });
    let bulk = client.post("/v1/alerts/bulk", &bulk).await?;
    let place = bulk.location.context("a place to look")?;
    loop {
        let state: Value = client.get(&place).await?;
        if state["state"] == "done" {
            anyhow::ensure!(state["failed"] == 0, "not all were closed: {state}");
            return Ok(begun.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
