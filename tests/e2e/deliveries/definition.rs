//! What an export may name as places, and what of it is shown.

use serde_json::{Value, json};

use super::Exporting;

fn bucket() -> Value {
    json!({
        "kind": "object_store", "bucket": "athora-exports", "prefix": "vervet", "region": "eu-central-1",
        "access_key_id": "AKIA1", "secret_access_key": "very-secret",
    })
}

fn with(mut place: Value, member: &str, value: Value) -> Value {
    place[member] = value;
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_place_is_refused_with_its_member_named() {
    let exporting = Exporting::start().await;
    let webhook = |url: &str| json!({ "kind": "webhook", "url": url });
    let check = async |place: Value, status: u16, part: &str| {
        let body = exporting.definition(json!([place]));
        let answer = exporting.client().put("/v1/exports/nightly", body).await;
        assert_eq!(answer.status, status, "{place}: {}", answer.text());
        assert!(answer.text().contains(part), "{place}: {}", answer.text());
    };
    for url in [
        "",
        "a.example",
        "ftp://a.example/",
        "https://u:p@a.example/",
        "https://a.example/#x",
    ] {
        check(webhook(url), 422, "deliveries[0].url").await;
    }
    check(json!({ "kind": "webhook" }), 422, "url").await;
    check(json!({ "kind": "pigeon" }), 422, "deliveries").await;
    check(
        with(webhook("https://a.example/"), "send", json!("all")),
        422,
        "`file` or `notice`",
    )
    .await;
    check(
        with(webhook("https://a.example/"), "urk", json!(1)),
        422,
        "urk",
    )
    .await;
    for (member, value) in [
        ("bucket", json!("UPPER")),
        ("bucket", Value::Null),
        ("prefix", json!("../up")),
        ("prefix", json!("/root")),
        ("region", Value::Null),
        ("endpoint", json!("ftp://a.example")),
        ("access_key_id", Value::Null),
        ("secret_access_key", Value::Null),
        ("secret_access_key", json!("***")),
        ("directory", json!("both")),
    ] {
        check(
            with(bucket(), member, value),
            422,
            &format!("deliveries[0].{member}"),
        )
        .await;
    }
    let directory = json!({ "kind": "object_store", "directory": "nightly" });
    check(directory, 422, "deliveries.directory_root").await;

    let twice = json!([
        webhook("https://a.example/"),
        with(webhook("https://a.example"), "send", json!("notice"))
    ]);
    let answer = exporting
        .client()
        .put("/v1/exports/nightly", exporting.definition(twice))
        .await;
    assert!(answer.problem(422).contains("deliveries[1]"));
    let many: Value = (0..11)
        .map(|number| webhook(&format!("https://a.example/{number}")))
        .collect();
    let answer = exporting
        .client()
        .put("/v1/exports/nightly", exporting.definition(many))
        .await;
    assert!(answer.problem(422).contains("10 places"));
    exporting
        .client()
        .get("/v1/exports/nightly")
        .await
        .problem(404);
    exporting.payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_buckets_are_written_only_and_stay_what_they_were() {
    let exporting = Exporting::start().await;
    let defined = exporting.define(json!([bucket()])).await;
    let masked = with(bucket(), "secret_access_key", json!("***"));
    assert_eq!(defined["deliveries"], json!([masked]));
    let read = exporting
        .client()
        .get("/v1/exports/nightly")
        .await
        .expect(200);
    assert_eq!(read["deliveries"], json!([masked]));
    // What was read can be put again.
    let put = exporting.define(read["deliveries"].clone()).await;
    assert_eq!(put["deliveries"], json!([masked]));
    // The secret does not go along to another place.
    for (member, value) in [
        ("endpoint", json!("https://s3.example")),
        ("bucket", json!("another")),
        ("access_key_id", json!("AKIA2")),
    ] {
        let body = exporting.definition(json!([with(masked.clone(), member, value)]));
        let answer = exporting.client().put("/v1/exports/nightly", body).await;
        assert!(answer.problem(422).contains("secret_access_key"));
    }
    let audit = exporting.client().get("/v1/audit").await.text();
    assert!(!audit.contains("very-secret"));
    exporting.payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_listed_page_by_page() {
    let exporting = Exporting::start().await;
    let places: Value = (0..3)
        .map(|number| json!({ "kind": "webhook", "url": format!("http://127.0.0.1:9/{number}") }))
        .collect();
    exporting.define(places).await;
    let mut runs = Vec::new();
    for _ in 0..3 {
        runs.push(exporting.run().await["id"].clone());
    }
    let path = "/v1/exports/nightly/deliveries";
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = exporting
            .client()
            .get(&format!("{path}?limit=2{cursor}"))
            .await
            .expect(200);
        for item in page["items"].as_array().expect("items") {
            seen.push((
                item["run"].clone(),
                item["number"].as_u64().expect("a number"),
            ));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let newest_first = runs.iter().rev();
    let expect: Vec<(Value, u64)> = newest_first
        .flat_map(|run| (0..3).map(move |number| (run.clone(), number)))
        .collect();
    assert_eq!(seen, expect);
    exporting
        .client()
        .get(&format!("{path}?state=lost"))
        .await
        .problem(400);
    exporting
        .client()
        .get("/v1/exports/other/deliveries")
        .await
        .problem(404);
    exporting.payments.host.stop().await;
}
