//! One's own password.

use serde_json::json;
use tests::{Browser, Client, TestHost};

use super::{PASSWORD, person};

#[tokio::test]
async fn one_changes_it_and_every_other_browser_is_signed_out() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let mut browser = person(&host, &athora, "an.peeters", "AML Analyst").await;
    let mut other = Browser::new(host.url());
    other.sign_in("an.peeters", PASSWORD).await;
    browser.get("/settings/password").await.expect(200);
    let new = "another good password";
    for (current, new) in [
        ("wrong", new),
        (PASSWORD, "too brief"),
        (PASSWORD, "Password1234"),
    ] {
        let typed = [("current", current), ("new", new)];
        let page = browser.post("/settings/password", &typed).await;
        page.expect(422);
        assert!(!page.text.contains(new), "it is not shown again");
    }
    let typed = [("current", PASSWORD), ("new", new)];
    let changed = browser.post("/settings/password", &typed).await;
    assert_eq!(changed.leads_to(), "/settings/password?changed");
    let page = browser.get("/settings/password?changed").await;
    assert!(page.expect(200).contains("Your password was changed."));
    other.get("/alerts").await.leads_to();
    let former = [("login", "an.peeters"), ("password", PASSWORD)];
    other.post("/sign-in", &former).await.expect(422);
    other.sign_in("an.peeters", new).await;
    let audit = athora.administrator.all("/v1/audit").await;
    let entry = audit
        .iter()
        .find(|entry| entry["action"] == "user.change_password");
    let entry = entry.expect("it is audited").to_string();
    assert!(!entry.contains("argon2"), "{entry}");
    host.stop().await;
}

#[tokio::test]
async fn guessing_it_from_a_browser_that_was_left_is_slow() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let mut browser = person(&host, &athora, "an.peeters", "AML Analyst").await;
    let guess = [
        ("current", "a wrong guess"),
        ("new", "another good password"),
    ];
    for _ in 0..5 {
        browser.post("/settings/password", &guess).await.expect(422);
    }
    browser.post("/settings/password", &guess).await.expect(429);
    let common = json!({ "login": "x", "password": "password1234", "scopes": ["Watcher"] });
    athora
        .administrator
        .post("/v1/users", common)
        .await
        .problem(422);
    host.stop().await;
}

#[tokio::test]
async fn a_link_sets_a_password_once() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let administrator = &athora.administrator;
    let user = json!({ "login": "bo", "scopes": ["AML Analyst"] });
    let user = administrator.post("/v1/users", user).await.expect(201);
    let path = format!(
        "/v1/users/{}/password-link",
        user["id"].as_str().expect("an id")
    );
    let supervisor = athora.user("sam", &["AML Supervisor"]).await;
    supervisor.post(&path, json!({})).await.expect(403);
    let first = administrator.post(&path, json!({})).await.expect(201);
    let link = administrator.post(&path, json!({})).await.expect(201);
    let code = link["code"].as_str().expect("a code");
    let url = format!("{}/set-password#{code}", host.url());
    assert_eq!(link["link"], *url);

    let mut browser = Browser::new(host.url());
    browser.get("/set-password").await.expect(200);
    let typed = |login: &'static str, code: &str, password: &'static str| {
        [("login", login), ("code", code), ("password", password)]
            .map(|(name, text)| (name, text.to_owned()))
    };
    let send = async |browser: &mut Browser, typed: [(&str, String); 3]| {
        let typed: Vec<(&str, &str)> = typed.iter().map(|(name, text)| (*name, &**text)).collect();
        browser.post("/set-password", &typed).await
    };
    let former = first["code"].as_str().expect("a code");
    for (login, code, password) in [
        ("bo", former, PASSWORD),
        ("sam", code, PASSWORD),
        ("nobody", code, PASSWORD),
        ("bo", "vvp_junk", PASSWORD),
        ("bo", code, "password1234"),
    ] {
        let refused = send(&mut browser, typed(login, code, password)).await;
        assert!(
            !refused.expect(422).contains(PASSWORD),
            "it is not shown again"
        );
    }
    let set = send(&mut browser, typed("bo", code, PASSWORD)).await;
    assert_eq!(set.leads_to(), "/");
    browser.get("/alerts").await.expect(200);
    let again = send(&mut Browser::new(host.url()), typed("bo", code, PASSWORD)).await;
    again.expect(422);
    Browser::new(host.url()).sign_in("bo", PASSWORD).await;
    // The API takes no such code, and the audit does not keep it.
    let client = Client::new(host.url()).with(code);
    client.get("/v1/me").await.expect(401);
    let audit = administrator.all("/v1/audit").await;
    let audit = serde_json::Value::from(audit).to_string();
    assert!(audit.contains("user.set_password") && !audit.contains(code));
    host.stop().await;
}
