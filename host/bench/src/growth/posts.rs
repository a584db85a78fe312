//! Transactions posted one at a time over some connections, each with the time until its answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use axum::http::StatusCode;
use tokio::task::JoinHandle;

use super::super::load::Connection;
use super::grown::Grown;
use super::rows::{Punctuality, Rows};

/// Few enough that a post waits for the host rather than for other posts.
const CONNECTIONS: usize = 4;
/// A host that accepts nothing for so long is given up.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// Until a post that was not accepted is sent again; that time is part of its wait.
const PAUSE: Duration = Duration::from_millis(2);

/// One accepted post.
#[derive(Clone, Copy, Debug)]
pub(super) struct Post {
    pub(super) is_late: bool,
    /// From its first sending until it was accepted.
    pub(super) took: Duration,
}

/// Connections that post until they are told to stop.
pub(super) struct Posts {
    stop: Arc<AtomicBool>,
    connections: Vec<JoinHandle<anyhow::Result<Vec<Post>>>>,
}

impl Posts {
    /// Begins to post the transactions that follow the plan's.
    pub(super) fn start(grown: &Grown, punctuality: Punctuality) -> anyhow::Result<Self> {
        let stop = Arc::<AtomicBool>::default();
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut poster = Poster::of(grown, punctuality)?;
            let stop = stop.clone();
            connections.push(tokio::spawn(async move {
                let mut posts = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    posts.push(poster.post().await?);
                }
                Ok(posts)
            }));
        }
        Ok(Self { stop, connections })
    }

    /// Ends it, and returns all posts.
    pub(super) async fn stop(self) -> anyhow::Result<Vec<Post>> {
        self.stop.store(true, Ordering::Relaxed);
        let mut posts = Vec::new();
        for connection in self.connections {
            posts.append(&mut connection.await??);
        }
        Ok(posts)
    }

    /// Posts for some time.
    pub(super) async fn during(
        grown: &Grown,
        punctuality: Punctuality,
        time: Duration,
    ) -> anyhow::Result<Vec<Post>> {
        let posts = Self::start(grown, punctuality)?;
        tokio::time::sleep(time).await;
        posts.stop().await
    }
}

/// One connection, opened anew whenever a post on it fails.
pub(super) struct Poster {
    address: SocketAddr,
    key: String,
    rows: Arc<Rows>,
    next: Arc<AtomicU64>,
    punctuality: Punctuality,
    connection: Option<Connection>,
}

impl Poster {
    /// Posts the transactions that follow the plan's.
    pub(super) fn of(grown: &Grown, punctuality: Punctuality) -> anyhow::Result<Self> {
        Ok(Self {
            address: grown.host.address()?,
            key: grown.tenant.key().to_owned(),
            rows: grown.rows.clone(),
            next: grown.next.clone(),
            punctuality,
            connection: None,
        })
    }

    /// Posts one transaction, again and again until the host accepts it.
    ///
    /// # Errors
    /// Returns the last failure if the host accepts nothing for a quarter of an hour.
    pub(super) async fn post(&mut self) -> anyhow::Result<Post> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let sent = Instant::now();
        loop {
            match self.try_once(number).await {
                Ok(()) => {
                    return Ok(Post {
                        is_late: Rows::is_late(number, self.punctuality),
                        took: sent.elapsed(),
                    });
                }
                Err(error) if sent.elapsed() > LONGEST_WAIT => {
                    return Err(error).context("the host accepts no transactions");
                }
                Err(_) => {
                    self.connection = None;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn try_once(&mut self, number: u64) -> anyhow::Result<()> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(Connection::open(self.address, &self.key).await?),
        };
        let (rows, punctuality) = (&self.rows, self.punctuality);
        let status = connection
            .send(|body| rows.write(body, number, punctuality))
            .await?;
        match status {
            // 200 says that the post before this one was accepted, though its answer was lost.
            StatusCode::CREATED | StatusCode::OK => Ok(()),
            other => bail!("the host answered {other}"),
        }
    }
}

/// The milliseconds within which so many hundredths of the posts were answered; 100 for the longest.
pub(super) fn percentile<'p>(posts: impl IntoIterator<Item = &'p Post>, hundredths: usize) -> f64 {
    let mut times: Vec<Duration> = posts.into_iter().map(|post| post.took).collect();
    times.sort_unstable();
    let place = times.len().saturating_sub(1) * hundredths / 100;
    times
        .get(place)
        .map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_all_posts() {
        let posts: Vec<Post> = (1..=101)
            .rev()
            .map(|millis| Post {
                is_late: false,
                took: Duration::from_millis(millis),
            })
            .collect();
        for (hundredths, expected) in [(0, 1.0), (50, 51.0), (99, 100.0), (100, 101.0)] {
            assert_eq!(percentile(&posts, hundredths), expected);
        }
        assert!(percentile(&[], 50).is_nan());
    }
}
