//! Transactions and customers, and the search that leads to them.

use serde_json::json;
use tests::{Browser, TestHost, field};

use super::person;
use crate::payments::{Payments, payment};

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_found_and_shows_what_rules_said() {
    let payments = Payments::start().await.with_large_amount().await;
    let tenant = &payments.tenant;
    for (id, customer, amount) in [
        ("t/1 ü", "anna", 20_000.0),
        ("t2", "anna", 5.0),
        ("t3", "<b>", 6.0),
    ] {
        payments
            .post(payment(id, customer, amount))
            .await
            .expect(201);
    }
    let mut browser = person(&payments.host, tenant, "an.peeters", "AML Analyst").await;
    let list = browser.get("/transactions").await;
    assert!(
        list.expect(200)
            .contains("/transactions/payments/t%2F1%20%C3%BC"),
        "{}",
        list.text
    );
    assert!(list.text.contains("&lt;b&gt;") && list.text.contains("1 finding"));
    let of_anna = browser
        .get("/transactions?team=payments&customer=anna")
        .await;
    assert!(of_anna.expect(200).contains("t2") && !of_anna.text.contains("t3"));
    let one = browser.get("/transactions?team=payments&txn=t3").await;
    assert!(one.expect(200).contains("t3") && !one.text.contains(">t2<"));
    let none = browser
        .get("/transactions?team=payments&to=2000-01-01")
        .await;
    assert!(none.expect(200).contains("No transaction matches"));
    let odd = browser.get("/transactions?from=soon&customer=anna").await;
    assert!(odd.expect(400).contains("is no time"), "{}", odd.text);
    assert_eq!(odd.field("customer"), "anna", "it is kept");
    browser.get("/transactions?team=nowhere").await.expect(404);
    browser.get("/transactions?cursor=bogus").await.expect(400);

    let page = browser.get("/transactions/payments/t%2F1%20%C3%BC").await;
    assert!(page.expect(200).contains("large-amount"), "{}", page.text);
    assert!(page.text.contains("finding") && page.text.contains("/customers/anna"));
    assert!(page.text.contains("href=\"/alerts/"), "{}", page.text);
    browser
        .get("/transactions/payments/nothing")
        .await
        .expect(404);
    browser.get("/transactions/nowhere/t2").await.expect(404);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_has_pages() {
    let payments = Payments::start().await;
    for number in 0..30 {
        payments
            .post(payment(&format!("t{number}"), "anna", 5.0))
            .await
            .expect(201);
    }
    let mut browser = person(
        &payments.host,
        &payments.tenant,
        "an.peeters",
        "AML Analyst",
    )
    .await;
    let form = [
        ("rows", "25"),
        ("theme", "system"),
        ("timezone", ""),
        ("shortcuts", "on"),
    ];
    browser
        .post("/settings/preferences", &form)
        .await
        .leads_to();
    let first = browser.get("/transactions?customer=anna").await;
    let (_, next) = first
        .expect(200)
        .split_once("rel=\"next\" href=\"")
        .expect("a next page");
    let next = next
        .split('"')
        .next()
        .expect("an address")
        .replace("&amp;", "&");
    assert!(
        next.starts_with("/transactions?customer=anna&cursor="),
        "{next}"
    );
    let second = browser.get(&next).await;
    assert_eq!(
        second
            .expect(200)
            .matches("/transactions/payments/t")
            .count(),
        5
    );
    assert!(!second.text.contains("rel=\"next\""));
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn masked_fields_name_the_permission_that_shows_them() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let mut iban = field("iban", "string");
    iban["sensitive"] = json!("mask");
    let team = athora.team("aml", &[field("amount", "float"), iban]).await;
    let transaction = json!({
        "txn_id": "t1", "customer_id": "anna", "date_time": "2026-01-05T10:00:00Z",
        "amount": 5.5, "iban": "BE68539007547034",
    });
    team.post("/v1/transactions", transaction).await.expect(201);
    let mut analyst = person(&host, &athora, "an.peeters", "AML Analyst").await;
    for path in ["/transactions", "/transactions/aml/t1"] {
        let page = analyst.get(path).await;
        assert!(!page.expect(200).contains("BE685"), "{}", page.text);
    }
    let page = analyst.get("/transactions/aml/t1").await;
    assert!(page.text.contains("transaction:sensitive"), "{}", page.text);
    let mut owner = person(&host, &athora, "owner2", "Administrator").await;
    let page = owner.get("/transactions/aml/t1").await;
    assert!(page.expect(200).contains("BE68539007547034"));
    assert!(!page.text.contains("Needs the permission"));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_has_all_that_is_known() {
    let payments = Payments::start().await.with_large_amount().await;
    let tenant = &payments.tenant;
    for (id, amount) in [("t1", 20_000.0), ("t2", 5.0)] {
        payments.post(payment(id, "anna", amount)).await.expect(201);
    }
    let client = &tenant.administrator;
    client
        .put("/v1/lists/mules", json!(["anna", "bert"]))
        .await
        .expect(201);
    client
        .put("/v1/lists/others", json!(["bert"]))
        .await
        .expect(201);
    let known = client.get("/v1/customers/anna").await.expect(200);
    assert_eq!(known["transactions"]["count"], 2);
    assert_eq!(known["transactions"]["has_more"], false);
    assert_eq!(known["teams"][0]["team"], "payments");
    assert_eq!(known["alerts"], json!({ "open": 1, "all": 1 }));
    assert_eq!(known["lists"], json!(["mules"]));
    client.get("/v1/customers/nobody").await.problem(404);

    let mut browser = person(&payments.host, tenant, "an.peeters", "AML Analyst").await;
    let page = browser.get("/customers/anna").await;
    assert!(page.expect(200).contains("1 open of 1"), "{}", page.text);
    assert!(
        page.text
            .contains("/transactions?team=payments&amp;customer=anna")
    );
    assert!(page.text.contains("2026-03-01: 2"), "{}", page.text);
    let sums = browser.get("/customers/anna?field=amount").await;
    assert!(
        sums.expect(200).contains("2026-03-01: 20\u{202f}005"),
        "{}",
        sums.text
    );
    let chosen = "<option value=\"amount\" selected>sum of amount</option>";
    assert!(sums.text.contains(chosen), "{}", sums.text);
    // A field that there is not is not asked for.
    let counts = browser.get("/customers/anna?field=iban").await;
    assert!(counts.expect(200).contains("2026-03-01: 2"));
    browser.get("/customers/nobody").await.expect(404);

    // Of a customer who is only in an alert, that is what is known.
    let new = json!({ "team": "payments", "title": "Odd", "incident_type": "other", "dprofile_id": "<i>/1" });
    client.post("/v1/alerts", new).await.expect(201);
    let page = browser.get("/customers/%3Ci%3E%2F1").await;
    assert!(
        page.expect(200).contains("Customer &lt;i&gt;/1"),
        "{}",
        page.text
    );
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_search_leads_to_what_has_the_id() {
    let payments = Payments::start().await.with_large_amount().await;
    let posted = payments
        .post(payment("t/1", "anna", 20_000.0))
        .await
        .expect(201);
    let alert = posted["alerts"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let mut browser = person(
        &payments.host,
        &payments.tenant,
        "an.peeters",
        "AML Analyst",
    )
    .await;
    let mut check = async |sought: &str, expect: &str| {
        let found = browser.get(&format!("/find?q={sought}")).await;
        assert_eq!(found.leads_to(), expect, "{sought}");
    };
    check(&alert, &format!("/alerts/{alert}")).await;
    check("t%2F1", "/transactions/payments/t%2F1").await;
    check("%20anna%20", "/customers/anna").await;
    check("large+amount", "/alerts?view=all&q=large+amount").await;
    check(
        "01890000-0000-7000-8000-000000000000",
        "/alerts?view=all&q=01890000-0000-7000-8000-000000000000",
    )
    .await;
    check("", "/alerts?view=all").await;
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_is_refused_and_other_tenants_are_not_there() {
    let payments = Payments::start().await;
    payments.post(payment("t1", "anna", 5.0)).await.expect(201);
    let tenant = &payments.tenant;
    let scope = json!({ "permissions": ["incident_case:read"] });
    tenant
        .administrator
        .put("/v1/scopes/Blind", scope)
        .await
        .expect(201);
    let mut blind = person(&payments.host, tenant, "bob", "Blind").await;
    for path in [
        "/transactions",
        "/transactions/payments/t1",
        "/customers/anna",
    ] {
        blind.get(path).await.expect(403);
    }
    assert_eq!(
        blind.get("/find?q=anna").await.leads_to(),
        "/alerts?view=all&q=anna"
    );
    let other = payments.host.tenant("other").await;
    let user = json!({ "login": "eve", "password": super::PASSWORD, "scopes": ["Administrator"] });
    other
        .administrator
        .post("/v1/users", user)
        .await
        .expect(201);
    let mut eve = Browser::new(payments.host.url());
    let form = [
        ("organisation", "other"),
        ("login", "eve"),
        ("password", super::PASSWORD),
    ];
    assert_eq!(eve.post("/sign-in", &form).await.status, 303);
    eve.get("/transactions/payments/t1").await.expect(404);
    eve.get("/customers/anna").await.expect(404);
    assert_eq!(
        eve.get("/find?q=t1").await.leads_to(),
        "/alerts?view=all&q=t1"
    );
    payments.host.stop().await;
}
