//! Bodies that are compressed on their way.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;
use serde_json::json;
use tests::{Answer, Client, TestHost};

use crate::payments::{BATCH, POST, Payments, payment};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).expect("memory");
    encoder.finish().expect("memory")
}

async fn send(
    client: &Client,
    (method, path): (Method, &str),
    media_type: &str,
    coding: &str,
    body: Vec<u8>,
) -> Answer {
    let request = client.request(method, path).body(body);
    let request = request
        .header("content-type", media_type)
        .header("content-encoding", coding);
    client.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gzipped_body_is_read_wherever_a_body_is() {
    let payments = Payments::start().await.with_large_amount().await;
    let key = &payments.key;
    let administrator = &payments.tenant.administrator;
    let single = payment("t1", "anna", 20_000.0).to_string();
    let posted = send(
        key,
        (Method::POST, POST),
        "application/json",
        "gzip",
        gzip(single.as_bytes()),
    )
    .await;
    posted.expect(201);
    let batch: String = (0..5000)
        .map(|row| format!("{}\n", payment(&format!("b{row}"), "anna", 1.0)))
        .collect();
    let answer = send(
        key,
        (Method::POST, BATCH),
        "application/x-ndjson",
        "gzip",
        gzip(batch.as_bytes()),
    )
    .await;
    assert_eq!(answer.text().matches("\"status\":201").count(), 5000);

    let team = json!({ "name": "cards", "title": "Cards", "kind": "aml" }).to_string();
    let made = send(
        administrator,
        (Method::POST, "/v1/teams"),
        "application/json",
        "x-gzip",
        gzip(team.as_bytes()),
    )
    .await;
    made.expect(201);
    let patch = gzip(br#"{"title": "Card payments"}"#);
    let patched = send(
        administrator,
        (Method::PATCH, "/v1/teams/cards"),
        "application/merge-patch+json",
        "gzip",
        patch,
    )
    .await;
    assert_eq!(patched.expect(200)["title"], "Card payments");
    let list = send(
        administrator,
        (Method::PUT, "/v1/lists/names"),
        "text/plain",
        "gzip",
        gzip(b"anna\nbert\n"),
    )
    .await;
    assert!(list.is_success(), "{}", list.text());

    let analyst = payments.tenant.user("anna", &["AML Analyst"]).await;
    let alert = &payments.tenant.alerts().await[0]["id"];
    let documents = format!("/v1/alerts/{}/documents", alert.as_str().expect("an id"));
    let form = b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nHello\r\n--edge--\r\n";
    let form = send(
        &analyst,
        (Method::POST, &documents),
        "multipart/form-data; boundary=edge",
        "gzip",
        gzip(form),
    )
    .await;
    assert_eq!(form.expect(201)["bytes"], 5);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_of_what_is_inflated_and_other_codings_are_refused() {
    let payments = Payments::on(TestHost::builder().in_memory()).await;
    let key = &payments.key;
    // 300 KiB and 1 GiB, from less than 1 MiB.
    let long = gzip(&vec![b' '; 300 << 10]);
    let refused = send(key, (Method::POST, POST), "application/json", "gzip", long).await;
    refused.problem(413);
    let mebibyte = gzip(&vec![b'\n'; 1 << 20]);
    let blank = send(
        key,
        (Method::POST, BATCH),
        "application/x-ndjson",
        "gzip",
        mebibyte.repeat(256),
    )
    .await;
    assert_eq!((blank.status, blank.text().as_str()), (200, ""));

    let single = payment("t1", "anna", 1.0).to_string();
    let broken = &gzip(single.as_bytes())[..40];
    let broken = send(
        key,
        (Method::POST, POST),
        "application/json",
        "gzip",
        broken.to_vec(),
    )
    .await;
    assert!(broken.problem(400).contains("gzip"), "{}", broken.text());
    let plain = send(
        key,
        (Method::POST, POST),
        "application/json",
        "gzip",
        single.clone().into_bytes(),
    )
    .await;
    assert!(plain.problem(400).contains("gzip"), "{}", plain.text());
    let identity = send(
        key,
        (Method::POST, POST),
        "application/json",
        "identity",
        single.clone().into_bytes(),
    )
    .await;
    identity.expect(201);
    for (method, path) in [
        (Method::POST, POST),
        (Method::POST, BATCH),
        (Method::PUT, "/v1/lists/names"),
    ] {
        let other = send(
            key,
            (method, path),
            "application/json",
            "br",
            b"{}".to_vec(),
        )
        .await;
        assert!(other.problem(415).contains("'br'"));
        assert_eq!(other.header("accept-encoding"), "gzip");
    }
    payments.host.stop().await;
}
