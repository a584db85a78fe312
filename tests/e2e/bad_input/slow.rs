//! Clients that stop in the middle.

use std::time::{Duration, Instant};

use tests::{RawConnection, TestHost};

use crate::payments::{BATCH, POST, Payments, fields, payment};

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_is_let_go_and_holds_up_no_other() {
    let short = TestHost::builder().in_memory().config(|config| {
        config.http.header_seconds = 1;
        config.http.idle_body_seconds = 1;
    });
    let payments = Payments::on(short).await;
    let other = payments.host.tenant("belfius").await;
    let other = other.team("cards", &fields()).await;

    let text = payment("t1", "anna", 1.0).to_string();
    let half = &text.as_bytes()[..text.len() / 2];
    let mut hanging = Vec::new();
    for _ in 0..50 {
        let mut head = RawConnection::open(&payments.key).await;
        head.write(b"POST /v1/transactions HTTP/1.1\r\nHost: te")
            .await;
        let mut body =
            RawConnection::post(&payments.key, POST, "application/json", Some(1000)).await;
        body.write(half).await;
        let ndjson = "application/x-ndjson";
        let mut batch = RawConnection::post(&payments.key, BATCH, ndjson, None).await;
        batch.chunk(half).await;
        let silent = RawConnection::open(&payments.key).await;
        let mut undecided = RawConnection::open(&payments.key).await;
        undecided.write(b"PRI * ").await;
        hanging.extend([
            (head, ""),
            (body, "HTTP/1.1 408"),
            (batch, "nothing was read from here on"),
        ]);
        hanging.extend([(silent, ""), (undecided, "")]);
    }
    let begun = Instant::now();
    other
        .post(POST, payment("t1", "bert", 1.0))
        .await
        .expect(201);
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "another tenant waits for them"
    );

    for (mut connection, expect) in hanging {
        let answer = tokio::time::timeout(Duration::from_secs(15), connection.read_to_end()).await;
        let answer = answer.expect("the connection is ended");
        assert!(answer.contains(expect), "'{answer}' has no '{expect}'");
    }
    assert!(payments.key.all(POST).await.is_empty());
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_too_long_is_answered_in_words() {
    let host = TestHost::builder().in_memory().start().await;
    let client = host.anonymous();
    let ids = "&alert=01a227b9-0f22-7205-878a-89bdbe881b95".repeat(2_000);
    let page = format!("/alerts/bulk?which=chosen{ids}");
    let answer = RawConnection::get(&host.administrator(), &page)
        .await
        .read_to_end()
        .await;
    assert!(answer.starts_with("HTTP/1.1 414 "), "{answer}");
    assert!(answer.contains("content-type: text/html"), "{answer}");
    assert!(
        answer.contains("content-security-policy: default-src 'none'"),
        "{answer}"
    );
    assert!(
        answer.contains("the address is longer than 64 KiB"),
        "{answer}"
    );
    assert!(answer.ends_with("</html>"), "{answer}");
    let path = format!("/v1/alerts?q=x{ids}");
    let answer = RawConnection::get(&host.administrator(), &path)
        .await
        .read_to_end()
        .await;
    assert!(answer.starts_with("HTTP/1.1 414 "), "{answer}");
    assert!(
        answer.contains("content-type: application/problem+json"),
        "{answer}"
    );
    assert!(answer.contains("\"status\":414"), "{answer}");
    // More headers than are read.
    let headers: String = (0..200)
        .map(|number| format!("x-{number}: 1\r\n"))
        .collect();
    let mut connection = RawConnection::open(&host.administrator()).await;
    let head = format!("GET /v1/alerts HTTP/1.1\r\nHost: test\r\n{headers}\r\n");
    connection.write(head.as_bytes()).await;
    let answer = connection.read_to_end().await;
    assert!(answer.starts_with("HTTP/1.1 414 "), "{answer}");
    assert!(
        answer.contains("the head of the request too long"),
        "{answer}"
    );
    // What others send is read all the same.
    client.get("/healthz").await.expect(200);
    host.stop().await;
}
