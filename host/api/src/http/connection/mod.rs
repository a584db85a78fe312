//! One connection: how long it may be silent, idle, or leave an answer unread.
//!
//! - [`activity`] notes what happens on it;
//! - [`exchange`] notes it for one request and its answer;
//! - [`stalled`] ends writes that make no progress;
//! - [`unread`] gives the answers a body that are given without asking anybody;
//! - [`peers`] counts connections by address.

mod activity;
mod exchange;
pub(super) mod peers;
mod stalled;
pub(super) mod unread;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::Service;

use super::serve::ConnectionLimits;
use activity::{Activity, Over};
use exchange::Exchange;
use stalled::Progressing;
use unread::{Spoken, UnreadAnswers};

/// How often a silent connection of HTTP/2 is asked whether it is there.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// The most requests at once on one connection of HTTP/2.
const MAX_STREAMS: u32 = 200;
/// The most bytes of a head in HTTP/2.
const MAX_HEAD_BYTES: u32 = 64 * 1024;
/// How long a connection that is told to end may take for it.
const FAREWELL: Duration = Duration::from_secs(5);

/// Serves connections. Clones are the same.
#[derive(Clone)]
pub(super) struct Connections {
    builder: Builder<TokioExecutor>,
    router: Router,
    limits: ConnectionLimits,
    unread: Arc<UnreadAnswers>,
}

impl Connections {
    pub(super) fn new(router: Router, limits: ConnectionLimits, unread: UnreadAnswers) -> Self {
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
        Self {
            builder,
            router,
            limits,
            unread: Arc::new(unread),
        }
    }

    /// Serves a connection to its end. After `stop` requests under way are still answered.
    pub(super) async fn serve(self, stream: TcpStream, peer: SocketAddr, stop: CancellationToken) {
        let activity = Arc::new(Activity::new());
        let io = Progressing::new(stream, activity.clone(), self.limits.stalled_answer);
        let io = Spoken::new(io, activity.clone(), self.unread);
        let service = service_fn({
            let activity = activity.clone();
            let router = self.router;
            move |request: Request<Incoming>| {
                let exchange = Exchange::begin(activity.clone());
                let mut request = request.map(|body| Body::new(exchange.request(body)));
                request.extensions_mut().insert(ConnectInfo(peer));
                let mut router = router.clone();
                async move {
                    let response = into_ok(router.call(request).await);
                    Ok::<Response<Body>, Infallible>(response.map(|body| exchange.answer(body)))
                }
            }
        });
        let mut connection = pin!(self.builder.serve_connection(TokioIo::new(io), service));
        let mut is_ending = false;
        loop {
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(%peer, error, "a connection ended early");
                    }
                    return;
                }
                () = stop.cancelled(), if !is_ending => {
                    connection.as_mut().graceful_shutdown();
                    is_ending = true;
                }
                over = activity.over(&self.limits) => {
                    if over != Over::Idle {
                        tracing::debug!(%peer, ?over, "a connection was ended");
                        return;
                    }
                    // The client is told, so that it does not send a request meanwhile.
                    connection.as_mut().graceful_shutdown();
                    let _ = tokio::time::timeout(FAREWELL, connection).await;
                    return;
                }
            }
        }
    }
}

fn into_ok<T>(result: Result<T, Infallible>) -> T {
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}
