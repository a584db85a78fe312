//! What a page names is a link, where its reader may open the page of it.

use serde_json::{Value, json};

use super::person;
use crate::payments::{Payments, payment};

/// The page of the alert that a rule made of a transaction.
fn alert_of(answer: &Value, rule: &str) -> String {
    let alerts = answer["alerts"].as_array().expect("alerts");
    let alert = alerts.iter().find(|alert| alert["rule"] == rule);
    let id = alert.expect("an alert")["id"].as_str().expect("an id");
    format!("/alerts/{id}")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_queue_and_evidence_name_is_a_link() {
    let payments = Payments::start().await.with_large_amount().await;
    let tenant = &payments.tenant;
    let list = tenant.administrator.put("/v1/lists/mules", json!(["anna"]));
    list.await.expect(201);
    let listed = tenant.publish("high-risk-country").await;
    let config = json!({ "list": "mules", "fields": ["customer_id"], "currency_field": null });
    tenant.install("payments", "mules", &listed, config).await;
    let plugin = tenant.publish("unfamiliar-counterparty").await;
    let config = json!({
        "least_history": 1, "counterparty_field": "txn_id", "currency_field": "customer_id",
    });
    tenant
        .install("payments", &plugin.name, &plugin, config)
        .await;
    payments.post(payment("t/1", "anna", 5.0)).await.expect(201);
    let posted = payments.post(payment("t2", "anna", 20_000.0)).await;
    let posted = posted.expect(201);

    let mut browser = person(&payments.host, tenant, "els", "AML Supervisor").await;
    let queue = browser.get("/alerts").await;
    let customer = "<a href=\"/customers/anna\"><bdi>anna</bdi></a>";
    assert!(queue.expect(200).contains(customer), "{}", queue.text);
    for rule in [
        "<bdi>Large amount</bdi>",
        "<bdi>Unfamiliar counterparty</bdi>",
        // Somebody gave the rule a name of its own.
        "<bdi>High-risk country (mules)</bdi>",
    ] {
        assert!(queue.text.contains(rule), "{rule}: {}", queue.text);
    }

    let unfamiliar = browser.get(&alert_of(&posted, &plugin.name)).await;
    for link in [
        "<a href=\"/rules/payments/unfamiliar-counterparty\"><bdi>Unfamiliar counterparty</bdi></a>",
        "<td class=\"value\"><a href=\"/transactions/payments/t2\">",
        "<td class=\"value\"><a href=\"/transactions/payments/t%2F1\">",
        "<td class=\"value\"><a href=\"/customers/anna\">",
        "Transaction <a href=\"/transactions/payments/t2\">",
    ] {
        assert!(
            unfamiliar.expect(200).contains(link),
            "{link}: {}",
            unfamiliar.text
        );
    }
    let mules = browser.get(&alert_of(&posted, "mules")).await;
    let lists = tenant
        .administrator
        .get("/v1/lists/mules")
        .await
        .expect(200);
    let version = format!("/watchlists/mules?version={}", lists["version"]);
    let link = format!(
        "<a href=\"{version}\">version {} of the list</a>",
        lists["version"]
    );
    assert!(mules.expect(200).contains(&link), "{}", mules.text);
    assert!(
        mules
            .text
            .contains("<td class=\"value\"><a href=\"/customers/anna\">")
    );
    browser.get(&version).await.expect(200);

    // Where a reader may not go, nothing leads.
    let scope = json!({ "permissions": ["incident_case:read"] });
    let scopes = tenant.administrator.put("/v1/scopes/reader", scope);
    scopes.await.expect(201);
    let mut reader = person(&payments.host, tenant, "reader", "reader").await;
    for path in [
        "/alerts".to_owned(),
        alert_of(&posted, "mules"),
        alert_of(&posted, &plugin.name),
    ] {
        let page = reader.get(&path).await;
        assert!(
            page.expect(200).contains("<bdi>anna</bdi>"),
            "{}",
            page.text
        );
        for place in ["/customers/", "/transactions/", "/rules/", "/watchlists/"] {
            assert!(
                !page.text.contains(&format!("href=\"{place}")),
                "{path}: {}",
                page.text
            );
        }
    }
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_was_removed_keeps_its_words() {
    let payments = Payments::start().await.with_large_amount().await;
    let tenant = &payments.tenant;
    let path = "/v1/teams/payments/rules/large-amount";
    let rule = tenant.administrator.get(path).await.expect(200);
    assert_eq!(rule["title"], "Large amount");
    let described = rule["description"].as_str().expect("a description");
    assert!(described.starts_with("A single transaction"), "{described}");
    payments
        .post(payment("t1", "anna", 20_000.0))
        .await
        .expect(201);
    let mut browser = person(&payments.host, tenant, "els", "AML Supervisor").await;
    let page = browser.get("/rules/payments/large-amount").await;
    assert!(
        page.expect(200).contains("A single transaction"),
        "{}",
        page.text
    );
    assert!(tenant.administrator.delete(path).await.is_success());
    let queue = browser.get("/alerts").await;
    assert!(
        queue.expect(200).contains("<bdi>Large amount</bdi>"),
        "{}",
        queue.text
    );
    payments.host.stop().await;
}
