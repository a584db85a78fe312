//! The audit and the dashboard.

use serde_json::json;
use tests::{TestHost, field};

use super::alerts::{alert, analyst, version};
use super::person;
use crate::payments::{Payments, payment};

#[tokio::test]
async fn the_audit_says_who_did_what() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    athora.team("aml", &[field("amount", "float")]).await;
    let titled = json!({ "title": "<script>alert(1)</script>" });
    athora
        .administrator
        .patch("/v1/teams/aml", titled)
        .await
        .expect(200);
    let mut browser = person(&host, &athora, "owner2", "Administrator").await;
    let all = browser.get("/audit").await;
    assert!(all.expect(200).contains("team.create"));
    assert!(all.text.contains("&lt;script&gt;") && !all.text.contains("<script>alert"));
    let mut check = async |query: &str, has: &str, lacks: &str| {
        let page = browser.get(&format!("/audit?{query}")).await;
        let (_, table) = page.expect(200).split_once("<table").expect("a table");
        assert!(table.contains(has), "{query}: {table}");
        assert!(!table.contains(lacks), "{query}: {table}");
    };
    check(
        "action=team.create",
        "<code>team.create</code>",
        "<code>user.create</code>",
    )
    .await;
    check(
        "actor=owner2",
        "<code>user.sign_in</code>",
        "<code>team.create</code>",
    )
    .await;
    check(
        "subject=aml",
        "<code>team.create</code>",
        "<code>user.create</code>",
    )
    .await;
    let none = browser.get("/audit?from=2999-01-01").await;
    assert!(none.expect(200).contains("No entry matches"));
    let odd = browser.get("/audit?from=soon&subject=aml").await;
    assert!(odd.expect(400).contains("is no time"));
    assert_eq!(odd.field("subject"), "aml", "it is kept");
    let unknown = browser.get("/audit?action=team.creat").await;
    assert!(
        unknown.expect(400).contains("did you mean"),
        "{}",
        unknown.text
    );
    browser.get("/audit?cursor=bogus").await.expect(400);
    let mut analyst = person(&host, &athora, "an.peeters", "AML Analyst").await;
    analyst.get("/audit").await.expect(403);
    host.stop().await;
}

#[tokio::test]
async fn alerts_are_counted_by_day_and_by_how_long_they_were_open() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    let client = &athora.administrator;
    let summary = async |query: &str| {
        client
            .get(&format!("/v1/alerts/summary?{query}"))
            .await
            .expect(200)
    };
    assert_eq!(summary("by=day").await["groups"], json!([]));
    let first = alert(&athora, "First", "high").await;
    alert(&athora, "Second", "low").await;
    let by_day = summary("by=day&by=severity").await;
    let groups = by_day["groups"].as_array().expect("groups");
    let severities = groups
        .iter()
        .map(|group| (&group["severity"], &group["count"]));
    let expect = [(json!("high"), json!(1)), (json!("low"), json!(1))];
    let expect = expect.iter().map(|(severity, count)| (severity, count));
    assert!(severities.eq(expect), "{by_day}");
    assert_eq!(groups[0]["day"], groups[1]["day"]);
    assert_eq!(by_day["time_to_close"], json!(null));

    for to in ["in_progress", "closed"] {
        let version = version(&athora, &first).await;
        let form = [
            ("version", &*version),
            ("to", to),
            ("outcome", if to == "closed" { "true_positive" } else { "" }),
        ];
        browser
            .post(&format!("/alerts/{first}/move"), &form)
            .await
            .leads_to();
    }
    let closed = summary("closed_from=2020-01-01T00:00:00Z").await;
    assert_eq!(
        (&closed["count"], &closed["time_to_close"]["count"]),
        (&json!(1), &json!(1))
    );
    let alert = client.get(&format!("/v1/alerts/{first}")).await.expect(200);
    let at = alert["closed_at"].as_str().expect("a time");
    assert_eq!(
        summary(&format!("closed_from={at}")).await["count"],
        1,
        "from that moment on"
    );
    assert_eq!(
        summary(&format!("closed_to={at}")).await["count"],
        0,
        "before that moment"
    );
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_adds_up_what_is_there() {
    let payments = Payments::start().await.with_large_amount().await;
    let tenant = &payments.tenant;
    let mut browser = person(&payments.host, tenant, "els", "AML Supervisor").await;
    let empty = browser.get("/dashboard").await;
    assert!(
        empty.expect(200).contains("There are no alerts yet"),
        "{}",
        empty.text
    );
    for id in ["t1", "t2"] {
        payments
            .post(payment(id, "anna", 20_000.0))
            .await
            .expect(201);
    }
    let page = browser.get("/dashboard").await;
    assert!(page.expect(200).contains("Large amount, "), "{}", page.text);
    assert!(
        page.text.contains("<a href=\"/alerts?view=open\">2</a>"),
        "{}",
        page.text
    );
    assert!(page.text.contains("Transactions by day"));
    assert!(page.text.contains("No alert was closed in these days"));
    assert_eq!(browser.get("/").await.leads_to(), "/alerts");

    let scope = json!({ "permissions": ["incident_summary:read"] });
    tenant
        .administrator
        .put("/v1/scopes/Counter", scope)
        .await
        .expect(201);
    let mut counter = person(&payments.host, tenant, "cas", "Counter").await;
    let page = counter.get("/dashboard").await;
    assert!(
        !page.expect(200).contains("Transactions by day"),
        "{}",
        page.text
    );
    assert_eq!(counter.get("/").await.leads_to(), "/dashboard");
    let scope = json!({ "permissions": ["audit:read"] });
    tenant
        .administrator
        .put("/v1/scopes/Clerk", scope)
        .await
        .expect(201);
    let mut clerk = person(&payments.host, tenant, "cleo", "Clerk").await;
    clerk.get("/dashboard").await.expect(403);
    payments.host.stop().await;
}
