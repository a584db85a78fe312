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
