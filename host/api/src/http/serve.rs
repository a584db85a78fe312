//! The loop that takes connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::connection::Connections;
use super::connection::peers::{PeerSlot, Peers};
use super::connection::unread::UnreadAnswers;
use base::condition::Condition;

/// What connections may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// The most at once; more wait to be accepted.
    pub connections: usize,
    /// The most at once from one address; more are closed.
    pub connections_per_peer: usize,
    /// The longest that the head of a request may take, and that a connection of HTTP/1 may be idle.
    pub head: Duration,
    /// The longest that a connection may have no request under way.
    pub idle: Duration,
    /// The longest that an answer may make no progress because the client does not read it.
    pub stalled_answer: Duration,
    /// The longest that a stop waits for requests under way.
    pub stop: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_peer: 1_000,
            head: Duration::from_secs(30),
            idle: Duration::from_secs(120),
            stalled_answer: Duration::from_secs(60),
            stop: Duration::from_secs(30),
        }
    }
}

/// The pause after an error of the listener: mostly there are too many open files, and no use in asking at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

static NOT_ACCEPTED: Condition = Condition::new("no connection can be accepted");
static TOO_MANY_OF_PEER: Condition = Condition::new("an address has as many connections as it may");

/// Serves HTTP/1 and HTTP/2 without TLS until `stop`; then requests under way
/// are answered, and connections closed. The peer's address is in each
/// request's extensions, as [`ConnectInfo`](axum::extract::ConnectInfo). A browser whose address is too long to be read is
/// answered with `long_address`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    long_address: Response,
    stop: CancellationToken,
) {
    let most = limits
        .connections
        .clamp(1, Semaphore::MAX_PERMITS.min(u32::MAX as usize));
    let slots = Arc::new(Semaphore::new(most));
    let peers = Peers::new(limits.connections_per_peer.max(1));
    let unread = UnreadAnswers::new(long_address).await;
    let connections = Connections::new(router, limits, unread);
    while let Some(accepted) = stop
        .run_until_cancelled(accept(&listener, &slots, &peers))
        .await
    {
        let serving = connections
            .clone()
            .serve(accepted.stream, accepted.peer, stop.clone());
        let slots = accepted.slots;
        tokio::spawn(async move {
            serving.await;
            drop(slots);
        });
    }
    drop(listener);
    let all_ended = slots.acquire_many(most as u32);
    if tokio::time::timeout(limits.stop, all_ended).await.is_err() {
        tracing::warn!("some requests were not answered before the stop");
    }
}

/// A connection that counts among all, and among those of its address.
struct Accepted {
    stream: TcpStream,
    peer: SocketAddr,
    slots: (OwnedSemaphorePermit, PeerSlot),
}

/// The next connection, once there is a slot for it.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>, peers: &Peers) -> Accepted {
    let slot = Arc::clone(slots).acquire_owned().await;
    let slot = slot.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                NOT_ACCEPTED.ended();
                let Some(of_peer) = peers.take(peer.ip()) else {
                    TOO_MANY_OF_PEER.holds(peer.ip());
                    continue;
                };
                // Answers are written whole; waiting for more would only delay them.
                let _ = stream.set_nodelay(true);
                return Accepted {
                    stream,
                    peer,
                    slots: (slot, of_peer),
                };
            }
            Err(error) => {
                NOT_ACCEPTED.holds(error);
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
