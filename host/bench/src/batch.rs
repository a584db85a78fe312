//! Transactions in batches, durable, with five live rules, beside parsing and writing them alone.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::ensure;
use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::response::IntoResponse;
use axum::routing::post;
use bytes::Bytes;
use futures::StreamExt;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use super::figure::{Figure, Target};
use super::host::ServedHost;
use super::tenant::Tenant;
use super::{Setting, measure, runtime, workload};
use console::client::Client;
use ingest::BatchFormat;

const ROUNDS: u64 = 5;
/// Rows that the yardstick syncs at once.
const GROUP: usize = 4_096;

pub(super) fn measure(setting: &Setting) -> anyhow::Result<Vec<Figure>> {
    let runtime = runtime()?;
    let folder = setting.folder("batch")?;
    let host = ServedHost::start(&folder)?;
    let rows = setting.amount(200_000);
    let (ours, raw) = runtime.block_on(async {
        let tenant = Tenant::create(&host.client()?, "bench").await?;
        tenant.install_rules(&setting.plugins).await?;
        let (poster, bare) = (tenant.poster(), serve_bare(&folder.join("raw")).await?);
        let (mut ours, mut raw) = (Vec::new(), Vec::new());
        send(&poster, &body(0, rows / 10)).await?;
        for round in 1..=ROUNDS {
            let body = body(round * rows, rows);
            ours.push(rows as f64 / send(&poster, &body).await?);
            raw.push(rows as f64 / send(&bare, &body).await?);
        }
        anyhow::Ok((measure::median(ours), measure::median(raw)))
    })?;
    host.stop()?;
    Ok(vec![Figure {
        what: format!("batch: NDJSON of {rows} transactions, five live rules, durable"),
        measured: format!("{ours:.0} transactions a second"),
        yardstick: format!(
            "{raw:.0} a second read by the bare framework, parsed, appended to a file and synced ({:.2} of it)",
            ours / raw
        ),
        value: ours,
        target: Target::AtLeast(40_000.0, "transactions a second"),
    }])
}

/// So many payloads, one on each line.
pub(super) fn body(first: u64, rows: u64) -> Bytes {
    let mut body = String::new();
    for number in first..first + rows {
        workload::write_payload(&mut body, number);
        body.push('\n');
    }
    body.into()
}

/// Sends a batch, and answers the seconds until all of it was answered.
pub(super) async fn send(client: &Client, body: &Bytes) -> anyhow::Result<f64> {
    let rows = memchr::memchr_iter(b'\n', body).count();
    let begun = Instant::now();
    let answer = client
        .upload(
            "/v1/transactions/batch",
            "application/x-ndjson",
            body.clone(),
        )
        .await?;
    let seconds = begun.elapsed().as_secs_f64();
    let accepted = format!("\"accepted\":{rows},");
    ensure!(
        memchr::memmem::find(&answer.body, accepted.as_bytes()).is_some(),
        "not all transactions of the batch were accepted"
    );
    Ok(seconds)
}

/// A payload as the yardstick reads it.
#[derive(Deserialize, Serialize)]
struct Parsed<'p> {
    txn_id: &'p str,
    customer_id: &'p str,
    date_time: &'p str,
    amount: f64,
    currency: &'p str,
    country: &'p str,
    counterparty: &'p str,
    channel: &'p str,
    txn_type: &'p str,
    description: &'p str,
    merchant_category: i64,
    is_recurring: bool,
    booked_at: &'p str,
}

/// The framework alone: each line is parsed and appended to a file, which is synced now and then.
async fn serve_bare(file: &Path) -> anyhow::Result<Client> {
    let file = Arc::new(Mutex::new(File::create(file)?));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let handler = async move |body: Body| match append(body, &file).await {
        Ok(accepted) => format!("{{\"accepted\":{accepted},}}").into_response(),
        Err(error) => error.to_string().into_response(),
    };
    let router = Router::new()
        .route("/v1/transactions/batch", post(handler))
        .layer(DefaultBodyLimit::disable());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Client::new(&url, "")
}

async fn append(body: Body, file: &Mutex<File>) -> anyhow::Result<usize> {
    let mut reader = BatchFormat::Ndjson.reader(1 << 20);
    let (mut items, mut accepted) = (Vec::new(), 0);
    let mut stream = body.into_data_stream();
    let mut group = Vec::new();
    let mut rows = 0;
    while let Some(bytes) = stream.next().await {
        reader.feed(bytes?, &mut items);
        for item in items.drain(..) {
            if let Ok(ingest::Payload::Json(text)) = item.payload {
                let parsed: Parsed<'_> = serde_json::from_slice(&text)?;
                group = postcard::to_extend(&parsed, group)?;
                rows += 1;
            }
        }
        if rows >= GROUP {
            accepted += write(file, &mut group, &mut rows)?;
        }
    }
    Ok(accepted + write(file, &mut group, &mut rows)?)
}

fn write(file: &Mutex<File>, group: &mut Vec<u8>, rows: &mut usize) -> anyhow::Result<usize> {
    let mut file = file.lock();
    file.write_all(group)?;
    file.sync_data()?;
    group.clear();
    Ok(std::mem::take(rows))
}
