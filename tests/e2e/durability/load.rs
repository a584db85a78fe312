//! Clients that post without a pause until the host is gone or they are told to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Method;
use serde_json::Value;
use tests::Client;
use tokio::task::JoinHandle;

use super::ledger::SharedLedger;
use crate::payments::{BATCH, POST};

/// Clients that post one at a time.
const SINGLES: u32 = 4;
/// Clients that post batches.
const BATCHES: u32 = 2;
/// Transactions of a batch.
const BATCH_ROWS: usize = 150;

/// Clients at work.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    pub(super) fn start(key: &Client, ledger: &SharedLedger, round: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let clients = (0..SINGLES + BATCHES).map(|client| {
            let poster = Poster {
                key: key.clone(),
                ledger: ledger.clone(),
                round,
                client,
            };
            let stop = stop.clone();
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let posted = if client < SINGLES {
                        poster.single().await
                    } else {
                        poster.batch().await
                    };
                    if posted.is_err() {
                        return;
                    }
                }
            })
        });
        Self {
            clients: clients.collect(),
            stop,
        }
    }

    /// Waits until all clients have noticed that the host is gone, or that they are to end.
    pub(super) async fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.await.expect("a client does not panic");
        }
    }
}

struct Poster {
    key: Client,
    ledger: SharedLedger,
    round: u32,
    client: u32,
}

impl Poster {
    fn next(&self) -> Value {
        let mut ledger = self.ledger.lock().expect("no client panics");
        ledger.send(self.round, self.client)
    }

    fn acknowledge(&self, answer: &[u8]) {
        let answer = serde_json::from_slice(answer).expect("a whole answer");
        let mut ledger = self.ledger.lock().expect("no client panics");
        ledger.acknowledge(&answer);
    }

    async fn single(&self) -> reqwest::Result<()> {
        let request = self.key.request(Method::POST, POST).json(&self.next());
        let response = request.send().await?;
        assert_eq!(response.status(), 201);
        self.acknowledge(&response.bytes().await?);
        Ok(())
    }

    /// Each line counts as soon as it is read.
    async fn batch(&self) -> reqwest::Result<()> {
        let lines = (0..BATCH_ROWS).map(|_| format!("{}\n", self.next()));
        let request = self.key.request(Method::POST, BATCH);
        let request = request.header("content-type", "application/x-ndjson");
        let mut response = request.body(lines.collect::<String>()).send().await?;
        let mut answer = Vec::new();
        while let Some(bytes) = response.chunk().await? {
            answer.extend_from_slice(&bytes);
            while let Some(end) = answer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = answer.drain(..=end).collect();
                self.acknowledge(&line);
            }
        }
        Ok(())
    }
}
