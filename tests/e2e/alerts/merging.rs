//! Alerts that are merged: by hand, by themselves, and back.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Client, TestHost};

use super::search::make;
use super::text;
use crate::payments::{BATCH, Payments, payment, with};

const MERGE: &str = "/v1/alerts/merge";
const MERGING: &str = "/v1/alert-merging";

async fn read(client: &Client, id: &str) -> Value {
    client.get(&format!("/v1/alerts/{id}")).await.expect(200)
}

fn ids(alerts: &[Value]) -> Vec<&str> {
    alerts.iter().map(|alert| text(&alert["id"])).collect()
}

/// A tenant whose rule finds something in every payment from 10,000 EUR on.
async fn with_rule() -> Payments {
    Payments::on(TestHost::builder())
        .await
        .with_large_amount()
        .await
}

/// The alerts of a posted payment.
async fn alerts_of(payments: &Payments, txn_id: &str, customer: &str) -> Vec<String> {
    let posted = payments.post(payment(txn_id, customer, 20_000.0)).await;
    let posted = posted.expect(201);
    let alerts = posted["alerts"].as_array().expect("alerts");
    ids(alerts).into_iter().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_merged_alerts_the_newest_are_shown_and_the_others_counted() {
    let payments = with_rule().await;
    let client = &payments.tenant.administrator;
    // More than a file or an answer shows of one alert.
    const MERGED: usize = 103;
    let mut made = Vec::new();
    for number in 0..=MERGED {
        made.push(make(client, json!({ "title": format!("number {number}") })).await);
    }
    for others in made[1..].chunks(99) {
        let alerts: Vec<_> = std::iter::once(&made[0]).chain(others).collect();
        client
            .post(MERGE, json!({ "alerts": alerts }))
            .await
            .expect(201);
    }
    let holder = format!("/v1/alerts/{}", made[0]);
    let originals = format!("{holder}/originals");

    let listed = client.all("/v1/alerts").await;
    let [listed] = &listed[..] else {
        panic!("it is one alert: {listed:?}");
    };
    let shown = |alert: &Value| alert["merged_from"].as_array().expect("ids").clone();
    assert_eq!(listed["merged"], MERGED);
    assert_eq!(shown(listed), made[MERGED - 9..]);
    assert_eq!(listed["originals"], originals);
    assert_eq!(listed["info"]["merged"].as_array().map(Vec::len), Some(10));
    assert_eq!(listed["info"]["merged_left_out"], MERGED - 10);

    let changed = client.patch(&holder, json!({ "severity": "high" })).await;
    for read in [changed.expect(200), read(client, &made[0]).await] {
        assert_eq!(read["merged"], MERGED);
        assert_eq!(shown(&read), made[MERGED - 99..]);
        assert_eq!(read["originals"], originals);
    }
    let page = client
        .get(&format!("{originals}?limit=2"))
        .await
        .expect(200);
    assert_eq!(ids(page["items"].as_array().expect("items")), made[1..3]);
    assert_eq!(ids(&client.all(&originals).await), made[1..]);

    let plugin = payments.tenant.publish("ndjson").await;
    let run = payments.tenant.run_export("all", &plugin).await;
    assert_eq!(run["rows"], 1);
    let file = client.get("/v1/exports/all/latest").await.text();
    assert!(file.contains("\"merged_left_out\":3"), "{file}");
    let in_file = |id: &String| file.contains(&**id);
    assert!(made[4..].iter().all(in_file) && !made[1..4].iter().any(in_file));
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn merged_alerts_are_one_and_can_be_parted_again() {
    let mut payments = with_rule().await;
    let client = payments.tenant.administrator.clone();
    let [one] = &alerts_of(&payments, "t1", "anna").await[..] else {
        panic!("one alert");
    };
    let due = "2030-01-01T00:00:00Z";
    let two = json!({ "title": "By hand", "severity": "low", "labels": ["odd", "cash"], "due_date": due });
    let two = make(&client, two).await;
    let [three] = &alerts_of(&payments, "t2", "anna").await[..] else {
        panic!("one alert");
    };
    let labels = json!({ "labels": ["cash"], "severity": "low" });
    client
        .patch(&format!("/v1/alerts/{one}"), labels)
        .await
        .expect(200);
    let before = [read(&client, one).await, read(&client, &two).await];
    let comment = json!({ "text": "of two" });
    client
        .post(&format!("/v1/alerts/{two}/comments"), comment)
        .await
        .expect(201);

    let merge = json!({ "alerts": [three, two, one], "title": "All three" });
    let merged = client.post(MERGE, merge).await.expect(201);
    assert_eq!(merged["id"], **one);
    assert_eq!(merged["merged"], 2);
    let whole = read(&client, one).await;
    assert_eq!(whole["title"], "All three");
    assert_eq!(whole["merged_from"], json!([two, three]));
    assert_eq!(whole["txn_ids"], json!(["t1", "t2"]));
    assert_eq!(whole["labels"], json!(["cash", "odd", "large amount"]));
    assert_eq!(whole["due_date"], due);
    let severity = &before[0]["severity"];
    assert_eq!(severity, "low");
    assert_eq!(whole["severity"], read(&client, three).await["severity"]);
    let of = |finding: &Value| text(&finding["transaction"]).to_owned();
    let findings = whole["findings"].as_array().expect("findings");
    assert_eq!(findings.iter().map(of).collect::<Vec<_>>(), ["t1", "t2"]);
    let transactions = whole["info"]["transactions"].as_array().expect("payloads");
    assert_eq!(transactions.len(), 2);
    assert_eq!(
        whole["info"]["merged"][0],
        json!({ "alert": two, "info": {} })
    );
    let comments = client.all(&format!("/v1/alerts/{one}/comments")).await;
    assert_eq!(comments[0]["text"], "of two");

    // To everyone at work it is one alert.
    assert_eq!(ids(&client.all("/v1/alerts").await), [one]);
    for query in [
        "txn_id=t2",
        "q=t2",
        "q=two",
        "label=odd",
        "dprofile_id=anna",
    ] {
        let found = client.all(&format!("/v1/alerts?{query}")).await;
        assert_eq!(ids(&found), [one], "{query}");
    }
    let counts = client.get("/v1/alerts/summary").await.expect(200);
    assert_eq!(counts["count"], 1);
    let plugin = payments.tenant.publish("ndjson").await;
    let run = payments.tenant.run_export("all", &plugin).await;
    assert_eq!(run["rows"], 1);
    let file = client.get("/v1/exports/all/latest").await.text();
    assert!(file.contains(&two) && file.contains("All three"), "{file}");

    // The originals are there, and cannot be worked on.
    let originals = client.get(&format!("/v1/alerts/{one}/originals")).await;
    let originals = originals.expect(200);
    let originals = originals["items"].as_array().expect("items");
    assert_eq!(ids(originals), [&two, three]);
    assert_eq!(read(&client, &two).await["merged_into"], **one);
    for (method, path, body) in [
        (Method::PATCH, "", json!({ "title": "x" })),
        (Method::POST, "/transitions", json!({ "to": "closed" })),
        (Method::POST, "/comments", json!({ "text": "x" })),
        (Method::POST, "/tasks", json!({ "title": "x" })),
    ] {
        let path = format!("/v1/alerts/{two}{path}");
        let request = client.request(method, &path).json(&body);
        let refused = client.send(request).await.problem(409);
        assert!(refused.contains(one), "{refused}");
    }

    payments.host.restart().await;
    assert_eq!(ids(&client.all("/v1/alerts?txn_id=t2").await), [one]);

    // Somebody works on it meanwhile; then it is taken back.
    let seen = json!({ "labels": ["cash", "odd", "seen"] });
    client
        .patch(&format!("/v1/alerts/{one}"), seen)
        .await
        .expect(200);
    let unmerge = format!("/v1/alerts/{one}/unmerge");
    let back = client.post(&unmerge, json!({})).await.expect(200);
    assert_eq!(back["labels"], json!(["cash", "seen"]));
    for member in ["title", "severity", "due_date", "txn_ids", "merged_from"] {
        assert_eq!(back[member], before[0][member], "{member}");
    }
    let two_again = read(&client, &two).await;
    for member in [
        "title",
        "severity",
        "due_date",
        "labels",
        "info",
        "merged_into",
    ] {
        assert_eq!(two_again[member], before[1][member], "{member}");
    }
    assert_eq!(client.all("/v1/alerts").await.len(), 3);
    assert_eq!(ids(&client.all("/v1/alerts?txn_id=t2").await), [three]);
    assert_eq!(ids(&client.all("/v1/alerts?q=two").await), [&two]);
    client.post(&unmerge, json!({})).await.problem(409);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_open_alerts_of_one_customer_are_merged() {
    let payments = Payments::start().await;
    let client = &payments.tenant.administrator;
    payments.tenant.team("other", &[]).await;
    let one = make(client, json!({})).await;
    let two = make(client, json!({})).await;
    let of_bert = make(client, json!({ "dprofile_id": "bert" })).await;
    let of_nobody = make(client, json!({ "dprofile_id": null })).await;
    let of_other = make(client, json!({ "team": "other" })).await;
    let closed = make(client, json!({})).await;
    let path = format!("/v1/alerts/{closed}/transitions");
    client
        .post(&path, json!({ "to": "closed" }))
        .await
        .expect(200);
    let unknown = "0197aaaa-0000-7000-8000-000000000000";
    let check = async |alerts: &[&str], status: u16, expect: &str| {
        let refused = client.post(MERGE, json!({ "alerts": alerts })).await;
        let refused = refused.problem(status);
        assert!(refused.contains(expect), "{alerts:?}: {refused}");
    };
    check(&[&one, &one], 422, "merged with itself").await;
    check(&[&one], 422, "from 2 to 100").await;
    check(&[], 422, "from 2 to 100").await;
    check(&[&one, unknown], 404, unknown).await;
    check(&[&one, &of_bert], 409, "another customer").await;
    check(&[&of_nobody, &of_nobody], 422, "itself").await;
    check(&[&one, &of_other], 409, "team 'other'").await;
    check(&[&one, &closed], 409, "is closed").await;
    let many: Vec<String> = (0..101)
        .map(|number| format!("0197aaaa-0000-7000-8000-{number:012}"))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    check(&many, 422, "from 2 to 100").await;

    let merge = json!({ "alerts": [one, two] });
    client.post(MERGE, merge.clone()).await.expect(201);
    // Not again, and not in a circle.
    check(&[&one, &two], 409, "merged into alert").await;
    let three = make(client, json!({})).await;
    check(&[&two, &three], 409, "merged into alert").await;
    let merge = json!({ "alerts": [one, three] });
    assert_eq!(client.post(MERGE, merge).await.expect(201)["merged"], 2);

    // Each merge is taken back by itself, the last one first.
    let unmerge = format!("/v1/alerts/{one}/unmerge");
    let strange = json!({ "alerts": [of_bert] });
    client.post(&unmerge, strange).await.problem(409);
    let back = client.post(&unmerge, json!({})).await.expect(200);
    assert_eq!(back["merged_from"], json!([two]));
    let named = json!({ "alerts": [two] });
    let back = client.post(&unmerge, named).await.expect(200);
    assert_eq!(back["merged_from"], json!([]));
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_that_is_sent_again_is_made_once() {
    let payments = Payments::start().await;
    let client = &payments.tenant.administrator;
    let (one, two) = (make(client, json!({})).await, make(client, json!({})).await);
    let send = async || {
        let request = client
            .request(Method::POST, MERGE)
            .header("idempotency-key", "\"m1\"")
            .json(&json!({ "alerts": [one, two] }));
        client.send(request).await.expect(201)
    };
    assert_eq!(send().await, send().await);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_alerts_join_the_oldest_that_meets_the_condition() {
    let mut payments = with_rule().await;
    let client = payments.tenant.administrator.clone();
    assert_eq!(client.get(MERGING).await.expect(200), Value::Null);
    let daily = json!({ "period": "day", "condition": "rule" });
    client.put(MERGING, daily.clone()).await.expect(200);
    assert_eq!(client.get(MERGING).await.expect(200), daily);

    // Inside a batch, and from one call to the next.
    let lines = [
        ("t1", "anna"),
        ("t2", "anna"),
        ("t3", "bert"),
        ("t4", "anna"),
    ]
    .map(|(txn_id, customer)| format!("{}\n", payment(txn_id, customer, 20_000.0)));
    let answer = payments
        .key
        .post_as(BATCH, "application/x-ndjson", lines.concat())
        .await;
    let answers = answer.text();
    let told: Vec<String> = answers
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            text(&line["alerts"][0]["id"]).to_owned()
        })
        .collect();
    let anna = told[0].clone();
    assert_eq!(told, [&*anna, &*anna, &*told[2], &*anna]);
    assert_ne!(told[2], anna);
    let whole = read(&client, &anna).await;
    assert_eq!(whole["txn_ids"], json!(["t1", "t2", "t4"]));
    assert_eq!(whole["findings"].as_array().expect("findings").len(), 3);

    // Across a restart, and for a transaction that is late by a week: what counts is when the alert is made.
    payments.host.restart().await;
    let late = json!({ "date_time": "2026-02-22T10:00:00Z" });
    let late = with(payment("t5", "anna", 20_000.0), late);
    let posted = payments.post(late).await.expect(201);
    assert_eq!(posted["alerts"][0]["id"], *anna);

    // Other rules do not join; alerts by hand have none.
    let by_hand = make(&client, json!({})).await;
    assert_ne!(by_hand, anna);

    // A closed alert is joined no more; one that was reopened is.
    let transitions = format!("/v1/alerts/{anna}/transitions");
    let to = |state: &str| json!({ "to": state });
    client.post(&transitions, to("closed")).await.expect(200);
    let second = alerts_of(&payments, "t6", "anna").await;
    assert_ne!(second, [&*anna]);
    client.post(&transitions, to("open")).await.expect(200);
    assert_eq!(alerts_of(&payments, "t7", "anna").await, [&*anna]);

    // A day later there is a new one.
    payments
        .host
        .clock()
        .advance(Duration::from_secs(24 * 3_600 + 1));
    let third = alerts_of(&payments, "t8", "anna").await;
    assert_ne!(third, [&*anna]);
    assert_ne!(third, second);

    // By type, and always.
    let weekly = json!({ "period": "week", "condition": "always" });
    client.put(MERGING, weekly).await.expect(200);
    assert_eq!(make(&client, json!({})).await, anna);
    let hourly = json!({ "period": "hour", "condition": "incident_type" });
    client.put(MERGING, hourly).await.expect(200);
    let other = make(&client, json!({})).await;
    assert!(other != anna && other != third[0]);
    assert_eq!(make(&client, json!({})).await, other);
    client.put(MERGING, Value::Null).await.expect(200);
    assert_ne!(make(&client, json!({})).await, other);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_joined_later_stays_when_a_merge_is_taken_back() {
    let payments = with_rule().await;
    let client = &payments.tenant.administrator;
    let first = alerts_of(&payments, "t1", "anna").await.remove(0);
    let second = alerts_of(&payments, "t2", "anna").await.remove(0);
    let merge = json!({ "alerts": [first, second] });
    client.post(MERGE, merge).await.expect(201);
    let daily = json!({ "period": "day", "condition": "rule" });
    client.put(MERGING, daily).await.expect(200);
    assert_eq!(alerts_of(&payments, "t3", "anna").await, [&*first]);
    let unmerge = format!("/v1/alerts/{first}/unmerge");
    let back = client.post(&unmerge, json!({})).await.expect(200);
    assert_eq!(back["txn_ids"], json!(["t1", "t3"]));
    assert_eq!(read(client, &second).await["txn_ids"], json!(["t2"]));
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_are_one_of_those_that_there_are() {
    let payments = Payments::start().await;
    let client = &payments.tenant.administrator;
    for wrong in [
        json!({}),
        json!({ "period": "year", "condition": "rule" }),
        json!({ "period": "day", "condition": "sometimes" }),
        json!({ "period": "day", "condition": "rule", "more": 1 }),
        json!([]),
    ] {
        client.put(MERGING, wrong).await.problem(422);
    }
    let supervisor = payments.tenant.user("sue", &["AML Supervisor"]).await;
    supervisor.put(MERGING, Value::Null).await.problem(403);
    payments.host.stop().await;
}
