//! Connections, rates and metrics.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::http::rate_limit::{CallerOf, Rate, RateLimits, limit};
use crate::http::serve::{ConnectionLimits, serve};

struct Server {
    address: std::net::SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

async fn start(router: Router, limits: ConnectionLimits) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let stop = CancellationToken::new();
    let task = tokio::spawn(serve(
        listener,
        router,
        limits,
        axum::response::Response::default(),
        stop.clone(),
    ));
    Server {
        address,
        stop,
        task,
    }
}

/// Sends these bytes and reads until the server closes the connection.
async fn talk(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address)
        .await
        .expect("a connection");
    stream.write_all(bytes).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

#[tokio::test]
async fn requests_under_way_are_answered_before_the_stop() {
    let (arrived, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let handler = {
        let (arrived, go_on) = (Arc::clone(&arrived), Arc::clone(&go_on));
        async move |ConnectInfo(peer): ConnectInfo<std::net::SocketAddr>| {
            arrived.notify_one();
            go_on.notified().await;
            peer.ip().to_string()
        }
    };
    let router = Router::new().route("/", get(handler));
    let server = Arc::new(start(router, ConnectionLimits::default()).await);
    let answer = tokio::spawn({
        let server = Arc::clone(&server);
        async move { talk(&server, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await }
    });
    arrived.notified().await;
    server.stop.cancel();
    go_on.notify_one();
    let answer = answer.await.expect("no panic");
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1"),
        "{answer}"
    );
    let server = Arc::into_inner(server).expect("the only one");
    server.task.await.expect("a clean stop");
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn slow_clients_are_left() {
    let limits = ConnectionLimits {
        head: Duration::from_millis(50),
        ..ConnectionLimits::default()
    };
    let server = start(Router::new(), limits).await;
    let answer = talk(&server, b"GET / HTTP/1.1\r\nhost:").await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_body_that_stands_still_is_given_up() {
    let limits = RequestLimits {
        body_pause: Duration::from_millis(50),
        ..RequestLimits::default()
    };
    let server = start(
        around(example::documented().router, limits),
        ConnectionLimits::default(),
    )
    .await;
    let head = "PATCH /notes/a HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    let answer = talk(&server, head.as_bytes()).await;
    assert!(
        answer.starts_with("HTTP/1.1 408") && answer.contains("stood still"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_connection_more_than_the_limit_waits() {
    let limits = ConnectionLimits {
        connections: 1,
        ..ConnectionLimits::default()
    };
    let server = start(Router::new(), limits).await;
    let first = TcpStream::connect(server.address)
        .await
        .expect("a connection");
    let request = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let second = talk(&server, request);
    tokio::pin!(second);
    assert!(futures::poll!(&mut second).is_pending());
    drop(first);
    assert!(second.await.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn who_is_too_fast_waits() {
    let rate = Rate {
        per_second: NonZeroU32::MIN,
        burst: NonZeroU32::new(2).expect("not zero"),
    };
    let caller: CallerOf<String> = |request| {
        Some(
            request
                .headers()
                .get("x-api-key")?
                .to_str()
                .ok()?
                .to_owned(),
        )
    };
    let limits = Arc::new(RateLimits::new(rate));
    let router = app().layer(from_fn_with_state((limits, caller), limit));
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(
            send(&router, "GET /notes", &["x-api-key: a"], "")
                .await
                .status
                .as_u16(),
        );
    }
    assert_eq!(statuses, [200, 200, 429]);
    let refused = send(&router, "GET /notes", &["x-api-key: a"], "").await;
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.header("ratelimit-policy"), "\"default\";q=2;w=2");
    assert_eq!(refused.header("ratelimit"), "\"default\";r=0;t=2");
    let other = send(&router, "GET /notes", &["x-api-key: b"], "").await;
    assert_eq!(
        (other.status.as_u16(), other.header("ratelimit")),
        (200, "\"default\";r=1;t=1")
    );
    assert_eq!(
        send(&router, "GET /notes", &[], "")
            .await
            .header("ratelimit"),
        ""
    );
}

#[tokio::test]
async fn metrics_count_requests_by_route() {
    let metrics = crate::http::metrics::recorder();
    let router = app().merge(crate::http::metrics::routes(metrics));
    send(&router, "GET /notes/a?token=hunter2", &[], "").await;
    send(&router, "BREW /notes/b", &[], "").await;
    let text = send(&router, "GET /metrics", &[], "").await.body;
    let text = text.as_str().expect("text");
    let count =
        r#"vervet_http_request_seconds_count{method="GET",route="/notes/{note}",status="200"} "#;
    assert!(text.contains(count), "{text}");
    assert!(
        text.contains(r#"method="other""#) && !text.contains("hunter2") && !text.contains("BREW")
    );
}
