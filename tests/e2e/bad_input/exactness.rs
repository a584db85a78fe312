//! JSON that strangers send is kept as it was sent, or refused: no digit, no member and no level is lost.

use serde_json::{Value, json};
use tests::{Answer, Client};

use crate::payments::{POST, Payments, payment};

const JSON: &str = "application/json";

/// A name that a widespread reader of JSON takes for its own.
const PRIVATE: &str = "$serde_json::private::RawValue";

/// Numbers that 64 bits do not hold, and names and values that are often taken for others.
fn odd_members() -> String {
    format!(
        r#""big":123456789012345678901234567890,"precise":0.1000000000000000055511151231257827,"money":1.50,"{PRIVATE}":{{"{PRIVATE}":[1,null]}},"z":0,"a":-0"#
    )
}

fn nested(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

fn alert(info: &str) -> String {
    format!(r#"{{"team":"payments","title":"odd","incident_type":"other","info":{info}}}"#)
}

/// The place and the reason of every fault, of an answer 422.
#[track_caller]
fn faults(answer: &Answer) -> Vec<(String, String)> {
    let problem = answer.expect(422);
    let errors = problem["errors"].as_array().expect("errors").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    errors
        .map(|error| (text(&error["field"]), text(&error["reason"])))
        .collect()
}

#[track_caller]
fn check_fault(answer: &Answer, field: &str, reason: &str) {
    assert_eq!(
        faults(answer),
        [(field.to_owned(), reason.to_owned())],
        "{}",
        answer.text()
    );
}

#[track_caller]
fn check_text(answer: &Answer, part: &str) {
    let text = answer.text();
    assert!(
        answer.is_success() && text.contains(part),
        "no {part} in {text}"
    );
}

async fn patch(client: &Client, path: &str, body: impl Into<String>) -> Answer {
    let request = client.request(reqwest::Method::PATCH, path);
    let request = request.header("content-type", JSON).body(body.into());
    client.send(request).await
}

async fn put(client: &Client, path: &str, body: impl Into<String>) -> Answer {
    let request = client.request(reqwest::Method::PUT, path);
    let request = request.header("content-type", JSON).body(body.into());
    client.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alerts_info_keeps_every_digit_and_every_name() {
    let payments = Payments::start().await;
    let client = &payments.tenant.administrator;
    let odd = odd_members();
    let made = client
        .post_as("/v1/alerts", JSON, alert(&format!("{{{odd}}}")))
        .await
        .expect(201);
    let path = format!("/v1/alerts/{}", made["id"].as_str().expect("an id"));
    let own = format!(r#""info":{{{odd}}}"#);
    check_text(&client.get(&path).await, &own);
    check_text(&client.get("/v1/alerts").await, &own);

    let patched = patch(
        client,
        &path,
        r#"{"info":{"x":18446744073709551617,"z":null}}"#,
    )
    .await;
    let changed = own.replace(r#","z":0"#, "");
    let changed = format!(
        r#"{},"x":18446744073709551617}}"#,
        changed.strip_suffix('}').expect("an object")
    );
    check_text(&patched, &changed);
    check_text(&client.get(&path).await, &changed);
    // A number that differs in a digit which 64 bits do not hold is another one.
    patch(client, &path, r#"{"info":{"x":18446744073709551616}}"#).await;
    let changed = changed.replace("18446744073709551617", "18446744073709551616");
    check_text(&client.get(&path).await, &changed);
    let history = client.get(&format!("{path}/history")).await;
    let told = history.text().matches(r#""field":"info""#).count();
    assert_eq!(told, 3, "{}", history.text());

    for formatter in ["ndjson", "athora-csv", "standard-csv", "columns-csv"] {
        payments.tenant.publish(formatter).await;
    }
    let ndjson = client.get("/v1/alerts/export?formatter=ndjson").await;
    check_text(&ndjson, &changed);
    let doubled = changed.replace('"', "\"\"");
    let doubled = doubled.strip_prefix("\"\"info\"\":").expect("the info");
    let csv = client.get("/v1/alerts/export").await;
    check_text(&csv, doubled);
    let path_of = |steps: &str| json!({ "header": steps, "path": format!("info.{steps}") });
    let columns = ["big", "precise", "money", "x", "a"].map(path_of);
    let config = json!({ "columns": columns }).to_string();
    let asked = client.request(reqwest::Method::GET, "/v1/alerts/export");
    let asked = asked.query(&[("formatter", "columns-csv"), ("config", &config)]);
    let row = "123456789012345678901234567890,0.1000000000000000055511151231257827,1.5,18446744073709551616,-0";
    check_text(&client.send(asked).await, row);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_kept_is_refused_with_its_place() {
    let payments = Payments::start().await.with_large_amount().await;
    let client = &payments.tenant.administrator;
    let check = async |info: &str, field: &str, reason: &str| {
        let answer = client.post_as("/v1/alerts", JSON, alert(info)).await;
        check_fault(&answer, field, reason);
    };
    check(r#"{"a":1,"a":2}"#, "info.a", "duplicate_field").await;
    check(
        r#"{"a":[0,{"b":1,"\u0062":1}]}"#,
        "info.a[1].b",
        "duplicate_field",
    )
    .await;
    let twice = format!(r#"{{"{PRIVATE}":1,"{PRIVATE}":"x"}}"#);
    check(&twice, &format!("info.{PRIVATE}"), "duplicate_field").await;
    check(r#"{"a":"\ud800"}"#, "info.a", "invalid_character").await;
    check(r#"{"a":1e400}"#, "info.a", "out_of_range").await;
    let deep = client
        .post_as(
            "/v1/alerts",
            JSON,
            alert(&format!(r#"{{"a":{}}}"#, nested(127))),
        )
        .await;
    let [(field, reason)] = &faults(&deep)[..] else {
        panic!("one fault");
    };
    assert!(
        field.starts_with("info.a[0]") && reason == "too_deep",
        "{field}"
    );
    assert_eq!(payments.tenant.alerts().await.len(), 0);

    let made = client.post_as("/v1/alerts", JSON, alert("{}")).await;
    let path = format!(
        "/v1/alerts/{}",
        made.expect(201)["id"].as_str().expect("an id")
    );
    let answer = patch(client, &path, r#"{"info":{"a":1,"a":2}}"#).await;
    check_fault(&answer, "info.a", "duplicate_field");

    let rule = "/v1/teams/payments/rules/large-amount";
    let installed = client.get(rule).await.expect(200);
    let body = |config: &str| {
        format!(
            r#"{{"plugin":"large-amount","version":{},"mode":"live","config":{config}}}"#,
            installed["version"]
        )
    };
    let answer = put(client, rule, body(r#"{"limits":{"EUR":1,"EUR":2}}"#)).await;
    check_fault(&answer, "config.limits.EUR", "duplicate_field");
    let answer = put(client, rule, body(r#"{"limits":{"EUR":12345.50}}"#)).await;
    check_text(&answer, r#""config":{"limits":{"EUR":12345.50}}"#);

    let typed = |schema: &str| format!(r#"{{"title":"Odd","info_schema":{schema}}}"#);
    let path = "/v1/alert-types/odd";
    let answer = put(client, path, typed(r#"{"properties":{"a":{},"a":{}}}"#)).await;
    check_fault(&answer, "info_schema.properties.a", "duplicate_field");
    let schema = format!(
        r#"{{"properties":{{"{PRIVATE}":{{"type":"string"}}}},"maxProperties":2,"$comment":"é"}}"#
    );
    check_text(&put(client, path, typed(&schema)).await, &schema);
    let odd = alert(&format!(r#"{{"{PRIVATE}":1}}"#)).replace("\"other\"", "\"odd\"");
    let answer = client.post_as("/v1/alerts", JSON, odd).await;
    check_fault(&answer, &format!("info/{PRIVATE}"), "invalid");
    payments.host.stop().await;
}

/// A host whose team keeps additional fields, with the rule `large-amount`.
async fn keeping() -> Payments {
    let payments = Payments::start().await.with_large_amount().await;
    let schema = json!({ "fields": crate::payments::fields(), "additional_fields": "keep" });
    let path = "/v1/teams/payments/payload-schema";
    let put = payments.tenant.administrator.put(path, schema).await;
    put.expect(200);
    payments
}

fn with_more(txn_id: &str, amount: f64, more: &str) -> String {
    let payload = payment(txn_id, "anna", amount).to_string();
    let payload = payload.strip_suffix('}').expect("an object");
    format!(r#"{payload},"more":{more}}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repost_that_differs_in_additional_fields_is_a_conflict() {
    let payments = keeping().await;
    let check = async |id: &str, first: &str, same: &str, other: &str| {
        let post = async |more: &str| {
            let payload = with_more(id, 1.0, more);
            payments.key.post_as(POST, JSON, payload).await
        };
        post(first).await.expect(201);
        post(same).await.expect(200);
        post(other).await.problem(409);
        let path = format!("/v1/teams/payments/transactions/{id}");
        let kept = payments.tenant.administrator.get(&path).await;
        check_text(&kept, &format!(r#""more":{first}"#));
    };
    check(
        "integers",
        "18446744073709551616",
        "18446744073709551616.0",
        "18446744073709551617",
    )
    .await;
    check(
        "digits",
        "0.12345678901234567890",
        "0.1234567890123456789",
        "0.12345678901234567891",
    )
    .await;
    let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(127), "]".repeat(127));
    check("deep", &deep("1"), &deep(" 1.0 "), &deep("2")).await;
    check(
        "private",
        &format!(r#"{{"{PRIVATE}":1,"b":2}}"#),
        &format!(r#"{{"b":2,"{PRIVATE}":1}}"#),
        &format!(r#"{{"{PRIVATE}":3,"b":2}}"#),
    )
    .await;
    let payload = with_more("top", 1.0, "1").replace("\"more\"", &format!("\"{PRIVATE}\""));
    payments
        .key
        .post_as(POST, JSON, payload.clone())
        .await
        .expect(201);
    payments
        .key
        .post_as(POST, JSON, payload.clone())
        .await
        .expect(200);
    let other = payload.replace(&format!("\"{PRIVATE}\":1"), &format!("\"{PRIVATE}\":2"));
    payments.key.post_as(POST, JSON, other).await.problem(409);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_of_a_deep_info_keeps_the_rest() {
    let payments = keeping().await;
    let client = &payments.tenant.administrator;
    let more = format!(r#"{{"deep":{},"big":18446744073709551617}}"#, nested(126));
    let payload = with_more("t1", 50_000.0, &more);
    let posted = payments.key.post_as(POST, JSON, payload).await.expect(201);
    let path = format!(
        "/v1/alerts/{}",
        posted["alerts"][0]["id"].as_str().expect("an id")
    );
    let before = client.get(&path).await;
    check_text(&before, &format!(r#""more":{more}"#));
    let patched = patch(client, &path, r#"{"info":{"x":1}}"#).await;
    check_text(&patched, &format!(r#""more":{more}"#));
    let (before, mut after) = (before.expect(200), client.get(&path).await.expect(200));
    assert_eq!(after["info"]["x"].take(), 1);
    after["info"].as_object_mut().expect("an info").remove("x");
    assert_eq!(after["info"], before["info"]);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_writes_is_kept_exactly_or_set_apart() {
    let payments = Payments::start().await;
    let client = &payments.tenant.administrator;
    let plugin = payments.tenant.publish("hostile-rule").await;
    let found = async |behaviour: &str| {
        let config = json!({ "prepare": "", "evaluate": behaviour });
        let tenant = &payments.tenant;
        tenant.install("payments", "hostile", &plugin, config).await;
        let posted = payments
            .post(payment(behaviour, "anna", 13.0))
            .await
            .expect(201);
        let id = posted["alerts"][0]["id"].as_str().expect("an alert");
        client.get(&format!("/v1/alerts/{id}")).await
    };
    let exact = found("info-exact").await;
    let info = format!(r#""info":{{"big":123456789012345678901234567890,"{PRIVATE}":1.50,"#);
    check_text(&exact, &info);
    let twice = found("info-twice").await.expect(200);
    let info = &twice["info"];
    assert_eq!(info["unvalidated"], r#"{"a":{"b":1,"b":2}}"#);
    assert_eq!(info["faults"][0]["pointer"], "/a/b");
    assert_eq!(info["transactions"][0]["txn_id"], "info-twice");
    let deep = found("info-deep").await.expect(200);
    let unvalidated = deep["info"]["unvalidated"].as_str().expect("a text");
    assert_eq!(unvalidated.len(), r#"{"a":}"#.len() + 20_000);
    let stats = client.get("/v1/teams/payments/rules/hostile/stats").await;
    let stats = stats.expect(200);
    assert_eq!(
        (&stats["failures"], &stats["refused_infos"]),
        (&json!(0), &json!(2))
    );

    // Patching what was set apart keeps it.
    let id = deep["id"].as_str().expect("an id");
    let patched = patch(
        client,
        &format!("/v1/alerts/{id}"),
        r#"{"info":{"seen":true}}"#,
    )
    .await;
    assert_eq!(patched.expect(200)["info"]["unvalidated"], unvalidated);
    payments.host.stop().await;
}
