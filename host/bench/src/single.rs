//! Transactions one at a time, durable, with five live rules, beside the bare framework.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::post;
use bytes::Bytes;
use tokio::net::TcpListener;

use super::figure::{Figure, Target};
use super::host::ServedHost;
use super::load::{self, Load, Posting};
use super::measure::median;
use super::tenant::Tenant;
use super::{Setting, measure, runtime};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 5;

pub(super) fn measure(setting: &Setting) -> anyhow::Result<Vec<Figure>> {
    let runtime = runtime()?;
    let host = ServedHost::start(&setting.folder("single")?)?;
    let tenant = runtime.block_on(async {
        let tenant = Tenant::create(&host.client()?, "bench").await?;
        tenant.install_rules(&setting.plugins).await?;
        anyhow::Ok(tenant)
    })?;
    let posting = Posting {
        address: host.address()?,
        key: tenant.key().to_owned(),
        connections: CONNECTIONS,
        time: Duration::from_millis(setting.amount(4_000)),
    };
    let answer = runtime.block_on(load::post_one(&posting, 0))?;
    let bare = Posting {
        address: runtime.block_on(serve_bare(answer.into()))?,
        ..posting.clone()
    };
    let next = Arc::new(AtomicU64::new(1));
    // Code, caches and connections are warm before anything counts.
    load::post(&posting, &next)?;

    let (mut ours, mut bares): (Vec<Load>, Vec<Load>) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(load::post(&posting, &next)?);
        bares.push(load::post(&bare, &next)?);
    }
    host.stop()?;

    let of = |loads: &[Load], get: fn(&Load) -> f64| median(loads.iter().map(get).collect());
    let rate = |loads: &[Load]| of(loads, |load| load.rate);
    let nanos = |loads: &[Load], get: fn(&Load) -> Duration| {
        median(
            loads
                .iter()
                .map(|load| get(load).as_nanos() as f64)
                .collect(),
        )
    };
    let p99 = nanos(&ours, |load| load.p99);
    Ok(vec![
        Figure {
            what: format!(
                "single: transactions posted one at a time, {CONNECTIONS} connections, five live rules, durable"
            ),
            measured: format!("{:.0} a second", rate(&ours)),
            yardstick: format!(
                "{:.0} a second of the bare framework with the same answer",
                rate(&bares)
            ),
            value: rate(&ours) / rate(&bares),
            target: Target::AtLeast(0.25, "of its rate"),
        },
        Figure {
            what: "single: until a transaction is answered, 99 of 100".to_owned(),
            measured: format!(
                "{}, median {}",
                measure::shown(p99),
                measure::shown(nanos(&ours, |load| load.median))
            ),
            yardstick: format!(
                "{} of the bare framework",
                measure::shown(nanos(&bares, |load| load.p99))
            ),
            value: p99 / 1e6,
            target: Target::AtMost(25.0, "ms"),
        },
    ])
}

/// The framework alone: it reads the body and answers the same bytes.
async fn serve_bare(answer: Bytes) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let handler = async move |_body: Bytes| {
        let json = [(header::CONTENT_TYPE, "application/json")];
        (StatusCode::CREATED, json, answer)
    };
    let router = Router::new().route("/v1/transactions", post(handler));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}
