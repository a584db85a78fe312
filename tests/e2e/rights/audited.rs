//! The audit tells what was changed: before and after.

use serde_json::{Value, json};

use super::{own_path, text};
use crate::payments::Payments;

#[tokio::test]
async fn whatever_is_defined_is_audited_before_and_after() {
    let payments = Payments::start().await.with_large_amount().await;
    let athora = &payments.tenant;
    let administrator = &athora.administrator;
    let newest = async || {
        let entries = administrator.get("/v1/audit?limit=1").await.expect(200);
        entries["items"][0].clone()
    };
    let only_change = |entry: &Value| {
        assert_eq!(
            entry["changes"].as_array().map(Vec::len),
            Some(1),
            "{entry}"
        );
        assert_eq!(entry["more_changes"], 0);
        entry["changes"][0].clone()
    };

    let user = athora.user("anna", &["Watcher"]).await;
    let path = own_path(&user).await;
    let change = json!({ "scopes": ["AML Analyst"] });
    administrator.patch(&path, change).await.expect(200);
    let entry = newest().await;
    assert_eq!(entry["action"], "user.change");
    let expect = json!({
        "kind": "user",
        "name": path.trim_start_matches("/v1/users/"),
        "before": { "scopes": ["Watcher"], "version": 1 },
        "after": { "scopes": ["AML Analyst"], "version": 2 },
    });
    assert_eq!(only_change(&entry), expect);

    let scope = json!({ "permissions": ["rule:read"] });
    administrator
        .put("/v1/scopes/Night", scope)
        .await
        .expect(201);
    let entry = newest().await;
    let made = only_change(&entry);
    assert_eq!(
        (&entry["action"], &made["before"]),
        (&json!("scope.put"), &Value::Null)
    );
    assert_eq!(made["after"]["permissions"], json!(["rule:read"]));
    administrator.delete("/v1/scopes/Night").await.expect(204);
    let deleted = only_change(&newest().await);
    assert_eq!(deleted["before"]["permissions"], json!(["rule:read"]));
    assert_eq!(deleted["after"], Value::Null);

    let put = async |path: &str, body: Value, kind: &str| {
        let answer = administrator.put(path, body).await;
        assert!(answer.is_success(), "{path}: {}", answer.text());
        let change = only_change(&newest().await);
        assert_eq!(change["kind"], kind, "{path}");
        change
    };
    let formatter = athora.publish("ndjson").await;
    let export = json!({
        "formatter": { "plugin": formatter.name, "version": formatter.version },
        "deliveries": [{
            "kind": "object_store", "bucket": "files", "region": "eu-central-1",
            "access_key_id": "AKIDEXAMPLE", "secret_access_key": "wJalrXUtnFEMIK7MDENG",
        }],
    });
    put("/v1/exports/nightly", export, "export").await;
    let kind = json!({ "title": "Large" });
    put("/v1/alert-types/large", kind, "alert_type").await;
    let kind = json!({ "title": "Very large" });
    let changed = put("/v1/alert-types/large", kind, "alert_type").await;
    assert!(
        changed["before"].to_string().contains("\"Large\""),
        "{changed}"
    );
    assert!(
        changed["after"].to_string().contains("\"Very large\""),
        "{changed}"
    );
    let workflow = json!({
        "states": [
            { "name": "open", "title": "Open", "initial": true },
            { "name": "closed", "title": "Closed", "closed": true },
        ],
        "transitions": [{ "source": "open", "destination": "closed",
            "condition": "\"Approver\" in security.scope" }],
    });
    let changed = put("/v1/workflow", workflow, "workflow").await;
    assert!(
        changed["after"].to_string().contains("Approver"),
        "{changed}"
    );
    let rules = "/v1/teams/payments/rules/large-amount";
    let installed = administrator.get(rules).await.expect(200);
    let rule = |mode: &str| {
        json!({
            "plugin": installed["plugin"], "version": installed["version"], "mode": mode,
            "config": { "limits": { "EUR": 10_000 } },
        })
    };
    put(rules, rule("shadow"), "rule").await;
    let changed = put(rules, rule("live"), "rule").await;
    assert_eq!(changed["before"]["mode"], "shadow", "{changed}");
    assert_eq!(changed["after"]["mode"], "live", "{changed}");
    put("/v1/lists/mules", json!(["m"]), "list").await;

    // No credential and no secret is in any of it.
    let all = Value::Array(administrator.all("/v1/audit").await).to_string();
    for secret in [
        administrator.credential(),
        "wJalrXUtnFEMIK7MDENG",
        "$argon2",
    ] {
        assert!(!all.contains(secret), "{secret}");
    }
    assert!(all.contains("hmac-sha256:") && all.contains("AKIDEXAMPLE"));
    assert!(all.contains(text(&json!("tenant.create"))));
    payments.host.stop().await;
}
