//! The queue's views, filters and order, and what is announced in it.

use std::time::Duration;

use serde_json::json;
use tests::{Browser, TestHost, TestTenant};

use super::alerts::{alert, analyst};
use super::person;
use crate::payments::{Payments, payment};

/// The addresses of the links whose text begins so.
fn link_to(page: &str, title: &str) -> String {
    let (before, _) = page
        .split_once(&format!(">{title}"))
        .unwrap_or_else(|| panic!("no link '{title}': {page}"));
    let (_, address) = before.rsplit_once("href=\"").expect("an address");
    let address = address.split('"').next().expect("its end");
    address.replace("&amp;", "&")
}

async fn with_customer(athora: &TestTenant, title: &str, more: serde_json::Value) -> String {
    let mut new = json!({ "team": "aml", "title": title, "incident_type": "other" });
    let members = new.as_object_mut().expect("an object");
    members.extend(more.as_object().cloned().unwrap_or_default());
    let made = athora
        .administrator
        .post("/v1/alerts", new)
        .await
        .expect(201);
    made["id"].as_str().expect("an id").to_owned()
}

fn rows(text: &str) -> usize {
    text.matches("<a href=\"/alerts/0").count()
}

#[tokio::test]
async fn views_keep_the_filters_that_make_sense_in_them() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    alert(&athora, "Cash in", "high").await;
    alert(&athora, "Cash out", "low").await;
    alert(&athora, "Other", "low").await;
    let page = browser
        .get("/alerts?view=open&q=cash&severity=low&state=open&team=aml")
        .await;
    let page = page.expect(200);
    assert_eq!(rows(page), 1);
    assert_eq!(
        link_to(page, "All</bdi> <span"),
        "/alerts?view=all&q=cash&state=open&severity=low&team=aml"
    );
    assert_eq!(
        link_to(page, "Closed</bdi> <span"),
        "/alerts?view=closed&q=cash&severity=low&team=aml",
        "no closed alert is open"
    );
    assert_eq!(
        link_to(page, "High</bdi> <span"),
        "/alerts?view=high&q=cash&state=open&team=aml"
    );
    // The counts are those of what the links lead to.
    assert!(
        page.contains(">High</bdi> <span class=\"count\">1</span>"),
        "{page}"
    );
    assert!(
        page.contains(">All</bdi> <span class=\"count\">1</span>"),
        "{page}"
    );
    assert!(
        page.contains(">Closed</bdi> <span class=\"count\">0</span>"),
        "{page}"
    );
    host.stop().await;
}

#[tokio::test]
async fn more_filters_are_in_the_address() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    with_customer(
        &athora,
        "One",
        json!({ "dprofile_id": "C-7", "labels": ["cash"] }),
    )
    .await;
    with_customer(&athora, "Two", json!({ "dprofile_id": "C-8" })).await;
    let mut count =
        async |query: &str| rows(browser.get(&format!("/alerts?{query}")).await.expect(200));
    assert_eq!(count("customer=C-7").await, 1);
    assert_eq!(count("label=cash").await, 1);
    assert_eq!(count("type=other").await, 2);
    assert_eq!(count("assignee=none").await, 2);
    assert_eq!(count("from=2020-01-01&to=2020-12-31").await, 0);
    assert_eq!(count("from=2020-01-01").await, 2);
    let page = browser.get("/alerts?customer=C-7&from=2020-01-01").await;
    assert_eq!(page.field("filter-customer"), "C-7", "it is kept");
    assert_eq!(page.field("filter-from"), "2020-01-01");
    assert!(
        page.text.contains("<details class=\"more\" open>"),
        "{}",
        page.text
    );
    for (query, says) in [
        ("rule=nothing", "there is no rule &#39;nothing&#39;"),
        ("state=opn", "there is no state 'opn'; did you mean 'open'?"),
        ("team=aml&team=aml", "the address names 'team' twice"),
        ("view=nothing", "there is no view 'nothing'"),
        ("severity=HIGH", "there is no severity 'HIGH'"),
        ("sort=colour", "there is no order 'colour'"),
        ("from=yesterday", "there is no day 'yesterday'"),
        ("view=mine&assignee=none", "contradict"),
        (
            "view=unassigned&assignee=01890000-0000-7000-8000-000000000000",
            "contradict",
        ),
        (
            "view=01890000-0000-7000-8000-000000000000",
            "there is no view",
        ),
    ] {
        let page = browser.get(&format!("/alerts?{query}")).await;
        let says = says.replace("&#39;", "'");
        let shown = page
            .expect(400)
            .replace("&#39;", "'")
            .replace("&#x27;", "'");
        assert!(shown.contains(&says), "{query}: {shown}");
        assert!(!shown.contains("state: there"), "{shown}");
    }
    host.stop().await;
}

#[tokio::test]
async fn headings_order_the_queue() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    alert(&athora, "mild", "low").await;
    alert(&athora, "worst", "high").await;
    alert(&athora, "middle", "medium").await;
    let order = |page: &str| {
        let mut found: Vec<(usize, &str)> = ["mild", "worst", "middle"]
            .map(|title| (page.find(&format!("\">{title}</a>")).expect("a row"), title))
            .to_vec();
        found.sort_unstable();
        found
            .into_iter()
            .map(|(_, title)| title)
            .collect::<Vec<_>>()
    };
    let page = browser.get("/alerts").await;
    assert_eq!(order(page.expect(200)), ["middle", "worst", "mild"]);
    let worst_first = link_to(&page.text, "Severity<span");
    assert_eq!(worst_first, "/alerts?view=open&sort=-severity");
    let page = browser.get(&worst_first).await;
    assert_eq!(order(page.expect(200)), ["worst", "middle", "mild"]);
    assert!(
        page.text.contains("aria-sort=\"descending\""),
        "{}",
        page.text
    );
    let page = browser.get(&link_to(&page.text, "Severity<span")).await;
    assert_eq!(order(page.expect(200)), ["mild", "middle", "worst"]);
    host.stop().await;
}

#[tokio::test]
async fn new_alerts_are_announced_and_do_not_keep_a_sign_in_from_ending() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    alert(&athora, "Old", "high").await;
    let page = browser.get("/alerts?view=high").await;
    let (_, polled) = page
        .expect(200)
        .split_once("hx-get=\"")
        .expect("an announcement");
    let polled = polled
        .split('"')
        .next()
        .expect("its end")
        .replace("&amp;", "&");
    let quiet = browser.get(&polled).await;
    assert!(!quiet.expect(200).contains("fresh"), "{}", quiet.text);
    alert(&athora, "New and mild", "low").await;
    let quiet = browser.get(&polled).await;
    assert!(
        !quiet.expect(200).contains("fresh"),
        "another view has it: {}",
        quiet.text
    );
    alert(&athora, "New", "high").await;
    let fresh = browser.get(&polled).await;
    assert!(
        fresh.expect(200).contains("1 new alert</a>"),
        "{}",
        fresh.text
    );
    assert!(fresh.text.contains("href=\"/alerts?view=high\""));
    for _ in 0..4 {
        host.clock().advance(Duration::from_secs(10 * 60));
        browser.get(&polled).await;
    }
    assert!(
        browser
            .get("/alerts")
            .await
            .leads_to()
            .starts_with("/sign-in")
    );
    browser.get(&polled).await.expect(204);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_formatters_that_need_no_configuration_are_offered() {
    let payments = Payments::start().await.with_large_amount().await;
    payments
        .post(payment("t1", "anna", 20_000.0))
        .await
        .expect(201);
    payments.tenant.publish("standard-csv").await;
    payments.tenant.publish("columns-csv").await;
    let mut browser: Browser = person(&payments.host, &payments.tenant, "an", "AML Analyst").await;
    for _ in 0..2 {
        let page = browser.get("/alerts").await;
        let page = page.expect(200);
        assert!(page.contains("<option value=\"standard-csv\">"), "{page}");
        assert!(!page.contains("columns-csv"), "{page}");
    }
    payments.host.stop().await;
}
