//! Settings → Preferences, and the same over the API.

use serde_json::json;
use tests::{TestHost, field};

use super::alerts::alert;
use super::person;

#[tokio::test]
async fn pages_are_as_one_likes_them() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    athora.team("aml", &[field("amount", "float")]).await;
    let id = alert(&athora, "Odd", "low").await;
    let mut browser = person(&host, &athora, "an.peeters", "AML Analyst").await;
    let page = browser.get("/settings/preferences").await;
    assert!(page.expect(200).contains("which is Europe/Amsterdam"));
    assert!(page.text.contains("data-shortcuts>"), "{}", page.text);
    let unknown = [("timezone", "Mars/Base"), ("theme", "dark"), ("rows", "25")];
    let refused = browser.post("/settings/preferences", &unknown).await;
    assert!(refused.expect(422).contains("IANA"));
    assert_eq!(refused.field("timezone"), "Mars/Base", "it is kept");
    let own = [
        ("timezone", "Asia/Tokyo"),
        ("theme", "dark"),
        ("rows", "25"),
    ];
    let saved = browser.post("/settings/preferences", &own).await;
    let page = browser.get(saved.leads_to()).await;
    assert!(
        page.expect(200)
            .contains("<html lang=\"en\" data-theme=\"dark\">")
    );
    let page = browser.get(&format!("/alerts/{id}")).await;
    assert!(page.expect(200).contains(" JST</time>"));
    for number in 0..30 {
        alert(&athora, &format!("Number {number}"), "low").await;
    }
    let queue = browser.get("/alerts").await;
    assert_eq!(queue.expect(200).matches("<a href=\"/alerts/0").count(), 25);
    let forged = [("timezone", ""), ("theme", "dark"), ("rows", "1000000")];
    browser
        .post("/settings/preferences", &forged)
        .await
        .expect(422);
    host.stop().await;
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let client = athora.user("an.peeters", &["AML Analyst"]).await;
    let patch = async |patch| client.patch("/v1/me", patch).await;
    let me = patch(json!({ "preferences": { "rows_per_page": 100 } }))
        .await
        .expect(200);
    let expect = json!({
        "timezone": null, "theme": "system", "rows_per_page": 100, "shortcuts": true,
    });
    assert_eq!(me["preferences"], expect);
    let me = patch(json!({ "preferences": { "theme": "light" } }))
        .await
        .expect(200);
    assert_eq!(me["preferences"]["rows_per_page"], 100);
    assert_eq!(me["preferences"]["theme"], "light");
    patch(json!({ "preferences": { "rows_per_page": 7 } }))
        .await
        .expect(422);
    patch(json!({ "preferences": { "timezone": "nowhere" } }))
        .await
        .expect(422);
    let people = client.get("/v1/people").await.expect(200);
    let logins = people["items"].as_array().expect("people").iter();
    let logins: Vec<_> = logins.map(|person| person["login"].clone()).collect();
    assert!(logins.contains(&json!("an.peeters")), "{people}");
    host.stop().await;
}
