//! Account-aggregation sessions: the list, and one of them.

use serde_json::{Value, json};
use tests::{Browser, Client, TestHost, TestTenant};

use super::person;

const CLIENT: &str = "santander";
const CONTEXT: &str = "MWD";

/// A host whose broker is away, so that events wait.
async fn host() -> TestHost {
    let builder = TestHost::builder().in_memory();
    let builder = builder.config(|config| {
        config.rabbitmq.url = "amqp://127.0.0.1:1".to_owned().into();
        config.sessions.client_id = CLIENT.to_owned();
        config.sessions.context = CONTEXT.to_owned();
    });
    builder.start().await
}

async fn begin(client: &Client, user: &str) -> String {
    let body = json!({
        "userId": user, "sessionExternalId": format!("of-{user}"), "sessionContext": CONTEXT, "values": [],
    });
    let begun = client
        .post("/api/v2/bank/75/authorize", body)
        .await
        .expect(201);
    begun["sessionId"].as_str().expect("an id").to_owned()
}

async fn with_accounts(client: &Client, session: &str) {
    let path = format!("/api/v2/bank/session/{session}");
    client
        .post(&format!("{path}/code"), json!({ "code": "x" }))
        .await
        .expect(200);
    let account = json!({
        "accountId": "a", "currency": "PLN", "name": "<b>Konto</b>",
        "balances": [{ "type": "booked", "amount": "100.50" }],
    });
    let accounts = json!({ "accounts": [account] });
    client
        .put(&format!("{path}/accounts"), accounts)
        .await
        .expect(200);
}

async fn owner(host: &TestHost) -> (TestTenant, Client, Browser) {
    let tenant = host.tenant("bank").await;
    let client = tenant.bank_client("mwd", CLIENT).await;
    let browser = person(host, &tenant, "owner2", "Administrator").await;
    (tenant, client, browser)
}

#[tokio::test]
async fn a_session_shows_its_accounts_and_the_events_that_wait() {
    let host = host().await;
    let (tenant, client, mut browser) = owner(&host).await;
    let none = browser.get("/sessions").await;
    assert!(none.expect(200).contains("No session matches"));
    let first = begin(&client, "anna").await;
    with_accounts(&client, &first).await;
    let second = begin(&client, "<script>alert(1)</script>").await;
    let failure = json!({ "stage": "authorization", "reason": "The customer <i>went</i> away" });
    let path = format!("/api/v2/bank/session/{second}/failure");
    client.post(&path, failure).await.expect(200);

    let list = browser.get("/sessions").await;
    let at = |id: &str| {
        list.expect(200)
            .find(&format!("/sessions/{id}"))
            .expect("it is listed")
    };
    assert!(at(&second) < at(&first), "the newest comes first");
    assert!(!list.text.contains("<script>alert"));
    let failed = browser.get("/sessions?stage=failed").await;
    assert!(failed.expect(200).contains(&second) && !failed.text.contains(&first));
    browser.get("/sessions?stage=bogus").await.expect(400);
    browser.get("/sessions?cursor=bogus").await.expect(400);

    let page = browser.get(&format!("/sessions/{first}")).await;
    assert!(
        page.expect(200).contains("&lt;b&gt;Konto&lt;/b&gt;"),
        "{}",
        page.text
    );
    assert!(page.text.contains("100.50") && page.text.contains("waits for the broker"));
    assert!(page.text.contains("AccountsSyncStarted"));
    let page = browser.get(&format!("/sessions/{second}")).await;
    assert!(
        page.expect(200)
            .contains("The customer &lt;i&gt;went&lt;/i&gt; away"),
        "{}",
        page.text
    );
    browser
        .get("/sessions/01890000-0000-7000-8000-000000000000")
        .await
        .expect(404);

    // What the page lists, the API lists.
    let listed = tenant.administrator.all("/api/v2/bank/sessions").await;
    let ids: Vec<&Value> = listed.iter().map(|session| &session["sessionId"]).collect();
    assert_eq!(ids, [&json!(second), &json!(first)]);
    assert!(
        listed[1]["waitingEventCount"].as_u64() > Some(0),
        "{}",
        listed[1]
    );
    let failed = tenant
        .administrator
        .all("/api/v2/bank/sessions?stage=failed")
        .await;
    assert_eq!(failed.len(), 1);
    host.stop().await;
}

#[tokio::test]
async fn clients_list_their_own_sessions_and_tenants_theirs() {
    let host = host().await;
    let (tenant, client, _) = owner(&host).await;
    let session = begin(&client, "anna").await;
    let stranger = tenant.bank_client("other", "other").await;
    assert_eq!(client.all("/api/v2/bank/sessions").await.len(), 1);
    assert!(stranger.all("/api/v2/bank/sessions").await.is_empty());
    let scope = json!({ "permissions": ["incident_case:read"] });
    tenant
        .administrator
        .put("/v1/scopes/Blind", scope)
        .await
        .expect(201);
    let mut blind = person(&host, &tenant, "bob", "Blind").await;
    blind.get("/sessions").await.expect(403);
    blind.get(&format!("/sessions/{session}")).await.expect(403);
    let elsewhere = host.tenant("elsewhere").await;
    assert!(
        elsewhere
            .administrator
            .all("/api/v2/bank/sessions")
            .await
            .is_empty()
    );
    let user = json!({ "login": "eve", "password": super::PASSWORD, "scopes": ["Administrator"] });
    elsewhere
        .administrator
        .post("/v1/users", user)
        .await
        .expect(201);
    let mut eve = Browser::new(host.url());
    let form = [
        ("organisation", "elsewhere"),
        ("login", "eve"),
        ("password", super::PASSWORD),
    ];
    assert_eq!(eve.post("/sign-in", &form).await.status, 303);
    eve.get(&format!("/sessions/{session}")).await.expect(404);
    assert!(
        eve.get("/sessions")
            .await
            .expect(200)
            .contains("No session matches")
    );
    host.stop().await;
}
