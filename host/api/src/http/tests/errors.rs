//! What is refused, and how.

use serde_json::json;

use super::*;
use tenant::credential::{Credential, CredentialKind};

const JSON: &str = "content-type: application/json";
const GOOD: &str = r#"{"name":"a","text":"x"}"#;

fn key() -> String {
    format!(
        "x-api-key: {}",
        Credential::generate(CredentialKind::TeamKey).expose()
    )
}

/// Sends a request to the example, and finds `expect` in the answer.
async fn check(request: &str, headers: &[&str], body: &str, status: u16, expect: &str) {
    let answer = send(&app(), request, headers, body).await;
    let text = answer.body.to_string();
    assert_eq!(
        answer.status.as_u16(),
        status,
        "{request} {headers:?} {body}: {text}"
    );
    assert!(
        text.contains(expect),
        "{request} {headers:?} {body}: {text}"
    );
    if status >= 400 {
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.body["status"], json!(status));
    }
}

#[tokio::test]
async fn a_body_is_json_of_the_right_shape() {
    let key = key();
    let check = async |headers: &[&str], body: &str, status, expect: &str| {
        let headers = [headers, &[&*key]].concat();
        check("POST /notes", &headers, body, status, expect).await;
    };
    check(&[JSON], GOOD, 201, r#""stars":0"#).await;
    check(
        &["content-type: application/json; charset=utf-8"],
        GOOD,
        201,
        "",
    )
    .await;
    check(&[], GOOD, 415, "must be application/json").await;
    check(&["content-type: text/plain"], GOOD, 415, "").await;
    check(&[JSON], "{\n!", 400, "line 2 column 1").await;
    check(&[JSON], &format!("{GOOD} x"), 400, "line 1 column 25").await;
    check(&[JSON], "", 400, "line 1 column 0").await;
    check(
        &[JSON],
        &format!("{{\"text\":\"{}\"}}", "x".repeat(2000)),
        413,
        "over the limit",
    )
    .await;
    check(
        &[JSON],
        r#"{"text":"x"}"#,
        422,
        r#"{"detail":"must be there","field":"name","reason":"missing"}"#,
    )
    .await;
    check(
        &[JSON],
        r#"{"name":"a","text":"x","stras":1}"#,
        422,
        r#""field":"stras","reason":"unknown_field""#,
    )
    .await;
    check(
        &[JSON],
        r#"{"name":"A!","text":"x"}"#,
        422,
        "a name has 1 to 64 characters",
    )
    .await;
    check(
        &[JSON],
        r#"{"name":"a","text":7}"#,
        422,
        r#""expected a string","field":"text","reason":"wrong_type""#,
    )
    .await;
    check(
        &[JSON],
        r#"{"name":"a","name":"a","text":""}"#,
        422,
        r#""field":"name","reason":"duplicate_field""#,
    )
    .await;
    check(
        &[JSON],
        r#"{"name":"a","text":"x","due":"tomorrow"}"#,
        422,
        "must be a time with offset",
    )
    .await;
    check(
        &[JSON],
        r#"{"name":"taken","text":"x"}"#,
        409,
        "choose another name",
    )
    .await;
}

#[tokio::test]
async fn no_problem_repeats_a_value() {
    for body in [
        r#"{"name":"a","text":"x","stars":"hunter2"}"#,
        r#"{"name":"a","text":{"hunter2":1}}"#,
        r#"{"name":"hunter2!","text":"x"}"#,
        r#""hunter2""#,
    ] {
        let answer = send(&app(), "POST /notes", &[JSON, &key()], body).await;
        assert_eq!(answer.status, 422);
        assert!(
            !answer.body.to_string().contains("hunter2"),
            "{}",
            answer.body
        );
    }
    let answer = send(&app(), "GET /notes?stars=hunter2", &[], "").await;
    assert!(
        !answer.body.to_string().contains("hunter2"),
        "{}",
        answer.body
    );
    let answer = send(&app(), "GET /notes/panic", &[], "").await;
    assert_eq!(answer.status, 500);
    assert!(
        !answer.body.to_string().contains("secret"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn a_query_has_known_parameters_alone() {
    check("GET /notes", &[], "", 200, r#""next_cursor":null"#).await;
    check(
        "GET /notes?stars=1&limit=500&from=",
        &[],
        "",
        400,
        "query parameter from",
    )
    .await;
    check("GET /notes?from=2024-09-25T10:45:30Z", &[], "", 200, "").await;
    check(
        "GET /notes?star=1&limt=2",
        &[],
        "",
        400,
        "query parameter star: is not known; limt",
    )
    .await;
    check("GET /notes?stars=x", &[], "", 400, "query parameter stars").await;
    check(
        "GET /notes?stars=1&stars=2",
        &[],
        "",
        400,
        "query parameter stars",
    )
    .await;
    check("GET /notes?limit=0", &[], "", 400, "must be from 1 to 500").await;
    check(
        "GET /notes?limit=501",
        &[],
        "",
        400,
        "must be from 1 to 500",
    )
    .await;
    check(
        "GET /notes?cursor=AAAA",
        &[],
        "",
        400,
        "begin again without a cursor",
    )
    .await;
}

#[tokio::test]
async fn pages_follow_one_another() {
    let router = app();
    let mut uri = "GET /notes?limit=2".to_owned();
    let mut names = Vec::new();
    loop {
        let page = send(&router, &uri, &[], "").await.body;
        names.extend(
            page["items"]
                .as_array()
                .expect("items")
                .iter()
                .map(|note| note["name"].clone()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => uri = format!("GET /notes?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(names, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_path_has_good_names() {
    check("GET /notes/A", &[], "", 404, "").await;
    check(
        "PUT /notes/A",
        &[JSON],
        GOOD,
        422,
        "a name has 1 to 64 characters",
    )
    .await;
    check("GET /nothing", &[], "", 404, "no resource at this path").await;
    check("DELETE /notes/a", &[], "", 405, "").await;
    assert_eq!(
        send(&app(), "DELETE /notes", &[], "").await.header("allow"),
        "GET,HEAD,POST"
    );
}

#[tokio::test]
async fn a_credential_is_asked_for() {
    check("POST /notes", &[JSON], GOOD, 401, "X-API-Key").await;
    check(
        "POST /notes",
        &[JSON, "x-api-key: vvt_wrong"],
        GOOD,
        401,
        "",
    )
    .await;
    let answer = send(&app(), "POST /notes", &[JSON], GOOD).await;
    assert_eq!(answer.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn versions_are_told_and_heeded() {
    let answer = send(&app(), "GET /notes/a", &[], "").await;
    assert_eq!(answer.header("etag"), "\"7\"");
    check("GET /notes/a", &["if-none-match: \"7\""], "", 304, "").await;
    check("PUT /notes/a", &[JSON, "if-match: \"7\""], GOOD, 200, "").await;
    check(
        "PUT /notes/a",
        &[JSON, "if-match: \"6\""],
        GOOD,
        412,
        "read it again",
    )
    .await;
    check(
        "PUT /notes/a",
        &[JSON, "if-none-match: *"],
        GOOD,
        412,
        "is there already",
    )
    .await;
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    let patch = "content-type: application/merge-patch+json";
    check(
        "PATCH /notes/a",
        &[patch],
        r#"{"stars":5}"#,
        200,
        r#""stars":5,"text":"text""#,
    )
    .await;
    check(
        "PATCH /notes/a",
        &[JSON],
        r#"{"due":"2024-09-25T12:45:30+02:00"}"#,
        200,
        "2024-09-25T10:45:30Z",
    )
    .await;
    check(
        "PATCH /notes/a",
        &[patch],
        r#"{"text":null}"#,
        422,
        r#""field":"text","reason":"missing""#,
    )
    .await;
    check(
        "PATCH /notes/a",
        &[patch],
        r#"{"star":1}"#,
        422,
        "unknown_field",
    )
    .await;
    check("PATCH /notes/a", &[patch], "[]", 422, "is a JSON object").await;
    check("PATCH /notes/a", &["content-type: text/css"], "{}", 415, "").await;
}

#[tokio::test]
async fn a_refused_payload_has_its_literal() {
    check(
        "POST /payloads",
        &[],
        "",
        422,
        r#""title":"FAILED_TO_REGISTER_TRANSACTION""#,
    )
    .await;
    check(
        "POST /payloads",
        &["accept: */*"],
        "",
        422,
        r#""field":"amount","reason":"missing""#,
    )
    .await;
    let answer = send(&app(), "POST /payloads", &["accept: text/plain"], "").await;
    assert_eq!(answer.body, json!("FAILED_TO_REGISTER_TRANSACTION"));
    assert!(answer.header("content-type").starts_with("text/plain"));
}

#[tokio::test]
async fn every_answer_is_fit_for_browsers_and_has_an_id() {
    for request in [
        "GET /notes",
        "GET /nothing",
        "GET /notes/panic",
        "GET /openapi.json",
        "GET /docs",
    ] {
        let answer = send(&app(), request, &["x-request-id: forged"], "").await;
        assert_eq!(
            answer.header("x-content-type-options"),
            "nosniff",
            "{request}"
        );
        assert!(
            answer
                .header("content-security-policy")
                .contains("default-src 'none'"),
            "{request}"
        );
        let id: uuid::Uuid = answer
            .header("x-request-id")
            .parse()
            .expect("an id of ours");
        assert_eq!(id.get_version_num(), 7);
    }
}

#[tokio::test]
async fn the_page_of_the_document_needs_no_other_server() {
    let page = send(&app(), "GET /docs", &[], "").await.body.to_string();
    assert!(page.contains("/openapi.json"));
    assert!(
        !page.contains("src=\\\"http") && !page.contains("<link"),
        "loads from elsewhere"
    );
    let document = send(&app(), "GET /openapi.json", &[], "").await.body;
    assert!(
        document["openapi"]
            .as_str()
            .expect("a version")
            .starts_with("3.1")
    );
}
