//! Working through a queue: what is in it, taking the next alert, closing it and going on.

use serde_json::json;
use tests::{Browser, TestHost, field};

use super::alerts::{alert, analyst, id_of, version};
use super::person;
use crate::payments::{Payments, payment};

/// The address of the alert that a page calls next or previous.
fn beside<'p>(page: &'p str, rel: &str) -> Option<&'p str> {
    let (_, link) = page.split_once(&format!("rel=\"{rel}\" href=\"/alerts/"))?;
    link.split(['?', '"']).next()
}

#[tokio::test]
async fn views_say_how_many_alerts_they_have() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    for severity in ["high", "high", "low"] {
        alert(&athora, "Odd", severity).await;
    }
    let queue = browser.get("/alerts").await;
    let check = |view: &str, count: u64| {
        let link = format!(">{view}</bdi> <span class=\"count\">{count}</span>");
        assert!(queue.expect(200).contains(&link), "{view}: {}", queue.text);
    };
    check("Open", 3);
    check("Mine", 0);
    check("Unassigned", 3);
    check("Overdue", 0);
    check("High", 2);
    check("Closed", 0);
    check("All", 3);
    host.stop().await;
}

#[tokio::test]
async fn an_alert_leads_to_those_beside_it_and_closing_it_to_the_next() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    let (first, second, third) = (
        alert(&athora, "First", "high").await,
        alert(&athora, "Second", "high").await,
        alert(&athora, "Third", "high").await,
    );
    // The newest stands first.
    let page = browser.get(&format!("/alerts/{second}?view=high")).await;
    assert_eq!(beside(page.expect(200), "prev"), Some(&*third));
    assert_eq!(beside(&page.text, "next"), Some(&*first));
    let alone = browser.get(&format!("/alerts/{second}")).await;
    assert_eq!(beside(alone.expect(200), "next"), None);
    let odd = browser.get(&format!("/alerts/{second}?view=bogus")).await;
    assert_eq!(beside(odd.expect(200), "next"), None);

    let close = async |browser: &mut Browser, alert: &str| {
        let path = format!("/alerts/{alert}/move?view=high");
        let begin = [
            ("version", &*version(&athora, alert).await),
            ("to", "in_progress"),
        ];
        let begun = browser.post(&path, &begin).await;
        assert_eq!(begun.leads_to(), format!("/alerts/{alert}?view=high"));
        let version = version(&athora, alert).await;
        let form = [
            ("version", &*version),
            ("to", "closed"),
            ("outcome", "false_positive"),
            ("then", "next"),
        ];
        browser.post(&path, &form).await
    };
    let closed = close(&mut browser, &second).await;
    assert_eq!(closed.leads_to(), format!("/alerts/{first}?view=high"));
    // It keeps its place for who goes back to it.
    let page = browser.get(&format!("/alerts/{second}?view=high")).await;
    assert_eq!(beside(page.expect(200), "next"), Some(&*first));
    let last = close(&mut browser, &first).await;
    assert_eq!(last.leads_to(), "/alerts?view=high");
    host.stop().await;
}

#[tokio::test]
async fn the_next_alert_is_the_most_urgent_one_and_goes_to_one_person() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut an) = analyst(&host).await;
    let mut bo = person(&host, &athora, "bo", "AML Analyst").await;
    let urgent = async |title: &str, priority: &str, due: Option<&str>| {
        let new = json!({
            "team": "aml", "title": title, "incident_type": "other",
            "dprofile_id": title, "priority": priority, "due_date": due,
        });
        let made = athora
            .administrator
            .post("/v1/alerts", new)
            .await
            .expect(201);
        made["id"].as_str().expect("an id").to_owned()
    };
    let oldest = urgent("oldest", "high", None).await;
    let late = urgent("late", "high", Some("2026-01-02T00:00:00Z")).await;
    let mild = urgent("mild", "low", Some("2026-01-01T00:00:00Z")).await;
    let take = async |browser: &mut Browser| {
        let page = browser.post("/alerts/take-next?view=open", &[]).await;
        page.leads_to().to_owned()
    };
    let taken = [
        take(&mut an).await,
        take(&mut bo).await,
        take(&mut an).await,
    ];
    let expect = [&late, &oldest, &mild].map(|id| format!("/alerts/{id}?view=open"));
    assert_eq!(taken, expect);
    let nothing = an.post("/alerts/take-next?view=open", &[]).await;
    let page = an.get(nothing.leads_to()).await;
    assert!(
        page.expect(200).contains("is assigned to somebody"),
        "{}",
        page.text
    );
    let mine = an.get("/alerts?view=mine").await;
    assert!(mine.expect(200).contains(&late) && mine.text.contains(&mild));
    let path = format!("/v1/alerts/{oldest}");
    let his = athora.administrator.get(&path).await.expect(200);
    assert_eq!(his["user_id"], *id_of(&athora, "bo").await);

    // Over the API, too: a request that comes again takes no second alert.
    let fourth = urgent("fourth", "low", None).await;
    urgent("fifth", "low", None).await;
    let client = &athora.administrator;
    let unknown = json!({ "filter": { "team": ["nowhere"] } });
    client
        .post("/v1/alerts/take-next", unknown)
        .await
        .expect(400);
    for none in [
        json!({ "priority": ["high"] }),
        json!({ "state": ["closed"] }),
    ] {
        let taken = client
            .post("/v1/alerts/take-next", json!({ "filter": none }))
            .await;
        assert_eq!(taken.expect(200)["alert"], serde_json::Value::Null);
    }
    let body = json!({ "filter": { "team": ["aml"] } });
    let taken = client.post("/v1/alerts/take-next", body).await.expect(200);
    assert_eq!(taken["alert"]["id"], *fourth);
    host.stop().await;
}

#[tokio::test]
async fn many_people_take_different_alerts() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, _) = analyst(&host).await;
    for number in 0..20 {
        alert(&athora, &format!("Number {number}"), "low").await;
    }
    let take = || athora.administrator.post("/v1/alerts/take-next", json!({}));
    let answers = futures::future::join_all((0..20).map(|_| take())).await;
    let taken = answers
        .into_iter()
        .map(|answer| answer.expect(200)["alert"]["id"].to_string());
    let taken: std::collections::BTreeSet<String> = taken.collect();
    assert_eq!(taken.len(), 20);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_says_what_its_values_mean_and_what_else_the_rule_found() {
    let payments = Payments::start().await;
    let tenant = &payments.tenant;
    let plugin = tenant.publish("large-amount").await;
    let config = json!({ "limits": { "EUR": 10_000 } });
    tenant
        .install("payments", "large-amount", &plugin, config)
        .await;
    let raise = async |id: &str| {
        let posted = payments.post(payment(id, "anna", 20_000.0)).await;
        let posted = posted.expect(201);
        posted["alerts"][0]["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    };
    let mut browser = person(&payments.host, tenant, "an.peeters", "AML Analyst").await;
    let first = raise("t1").await;
    let alone = browser.get(&format!("/alerts/{first}")).await;
    assert!(alone.expect(200).contains("amount of the transaction"));
    assert!(
        alone
            .text
            .contains("has raised no other alert about this customer")
    );
    let second = raise("t2").await;
    for (alert, other) in [(&first, &second), (&second, &first)] {
        let page = browser.get(&format!("/alerts/{alert}")).await;
        let link = format!("<a href=\"/alerts/{other}\">");
        assert!(page.expect(200).contains(&link), "{}", page.text);
        let own = format!("<a href=\"/alerts/{alert}\">");
        assert!(!page.text.contains(&own), "{}", page.text);
    }
    payments.host.stop().await;
}

#[tokio::test]
async fn neighbours_are_those_of_the_list() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    athora.team("aml", &[field("amount", "float")]).await;
    let (low, high) = (
        alert(&athora, "Low", "low").await,
        alert(&athora, "High", "high").await,
    );
    let client = &athora.administrator;
    let path = format!("/v1/alerts/{low}/neighbours");
    let read = async |query: &str| client.get(&format!("{path}{query}")).await.expect(200);
    let none = serde_json::Value::Null;
    assert_eq!(read("").await, json!({ "previous": high, "next": none }));
    assert_eq!(
        read("?sort=severity").await,
        json!({ "previous": none, "next": high })
    );
    assert_eq!(
        read("?state=closed").await,
        json!({ "previous": none, "next": none })
    );
    client.get(&format!("{path}?sort=bogus")).await.expect(400);
    let missing = "/v1/alerts/01890000-0000-7000-8000-000000000000/neighbours";
    client.get(missing).await.expect(404);
    host.stop().await;
}

#[tokio::test]
async fn an_alert_is_made_with_the_form_of_its_type() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    let branch = json!({
        "title": "Branch report",
        "info_schema": {
            "type": "object", "required": ["branch"],
            "properties": {
                "branch": { "type": "string", "title": "Branch" },
                "amount": { "type": "number", "minimum": 0 },
            },
        },
    });
    let path = "/v1/alert-types/branch_report";
    athora.administrator.put(path, branch).await.expect(201);
    let types = browser.get("/alerts/new").await;
    assert!(types.expect(200).contains("/alerts/new?type=branch_report"));
    let form = browser.get("/alerts/new?type=branch_report").await;
    assert!(
        form.expect(200).contains("name=\"info.branch\" required"),
        "{}",
        form.text
    );
    let typed = |amount: &'static str| {
        [
            ("type", "branch_report"),
            ("title", "Cash in a bag"),
            ("team", "aml"),
            ("customer", "C-7"),
            ("severity", "high"),
            ("labels", "cash, branch"),
            ("info.branch", "Gent"),
            ("info.amount", amount),
            ("mine", "on"),
        ]
    };
    for amount in ["much", "-1"] {
        let refused = browser.post("/alerts/new", &typed(amount)).await;
        assert!(
            refused.expect(422).contains("value=\"Gent\""),
            "{}",
            refused.text
        );
        assert_eq!(refused.field("title"), "Cash in a bag", "it is kept");
    }
    let made = browser.post("/alerts/new", &typed("12.50")).await;
    let path = format!("/v1{}", made.leads_to());
    let alert = athora.administrator.get(&path).await.expect(200);
    assert_eq!(alert["info"], json!({ "branch": "Gent", "amount": 12.5 }));
    assert_eq!(alert["labels"], json!(["cash", "branch"]));
    assert_eq!(alert["severity"], "high");
    assert_eq!(alert["user_id"], *id_of(&athora, "an.peeters").await);
    let mut watcher = person(&host, &athora, "watcher", "Watcher").await;
    watcher.get("/alerts/new").await.expect(403);
    watcher.post("/alerts/new", &typed("1")).await.expect(403);
    host.stop().await;
}
