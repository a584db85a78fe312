//! Many connections that each post one transaction after the other.
//!
//! It runs on the cores that it measures, so it does as little as it can: one
//! thread, HTTP/1.1 by hand.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use axum::http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::workload;

/// What to send, where.
#[derive(Clone)]
pub(super) struct Posting {
    pub(super) address: SocketAddr,
    /// The key of a team.
    pub(super) key: String,
    pub(super) connections: usize,
    pub(super) time: Duration,
}

/// What came of it.
pub(super) struct Load {
    /// Answers in a second.
    pub(super) rate: f64,
    pub(super) median: Duration,
    pub(super) p99: Duration,
}

/// Posts transactions, numbered on from `next`, for some time.
///
/// # Errors
/// Where one of them is not answered with 201.
pub(super) fn post(posting: &Posting, next: &Arc<AtomicU64>) -> anyhow::Result<Load> {
    let (posting, next) = (posting.clone(), next.clone());
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        runtime.block_on(post_at_once(&posting, &next))
    });
    thread
        .join()
        .map_err(|_| anyhow::anyhow!("the load generator panicked"))?
}

/// The body of one answer.
///
/// # Errors
/// Where it is not answered with 201.
pub(super) async fn post_one(posting: &Posting, number: u64) -> anyhow::Result<Vec<u8>> {
    let mut connection = Connection::open(posting.address, &posting.key).await?;
    connection
        .post(|body| workload::write_payload(body, number))
        .await?;
    Ok(connection.answer.split_off(connection.body_at))
}

async fn post_at_once(posting: &Posting, next: &Arc<AtomicU64>) -> anyhow::Result<Load> {
    let mut connections = Vec::new();
    for _ in 0..posting.connections {
        connections.push(Connection::open(posting.address, &posting.key).await?);
    }
    let begun = Instant::now();
    let until = begun + posting.time;
    let posting = connections.into_iter().map(|mut connection| {
        let next = next.clone();
        async move {
            let mut times = Vec::new();
            loop {
                let sent = Instant::now();
                if sent >= until {
                    return anyhow::Ok(times);
                }
                let number = next.fetch_add(1, Ordering::Relaxed);
                connection
                    .post(|body| workload::write_payload(body, number))
                    .await?;
                times.push(sent.elapsed());
            }
        }
    });
    let times = futures::future::try_join_all(posting).await?;
    let took = begun.elapsed();
    let mut times = times.concat();
    times.sort_unstable();
    let at = |hundredths: usize| times[(times.len() - 1) * hundredths / 100];
    Ok(Load {
        rate: times.len() as f64 / took.as_secs_f64(),
        median: at(50),
        p99: at(99),
    })
}

/// One connection, which posts one transaction at a time.
pub(super) struct Connection {
    stream: TcpStream,
    /// All of the head but the body's length.
    head: String,
    body: String,
    request: String,
    answer: Vec<u8>,
    /// Where the body of the answer begins.
    body_at: usize,
}

impl Connection {
    /// Connects to a host, as the holder of a team's key.
    pub(super) async fn open(address: SocketAddr, key: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let head = format!(
            "POST /v1/transactions HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\naccept: application/json\r\ncontent-length: "
        );
        Ok(Self {
            stream,
            head,
            body: String::new(),
            request: String::new(),
            answer: Vec::new(),
            body_at: 0,
        })
    }

    async fn post(&mut self, write: impl FnOnce(&mut String)) -> anyhow::Result<()> {
        match self.send(write).await? {
            StatusCode::CREATED => Ok(()),
            _ => bail!(
                "a transaction was not accepted: {}",
                String::from_utf8_lossy(&self.answer)
            ),
        }
    }

    /// Posts the transaction that `write` writes, and returns the status of the answer.
    pub(super) async fn send(
        &mut self,
        write: impl FnOnce(&mut String),
    ) -> anyhow::Result<StatusCode> {
        use std::fmt::Write;
        self.body.clear();
        write(&mut self.body);
        self.request.clear();
        // Writing to a String cannot fail.
        let _ = write!(
            self.request,
            "{}{}\r\n\r\n{}",
            self.head,
            self.body.len(),
            self.body
        );
        self.stream.write_all(self.request.as_bytes()).await?;
        self.answer.clear();
        while !self.is_answered()? {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                bail!("the host closed a connection");
            }
        }
        let status = self.answer.strip_prefix(b"HTTP/1.1 ");
        let status = status.and_then(|status| status.get(..3));
        StatusCode::from_bytes(status.context("an answer without a status")?)
            .context("an answer with a status that is none")
    }

    /// Whether all of the answer is there.
    fn is_answered(&mut self) -> anyhow::Result<bool> {
        let Some(end) = memchr::memmem::find(&self.answer, b"\r\n\r\n") else {
            return Ok(false);
        };
        self.body_at = end + 4;
        let head = std::str::from_utf8(&self.answer[..end])?;
        let length = head
            .split("\r\n")
            .find_map(|line| line.strip_prefix("content-length: "))
            .context("an answer without a length")?;
        Ok(self.answer.len() >= self.body_at + length.parse::<usize>()?)
    }
}
