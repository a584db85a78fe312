//! Transactions in batches.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tests::RawConnection;

use crate::payments::{BATCH, POST, Payments, payment};

const NDJSON: &str = "application/x-ndjson";
const JSON: &str = "application/json";
const CSV: &str = "text/csv";
const HEADER: &str = "txn_id,customer_id,date_time,amount,currency,country,counterparty\n";

fn csv_row(txn_id: &str, amount: &str) -> String {
    format!("{txn_id},anna,2026-03-01T10:00:00Z,{amount},EUR,BE,acme\n")
}

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

/// Line, status and id of each result.
fn results(lines: &[Value]) -> Vec<(u64, u64, &str)> {
    let number = |value: &Value| value.as_u64().expect("a number");
    let result = |line: &'_ Value| (number(&line["line"]), number(&line["status"]));
    let id = lines.iter().map(|line| line["txn_id"].as_str());
    let results = lines.iter().map(result).zip(id);
    results
        .map(|((line, status), id)| (line, status, id.unwrap_or("-")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_is_read_and_each_line_stands_alone() {
    let payments = Payments::start().await.with_large_amount().await;
    let good = |id: &str, amount: f64| payment(id, "anna", amount).to_string();
    let check = async |media_type: &str, body: String, expect: [(u64, u64, &str); 5]| {
        let answer = payments.key.post_as(BATCH, media_type, body.clone()).await;
        assert_eq!(answer.header("content-type"), NDJSON);
        let first = lines(&answer.text());
        assert_eq!(results(&first), expect, "{}", answer.text());
        assert_eq!(first[3]["alerts"][0]["rule"], "large-amount");
        assert_eq!(
            first[1]["errors"].as_array().map(Vec::len),
            Some(1),
            "{first:?}"
        );

        // The whole again, and one document.
        let request = payments.key.request(Method::POST, BATCH).body(body);
        let request = request
            .header("content-type", media_type)
            .header("accept", JSON);
        let again = payments.key.send(request).await;
        assert_eq!(again.header("content-type"), JSON);
        let again = again.expect(200);
        let counts = ["accepted", "duplicates", "rejected"].map(|name| again[name].as_u64());
        assert_eq!(counts, [Some(0), Some(3), Some(2)]);
        let again = again["results"].as_array().expect("results");
        for (first, again) in first.iter().zip(again) {
            assert_eq!(
                first["alerts"], again["alerts"],
                "the same alerts, ids and all"
            );
        }
        assert_eq!(again.len(), 5);
    };

    let ndjson = [
        good("n1", 1.0),
        r#"{"txn_id": "n2", "#.to_owned(),
        String::new(),
        good("n3", 2.0),
        good("n4", 10_000.0),
        good("n3", 3.0),
    ];
    let expect = [
        (1, 201, "n1"),
        (2, 422, "-"),
        (4, 201, "n3"),
        (5, 201, "n4"),
        (6, 409, "n3"),
    ];
    check(NDJSON, ndjson.join("\n"), expect).await;

    let array = [
        good("j1", 1.0),
        r#"{"txn_id": j2}"#.to_owned(),
        good("j3", 2.0),
        good("j4", 10_000.0),
        good("j3", 3.0),
    ];
    let expect = [
        (1, 201, "j1"),
        (2, 422, "-"),
        (3, 201, "j3"),
        (4, 201, "j4"),
        (5, 409, "j3"),
    ];
    check(JSON, format!("[{}]", array.join(",\n")), expect).await;

    let rows = [
        format!("\u{feff}{HEADER}"),
        csv_row("c1", "1"),
        csv_row("c2", "much"),
        "\n".to_owned(),
        csv_row("c3", "2"),
        csv_row("c4", "10000.00"),
        csv_row("c3", "3"),
    ];
    let expect = [
        (2, 201, "c1"),
        (3, 422, "c2"),
        (5, 201, "c3"),
        (6, 201, "c4"),
        (7, 409, "c3"),
    ];
    check(CSV, rows.concat(), expect).await;

    assert_eq!(payments.key.all(POST).await.len(), 9);
    assert_eq!(payments.tenant.alerts().await.len(), 3);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_come_while_the_body_goes_on() {
    let payments = Payments::start().await;
    let mut connection = RawConnection::post(&payments.key, BATCH, NDJSON, None).await;
    for number in 0..3 {
        let line = format!("{}\n", payment(&format!("t{number}"), "anna", 1.0));
        connection.chunk(line.as_bytes()).await;
        connection.read_until(&format!("\"t{number}\"")).await;
    }
    connection.chunk(b"").await;
    connection.read_to_end().await;
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_write_everything_before_it_reads() {
    // More answers than all buffers between host and client hold.
    const COUNT: usize = 60_000;
    let payments = Payments::start().await;
    let rows = (0..COUNT).map(|number| csv_row(&format!("transaction-{number:060}"), "1"));
    let body = HEADER.to_owned() + &rows.collect::<String>();
    let length = Some(body.len());
    let mut connection = RawConnection::post(&payments.key, BATCH, CSV, length).await;
    connection.write(body.as_bytes()).await;
    let answer = connection.read_to_end().await;
    assert_eq!(answer.matches("\"status\":201").count(), COUNT);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_leaves_whole_lines_only() {
    let payments = Payments::start().await;
    // What is left of the last line could be taken for a payload of its own.
    let check = async |media_type: &str, whole: Vec<String>, broken: &str| {
        let before = payments.key.all(POST).await.len();
        let body = whole.concat() + broken;
        let length = Some(body.len() + 1);
        let mut connection = RawConnection::post(&payments.key, BATCH, media_type, length).await;
        connection.write(body.as_bytes()).await;
        drop(connection);
        let deadline = Instant::now() + Duration::from_secs(10);
        let expect = before + 2;
        while payments.key.all(POST).await.len() < expect {
            assert!(Instant::now() < deadline, "whole lines were not taken");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let line = |id: &str| format!("{}\n", payment(id, "anna", 100.0));
    check(NDJSON, vec![line("n1"), line("n2")], r#"{"txn_id":"n3""#).await;
    let element = |id: &str| format!("{},", payment(id, "anna", 100.0));
    let elements = vec!["[".to_owned(), element("j1"), element("j2")];
    check(JSON, elements, r#"{"txn_id":"j3""#).await;
    let rows = vec![
        HEADER.to_owned(),
        csv_row("c1", "100"),
        csv_row("c2", "100"),
    ];
    check(CSV, rows, "c3,anna,2026-03-01T10:00:00Z,100,EUR,BE,ac").await;

    // Sending the whole again is safe: nothing of the broken line was taken.
    let mut whole = HEADER.to_owned();
    whole.extend(["c1", "c2", "c3"].map(|id| csv_row(id, "100")));
    let again = payments.key.post_as(BATCH, CSV, whole).await;
    let expect = [(2, 200, "c1"), (3, 200, "c2"), (4, 201, "c3")];
    assert_eq!(results(&lines(&again.text())), expect);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_without_transactions_says_so() {
    let payments = Payments::start().await;
    let check = async |media_type: &str, body: &str, expect: Value| {
        let answer = payments
            .key
            .post_as(BATCH, media_type, body.to_owned())
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let statuses: Vec<_> = lines(&answer.text())
            .into_iter()
            .map(|line| line["status"].clone())
            .collect();
        assert_eq!(json!(statuses), expect, "{media_type}: {body}");
    };
    check(NDJSON, "", json!([])).await;
    check(NDJSON, "\n\n", json!([])).await;
    check(JSON, "[]", json!([])).await;
    check(JSON, "", json!([422])).await;
    check(JSON, "{}", json!([422])).await;
    check(CSV, "", json!([422])).await;
    check(CSV, HEADER, json!([])).await;
    let other = payments.key.post_as(BATCH, "application/xml", "<a/>").await;
    other.problem(415);
    payments.host.stop().await;
}
