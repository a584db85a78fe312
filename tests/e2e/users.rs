//! Who may what.

use serde_json::json;
use tests::TestHost;

#[tokio::test]
async fn scopes_say_what_a_user_may() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let watcher = athora.user("watcher", &["Watcher"]).await;
    let me = watcher.get("/v1/me").await.expect(200);
    let permissions = me["permissions"].as_array().expect("permissions");
    assert!(
        permissions.contains(&json!("rule:read")) && !permissions.contains(&json!("rule:write"))
    );
    watcher.get("/v1/teams").await.expect(200);
    let team = json!({ "name": "aml", "title": "AML", "kind": "aml" });
    assert!(
        watcher
            .post("/v1/teams", team)
            .await
            .problem(403)
            .contains("team:write")
    );
    watcher.get("/v1/users").await.problem(403);
    watcher
        .get(&format!("/v1/users/{}", me["id"].as_str().expect("an id")))
        .await
        .expect(200);

    let unknown = json!({ "login": "x", "scopes": ["AML Superviser"] });
    let refused = athora
        .administrator
        .post("/v1/users", unknown)
        .await
        .problem(422);
    assert!(refused.contains("AML Supervisor"), "{refused}");
    let taken = json!({ "login": "watcher", "scopes": ["Watcher"] });
    athora
        .administrator
        .post("/v1/users", taken)
        .await
        .problem(409);
    let weak = json!({ "login": "y", "password": "short", "scopes": ["Watcher"] });
    let refused = athora
        .administrator
        .post("/v1/users", weak)
        .await
        .problem(422);
    assert!(
        refused.contains("12 characters") && !refused.contains("short"),
        "{refused}"
    );
    host.stop().await;
}

#[tokio::test]
async fn a_disabled_user_is_out_and_an_administrator_always_stays() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let analyst = athora.user("analyst", &["AML Analyst"]).await;
    let id = analyst.get("/v1/me").await.expect(200)["id"].clone();
    let analyst_path = format!("/v1/users/{}", id.as_str().expect("an id"));
    let own_path = format!("/v1/users/{}", athora.administrator_id);
    let administrator = &athora.administrator;

    let disabled = json!({ "disabled": true });
    administrator
        .patch(&analyst_path, disabled.clone())
        .await
        .expect(200);
    analyst.get("/v1/me").await.problem(401);
    administrator
        .patch(&own_path, disabled.clone())
        .await
        .problem(409);
    administrator
        .patch(&own_path, json!({ "scopes": ["Watcher"] }))
        .await
        .problem(409);
    let promoted = json!({ "disabled": false, "scopes": ["Administrator"] });
    administrator
        .patch(&analyst_path, promoted)
        .await
        .expect(200);
    administrator.patch(&own_path, disabled).await.expect(200);
    administrator.get("/v1/me").await.problem(401);
    analyst.get("/v1/users").await.expect(200);
    host.stop().await;
}

#[tokio::test]
async fn a_stale_change_is_refused() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let user = json!({ "login": "u", "scopes": ["Watcher"] });
    let user = athora
        .administrator
        .post("/v1/users", user)
        .await
        .expect(201);
    let path = format!("/v1/users/{}", user["id"].as_str().expect("an id"));
    let etag = athora
        .administrator
        .get(&path)
        .await
        .header("etag")
        .to_owned();
    let change = async |etag: &str| {
        let request = athora.administrator.request(reqwest::Method::PATCH, &path);
        let request = request
            .header("if-match", etag)
            .json(&json!({ "disabled": true }));
        athora.administrator.send(request).await
    };
    change(&etag).await.expect(200);
    change(&etag).await.problem(412);
    host.stop().await;
}
