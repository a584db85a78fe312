//! The queue, an alert, and the Export button.

use serde_json::json;
use tests::{Browser, TestHost, TestTenant, field};

use super::person;

/// Makes an alert by hand, and answers its id.
pub(super) async fn alert(athora: &TestTenant, title: &str, severity: &str) -> String {
    let new = json!({
        "team": "aml", "title": title, "incident_type": "other",
        "dprofile_id": "C-1", "severity": severity,
    });
    let made = athora
        .administrator
        .post("/v1/alerts", new)
        .await
        .expect(201);
    made["id"].as_str().expect("an id").to_owned()
}

pub(super) async fn analyst(host: &TestHost) -> (TestTenant, Browser) {
    let athora = host.tenant("athora").await;
    athora.team("aml", &[field("amount", "float")]).await;
    let browser = person(host, &athora, "an.peeters", "AML Analyst").await;
    (athora, browser)
}

#[tokio::test]
async fn an_alert_is_taken_commented_on_and_closed_with_an_outcome() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    let id = alert(&athora, "Odd <payments>", "high").await;
    let queue = browser.get("/alerts").await;
    assert!(queue.expect(200).contains("Odd &lt;payments&gt;"));
    let path = format!("/alerts/{id}");
    let page = browser.get(&format!("{path}?view=open")).await;
    assert!(page.expect(200).contains("href=\"/alerts?view=open\""));

    let comment = browser
        .post(&format!("{path}/comment"), &[("text", "1 < 2\n\nreally")])
        .await;
    assert_eq!(comment.leads_to(), path);
    let me = [
        ("version", "1"),
        ("user", &*id_of(&athora, "an.peeters").await),
    ];
    assert_eq!(
        browser
            .post(&format!("{path}/assign"), &me)
            .await
            .leads_to(),
        path
    );
    let page = browser.get(&path).await;
    assert!(
        page.expect(200).contains("<p>1 &lt; 2</p><p>really</p>"),
        "{}",
        page.text
    );
    assert!(
        browser
            .get("/alerts?view=mine")
            .await
            .expect(200)
            .contains(&id)
    );

    // Somebody else was faster: nothing is overwritten, and what was typed is kept.
    let late = [("version", "1"), ("to", "in_progress"), ("comment", "mine")];
    let stale = browser.post(&format!("{path}/move"), &late).await;
    assert!(stale.expect(412).contains("Somebody changed the alert"));
    let version = version(&athora, &id).await;
    let moved = [("version", &*version), ("to", "in_progress")];
    assert_eq!(
        browser
            .post(&format!("{path}/move"), &moved)
            .await
            .leads_to(),
        path
    );
    let version = self::version(&athora, &id).await;
    let forged = [
        ("version", &*version),
        ("to", "closed"),
        ("outcome", "bogus"),
    ];
    browser
        .post(&format!("{path}/move"), &forged)
        .await
        .expect(422);
    let nothing = browser.post(&format!("{path}/comment"), &[]).await;
    assert!(nothing.expect(422).contains("<!DOCTYPE html>"));
    let close = [
        ("version", &*version),
        ("to", "closed"),
        ("outcome", "false_positive"),
        ("comment", "known customer"),
    ];
    assert_eq!(
        browser
            .post(&format!("{path}/move"), &close)
            .await
            .leads_to(),
        path
    );
    let closed = athora
        .administrator
        .get(&format!("/v1{path}"))
        .await
        .expect(200);
    assert_eq!(closed["state"], "closed");
    assert_eq!(closed["outcome"], "false_positive");
    assert!(!browser.get("/alerts").await.expect(200).contains(&id));
    assert!(
        browser
            .get("/alerts?view=closed")
            .await
            .expect(200)
            .contains(&id)
    );
    host.stop().await;
}

#[tokio::test]
async fn levels_and_labels_are_changed_and_what_cannot_be_taken_is_said() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    let id = alert(&athora, "Odd", "low").await;
    let path = format!("/alerts/{id}/fields");
    let change = |labels: &'static str| {
        [
            ("version", "1"),
            ("severity", "high"),
            ("priority", "low"),
            ("labels", labels),
        ]
    };
    let refused = browser.post(&path, &change("cash, x")).await;
    assert!(refused.expect(422).contains("labels[1]"));
    assert!(refused.text.contains("value=\"cash, x\""), "it is kept");
    let done = browser.post(&path, &change("cash, , branch")).await;
    assert_eq!(done.leads_to(), format!("/alerts/{id}"));
    let changed = athora
        .administrator
        .get(&format!("/v1/alerts/{id}"))
        .await
        .expect(200);
    assert_eq!(changed["severity"], "high");
    assert_eq!(changed["labels"], json!(["cash", "branch"]));
    host.stop().await;
}

pub(super) async fn version(athora: &TestTenant, id: &str) -> String {
    let alert = athora
        .administrator
        .get(&format!("/v1/alerts/{id}"))
        .await
        .expect(200);
    alert["version"].to_string()
}

pub(super) async fn id_of(athora: &TestTenant, login: &str) -> String {
    let users = athora.administrator.all("/v1/users").await;
    let user = users
        .iter()
        .find(|user| user["login"] == login)
        .expect("the user");
    user["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_move_that_the_workflow_denies_says_why() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    let workflow = json!({
        "states": [
            { "name": "open", "title": "Open", "initial": true },
            { "name": "closed", "title": "Closed", "closed": true },
        ],
        "transitions": [
            { "source": "open", "destination": "closed", "condition": "'AML Supervisor' in security.scope" },
        ],
    });
    athora
        .administrator
        .put("/v1/workflow", workflow)
        .await
        .expect(200);
    let id = alert(&athora, "Odd", "low").await;
    let page = browser.get(&format!("/alerts/{id}")).await;
    assert!(
        page.expect(200)
            .contains("<button type=\"button\" disabled>Move to Closed")
    );
    let close = [("version", "1"), ("to", "closed")];
    browser
        .post(&format!("/alerts/{id}/move"), &close)
        .await
        .expect(403);
    host.stop().await;
}

#[tokio::test]
async fn the_queue_is_filtered_by_its_address_and_says_what_it_cannot_take() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    for number in 0..60 {
        let severity = if number % 2 == 0 { "high" } else { "low" };
        alert(&athora, &format!("Alert number {number}"), severity).await;
    }
    let rows = |text: &str| text.matches("<a href=\"/alerts/0").count();
    let first = browser.get("/alerts").await;
    assert_eq!(rows(first.expect(200)), 50);
    let (_, next) = first
        .text
        .split_once("rel=\"next\" href=\"")
        .expect("a next page");
    let next = next
        .split('"')
        .next()
        .expect("its end")
        .replace("&amp;", "&");
    let second = browser.get(&next).await;
    assert_eq!(rows(second.expect(200)), 10);
    assert_eq!(rows(browser.get("/alerts?view=high").await.expect(200)), 30);
    assert_eq!(
        rows(browser.get("/alerts?q=number+17").await.expect(200)),
        1
    );
    let none = browser.get("/alerts?q=nowhere").await;
    assert!(none.expect(200).contains("No alert matches."));
    let unknown = browser.get("/alerts?state=nowhere").await;
    assert!(unknown.expect(400).contains("nowhere"));
    for address in [
        "view=nothing",
        "severity=HIGH",
        "team=aml&team=aml",
        "view=high&severity=low",
        "view=closed&state=open",
    ] {
        browser.get(&format!("/alerts?{address}")).await.expect(400);
        let file = browser.get(&format!("/alerts/export?{address}")).await;
        assert!(file.expect(400).contains("<!DOCTYPE html>"), "{address}");
    }
    let odd = browser.get("/alerts/not-an-id").await;
    assert!(odd.expect(404).contains("<!DOCTYPE html>"));
    let missing = browser
        .get("/alerts/01890000-0000-7000-8000-000000000000")
        .await;
    assert!(missing.expect(404).contains("there is no alert"));
    host.stop().await;
}
