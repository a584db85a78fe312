//! Batches whose answers nobody reads.

use serde_json::{Value, json};
use tests::{RawConnection, TestHost};

use super::{PATIENCE, open_files, until};
use crate::payments::{BATCH, POST, Payments, payment};

const NDJSON: &str = "application/x-ndjson";
const MIB: u64 = 1 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn unread_answers_are_bounded_and_their_client_is_disconnected() {
    let small = TestHost::builder().in_memory().config(|config| {
        config.http.batch_spool_mib = 2;
        config.http.tenant_spool_mib = 3;
        config.http.stalled_answer_seconds = 2;
    });
    let payments = Payments::on(small).await;
    let tenant = payments
        .host
        .app()
        .tenant_named("athora")
        .expect("a tenant");
    let spool = payments.host.app().spools.of(tenant);

    let attack = async || {
        let mut connection = RawConnection::post(&payments.key, BATCH, NDJSON, None).await;
        let lines = "{}\n".repeat(10_000);
        let chunk = format!("{:x}\r\n{lines}\r\n", lines.len());
        let mut written = 0;
        // Without a bound a hundred MiB of answers would be spooled for each of these.
        while connection.try_write(chunk.as_bytes()).await {
            written += 1;
            assert!(spool.used() <= 3 * MIB + 200_000, "{} bytes", spool.used());
            assert!(
                written < 10_000,
                "the host reads on though nobody reads its answers"
            );
        }
    };
    let all = async { tokio::join!(attack(), attack(), attack()) };
    tokio::time::timeout(PATIENCE, all)
        .await
        .expect("all are disconnected");
    until("the room is given back", async || spool.used() == 0).await;
    let files = payments.host.data().join("spool");
    until("the files are closed", async || open_files(&files) == 0).await;

    // The tenant goes on, and what is read has no bound.
    payments.post(payment("t1", "anna", 1.0)).await.expect(201);
    let body = "{}\n".repeat(30_000);
    let answer = payments.key.post_as(BATCH, NDJSON, body).await;
    assert!(answer.body.len() as u64 > 10 * MIB);
    assert_eq!(answer.text().lines().count(), 30_000);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_before_the_spool_was_full_is_durable() {
    let small = TestHost::builder().in_memory().config(|config| {
        config.http.batch_spool_mib = 1;
        config.http.stalled_answer_seconds = 2;
    });
    let payments = Payments::on(small).await;
    let mut connection = RawConnection::post(&payments.key, BATCH, NDJSON, None).await;
    let mut rows = 0;
    loop {
        let lines = (rows..rows + 1000)
            .map(|row| format!("{}\n", payment(&format!("{row:0180}"), "anna", 1.0)));
        let lines: String = lines.collect();
        let chunk = format!("{:x}\r\n{lines}\r\n", lines.len());
        if !connection.try_write(chunk.as_bytes()).await {
            break;
        }
        rows += 1000;
        assert!(
            rows < 1_000_000,
            "the host reads on though nobody reads its answers"
        );
    }
    let answer = connection.read_to_end().await;
    let accepted = answer.matches("\"status\":201").count();
    assert!(accepted > 0);
    let last = format!("{POST}/{:0180}", accepted - 1);
    payments.key.get(&last).await.expect(200);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_of_many_faults_lists_some_and_counts_the_rest() {
    let payments = Payments::start().await;
    let mut wrong = payment("t1", "anna", 1.0);
    // The reader itself stops at a thousand faults.
    for number in 0..10_000 {
        wrong[format!("f{number}")] = json!(number);
    }
    let body = format!("{wrong}\n{}\n", payment("t2", "anna", 1.0));
    let answer = payments.key.post_as(BATCH, NDJSON, body).await;
    let text = answer.text();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    let errors = lines[0]["errors"].as_array().expect("errors");
    assert_eq!(errors.len(), 11);
    assert_eq!(errors[9]["reason"], "unknown_field");
    let expect =
        json!({ "field": "", "reason": "more", "detail": "990 more faults are not listed" });
    assert_eq!(errors[10], expect);
    assert_eq!(
        (&lines[0]["status"], &lines[1]["status"]),
        (&json!(422), &json!(201))
    );
    payments.host.stop().await;
}
