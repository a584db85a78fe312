//! What an operator asks.
use tests::TestHost;

#[tokio::test]
async fn the_host_says_how_it_is_and_what_it_does() {
    let host = TestHost::builder().in_memory().start().await;
    let anyone = host.anonymous();
    assert_eq!(anyone.get("/healthz").await.expect(200)["status"], "alive");
    assert_eq!(anyone.get("/readyz").await.expect(200)["status"], "ready");
    let metrics = anyone.get("/metrics").await;
    assert!(
        metrics.text().contains("vervet_http_request_seconds"),
        "{}",
        metrics.text()
    );
    assert!(
        anyone
            .get("/docs")
            .await
            .header("content-type")
            .starts_with("text/html")
    );
    anyone.get("/nowhere").await.problem(404);
    host.stop().await;
}

#[tokio::test]
async fn a_host_whose_store_is_closed_is_not_ready() {
    let host = TestHost::builder().in_memory().start().await;
    let anyone = host.anonymous();
    host.app().stop(std::time::Duration::ZERO).await;
    let answer = anyone.get("/readyz").await;
    answer.problem(503);
    assert!(!answer.header("retry-after").is_empty());
    anyone.get("/healthz").await.expect(200);
}

#[tokio::test]
async fn the_document_describes_every_operation() {
    let host = TestHost::builder().in_memory().start().await;
    let document = host.anonymous().get("/openapi.json").await.expect(200);
    let paths = document["paths"].as_object().expect("paths");
    let mut gaps = Vec::new();
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().expect("operations") {
            let responses = operation["responses"].as_object().expect("responses");
            let is_open = matches!(&**path, "/healthz" | "/readyz");
            for (what, is_there) in [
                ("summary", operation["summary"].is_string()),
                ("tag", operation["tags"][0].is_string()),
                ("success", responses.keys().any(|it| it.starts_with('2'))),
                ("credential", operation["security"].is_array() != is_open),
            ] {
                if !is_there {
                    gaps.push(format!("{method} {path}: {what}"));
                }
            }
        }
    }
    assert!(gaps.is_empty(), "{gaps:#?}");
    host.stop().await;
}

#[tokio::test]
async fn who_calls_too_fast_is_told_when_to_come_again() {
    let host = TestHost::builder()
        .in_memory()
        .config(|config| config.http.requests_per_second = 1)
        .start()
        .await;
    let administrator = host.administrator();
    let mut refused = administrator.get("/v1/me").await;
    refused.expect(200);
    // A slow machine may let a second pass between two of them, but not between all.
    for _ in 0..20 {
        refused = administrator.get("/v1/me").await;
        if refused.status != 200 {
            break;
        }
    }
    refused.problem(429);
    assert!(!refused.header("retry-after").is_empty());
    host.anonymous().get("/healthz").await.expect(200);
    host.stop().await;
}
