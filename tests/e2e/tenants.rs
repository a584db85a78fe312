//! The administrator makes tenants; from there they help themselves.

use serde_json::json;
use tests::TestHost;

#[tokio::test]
async fn the_administrator_makes_tenants_and_their_first_users() {
    let host = TestHost::builder().in_memory().start().await;
    let administrator = host.administrator();
    let tenant = |name: &str, timezone: &str| json!({ "name": name, "title": "Athora Netherlands", "timezone": timezone });
    let made = administrator
        .post("/v1/tenants", tenant("athora", "Europe/Amsterdam"))
        .await
        .expect(201);
    assert_eq!(made["suspended"], false);
    let check = async |body, status| {
        administrator
            .post("/v1/tenants", body)
            .await
            .problem(status)
    };
    assert!(check(tenant("athora", "UTC"), 409).await.contains("athora"));
    check(tenant("other", "Mars/Olympus"), 422).await;
    check(tenant("Other", "UTC"), 422).await;

    let users = "/v1/tenants/athora/users";
    let nobody = json!({ "login": "x", "scopes": ["Watcher"] });
    administrator.post(users, nobody).await.problem(422);
    let first =
        json!({ "login": "ada", "password": "correct horse battery", "scopes": ["Administrator"] });
    let ada = administrator.post(users, first.clone()).await.expect(201);
    administrator.post(users, first).await.problem(409);
    let ada = administrator.with(ada["token"].as_str().expect("a token"));
    let me = ada.get("/v1/me").await.expect(200);
    assert_eq!(me["login"], "ada");
    assert_eq!(me["tenant"]["title"], "Athora Netherlands");
    assert_eq!(
        administrator.get("/v1/me").await.expect(200)["kind"],
        "administrator"
    );

    let list = administrator.get("/v1/tenants").await.expect(200);
    assert_eq!(list["items"][0]["name"], "athora");
    administrator.get("/v1/teams").await.problem(403);
    ada.get("/v1/tenants").await.problem(403);
    host.anonymous().get("/v1/tenants").await.problem(401);
    host.stop().await;
}

#[tokio::test]
async fn a_suspended_tenant_is_let_in_again_with_all_it_had() {
    let mut host = TestHost::start().await;
    let athora = host.tenant("athora").await;
    athora.team("aml", &[]).await;
    let suspend = async |host: &TestHost, suspended: bool| {
        let change = json!({ "suspended": suspended });
        let administrator = host.administrator();
        administrator
            .patch("/v1/tenants/athora", change)
            .await
            .expect(200)
    };
    assert_eq!(suspend(&host, true).await["suspended"], true);
    athora.administrator.get("/v1/teams").await.problem(401);
    host.restart().await;
    athora.administrator.get("/v1/teams").await.problem(401);
    suspend(&host, false).await;
    let teams = athora.administrator.get("/v1/teams").await.expect(200);
    assert_eq!(teams["items"][0]["name"], "aml");
    host.stop().await;
}

#[tokio::test]
async fn no_tenant_sees_another() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let other = host.tenant("other").await.administrator;
    athora.team("aml", &[]).await;
    athora
        .administrator
        .put("/v1/lists/mules", json!(["m"]))
        .await
        .expect(201);
    for path in [
        "/v1/teams/aml",
        "/v1/teams/aml/payload-schema",
        "/v1/teams/aml/api-keys",
        "/v1/lists/mules",
        &format!("/v1/users/{}", athora.administrator_id),
        &format!("/v1/users/{}/tokens", athora.administrator_id),
    ] {
        athora.administrator.get(path).await.expect(200);
        other.get(path).await.problem(404);
    }
    let audit = other.get("/v1/audit").await;
    assert!(!audit.text().contains("mules") && !audit.text().contains("athora"));
    host.stop().await;
}
