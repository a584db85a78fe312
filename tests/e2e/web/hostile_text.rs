//! Texts that are meant to break a page: they are shown as they are, and nothing that was typed is lost.

use serde_json::json;
use tests::TestHost;

use super::alerts::analyst;

/// A script, an attribute that ends early, letters that run from right to left, and letters without width.
const HOSTILE: &str =
    "<script>alert(1)</script>\"' onload=x \u{202e}gnp.exe\u{202c} zero\u{200b}width &amp; {{7*7}}";

/// What a page must not have in it.
fn check(page: &str, place: &str) {
    for broken in [
        "<script>alert",
        "\" onload=",
        "' onload=x \u{202e}gnp.exe\">",
    ] {
        assert!(!page.contains(broken), "{place}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_texts_are_shown_and_never_run() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    let new = json!({
        "team": "aml", "title": HOSTILE, "incident_type": "other", "dprofile_id": HOSTILE,
    });
    let made = athora
        .administrator
        .post("/v1/alerts", new)
        .await
        .expect(201);
    let id = made["id"].as_str().expect("an id");
    let encoded: String = form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect();

    let parameters = [
        "q", "customer", "label", "rule", "assignee", "type", "team", "state",
    ];
    for parameter in parameters {
        let page = browser.get(&format!("/alerts?{parameter}={encoded}")).await;
        assert!(
            matches!(page.status, 200 | 400),
            "{parameter}: {}",
            page.text
        );
        check(&page.text, parameter);
        let all = format!("/alerts/bulk?which=all&{parameter}={encoded}");
        let page = browser.get(&all).await;
        assert!(matches!(page.status, 200 | 400), "{all}: {}", page.text);
        check(&page.text, &all);
    }
    for parameter in [
        "view", "sort", "severity", "from", "until", "cursor", "since", "alert",
    ] {
        for path in [
            "/alerts",
            "/alerts/bulk",
            "/parts/new-alerts",
            "/alerts/export",
        ] {
            let address = format!("{path}?{parameter}={encoded}");
            let page = browser.get(&address).await;
            assert!(page.status < 500, "{address}: {}", page.text);
            check(&page.text, &address);
        }
    }
    let queue = browser.get("/alerts").await;
    check(queue.expect(200), "queue");
    assert!(queue.text.contains("zero\u{200b}width"), "{}", queue.text);

    let bulk = format!("/alerts/bulk?which=chosen&alert={id}");
    // Longer than a comment may be.
    let long = format!("{HOSTILE}\n{}", "لا-x".repeat(10_000));
    let typed = [
        ("comment", &*long),
        ("add_labels", HOSTILE),
        ("step", "review"),
    ];
    let refused = browser.post(&bulk, &typed).await;
    check(refused.expect(422), "bulk");
    assert_eq!(refused.field("comment"), long, "it is kept");
    let short = format!("{HOSTILE}\n{}", "لا-x".repeat(2_000));
    let typed = [("comment", &*short), ("step", "review")];
    let review = browser.post(&bulk, &typed).await;
    check(review.expect(200), "review");
    let typed = [("comment", &*short), ("step", "change")];
    let done = browser.post(&bulk, &typed).await;
    check(browser.get(done.leads_to()).await.expect(200), "progress");

    let named = [("name", &HOSTILE[..60])];
    let saved = browser.post("/alerts/views?view=all", &named).await;
    check(browser.get(saved.leads_to()).await.expect(200), "view");
    let too_long = [("name", &*long)];
    let refused = browser.post("/alerts/views?view=all", &too_long).await;
    check(refused.expect(422), "name");
    host.stop().await;
}
