//! One's own access tokens.

use tests::TestHost;

use super::person;

#[tokio::test]
async fn a_token_is_made_shown_once_used_and_revoked() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let mut browser = person(&host, &athora, "an.peeters", "AML Analyst").await;
    let page = browser.get("/settings/tokens").await;
    assert!(page.expect(200).contains("You have no token."));
    let typed = [("name", "my script"), ("days", "30")];
    let made = browser.post("/settings/tokens", &typed).await;
    made.expect(200);
    let client = athora.administrator.with(made.field("made-token"));
    let me = client.get("/v1/me").await.expect(200);
    assert_eq!(me["login"], "an.peeters");
    let page = browser.get("/settings/tokens").await;
    assert!(page.expect(200).contains("my script"));
    assert!(!page.text.contains(client.credential()), "it is shown once");
    for odd in [("name", ""), ("name", "x")] {
        let typed = [odd, ("days", "31")];
        browser.post("/settings/tokens", &typed).await.expect(422);
    }
    let unnamed = [("name", " "), ("days", "30")];
    browser.post("/settings/tokens", &unnamed).await.expect(422);

    // The sign-out of the browser leaves the token, which is revoked by itself.
    let (_, revoke) = page
        .text
        .split_once("action=\"/settings/tokens/")
        .expect("a form");
    let revoke = format!(
        "/settings/tokens/{}",
        revoke.split('"').next().expect("its end")
    );
    let revoked = browser.post(&revoke, &[]).await;
    assert_eq!(revoked.leads_to(), "/settings/tokens");
    client.get("/v1/me").await.problem(401);
    host.stop().await;
}
