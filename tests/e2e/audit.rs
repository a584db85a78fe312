//! Who did what when.

use serde_json::{Value, json};
use tests::TestHost;

#[tokio::test]
async fn whatever_changes_is_in_the_audit_newest_first() {
    let mut host = TestHost::start().await;
    let athora = host.tenant("athora").await;
    athora.team("aml", &[]).await;
    athora
        .administrator
        .put("/v1/lists/mules", json!(["m"]))
        .await
        .expect(201);
    host.restart().await;
    let actions = async |query: &str| -> Vec<Value> {
        let page = athora
            .administrator
            .get(&format!("/v1/audit{query}"))
            .await
            .expect(200);
        page["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|entry| entry["action"].clone())
            .collect()
    };
    let all = [
        "list.put",
        "api_key.create",
        "payload_schema.put",
        "team.create",
        "user.create",
        "tenant.create",
    ];
    assert_eq!(actions("").await, all);
    assert_eq!(actions("?action=team.create").await, ["team.create"]);
    assert_eq!(actions("?actor=administrator").await, all[4..]);
    assert_eq!(actions("?actor=first").await, all[..4]);
    assert_eq!(actions("?subject=mules").await, ["list.put"]);
    assert_eq!(
        actions("?subject=aml").await,
        ["api_key.create", "payload_schema.put", "team.create"]
    );
    assert!(actions("?subject=am").await.is_empty());
    assert!(actions("?to=2020-01-01T00:00:00Z").await.is_empty());
    assert!(actions("?from=2999-01-01T00:00:00Z").await.is_empty());
    let unknown = athora
        .administrator
        .get("/v1/audit?action=team.creat")
        .await;
    assert_eq!(
        unknown.problem(400),
        "action: there is no action 'team.creat'; did you mean 'team.create'?"
    );

    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = athora
            .administrator
            .get(&format!("/v1/audit?limit=4{cursor}"))
            .await
            .expect(200);
        found.extend(
            page["items"]
                .as_array()
                .expect("items")
                .iter()
                .map(|entry| entry["action"].clone()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, all);
    let watcher = athora.user("watcher", &["Watcher"]).await;
    watcher.get("/v1/audit").await.problem(403);
    host.stop().await;
}
