//! The loop that takes connections.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::Service;

/// What connections may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// The most at once; more wait to be accepted.
    pub connections: usize,
    /// The longest that the head of a request may take, and that a connection of HTTP/1 may be idle.
    pub head: Duration,
    /// The longest that a stop waits for requests under way.
    pub stop: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            head: Duration::from_secs(30),
            stop: Duration::from_secs(30),
        }
    }
}

/// The pause after an error of the listener: mostly there are too many open files, and no use in asking at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How often a silent connection of HTTP/2 is asked whether it is there.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// The most requests at once on one connection of HTTP/2.
const MAX_STREAMS: u32 = 200;
/// The most bytes of a head in HTTP/2.
const MAX_HEAD_BYTES: u32 = 64 * 1024;

/// Serves HTTP/1 and HTTP/2 without TLS until `stop`; then requests under way
/// are answered, and connections closed. The peer's address is in each
/// request's extensions, as [`ConnectInfo`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    stop: CancellationToken,
) {
    let builder = builder(&limits);
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(limits.connections));
    while let Some((stream, peer, slot)) = stop.run_until_cancelled(accept(&listener, &slots)).await
    {
        let asked = Arc::new(AtomicBool::new(false));
        let connection = connection(&builder, stream, peer, router.clone(), asked.clone());
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let _slot = slot;
            tokio::select! {
                ended = connection => {
                    if let Err(error) = ended {
                        tracing::debug!(%peer, error, "a connection ended early");
                    }
                }
                () = silence(limits.head, &asked) => {
                    tracing::debug!(%peer, "a connection asked for nothing");
                }
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.stop, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests were not answered before the stop");
    }
}

/// Ends where no request has come. The first bytes tell HTTP/1 from HTTP/2, and the limit of a head
/// holds only from there on; it is given time to end a head that is under way by an answer.
async fn silence(head: Duration, asked: &AtomicBool) {
    tokio::time::sleep(2 * head).await;
    if asked.load(Ordering::Relaxed) {
        std::future::pending().await
    }
}

fn builder(limits: &ConnectionLimits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_INTERVAL)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEAD_BYTES);
    builder
}

/// The next connection, once there is a slot for it.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, impl Send + use<>) {
    let slot = Arc::clone(slots).acquire_owned().await;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are written whole; waiting for more would only delay them.
                let _ = stream.set_nodelay(true);
                return (stream, peer, slot);
            }
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn connection(
    builder: &Builder<TokioExecutor>,
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    asked: Arc<AtomicBool>,
) -> impl hyper_util::server::graceful::GracefulConnection<
    Error = Box<dyn std::error::Error + Send + Sync>,
> + Send
+ use<> {
    let service = service_fn(move |request: Request<Incoming>| {
        asked.store(true, Ordering::Relaxed);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut router = router.clone();
        async move { Ok::<_, Infallible>(into_ok(router.call(request).await)) }
    });
    builder
        .serve_connection(TokioIo::new(stream), service)
        .into_owned()
}

fn into_ok<T>(result: Result<T, Infallible>) -> T {
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}
