//! Answers that nobody reads.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::routing::{get, post};
use bytes::Bytes;
use futures::StreamExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::http::serve::{ConnectionLimits, serve};

const STALLED: Duration = Duration::from_millis(300);
const PATIENCE: Duration = Duration::from_secs(30);

async fn start(router: Router) -> TcpStream {
    let limits = ConnectionLimits {
        stalled_answer: STALLED,
        ..ConnectionLimits::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(serve(
        listener,
        router,
        limits,
        axum::response::Response::default(),
        CancellationToken::new(),
    ));
    TcpStream::connect(address).await.expect("a connection")
}

/// Notifies when it is dropped.
struct Held(Arc<Notify>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// An answer without end, and what is notified when the host lets go of it.
fn endless() -> (Router, Arc<Notify>) {
    let let_go = Arc::new(Notify::new());
    let held = let_go.clone();
    let handler = async move || {
        let pieces = futures::stream::unfold(Held(held), async |held| {
            let piece = Bytes::from(vec![0; 100_000]);
            Some((Ok::<_, std::io::Error>(piece), held))
        });
        Body::from_stream(pieces)
    };
    (Router::new().route("/", get(handler)), let_go)
}

#[tokio::test]
async fn an_unread_answer_ends_its_connection() {
    let (router, let_go) = endless();
    let mut stream = start(router).await;
    let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.write_all(request).await.expect("sent");
    let let_go = tokio::time::timeout(PATIENCE, let_go.notified()).await;
    let_go.expect("the host lets go of the answer");
}

#[tokio::test]
async fn an_unread_stream_ends_its_connection_though_pings_are_answered() {
    let (router, let_go) = endless();
    let stream = start(router).await;
    let client = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (mut sender, connection) = client.await.expect("a connection of HTTP/2");
    let connection = tokio::spawn(connection);
    let request = Request::get("http://x/").body(Body::empty());
    let response = sender.send_request(request.expect("a request")).await;
    let unread = response.expect("an answer");
    let let_go = tokio::time::timeout(PATIENCE, let_go.notified()).await;
    let_go.expect("the host lets go of the answer");
    let ended = tokio::time::timeout(PATIENCE, connection).await;
    let _ = ended.expect("the connection is ended");
    drop(unread);
}

#[tokio::test]
async fn a_client_that_still_writes_need_not_read() {
    const BYTES: usize = 30 << 20;
    let handler = async |body: Body| {
        tokio::spawn(async move {
            let mut pieces = body.into_data_stream();
            while let Some(Ok(_)) = pieces.next().await {}
        });
        vec![0; BYTES]
    };
    let mut stream = start(Router::new().route("/", post(handler))).await;
    let head =
        "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("sent");
    let begun = Instant::now();
    while begun.elapsed() < 4 * STALLED {
        stream
            .write_all(b"1\r\nx\r\n")
            .await
            .expect("the host reads on");
        tokio::task::yield_now().await;
    }
    stream
        .write_all(b"0\r\n\r\n")
        .await
        .expect("the host reads on");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    assert!(answer.len() > BYTES, "{} bytes", answer.len());
}
