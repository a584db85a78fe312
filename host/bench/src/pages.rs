//! Pages as analysts open them, with a million alerts: how soon they begin to arrive, and how large they are.

use std::collections::BTreeSet;
use std::time::Instant;

use anyhow::{Context, ensure};
use reqwest::header::{ACCEPT_ENCODING, COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use serde_json::json;

use super::alerts::fill;
use super::figure::{Figure, Target};
use super::host::ServedHost;
use super::tenant::Tenant;
use super::{Setting, runtime};
use console::client::Client;

/// How often each page is opened.
const VIEWS: usize = 200;
/// Alerts that are made with one batch of transactions.
const BATCH: u64 = 20_000;
/// Alerts that are due at some time.
const DATED: u64 = 10_000;
/// A password that people may choose.
const PASSWORD: &str = "correct horse battery";

pub(super) fn measure(setting: &Setting) -> anyhow::Result<Vec<Figure>> {
    let many = setting.amount(1_000_000);
    let folder = setting.folder("pages")?;
    let host = ServedHost::start(&folder)?;
    let figures = runtime()?.block_on(async {
        let tenant = Tenant::create(&host.client()?, "bench").await?;
        let rule = setting.plugins.component("large-amount")?;
        tenant.install("large-amount", rule).await?;
        let mut at = 0;
        while at < many {
            let next = (at + BATCH).min(many);
            fill(&tenant.poster(), at..next).await?;
            at = next;
        }
        let client = tenant.client();
        set_due_dates(tenant.client(), setting.amount(DATED)).await?;
        let analyst =
            json!({ "login": "analyst", "password": PASSWORD, "scopes": ["AML Analyst"] });
        client.post("/v1/users", &analyst).await?;
        let one = client.get("/v1/alerts?state=open&limit=1").await?;
        let alert = one["items"][0]["id"].as_str().context("there are alerts")?;
        let browser = Browser::sign_in(&format!("http://{}", host.address()?)).await?;
        let pages = [
            ("the queue", "/alerts".to_owned()),
            ("the queue, overdue", "/alerts?view=overdue".to_owned()),
            (
                "the queue, by words",
                "/alerts?view=all&q=customer-7".to_owned(),
            ),
            (
                "an alert of the queue",
                format!("/alerts/{alert}?view=open"),
            ),
        ];
        let mut figures = Vec::new();
        for (name, path) in &pages {
            figures.extend(browser.times(name, path, many).await?);
        }
        figures.extend(browser.sizes().await?);
        anyhow::Ok(figures)
    })?;
    host.stop()?;
    Ok(figures)
}

/// Gives alerts due dates, most of them in the past.
async fn set_due_dates(client: &Client, many: u64) -> anyhow::Result<()> {
    let mut path = "/v1/alerts?limit=500".to_owned();
    let mut number = 0;
    while number < many {
        let page = client.get(&path).await?;
        let items = page["items"].as_array().context("a page of alerts")?;
        for alert in items {
            let id = alert["id"].as_str().context("an alert has an id")?;
            let year = if number % 10 == 0 { 2100 } else { 2025 };
            let (month, day, hour) = (number % 12 + 1, number % 28 + 1, number % 23);
            let due = format!("{year}-{month:02}-{day:02}T{hour:02}:30:00Z");
            let change = json!({ "due_date": due });
            client.patch(&format!("/v1/alerts/{id}"), &change).await?;
            number += 1;
        }
        let next = page["next_cursor"].as_str().context("more alerts")?;
        path = format!("/v1/alerts?limit=500&cursor={next}");
    }
    Ok(())
}

/// A browser in which an analyst is signed in.
struct Browser {
    http: reqwest::Client,
    base: String,
    cookie: String,
}

impl Browser {
    async fn sign_in(base: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .redirect(Policy::none())
            .build()?;
        let sent = http
            .post(format!("{base}/sign-in"))
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!(
                "login=analyst&password={}",
                PASSWORD.replace(' ', "+")
            ));
        let answer = sent.send().await?;
        ensure!(
            answer.headers().contains_key(LOCATION),
            "the analyst cannot sign in"
        );
        let cookie = answer
            .headers()
            .get(SET_COOKIE)
            .context("no cookie is set")?;
        let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
        Ok(Self {
            http,
            base: base.to_owned(),
            cookie: pair.to_owned(),
        })
    }

    async fn open(&self, path: &str, encoding: &str) -> anyhow::Result<reqwest::Response> {
        let request = self.http.get(format!("{}{path}", self.base));
        let request = request
            .header(COOKIE, &self.cookie)
            .header(ACCEPT_ENCODING, encoding);
        let answer = request.send().await?;
        ensure!(
            answer.status().is_success(),
            "{path} answers {}",
            answer.status()
        );
        Ok(answer)
    }

    /// How soon a page begins to arrive: the median, and that of 99 in 100.
    async fn times(&self, name: &str, path: &str, many: u64) -> anyhow::Result<[Figure; 2]> {
        let mut millis = Vec::with_capacity(VIEWS);
        for _ in 0..VIEWS {
            let begun = Instant::now();
            let answer = self.open(path, "gzip").await?;
            millis.push(1e3 * begun.elapsed().as_secs_f64());
            answer.bytes().await?;
        }
        millis.sort_by(f64::total_cmp);
        let figure = |what: &str, value: f64, most: f64| Figure {
            what: format!("pages: {name}, first byte, {what} of {VIEWS}, with {many} alerts"),
            measured: format!("{value:.1} ms"),
            yardstick: String::new(),
            value,
            target: Target::AtMost(most, "ms"),
        };
        Ok([
            figure("median", millis[VIEWS / 2], 30.0),
            figure("99 in 100", millis[VIEWS * 99 / 100], 100.0),
        ])
    }

    /// How large the queue is with what it loads, and how many requests that takes.
    async fn sizes(&self) -> anyhow::Result<Vec<Figure>> {
        let queue = self.open("/alerts", "identity").await?.text().await?;
        let assets = queue.split("=\"/assets/").skip(1);
        let assets = assets.filter_map(|rest| rest.split('"').next());
        let assets: BTreeSet<&str> = assets.collect();
        let (mut scripts, mut styles) = (0, 0);
        for asset in &assets {
            let packed = self.open(&format!("/assets/{asset}"), "gzip").await?;
            let bytes = packed.bytes().await?.len();
            match asset.rsplit('.').next() {
                Some("js") => scripts += bytes,
                Some("css") => styles += bytes,
                _ => {}
            }
        }
        let size = |what: &str, bytes: usize, most: f64| {
            let value = bytes as f64 / 1024.0;
            Figure {
                what: format!("pages: {what}"),
                measured: format!("{value:.1} KiB"),
                yardstick: String::new(),
                value,
                target: Target::AtMost(most, "KiB"),
            }
        };
        let requests = assets.len() + 1;
        Ok(vec![
            size("scripts, packed", scripts, 28.0),
            size("styles, packed", styles, 12.0),
            size("the queue, not packed", queue.len(), 80.0),
            Figure {
                what: "pages: requests of a first view".to_owned(),
                measured: requests.to_string(),
                yardstick: String::new(),
                value: requests as f64,
                target: Target::AtMost(12.0, "requests"),
            },
        ])
    }
}
