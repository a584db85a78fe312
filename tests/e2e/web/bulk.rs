//! Changing many alerts from the queue.

use std::time::{Duration, Instant};

use serde_json::json;
use tests::{Browser, Page, TestHost};

use super::alerts::{alert, analyst, id_of};
use super::{PASSWORD, person};

const ALL: &str = "/alerts/bulk?view=open&q=odd&which=all&until=2099-01-01T00:00:00Z";

/// The progress page, once the change has ended.
async fn ended(browser: &mut Browser, path: &str) -> Page {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let page = browser.get(path).await;
        if !page.expect(200).contains("hx-trigger") {
            return page;
        }
        assert!(Instant::now() < end, "{}", page.text);
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chosen_alerts_are_changed_after_a_last_look() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    let (one, two) = (
        alert(&athora, "Odd <one>", "low").await,
        alert(&athora, "Odd two", "low").await,
    );
    let queue = browser.get("/alerts").await;
    assert!(
        queue
            .expect(200)
            .contains(&format!("name=\"alert\" value=\"{one}\""))
    );
    assert!(
        queue.text.contains("Select all 2 that match"),
        "{}",
        queue.text
    );

    let path = format!("/alerts/bulk?view=open&which=chosen&alert={one}&alert={two}");
    let form = browser.get(&path).await;
    assert!(
        form.expect(200).contains("<li>Odd &lt;one&gt;</li>"),
        "{}",
        form.text
    );
    let me = id_of(&athora, "an.peeters").await;
    let mut typed = vec![
        ("assignee", &*me),
        ("add_labels", "cash, odd"),
        ("severity", "high"),
        ("to", "closed"),
        ("outcome", "false_positive"),
        ("comment", "<b>seen</b>"),
        ("step", "review"),
    ];
    let review = browser.post(&path, &typed).await;
    let shown = review.expect(200);
    for says in [
        "Assign to an.peeters",
        "Add labels: cash, odd",
        "Set the severity to high",
        "Move to Closed",
        "Set the outcome to false positive",
        "&lt;b&gt;seen&lt;/b&gt;",
        "Change 2 alerts",
    ] {
        assert!(shown.contains(says), "{says}: {shown}");
    }
    // Nothing has happened yet, and one can go back.
    let before = athora
        .administrator
        .get(&format!("/v1/alerts/{one}"))
        .await
        .expect(200);
    assert_eq!(before["severity"], "low");
    *typed.last_mut().expect("a step") = ("step", "edit");
    let again = browser.post(&path, &typed).await;
    assert!(again.expect(200).contains("value=\"cash, odd\""));
    *typed.last_mut().expect("a step") = ("step", "change");
    let begun = browser.post(&path, &typed).await;
    let progress = ended(&mut browser, begun.leads_to()).await;
    assert!(
        progress.text.contains("Started by an.peeters"),
        "{}",
        progress.text
    );
    for id in [&one, &two] {
        let changed = athora
            .administrator
            .get(&format!("/v1/alerts/{id}"))
            .await
            .expect(200);
        assert_eq!(changed["severity"], "high");
        assert_eq!(changed["labels"], json!(["cash", "odd"]));
        assert_eq!(changed["user_id"], *me);
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_changed_is_listed_by_its_reason() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    for number in 0..3 {
        alert(&athora, &format!("Odd {number}"), "low").await;
    }
    let outcome = [("outcome", "false_positive"), ("step", "change")];
    let begun = browser.post(ALL, &outcome).await;
    let page = ended(&mut browser, begun.leads_to()).await;
    assert!(
        page.text.contains("Some alerts were not changed"),
        "{}",
        page.text
    );
    assert!(page.text.contains("3 × "), "{}", page.text);
    assert_eq!(page.text.matches("<details class=\"reason\">").count(), 1);
    let other = host.tenant("belfius").await;
    let user = json!({ "login": "st", "password": PASSWORD, "scopes": ["AML Supervisor"] });
    let made = other.administrator.post("/v1/users", user).await;
    made.expect(201);
    let mut stranger = Browser::new(host.url());
    let named = [
        ("organisation", "belfius"),
        ("login", "st"),
        ("password", PASSWORD),
    ];
    stranger.post("/sign-in", &named).await.leads_to();
    stranger.get(begun.leads_to()).await.expect(404);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_changed_so_keeps_what_was_typed() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    alert(&athora, "Odd", "low").await;
    let review = ("step", "review");
    let nothing = browser.post(ALL, &[review]).await;
    assert!(nothing.expect(422).contains("choose at least one change"));
    let label = browser
        .post(ALL, &[("add_labels", "x"), ("comment", "kept"), review])
        .await;
    assert!(
        label.expect(422).contains(">kept</textarea>"),
        "{}",
        label.text
    );
    for (field, value) in [
        ("severity", "HIGH"),
        ("to", "nowhere"),
        ("outcome", "bogus"),
        ("assignee", "01890000-0000-7000-8000-000000000000"),
    ] {
        browser
            .post(ALL, &[(field, value), review])
            .await
            .expect(422);
    }
    let none = browser.get("/alerts/bulk?view=open&which=chosen").await;
    assert!(none.expect(200).contains("No alert is selected"));
    browser
        .get("/alerts/bulk?which=chosen&alert=x")
        .await
        .expect(400);
    browser
        .get("/alerts/bulk?which=chosen&alert=01890000-0000-7000-8000-000000000000")
        .await
        .expect(404);
    browser
        .get("/alerts/bulk/01890000-0000-7000-8000-000000000000")
        .await
        .expect(404);
    // Somebody closed it since: what was looked at is not what there is now.
    let typed = [("severity", "high"), ("count", "7"), ("step", "change")];
    let changed = browser.post(ALL, &typed).await;
    assert!(
        changed.expect(409).contains("finds 1 alerts now, not 7"),
        "{}",
        changed.text
    );
    // A watcher changes nothing, and is not asked to choose.
    let mut watcher = person(&host, &athora, "watcher", "Watcher").await;
    let queue = watcher.get("/alerts").await;
    assert!(!queue.expect(200).contains("type=\"checkbox\""));
    watcher
        .post(ALL, &[("severity", "high"), ("step", "change")])
        .await
        .expect(403);
    host.stop().await;
}
