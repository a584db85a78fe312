//! Bodies that are no payloads.

use serde_json::json;
use tests::{RawConnection, field};

use crate::payments::{BATCH, POST, Payments, payment};

const JSON: &str = "application/json";

/// A host whose team has a field of each of the fields that are numbers, and keeps others.
async fn keeping() -> Payments {
    let payments = Payments::start().await;
    let fields = [
        field("count", "integer"),
        field("amount", "float"),
        field("note", "string"),
    ];
    let schema = json!({ "fields": fields, "additional_fields": "keep" });
    let path = "/v1/teams/payments/payload-schema";
    payments
        .tenant
        .administrator
        .put(path, schema)
        .await
        .expect(200);
    payments
}

fn body(id: &str, count: &str, amount: &str, note: &str, more: &str) -> String {
    format!(
        r#"{{"txn_id":"{id}","customer_id":"c","date_time":"2026-03-01T10:00:00Z","count":{count},"amount":{amount},"note":{note}{more}}}"#
    )
}

/// Every fault as `field reason`, of an answer 422.
async fn faults(payments: &Payments, body: impl Into<Vec<u8>>) -> String {
    let answer = payments.key.post_as(POST, JSON, body.into()).await;
    if answer.status == 201 {
        return "none".to_owned();
    }
    let problem = answer.expect(422);
    assert_eq!(problem["title"], "FAILED_TO_REGISTER_TRANSACTION");
    let errors = problem["errors"].as_array().expect("errors").iter();
    let text = |error: &serde_json::Value| {
        let (field, reason) = (error["field"].as_str(), error["reason"].as_str());
        format!("{} {}", field.expect("a field"), reason.expect("a reason"))
    };
    errors.map(text).collect::<Vec<_>>().join(", ")
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_what_they_are_at_every_edge() {
    let payments = keeping().await;
    let check = async |count: &str, amount: &str, expect: &str| {
        let id = id_of(&format!("{count:.40}|{amount:.40}"));
        let said = faults(&payments, body(&id, count, amount, "\"\"", "")).await;
        let (count, amount) = (
            &count[..count.len().min(40)],
            &amount[..amount.len().min(40)],
        );
        assert_eq!(said, expect, "{count} {amount}");
    };
    check("9223372036854775807", "1.7976931348623157e308", "none").await;
    check("-9223372036854775808", "-1.7976931348623157e308", "none").await;
    check("9223372036854775808", "0", "count out_of_range").await;
    check("-9223372036854775809", "0", "count out_of_range").await;
    check(&"9".repeat(10_000), "0", "count out_of_range").await;
    check("0", "1.8e308", "amount out_of_range").await;
    check("0", "-1e400", "amount out_of_range").await;
    check("0", &"9".repeat(400), "amount out_of_range").await;
    check("0", &format!("0.{}1", "0".repeat(10_000)), "none").await;
    check("12.0", "0", "count wrong_type").await;
    check("1e3", "0", "count wrong_type").await;
    check("\"1\"", "true", "count wrong_type, amount wrong_type").await;
    for no_json in ["NaN", "Infinity", "01", "+1", ".5", "1.", "1e", "0x1", "-"] {
        check("0", no_json, " malformed").await;
    }
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_what_they_are() {
    let payments = keeping().await;
    let check = async |note: &str, expect: &str| {
        let id = id_of(note);
        let said = faults(&payments, body(&id, "0", "0", note, "")).await;
        assert_eq!(said, expect, "{note:?}");
    };
    check("\"é😀\u{10ffff}\"", "none").await;
    check(r#""\ud83d\ude00""#, "none").await;
    check(r#""\u0000""#, "note invalid_character").await;
    check("\"\u{0}\"", " malformed").await;
    check("\"\n\"", " malformed").await;
    check(r#""\ud800""#, " malformed").await;
    check(r#""\x41""#, " malformed").await;
    check("'text'", " malformed").await;
    // Members that the schema does not name are texts, too.
    for more in [
        r#","more":"a\u0000""#,
        r#","more":[{"b\u0000":1}]"#,
        r#","more\u0000":1"#,
    ] {
        let said = faults(&payments, body("nul", "0", "0", "\"\"", more)).await;
        assert!(said.ends_with(" invalid_character"), "{more}: {said}");
    }

    let mut latin = body("latin", "0", "0", "\"?\"", "").into_bytes();
    let at = latin
        .iter()
        .position(|byte| *byte == b'?')
        .expect("it is there");
    latin[at] = 0xe9;
    assert_eq!(faults(&payments, latin).await, " malformed");
    let wide: Vec<u8> = body("wide", "0", "0", "\"\"", "")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(faults(&payments, wide).await, " malformed");
    payments.host.stop().await;
}

/// A `txn_id` that is another for another text.
fn id_of(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cut_doubled_or_deep_is_refused() {
    let payments = keeping().await;
    let whole = body("t1", "1", "1.5", "\"a\"", ",\"more\":[{\"b\":null}]");
    for end in 0..whole.len() {
        let said = faults(&payments, &whole.as_bytes()[..end]).await;
        assert_eq!(said, " malformed", "{}", &whole[..end]);
    }
    let twice = |more: &str| body("t2", "1", "1.5", "\"a\"", more);
    assert_eq!(
        faults(&payments, twice(",\"count\":1")).await,
        "count duplicate_field"
    );
    assert_eq!(
        faults(&payments, twice(",\"x\":1,\"x\":1")).await,
        "x duplicate_field"
    );
    assert_eq!(
        faults(&payments, twice(",\"txn_id\":\"t3\"")).await,
        "txn_id duplicate_field"
    );
    let behind = faults(&payments, twice("") + "{}").await;
    assert_eq!(behind, " malformed");

    let deep = |depth: usize| format!(",\"x\":{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(faults(&payments, twice(&deep(100_000))).await, " malformed");
    let line = twice(&deep(100_000));
    let batch = payments
        .key
        .post_as(BATCH, "application/x-ndjson", line)
        .await;
    assert_eq!(batch.expect(200)["status"], 422);
    let names = format!(
        "{{\"name\":{}{}}}",
        "{\"a\":".repeat(100_000),
        "}".repeat(100_000)
    );
    let administrator = &payments.tenant.administrator;
    let team = administrator.post_as("/v1/teams", JSON, names).await;
    assert!(matches!(team.status, 400 | 422), "{}", team.text());

    faults(&payments, whole).await;
    assert_eq!(payments.key.all(POST).await.len(), 1, "the whole one alone");
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_is_refused_before_it_is_all_read() {
    let payments = keeping().await;
    let note = format!("\"{}\"", "x".repeat(256 << 10));
    let long = body("long", "0", "0", &note, "");
    let answer = payments.key.post_as(POST, JSON, long.clone()).await;
    answer.problem(413);

    // A tenth of a terabyte is announced; the answer comes all the same.
    let mut connection = RawConnection::post(&payments.key, POST, JSON, Some(100 << 30)).await;
    connection.write(long.as_bytes()).await;
    connection.read_until("HTTP/1.1 413").await;

    let good = |id: &str| body(id, "0", "0", "\"\"", "");
    let lines = [good("t1"), long, good("t2")].join("\n");
    let batch = payments
        .key
        .post_as(BATCH, "application/x-ndjson", lines)
        .await;
    let statuses: Vec<_> = batch
        .text()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect(line)["status"].take())
        .collect();
    assert_eq!(
        statuses,
        [json!(201), json!(422), json!(201)],
        "{}",
        batch.text()
    );

    let administrator = &payments.tenant.administrator;
    let list = format!("[\"{}\"]", "x".repeat(9 << 20));
    administrator
        .post_as("/v1/teams", JSON, list)
        .await
        .problem(413);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn media_types_and_queries_are_checked() {
    let payments = Payments::start().await;
    let text = payment("t1", "anna", 1.0).to_string();
    for media_type in [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "json",
        "",
    ] {
        payments
            .key
            .post_as(POST, media_type, text.clone())
            .await
            .problem(415);
        payments
            .key
            .post_as(BATCH, media_type, text.clone())
            .await
            .problem(415);
    }
    payments
        .key
        .post_as(POST, "Application/JSON; charset=utf-8", text)
        .await
        .expect(201);

    let administrator = &payments.tenant.administrator;
    for list in [
        "/v1/alerts",
        "/v1/teams",
        "/v1/users",
        "/v1/audit",
        "/v1/teams/payments/transactions",
    ] {
        for query in [
            "colour=red",
            "limit=0",
            "limit=501",
            "limit=x",
            "cursor=x",
            "%ff=1",
        ] {
            let answer = administrator.get(&format!("{list}?{query}")).await;
            assert_eq!(answer.status, 400, "{list}?{query}: {}", answer.text());
        }
    }
    payments
        .key
        .get("/v1/transactions?from=yesterday")
        .await
        .problem(400);
    administrator.get("/v1/nothing").await.problem(404);
    administrator.delete("/v1/me").await.problem(405);
    administrator.get("/v1/alerts/no-uuid").await.problem(404);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_ends_before_its_end() {
    let payments = Payments::start().await;
    let client = &payments.tenant.administrator;
    let new = json!({ "team": "payments", "title": "Odd", "incident_type": "other" });
    let made = client.post("/v1/alerts", new).await.expect(201);
    let alert = format!("/v1/alerts/{}", made["id"].as_str().expect("an id"));
    let comment = json!({ "text": "a\0b" });
    let refused = client.post(&format!("{alert}/comments"), comment).await;
    let refused = refused.expect(422);
    assert_eq!(
        refused["errors"],
        json!([{
            "field": "text", "reason": "invalid_character", "detail": "has the character U+0000; leave it out",
        }])
    );
    let view = json!({ "name": "Odd", "filter": { "label": ["a", "b\0"] } });
    let refused = client.post("/v1/me/views", view).await.expect(422);
    assert_eq!(refused["errors"][0]["field"], "filter.label[1]");
    let sought = client.get("/v1/alerts?q=a%00b").await.problem(400);
    assert!(sought.contains("query parameter q"), "{sought}");
    payments.host.stop().await;
}
