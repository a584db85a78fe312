//! Names that look the same are one.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tests::TestHost;

use super::text;
use crate::stored_release::OldHost;

#[tokio::test]
async fn logins_that_look_the_same_are_one_person() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let administrator = &athora.administrator;
    let create = async |login: &str| {
        let user = json!({ "login": login, "scopes": ["Watcher"] });
        administrator.post("/v1/users", user).await
    };
    let made = create("Anna.Example@athora").await.expect(201);
    assert_eq!(made["login"], "Anna.Example@athora");
    for same in ["anna.example@ATHORA", "\u{FF21}nna.example@athora"] {
        let refused = create(same).await.problem(409);
        assert!(
            refused.contains("'Anna.Example@athora'"),
            "{same}: {refused}"
        );
    }
    create("асе").await.expect(201);
    create("ace").await.problem(409);
    for (refused, expect) in [
        ("an\u{202E}na", "U+202E"),
        ("an\u{200B}na", "U+200B"),
        ("anna\u{FEFF}", "U+FEFF"),
        ("annа", "letters of different scripts are mixed"),
    ] {
        let refused = create(refused).await.problem(422);
        assert!(refused.contains(expect), "{refused}");
    }
    let wide = create("\u{FF22}ert").await.expect(201);
    assert_eq!(wide["login"], "Bert");

    // The audit finds a person by a login, however it is written.
    let entries = administrator.get("/v1/audit?actor=FIRST").await.expect(200);
    assert_eq!(entries["items"][0]["actor"]["login"], "first");
    host.stop().await;
}

#[tokio::test]
async fn scopes_that_look_the_same_are_one() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let administrator = &athora.administrator;
    let put = async |name: &str| {
        let request = administrator.request(Method::PUT, &format!("/v1/scopes/{name}"));
        let request = request.json(&json!({ "permissions": ["rule:read"] }));
        administrator.send(request).await
    };
    put("Approver").await.expect(201);
    put("Approver").await.expect(200);
    for same in [
        "approver",
        "APPROVER",
        "watcher",
        "\u{FF21}pprover",
        "Aml  analyst",
    ] {
        let refused = put(same).await.problem(409);
        assert!(
            refused.contains("names that look the same are one"),
            "{refused}"
        );
    }
    // The first letter is Cyrillic.
    let refused = put("Аpprover").await.problem(422);
    assert!(
        refused.contains("letters of different scripts are mixed"),
        "{refused}"
    );
    host.stop().await;
}

#[tokio::test]
async fn labels_that_look_the_same_are_found_together() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let administrator = &athora.administrator;
    athora.team("aml", &[]).await;
    let create = async |labels: Value| {
        let alert =
            json!({ "team": "aml", "title": "X", "incident_type": "other", "labels": labels });
        administrator.post("/v1/alerts", alert).await
    };
    let one = create(json!(["VIP client"])).await.expect(201);
    let other = create(json!(["vip  client", "cash"])).await.expect(201);
    let found = async |label: &str| {
        let mut ids: Vec<String> = administrator
            .all(&format!("/v1/alerts?label={label}"))
            .await
            .iter()
            .map(|alert| text(&alert["id"]).to_owned())
            .collect();
        ids.sort_unstable();
        ids
    };
    let mut both = [&one, &other].map(|alert| text(&alert["id"]).to_owned());
    both.sort_unstable();
    assert_eq!(found("Vip%20Client").await, both);
    assert_eq!(found("CASH").await, [text(&other["id"])]);
    assert!(found("nothing").await.is_empty());

    for (labels, expect) in [
        (json!(["vip", "VIP"]), "names a label twice"),
        (json!(["vi\u{200B}p"]), "U+200B"),
        (json!(["vіp"]), "letters of different scripts are mixed"),
    ] {
        let refused = create(labels).await.problem(422);
        assert!(refused.contains(expect), "{refused}");
    }
    let change = json!({
        "alerts": [other["id"]],
        "change": { "add_labels": ["Cash"], "remove_labels": ["VIP CLIENT"] },
    });
    crate::alerts::bulk::change(administrator, change).await;
    let path = format!("/v1/alerts/{}", text(&other["id"]));
    let changed = administrator.get(&path).await.expect(200);
    assert_eq!(changed["labels"], json!(["cash"]));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_that_collide_by_now_go_on_working() {
    let old = OldHost::start().await;
    let users = old.store.all_known()["users"].as_object().expect("users");
    for (login, known) in users {
        let client = old.host.anonymous().with(text(&known["token"]));
        let me = client.get("/v1/me").await.expect(200);
        assert_eq!(me["login"], **login);
        // Their tokens stand on their own.
        let tokens = format!("/v1/users/{}/tokens", text(&known["id"]));
        let listed = client.all(&tokens).await;
        assert!(
            listed.iter().all(|token| token["parent"].is_null()),
            "{login}"
        );
    }
    let deadline = Instant::now() + Duration::from_secs(60);
    let counts = loop {
        let ready = old.host.anonymous().get("/readyz").await.expect(200);
        if ready["grandfathered"].is_object() {
            break ready["grandfathered"].clone();
        }
        assert!(Instant::now() < deadline, "{ready}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(counts["login"], 4, "{counts}");
    assert_eq!(counts["scope"], 2, "{counts}");

    // They are told apart by the login as it is.
    let owner = old.owner();
    let anna = &users["Anna.Example@athora"];
    let path = format!("/v1/users/{}", text(&anna["id"]));
    let change = json!({ "scopes": ["AML Analyst", "Watcher"] });
    owner.patch(&path, change).await.expect(200);
    let entry = owner.get("/v1/audit?limit=1").await.expect(200);
    assert_eq!(entry["items"][0]["changes"][0]["name"], anna["id"]);
}
