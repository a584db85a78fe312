//! One's own password.

use serde_json::json;
use tests::{Browser, TestHost};

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
