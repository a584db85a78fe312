//! Settings → Teams.

use serde_json::json;
use tests::{Browser, TestHost, field};

use super::person;

#[tokio::test]
async fn a_generated_key_is_shown_once_with_a_command_that_works() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let amounts = [field("amount", "float"), field("payee's name", "string")];
    athora.team("aml", &amounts).await;
    let mut browser = person(&host, &athora, "iris", "Integrator").await;
    let page = browser.get("/settings/teams").await;
    assert!(page.expect(200).contains("Generate API Key"));

    let made = browser
        .post("/settings/teams/aml/keys", &[("name", "nightly")])
        .await;
    made.expect(200);
    let (key, command) = (made.field("made-key"), made.field("made-command"));
    assert!(key.starts_with("vvt_"), "{key}");
    assert!(command.contains(&key), "{command}");
    let output = std::process::Command::new("sh")
        .args(["-c", &command])
        .output();
    let output = output.expect("curl runs");
    let answer = String::from_utf8(output.stdout).expect("text");
    assert!(answer.contains("\"txn_id\""), "{answer}");

    let page = browser.get("/settings/teams").await;
    let text = page.expect(200);
    assert!(text.contains(&key[..12]) && text.contains("nightly"));
    assert!(!text.contains(&key), "it is shown once");
    // What an Integrator does here, the API tells of.
    let keys = athora.administrator.all("/v1/teams/aml/api-keys").await;
    let own = keys
        .iter()
        .find(|key| key["name"] == "nightly")
        .expect("the key");
    let revoke = format!(
        "/settings/teams/aml/keys/{}/revoke",
        own["id"].as_str().expect("an id")
    );
    assert_eq!(
        browser.post(&revoke, &[]).await.leads_to(),
        "/settings/teams#team-of-aml"
    );
    athora
        .administrator
        .with(key)
        .get("/v1/me")
        .await
        .problem(401);
    host.stop().await;
}

#[tokio::test]
async fn a_team_is_made_and_what_was_typed_is_kept_where_it_is_not() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let mut browser = person(&host, &athora, "iris", "Integrator").await;
    let page = browser.get("/settings/teams").await;
    assert!(page.expect(200).contains("There is no team yet"));
    let typed = [
        ("title", "Fraud & risk"),
        ("name", "Fraud"),
        ("kind", "aml"),
    ];
    let refused = browser.post("/settings/teams", &typed).await;
    refused.expect(422);
    assert_eq!(refused.field("team-title"), "Fraud & risk");
    assert_eq!(refused.field("team-name"), "Fraud");
    // What looks empty is no title.
    let unseen = [
        ("title", "\u{200b}\u{2060}"),
        ("name", "fraud"),
        ("kind", "aml"),
    ];
    let refused = browser.post("/settings/teams", &unseen).await;
    assert!(
        refused.expect(422).contains("must show something"),
        "{}",
        refused.text
    );
    let typed = [
        ("title", "Fraud & risk"),
        ("name", "fraud"),
        ("kind", "aml"),
    ];
    let made = browser.post("/settings/teams", &typed).await;
    assert_eq!(made.leads_to(), "/settings/teams#team-of-fraud");
    browser.post("/settings/teams", &typed).await.expect(409);
    let page = browser.get("/settings/teams").await;
    assert!(page.expect(200).contains("Fraud &amp; risk"));
    assert!(page.text.contains("has no payload schema"));
    let long = "x".repeat(201);
    let refused = browser
        .post("/settings/teams/fraud/keys", &[("name", &*long)])
        .await;
    refused.expect(422);
    assert_eq!(refused.field("key-of-fraud"), long, "it is kept");
    host.stop().await;
}

#[tokio::test]
async fn a_member_makes_keys_of_the_team_that_one_is_in() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    for team in ["aml", "fraud", "other"] {
        athora.team(team, &[field("amount", "float")]).await;
    }
    let mut browser = person(&host, &athora, "an.peeters", "AML Analyst").await;
    let page = browser.get("/settings/teams").await;
    assert!(!page.expect(200).contains("your current team"));
    browser
        .post("/settings/teams/fraud/keys", &[])
        .await
        .expect(403);

    let users = athora.administrator.all("/v1/users").await;
    let user = users
        .iter()
        .find(|user| user["login"] == "an.peeters")
        .expect("the user");
    let path = format!("/v1/users/{}", user["id"].as_str().expect("an id"));
    let unknown = json!({ "teams": ["nowhere"] });
    athora
        .administrator
        .patch(&path, unknown)
        .await
        .problem(422);
    let teams = json!({ "teams": ["fraud", "aml"] });
    athora.administrator.patch(&path, teams).await.expect(200);

    let order = |text: &str| -> Vec<usize> {
        let teams = ["aml", "fraud", "other"].iter();
        teams
            .map(|team| {
                text.find(&format!("id=\"team-of-{team}\""))
                    .expect("the team")
            })
            .collect()
    };
    let page = browser.get("/settings/teams").await;
    let at = order(page.expect(200));
    assert!(at[1] < at[0] && at[0] < at[2], "{at:?}");
    let made = browser.post("/settings/teams/fraud/keys", &[]).await;
    made.expect(200);
    let key = athora.administrator.with(made.field("made-key"));
    assert_eq!(key.get("/v1/me").await.expect(200)["team"], "fraud");
    browser
        .post("/settings/teams/other/keys", &[])
        .await
        .expect(403);

    let chosen = browser.post("/settings/teams/aml/current", &[]).await;
    assert_eq!(chosen.leads_to(), "/settings/teams");
    let page = browser.get("/settings/teams").await;
    let at = order(page.expect(200));
    assert!(at[0] < at[1], "{at:?}");
    browser
        .post("/settings/teams/other/current", &[])
        .await
        .expect(409);

    // Who is no member any more makes no keys any more.
    athora
        .administrator
        .patch(&path, json!({ "teams": [] }))
        .await
        .expect(200);
    browser
        .post("/settings/teams/aml/keys", &[])
        .await
        .expect(403);
    host.stop().await;
}

#[tokio::test]
async fn who_may_not_sees_why_and_is_refused() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    athora.team("aml", &[field("amount", "float")]).await;
    let mut watcher = person(&host, &athora, "wim", "Watcher").await;
    let page = watcher.get("/settings/teams").await;
    assert!(
        page.expect(200)
            .contains("<button type=\"button\" disabled>Generate API Key")
    );
    assert!(
        page.text
            .contains("Members of the team with the permission team:key")
    );
    watcher
        .post("/settings/teams/aml/keys", &[])
        .await
        .expect(403);
    let team = [("title", "X"), ("name", "x"), ("kind", "aml")];
    watcher.post("/settings/teams", &team).await.expect(403);

    let scope = json!({ "permissions": ["audit:read"] });
    athora
        .administrator
        .put("/v1/scopes/Clerk", scope)
        .await
        .expect(201);
    let scope = json!({ "permissions": ["team:write"] });
    athora
        .administrator
        .put("/v1/scopes/Blind", scope)
        .await
        .expect(201);
    let mut blind = person(&host, &athora, "bob", "Blind").await;
    blind
        .post("/settings/teams/aml/keys", &[("name", "lost")])
        .await
        .expect(403);
    let keys = athora.administrator.all("/v1/teams/aml/api-keys").await;
    assert!(
        keys.iter().all(|key| key["name"] != "lost"),
        "nobody would ever see it"
    );
    let mut clerk: Browser = person(&host, &athora, "cleo", "Clerk").await;
    let page = clerk.get("/settings/teams").await;
    assert!(page.expect(403).contains("You may not do this"));
    assert!(page.text.contains("team:read"));
    host.stop().await;
}

#[tokio::test]
async fn a_payload_schema_is_set_row_by_row_and_a_key_of_it_works() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let mut browser = person(&host, &athora, "owner2", "Administrator").await;
    let team = [("name", "aml"), ("title", "AML"), ("kind", "aml")];
    let made = browser.post("/settings/teams", &team).await;
    assert!(
        browser
            .get(made.leads_to())
            .await
            .expect(200)
            .contains("/settings/teams/aml/schema")
    );
    let path = "/settings/teams/aml/schema";
    let form = browser.get(path).await;
    assert_eq!(form.expect(200).matches("name=\"name\"").count(), 5);
    let row = |name: &'static str, kind: &'static str, visibility: &'static str| {
        [
            ("name", name),
            ("type", kind),
            ("description", ""),
            ("visibility", visibility),
        ]
    };
    let schema = |version: &'static str, rows: &[[(&'static str, &'static str); 4]]| {
        let around = [
            ("version", version),
            ("additional", "ignore"),
            ("timezone", "Europe/Brussels"),
        ];
        [&around[..], &rows.concat()].concat()
    };
    let rows = [
        row("amount", "float", "open"),
        row("", "string", "open"),
        row("iban", "string", "hash"),
    ];
    let bad = schema("0", &[row("amount", "float", "hash")]);
    let refused = browser.post(path, &bad).await;
    assert!(
        refused
            .expect(422)
            .contains("can be hashed only if it is a string")
    );
    assert!(refused.text.contains("value=\"amount\""), "it is kept");
    let saved = browser.post(path, &schema("0", &rows)).await;
    assert_eq!(saved.leads_to(), "/settings/teams#team-of-aml");
    let stored = athora
        .administrator
        .get("/v1/teams/aml/payload-schema")
        .await
        .expect(200);
    assert_eq!(stored["fields"][1]["name"], "iban");
    assert_eq!(stored["fields"][1]["sensitive"], "hash");
    assert_eq!(stored["additional_fields"], "ignore");
    assert_eq!(stored["default_timezone"], "Europe/Brussels");
    let step = |step: &'static str, rows: &[[(&'static str, &'static str); 4]]| {
        [&schema("1", rows)[..], &[("step", step)]].concat()
    };
    let same = browser.post(path, &step("try", &rows)).await;
    assert!(
        same.expect(200)
            .contains("Nothing: the schema is as it is saved."),
        "{}",
        same.text
    );
    let other = browser
        .post(path, &step("try", &[row("amount", "integer", "open")]))
        .await;
    for shown in [
        "as version 2",
        "Fields that go: <code>iban</code>",
        "Fields that change: <code>amount</code>",
    ] {
        assert!(other.expect(200).contains(shown), "{shown}: {}", other.text);
    }
    assert!(
        other.text.contains("<option value=\"integer\" selected>"),
        "it is kept"
    );
    let now = athora
        .administrator
        .get("/v1/teams/aml/payload-schema")
        .await
        .expect(200);
    assert_eq!(now["version"], 1, "nothing was saved");
    let stale = browser.post(path, &schema("0", &rows)).await;
    assert!(stale.expect(412).contains("Somebody changed the schema"));
    assert!(
        stale.text.contains("<code>iban</code> string, hash"),
        "{}",
        stale.text
    );
    let forged = schema("1", &[row("amount", "decimal", "open")]);
    browser.post(path, &forged).await.expect(422);

    let mut watcher = person(&host, &athora, "wim", "Watcher").await;
    let seen = watcher.get(path).await;
    assert!(seen.expect(200).contains("<code>iban</code> string, hash"));
    assert!(!seen.text.contains("name=\"visibility\""), "{}", seen.text);
    watcher.post(path, &schema("1", &rows)).await.expect(403);
    browser
        .get("/settings/teams/nowhere/schema")
        .await
        .expect(404);
    host.stop().await;
}
