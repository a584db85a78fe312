//! Connections that are held and not used.

use std::time::{Duration, Instant};

use reqwest::Method;
use tests::{RawConnection, TestHost};

use super::{PATIENCE, open_files, until};
use crate::payments::{Payments, payment};

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_so_many_connections() {
    let host = TestHost::builder()
        .in_memory()
        .config(|config| config.http.connections_per_peer = 5);
    let host = host.start().await;
    let client = host.administrator();
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(RawConnection::open(&client).await);
    }
    let mut refused = RawConnection::get(&client, "/healthz").await;
    let answer = tokio::time::timeout(PATIENCE, refused.read_to_end()).await;
    assert_eq!(answer.expect("it is closed"), "");
    drop(held);
    until("others are served again", async || {
        let mut connection = RawConnection::get(&client, "/healthz").await;
        connection.read_to_end().await.starts_with("HTTP/1.1 200")
    })
    .await;
    host.stop().await;
}

/// What a client of HTTP/2 begins with, settings of its own, and one request: GET /healthz.
fn http2_request() -> Vec<u8> {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    // :method GET, :scheme http, :path, :authority, as RFC 7541 has them.
    let mut head = vec![0x82, 0x86];
    for (name, value) in [(0x04, "/healthz"), (0x41, "test")] {
        head.extend([name, value.len() as u8]);
        head.extend(value.as_bytes());
    }
    bytes.extend([0, 0, head.len() as u8, 1, 0x05, 0, 0, 0, 1]);
    bytes.extend(head);
    bytes
}

/// A ping of HTTP/2.
const PING: [u8; 17] = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];

#[tokio::test(flavor = "multi_thread")]
async fn pings_keep_no_connection_alive() {
    let host = TestHost::builder()
        .in_memory()
        .config(|config| config.http.idle_connection_seconds = 1);
    let host = host.start().await;
    let client = host.administrator();
    let mut ended = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let client = client.clone();
        ended.spawn(async move {
            let mut connection = RawConnection::open(&client).await;
            connection.write(&http2_request()).await;
            let begun = Instant::now();
            while connection.try_write(&PING).await {
                tokio::time::sleep(Duration::from_millis(50)).await;
                assert!(begun.elapsed() < PATIENCE, "it lives on pings");
            }
        });
    }
    while let Some(ended) = ended.join_next().await {
        ended.expect("it is ended");
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn downloads_that_nobody_reads_are_ended() {
    let short = TestHost::builder().config(|config| config.http.stalled_answer_seconds = 1);
    let payments = Payments::on(short).await.with_large_amount().await;
    payments
        .post(payment("t1", "anna", 20_000.0))
        .await
        .expect(201);
    let alert = &payments.tenant.alerts().await[0];
    let documents = format!(
        "/v1/alerts/{}/documents",
        alert["id"].as_str().expect("an id")
    );
    let analyst = payments.tenant.user("anna", &["AML Analyst"]).await;
    let text = "The customer explained where the money came from.\n".repeat(400_000);
    let form = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"long.txt\"\r\n\
         Content-Type: text/plain\r\n\r\n{text}\r\n--edge--\r\n"
    );
    let document = analyst
        .post_as(&documents, "multipart/form-data; boundary=edge", form)
        .await;
    let document = document.expect(201);
    let content = format!(
        "{documents}/{}/content",
        document["id"].as_str().expect("an id")
    );
    let files = payments.host.data().join("files");
    let before = open_files(&files);

    let mut unread = Vec::new();
    for _ in 0..20 {
        unread.push(RawConnection::get(&analyst, &content).await);
    }
    until("the downloads have begun", async || {
        open_files(&files) >= before + 20
    })
    .await;
    until("their files are closed", async || {
        open_files(&files) == before
    })
    .await;
    for mut connection in unread {
        let answer = tokio::time::timeout(PATIENCE, connection.read_to_end()).await;
        let answer = answer.expect("the connection is ended");
        assert!(answer.len() < text.len(), "all of it was sent");
    }
    // Who reads gets all of it.
    let read = analyst.send(analyst.request(Method::GET, &content)).await;
    assert_eq!((read.status, read.body.len()), (200, text.len()));
    payments.host.stop().await;
}
