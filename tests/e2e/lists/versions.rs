//! Who changed what of a list, and what was in it when.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Client, TestHost, field};

use super::{each, send};

const PATH: &str = "/v1/lists/high_risk";
const HOUR: Duration = Duration::from_secs(3_600);

/// The newest version.
async fn newest(client: &Client) -> Value {
    let versions = client
        .get(&format!("{PATH}/versions?limit=1"))
        .await
        .expect(200);
    versions["items"][0].clone()
}

async fn membership(client: &Client, entry: &str, at: &Value) -> Value {
    let request = client.request(Method::GET, &format!("{PATH}/membership"));
    let request = request.query(&[("entry", entry), ("at", at.as_str().expect("a time"))]);
    client.send(request).await.expect(200)
}

#[tokio::test]
async fn who_changed_what_survives_a_restart_and_the_list() {
    let mut host = TestHost::start().await;
    let athora = host.tenant("athora").await;
    let anna = athora.user("anna", &["Administrator"]).await;
    let client = &athora.administrator;
    let key = athora.team("payments", &[field("amount", "float")]).await;
    let post = async |key: &Client, txn_id: &str| {
        let payment = json!({
            "txn_id": txn_id, "customer_id": "c", "date_time": "2026-03-01T10:00:00Z", "amount": 1,
        });
        key.post("/v1/transactions", payment).await.expect(201);
    };

    client
        .put(
            &format!("{PATH}?note=FATF%20of%20June"),
            json!(["IR", "KP"]),
        )
        .await
        .expect(201);
    let first = newest(client).await;
    host.clock().advance(HOUR);
    post(&key, "t1").await;
    post(&key, "t2").await;
    let change = json!({ "add": ["MM"], "remove": ["IR"], "note": "IR is told apart" });
    anna.patch(PATH, change).await.expect(200);
    let second = newest(client).await;
    host.clock().advance(HOUR);
    client
        .delete(&format!("{PATH}?note=not%20used"))
        .await
        .expect(204);
    let third = newest(client).await;
    host.clock().advance(HOUR);
    host.restart().await;
    let client = &client.at(host.url());
    client.put(PATH, json!(["IR"])).await.expect(201);
    let fourth = newest(client).await;

    let versions = client.all(&format!("{PATH}/versions")).await;
    assert_eq!(
        versions,
        [fourth.clone(), third.clone(), second.clone(), first.clone()]
    );
    let expect = [
        ("added", json!([1, 0, 1, 2])),
        ("removed", json!([0, 2, 1, 0])),
        ("count", json!([1, 0, 2, 2])),
        ("deleted", json!([false, true, false, false])),
        (
            "note",
            json!([null, "not used", "IR is told apart", "FATF of June"]),
        ),
    ];
    for (name, expect) in expect {
        assert_eq!(json!(each(&versions, name)), expect, "{name}");
    }
    let actors: Vec<Value> = versions
        .iter()
        .map(|version| version["by"]["login"].clone())
        .collect();
    assert_eq!(actors[2], "anna");
    assert_ne!(actors[3], "anna");

    let version = format!("{PATH}/versions/{}", second["version"]);
    let version = client.get(&version).await.expect(200);
    assert_eq!(
        (&version["added_entries"], &version["removed_entries"]),
        (&json!(["MM"]), &json!(["IR"]))
    );
    assert_eq!(
        version["seen_from"],
        json!({ "payments": 3 }),
        "two transactions saw the first"
    );

    // The list as it was, by version and by time.
    let as_of = async |version: &Value| {
        let by_version = client
            .get(&format!("{PATH}?version={}", version["version"]))
            .await;
        let at = version["at"].as_str().expect("a time");
        let by_time = client.get(&format!("{PATH}?at={at}")).await;
        assert_eq!(by_version.body, by_time.body);
        by_version
    };
    assert_eq!(
        as_of(&first).await.expect(200)["entries"],
        json!(["IR", "KP"])
    );
    assert_eq!(
        as_of(&second).await.expect(200)["entries"],
        json!(["KP", "MM"])
    );
    assert_eq!(
        as_of(&fourth).await.expect(200),
        client.get(PATH).await.expect(200)
    );
    let path = format!("{PATH}?version={}", first["version"]);
    assert_eq!(
        client.get_as(&path, "text/csv").await.text(),
        "entry\nIR\nKP\n"
    );
    let deleted = client
        .get(&format!("{PATH}?version={}", third["version"]))
        .await;
    let detail = deleted.problem(404);
    assert!(detail.contains("deleted"), "{detail}");
    let early = client.get(&format!("{PATH}?at=2001-01-01T00:00:00Z")).await;
    let detail = early.problem(404);
    assert!(detail.contains("made at"), "{detail}");

    // One entry through all of it.
    let was = [&first, &second, &third, &fourth];
    let mut found = Vec::new();
    for version in was {
        let ir = membership(client, " IR ", &version["at"]).await;
        assert_eq!(
            json!(each(ir["history"].as_array().expect("changes"), "version")),
            json!([fourth["version"], second["version"], first["version"]])
        );
        found.push((
            ir["member"].clone(),
            ir["version"].clone(),
            ir["since"]["version"].clone(),
        ));
    }
    let version = |of: &Value| of["version"].clone();
    let expect = [
        (json!(true), version(&first), version(&first)),
        (json!(false), version(&second), version(&second)),
        (json!(false), Value::Null, version(&second)),
        (json!(true), version(&fourth), version(&fourth)),
    ];
    assert_eq!(found, expect);
    let mm = membership(client, "MM", &second["at"]).await;
    assert_eq!(mm["since"]["by"]["login"], "anna");
    assert_eq!(mm["since"]["note"], "IR is told apart");
    let never = membership(client, "ir", &fourth["at"]).await;
    assert_eq!(
        (&never["member"], &never["history"]),
        (&json!(false), &json!([])),
        "exactly"
    );
    let before = membership(client, "IR", &json!("2001-01-01T00:00:00Z")).await;
    assert_eq!(
        (&before["member"], &before["version"]),
        (&json!(false), &json!(null))
    );
    host.stop().await;
}

#[tokio::test]
async fn versions_and_entries_come_in_pages() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    let numbers: Vec<String> = (0..1_200).map(|number| format!("a{number:04}")).collect();
    client.put(PATH, json!(numbers)).await.expect(201);
    let whole = newest(client).await;
    for number in 0..5 {
        client
            .patch(PATH, json!({ "add": [format!("b{number}")] }))
            .await
            .expect(200);
    }
    let mut pages = Vec::new();
    let mut path = format!("{PATH}/versions?limit=4");
    loop {
        let page = client.get(&path).await.expect(200);
        pages.extend(page["items"].as_array().expect("items").clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("{PATH}/versions?limit=4&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(
        json!(each(&pages, "count")),
        json!([1205, 1204, 1203, 1202, 1201, 1200])
    );

    assert_eq!(client.all(&format!("{PATH}/entries")).await.len(), 1_205);
    let version = &whole["version"];
    let as_of = client
        .all(&format!("{PATH}/entries?version={version}"))
        .await;
    assert_eq!(json!(as_of), json!(numbers));
    let at = whole["at"].as_str().expect("a time");
    let found = client
        .all(&format!("{PATH}/entries?at={at}&prefix=a11&q=A110"))
        .await;
    assert_eq!(
        json!(found),
        json!(
            (1100..1110)
                .map(|number| format!("a{number}"))
                .collect::<Vec<_>>()
        )
    );
    let found = client.all(&format!("{PATH}/entries?prefix=b&q=3")).await;
    assert_eq!(json!(found), json!(["b3"]));

    let cursor = client
        .get(&format!("{PATH}/entries?limit=1"))
        .await
        .expect(200);
    let cursor = cursor["next_cursor"].as_str().expect("a cursor");
    client
        .get(&format!("{PATH}/entries?limit=1&prefix=b&cursor={cursor}"))
        .await
        .problem(400);
    for wrong in [
        "?colour=red",
        "/entries?colour=red",
        "/versions?colour=red",
        "/membership?entry=a&colour=red",
        "/membership",
        "/membership?entry=%20",
        "/membership?entry=a&at=yesterday",
        "?at=2026-01-01T00:00:00Z&version=1",
        "?version=x",
    ] {
        client.get(&format!("{PATH}{wrong}")).await.problem(400);
    }
    for missing in [
        "/versions/1",
        "/versions/x",
        "?version=1",
        "?version=18446744073709551615",
    ] {
        client.get(&format!("{PATH}{missing}")).await.problem(404);
    }
    for of in ["versions", "versions/1", "entries", "membership?entry=a"] {
        client
            .get(&format!("/v1/lists/nothing/{of}"))
            .await
            .problem(404);
    }
    let long = "x".repeat(1_001);
    client
        .put(&format!("{PATH}?note={long}"), json!([]))
        .await
        .problem(422);
    host.stop().await;
}

#[tokio::test]
async fn a_large_list_keeps_small_changes_small() {
    let host = TestHost::start().await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    let row = |number: u32| format!("BE{number:014},customer {number}\n");
    let mut csv = "iban,name\n".to_owned();
    csv.extend((0..50_000).map(row));
    // The longest entries that there may be, in bytes.
    let longest = |number: u32| format!("{number:03}{}", "\u{1f600}".repeat(497));
    csv.extend((0..40).map(|number| format!("{},x\n", longest(number))));
    let path = format!("{PATH}?column=iban");
    let put = async |csv: &str| send(client, Method::PUT, &path, "text/csv", csv).await;
    let made = put(&csv).await.expect(201);
    assert_eq!(made["count"], 50_040);
    csv += "DE00,new\n";
    let csv = csv.replace(&row(77), "");
    let changed = put(&csv).await.expect(200);
    assert_eq!(
        (&changed["added"], &changed["removed"]),
        (&json!(1), &json!(1))
    );
    let version = format!("{PATH}/versions/{}", changed["version"]);
    let version = client.get(&version).await.expect(200);
    assert_eq!(version["removed_entries"], json!(["BE00000000000077"]));
    let first = format!("{PATH}/versions/{}", made["version"]);
    let first = client.get(&first).await.expect(200);
    assert_eq!(
        first["added_entries"].as_array().map(Vec::len),
        Some(50_040)
    );

    let path = format!(
        "{PATH}/entries?version={}&prefix=BE0000000000007",
        made["version"]
    );
    let found = client.get(&path).await.expect(200);
    assert_eq!(found["items"][7], "BE00000000000077");
    for (entry, expect) in [
        ("BE00000000000077", json!([false, true])),
        ("BE00000000049999", json!([true])),
        ("BE00000000000000", json!([true])),
        (&longest(0), json!([true])),
        (&longest(39), json!([true])),
        ("BE00000000050000", json!([])),
    ] {
        let found = membership(client, entry, &version["at"]).await;
        let history = found["history"].as_array().expect("changes");
        assert_eq!(json!(each(history, "member")), expect, "{entry}");
    }
    host.stop().await;
}
